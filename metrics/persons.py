"""Distinct persons, exact at every place: by first day (flows) and by what is held (stocks).

Owns `insert_flows` and `insert_stocks`. Distinct persons do not add up: a person trained in two towns
is one in each and one in the city. Each person's first qualifying day is found per place (and window);
counted by day it gives the changes. Most persons are of one place and add up like records; the others'
first days are found again at every place above theirs. No COUNT(DISTINCT) is ever asked: many of them
in one query cost more memory than a city's server has.

Called by `changes`. May import `conditions`, `measures`, `scope`, `tables`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Date,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from etl.datasets import datasets
from metrics.conditions import compile_condition
from metrics.measures import Counted
from metrics.scope import Scope, temporary
from metrics.tables import RECORDS
from metrics.windows import Window


def insert_flows(connection: Connection, numbers: Mapping[int, Counted], scope: Scope) -> None:
    """Changes of distinct persons of flows that share area, windows, units and datasets."""
    first = _first_days(connection, _rows(numbers, scope), numbers)
    _count_up_the_tree(connection, first, numbers, scope)


def insert_stocks(connection: Connection, numbers: Mapping[int, Counted], scope: Scope) -> None:
    """Changes of distinct persons in stock that share area, units and datasets.

    A person all of whose records last is in stock from the first day on. The few with a record that
    ended are followed through every beginning and end.
    """
    one = next(iter(numbers.values()))
    ended = _ended_persons(connection, one)
    lasting = _rows(numbers, scope, without=ended)
    first = _first_days(connection, lasting, numbers)
    _count_up_the_tree(connection, first, numbers, scope)
    for number, counted in numbers.items():
        _insert_held(connection, number, counted, ended, scope)
    ended.drop(connection)


def _rows(
    numbers: Mapping[int, Counted], scope: Scope, without: Table | None = None
) -> CompoundSelect[Any] | Select[Any]:
    """All records that count for any of the measures: key, and one day per measure."""
    one = next(iter(numbers.values()))
    names = dict.fromkeys(name for counted in numbers.values() for name in counted.declared.datasets)
    places = scope.places
    selects = []
    for name in names:
        dataset, table = datasets()[name], RECORDS[name]
        day = table.c[dataset.date]
        conditions = {
            number: compile_condition(counted.declared.condition(name), table, dataset)
            for number, counted in numbers.items()
            if name in counted.declared.datasets
        }
        unit = one.unit(table)
        key = {
            "place": places.c.position,
            "unit": unit,
            "person": table.c.person,
            "span": _span(day, one.windows),
        }
        inside = table.join(places, and_(places.c.place == table.c.place, places.c.area == one.area))
        statement = select(
            *(key[column.name].label(column.name) for column in _key(one)),
            *(
                (case((conditions[number], day)) if number in conditions else null()).label(
                    f"k{number}"
                )
                for number in numbers
            ),
        ).select_from(inside)
        statement = statement.where(or_(*conditions.values()))
        if one.windows:
            statement = statement.where(day >= one.starts)
        if one.unit_field is not None:
            statement = statement.where(unit.is_not(None))
        if without is not None:
            statement = statement.where(table.c.person.not_in(select(without.c.person)))
        selects.append(statement)
    return selects[0] if len(selects) == 1 else union_all(*selects)


def _span(day: ColumnElement[Any], windows: Sequence[Window]) -> ColumnElement[int]:
    """The number of the window that a day falls in; the last has no end."""
    if len(windows) < 2:
        return literal(0)
    return case(
        *((day <= window.end, number) for number, window in enumerate(windows[:-1])),
        else_=len(windows) - 1,
    )


def _key(one: Counted) -> list[Column[Any]]:
    """What a person has one first day for: only what tells rows apart."""
    key: list[Column[Any]] = [Column("person", BigInteger)]
    if not one.at_unit:
        key.append(Column("place", Integer))
    if one.unit_field is not None:
        key.append(Column("unit", String))
    if len(one.windows) > 1:
        key.append(Column("span", Integer))
    return key


def _columns(numbers: Mapping[int, Counted]) -> list[Column[Any]]:
    one = next(iter(numbers.values()))
    return [*_key(one), *(Column(f"k{number}", Date) for number in numbers)]


def _first_days(
    connection: Connection,
    rows: CompoundSelect[Any] | Select[Any],
    numbers: Mapping[int, Counted],
) -> Table:
    """Each person's first day per place, unit and window, for each measure."""
    return temporary(connection, _columns(numbers), _firsts(rows, numbers))


def _firsts(rows: CompoundSelect[Any] | Select[Any], numbers: Mapping[int, Counted]) -> Select[Any]:
    found = rows.subquery()
    key = [found.c[column.name] for column in _key(next(iter(numbers.values())))]
    days = (func.min(found.c[f"k{number}"]) for number in numbers)
    return select(*key, *days).group_by(*key)


