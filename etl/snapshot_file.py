"""A snapshot file: what one DuckDB file must hold to be published, and how it is opened.

Owns `Snapshot`, the tables that a load writes, what a snapshot of an older version lacks, the check
before publishing, and `open_snapshot`. Called by `snapshots`. May import `datasets`, `errors`,
`foreign_words`, `parts`, `texts`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
from sqlalchemy import Engine, create_engine, event, text

from etl import parts
from etl.datasets import datasets, record_datasets
from etl.errors import OutdatedError, SnapshotError
from etl.foreign_words import first_line
from etl.texts import Text, listed

#: The memory that a process has for reading a snapshot: for what pages ask by far enough, and for
#: sorting millions of rows as much as it takes to spill them in large pieces.
READING_MEMORY = "1GB"

_REJECTS: Mapping[str, str] = {
    "load": "BIGINT", "dataset": "VARCHAR", "source_file": "VARCHAR", "source_sheet": "VARCHAR",
    "source_row": "BIGINT", "field": "VARCHAR", "header": "VARCHAR", "value": "VARCHAR",
    "reason_zh": "VARCHAR", "reason_en": "VARCHAR", "remedy_zh": "VARCHAR",
    "remedy_en": "VARCHAR", "original": "VARCHAR", "key": "VARCHAR",
}  # fmt: skip

_FIXED: Mapping[str, Mapping[str, str]] = {
    "persons": {"person": "BIGINT", "hash": "VARCHAR"},
    "loads": {
        "load": "BIGINT", "loaded_at": "TIMESTAMP", "source_file": "VARCHAR",
        "source_sheet": "VARCHAR", "sha256": "VARCHAR", "dataset": "VARCHAR", "area": "VARCHAR",
        "rows_read": "BIGINT", "loaded": "BIGINT", "unchanged": "BIGINT", "superseded": "BIGINT",
        "rejected": "BIGINT", "left_out": "BIGINT", "withdrawn_at": "TIMESTAMP",
    },
    "repeats": {
        "dataset": "VARCHAR", "load": "BIGINT", "source_sheet": "VARCHAR", "source_row": "BIGINT",
        "of_load": "BIGINT", "of_sheet": "VARCHAR", "of_row": "BIGINT",
    },
    "rejects": _REJECTS,
    "settled_rejects": {**_REJECTS, "settled_by": "BIGINT"},
    "watermarks": {
        "source_file": "VARCHAR", "asked": "VARCHAR", "watermark": "VARCHAR", "kind": "VARCHAR",
        "value": "VARCHAR", "load": "BIGINT",
    },
    "doubts": {
        "load": "BIGINT", "dataset": "VARCHAR", "kind": "VARCHAR", "key": "VARCHAR",
        "source_file": "VARCHAR", "source_sheet": "VARCHAR", "source_row": "BIGINT",
    },
    "snapshot": {"key": "VARCHAR", "value": "VARCHAR"},
    **parts.TABLES,
}  # fmt: skip

#: Newer files pack texts in one go: less to write, and a third sooner.
STORAGE = "v1.4.0"
_STORED = f"STORAGE_VERSION '{STORAGE}'"

#: What else a published snapshot must have, and which of it must not be empty.
_COMPUTED = ("changes", "places", "place_ancestors", "targets", "progress")
_NEVER_EMPTY = frozenset({"places", "place_ancestors", "targets", "progress"})

#: Why a row is history: which load said otherwise, or when its file was withdrawn.
HISTORY = {"superseded_by": "BIGINT", "withdrawn_at": "TIMESTAMP"}

#: Held while a connection is kept from all but its snapshot, which is done once for all of a process.
_LOCKING = threading.Lock()

#: Tables, each with columns: what a reader asks of a snapshot.
Reads = Mapping[str, Collection[str]]

_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM duckdb_columns()"
    " WHERE database_name = current_database() AND schema_name = 'main' AND column_name <> 'rowid'"
    " ORDER BY table_name, column_index"
)


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
        declared[f"{name}_superseded"] = {**dataset.columns, **HISTORY}
    return {**declared, **_FIXED}


def prepare_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that a load writes; bring those of an older version to today's columns.

    A column that is declared now and was not then is empty for the old rows, until their files and
    databases are loaded again: that these were loaded before is forgotten. A column that is declared no
    more is dropped (older snapshots keep it). Raises SnapshotError.
    """
    there = _columns(connection.execute(_COLUMNS).fetchall())
    lacking, grown = [], []
    for table, columns in tables().items():
        if table not in there:
            declared = ", ".join(
                f"{_quoted(name)} {kind}{_packed(table, name)}" for name, kind in columns.items()
            )
            lacking.append(f"CREATE TABLE {table} ({declared})")
        elif list(there[table].items()) != list(columns.items()):
            _convert(connection, table, columns, there[table])
            if table in datasets() and not columns.keys() <= there[table].keys():
                grown.append(table)
    # All at once: each by itself would be waited for until it is on disk.
    connection.execute("; ".join(["BEGIN", *lacking, "COMMIT"]))
    if not grown:
        return
    connection.execute("UPDATE loads SET sha256 = NULL WHERE dataset IN (SELECT unnest(?))", [grown])
    connection.execute(
        "DELETE FROM watermarks WHERE load IN"
        " (SELECT load FROM loads WHERE dataset IN (SELECT unnest(?)))",
        [grown],
    )


