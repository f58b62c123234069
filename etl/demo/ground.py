"""Ground: the places of a scenario, how much happens at each, and how offices spell them.

Owns `Ground`. Place 0 is the whole area (a record without a town); then the scenario's own places; then
the towns below them. Called by `occurrences`, `records` and `handwriting`. May import `places`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from etl.demo.scenario import Flow, Scenario
from etl.errors import MilepostError
from etl.places import Gazetteer, Place
from etl.texts import Text

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Generator = np.random.Generator


class Ground:
    """The places of a scenario by index; `parents[i]` is the scenario's own place of place i."""

    def __init__(self, scenario: Scenario, gazetteer: Gazetteer) -> None:
        self._scenario = scenario
        self._gazetteer = gazetteer
        self.area = gazetteer.places[scenario.area]
        own = [self._resolve(name) for name in scenario.places]
        self.own = len(own)
        self.weights: Floats = np.array(list(scenario.places.values()), float)
        self.names = {name: index for index, name in enumerate(scenario.places, 1)}
        self.places: list[Place] = [self.area, *own]
        self.parents: list[int] = list(range(len(self.places)))
        self._towns: dict[int, Ints] = {}
        if scenario.below or any(flow.below for flows in scenario.flows.values() for flow in flows):
            for index, place in enumerate(own, 1):
                self._add_towns(index, place)
        self.homes: Ints = np.array(self.parents, np.int64) - 1
        self.leans: Floats = np.array([scenario.lean.get(name, 0.0) for name in scenario.places])

    def _resolve(self, name: str) -> Place:
        place = self._gazetteer.resolve(name, self._scenario.area)
        if not isinstance(place, Place):
            file = f"{self._scenario.policy}.yaml"
            raise MilepostError(
                Text(f"{file}：places：{place.reason.zh}", f"{file}: places: {place.reason.en}")
            )
        return place

    def _add_towns(self, index: int, place: Place) -> None:
        towns = [
            one for one in self._gazetteer.current.values()
            if one.parent == place.code and one.level == "town"
        ]  # fmt: skip
        self._towns[index] = np.arange(len(self.places), len(self.places) + len(towns))
        self.places += towns
        self.parents += [index] * len(towns)

    @property
    def local_codes(self) -> list[str]:
        """The division codes that identity numbers of the area begin with."""
        below = [place.code for place in self.places[1 : self.own + 1] if len(place.code) == 6]
        return below or [self.area.code]

    def find(self, name: str) -> int:
        """The index of a place by any of its names; the area's own is 0."""
        if name not in self.names:
            place = self._resolve(name)
            self.names[name] = next(i for i, one in enumerate(self.places) if one.code == place.code)
        return self.names[name]

    def draw(self, rng: Generator, flow: Flow, year: int, count: int) -> Ints:
        """A place for each of `count` records of a flow in a year."""
        share = self._scenario.city_share if flow.city_share is None else flow.city_share
        if flow.whole:
            return np.zeros(count, np.int64)
        chances = self.chances(flow, year) * rng.lognormal(0.0, 0.10, self.own)
        edges = np.cumsum(np.r_[share, chances / chances.sum() * (1 - share)])
        drawn = np.minimum(np.searchsorted(edges, rng.random(count), side="right"), self.own)
        return self._go_below(rng, flow, drawn)

    def one_each(self, rng: Generator, flow: Flow, year: int) -> Ints:
        """The places in the order in which they have their one record; who lags comes last."""
        chances = self.chances(flow, year)
        pace = chances / self.weights
        chosen = np.flatnonzero(chances > 0)
        keys = rng.exponential(1.0, self.own) / np.maximum(pace, 1e-9) ** 2
        return chosen[np.argsort(keys[chosen], kind="stable")] + 1

    def chances(self, flow: Flow, year: int) -> Floats:
        """How much of a flow falls to each of the scenario's own places in a year."""
        pace = np.ones(self.own)
        for paces in (self._scenario.pace, flow.pace):
            for name, factor in paces.items():
                pace[self.names[name] - 1] *= _factor(factor, year)
        allowed = [not flow.only or name in flow.only for name in self._scenario.places]
        chances: Floats = self.weights * pace * np.array(allowed)
        return chances

    def _go_below(self, rng: Generator, flow: Flow, drawn: Ints) -> Ints:
        below = self._scenario.below if flow.below is None else flow.below
        if not below:
            return drawn
        lower = rng.random(len(drawn)) < below
        for index, towns in self._towns.items():
            chosen = np.flatnonzero((drawn == index) & lower)
            if len(towns) and len(chosen):
                weights = 1.0 / np.arange(1, len(towns) + 1) ** 0.6
                drawn[chosen] = towns[rng.choice(len(towns), len(chosen), p=weights / weights.sum())]
        return drawn

    def spellings(self, style: str) -> list[Sequence[str]]:
        """For each place, the ways in which an office of this style writes it."""
        return [self._ways(place, style) for place in self.places]

    def _ways(self, place: Place, style: str) -> Sequence[str]:
        above = [one.name for one in reversed(self._gazetteer.ancestors(place.code))]
        inside = above[above.index(self.area.name) :]
        whole = place.code == self.area.code
        ways: Mapping[str, str] = {
            "name": place.name,
            "short": place.short_name,
            "full": f"{place.name}本级" if whole else "".join(inside),
            "code": place.code,
            "long code": place.code.ljust(12, "0"),
        }
        wanted = ("name", "short", "code") if style == "mixed" else (style,)
        found = [ways[name] for name in wanted if self._means(ways[name], place)]
        return found or ["".join(inside[1:]) or place.name]

    def _means(self, text: str, place: Place) -> bool:
        resolved = self._gazetteer.resolve(text, self.area.code)
        return isinstance(resolved, Place) and resolved.code == place.code


def _factor(factor: float | Mapping[int, float], year: int) -> float:
    """A pace for good, or the one of the latest year named that is not after `year`."""
    if isinstance(factor, Mapping):
        known = [one for one in sorted(factor) if one <= year]
        return factor[known[-1]] if known else 1.0
    return float(factor)
