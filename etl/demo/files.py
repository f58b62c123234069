"""Demo files: made-up records written as offices would send them.

Owns `write_files`: CSV in several encodings, workbooks with a merged title above the header, dates as
people type them, a corrected re-submission and a file with mistakes of every kind. Bytes depend on
the records only. Called by `write_demo`. May import `records`, `etl.datasets`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import xlsxwriter

from etl.datasets import Dataset, datasets
from etl.demo.records import Scenario

_WRITTEN_DATES: Mapping[str, Callable[[date], str]] = {
    "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "dots": lambda day: f"{day.year}.{day.month}.{day.day}",
}


def write_files(scenario: Scenario, tables: Mapping[str, pd.DataFrame], folder: Path) -> Iterator[Path]:
    """Write all files of a scenario into `folder`; gives each path once it is written."""
    content = scenario.content
    for spec in content["files"]:
        if "book" in spec:
            yield _write_book(folder / str(spec["book"]), spec, tables)
        else:
            yield from _write_csv_files(folder, spec, tables[spec["dataset"]])
    if "corrections" in content:
        yield _write_corrections(folder, content["corrections"], tables)
    if "mistakes" in content:
        yield _write_mistakes(folder, content["mistakes"], tables)


def _write_csv_files(folder: Path, spec: Mapping[str, Any], table: pd.DataFrame) -> Iterator[Path]:
    dataset = datasets()[spec["dataset"]]
    years = pd.to_datetime(table[dataset.date]).dt.year
    for year in sorted(years.unique()):
        path = folder / spec["name"].format(year=year)
        encoding = spec.get("encodings", {}).get(year, "utf-8")
        _write_csv(path, dataset, table[years == year], encoding, aliases=spec.get("aliases", False))
        yield path


def _write_csv(
    path: Path, dataset: Dataset, table: pd.DataFrame, encoding: str, *, aliases: bool = False
) -> None:
    columns = {}
    for field in dataset.fields:
        if field.name in table and table[field.name].notna().any():
            header = field.aliases[0] if aliases and field.aliases else field.header.zh
            columns[header] = pa.array(_texts(table[field.name]), pa.string())
    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(quoting_style="needed")
    pyarrow.csv.write_csv(pa.table(columns), sink, options)
    data = sink.getvalue().to_pybytes()
    path.write_bytes(data if encoding == "utf-8" else data.decode("utf-8").encode(encoding))


def _texts(values: pd.Series[Any]) -> list[str | None]:
    """Values as a person sees them; empty for nothing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(v) else str(v)[:10] for v in values]
    return [None if v is None or v != v or v == "" else str(v) for v in values]


def _write_book(path: Path, spec: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime(2025, 7, 1), "author": "演示"})
        title = book.add_format({"bold": True, "align": "center", "font_size": 14})
        head = book.add_format({"bold": True, "border": 1, "bg_color": "#DDE7F0"})
        day_format = book.add_format({"num_format": "yyyy-mm-dd"})
        for name in spec["sheets"]:
            dataset, table = datasets()[name], tables[name]
            fields = [f for f in dataset.fields if f.name in table and table[f.name].notna().any()]
            sheet = book.add_worksheet(dataset.title.zh)
            sheet.merge_range(0, 0, 0, len(fields) - 1, spec["title"], title)
            sheet.write_row(1, 0, [field.header.zh for field in fields], head)
            sheet.set_column(0, len(fields) - 1, 16)
            for column, field in enumerate(fields):
                for row, value in enumerate(table[field.name], 2):
                    _write_cell(sheet, row, column, value, spec["dates"], day_format)
    return path


def _write_cell(sheet: Any, row: int, column: int, value: Any, dates: str, day_format: Any) -> None:
    if value is None or value != value or value == "":
        return
    if isinstance(value, (date, pd.Timestamp)):
        day = pd.Timestamp(value).date()
        if dates == "excel":
            sheet.write_datetime(row, column, datetime(day.year, day.month, day.day), day_format)
        else:
            sheet.write_string(row, column, _WRITTEN_DATES[dates](day))
    elif isinstance(value, (int, float, np.integer, np.floating)):
        sheet.write_number(row, column, float(value))
    else:
        sheet.write_string(row, column, str(value))


def _write_corrections(
    folder: Path, spec: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]
) -> Path:
    """A later file with some rows of a year again, corrected: they supersede the first ones."""
    dataset = datasets()[spec["dataset"]]
    table = tables[spec["dataset"]]
    table = table[pd.to_datetime(table[dataset.date]).dt.year == spec["year"]]
    chosen = table.iloc[:: max(1, len(table) // spec["rows"])].head(spec["rows"]).copy()
    for field, value in spec["change"].items():
        chosen[field] = value
    path = folder / str(spec["name"])
    _write_csv(path, dataset, chosen, "utf-8-sig")
    return path


def _write_mistakes(folder: Path, spec: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> Path:
    """A file of new rows, some of them wrong in one way each, and full-width digits that are not."""
    dataset = datasets()[spec["dataset"]]
    rows = tables[spec["dataset"]].tail(spec["good"] + len(_MISTAKES)).copy()
    for field in dataset.fields:
        if field.name in rows:
            rows[field.name] = _texts(rows[field.name])
    rows = rows.astype(object).reset_index(drop=True)
    rows["record_no"] = [f"BB{number:05d}" for number in range(1, len(rows) + 1)]
    rows["hours"] = "４０学时"
    for number, (name, wrong) in enumerate(_MISTAKES):
        current = str(rows.at[number, name])
        rows.at[number, name] = wrong(current) if callable(wrong) else wrong
    path = folder / str(spec["name"])
    _write_csv(path, dataset, rows, "utf-8")
    return path


def _other_check(number: str) -> str:
    return number[:-1] + ("1" if number[-1] != "1" else "2")


#: One wrong cell each: the field, and what stands there instead.
_MISTAKES: tuple[tuple[str, str | Callable[[str], str] | None], ...] = (
    ("person_id", _other_check),
    ("person_id", _other_check),
    ("person_id", lambda number: number[:-3]),
    ("person_id", lambda number: number[:4] + "**********" + number[-4:]),
    ("person_id", None),
    ("place", "东莞县"),
    ("place", "长按镇"),
    ("place", "蓬江区"),
    ("place", None),
    ("completed_on", "2099-03-01"),
    ("completed_on", "23.5.1"),
    ("completed_on", "2023-02-30"),
    ("completed_on", "待定"),
    ("completed_on", "2018-01-01"),
    ("completed_on", None),
    ("record_no", None),
    ("record_no", "BB00060"),
    ("hours", "6000"),
    ("hours", "-8"),
    ("hours", "若干"),
    ("subsidy", "-300"),
    ("subsidy", "三百元"),
    ("level", "十级"),
    ("level", "5"),
    ("result", "优秀"),
)
