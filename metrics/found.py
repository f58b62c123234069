"""Changes as they are found: Arrow tables with the columns of `CHANGES`.

Owns `read_found`, which reads them from statements, `summed`, which adds up those of one day, and
`Amounts`, which has a column for each measure and makes them of these when asked. Nothing is written
before all are found: curves are made of what stands in memory. Called by `evaluate` and the modules
that compute changes. May import `reading`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Select, union_all

from metrics.reading import read_columns

SCHEMA = pa.schema(
    {
        "measure": pa.int32(),
        "position": pa.int32(),
        "unit": pa.string(),
        "day": pa.date32(),
        "change": pa.float64(),
    }
)


def read_found(connection: Connection, changes: Sequence[Select[Any]]) -> pa.Table:
    """The changes that statements select: measure, position, unit, day and change."""
    rows = read_columns(connection, changes[0] if len(changes) == 1 else union_all(*changes))
    return rows.rename_columns(SCHEMA.names).cast(SCHEMA)


def summed(changes: Iterable[pa.Table]) -> pa.Table:
    """One change for each measure, place, unit and day, in this order; none where it is 0."""
    *key, change = SCHEMA.names
    added = pa.concat_tables(changes).group_by(key).aggregate([(change, "sum")])
    found = added.rename_columns(SCHEMA.names).cast(SCHEMA)
    moved = found.filter(pc.not_equal(found[change], 0))
    return moved.sort_by([(name, "ascending") for name in key])


@dataclass(frozen=True, slots=True)
class Amounts:
    """Changes by place (a position), day and perhaps unit, with a column `k...` for the number of each
    measure; 0 and null: no change."""

    rows: pa.Table
    numbers: Collection[int]

    def changes(self) -> pa.Table:
        """One row for each change, by measure in order of place and day, as curves want them."""
        rows, numbers = self.rows, list(self.numbers)
        place, day = rows["place"].to_numpy(), rows["day"].cast(pa.int32()).to_numpy()
        in_order = np.lexsort((day, place))
        cells, changes = [], []
        for number in numbers:
            change = rows[f"k{number}"].cast(pa.float64()).to_numpy()
            has_moved = (change != 0) & ~np.isnan(change)
            cells.append(in_order[has_moved[in_order]])
            changes.append(change[cells[-1]])
        moved = np.concatenate(cells)
        units = rows["unit"].take(pa.array(moved)) if "unit" in rows.column_names else None
        columns = {
            "measure": np.repeat(np.array(numbers, np.int32), [len(one) for one in cells]),
            "position": place[moved],
            "unit": pa.repeat("", len(moved)) if units is None else units,
            "day": pa.array(day[moved]).cast(pa.date32()),
            "change": np.concatenate(changes),
        }
        return pa.table(columns).cast(SCHEMA)


def changes_of(found: Iterable[pa.Table | Amounts]) -> list[pa.Table]:
    """All of them as changes."""
    return [one.changes() if isinstance(one, Amounts) else one for one in found]
