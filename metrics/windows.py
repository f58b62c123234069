"""Windows of time: the life of a target cut into the pieces that its measure starts anew in.

Owns `Window` and `windows_of`. A cumulative target has one window, its whole life; a yearly one has
calendar years, an n-year one blocks of n calendar years counted from the year of its start, the
first and last clipped to the life (semantics.md, "Kinds of target"). Pure; imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `start` to `end`, both inclusive."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days the window has."""
        return (self.end - self.start).days + 1

    def elapsed(self, day: date) -> Fraction:
        """The share of the window's days that are over on `day`, itself included: 0 to 1."""
        return _elapsed(self, day)

    @property
    def is_calendar_year(self) -> bool:
        """Whether the window is one whole calendar year."""
        first, last = date(self.start.year, 1, 1), date(self.start.year, 12, 31)
        return (self.start, self.end) == (first, last)


@cache
def _elapsed(window: Window, day: date) -> Fraction:
    passed = (min(day, window.end) - window.start).days + 1
    return Fraction(max(passed, 0), window.days)


def windows_of(start: date, by: date, years: int | None) -> tuple[Window, ...]:
    """The windows of a target that lives from `start` to `by` and recurs every `years` years.

    `years` None: one window. The windows cover the life without gap or overlap.
    """
    if years is None:
        return (Window(start, by),)
    firsts = range(start.year, by.year + 1, years)
    return tuple(
        Window(max(start, date(year, 1, 1)), min(by, date(year + years - 1, 12, 31))) for year in firsts
    )


def window_at(windows: Sequence[Window], day: date) -> Window:
    """The window that `day` falls in; the first before all of them, the last after all of them."""
    for window in windows:
        if day <= window.end:
            return window
    return windows[-1]