def _count_up_the_tree(
    connection: Connection, first: Table, numbers: Mapping[int, Counted], scope: Scope
) -> None:
    """Count first days by place and day, at each place and all above it.

    Persons of one place only add up along the tree. The others have, at each place above theirs, one
    first day again.
    """
    pairs, one = scope.pairs, next(iter(numbers.values()))
    if "place" not in first.c:
        scope.add(connection, [_by_day(first, number) for number in numbers])
        first.drop(connection)
        return
    person, place = first.c.person, first.c.place
    leaves = select(pairs.c.ancestor).where(and_(pairs.c.area == one.area, pairs.c.is_leaf))
    scope.add(connection, [_by_day(first, number, place.in_(leaves)) for number in numbers])
    moved = select(person).group_by(person).having(func.min(place) != func.max(place))
    movers = temporary(connection, [Column("person", BigInteger)], moved)
    has_moved = person.in_(select(movers.c.person))
    above = and_(pairs.c.area == one.area, ~pairs.c.is_leaf)
    stayed = [_by_day(first, number, ~has_moved).subquery() for number in numbers]
    scope.add(connection, [_lifted(counts, pairs, above) for counts in stayed])
    lifted = (
        select(*(pairs.c.ancestor.label("place") if c is place else c for c in first.c))
        .select_from(first.join(pairs, pairs.c.position == place))
        .where(and_(above, has_moved))
    )
    moving = temporary(connection, _columns(numbers), _firsts(lifted, numbers))
    scope.add(connection, [_by_day(moving, number) for number in numbers])
    for step in (movers, moving, first):
        step.drop(connection)


def _by_day(first: Table, number: int, chosen: ColumnElement[bool] | None = None) -> Select[Any]:
    """How many persons come to a measure by day."""
    day = first.c[f"k{number}"]
    key = [first.c[name] for name in ("place", "unit") if name in first.c]
    counted = select(
        literal(number).label("measure"),
        first.c.get("place", null()).label("place"),
        first.c.get("unit", literal("")).label("unit"),
        day.label("day"),
        func.count().label("change"),
    )
    counted = counted.where(day.is_not(None)).group_by(*key, day)
    return counted if chosen is None else counted.where(chosen)


def _lifted(counts: Subquery, pairs: Table, above: ColumnElement[bool]) -> Select[Any]:
    """Counts by place and day added up at the places above."""
    key = (counts.c.measure, pairs.c.ancestor, counts.c.unit, counts.c.day)
    return (
        select(*key, func.sum(counts.c.change))
        .select_from(counts.join(pairs, pairs.c.position == counts.c.place))
        .where(above)
        .group_by(*key)
    )


def _ended_persons(connection: Connection, one: Counted) -> Table:
    """The persons with any record that ended."""
    selects = [
        select(RECORDS[name].c.person).where(RECORDS[name].c[ends].is_not(None))
        for name in one.declared.datasets
        if (ends := datasets()[name].ends) is not None
    ] or [select(literal(-1)).where(literal(1) == 0)]
    found = union_all(*selects).subquery()
    person = found.c[0]
    return temporary(connection, [Column("person", BigInteger)], select(person).group_by(person))


def _insert_held(
    connection: Connection, number: int, counted: Counted, ended: Table, scope: Scope
) -> None:
    """Follow persons with ended records: +1 when the first record begins, -1 when the last ends."""
    measure = counted.declared
    moves = []
    for name in measure.datasets:
        dataset, table = datasets()[name], RECORDS[name]
        days = [(table.c[dataset.date], 1)]
        if dataset.ends is not None:
            days.append((table.c[dataset.ends], -1))
        for day, sign in days:
            moves.append(
                select(
                    table.c.place.label("place"),
                    counted.unit(table).label("unit"),
                    table.c.person.label("person"),
                    day.label("day"),
                    literal(sign).label("move"),
                ).where(
                    and_(
                        compile_condition(measure.condition(name), table, dataset),
                        day.is_not(None),
                        counted.unit(table).is_not(None),
                        table.c.person.in_(select(ended.c.person)),
                    )
                )
            )
    moved = union_all(*moves).subquery()
    pairs = scope.pairs
    daily = (
        select(
            (null() if counted.at_unit else pairs.c.ancestor).label("place"),
            moved.c.unit,
            moved.c.person,
            moved.c.day,
            func.sum(moved.c.move).label("move"),
        )
        .select_from(moved.join(pairs, pairs.c.place == moved.c.place))
        .where(scope.lifts(counted))
        .group_by(pairs.c.ancestor, moved.c.unit, moved.c.person, moved.c.day)
        .subquery()
    )
    held = func.sum(daily.c.move).over(
        partition_by=(daily.c.place, daily.c.unit, daily.c.person), order_by=daily.c.day
    )
    running = select(
        daily.c.place, daily.c.unit, daily.c.day, daily.c.move, held.label("held")
    ).subquery()
    before = running.c.held - running.c.move
    step = case(
        (and_(running.c.held > 0, before <= 0), 1),
        (and_(running.c.held <= 0, before > 0), -1),
        else_=0,
    )
    summed = (
        select(literal(number), running.c.place, running.c.unit, running.c.day, func.sum(step))
        .group_by(running.c.place, running.c.unit, running.c.day)
        .having(func.sum(step) != 0)
    )
    scope.add(connection, [summed])