def _packed(table: str, column: str) -> str:
    """SQL for how a column of a new table is packed, where DuckDB is told so: texts that are all
    different have no dictionary, and looking for one takes twice as long as packing them. Copies of
    older rows, made of what is there, are packed as DuckDB thinks best."""
    key = datasets()[table].key if table in datasets() else ("hash",) if table == "persons" else ()
    return " USING COMPRESSION zstd" if key == (column,) else ""


def lacking_in(path: Path, reads: Reads) -> list[str]:
    """The tables, and the columns as `table.column`, that a snapshot lacks of those read."""
    with glance(path) as connection:
        return _lacking(_columns(connection.execute(_COLUMNS).fetchall()), reads)


def rests_on(path: Path) -> list[Path]:
    """The files that a snapshot rests on."""
    with glance(path) as connection:
        return [path.with_stem(name) for name in parts.rests_on(connection, path.stem)]


def check_snapshot(path: Path, reads: Reads, folder: Path | None = None) -> None:
    """Raises SnapshotError unless the file has all that readers rely on. What it rests on lies in its
    folder, or in the one that is given.

    A file that this process still has open for writing cannot be opened for the check either.
    """
    try:
        with glance(path, folder) as connection:
            there = _columns(connection.execute(_COLUMNS).fetchall())
            missing = _lacking(there, {**dict.fromkeys(_COMPUTED, ()), **reads})
            counted = {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()
                for table in sorted(_NEVER_EMPTY & there.keys())
            }
    except duckdb.Error as error:
        raise SnapshotError(
            Text(
                f"{path.name}：无法打开（{first_line(error)}）；请重新装载",
                f"{path.name}: cannot be opened ({first_line(error)}); load again",
            )
        ) from error
    if missing:
        raise _outdated(path, missing)
    empty = listed(table for table, count in counted.items() if count == (0,))
    if empty.zh:
        raise SnapshotError(
            Text(
                f"{path.name}：表 {empty.zh} 是空的；请重新装载",
                f"{path.name}: table {empty.en} is empty; load again",
            )
        )


def write_anew(path: Path) -> None:
    """Copy a closed snapshot into a file without what its free blocks still hold, in its place."""
    anew = path.with_suffix(".anew")
    with duckdb.connect() as connection:
        for file, name, options in ((path, "before", "READ_ONLY"), (anew, "anew", _STORED)):
            quoted = str(file).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {name} ({options})")
        connection.execute("COPY FROM DATABASE before TO anew")
    anew.replace(path)


