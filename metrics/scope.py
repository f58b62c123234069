"""Which places count for which: the tree of places as SQL tables that measures are lifted along.

Owns `Scope`, made once per evaluation, and `temporary`, the one way to keep a step's result. Called
by the modules that compute changes. May import `measures`, `tables`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Join,
    MetaData,
    Select,
    String,
    Table,
    and_,
    case,
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

    `places` has the places of each area, by code and position, with the position of the place above
    (`parent`) and how many steps it lies below the area (`depth`); `deepest` is the most of each area.
    `pairs` has a row for each place and each of its ancestors inside the area, itself included.
    `changes` gathers what steps `add`.
    """

    places: Table
    pairs: Table
    changes: Table
    deepest: Mapping[str, int]

    def lifts(self, counted: Counted) -> ColumnElement[bool]:
        """The pairs that a measure is added up along: from a place to itself and all above it in the
        area; or to the area only, if what is counted is its unit's wherever it was recorded."""
        pairs = self.pairs
        if counted.at_unit:
            return and_(pairs.c.area == counted.area, pairs.c.is_area)
        return pairs.c.area == counted.area

    def inside(self, records: FromClause, area: str) -> tuple[Join, ColumnElement[int]]:
        """The records of an area, and the position of each one's place."""
        places = self.places
        here = and_(places.c.place == records.c.place, places.c.area == area)
        return records.join(places, here), places.c.position

    def climb(
        self,
        connection: Connection,
        area: str,
        lowest: Table,
        counted: Callable[[FromClause], Sequence[Select[Any]]],
        together: Callable[[Select[Any]], Select[Any]],
    ) -> None:
        """Add the changes of all places of an area, from the lowest up to the area itself.

        `lowest` has rows by `place` (a position), and is dropped. `together` puts the rows of a place
        and of those right below it, by then all under its position, into one; `counted` gives the
        changes of the rows of all places.
        """
        places, steps, levels = self.places, [lowest], []
        for depth in range(self.deepest[area], 0, -1):
            step = steps[-1]
            here = select(places.c.position).where(and_(places.c.area == area, places.c.depth == depth))
            levels.append(select(step).where(step.c.place.in_(here)))
            above = case((places.c.depth == depth, places.c.parent), else_=step.c.place).label("place")
            risen = (
                select(*(above if column is step.c.place else column for column in step.c))
                .select_from(step.join(places, places.c.position == step.c.place))
                .where(places.c.area == area)
            )
            steps.append(temporary(connection, together(risen)))
        self.add(connection, counted(union_all(*levels, select(steps[-1])).cte("levels")))
        for step in steps:
            step.drop(connection)

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
    deepest: dict[str, int] = {}
    for area in sorted(set(areas)):
        inside = {place for place, found in ancestors_of.items() if area in found}
        above = {place: inside.intersection(ancestors_of[place]) for place in inside}
        depth_of = {place: len(above[place]) - 1 for place in inside}
        deepest[area] = max(depth_of.values())
        for place in sorted(inside):
            own = {"area": area, "place": place, "position": position_of[place]}
            parents = (a for a in above[place] if depth_of[a] == depth_of[place] - 1)
            parent = next((position_of[a] for a in parents), None)
            place_rows.append(own | {"parent": parent, "depth": depth_of[place]})
            pair_rows += [
                own | {"ancestor": position_of[ancestor], "is_area": ancestor == area}
                for ancestor in sorted(above[place])
            ]
    lies = (Column(name, Integer) for name in ("parent", "depth"))
    places = _filled(connection, place_rows, *_named(), *lies)
    above_it = (Column("ancestor", Integer), Column("is_area", Boolean))
    pairs = _filled(connection, pair_rows, *_named(), *above_it)
    changes = _step(connection, [Column(column.name, column.type) for column in CHANGES.c])
    return Scope(places, pairs, changes, deepest)


def _named() -> tuple[Column[Any], ...]:
    return Column("area", String), Column("place", String), Column("position", Integer)


def temporary(connection: Connection, rows: Select[Any] | CompoundSelect[Any]) -> Table:
    """A temporary table of `rows`, with their columns.

    It is committed: what a transaction has not committed yet, DuckDB reads on one core.
    """
    made = rows.into(f"step_{next(_numbers)}", temporary=True)
    connection.execute(made)
    connection.commit()
    return made.table


def _step(connection: Connection, columns: Sequence[Column[Any]]) -> Table:
    table = Table(f"step_{next(_numbers)}", MetaData(), *columns, prefixes=["TEMPORARY"])
    table.create(connection)
    return table


def _filled(connection: Connection, rows: list[dict[str, Any]], *columns: Column[Any]) -> Table:
    table = _step(connection, columns)
    if rows:
        connection.execute(table.insert(), rows)
    return table
