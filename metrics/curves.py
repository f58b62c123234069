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
from sqlalchemy import BigInteger, Connection, Table, and_, cast, func, literal, select

from metrics.reading import read_columns
from metrics.tables import CHANGES, PLACES

Days = npt.NDArray[np.int64]  # proleptic ordinals, as date.toordinal gives them
Amounts = npt.NDArray[np.float64]

#: Sums of money have at most this many decimals; rounding takes away what adding floats leaves.
DECIMALS = 6
_DAY_0 = date.min
_EPOCH = _DAY_0.toordinal()
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
        numbers = changes.by_place["number"].to_numpy()
        in_order = np.argsort(numbers)
        self._numbers = numbers[in_order]
        amounts = changes.by_place["change"].to_numpy()[in_order]
        self._totals = _running(self._numbers // _DAYS, amounts)
        self._positions = changes.positions
        rows = changes.by_unit
        units = rows["unit"].combine_chunks().dictionary_encode()
        names, code = units.dictionary.to_pylist(), units.indices.to_numpy().astype(np.int64)
        line = rows["line"].to_numpy()
        self._unit_days = rows["day"].to_numpy() + _EPOCH
        turns = _turns(line) | _turns(code)
        self._unit_totals = _running(np.cumsum(turns), rows["change"].to_numpy())
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
        return Curve(self._numbers[start:end] % _DAYS + _EPOCH, self._totals[start:end])

    def amounts(self, measure: int, places: Sequence[str], days: Days) -> Amounts:
        """What a measure amounts to: a row for each of `days`, a column for each place."""
        lines = np.array([self._line(measure, place) for place in places])
        start, end = self._numbers.searchsorted(
            [measure * _PLACES * _DAYS, (measure + 1) * _PLACES * _DAYS]
        )
        if start == end:
            return np.zeros((len(days), len(places)))
        numbers, totals = self._numbers[start:end], self._totals[start:end]
        wanted = lines * _DAYS + (days - _EPOCH)[:, None]
        last = np.maximum(numbers.searchsorted(wanted, "right") - 1, 0)
        begun = (numbers[last] >= lines * _DAYS) & (numbers[last] <= wanted)
        return np.where(begun, totals[last], 0.0)

    def units(self, measure: int, place: str) -> list[str]:
        """The units that ever moved a measure at a place, in order of their names."""
        return sorted(self._by_unit.get(self._line(measure, place), ()))

    def _line(self, measure: int, place: str) -> int:
        return measure * _PLACES + self._positions.get(place, _NO_PLACE)


def read_curves(connection: Connection, measures: Iterable[int], changes: Table = CHANGES) -> Curves:
    """The curves of `measures`, by default from the snapshot that `connection` is open on."""
    return Curves(read_changes(connection, measures, changes))


@dataclass(frozen=True)
class Changes:
    """Changes by place alone, in any order; by unit, in order of measure, place, unit and day; and the
    positions of all places by their codes."""

    by_place: pa.Table
    by_unit: pa.Table
    positions: Mapping[str, int]


def read_changes(connection: Connection, measures: Iterable[int], changes: Table) -> Changes:
    """What the curves of `measures` are made of, from a table of changes.

    Nearly all changes are by place alone. Measure, place and day make one number of them, which is
    sorted many times as fast as three columns.
    """
    column = changes.c
    day = cast(column.day - literal(_DAY_0), BigInteger)
    measure = cast(column.measure, BigInteger)
    line = measure * _PLACES + func.coalesce(column.position, _NO_PLACE)
    number = (line * _DAYS + day).label("number")
    wanted = column.measure.in_(list(measures))
    by_place = select(number, column.change).where(and_(wanted, column.unit == ""))
    units = [line.label("line"), column.unit, day.label("day")]
    by_unit = select(*units, column.change).where(and_(wanted, column.unit != "")).order_by(*units)
    places = connection.execute(select(PLACES.c.code, PLACES.c.position))
    positions = {code: position for code, position in places}  # noqa: C416
    return Changes(read_columns(connection, by_place), read_columns(connection, by_unit), positions)


def _turns(line: Days) -> npt.NDArray[np.bool_]:
    """Where another line begins."""
    found = np.ones(len(line), dtype=np.bool_)
    found[1:] = line[1:] != line[:-1]
    return found


def _running(lines: Days, changes: Amounts) -> Amounts:
    """The sums of the changes of each line up to each of them. Whole numbers are added up at once,
    which is exact; other lines one by one, so that none is rounded by what stands before it."""
    turns = _turns(lines)
    starts = np.nonzero(turns)[0]
    if not len(starts):
        return changes
    ends = np.append(starts[1:], len(lines))
    line = np.repeat(np.arange(len(starts)), ends - starts)
    alone = np.zeros(len(starts), dtype=np.bool_)
    alone[line[(np.floor(changes) != changes) | (np.abs(changes) > _LARGE)]] = True
    sums = np.cumsum(np.where(alone[line], 0.0, changes))
    found = sums - np.where(starts > 0, sums[starts - 1], 0.0)[line]
    for one in np.nonzero(alone)[0]:
        cut = slice(starts[one], ends[one])
        found[cut] = np.round(np.cumsum(changes[cut]), DECIMALS)
    return found
