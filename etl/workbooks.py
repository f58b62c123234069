"""Workbooks: their sheets as tables of text, and what of them a reader does not see on the screen.

Owns `BookSheet` and `read_book`. A hidden sheet is read so that it can be said that it was left out;
hidden rows are rows like others (a filter hides them, and they are data), and it is said that there
are some. A number that lost digits when the workbook took it as a number is shown as a spreadsheet
shows it, 1.10105E+17, so that it can be refused: it is never guessed. Serials of a workbook that counts
its days from 1904 become dates here, since later nobody knows that it does. Called by `reading`. May
import `book_parts`, `book_pieces`, `errors`, `foreign_words`, `merged_cells`, `source_files`, `texts`,
`unpacking`.
"""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from etl.book_parts import book_facts
from etl.book_pieces import OpenBook
from etl.errors import SourceError
from etl.foreign_words import first_line
from etl.merged_cells import Failed, Merged
from etl.source_files import SourceFile
from etl.texts import Text
from etl.unpacking import BROKEN, damaged

#: Of a number with so many digits a spreadsheet does not keep the last ones.
LOST_FROM = 16

#: How the reader names what is shown of a formula that has no result.
_ERRORS = {
    "Div0": "#DIV/0!", "NA": "#N/A", "Name": "#NAME?", "Null": "#NULL!", "Num": "#NUM!", "Ref": "#REF!",
    "GettingData": "#GETTING_DATA",
}  # fmt: skip

#: Day 0 of a workbook that counts from 1904, in days from 1970.
_DAY_0_OF_1904 = (date(1904, 1, 1) - date(1970, 1, 1)).days


@dataclass(frozen=True, slots=True)
class BookSheet:
    """A sheet of a workbook: `table` has a column of text for each of its own, c0, c1, ...
    `long_numbers`: it may have some; `are_numbers`: the rows whose cell of a column is a number.
    `merged`: its merged cells."""

    name: str
    table: pa.Table = field(repr=False)
    hidden: bool
    hidden_rows: bool
    from_1904: bool
    long_numbers: bool
    are_numbers: Callable[[int], pa.ChunkedArray] = field(repr=False)
    merged: Sequence[Merged] = field(repr=False)

    def told_apart(self, numbers: Sequence[int], days: Sequence[int]) -> pa.Table:
        """The table, with what its text alone does not tell: in the columns `numbers` which of them
        lost digits, in the columns `days` what a serial means."""
        return self._with_days(self._with_lost_digits(self.table, numbers), days)

    def _with_days(self, table: pa.Table, columns: Sequence[int]) -> pa.Table:
        for column in columns if self.from_1904 else ():
            texts = table.column(column)
            serial = pc.match_substring_regex(texts, r"^[1-9][0-9]{4}(\.[0-9]+)?$")
            number = pc.cast(pc.if_else(serial, pc.utf8_slice_codeunits(texts, 0, 5), None), pa.int32())
            day = pc.cast(pc.add(number, pa.scalar(_DAY_0_OF_1904, pa.int32())), pa.date32())
            read = pc.coalesce(pc.cast(day, pa.string()), texts)
            table = table.set_column(column, table.column_names[column], read)
        return table

    def _with_lost_digits(self, table: pa.Table, columns: Sequence[int]) -> pa.Table:
        for column in columns if self.long_numbers else ():
            texts = table.column(column)
            long = pc.match_substring_regex(texts, rf"^[0-9]{{{LOST_FROM},}}$")
            if not pc.any(long).as_py():
                continue
            power = pc.cast(pc.subtract(pc.utf8_length(texts), 1), pa.string())
            parts = (pc.utf8_slice_codeunits(texts, 0, 1), pc.utf8_slice_codeunits(texts, 1, 6))
            shown = pc.binary_join_element_wise(pc.binary_join_element_wise(*parts, "."), power, "E+")
            kept = pc.if_else(
                pc.and_(pc.fill_null(long, False), self.are_numbers(column)), shown, texts
            )
            table = table.set_column(column, table.column_names[column], kept)
        return table


