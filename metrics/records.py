"""The records behind a number: which rows a target counts at a place and date.

Owns `selections`, one SELECT per part and dataset, and `Selection`. Their count, distinct count or sum
is the number, so a figure can be taken apart down to file and row. Called by `published` (downloads,
pages, the command line) and by `statement` (the SQL that is shown). May import `catalogue`,
`conditions`, `tables`, `windows`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, func, literal, or_, select

from etl.datasets import Dataset, datasets
from metrics.catalogue import Measure, Target, Units
from metrics.conditions import compile_condition
from metrics.tables import PLACE_ANCESTORS, RECORDS
from metrics.windows import Window, window_at


@dataclass(frozen=True, slots=True)
class Selection:
    """The records of one dataset that make up one part of a target.

    `part` is value, numerator, denominator or register; `table` and `condition` say which rows, and
    `amount` is what they come to: a count, a distinct count or a sum.
    """

    part: str
    dataset: Dataset
    table: Table
    condition: ColumnElement[bool]
    measure: Measure


def selections(
    target: Target,
    place: str | ColumnElement[str],
    end: date | ColumnElement[date],
    window: Window | None = None,
) -> Iterator[Selection]:
    """The selections behind a target at `place` as of `end` (not after the target's `by`).

    `window` is the one that `end` falls in; it is found for a plain date.
    """
    if window is None:
        if not isinstance(end, date):
            raise TypeError("a date to be filled in later needs its window")
        window = window_at(target.windows, end)
    measures = dict(target.measures)
    units = target.units if isinstance(target.units, Units) else None
    if units is not None and units.register is not None:
        measures["register"] = units.register
    for part, measure in measures.items():
        if measure.sql is not None:
            continue
        for name in measure.datasets:
            dataset, table = datasets()[name], RECORDS[name]
            conditions = [
                _timely(measure, dataset, table, end, window),
                table.c.place.in_(
                    select(PLACE_ANCESTORS.c.place).where(PLACE_ANCESTORS.c.ancestor == place)
                ),
            ]
            if measure.statistic is None:
                conditions.append(compile_condition(measure.condition(name), table, dataset))
            if units is not None and units.values:
                conditions.append(table.c[units.key].in_(units.values))
            yield Selection(part, dataset, table, and_(*conditions), measure)


def _timely(
    measure: Measure,
    dataset: Dataset,
    table: Table,
    end: date | ColumnElement[date],
    window: Window,
) -> ColumnElement[bool]:
    """In the window up to the date (a flow), in force at it (a stock), or the last figure by it."""
    day = table.c[dataset.date]
    until = end if isinstance(end, ColumnElement) else literal(end)
    if measure.flow:
        return and_(day >= window.start, day <= until)
    if measure.stock:
        if dataset.ends is None:
            return day <= until
        ends = table.c[dataset.ends]
        return and_(day <= until, or_(ends.is_(None), ends > until))
    later = table.alias("later")
    last = (
        select(func.max(later.c.period_end))
        .where(
            and_(
                later.c.place == table.c.place,
                later.c.indicator == table.c.indicator,
                later.c.period_end <= until,
            )
        )
        .scalar_subquery()
    )
    return and_(table.c.indicator == measure.statistic, day == last)


def amount_of(selected: Selection) -> ColumnElement[Any]:
    """What the selected records come to: their number, their distinct persons or a sum."""
    measure, table = selected.measure, selected.table
    if measure.count == "records":
        return func.count()
    if measure.count == "persons":
        return func.count(table.c.person.distinct())
    if measure.sum is not None:
        return func.sum(table.c[measure.sum]) / float(measure.per)
    return func.sum(table.c.value)
