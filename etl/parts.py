"""Parts: the rows of a snapshot may lie in the files of older snapshots, which it rests on.

Owns `resting_on`, which finds what a new snapshot can rest on, `rest`, which makes it do so, what
attaches the files of a snapshot (`attach`, `attach_rested`, `rests_on`), and what changes rows wherever
they lie (`own`, `bury`, `bring`). Called by `snapshots`, `snapshot_file`, and by all that write
records. May import `datasets`.

A load that adds a few rows to millions copies none of these. The tables that grow are then views: over
the files of older snapshots, into which nothing is ever written, and over the schema `own`, which
holds what is new. A row of an older file that is no longer true is buried: its number is written down.
Rows have numbers, `rowid`, in the order of loading, in such a view as in a table. Each file that is
rested on has at least twice the rows of all after it together: they stay few, and a row is copied a few
times in its life.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from etl.datasets import datasets

#: Files with fewer rows are copied.
LITTLE = 200_000

#: Of each table that grows its parts in order, with the number of the first row of each; and the
#: numbers of rows that are buried. Both are empty where a snapshot rests on nothing.
TABLES: Mapping[str, Mapping[str, str]] = {
    "parts": {
        "position": "INTEGER", "held": "VARCHAR", "file": "VARCHAR", "schema": "VARCHAR",
        "first_row": "BIGINT",
    },
    "buried": {"held": "VARCHAR", "number": "BIGINT"},
}  # fmt: skip

#: The tables of a snapshot, each with the types of its columns.
Columns = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table in one file, numbered from `first` on. Its file is attached under its own
    name, as all are."""

    table: str
    file: str
    schema: str
    first: int

    @property
    def source(self) -> str:
        """SQL for the table."""
        return f'"{self.file}".{self.schema}.{self.table}'

    @property
    def number(self) -> str:
        """SQL for the number of a row `r`."""
        return f"r.rowid + {self.first}" if self.first else "r.rowid"


@dataclass(frozen=True, slots=True)
class Resting:
    """What a new snapshot takes over from the one `before`: the parts that it rests on, and those that
    it copies."""

    before: Path
    rested: Sequence[Part]
    copied: Sequence[Part]


def growing() -> tuple[str, ...]:
    """The tables whose rows may lie in older files."""
    of_datasets = (table for name in datasets() for table in (name, f"{name}_superseded"))
    return (*of_datasets, "persons", "repeats")


def attach(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path | None = None) -> str:
    """Attach a snapshot, and the files that it rests on, which lie in the same folder or in the one
    that is given; its name."""
    _attach_file(connection, path)
    attach_rested(connection, path, folder)
    return path.stem


def attach_rested(
    connection: duckdb.DuckDBPyConnection, path: Path, folder: Path | None = None
) -> None:
    """Attach the files that a snapshot rests on, which is open or attached itself."""
    for file in rests_on(connection, path.stem):
        _attach_file(connection, (folder or path.parent) / f"{file}.duckdb")


def rests_on(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The names of the other snapshots that one rests on, which is open or attached."""
    return list(dict.fromkeys(part.file for part in _parts(connection, name) if part.file != name))


def resting_on(before: Path, columns: Columns, *, alone: bool = False) -> Resting | None:
    """What a new snapshot can rest on; None if the one before is best copied as it is.

    Nothing is rested on whose columns are not those of today, and nothing if it has to stand `alone`.
    """
    with duckdb.connect() as connection:
        name = attach(connection, before)
        there = _columns(connection, name)
        found = _parts(connection, name)
        parts = found or [Part(table, name, "main", 0) for table in growing() if table in there]
        alike = all(list(there.get(t, {}).items()) == list(columns[t].items()) for t in growing())
        files = list(dict.fromkeys(part.file for part in parts))
        rows = dict.fromkeys(files, 0)
        for part in parts:
            living = _living(name, part) if found else f"FROM {part.source}"
            rows[part.file] += _count(connection, f"SELECT count(*) FROM ({living})")
    kept = 0
    while alike and not alone and kept < len(files):
        if rows[files[kept]] < max(LITTLE, 2 * sum(rows[file] for file in files[kept + 1 :])):
            break
        kept += 1
    if not kept and not found:
        return None
    return Resting(
        before,
        [part for part in parts if part.file in files[:kept]],
        [part for part in parts if part.file in files[kept:]],
    )


def rest(
    connection: duckdb.DuckDBPyConnection, name: str, resting: Resting, without: Collection[str]
) -> None:
    """Fill an empty snapshot, whose name is given, with what it takes over. Tables that do not grow are
    copied, but those `without` which it can do if it rests on anything."""
    before = attach(connection, resting.before)
    connection.execute("BEGIN")  # one step of many, which are synced together
    for table, declared in TABLES.items():
        columns = ", ".join(f"{column} {kind}" for column, kind in declared.items())
        connection.execute(f"CREATE TABLE {table} ({columns})")
    if resting.rested:
        connection.execute("CREATE SCHEMA own")
    there = _columns(connection, before)
    for table in sorted(there.keys() - TABLES.keys()):
        copied = [part for part in resting.copied if part.table == table]
        rested = [part for part in resting.rested if part.table == table]
        columns = ", ".join(there[table])
        rows = " UNION ALL ".join(f"SELECT {columns} FROM ({_living(before, part)})" for part in copied)
        if rested:
            rows = rows or f"FROM {rested[0].source} LIMIT 0"
            connection.execute(f"CREATE TABLE own.{table} AS {rows}")
            first = rested[-1].first + _length(connection, rested[-1])
            _write_parts(connection, [*rested, Part(table, name, "own", first)])
            if _parts(connection, before):
                connection.execute(
                    f'INSERT INTO buried FROM "{before}".buried WHERE held = ? AND number < ?',
                    [table, first],
                )
            _make_view(connection, table)
        elif copied:
            connection.execute(f"CREATE TABLE {table} AS {rows}")
        elif not (resting.rested and table in without):
            connection.execute(f'CREATE TABLE {table} AS FROM "{before}".main.{table}')
    connection.execute("COMMIT")


def own(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The table that holds the rows of this file, and that new ones go into."""
    return f"own.{table}" if _parts_of(connection, table) else table


def bury(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    numbers: str,
    given: Mapping[str, object] | None = None,
) -> int:
    """Take rows out, by a SELECT of their numbers with what it is given; how many."""
    parts = _parts_of(connection, table)
    if not parts:
        return _count(connection, f"DELETE FROM {table} WHERE rowid IN ({numbers})", given)
    _list_numbers(connection, numbers, given)
    first = parts[-1].first
    gone = _count(connection, f"DELETE FROM own.{table} WHERE rowid + {first} IN (FROM numbers)")
    gone += _bury_older(connection, table, first)
    connection.execute("DROP TABLE numbers")
    return gone


def bring(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    numbers: str,
    given: Mapping[str, object] | None = None,
) -> None:
    """Have rows among this file's own, where they can be changed; they get new numbers."""
    parts = _parts_of(connection, table)
    if not parts:
        return
    first = parts[-1].first
    _list_numbers(connection, numbers, given)
    connection.execute("DELETE FROM numbers WHERE number >= ?", [first])
    connection.execute(
        f"INSERT INTO own.{table} SELECT * EXCLUDE (rowid) FROM {table}"
        " WHERE rowid IN (FROM numbers) ORDER BY rowid"
    )
    _bury_older(connection, table, first)
    connection.execute("DROP TABLE numbers")


def _list_numbers(
    connection: duckdb.DuckDBPyConnection, numbers: str, given: Mapping[str, object] | None
) -> None:
    told = f"SELECT DISTINCT number FROM ({numbers}) AS told(number)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE numbers AS {told}", given)


