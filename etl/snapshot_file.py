"""A snapshot file: what one DuckDB file must hold to be published, and how it is opened.

Owns `Snapshot`, the tables that a load writes, the check before publishing, and `open_snapshot`.
Called by `snapshots`. May import `datasets`, `errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from sqlalchemy import Engine, create_engine

from etl.datasets import datasets
from etl.errors import SnapshotError

_FIXED: Mapping[str, Mapping[str, str]] = {
    "persons": {"person": "BIGINT", "hash": "VARCHAR"},
    "loads": {
        "load": "BIGINT", "loaded_at": "TIMESTAMP", "source_file": "VARCHAR",
        "source_sheet": "VARCHAR", "sha256": "VARCHAR", "dataset": "VARCHAR", "area": "VARCHAR",
        "rows_read": "BIGINT", "loaded": "BIGINT", "unchanged": "BIGINT", "superseded": "BIGINT",
        "rejected": "BIGINT",
    },
    "rejects": {
        "load": "BIGINT", "dataset": "VARCHAR", "source_file": "VARCHAR", "source_sheet": "VARCHAR",
        "source_row": "BIGINT", "field": "VARCHAR", "header": "VARCHAR", "value": "VARCHAR",
        "reason_zh": "VARCHAR", "reason_en": "VARCHAR", "remedy_zh": "VARCHAR",
        "remedy_en": "VARCHAR", "original": "VARCHAR",
    },
    "snapshot": {"key": "VARCHAR", "value": "VARCHAR"},
}  # fmt: skip

#: What else a published snapshot must have, and which of it must not be empty.
_COMPUTED = ("changes", "places", "place_ancestors", "targets", "progress")
_NEVER_EMPTY = frozenset({"places", "place_ancestors", "targets", "progress"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published file. `demo`: it holds made-up data. `records`: how many of all datasets."""

    id: str
    path: Path
    created_at: datetime
    demo: bool
    records: int
    published: bool = False


def tables() -> dict[str, Mapping[str, str]]:
    """The tables that a load writes, each with its columns and their types in order."""
    declared: dict[str, Mapping[str, str]] = {}
    for name, dataset in datasets().items():
        declared[name] = dataset.columns
        declared[f"{name}_superseded"] = {**dataset.columns, "superseded_by": "BIGINT"}
    return {**declared, **_FIXED}


def prepare_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that a load writes; bring those of an older version to today's columns.

    A column that is declared now and was not then is empty for the old rows; one that is declared no
    more is dropped (older snapshots keep it). Raises SnapshotError.
    """
    there: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE database_name = current_database() ORDER BY table_name, column_index"
    ).fetchall():
        there.setdefault(table, {})[column] = kind
    for table, columns in tables().items():
        if table not in there:
            declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"CREATE TABLE {table} ({declared})")
        elif list(there[table].items()) != list(columns.items()):
            _convert(connection, table, columns, there[table])


def check_snapshot(path: Path) -> None:
    """Raises SnapshotError unless the file has every table that readers rely on.

    A file that this process still has open for writing cannot be opened for the check either.
    """
    try:
        with _glance(path) as connection:
            found = connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
            ).fetchall()
            there = {table for (table,) in found}
            counted = {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()
                for table in sorted(_NEVER_EMPTY & there)
            }
    except duckdb.Error as error:
        raise SnapshotError(f"{path.name}: cannot be opened ({error}); load again") from error
    missing = [table for table in (*tables(), *_COMPUTED) if table not in there]
    if missing:
        raise SnapshotError(f"{path.name}: no table {', '.join(missing)}; load again")
    empty = [table for table, count in counted.items() if count == (0,)]
    if empty:
        raise SnapshotError(f"{path.name}: table {', '.join(empty)} is empty; load again")


def describe_snapshot(path: Path, *, published: bool) -> Snapshot:
    """What a snapshot file says of itself. Raises SnapshotError if it cannot be read."""
    try:
        with _glance(path) as connection:
            facts = dict(connection.execute("SELECT key, value FROM snapshot").fetchall())
            records = 0
            for name in datasets():
                counted = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
                records += counted[0] if counted is not None else 0
        created_at = datetime.fromisoformat(facts["created_at"])
    except (duckdb.Error, KeyError) as error:
        raise SnapshotError(
            f"{path}: cannot be read as a snapshot ({error}); remove it, or publish another one"
            " with: milepost rollback ID"
        ) from error
    return Snapshot(
        id=path.stem,
        path=path,
        created_at=created_at,
        demo=facts.get("demo") == "true",
        records=records,
        published=published,
    )


def open_snapshot(path: Path, *, threads: int = 2) -> Engine:
    """A read-only engine on a snapshot file that can reach no other file and no network.

    All engines of one process on one file must have the same `threads`.
    """
    locked_down = {"enable_external_access": "false", "lock_configuration": "true"}
    return create_engine(
        f"duckdb:///{path}",
        connect_args={"read_only": True, "config": {"threads": threads, **locked_down}},
        pool_size=16,
        max_overflow=16,
    )


def _convert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    there: Mapping[str, str],
) -> None:
    chosen = ", ".join(
        f"CAST({_quoted(name) if name in there else 'NULL'} AS {kind}) AS {_quoted(name)}"
        for name, kind in columns.items()
    )
    try:
        connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {chosen} FROM {table}")
    except duckdb.Error as error:
        raise SnapshotError(
            f"the published snapshot's table {table} cannot be brought to the declared columns: "
            f"{error}; load all files anew into an empty warehouse"
        ) from error


def _quoted(name: str) -> str:
    return f'"{name}"'


@contextmanager
def _glance(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to a snapshot, whatever engines of this process have it open."""
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{quoted}' AS snapshot_file (READ_ONLY)")
        connection.execute("USE snapshot_file")
        yield connection