def describe_snapshot(path: Path, *, published: bool) -> Snapshot:
    """What a snapshot file says of itself. Raises SnapshotError if it cannot be read."""
    try:
        with glance(path) as connection:
            facts = dict(connection.execute("SELECT key, value FROM snapshot").fetchall())
            there = _columns(connection.execute(_COLUMNS).fetchall())
            records = 0
            for name in record_datasets().keys() & there.keys():  # an older version had fewer
                counted = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
                records += counted[0] if counted is not None else 0
        created_at = datetime.fromisoformat(facts["created_at"])
    except (duckdb.Error, KeyError) as error:
        raise SnapshotError(
            Text(
                f"{path}：不能作为快照读取（{first_line(error)}）；"
                "请删除它，或发布另一个快照：milepost rollback 编号",
                f"{path}: cannot be read as a snapshot ({first_line(error)}); remove it, or publish"
                " another one with: milepost rollback ID",
            )
        ) from error
    return Snapshot(
        id=path.stem,
        path=path,
        created_at=created_at,
        demo=facts.get("demo") == "true",
        records=records,
        published=published,
    )


def open_snapshot(path: Path, reads: Reads, *, threads: int = 2) -> Engine:
    """A read-only engine on a snapshot that can reach no file but its own and those that it rests on,
    and no network.

    All engines of one process on one file must have the same `threads`. Its first connection stays in
    the pool and holds the files, even if they are pruned. What `READING_MEMORY` does not hold is
    spilled beside the file, by each process into a folder of its own. Raises OutdatedError for a
    snapshot that lacks any of what is read, DBAPIError for a file that cannot be opened.
    """
    limits = {"memory_limit": READING_MEMORY, "temp_directory": f"{path}.{os.getpid()}.tmp"}
    engine = create_engine(
        f"duckdb:///{path}",
        connect_args={"read_only": True, "config": {"threads": threads, **limits}},
        pool_size=16,
        max_overflow=16,
    )
    event.listen(engine, "connect", partial(_lock_down, path))
    with engine.connect() as connection:
        rows = [(row[0], row[1], row[2]) for row in connection.execute(text(_COLUMNS))]
    missing = _lacking(_columns(rows), reads)
    if missing:
        engine.dispose()
        raise _outdated(path, missing)
    return engine


def _lock_down(path: Path, connection: duckdb.DuckDBPyConnection, _: object) -> None:
    """Attach what a snapshot rests on, and nothing ever after."""
    with _LOCKING:
        if connection.execute("SELECT current_setting('lock_configuration')").fetchone() == (False,):
            parts.attach_rested(connection, path)
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")


def _columns(rows: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, str]]:
    """The columns of each table with their types, in order."""
    there: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        there.setdefault(table, {})[column] = kind
    return there


def _lacking(there: Mapping[str, Collection[str]], reads: Reads) -> list[str]:
    found = []
    for table, columns in reads.items():
        if table not in there:
            found.append(table)
        else:
            found += [f"{table}.{column}" for column in columns if column not in there[table]]
    return found


def _outdated(path: Path, missing: Collection[str]) -> OutdatedError:
    names = listed(missing)
    return OutdatedError(
        Text(
            f"快照 {path.stem} 由另一版本的 Milepost 生成，缺少本版需要的表或列（{names.zh}）；"
            "请重新装载全部文件：milepost load 文件夹（已有记录会带入新快照）",
            f"snapshot {path.stem} is of another version of Milepost: no table or column {names.en}; "
            "load again all files: milepost load FOLDER (its records are carried over)",
        )
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
            Text(
                f"当前快照的表 {table} 无法转换为现在声明的列（{first_line(error)}）；"
                "请移走仓库文件夹 warehouse，把全部文件重新装载到空仓库",
                f"the published snapshot's table {table} cannot be brought to the declared columns: "
                f"{first_line(error)}; load all files anew into an empty warehouse",
            )
        ) from error


def _quoted(name: str) -> str:
    return f'"{name}"'


@contextmanager
def glance(path: Path, folder: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to a snapshot, whatever engines of this process have it open. What the
    snapshot rests on lies in its folder, or in the one that is given."""
    with duckdb.connect() as connection:
        connection.execute(f'USE "{parts.attach(connection, path, folder)}"')
        yield connection
