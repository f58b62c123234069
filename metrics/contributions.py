"""Contributions: what the places of an area add to an additive target, at many dates at once.

Owns `Contributions` (values, shares, ranks and the rate of the last 12 months, place by place and date
by date) and `ContributedRows` (the same as rows of progress). Below the policy's area nothing but an
allocation says what a place owes (semantics.md, "Below the city"), so these rows carry no judgement,
and nearly all rows of progress are of this kind. Called by `target_progress`.
May import `catalogue`, `curves`, `places`, `rows`, `trajectory`, `values`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from metrics.catalogue import Target
from metrics.curves import DECIMALS
from metrics.places import AreaPlaces
from metrics.rows import ProgressRow
from metrics.trajectory import same_day
from metrics.values import DAYS_A_YEAR, TargetValues

#: One number for each place (row) and date (column); NaN: unknown.
Grid = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Contributions:
    """What each of `places.codes` adds to `target` as of each of `dates`."""

    target: Target
    values_of: TargetValues
    places: AreaPlaces
    dates: Sequence[date]
    has_data: bool

    @cached_property
    def values(self) -> Grid:
        """The value at each place and date."""
        target = self.target
        if not self.has_data:
            return self._unknown
        if target.kind == "milestone":
            return (self._totals(self._ends) > 0).astype(np.float64)
        if target.is_level("value"):
            found = self._totals(self._ends)
        else:
            starts = [self.values_of.window(end).start for end in self._ends]
            found = self._between(starts, self._ends)
        if target.measures["value"].statistic is not None:
            found = np.where(self._begun, found, np.nan)
        if not target.averaged:
            return found
        days = np.array([max((end - target.start).days + 1, 0) for end in self._ends], np.float64)
        years = days / float(DAYS_A_YEAR)
        return np.divide(found, years, out=np.zeros_like(found), where=years > 0)

    @cached_property
    def shares(self) -> Grid:
        """Each place's share of the policy's area in %; unknown for the area itself and for acts
        that are done or not."""
        found = self._unknown
        if self.target.kind != "milestone":
            whole = self.values[self._area]
            np.divide(100 * self.values, whole, out=found, where=whole > 0)
            found[self._area] = np.nan
        return found

    @cached_property
    def ranks(self) -> tuple[Grid, Grid]:
        """Each place's rank among its sisters (1 has the most, or the least under a cap), and how
        many have one; unknown where all are alike."""
        ranks, ranked = self._unknown, self._unknown
        if self.target.kind == "milestone":
            return ranks, ranked
        sign = 1 if self.target.require.low is None else -1
        for sisters in self._sisters:
            known = sign * self.values[sisters]
            before = (known[None, :, :] < known[:, None, :]).sum(axis=1) + 1.0
            alike = np.nanmin(known, axis=0) == np.nanmax(known, axis=0) if self.has_data else True
            nothing = np.isnan(known) | alike
            ranks[sisters] = np.where(nothing, np.nan, before)
            ranked[sisters] = np.where(nothing, np.nan, (~np.isnan(known)).sum(axis=0))
        return ranks, ranked

    def standing(self, place: str, number: int) -> tuple[float | None, int | None, int | None]:
        """Share, rank and number of ranked sisters of a place at the date of that number."""
        at = self.places.codes.index(place), number
        share, rank, ranked = (float(grid[at]) for grid in (self.shares, *self.ranks))
        if np.isnan(rank):
            return (None if np.isnan(share) else share), None, None
        return (None if np.isnan(share) else share), int(rank), int(ranked)

    @cached_property
    def rates(self) -> Grid:
        """What the last 12 months added, per month: of a flow its records, of a level its value."""
        target = self.target
        if not self.has_data or target.kind == "milestone":
            return self._unknown
        earlier = [same_day(end, end.year - 1) for end in self._ends]
        found = (self._totals(self._ends) - self._totals(earlier)) / 12
        if not target.is_flow:
            found[:, [day < target.start for day in earlier]] = np.nan
            found[np.isnan(self.values)] = np.nan
        return found

    @property
    def _unknown(self) -> Grid:
        return np.full((len(self.places.codes), len(self.dates)), np.nan)

    @cached_property
    def _ends(self) -> list[date]:
        return [min(day, self.target.by) for day in self.dates]

    @cached_property
    def _area(self) -> int:
        return self.places.codes.index(self.places.area)

    @cached_property
    def _sisters(self) -> list[list[int]]:
        index = {code: number for number, code in enumerate(self.places.codes)}
        return [[index[code] for code in group] for group in self.places.sisters]

    @cached_property
    def _begun(self) -> npt.NDArray[np.bool_]:
        """Whether a statistic has any figure for a place by a date: with none it is unknown."""
        firsts = [self.values_of.curve(code).first_day for code in self.places.codes]
        return np.array([[f is not None and f <= end for end in self._ends] for f in firsts])

    def _totals(self, days: Sequence[date]) -> Grid:
        """What each place's curve has come to by each of `days`."""
        wanted = np.array([day.toordinal() for day in days], np.int64)
        return np.array([self.values_of.curve(code).at_days(wanted) for code in self.places.codes])

    def _between(self, firsts: Sequence[date], lasts: Sequence[date]) -> Grid:
        before = self._totals([first - timedelta(days=1) for first in firsts])
        found = np.round(self._totals(lasts) - before, DECIMALS)
        found[:, [last < first for first, last in zip(firsts, lasts, strict=True)]] = 0.0
        return found


