"""The progress of one target: its rows at all places of its policy and any dates.

Owns `TargetProgress`, which puts values, what is asked and judgements together into columns, an entry
for every date and place. Called by `progress`. May import the modules of `metrics` that know one thing
each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from metrics.allocations import Allocation
from metrics.asked import Asked, Asking, Positions
from metrics.catalogue import ADDITIVE_KINDS, Policy, Target
from metrics.columns import Exact
from metrics.curves import Curves, ordinals
from metrics.judgement import Facts, Judgements, judge
from metrics.places import AreaPlaces
from metrics.standing import ranks, shares
from metrics.trajectory import same_day
from metrics.values import DAYS_A_YEAR, Grid, TargetValues, Values
from metrics.windows import Window

#: The mean length of a month that a needed rate is given for.
DAYS_A_MONTH = DAYS_A_YEAR / 12
_MONTHS, _PER_CENT = Fraction(12), Fraction(100)

#: Columns of figures that only a judgement gives.
_JUDGED = (
    "required",
    "required_max",
    "expected",
    "percent",
    "pace",
    "to_go",
    "needed_per_month",
    "baseline",
)

#: Columns of progress by name, an entry for every date (row) and place (column).
Columns = dict[str, npt.NDArray[Any]]


class TargetProgress:
    """The progress of one target at all places of its policy."""

    def __init__(
        self,
        policy: Policy,
        target: Target,
        places: AreaPlaces,
        curves: Curves,
        parts: Mapping[tuple[str, str], int],
        known_datasets: frozenset[str],
        allocations: Mapping[str, Allocation],
    ) -> None:
        self.target = target
        self._policy = policy
        self._places = places
        numbers = {part: number for (name, part), number in parts.items() if name == target.id}
        self._values = TargetValues(target, numbers, curves, places)
        #: What was never loaded is unknown and no 0; a ratio needs both its parts.
        self._has_data = all(known_datasets.intersection(m.datasets) for m in target.measures.values())
        self._asking = Asking(target, places, self._values, allocations, has_data=self._has_data)
        self._window = cache(self._values.window)

    def columns(self, dates: Sequence[date]) -> Columns:
        """All columns of progress but policy, target, place and date."""
        target, shape = self.target, (len(dates), len(self._places.codes))
        windows = [self._window(day) for day in dates]
        values, before = self._values_at(dates)
        share = rank = ranked = np.full(shape, np.nan)
        if target.kind != "milestone":
            rank, ranked = ranks(
                values.value, self._places.sister_columns, least_first=target.require.low is None
            )
            if target.kind in ADDITIVE_KINDS:
                share = shares(values.value, self._places.area_column)
        columns: Columns = {
            "value": values.value,
            "numerator": values.numerator,
            "denominator": values.denominator,
            "unit": self._by_place(target.require.unit, "%", shape),
            "require": self._by_place(target.require.require, "at_least", shape),
            "rate_last_12_months": self._rates(dates, values, before),
            "share": share,
            "rank": rank,
            "ranked": ranked,
            "window_start": _by_date([window.start for window in windows], shape),
            "window_end": _by_date([window.end for window in windows], shape),
            "status": np.full(shape, None, dtype=object),
            "note": np.full(shape, None, dtype=object),
            "noted_on": np.full(shape, "NaT", dtype="datetime64[D]"),
            **{name: np.full(shape, np.nan) for name in _JUDGED},
        }
        for asked in self._asking.at(dates):
            self._judge(columns, asked, values, dates, windows)
        return columns

    def closed_windows(self, as_of: date) -> Iterator[tuple[Window, str, Mapping[str, Any]]]:
        """The windows of a recurring target that are over, with each place that was judged then, and
        what is known of it: `value`, `required`, `status`."""
        target = self.target
        if not target.recurs or target.averaged or not self._has_data:
            return
        closed = [window for window in target.windows if window.end <= as_of]
        if not closed:
            return
        columns = self.columns([window.end for window in closed])
        for day, window in enumerate(closed):
            for number, place in enumerate(self._places.codes):
                if columns["status"][day, number] not in {None, "no_data", "not_started"}:
                    told = ("value", "required", "status")
                    yield window, place, {name: columns[name][day, number] for name in told}

    def units_met(self, place: str, as_of: date) -> dict[str, bool]:
        """The units of a coverage at a place, each with whether it meets the inner requirement."""
        return self._values.units_met(place, as_of) if self.target.units is not None else {}

    def _values_at(self, dates: Sequence[date]) -> tuple[Values, Values]:
        """The values at some dates and, of a level, a year before each."""
        ends = [min(day, self.target.by) for day in dates]
        earlier = ends if self.target.is_flow else [same_day(end, end.year - 1) for end in ends]
        if not self._has_data:
            nothing = Values.of(np.full((len(dates), len(self._places.codes)), np.nan))
            return nothing, nothing
        days = sorted({*ends, *earlier})
        found = self._values.at(days)
        row_of = {day: row for row, day in enumerate(days)}
        return tuple(found.on(np.array([row_of[day] for day in asked])) for asked in (ends, earlier))  # type: ignore[return-value]

    def _by_place(self, own: str, of_units: str, shape: tuple[int, int]) -> npt.NDArray[np.object_]:
        """A word for each cell: that of the requirement or, where a coverage is shown, that of the
        share of its units."""
        is_share = np.full(shape[1], self.target.kind == "coverage") & ~self._values.inner
        return np.broadcast_to(np.where(is_share, of_units, own).astype(object), shape).copy()

    def _judge(
        self,
        columns: Columns,
        asked: Asked,
        values: Values,
        dates: Sequence[date],
        windows: Sequence[Window],
    ) -> None:
        """Put what is required, and the judgement of what is known, into the cells that were asked."""
        cells = asked.days, asked.places
        columns["require"][cells] = asked.require
        columns["required"][cells] = asked.named.floats()
        if asked.high is not None and asked.low is not None:
            columns["required_max"][cells] = asked.high.floats()
        columns["baseline"][cells] = asked.baseline.floats()
        columns["status"][cells] = "no_data"
        told = asked.only(~np.isnan(values.value[cells]))
        first, again = self._alike(told, values)
        asked = told.only(first)
        cells = asked.days, asked.places
        late = self._late(asked, dates)
        facts = Facts(
            shape=asked.shape,
            in_units=self.target.in_units,
            value=values.exact(cells),
            low=asked.low,
            high=asked.high,
            start=self.target.start.toordinal(),
            as_of=ordinals(dates)[asked.days],
            window_end=ordinals([window.end for window in windows])[asked.days],
            due_share=asked.due_share,
            due=asked.due,
            baseline=asked.baseline,
            is_late=~np.isnat(late),
        )
        judged = judge(facts, self._policy.status)
        columns["status"][cells] = judged.status
        columns["expected"][cells] = judged.expected.floats()
        columns["pace"][cells] = judged.pace.floats()
        columns["percent"][cells] = (facts.value * _PER_CENT / asked.named).floats()
        self._put_to_go(columns, asked, facts, judged, dates)
        noted = facts.is_late & (judged.status == "achieved") & ~facts.is_met
        columns["note"][asked.days[noted], asked.places[noted]] = "late"
        columns["noted_on"][asked.days[noted], asked.places[noted]] = late[noted]
        for name in ("status", "expected", "pace", "percent", "to_go", "needed_per_month"):
            columns[name][told.days, told.places] = columns[name][cells][again]

    def _alike(self, asked: Asked, values: Values) -> tuple[Positions, Positions]:
        """The first of all cells that are judged by the same facts, and which of these each cell is
        like: many towns have the same few values, and exact arithmetic costs. Of what adds up none are
        taken for alike, since a day of lateness is a place's own."""
        every = np.arange(len(asked.days))
        if self.target.kind in ADDITIVE_KINDS:
            return every, every
        # Of exact values no two share a float: they are quotients of whole numbers, or decimals.
        numbers = (values.value[asked.days, asked.places], asked.baseline.floats())
        codes = [np.unique(found, return_inverse=True)[1] for found in numbers]
        facts = (asked.days * len(every) + codes[0]) * len(every) + codes[1]
        _, first, again = np.unique(facts, return_index=True, return_inverse=True)
        return first, again

    def _put_to_go(
        self, columns: Columns, asked: Asked, facts: Facts, judged: Judgements, dates: Sequence[date]
    ) -> None:
        """What is still to do, and how much a month that is; of a yearly average the records still
        needed, not the average."""
        if facts.low is None:
            return
        missing = facts.low - facts.value
        if facts.shape == "average":
            years = Fraction((self.target.by - self.target.start).days + 1) / DAYS_A_YEAR
            area, by = self._policy.area, self.target.by
            done = Exact.listed([self._values.total(area, min(day, by)) for day in dates])
            missing = facts.low * years - done[asked.days]
        nothing = Exact.full(len(missing), Fraction(0))
        to_go = Exact.where((missing > nothing) & ~facts.is_late, missing, nothing)
        days_left = facts.window_end - facts.as_of
        is_open = (facts.start <= facts.as_of) & (days_left > 0) & (judged.status != "achieved")
        is_open &= to_go > nothing
        cells = asked.days, asked.places
        columns["to_go"][cells] = to_go.floats()
        days, left_on = np.unique(days_left[is_open], return_inverse=True)
        a_month = Exact.listed([DAYS_A_MONTH / day for day in days.tolist()])[left_on]
        open_cells = asked.days[is_open], asked.places[is_open]
        columns["needed_per_month"][open_cells] = (to_go[is_open] * a_month).floats()

    def _rates(self, dates: Sequence[date], values: Values, before: Values) -> Grid:
        """What the last 12 months added, per month: of a flow its records, of a level its value."""
        target = self.target
        found = np.full(values.value.shape, np.nan)
        if not self._has_data or target.kind == "milestone":
            return found
        ends = [min(day, target.by) for day in dates]
        earlier = [same_day(end, end.year - 1) for end in ends]
        if target.is_flow:
            return (self._values.totals(ends) - self._values.totals(earlier)) / 12
        begun = np.array([day >= target.start for day in earlier], dtype=np.bool_)
        told = begun[:, None] & ~np.isnan(values.value) & ~np.isnan(before.value)
        found[told] = ((values.exact(told) - before.exact(told)) / _MONTHS).floats()
        return found

    def _late(self, asked: Asked, dates: Sequence[date]) -> npt.NDArray[np.datetime64]:
        """The day after `by` on which an unmet flow or milestone was met, up to the as-of date."""
        found = np.full(len(asked.days), "NaT", dtype="datetime64[D]")
        target, low, high = self.target, asked.low, asked.high
        if low is None or target.averaged or not (target.kind == "milestone" or target.is_flow):
            return found
        for number, (day, place) in enumerate(zip(asked.days, asked.places, strict=True)):
            if dates[day] > target.by:
                least, most = low.number(number), None if high is None else high.number(number)
                assert least is not None  # what is required is known
                met_on = self._late_on(self._places.codes[place], dates[day], least, most)
                found[number] = np.datetime64(met_on, "D")
        return found

    def _late_on(self, place: str, as_of: date, low: Fraction, high: Fraction | None) -> date | None:
        target = self.target
        first = target.start if target.kind == "milestone" else self._window(as_of).start
        reached = self._values.curve(place).reaches(float(low), first)
        if reached is None or not target.by < reached <= as_of:
            return None
        total = self._values.total(place, as_of)
        return reached if total >= low and (high is None or total <= high) else None


def _by_date(days: Sequence[date], shape: tuple[int, int]) -> npt.NDArray[Any]:
    return np.broadcast_to(np.array(days, dtype="datetime64[D]")[:, None], shape)
