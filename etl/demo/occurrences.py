"""Occurrences: on which day and at which place each record of a flow happened.

Owns `Days`, the shape of a year (seasons, weekends, Chinese New Year, quiet times), and `occur`, which
draws days and places for a flow. Called by `records`. May import `scenario`, `ground`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from etl.demo.ground import Ground
from etl.demo.scenario import Flow, Scenario

Ints = npt.NDArray[np.int64]
Dates = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Generator = np.random.Generator

#: The first day of the lunar year. Little happens from a week before it to two weeks after.
_NEW_YEARS = {
    2010: "02-14", 2011: "02-03", 2012: "01-23", 2013: "02-10", 2014: "01-31", 2015: "02-19",
    2016: "02-08", 2017: "01-28", 2018: "02-16", 2019: "02-05", 2020: "01-25", 2021: "02-12",
    2022: "02-01", 2023: "01-22", 2024: "02-10", 2025: "01-29", 2026: "02-17",
}  # fmt: skip
_USUAL_NEW_YEAR = "02-05"
_HOLIDAY, _WEEKEND = 0.12, 0.3
#: Other public holidays: the first and last day of each, month and day.
_HOLIDAYS = (("01-01", "01-01"), ("05-01", "05-03"), ("10-01", "10-07"))
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Occurrences:
    """Day and place (index in the ground) of each record."""

    days: Dates
    places: Ints


class Days:
    """The shape of years in a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._quiet = scenario.quiet
        self._season = scenario.season
        self.last = np.datetime64(scenario.last_on)
        self._shape = cache(self._make_shape)

    def draw(
        self, rng: Generator, year: int, expected: float, season: Sequence[float] | None, *, exact: bool
    ) -> Dates:
        """Days of a year that expects so many records, those after the last day left out.

        `exact` gives the nearest whole number, else chance decides about the fraction.
        """
        days, chances = self._shape(year, tuple(season or self._season))
        over = days <= self.last
        due = expected * float(chances[over].sum())
        count = round(due) if exact else int(due + rng.random())
        if not count:
            return np.empty(0, "M8[D]")
        edges = np.cumsum(chances[over])
        drawn = np.searchsorted(edges, rng.random(count) * edges[-1], side="right")
        found: Dates = days[over][np.minimum(drawn, int(over.sum()) - 1)]
        return found

    def _make_shape(self, year: int, season: tuple[float, ...]) -> tuple[Dates, Floats]:
        days = np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"))
        months = days.astype("M8[M]").astype(int) % 12
        chances = np.array(season, float)[months] / np.bincount(months)[months]
        chances[(days.astype(int) + 3) % 7 > 4] *= _WEEKEND  # day 0, 1970-01-01, was a Thursday
        new_year = np.datetime64(f"{year}-{_NEW_YEARS.get(year, _USUAL_NEW_YEAR)}")
        away = (days - new_year).astype(int)
        chances[(away >= -7) & (away <= 14)] *= _HOLIDAY
        for first, last in _HOLIDAYS:
            closed = (days >= np.datetime64(f"{year}-{first}")) & (
                days <= np.datetime64(f"{year}-{last}")
            )
            chances[closed] *= _HOLIDAY
        chances /= chances.sum()
        # Quiet times are lost, not made up for: they lower the year's total.
        for quiet in self._quiet:
            chances[(days >= np.datetime64(quiet.start)) & (days <= np.datetime64(quiet.end))] *= (
                quiet.at
            )
        return days, chances


def occur(rng: Generator, flow: Flow, days: Days, ground: Ground, scale: float) -> Occurrences:
    """The occurrences of a flow with yearly volumes."""
    exact = scale == 1.0
    found: list[Occurrences] = []
    order: list[int] | None = None
    for year, volume in sorted(flow.yearly.items()):
        drawn = days.draw(rng, year, volume * scale, flow.season, exact=exact)
        if flow.each is None:
            places = ground.draw(rng, flow, year, len(drawn))
        else:
            if order is None or flow.each == "year":
                order = ground.one_each(rng, flow, year).tolist()
            drawn = np.sort(drawn)[: len(order)]
            places = np.array(order[: len(drawn)], np.int64)
            order = order[len(drawn) :]
        found.append(Occurrences(drawn, places))
    return Occurrences(
        np.concatenate([one.days for one in found]), np.concatenate([one.places for one in found])
    )
