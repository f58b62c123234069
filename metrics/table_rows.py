"""The rows of one table that meet a condition, read without ever holding all of them.

Owns `Rows`. Called by `browsing` (what readers ask of a table) and `record_rows` (what is behind a
number). May import `reading`, `tables`.

Of a page in another order than that of loading the numbers of rows are found first, from the columns
that the condition and the order are about; then the rows of these numbers are read. What only DuckDB
has is used here alone: `rowid`, the number of a row in the order of loading; and that rows of one table
which meet a condition come in that order if none is asked for, so that a page of them is read without a
look at the rows after it (DuckDB's documentation, "Order preservation"). It promises this of a scan,
not of a join: where rows of older files are buried, or a condition looks into another table, the order
is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    SelectBase,
    Table,
    and_,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy import column as lightweight_column
from sqlalchemy import table as lightweight
from sqlalchemy.sql.util import ClauseAdapter
from sqlalchemy.sql.visitors import iterate

from metrics.reading import read_columns, stream_columns
from metrics.tables import PERSONS

#: Rows that begin before this one are found by keeping the first ones in mind.
NEAR = 10_000
#: Rows of a stretch of a table.
STRETCH = 122_880
#: Rows of a batch.
BATCH = 50_000

#: The rows of older files that a snapshot no longer has.
_BURIED = lightweight("buried", lightweight_column("held"))
#: What the number of a row is called beside the columns that are asked for.
_NUMBER = "rowid"

#: Columns that rows are sorted by, each with whether the greatest comes first.
Order = Sequence[tuple[ColumnElement[Any], bool]]


def hash_of(table: Any) -> ColumnElement[Any]:
    """The keyed hash of the person of a record, whom the table knows by a number."""
    there = PERSONS.alias()
    return select(there.c.hash).where(there.c.person == table.c.person).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of `table` that meet `condition`; of each, `columns` under their names, as `schema`
    types them."""

    connection: Connection
    table: Table
    condition: ColumnElement[bool]
    columns: Mapping[str, ColumnElement[Any]]
    schema: pa.Schema

    @property
    def number(self) -> ColumnElement[int]:
        """The number of a row."""
        return literal_column(f"{self.table.name}.rowid", BigInteger)

    def count(self) -> int:
        """How many there are."""
        counted = select(func.count()).select_from(self.table).where(self.condition)
        return int(self.connection.scalar(counted) or 0)

    def read(self, numbers: Sequence[int]) -> pa.Table:
        """The rows of these numbers, in this order."""
        asked = literal(list(numbers), ARRAY(BigInteger))
        # Rows of a page often stand near each other: only what lies between them need be gone through.
        first, last = min(numbers, default=0), max(numbers, default=0)
        near = self._between(first, last - first + 1)
        found = self._fetch(self._whole(and_(near, self.number.in_(select(func.unnest(asked))))))
        place = {number: position for position, number in enumerate(sorted(numbers))}
        return found.take(pa.array([place[number] for number in numbers], pa.int64()))

    def in_turn(self, first: int, rows: int, also: ColumnElement[bool] | None = None) -> pa.Table:
        """Up to `rows` rows in the order of loading, from the one at `first` on; `also` is what they
        must meet besides."""
        condition = self.condition if also is None else and_(self.condition, also)
        if not self._scanned(condition):
            return self.read(self._numbers_in_turn(condition, first, rows))
        wanted = self._whole(condition).limit(rows)
        # An offset, even of none, has DuckDB find the numbers of the rows before it reads any.
        return self._fetch(wanted.offset(first) if first else wanted)

    def batches(self, order: Order = ()) -> Iterator[pa.RecordBatch]:
        """All of them, a batch at a time, so that no more than one is held. What does not fit into the
        memory of the snapshot's readers is sorted on disk."""
        if order:
            statement = self._columns().where(self.condition).order_by(*_sorted(order), self.number)
            for batch in stream_columns(self.connection, statement, BATCH):
                yield batch.cast(self.schema)
            return
        last = self.connection.scalar(select(func.max(self.number)).select_from(self.table))
        for begin in range(0, -1 if last is None else last + 1, BATCH):
            chosen = self._whole(and_(self.condition, self._between(begin, BATCH)))
            yield from self._fetch(chosen).to_batches()

    def least(self, order: Order, first: int, rows: int, *, backwards: bool = False) -> list[int]:
        """The numbers of `rows` rows in an order, from the one at `first` on; `backwards`: both counted
        from the end, as is the result. Those without a value come last."""
        wanted = select(self.number).select_from(self.table).where(self.condition)
        statement = wanted.order_by(*_sorted(order, backwards=backwards))
        statement = statement.order_by(self.number.desc() if backwards else self.number)
        return list(self.connection.scalars(statement.limit(rows).offset(first)))

    def _scanned(self, condition: ColumnElement[bool]) -> bool:
        """Whether rows that meet a condition are found by a scan: nothing else is looked into, neither
        by the condition nor for rows of older files that are buried (`etl.parts`)."""
        if any(isinstance(part, SelectBase) for part in iterate(condition)):
            return False
        buried = select(literal(1)).select_from(_BURIED).where(_BURIED.c.held == self.table.name)
        return self.connection.scalar(buried.limit(1)) is None

    def _numbers_in_turn(self, condition: ColumnElement[bool], first: int, rows: int) -> list[int]:
        wanted = select(self.number).select_from(self.table).where(condition)
        if first < NEAR:
            return list(self.connection.scalars(wanted.order_by(self.number).limit(rows).offset(first)))
        stretch = self.number // STRETCH
        counted = wanted.with_only_columns(stretch, func.count()).group_by(stretch).order_by(stretch)
        found: list[int] = []
        before = 0
        for number, count in self.connection.execute(counted):
            if before + count > first + len(found):
                some = wanted.where(self._between(number * STRETCH, STRETCH)).order_by(self.number)
                skipped = max(first - before, 0)
                found += self.connection.scalars(some.limit(rows - len(found)).offset(skipped))
            before += count
            if len(found) == rows:
                break
        return found

    def _between(self, begin: int, length: int) -> ColumnElement[bool]:
        return and_(self.number >= begin, self.number < begin + length)

    def _whole(self, condition: ColumnElement[bool]) -> Select[Any]:
        """The rows that meet a condition, with their numbers and with nothing looked up for them."""
        return select(self.table, self.number.label(_NUMBER)).where(condition)

    def _fetch(self, chosen: Select[Any]) -> pa.Table:
        """The columns of the rows chosen, in the order of loading. What stands in another table is
        looked up for these rows alone."""
        rows = chosen.subquery(self.table.name)
        adapter = ClauseAdapter(rows)
        named = (adapter.traverse(one).label(name) for name, one in self.columns.items())
        found = read_columns(self.connection, select(*named, rows.c[_NUMBER]).select_from(rows))
        return found.sort_by(_NUMBER).drop_columns(_NUMBER).cast(self.schema)

    def _columns(self) -> Select[Any]:
        named = (expression.label(name) for name, expression in self.columns.items())
        return select(*named).select_from(self.table)


def _sorted(order: Order, *, backwards: bool = False) -> Iterator[ColumnElement[Any]]:
    """What to order by; those without a value come last, or `backwards` first."""
    for column, descending in order:
        by = column.desc() if descending != backwards else column.asc()
        yield by.nulls_first() if backwards else by.nulls_last()
