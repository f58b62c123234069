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
from metrics.received import Received, first_day
from metrics.rows import WarningRow

#: So many times the usual number is no chance.
TIMES = 10
#: A month with fewer records is not looked at.
LEAST_RECORDS = 30
#: The months before it that tell what is usual, and how many of them must have records.
LOOKED_BACK, KNOWN_MONTHS = 12, 6


def unusual_months(received: Received, names: Mapping[str, Text]) -> Iterator[WarningRow]:
    """One warning for each dataset, place and month."""
    usual: dict[tuple[str, str, int], tuple[int, float]] = {}
    for (dataset, place), months in sorted(received.of_places().items()):
        least = max(LEAST_RECORDS, TIMES * min(months.values()))
        for number, records in sorted(months.items()):
            if records < least:
                continue
            known = [months[n] for n in range(number - LOOKED_BACK, number) if n in months]
            if len(known) >= KNOWN_MONTHS and records >= TIMES * median(known):
                usual[dataset, place, number] = records, float(median(known))
    files = received.main_files(usual)
    for (dataset, place, number), (records, before) in usual.items():
        title, name = datasets()[dataset].title, names[place]
        yield WarningRow(
            kind="unusual_month",
            said_zh=f"{name.zh}{title.zh} {records} 条，平时每月 {before:g} 条",
            said_en=f"{name.en}, {title.en}: {records}, where {before:g} a month are usual",
            remedy_zh="请核对是否重复报送，或编号有变",
            remedy_en="check whether it was reported twice, or under other numbers",
            dataset=dataset,
            place=place,
            subject=f"{first_day(number):%Y-%m}",
            found=float(records),
            compared=before,
            rows=records,
            source_file=files.get((dataset, place, number)),
        )
