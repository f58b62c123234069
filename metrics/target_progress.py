"""The progress of one target: its rows at all places of its policy and any dates.

Owns `TargetProgress`, which puts values, trajectories and judgements together into rows. Below the
policy's area a target that adds up is judged where the place is asked for a part (`allocations`); else
its row only contributes. Called by `progress`. May import the modules of `metrics` that know one thing
each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

from metrics.allocations import Allocation
from metrics.catalogue import ADDITIVE_KINDS, Policy, Requirement, Target, Units
from metrics.contributions import ContributedRows, Contributions
from metrics.curves import Curves
from metrics.judgement import Facts, Judgement, Shape, judge
from metrics.places import AreaPlaces
from metrics.rows import ProgressRow, WindowRow
from metrics.trajectory import declared_due, due_share, same_day
from metrics.values import DAYS_A_YEAR, UNKNOWN, TargetValues, Value, meets
from metrics.windows import Window

#: The mean length of a month that a needed rate is given for.
DAYS_A_MONTH = DAYS_A_YEAR / 12

#: A row of which nothing is known.
_NOTHING: dict[str, Any] = {field.name: None for field in fields(ProgressRow)}

_SHAPES: Mapping[str, Shape] = {
    "cumulative": "flow",
    "annual": "flow",
    "stock": "level",
    "ratio": "level",
    "coverage": "level",
    "milestone": "milestone",
}


class TargetProgress:
    """The progress of one target at all places of its policy."""

    def __init__(
        self,
        policy: Policy,
        target: Target,
        places: AreaPlaces,
        curves: Curves,
        parts: Mapping[tuple[str, str], int],
        known: frozenset[str],
        allocations: Mapping[str, Allocation],
    ) -> None:
        self.target = target
        self._policy = policy
        self._places = places
        self._allocations = allocations
        level = target.units if isinstance(target.units, str) else None
        self._values = TargetValues(
            target,
            {part: number for (name, part), number in parts.items() if name == target.id},
            curves,
            places.units_below(level) if level is not None else {},
            places.at_level(level) if level is not None else frozenset(),
        )
        #: What was never loaded is unknown and no 0; a ratio needs both its parts.
        self._has_data = all(known.intersection(one.datasets) for one in target.measures.values())
        self._baselines: dict[str, Fraction | None] = {}
        # Asked for at each place, and the same at all of them.
        self._window = cache(self._values.window)
        self._due_share = cache(self._find_due_share)
        self._values_known: dict[tuple[str, date], Value] = {}

    def rows(self, dates: Sequence[date]) -> Iterable[ProgressRow]:
        """The rows of all places, by date."""
        rows = {(row.as_of, row.place): row for row in self.judged(dates)}
        columns = self.contributed(dates)
        if columns is not None:
            for row in columns.rows():
                rows[row.as_of, row.place] = row
        return (rows[day, place] for day in dates for place in self._places.codes)

    def judged(self, dates: Sequence[date]) -> Iterable[ProgressRow]:
        """The rows of the places that may have a status."""
        if self.target.kind in ADDITIVE_KINDS:
            area = self._policy.area
            yield from (self._row(area, self._value(area, day), day) for day in dates)
            yield from self._allocated(dates)
        else:
            for day in dates:
                yield from self._all_at(day)
        self._values_known.clear()

    def contributed(self, dates: Sequence[date]) -> ContributedRows | None:
        """The rows of the places below the policy's area that are asked for nothing, of a target that
        adds up there."""
        if self.target.kind not in ADDITIVE_KINDS:
            return None
        judged = frozenset((place, day) for day in dates for place in self._asked(day))
        return ContributedRows(self._policy.id, self._contributions(dates), judged)

    def _allocated(self, dates: Sequence[date]) -> Iterable[ProgressRow]:
        """The rows of the places that are judged by what they are asked for."""
        if not self._allocations:
            return
        contributions = self._contributions(dates)
        for number, day in enumerate(dates):
            for place in self._asked(day):
                share, rank, ranked = contributions.standing(place, number)
                value = self._value(place, day)
                yield self._row(place, value, day, share=share, rank=rank, ranked=ranked)

    def _asked(self, as_of: date) -> list[str]:
        """The places below the policy's area that are asked for a part in the window of a date."""
        window = self._window(as_of)
        return [place for place, one in self._allocations.items() if one.asks(window)]

    def _contributions(self, dates: Sequence[date]) -> Contributions:
        return Contributions(self.target, self._values, self._places, dates, self._has_data)

    def _all_at(self, as_of: date) -> Iterable[ProgressRow]:
        values = {place: self._value(place, as_of) for place in self._places.codes}
        ranks = self._ranks(values)
        for place, value in values.items():
            rank, ranked = ranks.get(place, (None, None))
            yield self._row(place, value, as_of, rank=rank, ranked=ranked)

    def units_met(self, place: str, as_of: date) -> dict[str, bool]:
        """The units of a coverage at a place, each with whether it meets the inner requirement."""
        return self._values.units_met(place, as_of) if self.target.units is not None else {}

    def closed_windows(self, as_of: date) -> Iterable[WindowRow]:
        """The windows of a recurring target that are over, each met or missed."""
        target = self.target
        if not target.recurs or target.averaged or not self._has_data:
            return
        for window in target.windows:
            if window.end > as_of:
                continue
            asked = [self._policy.area, *self._asked(window.end)]
            for place in asked if target.kind in ADDITIVE_KINDS else self._places.codes:
                row = self._row(place, self._value(place, window.end), window.end)
                if row.status is not None and row.status not in {"no_data", "not_started"}:
                    state = "met" if row.status == "achieved" else "missed"
                    yield WindowRow(
                        policy=self._policy.id,
                        target=target.id,
                        place=place,
                        window_start=window.start,
                        window_end=window.end,
                        value=row.value,
                        required=row.required,
                        state=state,
                    )

    def _value(self, place: str, as_of: date) -> Value:
        """The value at a place: of a coverage's units (and the places in them) the inner value."""
        if not self._has_data:
            return UNKNOWN
        key = place, min(as_of, self.target.by)
        if key not in self._values_known:  # asked for again a year later, for the rate of 12 months
            find = self._values.inner if self._is_inside_unit(place) else self._values.at
            self._values_known[key] = find(place, as_of)
        return self._values_known[key]

    def _is_inside_unit(self, place: str) -> bool:
        """Whether a coverage by places shows the inner value at a place: it has no units below."""
        units = self.target.units
        return isinstance(units, str) and not self._places.units_below(units).get(place)

    def _row(self, place: str, value: Value, as_of: date, **standing: Any) -> ProgressRow:
        """The row of a place; `standing` is what is known of it among its sisters."""
        target, requirement = self.target, self.target.require
        inner = self._is_inside_unit(place)
        coverage = target.kind == "coverage" and not inner
        window = self._window(as_of)
        cells = _NOTHING | {
            "policy": self._policy.id,
            "target": target.id,
            "place": place,
            "as_of": as_of,
            "value": _number(value.value),
            "numerator": _number(value.numerator),
            "denominator": _number(value.denominator),
            "unit": "%" if coverage else requirement.unit,
            "require": "at_least" if coverage else requirement.require,
            "rate_last_12_months": _number(self._rate(place, as_of)),
            "window_start": window.start,
            "window_end": window.end,
        }
        facts = self._facts(place, value.value, as_of, window, inner=inner)
        if facts is not None:
            cells |= self._judged(facts, judge(facts, self._policy.status))
        return ProgressRow(**cells | standing)

    def _facts(
        self, place: str, value: Fraction | None, as_of: date, window: Window, *, inner: bool
    ) -> Facts | None:
        """The facts that a place is judged by; None where nothing says what it owes."""
        target = self.target
        if place != self._policy.area:
            if target.kind in ADDITIVE_KINDS:
                return self._facts_of_allocation(place, value, as_of, window)
            if inner and not self._values.is_unit(place):
                return None
            if isinstance(target.units, Units) and target.units.institutions is None:
                return None  # its units lie in no place: nothing says which of them a place owes
        if inner:
            return Facts(
                shape="flow",
                requirement=target.require,
                value=value,
                as_of=as_of,
                start=target.start,
                window=window,
                due_share=window.elapsed(min(as_of, target.by)),
                in_units=target.in_units,
            )
        baseline = self._baseline(place)
        return Facts(
            shape="average" if target.averaged else _SHAPES[target.kind],
            requirement=self._requirement,
            value=value,
            as_of=as_of,
            start=target.start,
            window=window,
            due_share=self._due_share(as_of),
            due=declared_due(target, as_of, baseline),
            baseline=baseline,
            late_on=self._late_on(place, as_of, target.require) if value is not None else None,
            in_units=target.in_units,
        )

    def _facts_of_allocation(
        self, place: str, value: Fraction | None, as_of: date, window: Window
    ) -> Facts | None:
        """The facts that a place below the policy's area is judged by: what it was asked for."""
        target, allocation = self.target, self._allocations.get(place)
        requirement = allocation.requirement(window) if allocation is not None else None
        if allocation is None or requirement is None:
            return None
        baseline = self._baseline(place)
        return Facts(
            shape=_SHAPES[target.kind],
            requirement=requirement,
            value=value,
            as_of=as_of,
            start=target.start,
            window=window,
            due_share=allocation.due_share(as_of, window, self._due_share(as_of)),
            due=allocation.level_due(as_of, baseline),
            baseline=baseline,
            late_on=self._late_on(place, as_of, requirement) if value is not None else None,
            in_units=target.in_units,
        )

    def _find_due_share(self, as_of: date) -> Fraction:
        """The share of what the window requires that is due by a date, by the whole area's way."""
        whole = self._values.curve(self._policy.area) if self.target.is_flow else None
        return due_share(self.target, whole, as_of, self._window(as_of))

    @cached_property
    def _requirement(self):  # type: ignore[no-untyped-def]
        """What the policy's area owes: of a coverage the share of its units, else as declared."""
        if self.target.kind != "coverage":
            return self.target.require
        return type(self.target.require)(at_least=self.target.share, unit="%")

    def _judged(self, facts: Facts, judged: Judgement) -> dict[str, Any]:
        """The cells that a judgement gives."""
        low, high = facts.requirement.low, facts.requirement.high
        named = facts.requirement.value
        value = facts.value
        to_go = self._to_go(facts) if judged.status != "no_data" else None
        is_open = facts.start <= facts.as_of < facts.window.end and judged.status != "achieved"
        days_left = (facts.window.end - facts.as_of).days
        needed = to_go * DAYS_A_MONTH / days_left if is_open and to_go and days_left else None
        return {
            "require": facts.requirement.require,
            "required": _number(named),
            "required_max": _number(high) if low is not None else None,
            "expected": _number(judged.expected),
            "percent": _number(100 * value / named) if value is not None and named else None,
            "pace": _number(judged.pace),
            "status": judged.status,
            "to_go": _number(to_go),
            "needed_per_month": _number(needed),
            "note": judged.note,
            "noted_on": judged.noted_on,
            "baseline": _number(facts.baseline),
        }

    def _to_go(self, facts: Facts) -> Fraction | None:
        """What is still to do; of a yearly average the records still needed, not the average."""
        low = facts.requirement.low
        if low is None or facts.value is None:
            return None
        if facts.late_on is not None:
            return Fraction(0)
        if facts.shape == "average":
            years = facts.window.days / DAYS_A_YEAR
            done = self._values.total(self._policy.area, min(facts.as_of, self.target.by))
            return max(low * years - done, Fraction(0))
        return max(low - facts.value, Fraction(0))

    def _rate(self, place: str, as_of: date) -> Fraction | None:
        """What the last 12 months added, per month: of a flow its records, of a level its value."""
        target = self.target
        end = min(as_of, target.by)
        earlier = same_day(end, end.year - 1)
        if not self._has_data or target.kind == "milestone":
            return None
        if target.is_flow:
            curve = self._values.curve(place)
            return Fraction(curve.at(end) - curve.at(earlier)) / 12
        if earlier < target.start:
            return None
        now, then = self._value(place, end).value, self._value(place, earlier).value
        return (now - then) / 12 if now is not None and then is not None else None

    def _baseline(self, place: str) -> Fraction | None:
        """Where a level's way begins: as declared (the policy's area), else the first value known."""
        target = self.target
        if _SHAPES[target.kind] != "level" or not self._has_data:
            return None
        if target.baseline is not None and place == self._policy.area:
            return target.baseline
        if place not in self._baselines:
            first = self._values.first_known(place)
            known = self._values.at(place, first) if first is not None else UNKNOWN
            self._baselines[place] = known.value
        return self._baselines[place]

    def _late_on(self, place: str, as_of: date, requirement: Requirement) -> date | None:
        """The day after `by` on which an unmet flow or milestone was met, up to the as-of date."""
        target, low = self.target, requirement.low
        if as_of <= target.by or low is None or target.averaged:
            return None
        if target.kind != "milestone" and not target.is_flow:
            return None
        curve = self._values.curve(place)
        first = target.start if target.kind == "milestone" else self._window(as_of).start
        reached = curve.reaches(float(low), first)
        if reached is None or not target.by < reached <= as_of:
            return None
        return reached if meets(requirement, self._values.total(place, as_of)) else None

    def _ranks(self, values: Mapping[str, Value]) -> dict[str, tuple[int, int]]:
        """Each place's rank among its sisters by value: 1 has the most, or the least under a cap."""
        sign = 1 if self.target.require.low is None else -1
        ranks: dict[str, tuple[int, int]] = {}
        for sisters in self._places.sisters:
            known = {p: sign * v for p in sisters if (v := values[p].value) is not None}
            ordered = sorted(known.values())
            if not ordered or ordered[0] == ordered[-1]:
                continue  # all alike: there is no rank
            first_rank = {value: rank for rank, value in reversed(list(enumerate(ordered, 1)))}
            ranks |= {place: (first_rank[value], len(known)) for place, value in known.items()}
        return ranks


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
