"""The value of a target at a place and date, of whatever kind: semantics.md, "Kinds of target".

Owns `TargetValues`, which reads one target's value off the curves of its measures. Called by
`target_progress`. May import `catalogue`, `curves`, `measures`, `tables`, `windows`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from metrics.catalogue import Requirement, Target, Units
from metrics.curves import Curve, Curves
from metrics.measures import REGISTER
from metrics.tables import without_city
from metrics.windows import Window, window_at

#: The mean length of a year that a yearly average divides by (semantics.md, 年均).
DAYS_A_YEAR = Fraction("365.25")


@dataclass(frozen=True, slots=True)
class Value:
    """A value with the two numbers that it is made of, where it is a share. None: unknown."""

    value: Fraction | None
    numerator: Fraction | None = None
    denominator: Fraction | None = None


UNKNOWN = Value(None)


def exact(amount: float) -> Fraction:
    """The number that a float of the warehouse stands for: whole, or as many decimals as it shows."""
    return Fraction(int(amount)) if amount.is_integer() else Fraction(repr(amount))


def meets(requirement: Requirement, value: Fraction) -> bool:
    """Whether a value satisfies a requirement."""
    low, high = requirement.low, requirement.high
    return (low is None or value >= low) and (high is None or value <= high)


class TargetValues:
    """One target's values. `parts` numbers its measures; `units_of` lists the unit places of a
    place (coverage by town, district or city), the place itself left out."""

    def __init__(
        self,
        target: Target,
        parts: Mapping[str, int],
        curves: Curves,
        units_of: Mapping[str, Sequence[str]],
        unit_places: frozenset[str],
    ) -> None:
        self.target = target
        self._parts = parts
        self._curves = curves
        self._units_of = units_of
        self._unit_places = unit_places

    def curve(self, place: str, part: str = "value") -> Curve:
        """The curve of one of the target's measures at a place."""
        return self._curves.of(self._parts[part], place)

    def window(self, day: date) -> Window:
        """The window that counts at an as-of date."""
        return window_at(self.target.windows, min(day, self.target.by))

    def at(self, place: str, as_of: date) -> Value:
        """The value at `place` as of a date."""
        kind = self.target.kind
        end = min(as_of, self.target.by)
        if kind == "milestone":
            return Value(Fraction(1 if self.curve(place).at(end) > 0 else 0))
        if kind == "ratio":
            return self._ratio(place, end)
        if kind == "coverage":
            return self._coverage(place, end)
        if self.target.averaged:
            return self._average(place, end)
        return Value(self._known("value", place, end))

    def total(self, place: str, as_of: date) -> Fraction:
        """What a flow has added up to in its current window, to a date that may lie past `by`."""
        return exact(self.curve(place).between(self.window(as_of).start, as_of))

    def inner(self, place: str, as_of: date) -> Value:
        """What the inner requirement of a coverage is held against at a place."""
        return Value(self._known("value", place, min(as_of, self.target.by)))

    def is_unit(self, place: str) -> bool:
        """Whether the place is itself a unit of the target's coverage."""
        return place in self._unit_places

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

    def _amount(self, part: str, place: str, unit: str, end: date) -> Fraction:
        """A measure at a date: what is in stock, or what the window's days up to it add up to."""
        curve = self._curves.of(self._parts[part], place, unit)
        if self.target.is_level(part):
            return exact(curve.at(end))
        return exact(curve.between(self.window(end).start, end))

    def _known(self, part: str, place: str, end: date) -> Fraction | None:
        """A measure at a place, which a statistic without any figure by then has not."""
        if self.target.measures[part].statistic is not None:
            begun = self.curve(place, part).first_day
            if begun is None or begun > end:
                return None
        return self._amount(part, place, "", end)

    def _average(self, place: str, end: date) -> Value:
        days = (end - self.target.start).days + 1
        if days <= 0:
            return Value(Fraction(0))
        return Value(self._amount("value", place, "", end) / (days / DAYS_A_YEAR))

    def _ratio(self, place: str, end: date) -> Value:
        numerator = self._known("numerator", place, end)
        denominator = self._known("denominator", place, end)
        if numerator is None or not denominator:
            return Value(None, numerator, denominator)
        scale = 100 if self.target.require.unit == "%" else 1
        return Value(scale * numerator / denominator, numerator, denominator)

    def _coverage(self, place: str, end: date) -> Value:
        met = self._units_met(place, end)
        numerator, denominator = Fraction(sum(met.values())), Fraction(len(met))
        if denominator == 0:
            return Value(None, numerator, denominator)
        return Value(100 * numerator / denominator, numerator, denominator)

    def units_met(self, place: str, as_of: date) -> dict[str, bool]:
        """The units of a coverage at a place, each with whether it meets the inner requirement. An
        institution goes by its number or name, after its city's code where another has the same."""
        met = self._units_met(place, min(as_of, self.target.by))
        units = self.target.units
        if not isinstance(units, Units) or units.institutions is None:
            return met
        alike = Counter(without_city(key) for key in met)
        named = {key: without_city(key) for key in met}
        return {key if alike[named[key]] > 1 else named[key]: meets for key, meets in met.items()}

    def _units_met(self, place: str, end: date) -> dict[str, bool]:
        units, requirement = self.target.units, self.target.require
        if isinstance(units, Units) and units.institutions is not None:
            register = self._parts[REGISTER]
            in_force = (
                unit
                for unit in self._curves.units(register, place)
                if self._curves.of(register, place, unit).at(end) > 0
            )
            return {u: meets(requirement, self._amount("value", "", u, end)) for u in in_force}
        if isinstance(units, Units):
            return {u: meets(requirement, self._amount("value", place, u, end)) for u in units.values}
        return {
            unit: meets(requirement, self._amount("value", unit, "", end))
            for unit in self._units_of.get(place, ())
        }
