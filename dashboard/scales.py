"""Scales: where a value or a day lies on a chart, in percent, and which of them its axes name.

Owns `Scale`, `value_scale`, `day_scale`, `value_ticks` and `day_ticks`. Pure. Called by the modules
that draw charts. Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import floor, log10

#: A policy longer than this is named by its years, a shorter one by its quarters.
_YEARS_FROM_DAYS = 800
#: Room above the highest value, so that no line runs along the edge.
_HEADROOM = 1.06


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` (0 %) to `high` (100 %)."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a value lies, in percent; what lies outside is put on the edge."""
        span = (self.high - self.low) or 1.0
        return min(max(100 * (value - self.low) / span, 0.0), 100.0)

    def on(self, day: date) -> float:
        """Where a day lies, in percent."""
        return self.at(day.toordinal())


def value_scale(values: Iterable[float | None], *, level: bool) -> Scale:
    """The scale of values: flows grow from nothing; a level (`level`) that never comes near nothing is
    shown where it moves."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    if low == high == 0:
        high = 1.0
    base = low - 0.25 * (high - low) if level and low > 0.5 * high > 0 else min(low, 0.0)
    if base == high:
        base = 0.0
    return Scale(base, base + _HEADROOM * (high - base))


def day_scale(first: date, last: date) -> Scale:
    """The scale of days."""
    return Scale(first.toordinal(), last.toordinal())


def value_ticks(scale: Scale, about: int = 5) -> list[float]:
    """Round values that divide a scale into about so many steps."""
    raw = (scale.high - scale.low) / about
    power = 10.0 ** floor(log10(raw))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= raw)
    first = -floor(-scale.low / step)
    return [n * step for n in range(first, floor(scale.high / step) + 1)]


def day_ticks(first: date, last: date) -> list[tuple[date, date, str]]:
    """The periods that an axis of days names: years, or quarters of a short policy; each with its first
    day, the first day after it, and its name."""
    months = 12 if (last - first).days > _YEARS_FROM_DAYS else 3
    found = []
    start = date(first.year, (first.month - 1) // months * months + 1, 1)
    while start <= last:
        number = start.year * 12 + start.month - 1 + months
        after = date(number // 12, number % 12 + 1, 1)
        name = str(start.year) if months == 12 else f"{start:%Y-%m}"
        found.append((max(start, first), min(after, last), name))
        start = after
    return found