def read_book(file: SourceFile) -> Iterator[BookSheet]:
    """The sheets of a workbook that hold anything. Raises SourceError."""
    try:
        yield from (sheet for sheet in _sheets(file) if sheet.table.num_rows)
    except fastexcel.FastExcelError as error:
        said = first_line(error)
        raise SourceError(
            Text(
                f"{file.name}：不能作为工作簿读取，可能已损坏或加了密码；请去掉密码后重新另存（{said}）",
                f"{file.name}: cannot be read as a workbook, damaged or locked by a password: save it "
                f"again without one ({said})",
            )
        ) from error
    except BROKEN as error:
        raise SourceError(damaged(file)) from error


def _sheets(file: SourceFile) -> Iterator[BookSheet]:
    try:
        book = OpenBook(file) if zipfile.is_zipfile(file.path) else None
    except LookupError:
        book = None
    if book is None:
        yield from _sheets_of_other(file)
        return
    for sheet in book.sheets:
        texts = book.texts(sheet)
        yield BookSheet(
            sheet.name, texts.table, sheet.hidden, texts.hidden_rows, book.from_1904,
            texts.long_numbers, partial(book.are_numbers, sheet, texts.before), texts.merged,
        )  # fmt: skip


def _sheets_of_other(file: SourceFile) -> Iterator[BookSheet]:
    """The sheets of a workbook that is read whole: of Excel 97, OpenDocument, binary parts."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        facts = aside.submit(book_facts, file.path)
        book = fastexcel.read_excel(_source(file))
        loaded = [
            (name, book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string"))
            for name in book.sheet_names
        ]
        found = facts.result()

    def are_numbers(name: str, column: int) -> pa.ChunkedArray:
        # What is a number can be read as yes or no; what was typed as text cannot.
        read = book.load_sheet(
            name, header_row=None, skip_rows=0, dtypes="boolean", use_columns=[column]
        )
        return pc.fill_null(pa.chunked_array([read.to_arrow().column(0)]), False)

    for name, sheet in loaded:
        columns = sheet.selected_columns
        before = columns[0].absolute_index if columns else 0
        table = _table(sheet, before, found.failed.get(name, ()))
        merged = [one.moved(left=before) for one in found.merged.get(name, ())]
        yield BookSheet(
            name, table, sheet.visible != "visible", name in found.hidden_rows, found.from_1904,
            True, partial(are_numbers, name), merged,
        )  # fmt: skip


def _source(file: SourceFile) -> str | bytes:
    """The workbook as it is to be opened: one with another kind's ending is told by its content."""
    with file.path.open("rb") as source:
        is_zip = source.read(2) == b"PK"
    if is_zip == (file.path.suffix.lower() not in {".xls"}) and file.path.suffix:
        return str(file.path)
    return file.path.read_bytes()


def _table(sheet: fastexcel.ExcelSheet, before: int, failed: Iterable[Failed]) -> pa.Table:
    """The cells of a sheet as text, with what is shown of formulas without a result. `before`: how many
    columns there are to the left of it."""
    batch, errors = sheet.to_arrow_with_errors()
    names = [f"c{i}" for i in range(batch.num_columns)]
    table = pa.Table.from_batches([batch]).rename_columns(names)
    table = table.cast(pa.schema([(name, pa.string()) for name in names]))
    shown: defaultdict[int, list[tuple[range, str]]] = defaultdict(list)
    for error in errors.errors if errors else ():
        row, column = error.position
        shown[column].append((range(row, row + 1), _shown(error.detail)))
    for one in failed:
        for column in range(max(one.left - before, 0), min(one.right - before, len(names))):
            shown[column].append((range(one.top, min(one.bottom, len(batch))), one.shown))
    for column, places in shown.items():
        texts = table.column(column).to_pylist()
        for rows, text in places:
            texts[rows.start : rows.stop] = [text] * len(rows)
        table = table.set_column(column, names[column], pa.array(texts, pa.string()))
    return table


def _shown(detail: str) -> str:
    """What a spreadsheet shows of a formula without a result, as the reader names it."""
    return next((shown for word, shown in _ERRORS.items() if f"Error({word})" in detail), "#VALUE!")
