"""Movers: which places moved most up and down among their sisters between two dates.

Owns `Mover` and `movers`. A place's standing is the mean of its ranks among its sisters over all
targets in which it had a rank at both dates, counted in the same window at both (a new year begins with
other ranks). Ranks compare places of any size, targets of any unit. Called by pages and the briefing.
May import `comparison`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from metrics.comparison import Change


@dataclass(frozen=True, slots=True)
class Mover:
    """A place with the mean of its ranks `then` and `now` (1 is best), over how many `targets`, and the
    change that moved it `most` in the direction in which it moved."""

    place: str
    then: float
    now: float
    targets: int
    most: Change

    @property
    def climbed(self) -> float:
        """How many ranks it moved up on the mean; down if negative."""
        return round(self.then - self.now, 9)


def movers(changes: Iterable[Change], places: Sequence[str]) -> list[Mover]:
    """All of `places` (sisters) that have a standing, from the one that climbed most to the one that
    fell most; alike ones in the order of `places`."""
    found: dict[str, list[tuple[int, int, Change]]] = {place: [] for place in places}
    for change in changes:
        then, now = change.then, change.now
        if now.place not in found or then is None or change.is_anew:
            continue
        if then.rank is not None and now.rank is not None:
            found[now.place].append((then.rank, now.rank, change))
    standing = [_mover(place, ranks) for place, ranks in found.items() if ranks]
    return sorted(standing, key=lambda mover: -mover.climbed)


def _mover(place: str, ranks: Sequence[tuple[int, int, Change]]) -> Mover:
    was = sum(then for then, _, _ in ranks)
    now = sum(now for _, now, _ in ranks)
    sign = 1 if was >= now else -1
    most = max(ranks, key=lambda one: sign * (one[0] - one[1]))[2]
    return Mover(place, was / len(ranks), now / len(ranks), len(ranks), most)
