"""The lives of policies: their places, and the dates that their records reach.

Owns `Life`, `lives_of`, `known_datasets`, and the ends of months. Called by `evaluate`, `assess` and
the site. May import `catalogue`, `places`, `tables`.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from metrics.catalogue import Policy
from metrics.places import AreaPlaces, area_places
from metrics.tables import FRESHNESS, RECEIVED


@dataclass(frozen=True)
class Life:
    """A policy as its records have it: its places, the last date that they reach, and the datasets that
    hold any of its area."""

    policy: Policy
    places: AreaPlaces
    as_of: date | None
    known: frozenset[str]

    @property
    def last(self) -> date:
        """The last date that progress is computed for."""
        return self.as_of or self.policy.start

    @property
    def dates(self) -> list[date]:
        """The ends of all months of its life up to its last date, and that date."""
        days = month_ends(self.policy.start, self.last)
        return [*(day for day in days if day < self.last), self.last]


def lives_of(connection: Connection, policies: Iterable[Policy], today: date) -> list[Life]:
    """The lives of policies, none longer than to `today`. Reads `received` and `freshness`."""
    lasts = last_days(connection, today)
    found = []
    for policy in policies:
        places = area_places(connection, policy.area)
        as_of = max((lasts[code] for code in places.codes if code in lasts), default=None)
        found.append(Life(policy, places, as_of, known_datasets(connection, policy.area)))
    return found


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def month_ends(start: date, last: date) -> Iterator[date]:
    """The last days of the months from that of `start` on, none after `last`."""
    year, month = start.year, start.month
    while True:
        day = last_day(year, month)
        if day > last:
            return
        yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def known_datasets(connection: Connection, area: str) -> frozenset[str]:
    """The datasets that hold any record of a place of the area."""
    inside = FRESHNESS.c.place.in_(area_places(connection, area).codes)
    return frozenset(connection.scalars(select(FRESHNESS.c.dataset).where(inside)))


def last_days(connection: Connection, today: date) -> dict[str, date]:
    """The last date, by place, on which any of its records falls, never later than `today`.

    Statistics are left out: their periods end when the year does, not when something happened.
    """
    day = RECEIVED.c.day
    rows = select(RECEIVED.c.place, func.max(day)).where(
        RECEIVED.c.dataset != "statistics", day <= today
    )
    return dict(connection.execute(rows.group_by(RECEIVED.c.place)).all())
