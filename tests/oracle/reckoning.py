"""What a value means on a day: expected, percent, pace, status and what is still to do.

The oracle's judgement, written from semantics.md alone; it shares no code with `metrics`. Slow and plain
on purpose: a reader should be able to check it against the document line by line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from tests.oracle.goals import Goal, Institutions, Listed, Policy
from tests.oracle.ledger import EVER, Ledger
from tests.oracle.values import Valuer, Window, window_of

ON_TRACK, AT_RISK = 0.95, 0.80
EARLY_SHARE = 0.10
WHOLE_UNITS = 20
CAP_HASTE, CAP_NEAR = 1.05, 0.80


@dataclass(frozen=True)
class Judged:
    """What is said of a value where it is judged; nothing of it is said elsewhere."""

    required: float | None = None
    required_max: float | None = None
    expected: float | None = None
    percent: float | None = None
    pace: float | None = None
    status: str = ""
    to_go: float | None = None


class Reckoning:
    """Every target of a policy on a day, at every place."""

    def __init__(self, policy: Policy, ledger: Ledger) -> None:
        self.policy = policy
        self.ledger = ledger
        self.valuer = Valuer(ledger, policy)
        self._baseline = cache(self.valuer.baseline)
        self._so_far = cache(self._everywhere_so_far)
        asked = ledger.allocations()
        #: What the city asks of a place, by year.
        self._asked: dict[tuple[str, str], dict[int, float]] = {
            key: dict(zip(some["year"], some["value"], strict=True))
            for key, some in asked.groupby(["target_id", "place"])
        }

    def progress(self, as_of: pd.Timestamp) -> pd.DataFrame:
        """One row for each target and place, as `milepost progress` has them."""
        return pd.DataFrame(list(self._rows(as_of)))

    def _rows(self, as_of: pd.Timestamp) -> Iterator[dict[str, object]]:
        end = min(as_of, self.policy.by)
        for goal in (*self.policy.goals, *self.policy.more):
            unknown_here = self._is_unknown(goal)
            values = self.valuer.nothing() if unknown_here else self.valuer.values(goal, end)
            shares, units = self.valuer.share_places(goal), self.valuer.unit_places(goal)
            for place, value, numerator, denominator in values.itertuples():
                is_share = goal.kind in {"ratio", "coverage"} and place in shares
                if isinstance(goal.unit, Listed):  # a place below owes no part of the whole list
                    is_share = place == self.policy.area
                if not (is_share or place in units or place == self.policy.area):
                    judged = self._by_allocation(goal, place, value, as_of)
                elif math.isnan(value):
                    judged = unknown(goal, is_share=is_share)
                elif place in units:
                    judged = self._flow(goal, value, as_of, by_days=True)
                elif goal.is_level:
                    judged = self._level(goal, place, value, as_of)
                elif goal.kind == "milestone":
                    judged = self._milestone(goal, value, as_of)
                else:
                    judged = self._flow(goal, value, as_of)
                yield {"target": goal.id, "place": place, "value": value, "numerator": numerator,
                       "denominator": denominator} | vars(judged)  # fmt: skip

    def _by_allocation(self, goal: Goal, place: str, value: float, as_of: pd.Timestamp) -> Judged:
        """A place below the whole: by the years that the city asks of it in the window, if any. Of a
        cumulative target the earlier years are due, and of this one the part of its days."""
        end, years = min(as_of, self.policy.by), self._asked.get((goal.id, place), {})
        window = window_of(self.policy, goal, end)
        here = {y: v for y, v in years.items() if window.first.year <= y <= window.last.year}
        if not here or goal.averaged or goal.kind not in {"cumulative", "annual"}:
            return Judged()
        required = sum(here.values())
        mine = replace(goal, required=required, most=None)
        if math.isnan(value):
            return unknown(mine, is_share=False)
        share = self.due_share(mine, window, end)
        if goal.years != 1 and required:
            day_of_year = end.day_of_year / (366 if end.is_leap_year else 365)
            due = sum(v for y, v in here.items() if y < end.year)
            due += here.get(end.year, 0.0) * day_of_year
            share = due / required if end >= window.first else 0.0
        return self._flow(mine, value, as_of, share=share, late=(goal, place))

    def _everywhere_so_far(
        self, goal: Goal, first: pd.Timestamp, as_of: pd.Timestamp
    ) -> pd.Series[float]:
        return self.ledger.everywhere(goal.counts, first, as_of, in_force=False)

    def _is_unknown(self, goal: Goal) -> bool:
        """Whether nothing that the target counts, or none of its units, was ever loaded."""
        of_units = [goal.unit.picked] if isinstance(goal.unit, Institutions) else []
        return any(
            counts and all(self.ledger.is_empty(count.dataset) for count in counts)
            for counts in (goal.counts, of_units)
        )

    def _level(self, goal: Goal, place: str, value: float, as_of: pd.Timestamp) -> Judged:
        """Stock, ratio, share of units: from the baseline to the target, linear in days."""
        policy, end = self.policy, min(as_of, self.policy.by)
        required = 100.0 if goal.kind == "coverage" else goal.required
        baseline = self._baseline(goal)[place]
        way = max(0, (end - policy.start).days) / (policy.by - policy.start).days
        holds = baseline >= required
        expected = required if holds else baseline + (required - baseline) * way
        pace = (value - baseline) / (expected - baseline) if expected != baseline else None
        closes = window_of(policy, goal, end).last
        if value >= required:
            status = "achieved"
        elif as_of >= closes:
            status = "missed"
        elif as_of < policy.start:
            status = "not_started"
        else:
            status = "off_track" if holds else by_pace(pace)
        return Judged(
            required=required, expected=expected, percent=100 * value / required, pace=pace,
            status=status, to_go=max(0.0, required - value),
        )  # fmt: skip

    def _milestone(self, goal: Goal, value: float, as_of: pd.Timestamp) -> Judged:
        """Expected on the last day, and not before."""
        policy = self.policy
        expected = 1.0 if as_of >= policy.by else 0.0
        late = self.ledger.at_top(goal.counts, EVER, as_of) >= 1
        if value >= 1 or (as_of >= policy.by and late):
            status = "achieved"
        elif as_of >= policy.by:
            status = "missed"
        else:
            status = "not_started" if as_of < policy.start else "on_track"
        return Judged(
            required=1.0, expected=expected, percent=100 * value, pace=value if expected else None,
            status=status, to_go=0.0 if status == "achieved" else 1.0,
        )  # fmt: skip

    def _flow(
        self,
        goal: Goal,
        value: float,
        as_of: pd.Timestamp,
        *,
        by_days: bool = False,
        share: float | None = None,
        late: tuple[Goal, str] | None = None,
    ) -> Judged:
        """Cumulative and annual, and what is asked of a unit: from 0 to the target in the window.

        `late`: the goal and the place that must have met it after the deadline, if not the whole."""
        policy, end = self.policy, min(as_of, self.policy.by)
        window = window_of(policy, goal, end)
        if share is None:
            share = elapsed(window, end) if by_days else self.due_share(goal, window, end)
        due = goal.required * share
        expected = goal.required if goal.averaged else due
        if goal.required <= WHOLE_UNITS and goal.counts_whole_units and not goal.cap:
            expected = float(math.floor(due + 1e-9))
        pace = value / expected if expected else None
        to_go: float | None = max(0.0, goal.required - value)
        if goal.averaged:
            counted = self.ledger.at_top(goal.counts, policy.start, end)
            to_go = max(0.0, goal.required * ((policy.by - policy.start).days + 1) / 365.25 - counted)
        status = self._flow_status(goal, value, as_of, window, share, pace, is_unit=by_days, late=late)
        return Judged(
            required=goal.required, required_max=goal.most, expected=expected,
            percent=100 * value / goal.required, pace=pace, status=status,
            to_go=None if goal.cap else 0.0 if status == "achieved" else to_go,
        )  # fmt: skip

    def _flow_status(
        self,
        goal: Goal,
        value: float,
        as_of: pd.Timestamp,
        window: Window,
        share: float,
        pace: float | None,
        *,
        is_unit: bool,
        late: tuple[Goal, str] | None,
    ) -> str:
        policy, closed = self.policy, as_of >= window.last
        if goal.cap:
            return cap_status(value / goal.required, share, closed, as_of < policy.start)
        if goal.most is not None and value > goal.most:
            return "breached"
        if value >= goal.required and (closed or goal.most is None):
            return "achieved"
        if closed:
            if is_unit or goal.averaged:
                return "missed"
            whole, place = late or (goal, policy.area)
            so_far = self._so_far(whole, window.first, as_of)[place]
            is_met = so_far >= goal.required and (goal.most is None or so_far <= goal.most)
            return "achieved" if is_met else "missed"
        if as_of < policy.start:
            return "not_started"
        due = goal.required * share
        if (due < 1 and goal.counts_whole_units) or share < EARLY_SHARE:
            return "on_track"
        return by_pace(pace)

    def due_share(self, goal: Goal, window: Window, end: pd.Timestamp) -> float:
        """The share of the window's requirement due: earlier full years' profile, else the days."""
        if goal.years == 1 and end >= self.policy.start:
            shares = []
            for year in range(self.policy.start.year, end.year):
                one = window_of(self.policy, goal, pd.Timestamp(year, 12, 31))
                whole = self._in_window(goal, one.first, one.last)
                if one.is_whole and whole:
                    leap = (end.month, end.day) == (2, 29)
                    day = pd.Timestamp(year, end.month, 28 if leap else end.day)
                    shares.append(self._in_window(goal, one.first, day) / whole)
            if len(shares) >= 2:
                return sum(shares) / len(shares)
        return elapsed(window, end)

    def _in_window(self, goal: Goal, first: pd.Timestamp, last: pd.Timestamp) -> float:
        return self.ledger.at_top(goal.counts, first, last)


def unknown(goal: Goal, *, is_share: bool) -> Judged:
    if goal.kind == "coverage" and is_share:
        return Judged(required=100.0, status="no_data")
    return Judged(required=goal.required, required_max=goal.most, status="no_data")


def elapsed(window: Window, end: pd.Timestamp) -> float:
    """Days gone of a window's days, both ends included."""
    return max(0, (end - window.first).days + 1) / ((window.last - window.first).days + 1)


def by_pace(pace: float | None) -> str:
    if pace is None or pace >= ON_TRACK:
        return "on_track"
    return "at_risk" if pace >= AT_RISK else "off_track"


def cap_status(used: float, share: float, closed: bool, early: bool) -> str:
    """What is said of the used part of a cap when that share of its window is over."""
    if used > 1:
        return "breached"
    if closed:
        return "achieved"
    if early:
        return "not_started"
    return "at_risk" if used > CAP_HASTE * share and used >= CAP_NEAR else "on_track"
