"""Words to declare targets with: what is counted, and what is asked of the count.

A table of targets (`targets_<policy>`) has one line for each, as targets.csv has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

#: What a field must be: one value, one of several, or what a function of it says.
Wanted = Any
Kind = Literal["cumulative", "annual", "stock", "ratio", "coverage", "milestone"]


def at_least(low: float) -> Callable[[Any], bool]:
    return lambda value: pd.notna(value) and value >= low


def contains(part: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and part in value


@dataclass(frozen=True, eq=False)
class Count:
    """What is counted of a dataset's rows: rows, distinct persons, or the sum of a field."""

    dataset: str
    where: Mapping[str, Wanted]
    persons: bool = False
    sum_of: str | None = None
    times: float = 1.0

    def picks(self, frame: pd.DataFrame) -> pd.DataFrame:
        for name, wanted in self.where.items():
            if callable(wanted):
                frame = frame[frame[name].map(wanted).astype(bool)]
            else:
                frame = frame[frame[name].isin(wanted if isinstance(wanted, set) else {wanted})]
        return frame


def rows(dataset: str, **where: Wanted) -> Count:
    return Count(dataset, where)


def institutions(kind: Wanted, **where: Wanted) -> Count:
    return Count("institutions", {"type": kind} | where)


def persons(dataset: str, **where: Wanted) -> Count:
    return Count(dataset, where, persons=True)


def total(dataset: str, of: str, times: float = 1.0, **where: Wanted) -> Count:
    return Count(dataset, where, sum_of=of, times=times)


@dataclass(frozen=True)
class Statistic:
    """The figure of a place itself for the last period that ended."""

    indicator: str


@dataclass(frozen=True, eq=False)
class Institutions:
    """Institutions in force as the units of a coverage; their rows bear the same value in `key`."""

    picked: Count
    key: str


@dataclass(frozen=True)
class Listed:
    """The values that `key` may have as the units of a coverage."""

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Goal:
    """A target. `years`: the length of its windows, 0 if it has one only."""

    id: str
    kind: Kind
    required: float
    counts: tuple[Count, ...]
    most: float | None = None
    cap: bool = False
    years: int = 0
    averaged: bool = False
    under: Count | Statistic | None = None
    over: Statistic | None = None
    times: float = 100.0
    unit: str | Institutions | Listed | None = None

    @property
    def in_force(self) -> bool:
        """Whether records count as long as they are in force, and not by when they began."""
        return self.kind == "stock" or (self.kind in {"ratio", "coverage"} and not self.years)

    @property
    def datasets(self) -> set[str]:
        """All that must have been loaded for the value to be known."""
        units = [self.unit.picked] if isinstance(self.unit, Institutions) else []
        parts = [*self.counts, *units, self.under, self.over]
        return {one.dataset for one in parts if isinstance(one, Count)} | {
            "statistics" for one in parts if isinstance(one, Statistic)
        }

    @property
    def is_level(self) -> bool:
        return self.kind in {"stock", "ratio", "coverage"}

    @property
    def counts_whole_units(self) -> bool:
        """Money is no count."""
        return all(count.sum_of is None for count in self.counts)


def cumulative(name: str, required: float, *counts: Count, most: float | None = None) -> Goal:
    return Goal(name, "cumulative", required, counts, most=most)


def annual(name: str, required: float, count: Count, years: int = 1, cap: bool = False) -> Goal:
    return Goal(name, "annual", required, (count,), years=years, cap=cap)


def averaged(name: str, required: float, count: Count) -> Goal:
    return Goal(name, "annual", required, (count,), averaged=True)


def stock(name: str, required: float, count: Count) -> Goal:
    return Goal(name, "stock", required, (count,))


def ratio(
    name: str,
    required: float,
    over: Count | Statistic,
    under: Count | Statistic,
    years: int = 0,
    times: float = 100.0,
) -> Goal:
    counts = (over,) if isinstance(over, Count) else ()
    figure = over if isinstance(over, Statistic) else None
    return Goal(name, "ratio", required, counts, years=years, under=under, over=figure, times=times)


def coverage(
    name: str,
    required: float,
    count: Count,
    unit: str | Institutions | Listed,
    years: int = 0,
    most: float | None = None,
) -> Goal:
    return Goal(name, "coverage", required, (count,), years=years, unit=unit, most=most)


def milestone(name: str) -> Goal:
    return Goal(name, "milestone", 1, (rows("milestones", target_id=name),))


@dataclass(frozen=True)
class Policy:
    """A policy's targets and the days between which they hold, both included."""

    name: str
    area: str
    start: pd.Timestamp
    by: pd.Timestamp
    goals: tuple[Goal, ...] = field(repr=False)
    more: tuple[Goal, ...] = field(repr=False)


def policy(
    name: str, area: str, start: str, by: str, *goals: Goal, more: tuple[Goal, ...] = ()
) -> Policy:
    """`goals` are all that targets.csv has; `more` are those of the text that it leaves out."""
    return Policy(name, area, pd.Timestamp(start), pd.Timestamp(by), goals, more)
