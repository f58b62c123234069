"""Received: how many records each place has of each dataset, month by month, and from which files.

Owns `receive`, which reads every dataset once and writes the table `freshness` from what it found, and
`Received`. Called by `evaluate`; `completeness` and `unusual_months` make their rows of it. May import
`scope`, `tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import BigInteger, Column, Connection, Date, String, extract, func, literal, select
from sqlalchemy import union_all as all_of

from etl.datasets import record_datasets
from metrics.scope import temporary
from metrics.tables import FRESHNESS, RECORDS


def month_of(day: date) -> int:
    """A month as a number, so that the one after it is one more."""
    return day.year * 12 + day.month - 1


def first_day(month: int) -> date:
    """The first day of a month that is given as a number."""
    return date(month // 12, month % 12 + 1, 1)


@dataclass(slots=True)
class Month:
    """The records of one month and how many of them each file brought."""

    records: int = 0
    files: dict[str, int] = field(default_factory=dict)

    def add(self, records: int, files: Mapping[str, int]) -> None:
        """Count further records, by the files that brought them."""
        self.records += records
        for file, count in files.items():
            self.files[file] = self.files.get(file, 0) + count


#: The months in which there is anything.
Months = dict[int, Month]


@dataclass(frozen=True)
class Received:
    """What is recorded at each place itself, by dataset and place (a code), month by month."""

    months: Mapping[tuple[str, str], Months]

    def together(self, dataset: str, places: Iterable[str]) -> Months:
        """The months of several places as those of one."""
        found: Months = {}
        for place in places:
            for number, month in self.months.get((dataset, place), {}).items():
                found.setdefault(number, Month()).add(month.records, month.files)
        return found


def receive(connection: Connection) -> Received:
    """Read all datasets once, by place, month and file; write `freshness`."""
    selects = []
    for name, dataset in record_datasets().items():
        table = RECORDS[name]
        day = table.c[dataset.date]
        month = extract("year", day) * 12 + extract("month", day) - 1
        by = (table.c.place, month, table.c.source_file)
        counted = (func.count(), func.min(day), func.max(day))
        selects.append(select(literal(name), *by, *counted).group_by(*by))
    columns = (
        Column("dataset", String), Column("place", String), Column("month", BigInteger),
        Column("source_file", String), Column("records", BigInteger),
        Column("first_on", Date), Column("last_on", Date),
    )  # fmt: skip
    step = temporary(connection, columns, all_of(*selects))
    by_place = select(
        step.c.dataset,
        step.c.place,
        func.sum(step.c.records),
        func.min(step.c.first_on),
        func.max(step.c.last_on),
    ).group_by(step.c.dataset, step.c.place)
    connection.execute(FRESHNESS.insert().from_select(list(FRESHNESS.c.keys()), by_place))
    months: dict[tuple[str, str], Months] = {}
    rows = select(step.c.dataset, step.c.place, step.c.month, step.c.source_file, step.c.records)
    for name, place, number, file, records in connection.execute(rows):
        found = months.setdefault((name, place), {}).setdefault(number, Month())
        found.add(records, {file: records} if file else {})
    step.drop(connection)
    return Received(months)
