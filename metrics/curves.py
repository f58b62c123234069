"""Curves: what a measure amounts to at any date, read from the table `changes`.

Owns `Curve`, `Curves`, how they are made, and `ordinals`. A curve is a running sum over days, so its
value at any date, inside a month or not, is exact and costs one search. Called by `values`. May import
`reading` and `tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import BigInteger, Connection, FromClause, cast, func, literal, select

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


class Curves:
    """All curves of a snapshot's measures, by measure, place and unit."""

    def __init__(self, curves: dict[tuple[int, str, str], Curve]) -> None:
        self._curves = curves
        self._units: dict[tuple[int, str], list[str]] = {}
        for measure, place, unit in curves:
            self._units.setdefault((measure, place), []).append(unit)

    def __len__(self) -> int:
        return len(self._curves)

    def of(self, measure: int, place: str, unit: str = "") -> Curve:
        """The curve of a measure at a place (and unit); of nothing if nothing ever moved it."""
        return self._curves.get((measure, place, unit), NOTHING)

    def units(self, measure: int, place: str) -> list[str]:
        """The units that ever moved a measure at a place, in order of their names."""
        return sorted(self._units.get((measure, place), ()))


def read_curves(connection: Connection, measures: Iterable[int]) -> Curves:
    """The curves of `measures`, from the snapshot that `connection` is open on."""
    changes = select(CHANGES).where(CHANGES.c.measure.in_(list(measures))).subquery()
    return curves_of(read_changes(connection, changes))


@dataclass(frozen=True)
class Changes:
    """Changes in order of measure, place, unit and day: by place alone, and by unit. `codes` are those
    of all places, by their positions."""

    by_place: pa.Table
    by_unit: pa.Table
    codes: Mapping[int, str]


def read_changes(connection: Connection, changes: FromClause) -> Changes:
    """What curves are made of, from a table of changes.

    Nearly all changes are by place alone. Measure, place and day make one number of them: it is sorted
    four times as fast as three columns.
    """
    column = changes.c
    day = cast(column.day - literal(_DAY_0), BigInteger)
    measure = cast(column.measure, BigInteger)
    line = measure * _PLACES + func.coalesce(column.position, _NO_PLACE)
    number = (line * _DAYS + day).label("number")
    by_place = select(number, column.change).where(column.unit == "").order_by(number)
    units = [line.label("line"), column.unit, day.label("day")]
    by_unit = select(*units, column.change).where(column.unit != "").order_by(*units)
    places = connection.execute(select(PLACES.c.position, PLACES.c.code))
    codes = {position: code for position, code in places}  # noqa: C416
    return Changes(read_columns(connection, by_place), read_columns(connection, by_unit), codes)


def curves_of(changes: Changes) -> Curves:
    """The curves that changes add up to."""
    number = changes.by_place["number"].to_numpy()
    line, day = number // _DAYS, number % _DAYS
    found = _cut(line, _turns(line), day, changes.by_place)
    curves = {(*_named(head, changes), ""): curve for head, curve in found}
    rows = changes.by_unit
    line, unit = rows["line"].to_numpy(), rows["unit"].to_pylist()
    code = np.unique(np.array(unit, dtype=object), return_inverse=True)[1] if unit else line
    turns = _turns(line) | _turns(code)
    for head, curve in _cut(np.arange(len(line)), turns, rows["day"].to_numpy(), rows):
        curves[(*_named(int(line[head]), changes), unit[head])] = curve
    return Curves(curves)


def _named(line: int, changes: Changes) -> tuple[int, str]:
    measure, position = divmod(line, _PLACES)
    return measure, changes.codes.get(position, "")


def _turns(line: Days) -> npt.NDArray[np.bool_]:
    """Where another line begins."""
    found = np.ones(len(line), dtype=np.bool_)
    found[1:] = line[1:] != line[:-1]
    return found


def _cut(
    heads: Days, turns: npt.NDArray[np.bool_], days: Days, rows: pa.Table
) -> Iterator[tuple[int, Curve]]:
    """Cut changes where a line turns, and add each piece up; with what `heads` says of its first."""
    starts = np.nonzero(turns)[0]
    ends = np.append(starts[1:], len(turns))[: len(starts)]
    change, ordinal = rows["change"].to_numpy(), days + _EPOCH
    for head, start, end in zip(heads[starts].tolist(), starts, ends, strict=True):
        yield head, Curve(ordinal[start:end], np.round(np.cumsum(change[start:end]), DECIMALS))
