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
)
from sqlalchemy.sql.expression import CompoundSelect

from metrics.measures import Counted
from metrics.tables import PLACE_ANCESTORS, PLACES

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Scope:
    """The places of each policy area.

    `pairs` has a row for each place of an area and each of its ancestors inside the area, the place
    itself included. `parents` has the places of an area with their parent and their depth (0 is the
    area). `depths` says how deep each area is.
    """

    pairs: Table
    parents: Table
    depths: dict[str, int]

    def lifts(self, counted: Counted) -> ColumnElement[bool]:
        """The pairs that a measure is added up along: from a place to itself and all above it in the
        area; or to the area only, if what is counted is its unit's wherever it was recorded."""
        pairs = self.pairs
        if counted.at_unit:
            return and_(pairs.c.area == counted.area, pairs.c.ancestor == counted.area)
        return pairs.c.area == counted.area


def make_scope(connection: Connection, areas: Iterable[str]) -> Scope:
    """The scope of `areas` (place codes), from the places of the snapshot."""
    current = select(PLACES.c.code, PLACES.c.parent).where(PLACES.c.successor.is_(None))
    parent_of = {place: parent for place, parent in connection.execute(current)}  # noqa: C416
    ancestors_of: dict[str, list[str]] = {}
    for place, ancestor in connection.execute(select(PLACE_ANCESTORS)):
        ancestors_of.setdefault(place, []).append(ancestor)
    pair_rows, parent_rows, depths = [], [], {}
    for area in sorted(set(areas)):
        inside = {place for place, found in ancestors_of.items() if area in found}
        depth_of = {place: len(inside.intersection(ancestors_of[place])) - 1 for place in inside}
        depths[area] = max(depth_of.values(), default=0)
        for place in sorted(inside):
            parent_rows.append(
                {
                    "area": area,
                    "place": place,
                    "parent": parent_of[place] or "",
                    "depth": depth_of[place],
                }
            )
            pair_rows += [
                {"area": area, "place": place, "ancestor": ancestor}
                for ancestor in sorted(inside.intersection(ancestors_of[place]))
            ]
    pairs = _filled(connection, "scope_pairs", ("area", "place", "ancestor"), pair_rows)
    parents = _filled(connection, "scope_parents", ("area", "place", "parent"), parent_rows, "depth")
    return Scope(pairs, parents, depths)


def temporary(
    connection: Connection, columns: Sequence[Column[Any]], rows: Select[Any] | CompoundSelect[Any]
) -> Table:
    """A temporary table that holds `rows`, whose columns `columns` name in order.

    It is committed: what a transaction has not committed yet, DuckDB reads on one core.
    """
    table = Table(f"step_{next(_numbers)}", MetaData(), *columns, prefixes=["TEMPORARY"])
    table.create(connection)
    connection.execute(table.insert().from_select([column.name for column in columns], rows))
    connection.commit()
    return table


def _filled(
    connection: Connection,
    name: str,
    texts: Sequence[str],
    rows: list[dict[str, Any]],
    number: str | None = None,
) -> Table:
    columns: list[Column[Any]] = [Column(text, String) for text in texts]
    if number is not None:
        columns.append(Column(number, Integer))
    table = Table(f"{name}_{next(_numbers)}", MetaData(), *columns, prefixes=["TEMPORARY"])
    table.create(connection)
    if rows:
        connection.execute(table.insert(), rows)
    return table
