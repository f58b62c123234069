"""Withdrawal: what a file said is taken back, as if it had never been loaded.

Owns `find_loads`, which finds what a user means by a file, `sheets_of`, `loads_after`, `withdraw`, and
`undo`, which takes back a file that cannot be loaded to its end. The rows of the file go into the
history; what they superseded comes back; a row that another file said too stays, and then comes from
that file. Called by the verbs, by `loading` and to find what a file moved. May import `datasets`,
`errors`, `merging`, `parts`, `settling`, `spelling`, `stillness`, `texts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from etl.datasets import Dataset, datasets
from etl.errors import UnknownNameError
from etl.merging import key_of, same_key
from etl.parts import bring, bury, own
from etl.senders import own_headers
from etl.settling import unsettle
from etl.source_files import SourceFile
from etl.spelling import nearest
from etl.stillness import digest_of
from etl.texts import Text, listed

_TAKEN = "IN (SELECT unnest($loads))"


@dataclass(frozen=True, slots=True)
class LoadedSheet:
    """One sheet of a file that was loaded, and when."""

    load: int
    file: str
    sheet: str
    dataset: str
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What came of the withdrawal of one dataset's sheets: rows that `went`, rows that `came_back`,
    rows that `stayed` since another file said them too."""

    file: str
    sheets: tuple[str, ...]
    dataset: str
    went: int
    came_back: int
    stayed: int


def find_loads(
    connection: duckdb.DuckDBPyConnection,
    file: str,
    *,
    sheet: str | None = None,
    load: int | None = None,
) -> list[LoadedSheet]:
    """The sheets that were loaded of a file: by its content if it is there to be read, else by its
    name. Raises UnknownNameError for a file that was not loaded, or that was withdrawn, for a name
    that several loads had, and for one of several sheets that settled each other's rows.
    """
    found, path = [], Path(file)
    if path.is_file():
        found = _sheets(connection, "sha256 = ?", digest_of(SourceFile.of(path), own_headers(path)))
    # A file of an archive is named with it: archive.zip/folder/file.csv.
    found = found or _sheets(connection, "source_file = ?", file)
    found = found or _sheets(connection, "source_file = ?", path.name)
    if not found:
        names = connection.execute(
            "SELECT DISTINCT source_file FROM loads WHERE withdrawn_at IS NULL ORDER BY 1"
        ).fetchall()
        near = nearest(Path(file).name, (name for (name,) in names))
        raise UnknownNameError(
            Text(f"没有装载过文件“{file}”{near.zh}", f"no file {file!r} is loaded{near.en}")
        )
    if load is not None:
        found = [one for one in found if one.load == load]
    loads = {one.load: one.loaded_at for one in found}
    if len(loads) != 1:
        times = listed(f"{number} ({when:%Y-%m-%d %H:%M})" for number, when in loads.items())
        raise UnknownNameError(
            Text(
                f"“{file}”没有第 {load} 次装载；请核对 --load"
                if not loads
                else f"名为“{file}”的文件装载过多次：{times.zh}；请用 --load 指明是哪一次",
                f"{file!r} was not loaded as number {load}; see to --load"
                if not loads
                else f"several files {file!r} were loaded: {times.en}; say which one with --load",
            )
        )
    return found if sheet is None else _one_sheet(found, sheet)


def sheets_of(connection: duckdb.DuckDBPyConnection, file: str, load: int) -> list[LoadedSheet]:
    """The sheets of a file, by its whole name, that a load brought. Raises UnknownNameError."""
    found = [one for one in _sheets(connection, "source_file = ?", file) if one.load == load]
    if not found:
        raise UnknownNameError(
            Text(f"第 {load} 次装载中没有文件“{file}”", f"load {load} brought no file {file!r}")
        )
    return found


def loads_after(connection: duckdb.DuckDBPyConnection, load: int) -> list[LoadedSheet]:
    """The sheets that were loaded after a load, and are not withdrawn."""
    return _sheets(connection, "load > ?", load)


def _one_sheet(found: list[LoadedSheet], sheet: str) -> list[LoadedSheet]:
    chosen = [one for one in found if one.sheet == sheet]
    if not chosen:
        near = nearest(sheet, (one.sheet for one in found))
        raise UnknownNameError(
            Text(f"没有装载过工作表“{sheet}”{near.zh}", f"no sheet {sheet!r} is loaded{near.en}")
        )
    alike = listed(one.sheet for one in found if one.dataset == chosen[0].dataset)
    if len([one for one in found if one.dataset == chosen[0].dataset]) > 1:
        raise UnknownNameError(
            Text(
                f"工作表 {alike.zh} 属于同一数据集，重复的行已互相核对；请撤回整个文件（不写 --sheet）",
                f"sheets {alike.en} hold one dataset and settled each other's repeated rows; withdraw "
                "the whole file, without --sheet",
            )
        )
    return chosen


