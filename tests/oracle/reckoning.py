"""The numbers of semantics.md worked out by plain pandas, one target, place and date at a time.

Written from that document alone, for Dongguan's 27 targets; it shares no code with `metrics`. Slow and
plain on purpose: a reader should be able to check it against the document line by line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

START, BY = pd.Timestamp("2021-01-01"), pd.Timestamp("2025-12-31")
CITY = "441900"
Records = dict[str, pd.DataFrame]
Where = Callable[[pd.DataFrame], "pd.Series[bool]"]


def everything(frame: pd.DataFrame) -> pd.Series[bool]:
    return pd.Series(True, index=frame.index)


@dataclass(frozen=True)
class Count:
    """What is counted: rows, or distinct values of `distinct`, of the rows that `where` picks."""

    dataset: str
    where: Where = everything
    distinct: bool = False


@dataclass(frozen=True)
class Goal:
    """A target as targets.csv has it, with the predicate that its `what_counts` column says."""

    kind: str
    required: float
    counts: tuple[Count, ...]
    under: Count | None = None
    yearly: bool = False
    averaged: bool = False
    in_force: bool = False


def is_type(name: str) -> Where:
    return lambda f: f["type"] == name


GOALS: dict[str, Goal] = {
    "dg-champion-introduced": Goal("cumulative", 1, (Count("honours", lambda f: (f["title"] == "世界技能大赛冠军") & (f["origin"] == "引进"), True),)),
    "dg-champion-trained": Goal("cumulative", 1, (Count("honours", lambda f: (f["title"] == "世界技能大赛冠军") & (f["origin"] == "培养"), True),)),
    "dg-brand-actions": Goal("cumulative", 10, (Count("institutions", is_type("技能生态品牌行动")),)),
    "dg-high-skilled-share": Goal("ratio", 40, (Count("certifications", lambda f: f["level"] >= 3, True),), Count("certifications", everything, True), in_force=True),
    "dg-leading-talents": Goal("cumulative", 100, (Count("honours", lambda f: f["title"] == "技能领军人才", True),)),
    "dg-studios": Goal("cumulative", 200, (Count("institutions", is_type("技能大师工作室")),)),
    "dg-courses": Goal("cumulative", 1000, (Count("courses", lambda f: (f["free"] == True) & (f["type"] == "培训课程")),)),  # noqa: E712
    "dg-people-upskilled": Goal("cumulative", 1_000_000, (Count("trainings", everything, True), Count("certifications", everything, True))),
    "dg-training-enrolments": Goal("cumulative", 1_000_000, (Count("trainings"),)),
    "dg-coop-bases": Goal("cumulative", 50, (Count("institutions", lambda f: (f["type"] == "校企合作基地") & (f["level"] == "city")),)),
    "dg-town-sites": Goal("coverage", 1, (Count("institutions", is_type("技能宣传阵地")),), in_force=True),
    "dg-town-competitions": Goal("coverage", 1, (Count("competitions"),), yearly=True),
    "dg-town-brands": Goal("coverage", 1, (Count("institutions", is_type("培训品牌")),), in_force=True),
    "dg-centre-certifications": Goal("annual", 3000, (Count("certifications", lambda f: f["issuer_type"] == "公共实训中心", True),), averaged=True),
    "dg-sub-bases": Goal("stock", 20, (Count("institutions", is_type("公共实训中心分基地")),), in_force=True),
    "dg-public-practice": Goal("annual", 200_000, (Count("trainings", lambda f: f["kind"] == "公益性实训"),), yearly=True),
    "dg-new-courses": Goal("annual", 5, (Count("courses", lambda f: (f["type"] == "培训课程") & f["provider"].fillna("").str.contains("公共实训中心")),), yearly=True),
    "dg-purchased-course-people": Goal("annual", 3000, (Count("trainings", lambda f: f["funding"] == "购买课程服务", True),), yearly=True),
    "dg-evaluating-enterprises": Goal("cumulative", 500, (Count("institutions", is_type("认定企业")),)),
    "dg-evaluating-organisations": Goal("cumulative", 20, (Count("institutions", is_type("社会评价组织")),)),
    "dg-honours-skilled-share": Goal("ratio", 20, (Count("honours", lambda f: (f["level"] == "city") & (f["skilled"] == True)),), Count("honours", lambda f: f["level"] == "city"), yearly=True),  # noqa: E712
    **{
        name: Goal("milestone", 1, (Count("milestones", lambda f, name=name: f["target_id"] == name),))
        for name in ("dg-steering-group", "dg-skills-festival", "dg-three-libraries",
                     "dg-evaluation-alliance", "dg-talent-map", "dg-technician-college")
    },
}  # fmt: skip

BEGINS = {"trainings": "completed_on", "certifications": "issued_on", "competitions": "held_on",
          "institutions": "recognised_on", "honours": "awarded_on", "courses": "published_on",
          "milestones": "achieved_on"}  # fmt: skip
ENDS = {"certifications": "revoked_on", "institutions": "revoked_on", "honours": "ended_on"}


class Reckoning:
    """The records of the city, asked one question at a time."""

    def __init__(self, records: Records) -> None:
        self.records = dict(records)
        trainings = records["trainings"]
        passed = trainings["result"].isna() | (trainings["result"] == "合格")
        self.records["trainings"] = trainings[passed]
        self.towns = sorted({code for frame in records.values() for code in frame["place"]} - {CITY})

    def rows(self, count: Count, place: str) -> pd.DataFrame:
        frame = self.records[count.dataset]
        frame = frame[count.where(frame).astype(bool)]
        return frame if place == CITY else frame[frame["place"] == place]

    def amount(self, goal: Goal, counts: tuple[Count, ...], place: str, end: pd.Timestamp) -> int:
        """Rows or persons that count at `end`: in force, or in the current window."""
        first = START
        if goal.yearly:
            first = pd.Timestamp(end.year, 1, 1)
        persons: set[str] = set()
        total = 0
        for count in counts:
            frame = self.rows(count, place)
            begins = frame[BEGINS[count.dataset]]
            if goal.kind == "milestone":
                frame = frame[begins <= end]
            elif goal.in_force:
                over = frame[ENDS[count.dataset]]
                frame = frame[(begins <= end) & (over.isna() | (pd.to_datetime(over) > end))]
            else:
                frame = frame[(begins >= first) & (begins <= end)]
            if count.distinct:
                persons |= set(frame["person_id"])
            total += len(frame)
        return len(persons) if counts[0].distinct else total

    def value(
        self, goal: Goal, place: str, end: pd.Timestamp, units: list[str]
    ) -> dict[str, float | None]:
        """value, numerator and denominator at a place."""
        if goal.kind == "ratio":
            assert goal.under is not None
            over = self.amount(goal, goal.counts, place, end)
            under = self.amount(goal, (goal.under,), place, end)
            share = 100 * over / under if under else None
            return {"value": share, "numerator": over, "denominator": under}
        if goal.kind == "coverage" and place == CITY:
            met = sum(self.amount(goal, goal.counts, unit, end) >= goal.required for unit in units)
            return {"value": 100 * met / len(units), "numerator": met, "denominator": len(units)}
        amount = self.amount(goal, goal.counts, place, end)
        if goal.averaged:
            years = ((end - START).days + 1) / 365.25
            return {"value": amount / years, "numerator": None, "denominator": None}
        if goal.kind == "milestone":
            amount = min(amount, 1)
        return {"value": amount, "numerator": None, "denominator": None}

    def due_share(self, goal: Goal, end: pd.Timestamp) -> float:
        """The share of the window's requirement due: earlier full years' profile, else the days."""
        if not goal.yearly:
            return ((end - START).days + 1) / ((BY - START).days + 1)
        shares = []
        for year in range(START.year, end.year):
            day = pd.Timestamp(year, end.month, 28 if (end.month, end.day) == (2, 29) else end.day)
            whole = self.amount(goal, goal.counts, CITY, pd.Timestamp(year, 12, 31))
            if whole:
                shares.append(self.amount(goal, goal.counts, CITY, day) / whole)
        if len(shares) >= 2:
            return sum(shares) / len(shares)
        first, last = pd.Timestamp(end.year, 1, 1), pd.Timestamp(end.year, 12, 31)
        return ((end - first).days + 1) / ((last - first).days + 1)

    def judged(
        self, goal: Goal, place: str, as_of: pd.Timestamp, units: list[str]
    ) -> tuple[str, float | None]:
        """Status and expected value at the city, at a ratio's place or at a unit of a coverage."""
        end = min(as_of, BY)
        value = self.value(goal, place, end, units)["value"]
        if value is None:
            return "no_data", None
        at_unit = goal.kind == "coverage" and place != CITY
        required = 100 if goal.kind == "coverage" and not at_unit else goal.required
        window_end = pd.Timestamp(end.year, 12, 31) if goal.yearly else BY
        level = goal.kind in {"stock", "ratio", "coverage"} and not at_unit
        baseline = 0.0
        if goal.kind == "milestone":
            expected = 1.0 if as_of >= BY else 0.0
        elif goal.averaged:
            expected = float(required)
        elif level:
            baseline = self.baseline(goal, place, units)
            way = (end - START).days / (BY - START).days
            expected = required if baseline >= required else baseline + (required - baseline) * way
        else:
            share = self.due_share(goal, end)
            if at_unit:
                first = pd.Timestamp(end.year, 1, 1) if goal.yearly else START
                share = ((end - first).days + 1) / ((window_end - first).days + 1)
            due = required * share
            expected = float(math.floor(due + 1e-9)) if required <= 20 else due
        if value >= required:
            return "achieved", expected
        if as_of >= BY and goal.kind in {"cumulative", "milestone"}:
            later = Goal(goal.kind, goal.required, goal.counts)
            if self.amount(later, goal.counts, place, as_of) >= required:
                return "achieved", expected
        if as_of >= window_end:
            return "missed", expected
        if level and baseline >= required:
            return "off_track", expected
        if expected == baseline:
            return "on_track", expected
        if not level and goal.kind != "milestone":
            due = required * (self.due_share(goal, end) if not at_unit else share)
            if goal.averaged:
                if ((end - START).days + 1) / ((BY - START).days + 1) < 0.10:
                    return "on_track", expected
            elif due < 1 or due < 0.10 * required:
                return "on_track", expected
        pace = (value - baseline) / (expected - baseline)
        return ("on_track" if pace >= 0.95 else "at_risk" if pace >= 0.80 else "off_track"), expected

    def baseline(self, goal: Goal, place: str, units: list[str]) -> float:
        """The first value on or after the start."""
        day = START
        while (value := self.value(goal, place, day, units)["value"]) is None:
            day += pd.Timedelta(days=1)
        return float(value)
