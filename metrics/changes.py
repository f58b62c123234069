"""From records to changes: every measure of every target, for every place and day, in few scans.

Owns `compute_changes`. A change is what a day adds to (or takes from) a measure at a place; summed up
to any date it gives the value at that date, so curves, windows and figures inside a month need no
second pass over the records. The plan is the one measured best and portable: CASE WHEN, plain GROUP
BY, UNION ALL and window sums only.

- records and sums: one scan per dataset and area, one count per measure, by place and day;
- distinct persons of a flow: each person's first day per place and window, counted by day (`persons`);
- distinct persons in stock: likewise, but those whose records ever end are followed day by day;
- statistics: the difference to the figure before (`statistics`).

Called by `evaluate`. May import `measures`, `conditions`, `found`, `free_sql`, `reading`, `scope`,
`tables`, `persons`, `statistics`, `etl.foreign_words`, `etl.texts`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Date,
    Double,
    Numeric,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.exc import DBAPIError

from etl.datasets import datasets
from etl.foreign_words import first_line
from etl.texts import Text
from metrics import persons, statistics
from metrics.conditions import compile_condition
from metrics.found import Amounts, read_found
from metrics.free_sql import FreeSqlError, runnable
from metrics.measures import Counted
from metrics.reading import read_columns
from metrics.scope import Scope, temporary

#: Sums are exact decimals while they are added up: the order of rows must not show in a figure.
_EXACT = Numeric(38, 6)


def compute_changes(
    connection: Connection, counted: Mapping[int, Counted], scope: Scope
) -> Iterator[pa.Table | Amounts]:
    """The changes of some measures, by their numbers."""
    additive: dict[str, dict[int, Counted]] = defaultdict(dict)
    flows_of_persons: dict[tuple[object, ...], list[int]] = defaultdict(list)
    stocks_of_persons: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, one in counted.items():
        measure = one.declared
        if measure.statistic is not None:
            yield read_found(connection, [statistics.changes_of(number, one, scope)])
        elif measure.sql is not None:
            yield _of_free_sql(connection, number, one, scope)
        elif measure.count == "persons" and measure.flow:
            flows_of_persons[one.area, one.windows, one.units, measure.datasets].append(number)
        elif measure.count == "persons":
            stocks_of_persons[one.area, one.units, measure.datasets].append(number)
        elif one.unit_field is not None:
            yield _by_unit(connection, number, one, scope)
        else:
            additive[one.area][number] = one
    for area, measured in additive.items():
        yield _additive(connection, area, measured, scope)
    for numbers in flows_of_persons.values():
        yield persons.changes_of_flows(connection, {n: counted[n] for n in numbers}, scope)
    for numbers in stocks_of_persons.values():
        yield persons.changes_of_stocks(connection, {n: counted[n] for n in numbers}, scope)


def _additive(
    connection: Connection, area: str, measured: Mapping[int, Counted], scope: Scope
) -> Amounts:
    """Counts and sums in one area: a scan of each dataset by place and day, then up the tree."""
    scans = []
    for name in dict.fromkeys(name for one in measured.values() for name in one.declared.datasets):
        dataset, table = datasets()[name], scope.records[name]
        begun = {n: one for n, one in measured.items() if name in one.declared.datasets}
        moves = [(table.c[dataset.date], 1, begun)]
        if dataset.ends is not None:
            ended = {n: one for n, one in begun.items() if one.declared.stock}
            moves.append((table.c[dataset.ends], -1, ended))
        inside, place = scope.inside(table, area)
        for day, sign, moved in moves:
            amounts = (
                (_amount(table, name, one, sign) if n in moved else cast(null(), Double)).label(f"k{n}")
                for n, one in measured.items()
            )
            by_day = select(place.label("place"), day.label("day"), *amounts).select_from(inside)
            if moved:
                scans.append(by_day.where(day.is_not(None)).group_by(place, day))
    return _added_up(connection, area, measured, union_all(*scans), scope)


def _amount(table: Table, name: str, one: Counted, sign: int) -> ColumnElement[float]:
    """The sum, over a group of records, of what each adds to the measure."""
    measure = one.declared
    condition = compile_condition(measure.condition(name), table, datasets()[name])
    if measure.sum is None:
        return cast(func.count(case((condition, 1))) * sign, Double)
    value = cast(table.c[measure.sum], _EXACT)
    total = func.sum(case((condition, value), else_=cast(literal(0), _EXACT)))
    return cast(total, Double) * (sign / float(measure.per))


def _added_up(
    connection: Connection,
    area: str,
    numbers: Collection[int],
    amounts: Select[Any] | CompoundSelect[Any],
    scope: Scope,
) -> Amounts:
    """The changes of additive measures at each place of an area, the place's own and those of all below
    it. The columns `k...` of `amounts` hold them, by place (a position), day and perhaps unit."""

    def together(rows: Select[Any] | CompoundSelect[Any]) -> Select[Any]:
        found = rows.subquery()
        key = [column for column in found.c if column.name in ("place", "unit", "day")]
        sums = (func.sum(found.c[f"k{number}"]).label(f"k{number}") for number in numbers)
        return select(*key, *sums).group_by(*key)

    # What begins and what ends on one day is one change at the lowest places too.
    climbed = scope.climb(connection, area, temporary(connection, together(amounts)), together)
    rows = read_columns(connection, climbed.rows)
    climbed.drop(connection)
    return Amounts(rows, numbers)


def _by_unit(connection: Connection, number: int, one: Counted, scope: Scope) -> pa.Table | Amounts:
    """Counts of records by a unit that is no place: an institution, or the value of a field."""
    measure = one.declared
    moves = []
    for name in measure.datasets:
        dataset, table = datasets()[name], scope.records[name]
        unit = one.unit(table)
        inside, place = scope.inside(table, one.area)
        days = [(table.c[dataset.date], 1)]
        if measure.stock and dataset.ends is not None:
            days.append((table.c[dataset.ends], -1))
        for day, sign in days:
            key: list[ColumnElement[Any]] = [unit.label("unit"), day.label("day")]
            if not one.at_unit:
                key.append(place.label("place"))
            amount = _amount(table, name, one, sign).label(f"k{number}")
            told = and_(day.is_not(None), unit.is_not(None))
            moves.append(select(*key, amount).select_from(inside).where(told).group_by(*key))
    if one.at_unit:
        found = union_all(*moves).subquery()
        change = func.sum(found.c[f"k{number}"])
        changes = select(literal(number), null(), found.c.unit, found.c.day, change)
        moved = changes.group_by(found.c.unit, found.c.day).having(change != 0)
        return read_found(connection, [moved])
    return _added_up(connection, one.area, [number], union_all(*moves), scope)


def _of_free_sql(connection: Connection, number: int, one: Counted, scope: Scope) -> Amounts:
    """A measure given as one checked SELECT of place, date and value."""
    statement = one.declared.sql
    assert statement is not None
    given = text(runnable(statement).replace(":", "\\:")).columns(
        Column("place", String), Column("date", Date), Column("value", Double)
    )
    rows = given.subquery()
    inside, place = scope.inside(rows, one.area)
    by_day = (
        select(
            place.label("place"),
            rows.c.date.label("day"),
            func.sum(rows.c.value).label(f"k{number}"),
        )
        .select_from(inside)
        .where(rows.c.date.is_not(None))
        .group_by(place, rows.c.date)
    )
    try:
        return _added_up(connection, one.area, [number], by_day, scope)
    except DBAPIError as error:
        said = first_line(error.orig)
        refused = Text(f"sql：数据库无法执行这条语句（{said}）", f"sql: {said}")
        raise FreeSqlError(number, refused) from error
