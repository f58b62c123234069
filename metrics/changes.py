"""From records to changes: every measure of every target, for every place and day, in few scans.

Owns `compute_changes`. A change is what a day adds to (or takes from) a measure at a place; summed up
to any date it gives the value at that date, so curves, windows and figures inside a month need no
second pass over the records. The plan is the one measured best and portable: CASE WHEN, plain GROUP
BY, UNION ALL and window sums only.

- records and sums: one scan per dataset, one filtered count per measure, by place and day;
- distinct persons of a flow: each person's first day per place and window, lifted place by place up
  the tree, then counted by day (`persons`);
- distinct persons in stock: likewise, but those whose records ever end are followed day by day;
- statistics: the difference to the figure before (`statistics`).

Called by `evaluate`. May import `measures`, `conditions`, `free_sql`, `scope`, `tables`, `persons`,
`statistics`, `etl.foreign_words`, `etl.texts`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Double,
    Numeric,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    literal,
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
from metrics.tables import CHANGES, RECORDS

#: Sums are exact decimals while they are added up: the order of rows must not show in a figure.
_EXACT = Numeric(38, 6)


def compute_changes(connection: Connection, counted: Sequence[Counted], scope: Scope) -> None:
    """Fill the table `changes` with all measures; `counted[n]` is measure n."""
    by_dataset: dict[str, list[int]] = defaultdict(list)
    flows_of_persons: dict[tuple[object, ...], list[int]] = defaultdict(list)
    stocks_of_persons: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, one in enumerate(counted):
        measure = one.declared
        if measure.statistic is not None:
            statistics.insert_changes(connection, number, one, scope)
        elif measure.sql is not None:
            _insert_free_sql(connection, number, one, scope)
        elif measure.count == "persons" and measure.flow:
            flows_of_persons[one.area, one.windows, one.units].append(number)
        elif measure.count == "persons":
            stocks_of_persons[one.area, one.units, measure.datasets].append(number)
        elif one.unit_field is not None:
            _insert_by_unit(connection, number, one, scope)
        else:
            for name in measure.datasets:
                by_dataset[name].append(number)
    for name, numbers in by_dataset.items():
        _insert_additive(connection, name, {n: counted[n] for n in numbers}, scope)
    for numbers in flows_of_persons.values():
        persons.insert_flows(connection, {n: counted[n] for n in numbers}, scope)
    for numbers in stocks_of_persons.values():
        persons.insert_stocks(connection, {n: counted[n] for n in numbers}, scope)


def _insert_additive(
    connection: Connection, name: str, numbers: dict[int, Counted], scope: Scope
) -> None:
    """Counts and sums over one dataset: one scan by place and day, then up the tree."""
    dataset, table = datasets()[name], RECORDS[name]
    scans = [(table.c[dataset.date], 1, numbers)]
    in_stock = {n: one for n, one in numbers.items() if one.declared.stock}
    if dataset.ends is not None and in_stock:
        scans.append((table.c[dataset.ends], -1, in_stock))
    for day, sign, measured in scans:
        cube = temporary(
            connection,
            [
                Column("place", String),
                Column("day", Date),
                *(Column(f"k{n}", Double) for n in measured),
            ],
            select(
                table.c.place,
                day,
                *(_amount(table, name, one, sign) for one in measured.values()),
            )
            .where(day.is_not(None))
            .group_by(table.c.place, day),
        )
        for number, one in measured.items():
            _lift(connection, number, one, cube, f"k{number}", scope)
        cube.drop(connection)


def _amount(table: Table, name: str, one: Counted, sign: int) -> ColumnElement[float]:
    """The sum, over a group of records, of what each adds to the measure."""
    measure = one.declared
    condition = compile_condition(measure.condition(name), table, datasets()[name])
    if measure.sum is None:
        return func.sum(case((condition, sign), else_=0))
    value = cast(table.c[measure.sum], _EXACT)
    total = func.sum(case((condition, value), else_=cast(literal(0), _EXACT)))
    return cast(total, Double) * (sign / float(measure.per))


def _lift(
    connection: Connection, number: int, one: Counted, cube: Table, amount: str, scope: Scope
) -> None:
    """Insert the changes of an additive measure at each place of the area, the place's own and
    those of all below it. `amount` names the column of `cube` that holds them."""
    pairs = scope.pairs
    unit: list[ColumnElement[str]] = [cube.c.unit] if "unit" in cube.c else []
    moved = cube.c[amount]
    summed = (
        select(
            literal(number),
            literal("") if one.at_unit else pairs.c.ancestor,
            unit[0] if unit else literal(""),
            cube.c.day,
            func.sum(moved),
        )
        .select_from(cube.join(pairs, pairs.c.place == cube.c.place))
        .where(and_(scope.lifts(one), moved != 0))
        .group_by(pairs.c.ancestor, *unit, cube.c.day)
    )
    connection.execute(CHANGES.insert().from_select(list(CHANGES.c.keys()), summed))


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
                    Column("amount", Double),
                ],
                select(table.c.place, unit, day, _amount(table, name, one, sign))
                .where(and_(day.is_not(None), unit.is_not(None)))
                .group_by(table.c.place, unit, day),
            )
            _lift(connection, number, one, cube, "amount", scope)
            cube.drop(connection)


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
            [Column("place", String), Column("day", Date), Column("amount", Double)],
            select(rows.c.place, rows.c.date, func.sum(rows.c.value))
            .where(rows.c.date.is_not(None))
            .group_by(rows.c.place, rows.c.date),
        )
    except DBAPIError as error:
        said = first_line(error.orig)
        refused = Text(f"sql：数据库无法执行这条语句（{said}）", f"sql: {said}")
        raise FreeSqlError(number, refused) from error
    _lift(connection, number, one, cube, "amount", scope)
    cube.drop(connection)
