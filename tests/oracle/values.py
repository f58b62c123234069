"""The value of a target at every place on a day, by its kind: the table in semantics.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from tests.oracle.goals import Count, Goal, Institutions, Listed, Policy, Statistic
from tests.oracle.ledger import EVER, Ledger, began, held

Values = pd.DataFrame  # value, numerator, denominator by place


@dataclass(frozen=True)
class Window:
    """The days of a window; `is_whole`: a full year, or as many as the window has."""

    first: pd.Timestamp
    last: pd.Timestamp
    is_whole: bool


def window_of(policy: Policy, goal: Goal, day: pd.Timestamp) -> Window:
    """The window that a day lies in, clipped to the policy's days."""
    if not goal.years:
        return Window(policy.start, policy.by, True)
    block = max(0, (day.year - policy.start.year) // goal.years)
    year = policy.start.year + block * goal.years
    first, last = pd.Timestamp(year, 1, 1), pd.Timestamp(year + goal.years - 1, 12, 31)
    whole = first >= policy.start and last <= policy.by
    return Window(max(first, policy.start), min(last, policy.by), whole)


class Valuer:
    """Works out values, each target and day once."""

    def __init__(self, ledger: Ledger, policy: Policy) -> None:
        self.ledger = ledger
        self.policy = policy
        self.codes = ledger.tree.codes
        self._known: dict[tuple[Goal, pd.Timestamp], Values] = {}
        self.share_places = cache(self._share_places)
        self.unit_places = cache(self._unit_places)

    def values(self, goal: Goal, end: pd.Timestamp) -> Values:
        """Value, numerator and denominator at all places."""
        if (goal, end) not in self._known:
            self._known[goal, end] = self._values(goal, end)
        return self._known[goal, end]

    def nothing(self) -> Values:
        """Value, numerator and denominator where all of them are unknown."""
        return pd.DataFrame(float("nan"), self.codes, ["value", "numerator", "denominator"])

    def _share_places(self, goal: Goal) -> set[str]:
        """Where a ratio or a coverage is a share: everywhere, or above the units if they are places."""
        if not isinstance(goal.unit, str):
            return set(self.codes)
        above = self.ledger.tree.above
        units = set(self.ledger.tree.units(goal.unit))
        return set(above[above["place"].isin(units) & ~above["at"].isin(units)]["at"])

    def _unit_places(self, goal: Goal) -> set[str]:
        """The units of a coverage that are places."""
        return set(self.ledger.tree.units(goal.unit)) if isinstance(goal.unit, str) else set()

    def baseline(self, goal: Goal) -> pd.Series[float]:
        """The first value on or after the start, at all places."""
        start = self.policy.start
        found = self.values(goal, start)["value"].copy()
        parts = self._days_of_units(goal)
        if not parts:
            return found
        days = pd.concat(parts)[["at", "day"]].drop_duplicates().sort_values("day")
        days = days[days["day"] > start]
        for place, some in days.groupby("at"):
            for day in some["day"]:
                if pd.notna(found[place]):
                    break
                found[place] = self.values(goal, day)["value"][place]
        return found

    def _days_of_units(self, goal: Goal) -> list[pd.DataFrame]:
        """The days on which the denominator may become more than nothing, by place."""
        if isinstance(goal.unit, Institutions):
            return [self.ledger.begins(goal.unit.picked)]
        parts = [part for part in (goal.under, goal.over) if part is not None]
        return [self.ledger.begins(part) if isinstance(part, Count) else self.ledger.periods(part)
                for part in parts]  # fmt: skip

    def _values(self, goal: Goal, end: pd.Timestamp) -> Values:
        if goal.kind == "ratio":
            over = self._part(goal, goal.over or goal.counts[0], end)
            under = self._part(goal, goal.under, end)
            share = (goal.times * over / under).where(under != 0)
            return _table(self.codes, share, over, under)
        if goal.kind == "coverage":
            return self._coverage(goal, end)
        first = EVER if goal.kind == "milestone" else window_of(self.policy, goal, end).first
        found = self.ledger.everywhere(goal.counts, first, end, in_force=goal.in_force)
        if goal.kind == "milestone":
            found = found.clip(upper=1)
        if goal.averaged:
            days = (end - self.policy.start).days + 1
            found = found / (days / 365.25) if days > 0 else found * 0
        return _table(self.codes, found)

    def _part(self, goal: Goal, part: Count | Statistic | None, end: pd.Timestamp) -> pd.Series[float]:
        assert part is not None
        if isinstance(part, Statistic):
            return self.ledger.figures(part, end)
        first = window_of(self.policy, goal, end).first
        return self.ledger.everywhere([part], first, end, in_force=goal.in_force)

    def _coverage(self, goal: Goal, end: pd.Timestamp) -> Values:
        first = window_of(self.policy, goal, end).first
        above = self.ledger.tree.above
        if isinstance(goal.unit, str):
            inner = self.ledger.everywhere(goal.counts, first, end, in_force=goal.in_force)
            units = above[above["place"].isin(self.unit_places(goal))]
            met = _meets(goal, units["place"].map(inner))
            over, under = met.groupby(units["at"]).sum(), met.groupby(units["at"]).size()
            share = (goal.times * over / under).reindex(self.codes)
            at = pd.Series([code in self.share_places(goal) for code in self.codes], self.codes)
            return _table(self.codes, share.where(at, inner), over.where(at), under.where(at))
        if isinstance(goal.unit, Listed):
            rows = self.ledger.spread(goal.counts[0])
            rows = rows[rows[goal.unit.key].isin(goal.unit.values)]
            inner = self._inner(goal, rows, first, end, ["at", goal.unit.key])
            over = _meets(goal, inner).groupby("at").sum().reindex(self.codes, fill_value=0)
            under = pd.Series(len(goal.unit.values), self.codes)
            return _table(self.codes, goal.times * over / under, over, under)
        assert goal.unit is not None
        key = goal.unit.key
        inner = self._inner(goal, self.ledger.picked(goal.counts[0]), first, end, [key])
        # Two rows of one key, a school registered again under its name, are one unit.
        units = held(self.ledger.spread(goal.unit.picked), end).drop_duplicates(["at", key])
        met = _meets(goal, units[key].map(inner).fillna(0))
        over = met.groupby(units["at"]).sum().reindex(self.codes, fill_value=0)
        under = met.groupby(units["at"]).size().reindex(self.codes, fill_value=0)
        return _table(self.codes, (goal.times * over / under).where(under > 0), over, under)

    def _inner(
        self, goal: Goal, rows: pd.DataFrame, first: pd.Timestamp, end: pd.Timestamp, by: list[str]
    ) -> pd.Series[float]:
        """What is asked of each unit that is no place."""
        rows = held(rows, end) if goal.in_force else began(rows, first, end)
        return (
            rows.groupby(by)["person_id"].nunique()
            if goal.counts[0].persons
            else rows.groupby(by).size()
        )


def _meets(goal: Goal, inner: pd.Series[float]) -> pd.Series[int]:
    met = inner >= goal.required
    return (met if goal.most is None else met & (inner <= goal.most)).astype(int)


def _table(
    codes: list[str],
    value: pd.Series[float],
    numerator: pd.Series[float] | None = None,
    denominator: pd.Series[float] | None = None,
) -> Values:
    parts = {"value": value, "numerator": numerator, "denominator": denominator}
    return pd.DataFrame(
        {name: float("nan") if part is None else part.astype(float) for name, part in parts.items()},
        index=pd.Index(codes),
    )
