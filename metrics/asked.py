"""What is asked of the places of a policy: where a target is judged, and what is due there by a date.

Owns `Asking`, which finds for some dates the cells that anything says what they owe, and `Asked`, the
cells that are judged alike. Below the policy's area a target that adds up is asked for by allocation
only; a coverage of its units (semantics.md, "Below the city"). Called by `target_progress`. May import
`allocations`, `catalogue`, `columns`, `judgement`, `places`, `trajectory`, `values`, `windows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from metrics.allocations import Allocation
from metrics.catalogue import ADDITIVE_KINDS, Requirement, Target, Units
from metrics.columns import Exact, Mask
from metrics.judgement import Shape
from metrics.places import AreaPlaces
from metrics.trajectory import declared_due, due_share
from metrics.values import TargetValues
from metrics.windows import Window

Positions = npt.NDArray[np.intp]

_SHAPES: Mapping[str, Shape] = {
    "cumulative": "flow",
    "annual": "flow",
    "stock": "level",
    "ratio": "level",
    "coverage": "level",
    "milestone": "milestone",
}


@dataclass(frozen=True)
class Asked:
    """Cells that are judged alike: where they stand in a grid of dates and places, what is required and
    what is due there."""

    days: Positions
    places: Positions
    shape: Shape
    low: Exact | None
    high: Exact | None
    due_share: Exact
    due: Exact
    baseline: Exact

    @property
    def named(self) -> Exact:
        """The one value that each requirement is named by."""
        found = self.low if self.low is not None else self.high
        assert found is not None  # a requirement has a lower or an upper end
        return found

    @property
    def require(self) -> str:
        """The word for the direction."""
        if self.low is None:
            return "at_most"
        return "at_least" if self.high is None else "between"

    def only(self, chosen: Mask | Positions) -> Asked:
        """The cells chosen."""

        return Asked(
            self.days[chosen],
            self.places[chosen],
            self.shape,
            None if self.low is None else self.low[chosen],
            None if self.high is None else self.high[chosen],
            self.due_share[chosen],
            self.due[chosen],
            self.baseline[chosen],
        )


class Asking:
    """What is asked of the places of one target, whose `values` are known if `has_data`."""

    def __init__(
        self,
        target: Target,
        places: AreaPlaces,
        values: TargetValues,
        allocations: Mapping[str, Allocation],
        *,
        has_data: bool,
    ) -> None:
        self._target = target
        self._places = places
        self._values = values
        self._allocations = allocations
        self._has_data = has_data
        self._due_share = cache(self._find_due_share)  # the same at all places

    def at(self, dates: Sequence[date]) -> Iterator[Asked]:
        """All cells of `dates` that anything says what they owe."""
        windows = [self._values.window(day) for day in dates]
        if self._target.kind not in ADDITIVE_KINDS:
            inner, judged = self._values.inner, self._judged_places
            yield from self._asked_alike(dates, windows, judged & ~inner, inner=False)
            yield from self._asked_alike(dates, windows, judged & inner, inner=True)
            return
        area = np.zeros(len(self._places.codes), dtype=np.bool_)
        area[self._places.area_column] = True
        yield from self._asked_alike(dates, windows, area, inner=False)
        if self._allocations:
            yield from self._asked_by_allocation(dates, windows)

    @cached_property
    def _judged_places(self) -> Mask:
        """Where a level is judged: everywhere, but not below the units of a coverage; and only in the
        policy's area where they lie in no place, since nothing says which of them a place owes."""
        codes, units = self._places.codes, self._target.units
        is_area = np.array([code == self._places.area for code in codes], dtype=np.bool_)
        if isinstance(units, str):
            is_unit = np.array([self._places.levels[code] == units for code in codes], dtype=np.bool_)
            return is_area | is_unit | ~self._values.inner
        if isinstance(units, Units) and units.institutions is None:
            return is_area
        return np.ones(len(codes), dtype=np.bool_)

    def _asked_alike(
        self, dates: Sequence[date], windows: Sequence[Window], judged: Mask, *, inner: bool
    ) -> Iterator[Asked]:
        """The cells of the places `judged`, by the target's own requirement; `inner`: by that of a
        coverage's single unit."""
        target = self._target
        days, places = np.nonzero(np.tile(judged, (len(dates), 1)))
        if not len(days):
            return
        count = len(days)
        baseline = Exact.full(count, None) if inner else self.baselines[places]
        if inner:
            due = baseline
            elapsed = zip(windows, dates, strict=True)
            shares = [window.elapsed(min(day, target.by)) for window, day in elapsed]
        else:
            due = self._declared_due(dates, days, places)
            shares = [self._due_share(day) for day in dates]
        requirement = target.require if inner else self._requirement
        low, high = requirement.low, requirement.high
        yield Asked(
            days,
            places,
            "flow" if inner else "average" if target.averaged else _SHAPES[target.kind],
            None if low is None else Exact.full(count, low),
            None if high is None else Exact.full(count, high),
            Exact.listed(shares)[days],
            due,
            baseline,
        )

    @property
    def _requirement(self) -> Requirement:
        """What the policy's area owes: of a coverage the share of its units, else as declared."""
        if self._target.kind != "coverage":
            return self._target.require
        return Requirement(at_least=self._target.share, unit="%")

    def _declared_due(self, dates: Sequence[date], days: Positions, places: Positions) -> Exact:
        if not self._target.trajectory:
            return Exact.full(len(days), None)
        find = cache(lambda day, start: declared_due(self._target, dates[day], start))
        starts = [self.baselines.number(place) for place in range(len(self._places.codes))]
        return Exact.listed([find(day, starts[place]) for day, place in zip(days, places, strict=True)])

    def _asked_by_allocation(self, dates: Sequence[date], windows: Sequence[Window]) -> Iterator[Asked]:
        """The cells of the places below the area that were asked for a part."""
        target = self._target
        days, places, value, level, baseline = [], [], [], [], []
        shares: list[Exact] = []
        rows = {window: [row for row, one in enumerate(windows) if one == window] for window in windows}
        of_whole = {
            window: Exact.listed([self._due_share(dates[row]) for row in found])
            for window, found in rows.items()
        }
        for place, allocation in self._allocations.items():
            number = self._places.column_of[place]
            origin = self.baselines.number(number)
            for window, found in rows.items():
                requirement = allocation.requirement(window)
                if requirement is None:
                    continue
                as_ofs = [dates[row] for row in found]
                days += found
                places += [number] * len(found)
                value += [requirement.value] * len(found)
                shares.append(allocation.due_shares(as_ofs, window, of_whole[window]))
                level += [allocation.level_due(as_of, origin) for as_of in as_ofs]
                baseline += [origin] * len(found)
        if not days:
            return
        capped = target.require.low is None
        yield Asked(
            np.array(days, np.intp),
            np.array(places, np.intp),
            _SHAPES[target.kind],
            None if capped else Exact.listed(value),
            Exact.listed(value) if capped else None,
            Exact.joined(shares),
            Exact.listed(level),
            Exact.listed(baseline),
        )

    def _find_due_share(self, as_of: date) -> Fraction:
        """The share of what the window requires that is due by a date, by the whole area's way."""
        whole = self._values.curve(self._places.area) if self._target.is_flow else None
        return due_share(self._target, whole, as_of, self._values.window(as_of))

    @cached_property
    def baselines(self) -> Exact:
        """Where the way of a level begins at each place: as declared (the policy's area), else the
        first value known; unknown where nothing tells, and for what is no level."""
        target, codes = self._target, self._places.codes
        found: list[Fraction | None] = [None] * len(codes)
        if _SHAPES[target.kind] != "level" or not self._has_data:
            return Exact.listed(found)
        firsts = [self._values.first_known(code) for code in codes]
        dates = sorted({first for first in firsts if first is not None})
        if dates:
            row_of = {day: row for row, day in enumerate(dates)}
            values = self._values.at(dates)
            for place, first in enumerate(firsts):
                if first is not None:
                    found[place] = values.exact(([row_of[first]], [place])).number(0)
        if target.baseline is not None:
            found[self._places.area_column] = target.baseline
        return Exact.listed(found)
