"""Changes as they are found: Arrow tables with the columns of `CHANGES`.

Owns `read_found`, which reads them from statements, and `long_changes`, which makes them of one column
for each measure. Nothing is written before all are found: curves are made of what stands in memory.
Called by the modules that compute changes. May import `reading`, `tables`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
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


def long_changes(amounts: pa.Table, numbers: Collection[int]) -> pa.Table:
    """The changes other than 0 of rows by place (a position), day and perhaps unit, which have a column
    `k...` for the number of each measure. They come by measure in order of place and day, as curves
    want them."""
    place, day = amounts["place"].to_numpy(), amounts["day"].cast(pa.int32()).to_numpy()
    in_order = np.lexsort((day, place))
    rows, changes = [], []
    for number in numbers:
        change = amounts[f"k{number}"].to_numpy()
        has_moved = (change != 0) & ~np.isnan(change)
        rows.append(in_order[has_moved[in_order]])
        changes.append(change[rows[-1]])
    moved = np.concatenate(rows)
    units = amounts["unit"].take(pa.array(moved)) if "unit" in amounts.column_names else None
    columns = {
        "measure": np.repeat(np.array(list(numbers), np.int32), [len(one) for one in rows]),
        "position": place[moved],
        "unit": pa.repeat("", len(moved)) if units is None else units,
        "day": pa.array(day[moved]).cast(pa.date32()),
        "change": np.concatenate(changes),
    }
    return pa.table(columns).cast(SCHEMA)
