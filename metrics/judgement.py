"""Judging a value: what was expected by now, and the status, first rule that fits.

Owns `judge` and the statuses. A pure function of the facts about one target at one place and date;
all comparisons are of exact fractions, so that a value on a threshold falls where semantics.md
("Expected value", "Status") puts it. Called by `target_progress`. May import `catalogue`,
`windows`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from metrics.catalogue import Requirement, StatusRule
from metrics.windows import Window

Status = Literal[
    "no_data", "breached", "achieved", "missed", "not_started", "on_track", "at_risk", "off_track"
]
Shape = Literal["flow", "average", "level", "milestone"]

#: Flows that require this many or fewer are expected in whole units (semantics.md, trajectory).
WHOLE_UNITS_UP_TO = 20
#: While less than this share of a window's requirement is due it is too early to tell.
TOO_EARLY_SHARE = Fraction("0.10")
#: A cap is at risk when it fills faster than the window by this factor, and is this full.
CAP_FASTER_THAN = Fraction("1.05")
CAP_FULL_FROM = Fraction("0.80")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one target at one place and date.

    `due_share` is the share of the window's requirement due by the date (flows: elapsed days, the
    seasonal profile or a declared trajectory; levels: the share of the way from the baseline).
    `due` replaces it where a trajectory is declared. `late_on` is the day on which a requirement
    unmet at its deadline was met after it. `in_units`: what is counted
    comes in whole units, as money does not.
    """

    shape: Shape
    requirement: Requirement
    value: Fraction | None
    as_of: date
    start: date
    window: Window
    due_share: Fraction
    due: Fraction | None = None
    baseline: Fraction | None = None
    late_on: date | None = None
    in_units: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """A status with the expectation that it was judged against. None: there is none."""

    status: Status
    expected: Fraction | None = None
    pace: Fraction | None = None
    note: str | None = None
    noted_on: date | None = None


def judge(facts: Facts, rule: StatusRule) -> Judgement:
    """The status of a value, by the first rule that fits."""
    value, low, high = facts.value, facts.requirement.low, facts.requirement.high
    if value is None:
        return Judgement("no_data")
    expected = _expected(facts)
    pace = _pace(facts, value, expected)
    closed = facts.as_of >= facts.window.end
    if high is not None and value > high:
        return Judgement("breached", expected, pace)
    if (low is None or value >= low) and (high is None or closed):
        return Judgement("achieved", expected, pace)
    if facts.late_on is not None:
        return Judgement("achieved", expected, pace, "late", facts.late_on)
    if closed:
        return Judgement("missed", expected, pace)
    if facts.as_of < facts.start:
        return Judgement("not_started", expected, pace)
    return Judgement(_open_status(facts, value, expected, pace, rule), expected, pace)


def _expected(facts: Facts) -> Fraction | None:
    """The value expected by now."""
    low, high = facts.requirement.low, facts.requirement.high
    if low is None:
        return None if high is None else high * facts.due_share
    if facts.shape == "average":
        return low
    if facts.shape == "level":
        if _holds_the_line(facts):
            return low
        if facts.due is not None or facts.baseline is None:
            return facts.due
        return facts.baseline + (low - facts.baseline) * facts.due_share
    if facts.shape == "milestone":
        return facts.due if facts.due is not None else low * (facts.as_of >= facts.window.end)
    due = _due(facts)
    return Fraction(math.floor(due)) if facts.in_units and low <= WHOLE_UNITS_UP_TO else due


def _due(facts: Facts) -> Fraction:
    """What of a flow's requirement is due by now, before it is rounded to whole units."""
    assert facts.requirement.low is not None  # only flows with something to reach come here
    return facts.requirement.low * facts.due_share if facts.due is None else facts.due


def _holds_the_line(facts: Facts) -> bool:
    """Whether the level stood where it must stay from the beginning."""
    low = facts.requirement.low
    return facts.baseline is not None and low is not None and facts.baseline >= low


def _pace(facts: Facts, value: Fraction, expected: Fraction | None) -> Fraction | None:
    if expected is None:
        return None
    origin = facts.baseline if facts.shape == "level" else Fraction(0)
    if origin is None or expected == origin:
        return None
    return (value - origin) / (expected - origin)


def _open_status(
    facts: Facts,
    value: Fraction,
    expected: Fraction | None,
    pace: Fraction | None,
    rule: StatusRule,
) -> Status:
    """The status of what is neither met nor closed."""
    low, high = facts.requirement.low, facts.requirement.high
    if low is None:
        assert high is not None  # a requirement has a lower or an upper end
        full = value / high if high else Fraction(0)
        faster = full > CAP_FASTER_THAN * facts.due_share and full >= CAP_FULL_FROM
        return "at_risk" if faster else "on_track"
    if facts.shape == "level" and _holds_the_line(facts):
        return "off_track" if value < low else "on_track"
    if _too_early(facts, low) or pace is None or expected is None:
        return "on_track"
    on_track, at_risk = rule.thresholds
    if rule.name == "calendar-points":
        origin = facts.baseline if facts.shape == "level" and facts.baseline is not None else 0
        behind = 100 * (expected - value) / (low - origin)
        return "on_track" if behind <= on_track else "at_risk" if behind <= at_risk else "off_track"
    return "on_track" if pace >= on_track else "at_risk" if pace >= at_risk else "off_track"


def _too_early(facts: Facts, low: Fraction) -> bool:
    """While less than one whole unit, or less than a tenth of the requirement, is due."""
    if facts.shape == "flow":
        due = _due(facts)
        return (facts.in_units and due < 1) or due < TOO_EARLY_SHARE * low
    return facts.shape == "average" and facts.due_share < TOO_EARLY_SHARE
