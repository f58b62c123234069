"""Merging: what a file says into what is known, row by row of the same key.

Owns `Incoming`. The same row again changes nothing; another row of the same key supersedes the old
one, which is kept as history. A key is unique in its city, since two cities number their records
alike. Of a row that says the same again it is kept that it did (`repeats`): if the file that said it
first is withdrawn, it still holds. Later means loaded later. Called by `loading`; `withdrawal` undoes
it. May import `datasets`, `parts`, `settling`, `texts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from etl import parts
from etl.datasets import LINEAGE, Dataset
from etl.settling import key_text
from etl.texts import Text

#: Marks that stand where a row's number will, of rows that are not kept: one that breaks a rule, one
#: without anything in it, one that is no record.
BAD, BLANK, FOOTER = -1, -2, -3


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the good rows of a sheet."""

    loaded: int
    unchanged: int
    superseded: int


@dataclass(frozen=True, slots=True)
class Repeated:
    """A row that repeats a key of its file, and where the key was used first; no `first_sheet`: in
    the same one. `same`: with the same content. `key`: as `settling` writes it."""

    source_row: int
    first_row: int
    first_sheet: str | None
    same: bool
    key: str

    @property
    def where(self) -> Text:
        """The place of the first row, in words."""
        if self.first_sheet is None:
            return Text(f"第 {self.first_row} 行", f"row {self.first_row}")
        return Text(
            f"工作表“{self.first_sheet}”第 {self.first_row} 行",
            f"row {self.first_row} of sheet {self.first_sheet!r}",
        )


def key_of(dataset: Dataset, rows: str) -> list[str]:
    """SQL for what the key of rows is made of: the city too if no place is among it."""
    key = [f"{rows}.{column}" for column in dataset.key]
    return key if "place" in dataset.key else [*key, f"substr({rows}.place, 1, 4)"]


def same_key(dataset: Dataset, left: str, right: str) -> str:
    """SQL for whether two rows have one key."""
    pairs = zip(key_of(dataset, left), key_of(dataset, right), strict=True)
    return " AND ".join(f"{one} = {other}" for one, other in pairs)


def forget_sheets(connection: duckdb.DuckDBPyConnection) -> None:
    """End a file: the next one may repeat its keys, and then supersedes."""
    connection.execute("DROP TABLE IF EXISTS earlier_sheets")