@dataclass(frozen=True)
class ContributedRows:
    """The rows of progress of all places below the policy's area, but for those that are `judged`."""

    policy: str
    of: Contributions
    judged: frozenset[tuple[str, date]] = frozenset()

    def columns(self) -> dict[str, pa.Array]:
        """The columns that such rows have; all others are empty. Dates follow each other place by
        place."""
        places, dates, target = self._places, self.of.dates, self.of.target
        windows = [self.of.values_of.window(day) for day in dates]
        ranks, ranked = self.of.ranks
        count = len(places) * len(dates)
        columns = {
            "policy": _same(self.policy, count),
            "target": _same(target.id, count),
            "place": pa.array(np.repeat(np.array(places, dtype=object), len(dates)), pa.string()),
            "as_of": _repeated(list(dates), len(places)),
            "value": self._column(self.of.values),
            "unit": _same(target.require.unit, count),
            "require": _same(target.require.require, count),
            "rate_last_12_months": self._column(self.of.rates),
            "share": self._column(self.of.shares),
            "rank": self._column(ranks).cast(pa.int32()),
            "ranked": self._column(ranked).cast(pa.int32()),
            "window_start": _repeated([window.start for window in windows], len(places)),
            "window_end": _repeated([window.end for window in windows], len(places)),
        }
        if not self.judged:
            return columns
        kept = pa.array([(place, day) not in self.judged for place in places for day in dates])
        return {name: column.filter(kept) for name, column in columns.items()}

    def rows(self) -> Iterator[ProgressRow]:
        """The same as objects."""
        empty = {field.name: None for field in fields(ProgressRow)}
        columns = {name: column.to_pylist() for name, column in self.columns().items()}
        for cells in zip(*columns.values(), strict=True):
            known = empty | dict(zip(columns, cells, strict=True))
            yield ProgressRow(**known)

    @property
    def _places(self) -> list[str]:
        return [code for code in self.of.places.codes if code != self.of.places.area]

    def _column(self, grid: Grid) -> pa.Array:
        kept = [code != self.of.places.area for code in self.of.places.codes]
        return pa.array(grid[kept].ravel(), pa.float64(), from_pandas=True)


def _same(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text, pa.string()), count)


def _repeated(days: list[date], times: int) -> pa.Array:
    return pa.array(np.tile(np.array(days, dtype="datetime64[D]"), times), pa.date32())