def withdraw(connection: duckdb.DuckDBPyConnection, sheets: Sequence[LoadedSheet]) -> list[Withdrawn]:
    """Take back what sheets said; all sheets of a load that hold one dataset go together."""
    found = []
    for name in dict.fromkeys(one.dataset for one in sheets):
        mine = [one for one in sheets if one.dataset == name]
        loads = [one.load for one in mine]
        connection.execute("BEGIN")
        went, came_back, stayed = _Taking(connection, datasets()[name], loads).take_back()
        connection.execute(
            "UPDATE loads SET withdrawn_at = current_localtimestamp()"
            " WHERE dataset = ? AND load IN (SELECT unnest(?))",
            [name, loads],
        )
        # A database is asked for all of its rows again.
        connection.execute("DELETE FROM watermarks WHERE source_file = ?", [mine[0].file])
        connection.execute("COMMIT")
        names = tuple(one.sheet for one in mine if one.sheet)
        found.append(Withdrawn(mine[0].file, names, name, went, came_back, stayed))
    return found


def undo(connection: duckdb.DuckDBPyConnection, load: int) -> None:
    """Take back whatever a load has stored so far, without a trace."""
    connection.execute("BEGIN")
    for name, dataset in datasets().items():
        _Taking(connection, dataset, [load]).take_back()
        history = f"{name}_superseded"
        bury(connection, history, f"SELECT rowid FROM {history} WHERE load = {load}")
    connection.execute("DELETE FROM loads WHERE load = ?", [load])
    about = " UNION ALL ".join(
        f"SELECT person FROM {name}{table} WHERE person IS NOT NULL"
        for name, dataset in datasets().items()
        if dataset.has_person
        for table in ("", "_superseded")
    )
    bury(connection, "persons", f"SELECT rowid FROM persons WHERE person NOT IN ({about})")
    connection.execute("COMMIT")


def _sheets(
    connection: duckdb.DuckDBPyConnection, condition: str, value: str | int
) -> list[LoadedSheet]:
    rows = connection.execute(
        "SELECT load, source_file, source_sheet, dataset, loaded_at FROM loads"
        f" WHERE withdrawn_at IS NULL AND {condition} ORDER BY load",
        [value],
    ).fetchall()
    return [LoadedSheet(*row) for row in rows]


