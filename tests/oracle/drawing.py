"""Strategies: records of one policy, with the cases that are easily counted wrong.

What makes a record count (titles, types, levels) comes from the oracle's tables of targets, so that
drawn records hit targets often.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
from hypothesis import strategies as st

from etl.datasets import datasets
from tests.oracle.goals import Count, Goal, Institutions, Listed, Policy, Statistic
from tests.oracle.invented import Records, Table, lowered
from tests.oracle.ledger import BEGINS, ENDS
from tests.oracle.persons import PERSONS, REFUSED
from tests.oracle.worlds import world_of

DAY = pd.Timedelta(days=1)
#: The goals with at most so many to reach are met exactly, missed by one and exceeded by one.
WITHIN_REACH = 30
#: What fields may hold besides what targets ask for.
OTHERS: dict[str, dict[str, list[Any]]] = {
    "trainings": {"result": ["合格", "合格", "不合格", None], "level": [None, 0, 2, 3, 4],
                  "programme": [None, "青年技能"], "funding": ["政府补贴", None],
                  "institution_no": ["I-1", "I-2", "I-3", "I-99", None]},
    "certifications": {"level": [0, 1, 2, 3, 3, 4, 5, 6, 7], "issuer_type": ["企业", None],
                       "pathway": ["等级认定", None], "sector": ["制造业", None]},
    "competitions": {"level": ["town", "district", "city", "province", "national", "world"],
                     "category": ["行业", "企业", "专项", "综合", None],
                     "organiser": ["某局", None], "name": ["竞赛"]},
    "competition_awards": {"competition_no": ["C-1", "C-2", "C-3", "C-99"], "prize": ["优胜"]},
    "institutions": {"type": ["其他"], "level": ["city", "province", "national", None],
                     "name": ["一校", "二校", "三校", "四校"], "capacity": [9_999, 10_000, None]},
    "honours": {"title": ["其他称号"], "level": ["city", "province", None],
                "origin": ["引进", "培养", None], "skilled": [True, False, None]},
    "courses": {"type": ["其他"], "free": [True, False, None], "name": ["课程"],
                "provider": ["市高技能公共实训中心", "公共实训中心分基地（二）", "某校", None]},
    "spending": {"item": ["其他支出"], "amount": [0.01, 0.1, 0.2, 66_666.67, 99_999.99, 100_000,
                                                  200_000, 10_000_000.1]},
    "statistics": {"value": [0, 1, 3, 4.5, 10, 20]},
    "milestones": {},
}  # fmt: skip
PERIODS = ["1999", "2016", "2017年", "2018", "2019", "2020", "2021", "2022", "2023", "2024", "2025",
           "2026", "2021Q1", "2023Q3", "2024Q2", "2020-02", "2024-02", "2024-10"]  # fmt: skip


@st.composite
def records(draw: st.DrawFn, policy: str) -> Records:
    """Records of some datasets, others never loaded; requirements perhaps lowered; days to look at."""
    drawer = _Drawer(draw, world_of(policy).policy)
    names = draw(st.lists(st.sampled_from(drawer.datasets), min_size=2, max_size=4, unique=True))
    most = draw(st.sampled_from([None, 24, 4]))
    tables = {name: [drawer.row(name) for _ in range(draw(st.integers(10, 40)))] for name in names}
    goals = [goal for goal in lowered(drawer.policy, most)
             if goal.counts and goal.counts[0].dataset in names]  # fmt: skip
    for goal in draw(st.lists(st.sampled_from(goals), max_size=3, unique=True)) if goals else ():
        tables[goal.counts[0].dataset] += drawer.near_the_limit(goal)
    found = [Table(name, tuple(drawer.numbered(name, rows))) for name, rows in tables.items()]
    for one in draw(st.lists(st.sampled_from(found), max_size=1)):
        found.append(Table(one.dataset, tuple(drawer.corrected(one.dataset, one.rows))))
    if len(names) < len(drawer.datasets) and draw(st.booleans()):
        found.append(Table(next(name for name in drawer.datasets if name not in names), ()))
    return Records(policy, tuple(found), tuple(drawer.days(found)), most)


@cache
def pools(policy: Policy) -> dict[str, dict[str, list[Any]]]:
    """What each field of each dataset may hold."""
    found = {name: {field: [*values] for field, values in OTHERS[name].items()} for name in OTHERS}
    for goal in (*policy.goals, *policy.more):
        for part in _parts(goal):
            if isinstance(part, Statistic):
                found["statistics"].setdefault("indicator", []).append(part.indicator)
                continue
            for field, wanted in part.where.items():
                if field in datasets()[part.dataset].columns and not callable(wanted):
                    values = found[part.dataset].setdefault(field, [])
                    values += sorted(wanted) if isinstance(wanted, set) else [wanted]
        if isinstance(goal.unit, Listed):
            found["institutions"][goal.unit.key] = [*goal.unit.values, None]
    return found


def _parts(goal: Goal) -> list[Count | Statistic]:
    units = [goal.unit.picked] if isinstance(goal.unit, Institutions) else []
    return [*goal.counts, *units, *(part for part in (goal.under, goal.over) if part is not None)]


class _Drawer:
    """Draws rows, each a field's value by its name."""

    def __init__(self, draw: st.DrawFn, policy: Policy) -> None:
        self.policy = policy
        self._draw = draw
        self._places = world_of(policy.name).spellings
        self._pools = pools(policy)
        parts = [part for goal in (*policy.goals, *policy.more) for part in _parts(goal)]
        self._counts = [part for part in parts if isinstance(part, Count)]
        read = {one.dataset for one in self._counts}
        read |= {"statistics"} if len(parts) > len(self._counts) else set()
        read |= {"competitions"} if "competition_awards" in read else set()
        self.datasets = [name for name in datasets() if name in read]
        self._days = _notable_days(policy)

    def one_of(self, values: list[Any]) -> Any:
        return self._draw(st.sampled_from(values))

    def row(self, name: str) -> dict[str, Any]:
        """A row of a dataset, as some target asks for it, or nearly so."""
        counts = [one for one in self._counts if one.dataset == name]
        row = {field: self.one_of(values) for field, values in self._pools[name].items()}
        row |= self._as_asked(self.one_of(counts)) if counts and self._draw(st.booleans()) else {}
        row["place"] = self.one_of(self._places)
        if datasets()[name].has_person:
            row["person_id"] = self.one_of(self.one_of([*PERSONS[:14], REFUSED]))
        if name == "statistics":
            return row | {"period": self.one_of(PERIODS)}
        row[BEGINS[name]] = begins = self.one_of(self._days)
        if name in ENDS:
            ends = [begins, begins + DAY, begins + 400 * DAY, begins - DAY, self.policy.start - DAY]
            ends = [end for end in ends if end >= begins or end == begins - DAY]
            row[ENDS[name]] = self.one_of([None] * 5 + ends)
        return row

    def near_the_limit(self, goal: Goal) -> list[dict[str, Any]]:
        """Records that come to exactly what is asked, or at most, or to one more or less."""
        count = goal.counts[0]
        limit = self.one_of([one for one in (goal.required, goal.most) if one is not None])
        if limit > WITHIN_REACH and count.sum_of is None:
            return []
        base = self.row(count.dataset) | self._as_asked(count)
        base |= dict.fromkeys([ENDS[count.dataset]]) if count.dataset in ENDS else {}
        step, first = self.one_of([0, 1, 29]), self.one_of([*range(0, 15)])
        amounts = [0.0] * (int(limit) + self.one_of([-1, 0, 1]))
        if count.sum_of is not None:
            cents = round(100 * limit / count.times) + self.one_of([-1, 0, 1])
            part = self.one_of([1, 3_333_333, cents // 3])
            amounts = [part / 100, part / 100, (cents - 2 * part) / 100]
        rows = []
        for n, amount in enumerate(amounts):
            more = {BEGINS[count.dataset]: base[BEGINS[count.dataset]] + n * step * DAY}
            more |= {count.sum_of: amount} if count.sum_of is not None else {}
            if "person_id" in base:
                more["person_id"] = self.one_of(PERSONS[first + n])
            if self._draw(st.booleans()):
                more["place"] = self.one_of(self._places)
            rows.append(base | more)
        return rows

    def numbered(self, name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows with keys, one of which may be used twice."""
        key = datasets()[name].key[0]
        if name == "statistics":
            return rows
        if name == "spending" and self._draw(st.booleans()):  # a payment that is taken back
            paid = self.one_of(rows)
            rows = [*rows, paid | {"amount": -paid["amount"]}]
        letter = name[0].upper()
        rows = [row | {key: f"{letter}-{n}"} for n, row in enumerate(rows, 1)]
        if self._draw(st.booleans()):
            rows.append(self.one_of(rows) | self.one_of([{}, {"place": rows[0]["place"]}]))
        return rows

    def corrected(self, name: str, rows: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
        """Later rows of the same keys."""
        key = datasets()[name].key
        found = []
        for row in self._draw(st.lists(st.sampled_from(rows), max_size=4, unique_by=id)):
            new = self.row(name) | {field: row[field] for field in key}
            if "place" not in key and self._draw(st.booleans()):
                new["place"] = row["place"]
            found.append(new)
        return found

    def days(self, tables: list[Table]) -> list[pd.Timestamp]:
        """Days to look at: those on which something happens, the days beside them, and the deadline."""
        begins = {row[BEGINS[one.dataset]] for one in tables for row in one.rows
                  if one.dataset in BEGINS}  # fmt: skip
        ends = {row[ENDS[one.dataset]] for one in tables for row in one.rows if one.dataset in ENDS}
        happens = sorted(begins | ends - {None})
        near = [day + n * DAY for day in happens for n in (-1, 0, 1)]
        inside = [day for day in near if abs(day - self.policy.start) < 3000 * DAY]
        some = [self.one_of(inside or near or self._days) for _ in range(2)]
        some.append(self.one_of(self._days))
        last = self.policy.by + self.one_of([0, 0, 1, 120, 300]) * DAY
        return sorted({*some, last})

    def _as_asked(self, count: Count) -> dict[str, Any]:
        """Values that a count asks for; what it asks of another dataset's record is left to luck."""
        found: dict[str, Any] = {}
        for field, wanted in count.where.items():
            pool = self._pools[count.dataset].get(field, [])
            if callable(wanted):
                fitting = [value for value in pool if wanted(value)]
            else:
                fitting = sorted(wanted) if isinstance(wanted, set) else [wanted]
            if field in self._pools[count.dataset]:
                found[field] = self.one_of(fitting)
        return found


def _notable_days(policy: Policy) -> list[pd.Timestamp]:
    """Long before, around the start and the deadline, ends of years, leap days, and days between."""
    start, by = policy.start, policy.by
    days = [pd.Timestamp(1998, 5, 31), pd.Timestamp(2004, 2, 29)]
    days += [edge + n * DAY for edge in (start, by) for n in (-400, -1, 0, 1, 40, 90)]
    for year in range(start.year - 1, by.year + 2):
        days += [pd.Timestamp(year, month, day) for month, day in ((1, 1), (2, 28), (12, 31))]
        days += [pd.Timestamp(year, 2, 29)] if year % 4 == 0 else []
    return days + list(pd.date_range(start, by, freq="29D"))
