"""Received: how many records each place has of each dataset, month by month, and from which files.

Owns `receive`, which reads every dataset once and writes the table `freshness` from what it found, and
`Received`. Called by `evaluate`; `completeness` and `unusual_months` make their rows of it. May import
`reading`, `scope`, `tables`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Connection, extract, func, literal, select
from sqlalchemy import union_all as all_of

from etl.datasets import record_datasets
from metrics.reading import read_columns
from metrics.scope import temporary
from metrics.tables import FRESHNESS, RECORDS


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


def receive(connection: Connection) -> Received:
    """Read all datasets once, by place, month and file; write `freshness`."""
    selects = []
    for name, dataset in record_datasets().items():
        table = RECORDS[name]
        day = table.c[dataset.date]
        month = extract("year", day) * 12 + extract("month", day) - 1
        by = (table.c.place, month.label("month"), table.c.source_file)
        counted = (
            func.count().label("records"),
            func.min(day).label("first_on"),
            func.max(day).label("last_on"),
        )
        rows_of = select(literal(name).label("dataset"), *by, *counted)
        selects.append(rows_of.group_by(table.c.place, month, table.c.source_file))
    step = temporary(connection, all_of(*selects))
    by_place = select(
        step.c.dataset,
        step.c.place,
        func.sum(step.c.records),
        func.min(step.c.first_on),
        func.max(step.c.last_on),
    ).group_by(step.c.dataset, step.c.place)
    connection.execute(FRESHNESS.insert().from_select(list(FRESHNESS.c.keys()), by_place))
    columns_read = (step.c[name] for name in (*_MONTH, "source_file", "records"))
    rows = read_columns(connection, select(*columns_read)).to_pandas(strings_to_categorical=True)
    step.drop(connection)
    return Received(rows)
