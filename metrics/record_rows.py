"""The records behind a number as rows to hand out: all of them, however many, or a page.

Owns `RecordRows`, `record_rows` and `first_records`. The columns are those of all datasets that the
number is made of, after `part` (of the number) and `dataset`. Called by `published`. May import
`browsed`, `browsing` (the types of columns), `catalogue`, `records`, `rows`, `table_rows`, `tables`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, literal, null, select

from metrics.browsed import browsed
from metrics.browsing import ARROW
from metrics.catalogue import Target
from metrics.records import Selection, selections
from metrics.rows import RecordTable
from metrics.table_rows import Order, Rows, hash_of
from metrics.tables import PERSONS


@dataclass(frozen=True, slots=True)
class _Part:
    """The records of one dataset that make up one part of a number, in order of their dates."""

    rows: Rows
    count: int
    order: Order


@dataclass(frozen=True, slots=True)
class RecordRows:
    """The records behind a number. `datasets` are those that they are of."""

    schema: pa.Schema
    datasets: tuple[str, ...]
    _parts: tuple[_Part, ...]

    @property
    def count(self) -> int:
        """How many records there are."""
        return sum(part.count for part in self._parts)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All of them, a batch at a time: by part, in order of date and key."""
        for part in self._parts:
            yield from part.rows.batches(part.order)

    def page(self, first: int, rows: int) -> list[tuple[object, ...]]:
        """Up to `rows` of them from the one at `first` on, by part in the order of loading."""
        found: list[tuple[object, ...]] = []
        for part in self._parts:
            if first < part.count and len(found) < rows:
                wanted = min(rows - len(found), part.count - first)
                columns = part.rows.in_turn(first, wanted).to_pydict()
                found += zip(*columns.values(), strict=True)
            first = max(first - part.count, 0)
        return found


def record_rows(connection: Connection, target: Target, place: str, end: date) -> RecordRows:
    """The records behind a target at a place (a code) as of `end`, which is not after its deadline."""
    found = list(selections(target, place, end))
    datasets = tuple(dict.fromkeys(one.dataset.name for one in found))
    kinds = {"part": pa.string(), "dataset": pa.string()}
    for name in datasets:
        kinds |= {one.name: ARROW[one.kind] for one in browsed(name, "zh").columns.values()}
    schema = pa.schema(list(kinds.items()))
    return RecordRows(schema, datasets, tuple(_part(connection, one, schema) for one in found))


def first_records(
    connection: Connection, target: Target, place: str, end: date, limit: int | None
) -> RecordTable:
    """The same, all of them or the first as they were loaded, as one table in order of date and key."""
    columns: dict[str, None] = {"part": None, "dataset": None}
    found: list[dict[str, object]] = []
    for one in selections(target, place, end):
        counted = select(one.table).where(one.condition)
        if limit is not None:
            # The first ones as they were loaded: to find the first by date would mean to read all.
            counted = counted.limit(limit + 1 - len(found))
        listed = counted.subquery()
        statement = select(listed)
        if "person" in listed.c:
            statement = statement.add_columns(PERSONS.c.hash.label("hash")).join_from(
                listed, PERSONS, PERSONS.c.person == listed.c.person
            )
        statement = statement.order_by(listed.c[one.dataset.date], listed.c[one.dataset.key[0]])
        columns |= dict.fromkeys(one.table.c.keys())
        for record in connection.execute(statement).mappings():
            content = {"part": one.part, "dataset": one.dataset.name, **record}
            if "hash" in content:
                content["person"] = content.pop("hash")
            found.append(content)
        if limit is not None and len(found) > limit:
            break
    names = tuple(columns)
    rows = [tuple(record.get(name) for name in names) for record in found]
    cut = limit is not None and len(rows) > limit
    unlisted = tuple(part for part, measure in target.measures.items() if measure.sql is not None)
    return RecordTable(names, rows[:limit] if limit is not None else rows, cut, unlisted)


def _part(connection: Connection, selected: Selection, schema: pa.Schema) -> _Part:
    table, dataset = selected.table, selected.dataset
    columns: dict[str, Any] = {name: null() for name in schema.names}
    columns |= {"part": literal(selected.part), "dataset": literal(dataset.name)}
    for name in dataset.columns:
        columns[name] = hash_of(table) if name == "person" else table.c[name]
    rows = Rows(connection, table, selected.condition, columns, schema)
    order = [(table.c[dataset.date], False), (table.c[dataset.key[0]], False)]
    return _Part(rows, rows.count(), order)
