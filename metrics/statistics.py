"""Statistics as measures: a figure holds from the end of its period until the next one.

Owns `changes_of`. A figure is that of the place it was published for, and of no other: costs per
head do not add up, and districts of which some have not reported are no city (semantics.md, "Measures":
counts, persons and sums of columns add up; "Kinds of target": a denominator that is absent is no data).
Called by `changes`. May import `measures`, `scope`, `tables`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, and_, func, literal, select

from metrics.measures import Counted
from metrics.scope import Scope
from metrics.tables import RECORDS


def changes_of(number: int, counted: Counted, scope: Scope) -> Select[Any]:
    """The changes of one indicator at each place of the area.

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
    places = scope.places
    return (
        select(literal(number), places.c.position, literal(""), steps.c.day, steps.c.change)
        .select_from(steps.join(places, places.c.place == steps.c.place))
        .where(places.c.area == counted.area)
    )
