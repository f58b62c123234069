"""Progress: the rows of one policy's targets at its places and dates.

Owns `PolicyProgress`, which gives the rows that every page and the command line show. Called by
`evaluate` (all months) and `published` (any date). May import `target_progress` and what it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from metrics.allocations import Allocations
from metrics.catalogue import Policy
from metrics.curves import Curves
from metrics.places import AreaPlaces
from metrics.rows import ProgressRow, WindowRow
from metrics.target_progress import Columns, TargetProgress

_WHOLE_NUMBERS = ("rank", "ranked")


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

    def tables(
        self, dates: Sequence[date], *, targets: frozenset[str] | None = None
    ) -> Iterator[pa.Table]:
        """A table for each target (all, or those named), in the order of the catalogue: a row for every
        date and place, with the fields of `ProgressRow` as columns."""
        for one in self._targets:
            if targets is None or one.target.id in targets:
                yield self._table(one.target.id, dates, one.columns(dates))

    def rows(
        self, dates: Sequence[date], *, targets: frozenset[str] | None = None
    ) -> Iterator[ProgressRow]:
        """The same rows as objects."""
        for table in self.tables(dates, targets=targets):
            columns = table.to_pydict()
            for cells in zip(*columns.values(), strict=True):
                yield ProgressRow(*cells)

    def units_met(self, target: str, place: str, as_of: date) -> dict[str, bool]:
        """The units of a coverage at a place, each with whether it meets the inner requirement."""
        for one in self._targets:
            if one.target.id == target:
                return one.units_met(place, as_of)
        raise KeyError(target)

    def windows(self, as_of: date) -> Iterator[WindowRow]:
        """The closed windows of all recurring targets, for every place that they are judged at."""
        for one in self._targets:
            for window, place, found in one.closed_windows(as_of):
                yield WindowRow(
                    policy=self._policy.id,
                    target=one.target.id,
                    place=place,
                    window_start=window.start,
                    window_end=window.end,
                    value=found["value"],
                    required=found["required"],
                    state="met" if found["status"] == "achieved" else "missed",
                )

    def _table(self, target: str, dates: Sequence[date], columns: Columns) -> pa.Table:
        days, places = np.array(dates, dtype="datetime64[D]"), list(self._places.codes)
        count = len(dates) * len(places)
        arrays = {
            "policy": pa.repeat(pa.scalar(self._policy.id), count),
            "target": pa.repeat(pa.scalar(target), count),
            "place": pa.array(places * len(dates), pa.string()),
            "as_of": pa.array(np.repeat(days, len(places)), pa.date32()),
            **{name: _array(name, cells.ravel()) for name, cells in columns.items()},
        }
        return pa.table({field.name: arrays[field.name] for field in fields(ProgressRow)})


def _array(name: str, cells: np.ndarray[Any, Any]) -> pa.Array:
    if cells.dtype == np.float64:
        found = pa.array(cells, pa.float64(), from_pandas=True)
        return found.cast(pa.int32()) if name in _WHOLE_NUMBERS else found
    if cells.dtype == object:
        return pa.array(cells, pa.string())
    return pa.array(cells, pa.date32())
