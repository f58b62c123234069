"""Dates long before the policy: a century or a decade mistyped, or records that belong nowhere.

Owns `early_dates`. Only the policies of a place say what is long before; loading, which refuses years
that nobody can mean, knows none. Called by `warnings`. May import `catalogue`, `places`, `rows`,
`tables`.

The rule: more than `EARLY_YEARS` whole years before the start of the earliest policy of the smallest
area that the place belongs to; and rare, at most `RARE_SHARE` of what the area has of the dataset: what
is common is history that was meant to be loaded, such as certificates of long ago.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import Connection, extract, func, select

from etl.datasets import Dataset, record_datasets
from etl.texts import Text
from metrics.catalogue import Policy
from metrics.places import AreaPlaces
from metrics.rows import WarningRow
from metrics.tables import FRESHNESS, RECORDS

#: So many years before the policy begins is long before it.
EARLY_YEARS = 10
#: What more than this share of the records has is no slip of the hand.
RARE_SHARE = Fraction(1, 100)


def early_dates(
    connection: Connection,
    policies: Iterable[Policy],
    areas: Mapping[str, AreaPlaces],
    names: Mapping[str, Text],
) -> Iterator[WarningRow]:
    """One warning for each dataset, place and file that has such dates."""
    area_of, first_year = _areas(policies, areas)
    if not first_year:
        return
    known: dict[tuple[str, str], int] = {}
    for name, place, records in connection.execute(
        select(FRESHNESS.c.dataset, FRESHNESS.c.place, FRESHNESS.c.records)
    ):
        if place in area_of:
            key = name, area_of[place]
            known[key] = known.get(key, 0) + records
    for name, dataset in record_datasets().items():
        found = [
            row
            for row in _before(connection, dataset, max(first_year.values()))
            if row.place in area_of and row.year < first_year[area_of[row.place]]
        ]
        rare = {
            area
            for area in {area_of[row.place] for row in found}
            if sum(row.records for row in found if area_of[row.place] == area)
            <= RARE_SHARE * known[name, area]
        }
        groups: dict[tuple[str, str, str], list[_Early]] = {}
        for row in found:
            if area_of[row.place] in rare:
                groups.setdefault((row.place, row.file, row.sheet), []).append(row)
        for rows in groups.values():
            place = rows[0].place
            yield _warning(dataset, names[place], rows, first_year[area_of[place]])


@dataclass(frozen=True, slots=True)
class _Early:
    """How many records of a place, file and year are too early, the first day and the first row."""

    place: str
    file: str
    sheet: str
    year: int
    records: int
    first_on: date
    row: int


def _areas(
    policies: Iterable[Policy], areas: Mapping[str, AreaPlaces]
) -> tuple[dict[str, str], dict[str, int]]:
    """The smallest area of each place, and the first year that is not long before its policies."""
    area_of: dict[str, str] = {}
    first_year: dict[str, int] = {}
    largest_first = sorted(policies, key=lambda policy: -len(areas[policy.id].codes))
    for policy in largest_first:
        area_of |= dict.fromkeys(areas[policy.id].codes, policy.area)
        year = policy.start.year - EARLY_YEARS
        first_year[policy.area] = min(year, first_year.get(policy.area, year))
    return area_of, first_year


def _before(connection: Connection, dataset: Dataset, first_year: int) -> list[_Early]:
    """The records before a year, by place, file and year of their date."""
    table = RECORDS[dataset.name]
    day = table.c[dataset.date]
    by = (table.c.place, table.c.source_file, table.c.source_sheet, extract("year", day))
    counted = (func.count(), func.min(day), func.min(table.c.source_row))
    rows = select(*by, *counted).where(day < date(first_year, 1, 1)).group_by(*by).order_by(*by)
    return [_Early(*row) for row in connection.execute(rows)]


def _warning(dataset: Dataset, name: Text, rows: Sequence[_Early], first_year: int) -> WarningRow:
    records, first = sum(row.records for row in rows), min(row.first_on for row in rows)
    header = _header(dataset)
    return WarningRow(
        kind="early_date",
        said_zh=f"{name.zh}有 {records} 行的{header.zh}早于 {first_year} 年，最早为 {first}",
        said_en=f"{name.en}: {header.en} before {first_year} in {records} rows, the earliest {first}",
        remedy_zh="请核对年份；有误的，更正后重新装载",
        remedy_en="check the years; if one is wrong, correct it and load it again",
        dataset=dataset.name,
        place=rows[0].place,
        found=float(first.year),
        compared=float(first_year),
        rows=records,
        source_file=rows[0].file,
        source_sheet=rows[0].sheet or None,
        source_row=min(row.row for row in rows),
    )


def _header(dataset: Dataset) -> Text:
    """The header of the field that a record's date comes from."""
    name = "period" if dataset.date == "period_end" else dataset.date
    return dataset.field(name).header
