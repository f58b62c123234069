"""Unusual months: a place that reports many times what it usually does has perhaps reported twice.

Owns `unusual_months`. Called by `warnings`. May import `received`, `rows`.

The rule: at least `TIMES` the median of the months with records among the `LOOKED_BACK` before it, of
which there must be `KNOWN_MONTHS`; and at least `LEAST_RECORDS`, since ten after one says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from etl.datasets import datasets
from etl.texts import Text
from metrics.received import Month, Received, first_day
from metrics.rows import WarningRow

#: So many times the usual number is no chance.
TIMES = 10
#: A month with fewer records is not looked at.
LEAST_RECORDS = 30
#: The months before it that tell what is usual, and how many of them must have records.
LOOKED_BACK, KNOWN_MONTHS = 12, 6


def unusual_months(received: Received, names: Mapping[str, Text]) -> Iterator[WarningRow]:
    """One warning for each dataset, place and month."""
    for (dataset, place), months in sorted(received.months.items()):
        for number, month in sorted(months.items()):
            if month.records < LEAST_RECORDS:
                continue
            before = range(number - LOOKED_BACK, number)
            known = [months[n].records for n in before if n in months]
            if len(known) >= KNOWN_MONTHS and month.records >= TIMES * median(known):
                usual = float(median(known))
                yield _warning(dataset, place, names[place], number, month, usual)


def _warning(
    dataset: str, place: str, name: Text, number: int, month: Month, usual: float
) -> WarningRow:
    title, said = datasets()[dataset].title, f"{first_day(number):%Y-%m}"
    return WarningRow(
        kind="unusual_month",
        said_zh=f"{name.zh}{title.zh} {month.records} 条，平时每月 {usual:g} 条",
        said_en=f"{name.en}, {title.en}: {month.records}, where {usual:g} a month are usual",
        remedy_zh="请核对是否重复报送，或编号有变",
        remedy_en="check whether it was reported twice, or under other numbers",
        dataset=dataset,
        place=place,
        subject=said,
        found=float(month.records),
        compared=usual,
        rows=month.records,
        source_file=max(month.files, key=lambda file: (month.files[file], file), default=None),
    )
