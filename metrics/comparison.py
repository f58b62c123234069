"""Comparison: what changed between two dates, or between what was published then and now.

Owns `Change` (one target at one place, then and now), `compare` and `month_before`, pure functions of
rows of progress. Called by pages, the briefing and `movers`. May import `rows`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from metrics.rows import ProgressRow

#: Statuses that say how well it goes, the worst first.
FROM_WORST = ("breached", "missed", "off_track", "at_risk", "on_track", "achieved")


@dataclass(frozen=True, slots=True)
class Change:
    """One target at one place: its row `then` (None: there was no such target or place) and `now`."""

    then: ProgressRow | None
    now: ProgressRow

    @property
    def is_anew(self) -> bool:
        """Whether another window has begun since: values and ranks of the two do not compare."""
        return self.then is not None and self.then.window_start != self.now.window_start

    @property
    def difference(self) -> float | None:
        """By how much the value grew, in the row's unit; None if unknown or counted anew."""
        then, now = self.then, self.now
        if then is None or self.is_anew or then.value is None or now.value is None:
            return None
        return round(now.value - then.value, 9)

    @property
    def turn(self) -> str | None:
        """How the status turned: `better`, `worse`, or `other` (a new window began, or one of the two
        says nothing of how well it goes); None if it is what it was."""
        was, now = self.then.status if self.then is not None else None, self.now.status
        if was == now:
            return None
        if self.is_anew or was not in FROM_WORST or now not in FROM_WORST:
            return "other"
        return "better" if FROM_WORST.index(now) > FROM_WORST.index(was) else "worse"


def compare(then: Iterable[ProgressRow], now: Iterable[ProgressRow]) -> dict[tuple[str, str], Change]:
    """What changed of every row of `now`, by target and place, in the order of `now`."""
    before = {(row.target, row.place): row for row in then}
    return {(row.target, row.place): Change(before.get((row.target, row.place)), row) for row in now}


def month_before(day: date) -> date:
    """The last day of the month before that of `day`: what a report of the month compares with."""
    return day.replace(day=1) - timedelta(days=1)