def _write_parts(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    rows = [[n, part.table, part.file, part.schema, part.first] for n, part in enumerate(parts)]
    connection.executemany("INSERT INTO parts VALUES (?, ?, ?, ?, ?)", rows)


def _length(connection: duckdb.DuckDBPyConnection, part: Part) -> int:
    """How many numbers the rows of a part take, those between that are none any more among them."""
    return _count(connection, f"SELECT coalesce(max(rowid) + 1, 0) FROM {part.source}")


def _bury_older(connection: duckdb.DuckDBPyConnection, table: str, first: int) -> int:
    """Bury the rows of older files that are listed in `numbers`; how many."""
    buried = _count(
        connection, f"INSERT INTO buried SELECT '{table}', number FROM numbers WHERE number < {first}"
    )
    if buried:
        _make_view(connection, table)
    return buried


def _make_view(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    parts = _parts_of(connection, table)
    has_buried = _count(connection, f"SELECT count(*) FROM buried WHERE held = '{table}'") > 0
    rows = " UNION ALL ".join(
        _living(parts[-1].file, part)
        if has_buried and part is not parts[-1]
        else f"SELECT {part.number} AS rowid, r.* FROM {part.source} AS r"
        for part in parts
    )
    connection.execute(f"CREATE OR REPLACE VIEW {table} AS {rows}")


def _living(name: str, part: Part) -> str:
    """SQL for the rows of a part, with their numbers, that the snapshot of that name has not buried."""
    return (
        f"SELECT {part.number} AS rowid, r.* FROM {part.source} AS r ANTI JOIN"
        f" (SELECT number FROM \"{name}\".main.buried WHERE held = '{part.table}') AS b"
        f" ON b.number = {part.number}"
    )


def _attach_file(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS \"{path.stem}\" (READ_ONLY)")


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, dict[str, str]]:
    """The tables and views of an attached snapshot, each with its columns but for `rowid`."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ?"
        " AND schema_name = 'main' AND NOT internal ORDER BY table_name, column_index",
        [name],
    ).fetchall():
        if column != "rowid":
            found.setdefault(table, {})[column] = kind
    return found


def _parts(connection: duckdb.DuckDBPyConnection, name: str) -> list[Part]:
    """All parts of an attached snapshot."""
    asked = (
        "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND table_name = 'parts'"
        " AND schema_name = 'main'"
    )
    if connection.execute(asked, [name]).fetchone() is None:
        return []  # of an older version
    rows = connection.execute(
        f'SELECT held, file, schema, first_row FROM "{name}".main.parts ORDER BY held, position'
    ).fetchall()
    return [Part(*row) for row in rows]


def _parts_of(connection: duckdb.DuckDBPyConnection, table: str) -> list[Part]:
    rows = connection.execute(
        "SELECT held, file, schema, first_row FROM parts WHERE held = ? ORDER BY position", [table]
    ).fetchall()
    return [Part(*row) for row in rows]


def _count(
    connection: duckdb.DuckDBPyConnection, statement: str, given: Mapping[str, object] | None = None
) -> int:
    row = connection.execute(statement, given).fetchone()
    assert row is not None  # counts and changes answer with one number
    return int(row[0])
