"""Distinct persons, exact at every place: by first day (flows) and by what is held (stocks).

Owns `changes_of_flows` and `changes_of_stocks`. Distinct persons do not add up: a person trained in two
towns is one in each and one in the city. Each person's first qualifying day is found per place (and
window); counted by day it gives the changes. Then the same is done for the places above, level by
level. No COUNT(DISTINCT) is ever asked: many of them in one query cost more memory than a city's
server has.

Called by `changes`. May import `conditions`, `found`, `measures`, `scope`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Select,
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
from metrics.found import read_found, summed
from metrics.measures import Counted
from metrics.scope import Scope, temporary
from metrics.windows import Window


def changes_of_flows(connection: Connection, numbers: Mapping[int, Counted], scope: Scope) -> pa.Table:
    """Changes of distinct persons of flows that share area, windows, units and datasets."""
    first = _first_days(connection, _rows(numbers, scope), numbers)
    return _counted_by_day(connection, first, numbers, scope)


def changes_of_stocks(connection: Connection, numbers: Mapping[int, Counted], scope: Scope) -> pa.Table:
    """Changes of distinct persons in stock that share area, units and datasets.

    A person all of whose records last is in stock from the first day on. The few with a record that
    ended are followed through every beginning and end.
    """
    one = next(iter(numbers.values()))
    ended = _ended_persons(connection, one, scope)
    lasting = _rows(numbers, scope, without=ended)
    first = _first_days(connection, lasting, numbers)
    stayed = _counted_by_day(connection, first, numbers, scope)
    held = [_held(number, counted, ended, scope) for number, counted in numbers.items()]
    followed = read_found(connection, held)
    ended.drop(connection)
    return summed([stayed, followed])


def _rows(
    numbers: Mapping[int, Counted], scope: Scope, without: Table | None = None
) -> CompoundSelect[Any] | Select[Any]:
    """All records that count for any of the measures: key, and one day per measure."""
    one = next(iter(numbers.values()))
    names = dict.fromkeys(name for counted in numbers.values() for name in counted.declared.datasets)
    selects = []
    for name in names:
        dataset, table = datasets()[name], scope.records[name]
        day = table.c[dataset.date]
        conditions = {
            number: compile_condition(counted.declared.condition(name), table, dataset)
            for number, counted in numbers.items()
            if name in counted.declared.datasets
        }
        inside, place = scope.inside(table, one.area)
        unit = one.unit(table)
        key: dict[str, ColumnElement[Any]] = {
            "place": place,
            "unit": unit,
            "person": table.c.person,
            "span": _span(day, one.windows),
        }
        statement = select(
            *(key[name].label(name) for name in _key(one)),
            *(
                (case((conditions[number], day)) if number in conditions else null()).label(
                    f"k{number}"
                )
                for number in numbers
            ),
        ).select_from(inside)
        statement = statement.where(or_(*conditions.values()), table.c.person.is_not(None))
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


def _key(one: Counted) -> list[str]:
    """What a person has one first day for: only what tells rows apart."""
    key = ["person"]
    if not one.at_unit:
        key.append("place")
    if one.unit_field is not None:
        key.append("unit")
    if len(one.windows) > 1:
        key.append("span")
    return key


def _first_days(
    connection: Connection,
    rows: CompoundSelect[Any] | Select[Any],
    numbers: Mapping[int, Counted],
) -> Table:
    """Each person's first day per place, unit and window, for each measure."""
    return temporary(connection, _firsts(rows, numbers))


def _firsts(rows: CompoundSelect[Any] | Select[Any], numbers: Mapping[int, Counted]) -> Select[Any]:
    found = rows.subquery()
    key = [found.c[name] for name in _key(next(iter(numbers.values())))]
    days = (func.min(found.c[f"k{number}"]).label(f"k{number}") for number in numbers)
    return select(*key, *days).group_by(*key)


def _counted_by_day(
    connection: Connection, first: Table, numbers: Mapping[int, Counted], scope: Scope
) -> pa.Table:
    """First days counted by day, at each place and all above it; `first` is dropped."""
    if "place" not in first.c:
        found = read_found(connection, [_by_day(first, number) for number in numbers])
        first.drop(connection)
        return found
    area = next(iter(numbers.values())).area
    climbed = scope.climb(connection, area, first, lambda rows: _firsts(rows, numbers))
    rows = climbed.rows.cte("levels")
    found = read_found(connection, [_by_day(rows, number) for number in numbers])
    climbed.drop(connection)
    return found


def _by_day(first: FromClause, number: int) -> Select[Any]:
    """How many persons come to a measure by day."""
    day = first.c[f"k{number}"]
    key = [first.c[name] for name in ("place", "unit") if name in first.c]
    place, unit = first.c.get("place", null()), first.c.get("unit", literal(""))
    counted = select(literal(number), place, unit, day, func.count())
    return counted.where(day.is_not(None)).group_by(*key, day)


def _ended_persons(connection: Connection, one: Counted, scope: Scope) -> Table:
    """The persons with any record that ended."""
    selects = [
        select(records.c.person).where(records.c[ends].is_not(None), records.c.person.is_not(None))
        for name in one.declared.datasets
        for records in [scope.records[name]]
        if (ends := datasets()[name].ends) is not None
    ] or [select(literal(-1)).where(literal(1) == 0)]
    found = union_all(*selects).subquery()
    person = found.c[0]
    return temporary(connection, select(person.label("person")).group_by(person))


def _held(number: int, counted: Counted, ended: Table, scope: Scope) -> Select[Any]:
    """Follow persons with ended records: +1 when the first record begins, -1 when the last ends."""
    measure = counted.declared
    moves = []
    for name in measure.datasets:
        dataset, table = datasets()[name], scope.records[name]
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
    return (
        select(literal(number), running.c.place, running.c.unit, running.c.day, func.sum(step))
        .group_by(running.c.place, running.c.unit, running.c.day)
        .having(func.sum(step) != 0)
    )
