"""Judging values: what was expected by now, and the status, first rule that fits.

Owns `judge` and the statuses. A pure function of the facts about one target, for many places and dates
at once; all comparisons are of exact fractions, so that a value on a threshold falls where semantics.md
("Expected value", "Status") puts it. Called by `target_progress`. May import `catalogue`, `columns`,
`curves`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from metrics.catalogue import StatusRule
from metrics.columns import Exact, Mask
from metrics.curves import Days

Status = Literal[
    "no_data", "breached", "achieved", "missed", "not_started", "on_track", "at_risk", "off_track"
]
Shape = Literal["flow", "average", "level", "milestone"]
Statuses = npt.NDArray[np.object_]

#: Flows that require this many or fewer are expected in whole units (semantics.md, trajectory).
WHOLE_UNITS_UP_TO = Fraction(20)
#: While less than this share of a window's requirement is due it is too early to tell.
TOO_EARLY_SHARE = Fraction("0.10")
#: A cap is at risk when it fills faster than the window by this factor, and is this full.
CAP_FASTER_THAN = Fraction("1.05")
CAP_FULL_FROM = Fraction("0.80")

_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Facts:
    """What is known of one target, an entry in each array for every place and date that is judged.

    `low` and `high` are what is required, None without such an end.
    `due_share` is the share of the window's requirement due by the date (flows: elapsed days, the
    seasonal profile or a declared trajectory; levels: the share of the way from the baseline); `due`,
    where it is known, replaces it by a declared trajectory. `is_late`: a requirement unmet at its
    deadline was met after it. `in_units`: what is counted comes in whole units, as money does not. Days
    are ordinals.
    """

    shape: Shape
    in_units: bool
    value: Exact
    low: Exact | None
    high: Exact | None
    start: int
    as_of: Days
    window_end: Days
    due_share: Exact
    due: Exact
    baseline: Exact
    is_late: Mask

    def only(self, chosen: Mask) -> Facts:
        """The facts of the rows chosen."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        found: dict[str, Any] = {
            name: column[chosen]
            for name, column in given.items()
            if isinstance(column, (np.ndarray, Exact))
        }
        return replace(self, **found)

    @property
    def is_closed(self) -> Mask:
        """Where the window is over."""
        return np.asarray(self.as_of >= self.window_end, dtype=np.bool_)

    @property
    def is_met(self) -> Mask:
        """Where the value itself meets the requirement; an upper end must be kept to the last day."""
        reached = self.everywhere if self.low is None else self.value >= self.low
        return reached if self.high is None else reached & self.is_closed

    @property
    def holds_the_line(self) -> Mask:
        """Where the level stood, from the beginning, where it must stay."""
        if self.shape != "level" or self.low is None:
            return ~self.everywhere
        return self.baseline >= self.low

    @property
    def origin(self) -> Exact:
        """Where the way to the requirement begins."""
        return self.baseline if self.shape == "level" else Exact.full(len(self.value), _ZERO)

    @property
    def everywhere(self) -> Mask:
        """All rows."""
        return np.ones(len(self.value), dtype=np.bool_)


@dataclass(frozen=True)
class Judgements:
    """Statuses with the expectations that they were judged against, unknown where there are none."""

    status: Statuses
    expected: Exact
    pace: Exact


def judge(facts: Facts, rule: StatusRule) -> Judgements:
    """The status of known values, by the first rule that fits."""
    expected = _expected(facts)
    pace = _pace(facts, expected)
    breached = ~facts.everywhere if facts.high is None else facts.value > facts.high
    status = np.select(
        [breached, facts.is_met | facts.is_late, facts.is_closed, facts.as_of < facts.start],
        ["breached", "achieved", "missed", "not_started"],
        "",
    ).astype(object)
    still_open = np.asarray(status == "", dtype=np.bool_)
    status[still_open] = _open_status(
        facts.only(still_open), expected[still_open], pace[still_open], rule
    )
    return Judgements(status, expected, pace)


def _expected(facts: Facts) -> Exact:
    """The values expected by now."""
    low, high = facts.low, facts.high
    if low is None:
        assert high is not None  # a requirement has a lower or an upper end
        return high * facts.due_share
    if facts.shape == "average":
        return low
    if facts.shape == "level":
        way = facts.baseline + (low - facts.baseline) * facts.due_share
        return Exact.where(facts.holds_the_line, low, facts.due.or_else(way))
    if facts.shape == "milestone":
        nothing = Exact.full(len(low), _ZERO)
        return facts.due.or_else(Exact.where(facts.is_closed, low, nothing))
    due = _due(facts)
    return Exact.where(low <= WHOLE_UNITS_UP_TO, due // _ONE, due) if facts.in_units else due


def _due(facts: Facts) -> Exact:
    """What of a flow's requirement is due by now, before it is rounded to whole units."""
    assert facts.low is not None  # only flows with something to reach come here
    return facts.due.or_else(facts.low * facts.due_share)


def _pace(facts: Facts, expected: Exact) -> Exact:
    """How far the value has come of the way that was expected; unknown where no way was."""
    return (facts.value - facts.origin) / (expected - facts.origin)


def _open_status(facts: Facts, expected: Exact, pace: Exact, rule: StatusRule) -> Statuses:
    """The status of what is neither met nor closed."""
    value, low, high = facts.value, facts.low, facts.high
    if low is None:
        assert high is not None  # a requirement has a lower or an upper end
        full = value / high
        faster = (full > facts.due_share * CAP_FASTER_THAN) & (full >= CAP_FULL_FROM)
        return np.where(faster, "at_risk", "on_track").astype(object)
    on_track, at_risk = rule.thresholds
    if rule.name == "calendar-points":
        behind = (expected - value) / (low - facts.origin) * Fraction(100)
        fits = [behind <= on_track, behind <= at_risk]
    else:
        fits = [pace >= on_track, pace >= at_risk]
    by_pace = np.select(fits, ["on_track", "at_risk"], "off_track")
    on_the_line = np.where(value < low, "off_track", "on_track")
    untold = _too_early(facts) | ~pace.told
    found = np.where(facts.holds_the_line, on_the_line, np.where(untold, "on_track", by_pace))
    return found.astype(object)


def _too_early(facts: Facts) -> Mask:
    """While less than one whole unit, or less than a tenth of the requirement, is due."""
    assert facts.low is not None  # caps are never too early
    if facts.shape == "flow":
        due = _due(facts)
        early = due < facts.low * TOO_EARLY_SHARE
        return early | (due < _ONE) if facts.in_units else early
    if facts.shape == "average":
        return facts.due_share < TOO_EARLY_SHARE
    return ~facts.everywhere
