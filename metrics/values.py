"""The values of a target at its places and any dates: semantics.md, "Kinds of target".

Owns `TargetValues`, which reads one target's values off the curves of its measures, for all places and
dates at once, and `Values`, what it finds. Called by `asked` and `target_progress`. May import
`catalogue`, `columns`, `curves`, `measures`, `places`, `tables`, `windows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from metrics.catalogue import Requirement, Target, Units
from metrics.columns import Exact, Floats, Mask, exact
from metrics.curves import DECIMALS, Curve, Curves, Days, ordinals
from metrics.measures import REGISTER
from metrics.places import AreaPlaces
from metrics.tables import without_city
from metrics.windows import Window, window_at

#: The mean length of a year that a yearly average divides by (semantics.md, 年均).
DAYS_A_YEAR = Fraction("365.25")

#: One number for each date (row) and place (column); NaN: unknown.
Grid = Floats


def meets(requirement: Requirement, amounts: Floats) -> Mask:
    """Which amounts satisfy a requirement. An amount is a decimal as the warehouse has it, of which no
    two share a float, so that comparing floats is exact."""
    low, high = requirement.low, requirement.high
    above = True if low is None else amounts >= float(low)
    below = True if high is None else amounts <= float(high)
    return np.asarray(above & below, dtype=np.bool_)


@dataclass(frozen=True)
class Values:
    """The value at each date and place, with the two numbers that it is made of, if it is a share."""

    value: Grid
    numerator: Grid
    denominator: Grid
    #: Of shares; what is none is the number that its float stands for.
    shares: Exact | None = None

    @classmethod
    def of(cls, amounts: Grid) -> Values:
        """Values that are no shares."""
        unknown = np.full(amounts.shape, np.nan)
        return cls(amounts, unknown, unknown)

    @classmethod
    def of_shares(cls, numerator: Grid, denominator: Grid, factor: Fraction) -> Values:
        """`factor * numerator / denominator`, unknown where either is or where the denominator is 0."""
        exactly = Exact.of(numerator) * factor / Exact.of(denominator)
        return cls(exactly.floats(), numerator, denominator, exactly)

    def exact(self, cells: Any) -> Exact:
        """The exact values of some cells (an index or a mask)."""
        return Exact.of(self.value[cells]) if self.shares is None else self.shares[cells]

    def on(self, rows: npt.NDArray[np.intp]) -> Values:
        """The values of some of the dates."""
        shares = None if self.shares is None else self.shares[rows]
        return Values(self.value[rows], self.numerator[rows], self.denominator[rows], shares)


@dataclass(frozen=True)
class _Span:
    """For each of some dates, the days that a flow is added up over: after `before` up to `ends`."""

    before: Days
    ends: Days

    @property
    def empty(self) -> Mask:
        """Dates before their window has begun."""
        return np.asarray(self.ends <= self.before, dtype=np.bool_)


class TargetValues:
    """One target's values at `places`. `parts` numbers its measures."""

    def __init__(
        self, target: Target, parts: dict[str, int], curves: Curves, places: AreaPlaces
    ) -> None:
        self.target = target
        self._parts = parts
        self._curves = curves
        self._places = places

    def curve(self, place: str, part: str = "value") -> Curve:
        """The curve of one of the target's measures at a place."""
        return self._curves.of(self._parts[part], place)

    def window(self, day: date) -> Window:
        """The window that counts at an as-of date."""
        return window_at(self.target.windows, min(day, self.target.by))

    @cached_property
    def inner(self) -> Mask:
        """The places at which a coverage by places shows the inner value: they have no units below."""
        level = self.target.units
        if not isinstance(level, str):
            return np.zeros(len(self._places.codes), dtype=np.bool_)
        below = self._places.units_below(level)
        return np.array([not below.get(code) for code in self._places.codes], dtype=np.bool_)

    def at(self, dates: Sequence[date]) -> Values:
        """The values at all places (in their order) as of each of `dates`."""
        span = self._span(dates)
        if self.target.kind == "ratio":
            return self._ratio(span)
        if self.target.kind == "coverage":
            return self._coverage(span)
        found = self._known("value", span)
        if self.target.kind == "milestone":
            found = np.asarray(found > 0, dtype=np.float64)
        if self.target.averaged:
            return self._average(found, span)
        return Values.of(found)

    def totals(self, dates: Sequence[date]) -> Grid:
        """What a measure without parts has come to in all by each of `dates`, windows or not."""
        return self._curves.amounts(self._parts["value"], self._places.codes, ordinals(dates))

    def total(self, place: str, as_of: date) -> Fraction:
        """What a flow has added up to in its current window, to a date that may lie past `by`."""
        return exact(self.curve(place).between(self.window(as_of).start, as_of))

    def first_known(self, place: str) -> date | None:
        """The first day from the start on which the value is known."""
        if REGISTER in self._parts:
            register, start = self._parts[REGISTER], self.target.start
            curves = (self._curves.of(register, place, u) for u in self._curves.units(register, place))
            days = (curve.first_above_zero(start) for curve in curves)
            return min((day for day in days if day is not None), default=None)
        if self.target.kind != "ratio":
            return self.target.start
        measure = self.target.measures["denominator"]
        curve = self.curve(place, "denominator")
        if measure.flow:
            first = curve.reaches(1e-9, self.target.start)
        else:
            first = curve.first_above_zero(self.target.start)
        if first is None or self.target.measures["numerator"].statistic is None:
            return first
        begun = self.curve(place, "numerator").first_day
        return None if begun is None else max(first, begun)

    def units_met(self, place: str, as_of: date) -> dict[str, bool]:
        """The units of a coverage at a place, each with whether it meets the inner requirement. An
        institution goes by its number or name, after its city's code where another has the same."""
        found = {
            unit: bool(met[0])
            for unit, counts, met in self._units(place, self._span([as_of]))
            if counts[0]
        }
        units = self.target.units
        if not isinstance(units, Units) or units.institutions is None:
            return found
        alike = Counter(without_city(key) for key in found)
        named = {key: without_city(key) for key in found}
        return {key if alike[named[key]] > 1 else named[key]: met for key, met in found.items()}

    def _span(self, dates: Sequence[date]) -> _Span:
        ends = [min(day, self.target.by) for day in dates]
        starts = [self.window(end).start for end in ends]
        return _Span(ordinals(starts) - 1, ordinals(ends))

    def _known(self, part: str, span: _Span) -> Grid:
        """A measure at all places: what is in stock, or what the window's days up to a date add up to.
        A statistic without any figure by then is unknown."""
        number, codes = self._parts[part], self._places.codes
        found = self._curves.amounts(number, codes, span.ends)
        if not self.target.is_level(part):
            before = self._curves.amounts(number, codes, span.before)
            found = _added(before, found, span.empty[:, None])
        if self.target.measures[part].statistic is not None:
            firsts = ordinals([self.curve(code, part).first_day or date.max for code in codes])
            found[firsts[None, :] > span.ends[:, None]] = np.nan
        return found

    def _average(self, found: Grid, span: _Span) -> Values:
        days = np.maximum(span.ends - self.target.start.toordinal() + 1, 0).astype(np.float64)[:, None]
        begun = np.broadcast_to(days > 0, found.shape)
        values = Values.of_shares(np.where(begun, found, 0.0), np.where(begun, days, 1.0), DAYS_A_YEAR)
        unknown = np.full(found.shape, np.nan)
        return replace(values, numerator=unknown, denominator=unknown)

    def _ratio(self, span: _Span) -> Values:
        factor = Fraction(100 if self.target.require.unit == "%" else 1)
        return Values.of_shares(
            self._known("numerator", span), self._known("denominator", span), factor
        )

    def _coverage(self, span: _Span) -> Values:
        if isinstance(self.target.units, str):
            return self._coverage_of_places(self.target.units, span)
        numerator, denominator = np.zeros((2, len(span.ends), len(self._places.codes)))
        for number, place in enumerate(self._places.codes):
            for _, counts, met in self._units(place, span):
                numerator[:, number] += counts & met
                denominator[:, number] += counts
        return Values.of_shares(numerator, denominator, Fraction(100))

    def _coverage_of_places(self, level: str, span: _Span) -> Values:
        """Of places above the units the share of them; of the others what is asked of a unit."""
        places = self._places
        amounts = self._known("value", span)
        lies_in = np.zeros((len(places.codes), len(places.codes)))
        for above, units in places.units_below(level).items():
            lies_in[[places.column_of[unit] for unit in units], places.column_of[above]] = 1.0
        numerator = meets(self.target.require, amounts) @ lies_in
        denominator = np.broadcast_to(lies_in.sum(axis=0), amounts.shape).copy()
        numerator[:, self.inner] = denominator[:, self.inner] = np.nan
        found = Values.of_shares(numerator, denominator, Fraction(100))
        assert found.shares is not None  # of shares it is
        inner = np.broadcast_to(self.inner, amounts.shape)
        value = np.where(inner, amounts, found.value)
        return replace(found, value=value, shares=Exact.where(inner, Exact.of(amounts), found.shares))

    def _units(self, place: str, span: _Span) -> Iterator[tuple[str, Mask, Mask]]:
        """Each unit of a coverage at a place: on which dates it is one, and meets what is asked."""
        units, value = self.target.units, self._parts["value"]
        always = np.ones(len(span.ends), dtype=np.bool_)
        if isinstance(units, str):
            for unit in self._places.units_below(units).get(place, ()):
                yield unit, always, self._meets(self._curves.of(value, unit), span)
        elif isinstance(units, Units) and units.institutions is None:
            for unit in units.values:
                yield unit, always, self._meets(self._curves.of(value, place, unit), span)
        elif isinstance(units, Units):
            register = self._parts[REGISTER]
            for unit in self._curves.units(register, place):
                in_force = self._curves.of(register, place, unit).at_days(span.ends) > 0
                yield unit, in_force, self._meets(self._curves.of(value, "", unit), span)

    def _meets(self, curve: Curve, span: _Span) -> Mask:
        amounts = curve.at_days(span.ends)
        if not self.target.is_level("value"):
            amounts = _added(curve.at_days(span.before), amounts, span.empty)
        return meets(self.target.require, amounts)


def _added(before: Floats, after: Floats, empty: Mask) -> Floats:
    """What came between two sums; nothing where the window has not begun."""
    return np.where(empty, 0.0, np.round(after - before, DECIMALS))
