"""Curves: what a measure amounts to at any date, read from the table `changes`.

Owns `Curve`, `Curves`, how they are made, and `ordinals`. A curve is a running sum over days, so its
value at any date, inside a month or not, is exact and costs one search. Called by `values`. May import
`reading` and `tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, select

from metrics.found import SCHEMA
from metrics.reading import read_columns
from metrics.tables import CHANGES, PLACES

Days = npt.NDArray[np.int64]  # proleptic ordinals, as date.toordinal gives them
Amounts = npt.NDArray[np.float64]

#: Sums of money have at most this many decimals; rounding takes away what adding floats leaves.
DECIMALS = 6
_UNIX_EPOCH = date(1970, 1, 1).toordinal()
#: More than there are places and days, for numbers made of several.
_PLACES, _DAYS = 1_000_000, 10_000_000
_NO_PLACE = _PLACES - 1
#: Of whole numbers up to this size, tens of millions add up exactly.
_LARGE = 2.0**28


def ordinals(dates: Sequence[date]) -> Days:
    """Dates as curves count them."""
    return np.array([day.toordinal() for day in dates], np.int64)


@dataclass(frozen=True, slots=True)
class Curve:
    """The running sum of a measure: `totals[i]` holds from `days[i]` on; 0 before the first."""

    days: Days
    totals: Amounts

    def at(self, day: date) -> float:
        """The sum of all changes up to `day`, itself included."""
        position = int(self.days.searchsorted(day.toordinal(), "right"))
        return float(self.totals[position - 1]) if position else 0.0

    @property
    def first_day(self) -> date | None:
        """The first day on which anything was recorded, if only a 0."""
        return date.fromordinal(int(self.days[0])) if len(self.days) else None

    def at_days(self, days: Days) -> Amounts:
        """The same for many days."""
        if not len(self.days):
            return np.zeros(len(days))
        positions = self.days.searchsorted(days, "right")
        return np.where(positions > 0, self.totals[positions - 1], 0.0)

    def between(self, first: date, last: date) -> float:
        """The sum of the changes from `first` to `last`, both included."""
        if last < first:
            return 0.0
        return round(self.at(last) - self.at(first - timedelta(days=1)), DECIMALS)

    def reaches(self, amount: float, first: date) -> date | None:
        """The first day on which the changes since `first` add up to `amount`."""
        base = self.at(first - timedelta(days=1))
        start = int(self.days.searchsorted(first.toordinal(), "left"))
        added = np.round(self.totals[start:] - base, DECIMALS)
        reached = np.nonzero((added >= amount) & self._day_is_over[start:])[0]
        return date.fromordinal(int(self.days[start + reached[0]])) if len(reached) else None

    @property
    def _day_is_over(self) -> npt.NDArray[np.bool_]:
        """Whether a total is that of a whole day: what began and ended on one day never held."""
        over = np.ones(len(self.days), dtype=np.bool_)
        over[:-1] = self.days[1:] != self.days[:-1]
        return over

    def first_above_zero(self, first: date) -> date | None:
        """The first day from `first` on with a total above 0."""
        if self.at(first) > 0:
            return first
        above = np.nonzero((self.days > first.toordinal()) & (self.totals > 0) & self._day_is_over)[0]
        return date.fromordinal(int(self.days[above[0]])) if len(above) else None


NOTHING = Curve(np.empty(0, np.int64), np.empty(0, np.float64))


@dataclass(frozen=True, slots=True)
class _Line:
    """Where the running sum of a measure at one place and unit stands among all."""

    start: int
    end: int


class Curves:
    """All curves of a snapshot's measures, by measure, place and unit.

    Those by place alone stand in one array, in order of measure, place and day, so that what a measure
    amounts to at many places and dates is found by one search.
    """

    def __init__(self, changes: Changes) -> None:
        self._positions = changes.positions
        rows = changes.by_place
        # One number for measure, place and day is sorted many times as fast as three columns.
        numbers = _lines(rows) * _DAYS + _days(rows)
        in_order = np.argsort(numbers, kind="stable")  # most are in order of place and day already
        self._numbers = numbers[in_order]
        self._totals = _running(self._numbers // _DAYS, rows["change"].to_numpy()[in_order])
        rows = changes.by_unit
        units = rows["unit"].combine_chunks().dictionary_encode()
        names, code = units.dictionary.to_pylist(), units.indices.to_numpy()
        in_order = np.lexsort([_days(rows), code, _lines(rows)])
        line, code = _lines(rows)[in_order], code[in_order]
        self._unit_days = _days(rows)[in_order]
        turns = _turns(line) | _turns(code)
        self._unit_totals = _running(np.cumsum(turns), rows["change"].to_numpy()[in_order])
        self._by_unit: dict[int, dict[str, _Line]] = {}
        starts = np.nonzero(turns)[0].tolist()
        for start, end in zip(starts, [*starts[1:], len(turns)], strict=len(starts) > 0):
            self._by_unit.setdefault(int(line[start]), {})[names[code[start]]] = _Line(start, end)

    def of(self, measure: int, place: str, unit: str = "") -> Curve:
        """The curve of a measure at a place (and unit); of nothing if nothing ever moved it."""
        line = self._line(measure, place)
        if unit:
            found = self._by_unit.get(line, {}).get(unit)
            if found is None:
                return NOTHING
            cut = slice(found.start, found.end)
            return Curve(self._unit_days[cut], self._unit_totals[cut])
        start, end = self._numbers.searchsorted([line * _DAYS, (line + 1) * _DAYS])
        return Curve(self._numbers[start:end] % _DAYS, self._totals[start:end])

    def amounts(self, measure: int, places: Sequence[str], days: Days) -> Amounts:
        """What a measure amounts to: a row for each of `days`, a column for each place."""
        lines = np.array([self._line(measure, place) for place in places])
        start, end = self._numbers.searchsorted(
            [measure * _PLACES * _DAYS, (measure + 1) * _PLACES * _DAYS]
        )
        if start == end:
            return np.zeros((len(days), len(places)))
        numbers, totals = self._numbers[start:end], self._totals[start:end]
        wanted = lines * _DAYS + days[:, None]
        last = np.maximum(numbers.searchsorted(wanted, "right") - 1, 0)
        begun = (numbers[last] >= lines * _DAYS) & (numbers[last] <= wanted)
        return np.where(begun, totals[last], 0.0)

    def units(self, measure: int, place: str) -> list[str]:
        """The units that ever moved a measure at a place, in order of their names."""
        return sorted(self._by_unit.get(self._line(measure, place), ()))

    def _line(self, measure: int, place: str) -> int:
        return measure * _PLACES + self._positions.get(place, _NO_PLACE)


def read_curves(connection: Connection, measures: Iterable[int]) -> Curves:
    """The curves of `measures` from the snapshot that `connection` is open on."""
    column = CHANGES.c
    wanted = select(column.measure, column.position, column.day, column.change).where(
        column.measure.in_(list(measures))
    )
    by_place = read_columns(connection, wanted.where(column.unit == ""))
    by_unit = read_columns(connection, wanted.add_columns(column.unit).where(column.unit != ""))
    return Curves(Changes(by_place, by_unit, positions_of_places(connection)))


def positions_of_places(connection: Connection) -> dict[str, int]:
    """The positions of all places by their codes."""
    return dict(connection.execute(select(PLACES.c.code, PLACES.c.position)).all())


@dataclass(frozen=True)
class Changes:
    """Changes by place alone and by unit, in any order, with the columns of the table `changes`; and
    the positions of all places by their codes."""

    by_place: pa.Table
    by_unit: pa.Table
    positions: Mapping[str, int]

    @classmethod
    def of(cls, found: Iterable[pa.Table], positions: Mapping[str, int]) -> Changes:
        """Those of tables each of which is of one kind."""
        kinds: tuple[list[pa.Table], list[pa.Table]] = [SCHEMA.empty_table()], [SCHEMA.empty_table()]
        for one in found:
            if len(one):
                kinds[one["unit"][0].as_py() != ""].append(one)
        by_place, by_unit = map(pa.concat_tables, kinds)
        return cls(by_place, by_unit, positions)


def _lines(changes: pa.Table) -> Days:
    """Measure and place of each change as one number."""
    position = changes["position"].fill_null(_NO_PLACE).to_numpy().astype(np.int64)
    lines: Days = changes["measure"].to_numpy().astype(np.int64) * _PLACES + position
    return lines


def _days(changes: pa.Table) -> Days:
    """The day of each change as curves count them."""
    days: Days = changes["day"].cast(pa.int32()).to_numpy() + np.int64(_UNIX_EPOCH)
    return days


def _turns(line: Days) -> npt.NDArray[np.bool_]:
    """Where another line begins."""
    found = np.ones(len(line), dtype=np.bool_)
    found[1:] = line[1:] != line[:-1]
    return found


def _running(lines: Days, changes: Amounts) -> Amounts:
    """The sums of the changes of each line up to each of them. Whole numbers are added up at once,
    which is exact; other lines one by one, so that none is rounded by what stands before it."""
    starts = np.nonzero(_turns(lines))[0]
    if not len(starts):
        return changes
    ends = np.append(starts[1:], len(lines))
    odd = np.nonzero((np.floor(changes) != changes) | (np.abs(changes) > _LARGE))[0]
    alone = [slice(starts[n], ends[n]) for n in np.unique(starts.searchsorted(odd, "right") - 1)]
    whole = changes.copy()
    for cut in alone:
        whole[cut] = 0.0
    found = np.cumsum(whole)
    found -= np.repeat(np.where(starts > 0, found[starts - 1], 0.0), ends - starts)
    for cut in alone:
        found[cut] = np.round(np.cumsum(changes[cut]), DECIMALS)
    return found
