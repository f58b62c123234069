"""Scales: where a value lies on a chart, in percent, and which values its axis names.

Owns `Scale`, `value_scale` and `value_ticks`. Pure. Called by the modules that draw charts and marks.
Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, log10

#: Room above the highest value, so that no line runs along the edge.
_HEADROOM = 1.06
#: Smaller steps are no numbers that can be divided any more.
_LEAST_STEP = 1e-300


@dataclass(frozen=True, slots=True)
class Scale:
    """From `low` (0 %) to `high` (100 %)."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a value lies, in percent; what lies outside is put on the edge."""
        span = (self.high - self.low) or 1.0
        return min(max(100 * (value - self.low) / span, 0.0), 100.0)


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


def value_ticks(scale: Scale, about: int = 5) -> list[float]:
    """Round values that divide a scale into about so many steps; of next to nothing only its foot."""
    raw = (scale.high - scale.low) / about
    if raw < _LEAST_STEP:
        return [scale.low]
    power = 10.0 ** floor(log10(raw))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= raw)
    first = -floor(-scale.low / step)
    return [n * step for n in range(first, floor(scale.high / step) + 1)]
