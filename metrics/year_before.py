"""How a place moved within a year: by how much its value grew, and how many ranks it rose.

Owns `YearChange` and `since_year_before`. A year, because months of a year differ by season and
because a yearly window starts anew: the same day of the year before stands at the same point of its
window. Called by `dashboard`. May import `rows`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from metrics.rows import ProgressRow


@dataclass(frozen=True, slots=True)
class YearChange:
    """The change since a stored date: of the value, in its unit, and of the rank (positive: risen)."""

    since: date
    value: float
    ranks: int | None


def since_year_before(row: ProgressRow, curve: Sequence[ProgressRow]) -> YearChange | None:
    """The change from the last stored row that is a year or more older than a row; None if there is
    none or either value is unknown. `curve` holds the place's stored rows in order of time."""
    day = _year_before(row.as_of)
    before = next((one for one in reversed(curve) if one.as_of <= day), None)
    if before is None or before.value is None or row.value is None:
        return None
    ranks = None if row.rank is None or before.rank is None else before.rank - row.rank
    return YearChange(before.as_of, row.value - before.value, ranks)


def _year_before(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)
