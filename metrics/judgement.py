"""Judging values: what was expected by now, and the status, first rule that fits.

Owns `judge` and the statuses. A pure function of the facts about one target, for many places and dates
at once; all comparisons are of exact fractions, so that a value on a threshold falls where semantics.md
("Expected value", "Status") puts it. Called by `target_progress`. May import `catalogue`, `columns`,
`curves`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from metrics.catalogue import StatusRule
from metrics.columns import ONE, ZERO, Fractions, Mask, either, holds, known, or_zero
from metrics.curves import Days

Status = Literal[
    "no_data", "breached", "achieved", "missed", "not_started", "on_track", "at_risk", "off_track"
]
Shape = Literal["flow", "average", "level", "milestone"]
Statuses = npt.NDArray[np.object_]

#: Flows that require this many or fewer are expected in whole units (semantics.md, trajectory).
WHOLE_UNITS_UP_TO = 20
#: While less than this share of a window's requirement is due it is too early to tell.
TOO_EARLY_SHARE = Fraction("0.10")
#: A cap is at risk when it fills faster than the window by this factor, and is this full.
CAP_FASTER_THAN = Fraction("1.05")
CAP_FULL_FROM = Fraction("0.80")


@dataclass(frozen=True)
class Facts:
    """What is known of one target, an entry in each array for every place and date that is judged.

    `low` and `high` are what is required (one for all, or of each), None without such an end.
    `due_share` is the share of the window's requirement due by the date (flows: elapsed days, the
    seasonal profile or a declared trajectory; levels: the share of the way from the baseline); `due`,
    where it is known, replaces it by a declared trajectory. `is_late`: a requirement unmet at its
    deadline was met after it. `in_units`: what is counted comes in whole units, as money does not. Days
    are ordinals.
    """

    shape: Shape
    in_units: bool
    value: Fractions
    low: Fractions | Fraction | None
    high: Fractions | Fraction | None
    start: int
    as_of: Days
    window_end: Days
    due_share: Fractions
    due: Fractions
    baseline: Fractions
    is_late: Mask

    def only(self, chosen: Mask) -> Facts:
        """The facts of the rows chosen."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        found: dict[str, Any] = {n: a[chosen] for n, a in arrays.items() if isinstance(a, np.ndarray)}
        return replace(self, **found)

    @property
    def is_closed(self) -> Mask:
        """Where the window is over."""
        return holds(self.as_of >= self.window_end)

    @property
    def is_met(self) -> Mask:
        """Where the value itself meets the requirement; an upper end must be kept to the last day."""
        reached = self.everywhere if self.low is None else holds(self.value >= self.low)
        return reached if self.high is None else reached & self.is_closed

    @property
    def holds_the_line(self) -> Mask:
        """Where the level stood, from the beginning, where it must stay."""
        if self.shape != "level" or self.low is None:
            return ~self.everywhere
        return known(self.baseline) & holds(or_zero(self.baseline) >= self.low)

    @property
    def origin(self) -> Fractions:
        """Where the way to the requirement begins."""
        return self.baseline if self.shape == "level" else np.full(len(self.value), ZERO)

    @property
    def everywhere(self) -> Mask:
        """All rows."""
        return np.ones(len(self.value), dtype=np.bool_)


@dataclass(frozen=True)
class Judgements:
    """Statuses with the expectations that they were judged against. None: there is none."""

    status: Statuses
    expected: Fractions
    pace: Fractions


def judge(facts: Facts, rule: StatusRule) -> Judgements:
    """The status of known values, by the first rule that fits."""
    expected = _expected(facts)
    pace = _pace(facts, expected)
    breached = ~facts.everywhere if facts.high is None else holds(facts.value > facts.high)
    status = np.select(
        [breached, facts.is_met | facts.is_late, facts.is_closed, facts.as_of < facts.start],
        ["breached", "achieved", "missed", "not_started"],
        "",
    ).astype(object)
    still_open = holds(status == "")
    status[still_open] = _open_status(
        facts.only(still_open), expected[still_open], pace[still_open], rule
    )
    return Judgements(status, expected, pace)


def _expected(facts: Facts) -> Fractions:
    """The values expected by now."""
    low, high = facts.low, facts.high
    if low is None:
        assert high is not None  # a requirement has a lower or an upper end
        return either(facts.everywhere, high * facts.due_share, None)
    if facts.shape == "average":
        return either(facts.everywhere, low, None)
    if facts.shape == "level":
        origin = or_zero(facts.baseline)
        way = either(known(facts.baseline), origin + (low - origin) * facts.due_share, None)
        way = either(known(facts.due), facts.due, way)
        return either(facts.holds_the_line, low, way)
    if facts.shape == "milestone":
        return either(known(facts.due), facts.due, either(facts.is_closed, low, ZERO))
    due = _due(facts)
    if not facts.in_units:
        return due
    whole: Fractions = np.frompyfunc(lambda amount: Fraction(math.floor(amount)), 1, 1)(due)
    return either(facts.everywhere & (low <= WHOLE_UNITS_UP_TO), whole, due)


def _due(facts: Facts) -> Fractions:
    """What of a flow's requirement is due by now, before it is rounded to whole units."""
    assert facts.low is not None  # only flows with something to reach come here
    return either(known(facts.due), facts.due, facts.low * facts.due_share)


def _pace(facts: Facts, expected: Fractions) -> Fractions:
    """How far the value has come of the way that was expected; None where no way was."""
    origin = or_zero(facts.origin)
    told = known(expected) & known(facts.origin)
    way = or_zero(expected) - origin
    told &= holds(way != 0)
    return either(told, (facts.value - origin) / either(told, way, ONE), None)


def _open_status(facts: Facts, expected: Fractions, pace: Fractions, rule: StatusRule) -> Statuses:
    """The status of what is neither met nor closed."""
    value, low, high = facts.value, facts.low, facts.high
    if low is None:
        full = value / either(facts.everywhere & (high == 0), ONE, high)
        faster = holds(full > CAP_FASTER_THAN * facts.due_share) & holds(full >= CAP_FULL_FROM)
        return np.where(faster, "at_risk", "on_track").astype(object)
    on_track, at_risk = rule.thresholds
    if rule.name == "calendar-points":
        way = low - or_zero(facts.origin)
        behind = 100 * (or_zero(expected) - value) / either(holds(way == 0), ONE, way)
        fits = [holds(behind <= on_track), holds(behind <= at_risk)]
    else:
        fits = [holds(or_zero(pace) >= on_track), holds(or_zero(pace) >= at_risk)]
    by_pace = np.select(fits, ["on_track", "at_risk"], "off_track")
    on_the_line = np.where(holds(value < low), "off_track", "on_track")
    untold = _too_early(facts) | ~known(pace)
    found = np.where(facts.holds_the_line, on_the_line, np.where(untold, "on_track", by_pace))
    return found.astype(object)


def _too_early(facts: Facts) -> Mask:
    """While less than one whole unit, or less than a tenth of the requirement, is due."""
    assert facts.low is not None  # caps are never too early
    if facts.shape == "flow":
        due = _due(facts)
        early = holds(due < TOO_EARLY_SHARE * facts.low)
        return early | holds(due < 1) if facts.in_units else early
    if facts.shape == "average":
        return holds(facts.due_share < TOO_EARLY_SHARE)
    return ~facts.everywhere
