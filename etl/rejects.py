"""Rejects: what was refused, as rows to read and as files to correct and load again.

Owns `read_rejects`, `by_dataset`, `rejects_csv` and `rejects_xlsx`. A file holds the original columns
in the file's own order, then what is wrong and what to do; corrected in place, it loads like any other
(columns that no dataset knows are ignored). Identity numbers are masked and names left out: they must
be typed again. Called by the command line and the quality page. May import `datasets`, `texts`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter
from sqlalchemy import Connection, text

from etl.datasets import datasets
from etl.texts import Language, Text

#: The columns that are added to the original ones.
ADDED = {
    "source_file": Text("来源文件", "Source file"),
    "source_sheet": Text("来源工作表", "Source sheet"),
    "source_row": Text("来源行号", "Source row"),
    "header": Text("问题列", "Column refused"),
    "value": Text("原值", "Value found"),
    "reason": Text("原因", "Reason"),
    "remedy": Text("处理办法", "Remedy"),
}

#: Their headers in both languages: in a file that was corrected they are no cells of the row.
ADDED_HEADERS = frozenset(header for text in ADDED.values() for header in text)


@dataclass(frozen=True, slots=True)
class Reject:
    """One bad cell of one refused row. `original` is the row as sent, by header."""

    load: int
    dataset: str
    source_file: str
    source_sheet: str
    source_row: int
    header: str
    value: str | None
    reason: Text
    remedy: Text
    original: dict[str, str]


def read_rejects(connection: Connection) -> list[Reject]:
    """All rejects of a snapshot, in order of load, file and row."""
    rows = connection.execute(
        text("SELECT * FROM rejects ORDER BY load, source_file, source_sheet, source_row, field")
    ).mappings()
    return [
        Reject(
            load=row["load"],
            dataset=row["dataset"],
            source_file=row["source_file"],
            source_sheet=row["source_sheet"],
            source_row=row["source_row"],
            header=row["header"],
            value=row["value"],
            reason=Text(row["reason_zh"], row["reason_en"]),
            remedy=Text(row["remedy_zh"], row["remedy_en"]),
            original=json.loads(row["original"]),
        )
        for row in rows
    ]


def _table(rejects: Sequence[Reject], language: Language) -> tuple[list[str], list[list[str]]]:
    """Headers and rows of one dataset's rejects: a row once, its problems joined."""
    headers = list(dict.fromkeys(name for reject in rejects for name in reject.original))
    rows: dict[tuple[int, str, str, int], list[Reject]] = {}
    for reject in rejects:
        key = (reject.load, reject.source_file, reject.source_sheet, reject.source_row)
        rows.setdefault(key, []).append(reject)
    found = []
    for group in rows.values():
        first = group[0]
        found.append(
            [
                *(first.original.get(name, "") for name in headers),
                first.source_file,
                first.source_sheet,
                str(first.source_row),
                "；".join(reject.header for reject in group),
                "；".join(reject.value or "" for reject in group),
                "；".join(reject.reason.of(language) for reject in group),
                "；".join(reject.remedy.of(language) for reject in group),
            ]
        )
    return [*headers, *(text.of(language) for text in ADDED.values())], found


def by_dataset(rejects: Sequence[Reject]) -> dict[str, list[Reject]]:
    """The rejects of each dataset: a file that is to be loaded again holds one."""
    groups: dict[str, list[Reject]] = {}
    for reject in rejects:
        groups.setdefault(reject.dataset, []).append(reject)
    return groups


def rejects_csv(rejects: Sequence[Reject], language: Language = "zh") -> str:
    """The rejects as CSV: one table, or one below the other with an empty line between them."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    for number, group in enumerate(by_dataset(rejects).values()):
        if number:
            sink.write("\n")
        headers, rows = _table(group, language)
        writer.writerow(headers)
        writer.writerows([harmless(cell) for cell in row] for row in rows)
    return sink.getvalue()


def rejects_xlsx(rejects: Sequence[Reject], language: Language = "zh") -> bytes:
    """The rejects as a workbook, a sheet for each dataset, the bad cells marked and commented."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1})
        bad = book.add_format({"bg_color": "#FFE1D6", "border": 1})
        for name, group in by_dataset(rejects).items():
            sheet = book.add_worksheet(datasets()[name].title.of(language))
            headers, rows = _table(group, language)
            sheet.write_row(0, 0, headers, head)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(headers) - 1, 18)
            column_of = {header: column for column, header in enumerate(headers)}
            for number, cells in enumerate(rows, 1):
                for column, cell in enumerate(cells):
                    sheet.write_string(number, column, cell)
                for header in cells[len(headers) - 4].split("；"):
                    official = _written_header(name, header, headers)
                    if official is not None:
                        column = column_of[official]
                        sheet.write_string(number, column, cells[column], bad)
                        sheet.write_comment(number, column, cells[-2] + "\n" + cells[-1])
    return sink.getvalue()


def _written_header(dataset: str, header: str, headers: Sequence[str]) -> str | None:
    """The column of the file that a field's official header stands for."""
    for field in datasets()[dataset].fields:
        if field.header.zh == header:
            return next((h for h in (header, *field.aliases) if h in headers), None)
    return None


def harmless(cell: str) -> str:
    """A text that no spreadsheet runs as a formula; numbers stay numbers."""
    if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        try:
            float(cell)
        except ValueError:
            return "'" + cell
    return cell
