"""Reading the answer of a statement by column.

Owns `read_columns` and `stream_columns`. DuckDB hands an Arrow table over as it is; the rows of any
other database are put into one. Called by `curves`, `found`, `received` and `table_rows`. Imports
nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from sqlalchemy import CompoundSelect, Connection, Select


def read_columns(connection: Connection, statement: Select[Any] | CompoundSelect[Any]) -> pa.Table:
    """The columns that a statement selects, under their names."""
    result: Any = connection.execute(statement, execution_options={"duckdb_arrow": True})
    if connection.dialect.name == "duckdb":
        return result.arrow
    return pa.Table.from_pylist([dict(row) for row in result.mappings()])


def stream_columns(
    connection: Connection, statement: Select[Any], rows: int
) -> Iterator[pa.RecordBatch]:
    """The same in batches of at most `rows` rows, of which one is held at a time. Until the last, or
    until it is closed, nothing else can be asked by the connection."""
    if connection.dialect.name != "duckdb":
        yield from read_columns(connection, statement).to_batches(rows)
        return
    result: Any = connection.execute(statement, execution_options={"duckdb_arrow": True})
    with result.batches(rows) as batches:
        yield from batches
