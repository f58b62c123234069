"""Allocations (分解任务): what a city asks of its places, year by year, and so what they are judged by.

Owns `AllocatedRow`, `allocated_rows` (the table as it was loaded), `Allocation` (one target at one
place: its requirement and what of it is due by a date) and `allocations_of`. semantics.md, "Below the
city". Called by `target_progress`, `evaluate` and `allocation_checks`. May import `catalogue`,
`places`, `tables`, `trajectory`, `values`, `windows`.

- annual: the years of a window add up to what the window requires;
- cumulative: the years of the target's life add up to its requirement; by a date what earlier years
  were to bring is due, and of the current year as much as days of it are over;
- stock: each year's figure is the level due at its end, the last one the requirement.

The direction is the target's: of a cap the figure is the place's own cap; of a range, whose upper end
no place can be asked to share, it is the lower end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, reduce
from operator import add

from sqlalchemy import Connection, select

from metrics.catalogue import Policy, Requirement, Target
from metrics.columns import Exact, exact
from metrics.places import AreaPlaces
from metrics.tables import ALLOCATIONS
from metrics.trajectory import along
from metrics.windows import Window

#: Kinds of which a city may ask its places for parts: amounts, neither shares nor acts.
ALLOCATED_KINDS = frozenset({"cumulative", "annual", "stock"})


@dataclass(frozen=True, slots=True)
class AllocatedRow:
    """One row of the table: what `place` is asked for in `year`, and which file says so."""

    target: str
    place: str
    year: int
    value: Fraction
    source_file: str
    source_row: int


@dataclass(frozen=True)
class Allocation:
    """What one place is asked for of one target, by year."""

    target: Target
    years: Mapping[int, Fraction]

    def asks(self, window: Window) -> bool:
        """Whether the place is asked for anything in a window."""
        return any(year in self.years for year in years_of(window))

    def requirement(self, window: Window) -> Requirement | None:
        """What the place owes in a window; None where nothing is allocated for it."""
        found = [self.years[year] for year in years_of(window) if year in self.years]
        if not found:
            return None
        value = found[-1] if self.target.kind == "stock" else sum(found, Fraction(0))
        unit = self.target.require.unit
        if self.target.require.low is None:
            return Requirement(at_most=value, unit=unit)
        return Requirement(at_least=value, unit=unit)

    def due_shares(self, dates: Sequence[date], window: Window, of_whole: Exact) -> Exact:
        """The shares of what the window requires that are due by some dates.

        Within one year they are those of the policy's whole area (`of_whole`); over several they are
        what the years were to bring, each by days elapsed.
        """
        values = [self.years.get(year, Fraction(0)) for year in years_of(window)]
        total = sum(values, Fraction(0))
        if not self.target.is_flow or len(values) == 1 or not total:
            return of_whole
        elapsed = _elapsed(window, tuple(min(day, self.target.by) for day in dates))
        due = (part * value for part, value in zip(elapsed, values, strict=True))
        return reduce(add, due) * (1 / total)

    def level_due(self, as_of: date, baseline: Fraction | None) -> Fraction | None:
        """The level of a stock due at a date: straight from the baseline to the ends of the years."""
        target = self.target
        if target.kind != "stock" or baseline is None:
            return None
        points = {target.start: baseline}
        for year in sorted(self.years):
            points[min(date(year, 12, 31), target.by)] = self.years[year]
        points.setdefault(target.by, points[max(points)])
        return along(points, max(min(as_of, target.by), target.start))


def years_of(window: Window) -> range:
    """The years that a window reaches into."""
    return range(window.start.year, window.end.year + 1)


@cache
def _elapsed(window: Window, days: tuple[date, ...]) -> list[Exact]:
    """The shares of each year of a window that are over on some days."""
    years = (
        Window(max(window.start, date(year, 1, 1)), min(window.end, date(year, 12, 31)))
        for year in years_of(window)
    )
    return [Exact.listed([year.elapsed(day) for day in days]) for year in years]


def can_be_allocated(target: Target) -> bool:
    """Whether a target is an amount that places can be asked for parts of."""
    return target.kind in ALLOCATED_KINDS and not target.averaged


def is_usable(row: AllocatedRow, target: Target, places: AreaPlaces) -> bool:
    """Whether a row speaks of a place below the area and of a year of its target's life."""
    below = row.place in places.levels and row.place != places.area
    return below and target.start.year <= row.year <= target.by.year


def allocated_rows(connection: Connection) -> list[AllocatedRow]:
    """The table as it was loaded, in order of target, place and year."""
    columns = ALLOCATIONS.c
    statement = select(
        columns.target_id,
        columns.place,
        columns.period_end,
        columns.value,
        columns.source_file,
        columns.source_row,
    ).order_by(columns.target_id, columns.place, columns.period_end)
    return [
        AllocatedRow(target, place, end.year, exact(value), file or "", row or 0)
        for target, place, end, value, file, row in connection.execute(statement)
    ]


#: The allocations of a policy, by target and place.
Allocations = Mapping[str, Mapping[str, Allocation]]


def allocations_of(rows: Sequence[AllocatedRow], policy: Policy, places: AreaPlaces) -> Allocations:
    """What can be used of the table for a policy's targets."""
    return {
        target.id: by_place
        for target in policy.targets.values()
        if can_be_allocated(target)
        and (by_place := _by_place(target, (row for row in rows if row.target == target.id), places))
    }


def _by_place(
    target: Target, rows: Iterable[AllocatedRow], places: AreaPlaces
) -> dict[str, Allocation]:
    years: dict[str, dict[int, Fraction]] = {}
    for row in rows:
        if is_usable(row, target, places):
            years.setdefault(row.place, {})[row.year] = row.value
    return {place: Allocation(target, found) for place, found in years.items()}
