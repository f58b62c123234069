"""Curves: what a measure amounts to at any date, read from the table `changes`.

Owns `Curve`, `Curves` and `ordinals`. A curve is a running sum over days, so its value at any date,
inside a month or not, is exact and costs one search. Called by `values`. May import `reading` and
`tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, select

from metrics.reading import read_columns
from metrics.tables import CHANGES

Days = npt.NDArray[np.int64]  # proleptic ordinals, as date.toordinal gives them
Amounts = npt.NDArray[np.float64]

#: Sums of money have at most this many decimals; rounding takes away what adding floats leaves.
DECIMALS = 6
_EPOCH = date(1970, 1, 1).toordinal()


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
    statement = (
        select(CHANGES.c.measure, CHANGES.c.place, CHANGES.c.unit, CHANGES.c.day, CHANGES.c.change)
        .where(CHANGES.c.measure.in_(list(measures)))
        .order_by(CHANGES.c.measure, CHANGES.c.place, CHANGES.c.unit, CHANGES.c.day)
    )
    return Curves(dict(_split(read_columns(connection, statement))))


def _split(rows: pa.Table) -> Iterator[tuple[tuple[int, str, str], Curve]]:
    """Cut the sorted changes where measure, place or unit turn, and add each piece up."""
    if not rows.num_rows:
        return
    days = rows["day"].cast(pa.int32()).to_numpy().astype(np.int64) + _EPOCH
    changes = rows["change"].to_numpy()
    turns = np.zeros(rows.num_rows, dtype=bool)
    turns[0] = True
    for name in ("measure", "place", "unit"):
        codes = rows[name].combine_chunks().dictionary_encode().indices.to_numpy()
        turns[1:] |= codes[1:] != codes[:-1]
    starts = np.nonzero(turns)[0]
    ends = np.append(starts[1:], rows.num_rows)
    heads = rows.select(["measure", "place", "unit"]).take(starts).to_pydict()
    for key, start, end in zip(zip(*heads.values(), strict=True), starts, ends, strict=True):
        totals = np.round(np.cumsum(changes[start:end]), DECIMALS)
        yield key, Curve(days[start:end], totals)
