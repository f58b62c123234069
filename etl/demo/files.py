"""Demo files: made-up records written as offices would send them.

Owns `write_files`: CSV by year in several encodings, workbooks of several sheets with a merged title
over the headers. Bytes depend on the scenario, the scale and the seed only. Called by
`write_demo`. May import `handwriting`, `mistakes`, `records`, `datasets`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import xlsxwriter

from etl.datasets import Dataset, datasets
from etl.demo.handwriting import Clerk
from etl.demo.mistakes import corrected, with_mistakes
from etl.demo.records import Records, generator
from etl.demo.scenario import Book, BookSheet, CsvFiles, Hand, Scenario

#: Workbooks say when they were made; a fixed day keeps their bytes the same.
_MADE_ON = datetime(2025, 7, 1)


def write_files(scenario: Scenario, records: Records, folder: Path, seed: int) -> Iterator[Path]:
    """Write all files of a scenario into `folder`; gives each path once it is written."""

    def clerk(hand: Hand, name: str) -> Clerk:
        return Clerk(records, hand, generator(seed, scenario.policy, name))

    for spec in scenario.files:
        if isinstance(spec, Book):
            clerks = [clerk(sheet.hand, spec.name + sheet.name) for sheet in spec.sheets]
            yield _write_book(folder / spec.name, spec, records, clerks)
            continue
        dataset = datasets()[spec.dataset]
        for name, hand, table in _by_year(spec, dataset, records.tables[spec.dataset]):
            yield write_csv(folder / name, clerk(hand, name).write(dataset, table), hand.encoding)
    for correction in scenario.corrections:
        dataset, table = datasets()[correction.dataset], corrected(correction, records)
        written = clerk(correction.hand, correction.name).write(dataset, table)
        yield write_csv(folder / correction.name, written, correction.hand.encoding)
    for spoilt in scenario.mistakes:
        rng = generator(seed, scenario.policy, spoilt.name)
        written = with_mistakes(spoilt, records, clerk(spoilt.hand, spoilt.name), rng)
        yield write_csv(folder / spoilt.name, written, spoilt.hand.encoding)


def write_csv(path: Path, table: pa.Table, encoding: str) -> Path:
    """Write columns of text as CSV. No cell has a comma or a quote in it, or Arrow refuses to write."""
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink, pyarrow.csv.WriteOptions(quoting_style="none"))
    content = sink.getvalue()
    if encoding == "utf-8":
        path.write_bytes(memoryview(content))
    else:
        text = content.to_pybytes().decode("utf-8")
        if encoding == "utf-16":
            # Little-endian with its mark on every machine, as Excel writes it.
            path.write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
        else:
            path.write_bytes(text.encode(encoding))
    return path


def _by_year(spec: CsvFiles, dataset: Dataset, table: pa.Table) -> Iterator[tuple[str, Hand, pa.Table]]:
    """Name, hand and rows of each file of a dataset; the table is in order of date."""
    years = pc.year(table[dataset.date]).to_numpy()
    if spec.stock is not None:
        old = int(np.searchsorted(years, spec.before))
        yield spec.stock, spec.by_year.get(0, spec.hand), table.slice(0, old)
        table, years = table.slice(old), years[old:]
    for year in np.unique(years).tolist():
        first, last = np.searchsorted(years, [year, year + 1]).tolist()
        hand = spec.by_year.get(year, spec.hand)
        yield spec.name.format(year=year), hand, table.slice(first, last - first)


def _write_book(path: Path, book: Book, records: Records, clerks: list[Clerk]) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        workbook.set_properties({"created": _MADE_ON, "author": "演示数据"})
        for sheet, clerk in zip(book.sheets, clerks, strict=True):
            _write_sheet(
                workbook, sheet, datasets()[sheet.dataset], records.tables[sheet.dataset], clerk
            )
    return path


def _write_sheet(
    workbook: Any, spec: BookSheet, dataset: Dataset, table: pa.Table, clerk: Clerk
) -> None:
    title = workbook.add_format({"bold": True, "align": "center", "font_size": 16})
    head = workbook.add_format({"bold": True, "border": 1, "bg_color": "#DDE7F0", "text_wrap": True})
    day_format = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet = workbook.add_worksheet(spec.name)
    fields = clerk.headers(dataset, table)
    last = len(fields) - 1
    sheet.merge_range(0, 0, 0, last, spec.title, title)
    sheet.write_row(1, 0, list(fields), head)
    sheet.freeze_panes(2, 0)
    sheet.set_column(0, last, 16)
    for column, field in enumerate(fields.values()):
        is_date = field.type == "date" and spec.hand.dates == "excel"
        is_number = field.type in {"number", "integer"}
        written = table[field.name] if is_date or is_number else clerk.column(field, table)
        for row, value in enumerate(written.to_pylist(), 2):
            if isinstance(value, date):
                at = datetime(value.year, value.month, value.day)
                sheet.write_datetime(row, column, at, day_format)
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            elif value is not None:
                sheet.write_number(row, column, value)