class Incoming:
    """The good rows of one sheet, in `table`: the first file of a dataset goes straight into its
    own. `sheet` is the sheet's name if other sheets of its file may repeat its keys."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, dataset: Dataset, sheet: str | None = None
    ) -> None:
        self._connection = connection
        self._dataset = dataset
        self._sheet = sheet
        self._straight = self._count(f"SELECT count(*) FROM {dataset.name}") == 0
        self.table = parts.own(connection, dataset.name) if self._straight else "incoming"
        if not self._straight:
            columns = ", ".join(f"{name} {kind}" for name, kind in dataset.columns.items())
            connection.execute(f"CREATE OR REPLACE TEMP TABLE incoming ({columns})")
        self._added = 0

    def append(self, rows: str) -> None:
        """Add the rows of a SELECT with the dataset's columns, in the order of the file.

        `source_row` comes as a mark: 0 for a row to keep, or one of those above.
        """
        self._added = self._count(f"INSERT INTO {self.table} {rows}")

    def number_rows(
        self, first_row: int, first_keys: Sequence[str]
    ) -> tuple[list[int], int, list[int]]:
        """Give each row its number in the file and take the marked ones out.

        Returns the numbers of the bad ones, how many were blank, and the numbers of those that are no
        records.

        DuckDB's own numbers of rows give them, since rows were inserted in order: `first_keys`, the
        keys of the first rows of the file, prove it.
        """
        span = f"SELECT min(rowid), max(rowid) - min(rowid) + 1 FROM {self.table}"
        base, length = self._connection.execute(span).fetchone() or (None, None)
        if self._added and length != self._added:
            raise RuntimeError(f"{self._dataset.name}: rows were not numbered in one go")
        key = self._dataset.key[0]
        proof = self._connection.execute(
            f"SELECT coalesce({key}, ''), source_row < 0 FROM {self.table}"
            f" WHERE rowid < {(base or 0) + len(first_keys)} ORDER BY rowid"
        ).fetchall()
        pairs = zip(proof, first_keys, strict=False)
        moved = any(found != first and not marked for (found, marked), first in pairs)
        if moved or len(proof) != len(first_keys):
            raise RuntimeError(f"{self._dataset.name}: rows did not keep the order of the file")
        first = first_row - (base or 0)
        marked = self._connection.execute(
            f"SELECT source_row, rowid + {first} FROM {self.table} WHERE source_row < 0 ORDER BY rowid"
        ).fetchall()
        self._connection.execute(
            f"UPDATE {self.table} SET source_row = CASE WHEN source_row < 0 THEN source_row"
            f" ELSE rowid + {first} END"
        )
        self._connection.execute(f"DELETE FROM {self.table} WHERE source_row < 0")
        bad = [row for mark, row in marked if mark == BAD]
        footers = [row for mark, row in marked if mark == FOOTER]
        return bad, len(marked) - len(bad) - len(footers), footers

    def merge(self, load: int) -> Counts:
        """Bring the rows into the dataset's table."""
        if self._straight:
            return Counts(self._count(f"SELECT count(*) FROM {self.table}"), 0, 0)
        name, history = self._dataset.name, f"{self._dataset.name}_superseded"
        columns = ", ".join(self._dataset.columns)
        self._meet()
        # Rows of an older version do not know their load: they give way to those that say them again.
        unchanged = self._count("SELECT count(*) FROM met WHERE NOT differs")
        self._count(
            "DELETE FROM incoming WHERE rowid IN"
            " (SELECT new_row FROM met WHERE NOT differs AND of_load IS NOT NULL)"
        )
        superseded = self._count(
            f"INSERT INTO {parts.own(self._connection, history)} SELECT {columns}, {load}, NULL"
            f" FROM {name} WHERE rowid IN (SELECT old_row FROM met WHERE differs)"
        )
        replaced = "SELECT old_row FROM met WHERE differs OR of_load IS NULL"
        gone = 0
        if self._count(f"SELECT count(*) FROM ({replaced})"):
            gone = parts.bury(self._connection, name, replaced)
        self._connection.execute("DROP TABLE met")
        taken = self._count(f"INSERT INTO {parts.own(self._connection, name)} SELECT * FROM incoming")
        self._connection.execute("DROP TABLE incoming")
        return Counts(taken - gone, unchanged, superseded)

    def _meet(self) -> None:
        """Find the rows whose key is known (`met`), and write down which of them say nothing new."""
        name = self._dataset.name
        content = [column for column in self._dataset.columns if column not in LINEAGE]
        differs = " OR ".join(f"old.{c} IS DISTINCT FROM new.{c}" for c in content)
        said = "new.load, new.source_sheet, new.source_row"
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE met AS SELECT new.rowid AS new_row, old.rowid AS old_row,"
            f" {differs} AS differs, {said}, old.load AS of_load, old.source_sheet AS of_sheet,"
            f" old.source_row AS of_row FROM {name} AS old"
            f" JOIN incoming AS new ON {same_key(self._dataset, 'old', 'new')}"
        )
        self._connection.execute(
            f"INSERT INTO {parts.own(self._connection, 'repeats')}"
            f" SELECT '{name}', * EXCLUDE (new_row, old_row, differs) FROM met"
            " WHERE NOT differs AND of_load IS NOT NULL"
        )

    def drop_repeated(self) -> tuple[int, list[Repeated]]:
        """Drop rows that repeat a key of their file: how many had the same content, and those that had
        another."""
        found = self._repeated_here()
        if self._sheet is not None:
            found += self._repeated_in_earlier_sheets()
        rows = sorted({row.source_row for row in found})
        if rows:
            self._connection.execute(
                f"DELETE FROM {self.table} WHERE source_row IN (SELECT unnest(?))", [rows]
            )
        if self._sheet is not None:
            self._connection.execute(
                f"INSERT INTO earlier_sheets SELECT '{self._dataset.name}', hash({self._key}),"
                f" hash({self._content}), ?, source_row FROM {self.table} AS t",
                [self._sheet],
            )
        other = {row.source_row: row for row in reversed(found) if not row.same}
        return len(rows) - len(other), [other[row] for row in sorted(other)]

    def _repeated_here(self) -> list[Repeated]:
        if self._all_distinct():
            return []
        found = self._connection.execute(
            f"""
            SELECT source_row, first_row, same, key FROM (
                SELECT t.source_row, min(t.source_row) OVER keyed AS first_row,
                    {key_text(self._dataset, "t.")} AS key,
                    hash({self._content}) = first_value(hash({self._content})) OVER (
                        keyed ORDER BY t.source_row) AS same
                FROM {self.table} AS t WINDOW keyed AS (PARTITION BY {self._key}))
            WHERE source_row <> first_row ORDER BY source_row
            """
        ).fetchall()
        return [Repeated(row, first, None, same, key) for row, first, same, key in found]

    def _all_distinct(self) -> bool:
        """Whether one cheap look shows that no key is repeated; if not, some may be."""
        rows = self._count(f"SELECT count(*) FROM {self.table}")
        # Most systems number upwards: where each number is above the one before, none is there twice,
        # and no table of all of them is needed to see it.
        number = self._dataset.key[0]
        rising = f"SELECT {number} > lag({number}) OVER () AS rises FROM {self.table}"
        if rows == 1 + self._count(f"SELECT count(*) FROM ({rising}) WHERE rises"):
            return True
        # Different keys almost always have different hashes. Those of what was written are enough,
        # where two cities do not number alike.
        written = ", ".join(self._dataset.key)
        return rows == self._count(f"SELECT count(DISTINCT hash({written})) FROM {self.table}")

    def _repeated_in_earlier_sheets(self) -> list[Repeated]:
        self._connection.execute(
            "CREATE TEMP TABLE IF NOT EXISTS earlier_sheets"
            " (dataset VARCHAR, key UBIGINT, content UBIGINT, sheet VARCHAR, source_row BIGINT)"
        )
        found = self._connection.execute(
            "SELECT t.source_row, first.source_row, first.sheet,"
            f" first.content = hash({self._content}), {key_text(self._dataset, 't.')}"
            f" FROM {self.table} AS t JOIN earlier_sheets AS first"
            f" ON first.dataset = '{self._dataset.name}' AND first.key = hash({self._key})"
            " ORDER BY 1"
        ).fetchall()
        return [Repeated(*row) for row in found]

    @property
    def _key(self) -> str:
        return ", ".join(key_of(self._dataset, "t"))

    @property
    def _content(self) -> str:
        return ", ".join(f"t.{column}" for column in self._dataset.columns if column not in LINEAGE)

    def _count(self, statement: str) -> int:
        row = self._connection.execute(statement).fetchone()
        assert row is not None  # counts and changes answer with one number
        return int(row[0])
