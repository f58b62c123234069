"""Book pieces: a sheet of an Office Open XML workbook, read in pieces, on all cores, within bounds.

Owns `OpenBook`. A reader of workbooks takes in a whole sheet, on one core. Here the rows of a sheet are
cut, as they are unpacked, into pieces; each becomes a workbook of its own, in memory, beside the parts
that all sheets share, and is read by that reader. So memory is bounded whatever the sheet's size, and
no part of a file takes up more than its archive says (`unpacking`). A piece is searched for what the
values of its cells do not say: hidden rows, merged cells, and numbers so long that their last digits
may be lost. A sheet that cannot be cut, or whose pieces cannot be read, is read whole. Called by
`workbooks`. May import `book_parts`, `errors`, `merged_cells`, `source_files`, `texts`, `unpacking`.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from etl.book_parts import SheetPart, holds, open_parts
from etl.errors import SourceError
from etl.merged_cells import Merged, merged_in_xml
from etl.source_files import SourceFile
from etl.texts import Text
from etl.unpacking import LONGEST_TEXT, check_extent, check_merged, check_rows, unpacked_xml

#: How much XML a piece has: so small a part of a sheet that no core waits long for another's last one.
#: Each reads the shared parts anew, so that it is to be some times as large as they are; several are
#: in memory at once, so that it is not to be large.
LEAST, USUAL, MOST = 1024**2, 4 * 1024**2, 64 * 1024**2
_PIECES_OF_SMALL, _TIMES_SHARED = 8, 4
#: How many pieces are read at once, and how much XML they have, if there are several.
_MOST_AT_ONCE, _MOST_OF_ALL = 4, 256 * 1024**2
#: How much XML is read of a sheet that is read whole.
MOST_WHOLE = 512 * 1024**2
_LONGEST_TAG = 1024

_ROWS_BEGIN = re.compile(rb"<(\w+:)?sheetData\s*>")
#: A row of cells that is hidden, by hand or by a filter. One without cells ends at once.
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*\bhidden=[\"'](?:1|true)[\"'][^<>]*(?<!/)>")
#: A number with more digits than a spreadsheet keeps; for Arrow, which searches fast.
_LONG_NUMBER = r"v>-?(?:[0-9]{16}|[0-9]+(?:\.[0-9]+)?[eE]\+?(?:1[5-9]|[2-9][0-9]))"

#: A cell whose formula has no result, which the reader leaves empty; one with a text is read.
_IS_ERROR = r""" t=["']e["']"""
_ERROR = re.compile(rb"(<(?:\w+:)?c\s[^<>]*\bt=[\"'])e(?=[\"'])")

#: A cell, alone in the row before a piece's first and in the row after its last; and how it is read.
_MARK = b'<%srow r="%d"><%sc r="A%d" t="b"><%sv>1</%sv></%sc></%srow>'
_READ_AS = {"string": "true", "boolean": True}

Kind = Literal["string", "boolean"]


class _UnorderedError(Exception):
    """A row of a piece has a number that is not of the piece."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """The XML of a sheet with some of its rows only: those from the number `first` on, so many, and
    none from `until` on."""

    before: bytes = field(repr=False)
    rows: bytes = field(repr=False)
    after: bytes = field(repr=False)
    height: int
    first: int = 1
    until: int | None = None

    def readable_rows(self) -> bytes:
        """The rows with what the reader leaves out: of formulas without a result what is shown."""
        return _ERROR.sub(rb"\1str", self.rows) if holds(self.rows, _IS_ERROR) else self.rows

    def has_hidden_row(self) -> bool:
        return holds(self.rows, "hidden=") and _HIDDEN_ROW.search(self.rows) is not None

    def without_marks(self, read: pa.RecordBatch, kind: Kind) -> pa.RecordBatch:
        """The rows of the piece alone, of all that were read. Raises _UnorderedError."""
        begin = int(self.first > 1)
        end = read.num_rows if self.until is None else begin + self.until - self.first
        marks = ([0] if begin else []) + ([end] if self.until else [])
        if read.num_rows != end + bool(self.until) or any(
            _cells(read, row) != [_READ_AS[kind]] for row in marks
        ):
            raise _UnorderedError
        return read.slice(begin, end - begin)


class _Read(NamedTuple):
    """The rows of a piece; whether some are hidden, and have long numbers; its merged cells."""

    rows: pa.RecordBatch
    hidden_rows: bool
    long_numbers: bool
    merged: tuple[Merged, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """The cells of a sheet as text, in columns c0, c1, ... from the first with anything in it; how many
    columns are before it; whether the sheet has hidden rows, and long numbers; its merged cells."""

    table: pa.Table = field(repr=False)
    before: int
    hidden_rows: bool
    long_numbers: bool
    merged: tuple[Merged, ...]


class OpenBook:
    """A workbook of Office Open XML, and its sheets. What reads it raises one of `unpacking.BROKEN` if
    the file is damaged, fastexcel.FastExcelError if it holds no sheet, and SourceError if its cells lie
    too far from each other."""

    def __init__(self, file: SourceFile) -> None:
        """Raises LookupError for a file of another kind, or of another build."""
        self._file = file
        with zipfile.ZipFile(file.path) as book:
            parts = open_parts(book)
            self._shared = {name: b"".join(unpacked_xml(file, book, name)) for name in parts.shared}
            sizes = {sheet.part: book.getinfo(sheet.part).file_size for sheet in parts.sheets}
        self.sheets, self.from_1904 = parts.sheets, parts.from_1904
        shared = sum(map(len, self._shared.values()))
        self._sizes = {
            part: max(LEAST, min(USUAL, size // _PIECES_OF_SMALL), min(MOST, _TIMES_SHARED * shared))
            for part, size in sizes.items()
        }
        fitting = max(1, _MOST_OF_ALL // (max(self._sizes.values(), default=LEAST) + shared))
        self._at_once = min(os.cpu_count() or 1, _MOST_AT_ONCE, fitting)

    def texts(self, sheet: SheetPart) -> Texts:
        """The cells of a sheet."""
        read = self._read(sheet, "string")
        width = max(piece.rows.num_columns for piece in read)
        check_extent(self._file, sheet.part, width, sum(piece.rows.num_rows for piece in read))
        table = _joined(read, pa.string())
        before = 0
        while before < table.num_columns and table.column(before).null_count == table.num_rows:
            before += 1
        names = [f"c{i}" for i in range(table.num_columns - before)]
        used = table.select(range(before, table.num_columns)).rename_columns(names)
        hidden_rows = any(piece.hidden_rows for piece in read)
        merged = tuple(one.moved(left=before) for piece in read for one in piece.merged)
        return Texts(used, before, hidden_rows, any(piece.long_numbers for piece in read), merged)

    def are_numbers(self, sheet: SheetPart, before: int, column: int) -> pa.ChunkedArray:
        """Of each row of a sheet, whether the cell of a column is a number, where so many columns are
        `before` the first with anything in it."""
        # What is a number can be read as yes or no; what was typed as text cannot.
        table = _joined(self._read(sheet, "boolean"), pa.bool_())
        return pc.fill_null(table.column(before + column), False)

    def _read(self, sheet: SheetPart, kind: Kind) -> list[_Read]:
        try:
            return list(self._in_turn(sheet, kind, self._sizes[sheet.part]))
        except (_UnorderedError, fastexcel.FastExcelError):
            return list(self._in_turn(sheet, kind, None))

    def _in_turn(self, sheet: SheetPart, kind: Kind, size: int | None) -> Iterator[_Read]:
        def read(piece: _Piece) -> _Read:
            check_rows(self._file, sheet.part, piece.rows, piece.first, piece.height)
            merged = self._merged(sheet, piece)
            rows, before = self._all_rows(sheet, piece, kind, asked_where=bool(merged))
            return _Read(
                piece.without_marks(rows, kind),
                piece.has_hidden_row(),
                holds(piece.rows, _LONG_NUMBER),
                tuple(one.moved(left=before) for one in merged),
            )

        waiting: deque[Future[_Read]] = deque()
        with (
            zipfile.ZipFile(self._file.path) as book,
            ThreadPoolExecutor(max_workers=self._at_once) as workers,
        ):
            xml = unpacked_xml(self._file, book, sheet.part)
            for piece in _cut(xml, size, _too_long(self._file, sheet)):
                waiting.append(workers.submit(read, piece))
                if len(waiting) > self._at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _merged(self, sheet: SheetPart, piece: _Piece) -> tuple[Merged, ...]:
        if not holds(piece.rows, "mergeCell "):
            return ()
        check_merged(self._file, sheet.part, piece.rows)
        return tuple(merged_in_xml(piece.rows))

    def _all_rows(
        self, sheet: SheetPart, piece: _Piece, kind: Kind, *, asked_where: bool
    ) -> tuple[pa.RecordBatch, int]:
        """What the reader reads of a piece: rows in their places, also those that are left out; and, if
        asked, how many columns are before the first that it read, which takes longer."""
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as book:
            for name, part in self._shared.items():
                book.writestr(name, part)
            with book.open(sheet.part, "w", force_zip64=True) as xml:
                for text in (piece.before, piece.readable_rows(), piece.after):
                    xml.write(text)
        # Where rows to skip are named the reader lays out all rows from the sheet's first; else it
        # begins with the first that has anything in it: of later pieces the one before them.
        skipped = 0 if piece.first == 1 else None
        reader = fastexcel.read_excel(written.getvalue())
        if not asked_where:
            read = reader.load_sheet_eager(sheet.name, header_row=None, skip_rows=skipped, dtypes=kind)
            return pa.record_batch(read), 0
        found = reader.load_sheet(sheet.name, header_row=None, skip_rows=skipped, dtypes=kind)
        columns = found.selected_columns
        return found.to_arrow(), columns[0].absolute_index if columns else 0


def _cut(blocks: Iterator[bytes], size: int | None, too_long: SourceError) -> Iterator[_Piece]:
    """Cut the XML of a sheet into pieces of about a size; one that does not say the numbers of its rows
    stays whole, and all do if there is no size, unless they are `too_long` for it.

    The reader's columns begin with the first that has anything in it: a cell in column A of a row that
    is not asked for, before the piece's first or after its last, makes all pieces begin there.
    """
    text, searched, begin = bytearray(), 0, None
    for block in blocks:
        text += block
        if (begin := _ROWS_BEGIN.search(text, searched)) is not None:
            break
        if len(text) > MOST_WHOLE:
            raise too_long
        searched = max(0, len(text) - _LONGEST_TAG)
    if begin is None:
        yield _Piece(b"", bytes(text), b"", 0)
        return
    head, prefix = bytes(text[: begin.end()]), begin[1] or b""
    del text[: begin.end()]
    opening, mark = b"<%srow " % prefix, _MARK.replace(b"%s", prefix)
    number = re.compile(rb'<%srow\s(?:[^>]*?\s)?r="(\d+)"' % prefix)
    end = b"</%ssheetData></%sworksheet>" % (prefix, prefix)
    before, first = head, 1
    for block in blocks:
        text += block
        if len(text) > MOST_WHOLE:
            raise too_long
        if size is None or len(text) < size:
            continue
        # Looked for near the end only: there may be none in a sheet of any length.
        searched_to = len(text) - _LONGEST_TAG
        at = text.rfind(opening, max(0, searched_to - 2 * LONGEST_TEXT), searched_to)
        following = number.match(text, at) if at > 0 else None
        until = int(following[1]) if following else 0
        if until > first:
            rows, after = bytes(memoryview(text)[:at]), mark % (until, until) + end
            yield _Piece(before, rows, after, until - first, first, until)
            del text[:at]
            before, first = head + mark % (until - 1, until - 1), until
    at = text.rfind(opening)
    last = number.match(text, at) if at >= 0 else None
    height = int(last[1]) - first + 1 if last else text.count(b"row>")
    yield _Piece(before, bytes(text), b"", height, first)


def _too_long(file: SourceFile, sheet: SheetPart) -> SourceError:
    size = f"{MOST_WHOLE // 1024**2} MB"
    return SourceError(
        Text(
            f"{file.name}：工作表“{sheet.name}”的行没有按顺序写明行号，又超过 {size}，不能读取；"
            "请用 Excel 或 WPS 打开后重新另存，或拆成几个文件",
            f"{file.name}: the rows of the sheet {sheet.name!r} do not say their numbers, in order, "
            f"and take more than {size}: open it in Excel and save it again, or split it",
        )
    )


def _cells(batch: pa.RecordBatch, row: int) -> list[object]:
    """The cells of a row that have anything in them."""
    (cells,) = batch.slice(row, 1).to_pylist()
    return [cell for cell in cells.values() if cell is not None]


def _joined(read: Sequence[_Read], kind: pa.DataType) -> pa.Table:
    """One table of all pieces, as wide as the widest."""
    width = max(piece.rows.num_columns for piece in read)
    schema = pa.schema([(f"c{i}", kind) for i in range(width)])
    batches = []
    for rows, *_ in read:
        columns = [column.cast(kind) for column in rows.columns]
        columns += [pa.nulls(len(rows), kind)] * (width - len(columns))
        batches.append(pa.record_batch(columns, schema))
    return pa.Table.from_batches(batches, schema)
