"""Browsing: the rows that a question wants, a page at a time or all of them in batches.

Owns `Listing`. Called by the pages, the downloads and the interface for programs. May import
`questions`, `known`, `remembered`, `table_rows`.

A page far from both ends is found by counting how many rows have each value of the column that is
sorted by, if there are few values, so that only rows of the values on the page are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, func, select

from metrics.known import check_known
from metrics.questions import Question, condition_of
from metrics.remembered import Remembered
from metrics.table_rows import NEAR, Rows

#: Of more values than these it is not counted how many rows have each.
FEW_VALUES = 100_000

#: The type of a column in Arrow.
ARROW: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(), "BIGINT": pa.int64(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(),
    "DATE": pa.date32(), "TIMESTAMP": pa.timestamp("us"), "BOOLEAN": pa.bool_(),
}  # fmt: skip

_counts = Remembered[int](1024)
_occurrences = Remembered[list[tuple[Any, int]]](8)


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows of one table of a snapshot that a question wants. `snapshot` is the id of the snapshot
    that `connection` is open on. Raises UnknownNameError for a place that nothing knows."""

    connection: Connection
    question: Question
    snapshot: str

    @property
    def total(self) -> int:
        """How many rows the table has."""
        return self._count(Question(self.question.table))

    @property
    def matched(self) -> int:
        """How many of them the question wants."""
        return self._count(self.question)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the answer and their types."""
        return pa.schema([(one.name, ARROW[one.kind]) for one in self.question.shown])

    def page(self, first: int, rows: int) -> list[tuple[object, ...]]:
        """Up to `rows` rows from the one numbered `first` on, counted from 0."""
        found = self._page(first, min(rows, self.matched - first)).to_pydict()
        return list(zip(*found.values(), strict=True))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, a batch at a time, so that no more than one is held."""
        yield from self._rows.batches(self._order)

    @property
    def _rows(self) -> Rows:
        for name, value in self.question.filters:
            if name.endswith(".within"):
                check_known(self.connection, None, None, value)
        columns = {one.name: one.expression for one in self.question.shown}
        table, condition = self.question.browsed.table, condition_of(self.question)
        return Rows(self.connection, table, condition, columns, self.schema)

    @property
    def _order(self) -> list[tuple[Any, bool]]:
        column = self.question.sorted_by
        return [] if column is None else [(column.expression, self.question.descending)]

    def _count(self, question: Question) -> int:
        bare = question.but(sort="", columns=())
        listing = Listing(self.connection, bare, self.snapshot)
        return _counts.of((self.snapshot, bare), lambda: listing._rows.count())

    def _page(self, first: int, rows: int) -> pa.Table:
        if rows <= 0:
            return self.schema.empty_table()
        if not self._order:
            return self._rows.in_turn(first, rows)
        if first >= NEAR and self._values() <= FEW_VALUES:
            return self._counted(first, rows)
        after = self.matched - first - rows
        if first <= after:
            return self._rows.read(self._rows.least(self._order, first, rows))
        return self._rows.read(self._rows.least(self._order, after, rows, backwards=True)[::-1])

    def _values(self) -> int:
        """About how many values the column sorted by has in all of the table."""
        ((column, _),) = self._order
        asked = select(func.approx_count_distinct(column)).select_from(self.question.browsed.table)
        key = (self.snapshot, self.question.table, self.question.sort.removeprefix("-"))
        return _counts.of(key, lambda: int(self.connection.scalar(asked) or 0))

    def _counted(self, first: int, rows: int) -> pa.Table:
        """The same, by how many rows have each value of the column sorted by."""
        ((column, descending),) = self._order

        def count() -> list[tuple[Any, int]]:
            by = column.desc() if descending else column.asc()
            counted = select(column, func.count()).select_from(self.question.browsed.table)
            wanted = counted.where(self._rows.condition).group_by(column).order_by(by.nulls_last())
            return [(value, number) for value, number in self.connection.execute(wanted)]

        found = list[pa.Table]()
        before = 0
        key = (self.snapshot, self.question.but(columns=()))
        for value, number in _occurrences.of(key, count):
            begin = max(first - before, 0)
            if begin < number:
                same = column.is_(None) if value is None else column == value
                found.append(self._rows.in_turn(begin, min(rows, number - begin), same))
                rows -= found[-1].num_rows
            before += number
            if not rows:
                break
        return pa.concat_tables(found)
