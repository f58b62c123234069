"""The workbook of rejects: the rows as they were sent, with what is to be corrected marked in place.

Owns `rejects_xlsx`. A sheet for each dataset; a bad cell is filled and carries a comment with reason
and remedy, and so does one that was covered and must be typed again. All cells are text, so that a
number typed into them keeps its digits. Called by the command line and the downloads. May import
`datasets`, `rejects`, `texts`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from etl.datasets import datasets
from etl.rejects import Reject, ReturnedRow, ReturnedRows, added_headers, by_dataset, said_of
from etl.texts import Language, Text, lines

#: Rows that one sheet can hold below its header.
SHEET_ROWS = 1_000_000

#: What a covered cell looks like (`privacy`).
_COVERED = "**"

_TYPE_AGAIN = Text(
    "为保护隐私已遮盖\n请对照证件重新填写完整内容",
    "covered, since it is personal\ncopy the whole of it again from the document",
)
_COMMENT = {"author": "Milepost", "x_scale": 2.2, "y_scale": 1.2, "font_size": 10}


@dataclass(frozen=True)
class _Formats:
    """How cells look: their fill says the same as their comment, never more."""

    head: Any
    plain: Any
    bad: Any
    again: Any
    added: Any


def rejects_xlsx(rejects: Sequence[Reject], language: Language = "zh") -> bytes:
    """The rejects as a workbook, ready to be corrected and loaded again."""
    sink = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(sink, options) as book:
        text = {"num_format": "@"}
        formats = _Formats(
            head=book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1}),
            plain=book.add_format(text),
            bad=book.add_format({**text, "bg_color": "#FFC9B8", "border": 1, "bold": True}),
            again=book.add_format({**text, "bg_color": "#FFF2CC", "border": 1}),
            added=book.add_format({**text, "font_color": "#5A6572"}),
        )
        for name, group in by_dataset(rejects).items():
            returned = ReturnedRows(group)
            rows = list(returned.rows())
            title = datasets()[name].title.of(language)
            for number, begun in enumerate(range(0, len(rows), SHEET_ROWS), 1):
                sheet = book.add_worksheet(title if number == 1 else f"{title} {number}")
                part = rows[begun : begun + SHEET_ROWS]
                _write_sheet(sheet, returned.headers, part, formats, language)
    return sink.getvalue()


def _write_sheet(
    sheet: Any,
    headers: Sequence[str],
    rows: Sequence[ReturnedRow],
    formats: _Formats,
    language: Language,
) -> None:
    added = added_headers(language)
    last = len(headers) + len(added) - 1
    # Empty cells are text too: what is typed into them must not become a number.
    sheet.set_column(0, len(headers) - 1, 18, formats.plain)
    sheet.set_column(len(headers), last, 24, formats.added)
    sheet.write_row(0, 0, [*headers, *added], formats.head)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), last)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row.cells):
            said = [lines([reject.reason, reject.remedy]) for reject in row.bad.get(column, ())]
            look = formats.bad if said else formats.plain
            if _COVERED in cell:
                look = formats.bad if said else formats.again
                said.append(_TYPE_AGAIN)
            sheet.write_string(number, column, cell, look)
            if said:
                sheet.write_comment(number, column, lines(said).of(language), _COMMENT)
        for column, cell in enumerate(said_of(row.rejects, language), len(headers)):
            sheet.write_string(number, column, cell, formats.added)
