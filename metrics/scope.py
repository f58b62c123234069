"""Which places count for which: the tree of places as SQL tables that measures are lifted along.

Owns `Scope`, made once per evaluation, and `temporary`, the one way to keep a step's result. Called
by the modules that compute changes. May import `measures`, `tables`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    and_,
    select,
    union_all,
)
from sqlalchemy.sql.expression import CompoundSelect

from metrics.measures import Counted
from metrics.tables import CHANGES, PLACE_ANCESTORS, PLACES

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Scope:
    """The places of each policy area, by their positions, and the changes known there so far.

    `places` has the places of each area, by code and position. `pairs` has a row for each of them and
    each of its ancestors inside the area, itself included; an ancestor `is_leaf` if no place lies below
    it. `changes` gathers what steps `add`.
    """

    places: Table
    pairs: Table
    changes: Table

    def lifts(self, counted: Counted) -> ColumnElement[bool]:
        """The pairs that a measure is added up along: from a place to itself and all above it in the
        area; or to the area only, if what is counted is its unit's wherever it was recorded."""
        pairs = self.pairs
        if counted.at_unit:
            return and_(pairs.c.area == counted.area, pairs.c.is_area)
        return pairs.c.area == counted.area

    def inside(self, area: str) -> Select[tuple[str]]:
        """The codes of the places of an area."""
        return select(self.places.c.place).where(self.places.c.area == area)

    def add(self, connection: Connection, changes: Sequence[Select[Any]]) -> None:
        """Keep some changes: selects of measure, position, unit, day and change."""
        if changes:
            rows = changes[0] if len(changes) == 1 else union_all(*changes)
            connection.execute(self.changes.insert().from_select(list(self.changes.c.keys()), rows))

    def publish(self, connection: Connection) -> None:
        """Write all changes into the snapshot, at once: each part would be written twice."""
        columns = list(CHANGES.c.keys())
        connection.execute(CHANGES.insert().from_select(columns, select(self.changes)))
        self.changes.drop(connection)


def make_scope(connection: Connection, areas: Iterable[str]) -> Scope:
    """The scope of `areas` (place codes), from the places of the snapshot."""
    current = select(PLACES.c.code, PLACES.c.position).where(PLACES.c.successor.is_(None))
    position_of = {code: position for code, position in connection.execute(current)}  # noqa: C416
    ancestors_of: dict[str, list[str]] = {}
    for place, ancestor in connection.execute(select(PLACE_ANCESTORS)):
        ancestors_of.setdefault(place, []).append(ancestor)
    place_rows: list[dict[str, Any]] = []
    pair_rows: list[dict[str, Any]] = []
    for area in sorted(set(areas)):
        inside = {place for place, found in ancestors_of.items() if area in found}
        above = {a for place in inside for a in ancestors_of[place] if a != place}
        for place in sorted(inside):
            own = {"area": area, "place": place, "position": position_of[place]}
            place_rows.append(own)
            pair_rows += [
                own
                | {
                    "ancestor": position_of[ancestor],
                    "is_area": ancestor == area,
                    "is_leaf": ancestor not in above,
                }
                for ancestor in sorted(inside.intersection(ancestors_of[place]))
            ]
    places = _filled(connection, place_rows, *_named())
    flags = (Column(name, Boolean) for name in ("is_area", "is_leaf"))
    pairs = _filled(connection, pair_rows, *_named(), Column("ancestor", Integer), *flags)
    changes = _step(connection, [Column(column.name, column.type) for column in CHANGES.c])
    return Scope(places, pairs, changes)


def _named() -> tuple[Column[Any], ...]:
    return Column("area", String), Column("place", String), Column("position", Integer)


def temporary(
    connection: Connection, columns: Sequence[Column[Any]], rows: Select[Any] | CompoundSelect[Any]
) -> Table:
    """A temporary table that holds `rows`, whose columns `columns` name in order.

    It is committed: what a transaction has not committed yet, DuckDB reads on one core.
    """
    table = _step(connection, columns)
    connection.execute(table.insert().from_select([column.name for column in columns], rows))
    connection.commit()
    return table


def _step(connection: Connection, columns: Sequence[Column[Any]]) -> Table:
    table = Table(f"step_{next(_numbers)}", MetaData(), *columns, prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def _filled(connection: Connection, rows: list[dict[str, Any]], *columns: Column[Any]) -> Table:
    table = _step(connection, columns)
    if rows:
        connection.execute(table.insert(), rows)
    return table
