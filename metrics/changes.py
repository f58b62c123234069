"""From records to changes: every measure of every target, for every place and day, in few scans.

Owns `compute_changes`. A change is what a day adds to (or takes from) a measure at a place; summed up
to any date it gives the value at that date, so curves, windows and figures inside a month need no
second pass over the records. The plan is the one measured best and portable: CASE WHEN, plain GROUP
BY, UNION ALL and window sums only.

- records and sums: one scan per dataset and area, one filtered count per measure, by place and day;
- distinct persons of a flow: each person's first day per place and window, counted by day (`persons`);
- distinct persons in stock: likewise, but those whose records ever end are followed day by day;
- statistics: the difference to the figure before (`statistics`).

Called by `evaluate`. May import `measures`, `conditions`, `free_sql`, `scope`, `tables`, `persons`,
`statistics`, `etl.foreign_words`, `etl.texts`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Double,
    Numeric,
    String,
    Subquery,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from etl.datasets import datasets
from etl.foreign_words import first_line
from etl.texts import Text
from metrics import persons, statistics
from metrics.conditions import compile_condition
from metrics.free_sql import FreeSqlError, runnable
from metrics.measures import Counted
from metrics.scope import Scope, temporary
from metrics.tables import RECORDS

#: Sums are exact decimals while they are added up: the order of rows must not show in a figure.
_EXACT = Numeric(38, 6)


def compute_changes(connection: Connection, counted: Mapping[int, Counted], scope: Scope) -> None:
    """Find the changes of some measures, by their numbers, which `scope` gathers."""
    additive: dict[tuple[str, str], list[int]] = defaultdict(list)
    flows_of_persons: dict[tuple[object, ...], list[int]] = defaultdict(list)
    stocks_of_persons: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, one in counted.items():
        measure = one.declared
        if measure.statistic is not None:
            statistics.insert_changes(connection, number, one, scope)
        elif measure.sql is not None:
            _insert_free_sql(connection, number, one, scope)
        elif measure.count == "persons" and measure.flow:
            flows_of_persons[one.area, one.windows, one.units, measure.datasets].append(number)
        elif measure.count == "persons":
            stocks_of_persons[one.area, one.units, measure.datasets].append(number)
        elif one.unit_field is not None:
            _insert_by_unit(connection, number, one, scope)
        else:
            for name in measure.datasets:
                additive[one.area, name].append(number)
    for (area, name), numbers in additive.items():
        _insert_additive(connection, area, name, {n: counted[n] for n in numbers}, scope)
    for numbers in flows_of_persons.values():
        persons.insert_flows(connection, {n: counted[n] for n in numbers}, scope)
    for numbers in stocks_of_persons.values():
        persons.insert_stocks(connection, {n: counted[n] for n in numbers}, scope)


def _insert_additive(
    connection: Connection, area: str, name: str, numbers: dict[int, Counted], scope: Scope
) -> None:
    """Counts and sums over one dataset in one area: one scan by place and day, then up the tree."""
    dataset, table = datasets()[name], RECORDS[name]
    scans = [(table.c[dataset.date], 1, numbers)]
    in_stock = {n: one for n, one in numbers.items() if one.declared.stock}
    if dataset.ends is not None and in_stock:
        scans.append((table.c[dataset.ends], -1, in_stock))
    for day, sign, measured in scans:
        amounts = [_amount(table, name, one, sign) for one in measured.values()]
        counted_here = and_(day.is_not(None), table.c.place.in_(scope.inside(area)))
        columns = [Column(f"k{n}", Double) for n in measured]
        cube = temporary(
            connection,
            [Column("place", String), Column("day", Date), *columns],
            select(table.c.place, day, *amounts).where(counted_here).group_by(table.c.place, day),
        )
        _lift(connection, measured, cube, scope)


def _amount(table: Table, name: str, one: Counted, sign: int) -> ColumnElement[float]:
    """The sum, over a group of records, of what each adds to the measure."""
    measure = one.declared
    condition = compile_condition(measure.condition(name), table, datasets()[name])
    if measure.sum is None:
        return func.sum(case((condition, sign), else_=0))
    value = cast(table.c[measure.sum], _EXACT)
    total = func.sum(case((condition, value), else_=cast(literal(0), _EXACT)))
    return cast(total, Double) * (sign / float(measure.per))


def _lift(connection: Connection, numbers: Mapping[int, Counted], cube: Table, scope: Scope) -> None:
    """Add the changes of additive measures that share area and units at each place of the area, the
    place's own and those of all below it. The columns `k...` of `cube` hold them; it is dropped."""
    one, pairs = next(iter(numbers.values())), scope.pairs
    unit = [cube.c.unit] if "unit" in cube.c else []
    above = [] if one.at_unit else [pairs.c.ancestor.label("place")]
    amounts = [func.sum(cube.c[f"k{n}"]).label(f"k{n}") for n in numbers]
    lifted = (
        select(*above, *unit, cube.c.day, *amounts)
        .select_from(cube.join(pairs, pairs.c.place == cube.c.place))
        .where(scope.lifts(one))
        .group_by(*above, *unit, cube.c.day)
    )
    if len(numbers) > 1:
        columns = [Column(column.name, column.type) for column in lifted.selected_columns]
        level: Table | Subquery = temporary(connection, columns, lifted)
    else:
        level = lifted.subquery()
    changes = [
        select(
            literal(number),
            level.c.get("place", null()),
            level.c.get("unit", literal("")),
            level.c.day,
            level.c[f"k{number}"],
        ).where(level.c[f"k{number}"] != 0)
        for number in numbers
    ]
    scope.add(connection, changes)
    if isinstance(level, Table):
        level.drop(connection)
    cube.drop(connection)


def _insert_by_unit(connection: Connection, number: int, one: Counted, scope: Scope) -> None:
    """Counts of records by a unit that is no place: an institution, or the value of a field."""
    measure = one.declared
    for name in measure.datasets:
        dataset, table = datasets()[name], RECORDS[name]
        unit = one.unit(table)
        days = [(table.c[dataset.date], 1)]
        if measure.stock and dataset.ends is not None:
            days.append((table.c[dataset.ends], -1))
        for day, sign in days:
            cube = temporary(
                connection,
                [
                    Column("place", String),
                    Column("unit", String),
                    Column("day", Date),
                    Column(f"k{number}", Double),
                ],
                select(table.c.place, unit, day, _amount(table, name, one, sign))
                .where(and_(day.is_not(None), unit.is_not(None)))
                .group_by(table.c.place, unit, day),
            )
            _lift(connection, {number: one}, cube, scope)


def _insert_free_sql(connection: Connection, number: int, one: Counted, scope: Scope) -> None:
    """A measure given as one checked SELECT of place, date and value."""
    statement = one.declared.sql
    assert statement is not None
    given = text(runnable(statement).replace(":", "\\:")).columns(
        Column("place", String), Column("date", Date), Column("value", Double)
    )
    rows = given.subquery()
    try:
        cube = temporary(
            connection,
            [Column("place", String), Column("day", Date), Column(f"k{number}", Double)],
            select(rows.c.place, rows.c.date, func.sum(rows.c.value))
            .where(rows.c.date.is_not(None))
            .group_by(rows.c.place, rows.c.date),
        )
    except DBAPIError as error:
        said = first_line(error.orig)
        refused = Text(f"sql：数据库无法执行这条语句（{said}）", f"sql: {said}")
        raise FreeSqlError(number, refused) from error
    _lift(connection, {number: one}, cube, scope)
