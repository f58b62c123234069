"""Statistics as measures: a figure holds from the end of its period until the next one.

Owns `insert_changes`. The figure of a place is its own where it has one; a place without any takes
the sum of the places below it, so that a city's yearbook total and its districts' are not added.
Called by `changes`. May import `measures`, `scope`, `tables`.
"""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, literal, select

from metrics.measures import Counted
from metrics.scope import Scope
from metrics.tables import CHANGES, RECORDS


def insert_changes(connection: Connection, number: int, counted: Counted, scope: Scope) -> None:
    """Insert the changes of one indicator at each place of the area.

    Where two periods of a place end on one day (a year and its last quarter), the one named last in
    order of text holds.
    """
    table = RECORDS["statistics"]
    named = table.c.indicator == counted.declared.statistic
    last = (
        select(table.c.place, table.c.period_end, func.max(table.c.period).label("period"))
        .where(named)
        .group_by(table.c.place, table.c.period_end)
        .subquery()
    )
    figures = (
        select(table.c.place, table.c.period_end, table.c.value)
        .select_from(
            table.join(last, and_(table.c.place == last.c.place, table.c.period == last.c.period))
        )
        .where(named)
        .subquery()
    )
    before = func.lag(figures.c.value).over(partition_by=figures.c.place, order_by=figures.c.period_end)
    steps = select(
        figures.c.place,
        figures.c.period_end.label("day"),
        (figures.c.value - func.coalesce(before, 0)).label("change"),
    ).subquery()
    own = select(table.c.place).where(named).distinct().subquery()
    up, between, inner = scope.pairs, scope.pairs.alias(), scope.pairs.alias()
    # A figure stops at the first place above it that has figures of its own.
    hidden = (
        select(literal(1))
        .select_from(
            between.join(own, own.c.place == between.c.ancestor).join(
                inner, and_(inner.c.place == between.c.ancestor, inner.c.area == counted.area)
            )
        )
        .where(
            and_(
                between.c.area == counted.area,
                between.c.place == up.c.place,
                between.c.ancestor != up.c.place,
                inner.c.ancestor == up.c.ancestor,
            )
        )
        .exists()
    )
    summed = (
        select(literal(number), up.c.ancestor, literal(""), steps.c.day, func.sum(steps.c.change))
        .select_from(steps.join(up, up.c.place == steps.c.place))
        .where(and_(up.c.area == counted.area, ~hidden))
        .group_by(up.c.ancestor, steps.c.day)
    )
    connection.execute(CHANGES.insert().from_select(list(CHANGES.c.keys()), summed))
