"""Outlook: where a target is heading at a place, and what it is short of today.

Owns `outlook` (what the end of the window would see if the last 12 months went on) and `behind_by`,
pure functions of a row of progress, so that every reader tells the same. Called by pages and the
briefing. May import `rows`, `target_progress` (the mean length of a month), `values` (of a year).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from metrics.rows import ProgressRow, TargetRow
from metrics.target_progress import DAYS_A_MONTH
from metrics.values import DAYS_A_YEAR

#: Rates are published as floats: past this decimal a projection carries nothing but their dust.
_DECIMALS = 6
#: Kinds whose values are amounts, and mostly counts.
_AMOUNTS = frozenset({"cumulative", "annual", "stock"})
#: Kinds whose value at the same day of another window says nothing of the way within this one.
_SHARES = frozenset({"ratio", "coverage"})


@dataclass(frozen=True, slots=True)
class Outlook:
    """The value that the window would end with (`reaches`, in the row's unit) on its last day `by` if
    each month to come brought what the last 12 brought on average, and whether that `suffices`."""

    reaches: float
    by: date
    suffices: bool


def outlook(target: TargetRow, row: ProgressRow) -> Outlook | None:
    """Value + rate of the last 12 months x months left; None where that means nothing.

    A month has 365.25 / 12 days, as in the rate that is needed. A yearly average is what the records of
    the whole life would come to a year. A count is rounded down to whole units, no value falls below 0,
    a share of units ends at 100 %. There is none of a milestone, of a share that is measured anew every
    year (a year's first months say nothing of the year before), without a rate, and once the window is
    over.
    """
    value, rate, end = row.value, row.rate_last_12_months, row.window_end
    if value is None or rate is None or end is None or row.required is None:
        return None
    if target.kind == "milestone" or (target.kind in _SHARES and target.recurs):
        return None
    if not target.start <= row.as_of < end:
        return None
    brought = rate * (end - row.as_of).days / float(DAYS_A_MONTH)
    if target.averaged:
        past, life = (((day - target.start).days + 1) for day in (row.as_of, target.by))
        reaches = (value * past + brought * float(DAYS_A_YEAR)) / life
    else:
        reaches = value + brought
    reaches = max(round(reaches, _DECIMALS), 0.0)
    if target.kind == "coverage" and row.unit == "%":
        reaches = min(reaches, 100.0)
    whole = target.kind in _AMOUNTS and not target.averaged and value.is_integer()
    if whole:
        reaches = float(math.floor(reaches))
    return Outlook(reaches, end, _suffices(row, reaches))


def behind_by(row: ProgressRow) -> float | None:
    """How much the value is short of what is expected by now; None where nothing more is expected, and
    of a cap."""
    if row.value is None or row.expected is None or row.require == "at_most":
        return None
    short = round(row.expected - row.value, _DECIMALS)
    return short if short > 0 else None


def _suffices(row: ProgressRow, reaches: float) -> bool:
    assert row.required is not None  # without one there is no outlook
    if row.require == "at_most":
        return reaches <= row.required
    most = row.required_max if row.required_max is not None else math.inf
    return row.required <= reaches <= most
