"""Workbooks: their sheets as tables of text, and what of them a reader does not see on the screen.

Owns `BookSheet` and `read_book`. A hidden sheet is read so that it can be said that it was left out;
hidden rows are rows like others (a filter hides them, and they are data), and it is said that there
are some. A number that lost digits when the workbook took it as a number is shown as a spreadsheet
shows it, 1.10105E+17, so that it can be refused: it is never guessed. Serials of a workbook that counts
its days from 1904 become dates here, since later nobody knows that it does. Called by `reading`. May
import `book_parts`, `errors`, `foreign_words`, `source_files`, `texts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from etl.book_parts import BookFacts, book_facts
from etl.errors import SourceError
from etl.foreign_words import first_line
from etl.source_files import SourceFile
from etl.texts import Text

#: Of a number with so many digits a spreadsheet does not keep the last ones.
LOST_FROM = 16

#: Day 0 of a workbook that counts from 1904, in days from 1970.
_DAY_0_OF_1904 = (date(1904, 1, 1) - date(1970, 1, 1)).days


@dataclass(frozen=True, slots=True)
class BookSheet:
    """A sheet of a workbook: `table` has a column of text for each of its own, c0, c1, ..."""

    name: str
    table: pa.Table = field(repr=False)
    hidden: bool
    facts: BookFacts
    book: fastexcel.ExcelReader = field(repr=False)

    def told_apart(self, numbers: Sequence[int], days: Sequence[int]) -> pa.Table:
        """The table, with what its text alone does not tell: in the columns `numbers` which of them
        lost digits, in the columns `days` what a serial means."""
        return self._with_days(self._with_lost_digits(self.table, numbers), days)

    def _with_days(self, table: pa.Table, columns: Sequence[int]) -> pa.Table:
        for column in columns if self.facts.from_1904 else ():
            texts = table.column(column)
            serial = pc.match_substring_regex(texts, r"^[1-9][0-9]{4}(\.[0-9]+)?$")
            number = pc.cast(pc.if_else(serial, pc.utf8_slice_codeunits(texts, 0, 5), None), pa.int32())
            day = pc.cast(pc.add(number, pa.scalar(_DAY_0_OF_1904, pa.int32())), pa.date32())
            read = pc.coalesce(pc.cast(day, pa.string()), texts)
            table = table.set_column(column, table.column_names[column], read)
        return table

    def _with_lost_digits(self, table: pa.Table, columns: Sequence[int]) -> pa.Table:
        told = self.facts.long_numbers
        for column in columns if told is None or self.name in told else ():
            texts = table.column(column)
            long = pc.match_substring_regex(texts, rf"^[0-9]{{{LOST_FROM},}}$")
            if not pc.any(long).as_py():
                continue
            # What is a number can be read as yes or no; what was typed as text cannot.
            numbers = self.book.load_sheet(
                self.name, header_row=None, skip_rows=0, dtypes="boolean", use_columns=[column]
            ).to_arrow()
            is_number = pc.fill_null(numbers.column(0), False)
            power = pc.cast(pc.subtract(pc.utf8_length(texts), 1), pa.string())
            parts = (pc.utf8_slice_codeunits(texts, 0, 1), pc.utf8_slice_codeunits(texts, 1, 6))
            shown = pc.binary_join_element_wise(pc.binary_join_element_wise(*parts, "."), power, "E+")
            kept = pc.if_else(pc.and_(pc.fill_null(long, False), is_number), shown, texts)
            table = table.set_column(column, table.column_names[column], kept)
        return table


def read_book(file: SourceFile) -> Iterator[BookSheet]:
    """The sheets of a workbook that hold anything. Raises SourceError."""
    with ThreadPoolExecutor(max_workers=1) as aside:
        facts = aside.submit(book_facts, file.path)
        try:
            book = fastexcel.read_excel(_source(file))
            loaded = [
                (name, book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string"))
                for name in book.sheet_names
            ]
            tables = [(name, sheet.visible, _table(sheet.to_arrow())) for name, sheet in loaded]
        except fastexcel.FastExcelError as error:
            said = first_line(error)
            raise SourceError(
                Text(
                    f"{file.name}：不能作为工作簿读取，可能已损坏或加了密码；请重新另存（{said}）",
                    f"{file.name}: cannot be read as a workbook: {said}",
                )
            ) from error
        found = facts.result()
    for name, visible, table in tables:
        if table.num_rows:
            yield BookSheet(name, table, visible != "visible", found, book)


def _source(file: SourceFile) -> str | bytes:
    """The workbook as it is to be opened: one with another kind's ending is told by its content."""
    with file.path.open("rb") as source:
        is_zip = source.read(2) == b"PK"
    if is_zip == (file.path.suffix.lower() not in {".xls"}) and file.path.suffix:
        return str(file.path)
    return file.path.read_bytes()


def _table(batch: pa.RecordBatch) -> pa.Table:
    table = pa.Table.from_batches([batch])
    names = [f"c{i}" for i in range(table.num_columns)]
    return table.rename_columns(names).cast(pa.schema([(name, pa.string()) for name in names]))
