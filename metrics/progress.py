"""Progress: the rows of one policy's targets at its places and dates.

Owns `PolicyProgress`, which gives the rows that every page and the command line show. Called by
`evaluate` (all months) and `published` (any date). May import `target_progress` and what it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from metrics.allocations import Allocations
from metrics.catalogue import Policy
from metrics.contributions import ContributedRows
from metrics.curves import Curves
from metrics.places import AreaPlaces
from metrics.rows import ProgressRow, WindowRow
from metrics.target_progress import TargetProgress

#: What takes rows that are judged, and rows that only contribute.
RowWriter = Callable[[Iterable[ProgressRow]], None]
ColumnWriter = Callable[[ContributedRows], None]


class PolicyProgress:
    """The progress of one policy. `parts` numbers the measures of (target, part); `known` names the
    datasets that hold any record of the policy's area; `allocations` is what its places are asked."""

    def __init__(
        self,
        policy: Policy,
        places: AreaPlaces,
        curves: Curves,
        parts: Mapping[tuple[str, str], int],
        known: frozenset[str],
        allocations: Allocations,
    ) -> None:
        self._policy = policy
        self._places = places
        self._targets = [
            TargetProgress(policy, target, places, curves, parts, known, allocations.get(target.id, {}))
            for target in policy.targets.values()
        ]

    def rows(
        self, dates: Sequence[date], *, targets: frozenset[str] | None = None
    ) -> Iterable[ProgressRow]:
        """One row per target, place and date, in the order of the catalogue, dates and places."""
        for one in self._targets:
            if targets is None or one.target.id in targets:
                yield from one.rows(dates)

    def write(self, dates: Sequence[date], judged: RowWriter, contributed: ColumnWriter) -> None:
        """Hand over all rows of all targets: those that are judged one by one, the others by column."""
        judged(row for one in self._targets for row in one.judged(dates))
        for one in self._targets:
            columns = one.contributed(dates)
            if columns is not None:
                contributed(columns)

    def units_met(self, target: str, place: str, as_of: date) -> dict[str, bool]:
        """The units of a coverage at a place, each with whether it meets the inner requirement."""
        for one in self._targets:
            if one.target.id == target:
                return one.units_met(place, as_of)
        raise KeyError(target)

    def windows(self, as_of: date) -> Iterable[WindowRow]:
        """The closed windows of all recurring targets, for every place that they are judged at."""
        for one in self._targets:
            yield from one.closed_windows(as_of)
