"""What a snapshot was evaluated to before the last loads, and which records came and went since.

Owns `last_load`, `Before` and `read_before`. Called by the verbs (`last_load`), `evaluate`, `increment`
and `received`. May import `found`, `reading`, `tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, func, select, true

from metrics.found import SCHEMA
from metrics.reading import read_columns
from metrics.tables import CHANGES, HISTORY, LOADS, RECORDS

#: Of more rows than these, in number and as a share of all, it is sooner to count all anew: each brings
#: the other records of its person with it, to be counted twice.
FEW_ROWS, FEW_SHARE = 10_000, Fraction(1, 20)


def last_load(connection: Connection) -> int | None:
    """The number of the last load; None before the first, and if a record, one of an older version,
    does not know its load, so that a later one may take it for its own."""
    for table in RECORDS.values():
        if connection.execute(select(table.c.load).where(table.c.load.is_(None)).limit(1)).first():
            return None
    last: int | None = connection.scalar(select(func.max(LOADS.c.load)))
    return last


@dataclass(frozen=True, slots=True)
class Before:
    """What a snapshot was evaluated to when `load` was its last one: the `changes` that were found;
    and which `datasets` loads have changed since."""

    load: int
    datasets: frozenset[str]
    changes: pa.Table

    def added(self, records: Table) -> ColumnElement[bool]:
        """The records that loads brought since."""
        return records.c.load > self.load

    def removed(self, history: Table) -> ColumnElement[bool]:
        """The records, by now history, that loads said otherwise since."""
        return and_(history.c.superseded_by > self.load, history.c.load <= self.load)


def read_before(engine: Engine, load: int) -> Before | None:
    """What was evaluated after `load`, if few records changed since."""
    with engine.connect() as connection:
        before, moved = Before(load, frozenset(), SCHEMA.empty_table()), dict[str, int]()
        for name, records in RECORDS.items():
            history = HISTORY[name]
            moved[name] = _count(connection, records, before.added(records))
            moved[name] += _count(connection, history, before.removed(history))
        if (rows := sum(moved.values())) > FEW_ROWS:
            known = sum(_count(connection, records, true()) for records in RECORDS.values())
            if rows > known * FEW_SHARE:
                return None
        found = read_columns(connection, select(*CHANGES.c)).cast(SCHEMA)
        return Before(load, frozenset(name for name, count in moved.items() if count), found)


def _count(connection: Connection, table: Table, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
