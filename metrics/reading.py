"""Reading the answer of a statement by column.

Owns `read_columns`. DuckDB hands an Arrow table over as it is; the rows of any other database are put
into one. Called by `curves`, `found` and `received`. Imports nothing of ours.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import CompoundSelect, Connection, Select


def read_columns(connection: Connection, statement: Select[Any] | CompoundSelect[Any]) -> pa.Table:
    """The columns that a statement selects, under their names."""
    result: Any = connection.execute(statement, execution_options={"duckdb_arrow": True})
    if connection.dialect.name == "duckdb":
        return result.arrow
    return pa.Table.from_pylist([dict(row) for row in result.mappings()])
