"""Received: how many records each place has of each dataset, month by month, and from which files.

Owns `count_days`, which reads every dataset once, or what came since, `receive`, which writes the
tables `received` and `freshness` of what it found, and `Received`. Called by `evaluate`; `completeness`
and `unusual_months` make their rows of it. May import `before`, `reading`, `scope`, `tables`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Connection,
    Select,
    Table,
    cast,
    extract,
    func,
    literal,
    select,
    union_all,
)

from etl.datasets import record_datasets
from metrics.before import Before
from metrics.reading import read_columns
from metrics.scope import temporary
from metrics.tables import FRESHNESS, HISTORY, RECEIVED, RECORDS


def month_of(day: date) -> int:
    """A month as a number, so that the one after it is one more."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month that is given as a number."""
    return date(month // 12, month % 12 + 1, 1)


#: The records of months in which there are any.
Months = Mapping[int, int]


@dataclass(frozen=True)
class Received:
    """What is recorded: a row for each dataset, place (its code), month and file, with `records`."""

    rows: pd.DataFrame

    def of_places(self) -> Mapping[tuple[str, str], Months]:
        """The records of each dataset at each place itself, by month."""
        return _by_month(self.rows)

    def together(self, group_of: Mapping[str, str]) -> Together:
        """The same of groups of places; those without a group are left out."""
        rows = self.rows.assign(place=self.rows["place"].map(group_of)).dropna(subset=["place"])
        named = rows[rows["source_file"] != ""].dropna(subset=["source_file"])
        found: dict[tuple[str, str, int], list[str]] = {}
        for dataset, place, month, file in _tuples(named[[*_MONTH, "source_file"]].drop_duplicates()):
            found.setdefault((dataset, place, month), []).append(file)
        return Together(_by_month(rows), found)

    def main_files(
        self, months: Collection[tuple[str, str, int]]
    ) -> Mapping[tuple[str, str, int], str]:
        """The file that brought most of each of some months (dataset, place and month)."""
        wanted = self.rows[self.rows["month"].isin({month for _, _, month in months})]
        found: dict[tuple[str, str, int], tuple[int, str]] = {}
        for dataset, place, month, file, records in _tuples(wanted):
            key = dataset, place, month
            if file and key in months:
                found[key] = max((records, file), found.get(key, (0, "")))
        return {key: file for key, (_, file) in found.items()}


@dataclass(frozen=True)
class Together:
    """What is recorded for groups of places, by dataset and group: how many records each month has, and
    which files brought any."""

    months: Mapping[tuple[str, str], Months]
    files: Mapping[tuple[str, str, int], Sequence[str]]


_MONTH = ["dataset", "place", "month"]


def _by_month(rows: pd.DataFrame) -> dict[tuple[str, str], dict[int, int]]:
    summed = rows.groupby(_MONTH, observed=True)["records"].sum().reset_index()
    found: dict[tuple[str, str], dict[int, int]] = {}
    for dataset, place, month, records in _tuples(summed):
        found.setdefault((dataset, place), {})[month] = records
    return found


def _tuples(rows: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return zip(*(rows[name].tolist() for name in rows.columns), strict=True)


def count_days(connection: Connection, before: Before | None = None) -> Table:
    """How many records there are of each place, day and file, as `received` has it, in a temporary
    table: all are counted, or only those that came and went since `before`."""
    return temporary(connection, _all_days() if before is None else _days_since(before))


def receive(connection: Connection, days: Table) -> Received:
    """Write `received` and `freshness` of `days`, which are dropped."""
    key = (days.c.dataset, days.c.place)
    first, last = func.min(days.c.day), func.max(days.c.day)
    by_place = select(*key, func.sum(days.c.records), first, last).group_by(*key)
    for table, rows in ((RECEIVED, select(days)), (FRESHNESS, by_place)):
        connection.execute(table.insert().from_select(table.c.keys(), rows))
    month = extract("year", days.c.day) * 12 + extract("month", days.c.day) - 1
    records = cast(func.sum(days.c.records), BigInteger).label("records")
    by_month = select(*key, month.label("month"), days.c.source_file, records)
    rows = read_columns(connection, by_month.group_by(*key, month, days.c.source_file))
    days.drop(connection)
    return Received(rows.to_pandas(strings_to_categorical=True))


def _all_days() -> CompoundSelect[Any]:
    return union_all(*(_counted(name, table, 1) for name, table in RECORDS.items()))


def _days_since(before: Before) -> Select[Any]:
    """What was received before, with what was added and without what was removed since."""
    moves: list[Select[Any]] = [select(*RECEIVED.c)]
    for name in sorted(before.datasets):
        table, history = RECORDS[name], HISTORY[name]
        moves.append(_counted(name, table, 1).where(before.added(table)))
        moves.append(_counted(name, history, -1).where(before.removed(history)))
    *key, records = union_all(*moves).subquery().c
    left = cast(func.sum(records), BigInteger)
    return select(*key, left.label(records.name)).group_by(*key).having(left != 0)


def _counted(dataset: str, table: Table, sign: int) -> Select[Any]:
    day = table.c[record_datasets()[dataset].date]
    count = (func.count() * sign).label("records")
    named = (literal(dataset).label("dataset"), table.c.place, day.label("day"), table.c.source_file)
    return select(*named, count).group_by(table.c.place, day, table.c.source_file)
