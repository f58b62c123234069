"""Writing rows into a snapshot's tables, in bulk.

Owns `write_rows`, `write_objects` and `write_tables`. DuckDB takes an Arrow table
as it is; any other database gets ordinary inserts. Called by `evaluate`. Imports nothing of ours.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from operator import attrgetter

import pyarrow as pa
import pyarrow.dataset
from sqlalchemy import Connection, Table

_BATCH = 50_000
#: DuckDB's parts of a table: of several such batches, each core writes one.
_PART = 122_880


Row = tuple[object, ...]


def write_rows(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    """Append `rows` (tuples in the order of the table's columns) to `table`."""
    names = list(table.c.keys())
    for batch in _batches(rows):
        if connection.dialect.name == "duckdb":
            columns = zip(*batch, strict=True)
            _append(connection, table, pa.table(dict(zip(names, map(list, columns), strict=True))))
        else:
            connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in batch])


def write_objects(connection: Connection, table: Table, objects: Iterable[object]) -> None:
    """Append objects whose attributes are named as the table's columns."""
    read = attrgetter(*table.c.keys())
    write_rows(connection, table, (read(one) for one in objects))


def write_tables(connection: Connection, table: Table, given: Iterable[pa.Table]) -> None:
    """Append Arrow tables whose columns are named as the table's."""
    rows = pa.concat_tables(given)
    if connection.dialect.name == "duckdb":
        _append(connection, table, rows)
    else:
        connection.execute(table.insert(), rows.to_pylist())


def _append(connection: Connection, table: Table, rows: pa.Table) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    batches = rows.to_batches(max_chunksize=_PART)
    raw.register("rows_to_write", pa.RecordBatchReader.from_batches(rows.schema, batches))
    try:
        names = ", ".join(f'"{name}"' for name in rows.column_names)
        raw.execute(f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM rows_to_write')
    finally:
        raw.unregister("rows_to_write")


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(itertools.islice(remaining, _BATCH)):
        yield batch
