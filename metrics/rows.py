"""The rows that a snapshot publishes: policies, targets, progress and windows, typed.

Owns the row types. Made by `progress` and `declared`, read back by `published`. May import
`etl.texts` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from etl.texts import Text


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One policy: its area, its life and the last date that its records reach (`as_of`)."""

    policy: str
    name: Text
    document: Text
    area: str
    start: date
    by: date
    rule: str
    as_of: date | None


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target as it was declared when the snapshot was made.

    For a coverage, `required` is the share of units to reach in % and `inner_*` the requirement that
    one unit must meet. `datasets` lists the datasets read. `sql` is a statement that gives the
    value at a date and can be run by hand.
    """

    policy: str
    target: str
    position: int
    section: Text
    clause: str
    name: Text
    definition: Text
    kind: str
    averaged: bool
    require: str
    required: float
    required_max: float | None
    unit: Text
    inner_require: str | None
    inner_required: float | None
    inner_required_max: float | None
    inner_unit: Text | None
    start: date
    by: date
    recurs: str
    counted_per: str
    lead: tuple[str, ...]
    support: tuple[str, ...]
    datasets: tuple[str, ...]
    query: str
    sql: str
    note: Text | None


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One target at one place and date: the row of `milepost progress`. `None`: unknown.

    `status` is empty below the city where nothing says what the place owes. `note` is `late` (met
    after its deadline, on `noted_on`). `share` is the place's share of the policy's area in %,
    `rank` its rank among the `ranked` sister places with a value (1 is best). `window_start` and
    `window_end` are the window that the value counts in.
    """

    policy: str
    target: str
    place: str
    as_of: date
    value: float | None
    numerator: float | None
    denominator: float | None
    unit: str
    require: str
    required: float | None
    required_max: float | None
    expected: float | None
    percent: float | None
    pace: float | None
    status: str | None
    to_go: float | None
    needed_per_month: float | None
    rate_last_12_months: float | None
    note: str | None
    noted_on: date | None
    baseline: float | None
    share: float | None
    rank: int | None
    ranked: int | None
    window_start: date | None
    window_end: date | None


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One closed window of a recurring target at one place: `state` is `met` or `missed`."""

    policy: str
    target: str
    place: str
    window_start: date
    window_end: date
    value: float | None
    required: float | None
    state: str
