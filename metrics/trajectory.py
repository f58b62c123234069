"""What of a target is due by a date: by days, by the seasons of earlier years, or as declared.

Owns `due_share` (the share of a window's requirement due by a date), `declared_due` (the value of
a declared trajectory) and `along` (a line through dated points). semantics.md, "Expected value (the
trajectory)". Called by `target_progress` and `allocations`. May import `catalogue`, `curves`,
`windows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from metrics.catalogue import Target
from metrics.columns import exact
from metrics.curves import Curve
from metrics.windows import Window

#: A profile of the year needs this many earlier full years.
LEAST_YEARS = 2


def due_share(target: Target, city: Curve | None, as_of: date, window: Window) -> Fraction:
    """The share of what `window` requires that is due by `as_of`: 0 before it, 1 after it.

    `city` is the curve of the policy's whole area, whose earlier full years say how an annual target
    spreads over the year; None for levels, which go by the days from `start` to `by`.
    """
    end = min(as_of, target.by)
    if target.is_flow:
        if target.recurs == "yearly" and not target.averaged and city is not None:
            profile = _profile(target, city, end, window)
            if profile is not None:
                return profile
        return window.elapsed(end)
    life = (target.by - target.start).days
    passed = max((end - target.start).days, 0)
    return Fraction(passed, life) if life else Fraction(1)


def _profile(target: Target, city: Curve, day: date, window: Window) -> Fraction | None:
    """The mean share of the year's total that earlier full years had reached by this day of the
    year; None with fewer than two such years or in a window that is no full year."""
    if not window.is_calendar_year or day < window.start:
        return None
    shares = []
    for earlier in target.windows:
        if earlier.end >= window.start or not earlier.is_calendar_year:
            continue
        total = exact(city.between(earlier.start, earlier.end))
        if total > 0:
            reached = city.between(earlier.start, same_day(day, earlier.start.year))
            shares.append(exact(reached) / total)
    if len(shares) < LEAST_YEARS:
        return None
    return sum(shares, Fraction(0)) / len(shares)


def same_day(day: date, year: int) -> date:
    """The same day of another year; 28 February for a 29th that the year has not."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def declared_due(target: Target, as_of: date, baseline: Fraction | None) -> Fraction | None:
    """The value of the declared trajectory at a date, linear between its points; None without one.

    It starts from the baseline (a flow: 0) at `start` and ends at the requirement at `by`, where the
    points do not say otherwise.
    """
    low = target.require.low
    if not target.trajectory or low is None:
        return None
    points = {point.by: point.value for point in target.trajectory}
    points.setdefault(target.start, baseline if baseline is not None else Fraction(0))
    points.setdefault(target.by, low)
    return along(points, max(min(as_of, target.by), target.start))


def along(points: Mapping[date, Fraction], day: date) -> Fraction:
    """The value at a day of the line through dated points, the first and last of which enclose it."""
    dates = sorted(points)
    before = max(known for known in dates if known <= day)
    after = min(known for known in dates if known >= day)
    if before == after:
        return points[before]
    way = Fraction((day - before).days, (after - before).days)
    return points[before] + (points[after] - points[before]) * way