class _Taking:
    """What loads said of one dataset, as it is taken back."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, dataset: Dataset, loads: Sequence[int]
    ) -> None:
        self._connection = connection
        self._dataset = dataset
        self._name, self._history = dataset.name, f"{dataset.name}_superseded"
        self._columns = ", ".join(dataset.columns)
        self._loads = list(loads)
        self._given = {"dataset": dataset.name, "loads": self._loads}

    def take_back(self) -> tuple[int, int, int]:
        """How many rows went, came back and stayed."""
        said = f"dataset = $dataset AND load {_TAKEN}"
        for table in ("rejects", "settled_rejects", "doubts"):
            self._run(f"DELETE FROM {table} WHERE {said}")
        self._bury("repeats", f"SELECT rowid FROM repeats WHERE {said}")
        stayed = self._hand_over()
        went = self._let_go()
        came_back = self._bring_back()
        self._supersede_anew()
        unsettle(self._connection, self._dataset, self._loads)
        for table in ("heirs", "gone", "back", "superseding"):
            self._run(f"DROP TABLE {table}")
        return went, came_back, stayed

    def _hand_over(self) -> int:
        """Who said the same later, and is not taken back, said it first now."""
        self._run(
            f"""
            CREATE OR REPLACE TEMP TABLE heirs AS
            SELECT r.load, r.source_sheet, r.source_row, of_load, of_sheet, of_row, l.source_file
            FROM repeats AS r JOIN loads AS l ON l.load = r.load AND l.source_sheet = r.source_sheet
            WHERE r.dataset = $dataset AND r.of_load {_TAKEN}
            QUALIFY row_number() OVER (PARTITION BY of_load, of_sheet, of_row
                ORDER BY r.load, r.source_sheet, r.source_row) = 1
            """
        )
        is_heirs = "of_load = t.load AND of_sheet = t.source_sheet AND of_row = t.source_row"
        inherited = (
            "SET load = h.load, source_file = h.source_file, source_sheet = h.source_sheet,"
            f" source_row = h.source_row FROM heirs AS h WHERE {is_heirs}"
        )
        for table in (self._name, self._history):
            self._bring(table, f"SELECT t.rowid FROM {table} AS t JOIN heirs ON {is_heirs}")
        stayed = self._run(f"UPDATE {self._own(self._name)} AS t {inherited}")
        self._run(f"UPDATE {self._own(self._history)} AS t {inherited} AND t.withdrawn_at IS NULL")
        self._bury(
            "repeats",
            "SELECT r.rowid FROM repeats AS r JOIN heirs AS h ON r.dataset = $dataset"
            " AND r.load = h.load AND r.source_sheet = h.source_sheet AND r.source_row = h.source_row",
        )
        repeated = (
            "r.dataset = $dataset"
            " AND r.of_load = h.of_load AND r.of_sheet = h.of_sheet AND r.of_row = h.of_row"
        )
        self._bring("repeats", f"SELECT r.rowid FROM repeats AS r JOIN heirs AS h ON {repeated}")
        self._run(
            f"UPDATE {self._own('repeats')} AS r SET of_load = h.load, of_sheet = h.source_sheet,"
            f" of_row = h.source_row FROM heirs AS h WHERE {repeated}"
        )
        return stayed

    def _let_go(self) -> int:
        """The rows go into the history; `gone` has their keys."""
        now = "current_localtimestamp()"
        left = f"load {_TAKEN} AND withdrawn_at IS NULL"
        self._bring(self._history, f"SELECT rowid FROM {self._history} WHERE {left}")
        self._run(f"UPDATE {self._own(self._history)} SET withdrawn_at = {now} WHERE {left}")
        parts = enumerate(key_of(self._dataset, "t"))
        keys = ", ".join(f"{part} AS k{number}" for number, part in parts)
        rows = f"FROM {self._name} AS t WHERE load {_TAKEN}"
        self._run(f"CREATE OR REPLACE TEMP TABLE gone AS SELECT {keys} {rows}")
        self._run(f"INSERT INTO {self._own(self._history)} SELECT {self._columns}, NULL, {now} {rows}")
        return self._bury(self._name, f"SELECT t.rowid {rows}")

    def _bring_back(self) -> int:
        """Of each key that is gone, the newest row that is left comes back."""
        key = key_of(self._dataset, "t")
        is_gone = " AND ".join(f"{part} = k{number}" for number, part in enumerate(key))
        self._run(
            f"CREATE OR REPLACE TEMP TABLE back AS SELECT t.rowid AS number"
            f" FROM {self._history} AS t JOIN gone ON {is_gone} WHERE t.withdrawn_at IS NULL"
            f" QUALIFY row_number() OVER (PARTITION BY {', '.join(key)}"
            " ORDER BY coalesce(t.load, 0) DESC) = 1"
        )
        came_back = self._run(
            f"INSERT INTO {self._own(self._name)} SELECT {self._columns} FROM {self._history}"
            " WHERE rowid IN (FROM back)"
        )
        self._bury(self._history, "FROM back")
        return came_back

    def _supersede_anew(self) -> None:
        """What a row that is gone had superseded, and is not back, is superseded by the next one."""
        newer = f"{same_key(self._dataset, 'old', 'new')} AND coalesce(old.load, 0) < new.load"
        left = f"withdrawn_at IS NULL AND superseded_by {_TAKEN}"
        self._bring(self._history, f"SELECT rowid FROM {self._history} WHERE {left}")
        self._run(
            f"""
            CREATE OR REPLACE TEMP TABLE superseding AS
            SELECT old.rowid AS number, min(new.load) AS load
            FROM {self._own(self._history)} AS old JOIN (
                SELECT {self._columns} FROM {self._name} UNION ALL
                SELECT {self._columns} FROM {self._history} WHERE withdrawn_at IS NULL
            ) AS new ON {newer}
            WHERE old.withdrawn_at IS NULL AND old.superseded_by {_TAKEN} GROUP BY old.rowid
            """
        )
        self._run(
            f"UPDATE {self._own(self._history)} AS t SET superseded_by = s.load FROM superseding AS s"
            " WHERE t.rowid = s.number"
        )

    def _own(self, table: str) -> str:
        return own(self._connection, table)

    def _bring(self, table: str, numbers: str) -> None:
        bring(self._connection, table, numbers, self._asked(numbers))

    def _bury(self, table: str, numbers: str) -> int:
        return bury(self._connection, table, numbers, self._asked(numbers))

    def _run(self, statement: str) -> int:
        """Run a statement with what it asks for; how many rows it changed."""
        row = self._connection.execute(statement, self._asked(statement)).fetchone()
        return int(row[0]) if row is not None else 0

    def _asked(self, statement: str) -> dict[str, object]:
        return {key: value for key, value in self._given.items() if f"${key}" in statement}
