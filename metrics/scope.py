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
    ColumnElement,
    Connection,
    FromClause,
    Join,
    Select,
    Table,
    and_,
    case,
    func,
    select,
    union_all,
)
from sqlalchemy.sql.expression import CompoundSelect

from metrics.measures import Counted
from metrics.tables import PLACE_ANCESTORS, PLACES, RECORDS

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Scope:
    """The places of each policy area, by their positions, and the records that are counted there.

    `places` has the places of each area, by code and position, with the position of the place above
    (`parent`) and how many steps it lies below the area (`depth`); `deepest` is the most of each area.
    `pairs` has a row for each place and each of its ancestors inside the area, itself included.
    `records` are those that are counted: all of each dataset, or those of them that matter.
    """

    places: Table
    pairs: Table
    deepest: Mapping[str, int]
    records: Mapping[str, Table]

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
        together: Callable[[Select[Any]], Select[Any]],
    ) -> Climbed:
        """The rows of all places of an area, from the lowest up to the area itself.

        `lowest` has rows by `place` (a position). `together` puts the rows of a place and of those
        right below it, by then all under its position, into one.
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
        return Climbed(union_all(*levels, select(steps[-1])), steps)


@dataclass(frozen=True, slots=True)
class Climbed:
    """The rows of all places of an area, and the temporary tables that hold them."""

    rows: CompoundSelect[Any]
    _steps: Sequence[Table]

    def drop(self, connection: Connection) -> None:
        """Give their memory back."""
        for step in self._steps:
            step.drop(connection)


def make_scope(connection: Connection, areas: Iterable[str]) -> Scope:
    """The scope of `areas` (place codes) and all records, from the places of the snapshot."""
    own, above = PLACES.alias(), PLACES.alias()
    top, lies, inside = (PLACE_ANCESTORS.alias() for _ in range(3))
    pairs = temporary(
        connection,
        select(
            top.c.ancestor.label("area"),
            lies.c.place,
            own.c.position,
            above.c.position.label("ancestor"),
            (lies.c.ancestor == top.c.ancestor).label("is_area"),
        )
        .select_from(
            top.join(lies, lies.c.place == top.c.place)
            .join(inside, and_(inside.c.place == lies.c.ancestor, inside.c.ancestor == top.c.ancestor))
            .join(own, own.c.code == lies.c.place)
            .join(above, above.c.code == lies.c.ancestor)
        )
        .where(top.c.ancestor.in_(set(areas))),
    )
    key = (pairs.c.area, pairs.c.place, pairs.c.position)
    depths = select(*key, (func.count() - 1).label("depth")).group_by(*key).subquery()
    is_parent = and_(above.c.code == own.c.parent, depths.c.depth > 0)
    places = temporary(
        connection,
        select(depths, above.c.position.label("parent")).select_from(
            depths.join(own, own.c.code == depths.c.place).outerjoin(above, is_parent)
        ),
    )
    deepest = select(places.c.area, func.max(places.c.depth)).group_by(places.c.area)
    return Scope(places, pairs, dict(connection.execute(deepest).all()), RECORDS)


def temporary(connection: Connection, rows: Select[Any] | CompoundSelect[Any]) -> Table:
    """A temporary table of `rows`, with their columns.

    It is committed: what a transaction has not committed yet, DuckDB reads on one core.
    """
    made = rows.into(f"step_{next(_numbers)}", temporary=True)
    connection.execute(made)
    connection.commit()
    return made.table
