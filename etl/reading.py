"""Reading: source files as sheets of text, raw; meaning starts in the next step.

Owns `Sheet` and `open_sheets`. CSV in UTF-8, GB18030 or UTF-16 and workbooks all become sheets with
headers, found under whatever titles stand above them, and a SQL relation of text columns named c0, c1,
... in the order of the file. Called by `loading`. May import `headers`, `errors`.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import fastexcel
import pyarrow as pa

from etl.errors import SourceError
from etl.headers import Match, match_headers

CSV_ENDINGS = (".csv", ".txt", ".tsv")
BOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")

#: The header stands in one of the first rows, under titles and notes.
_SEARCHED_ROWS = 30
_BLOCK = 4 * 1024 * 1024
_DELIMITERS = (",", "\t", ";", "，", "|")


@dataclass(frozen=True)
class Sheet:
    """One table of a source file. `first_row` is the number, as a spreadsheet counts, of the first
    row below the header. `sheet` is empty for a CSV file."""

    file: Path
    sheet: str
    headers: tuple[str, ...]
    match: Match
    first_row: int
    csv: CsvForm | None = None
    table: pa.Table | None = field(default=None, repr=False)

    def create_view(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Make the sheet's rows readable in SQL as `name`, in order of the file."""
        if self.table is not None:
            connection.register(name, self.table)
            return
        assert self.csv is not None
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {self.csv.select()}")

    def drop_view(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Undo `create_view`."""
        if self.table is not None:
            connection.unregister(name)
        else:
            connection.execute(f"DROP VIEW IF EXISTS {name}")


@dataclass(frozen=True)
class CsvForm:
    """How a CSV file in UTF-8 is written. `ragged`: rows may have fewer cells than the header."""

    path: Path
    delimiter: str
    skip: int
    columns: int
    ragged: bool = False

    def select(self) -> str:
        """SQL that reads the rows below the header as text."""
        quoted = str(self.path).replace("'", "''")
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(self.columns))
        padding = ", null_padding = true, parallel = false, strict_mode = false"
        return (
            f"SELECT * FROM read_csv('{quoted}', columns = {{{columns}}}, header = false,"
            f" auto_detect = false, delim = '{self.delimiter}', quote = '\"', escape = '\"',"
            f" skip = {self.skip}, max_line_size = 8000000{padding if self.ragged else ''})"
        )


@contextmanager
def open_sheets(path: Path, wanted: str | None = None) -> Iterator[list[Sheet]]:
    """The sheets of a file that hold a dataset (`wanted`, or any).

    Raises SourceError if the file cannot be read or none of its sheets fits a dataset. A temporary
    copy in UTF-8 is made where one is needed, readable by its owner only, and always removed.
    """
    ending = path.suffix.lower()
    if ending in BOOK_ENDINGS:
        yield _book_sheets(path, wanted)
        return
    if ending not in CSV_ENDINGS:
        allowed = ", ".join((*CSV_ENDINGS, *BOOK_ENDINGS))
        raise SourceError(f"{path.name}: cannot read {ending or 'this kind'} (allowed: {allowed})")
    if _encoding(path, first_block_only=True) == "utf-8":
        # Nearly all files are UTF-8 with rows of one length: one quick reading to the end proves it.
        sheet = _csv_sheet(path, path, wanted)
        assert sheet.csv is not None  # a CSV sheet
        if _is_readable(sheet.csv):
            yield [sheet]
            return
    with _as_utf8(path) as readable:
        sheet = _csv_sheet(path, readable, wanted)
        assert sheet.csv is not None  # a CSV sheet
        ragged = replace(sheet.csv, ragged=not _is_readable(sheet.csv))
        if ragged.ragged and not _is_readable(ragged):
            raise SourceError(f"{path.name}: not a table: quotes or line breaks are out of place")
        yield [replace(sheet, csv=ragged)]


@contextmanager
def _as_utf8(path: Path) -> Iterator[Path]:
    """The file itself if it is UTF-8, else a temporary copy that is."""
    encoding = _encoding(path)
    if encoding == "utf-8":
        yield path
        return
    handle, name = tempfile.mkstemp(suffix=".csv", prefix="milepost-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as copy:
            for block in _decoded(path, encoding):
                copy.write(block)
        yield Path(name)
    finally:
        Path(name).unlink()


def _encoding(path: Path, *, first_block_only: bool = False) -> str:
    """UTF-16 by its mark, UTF-8 if all of it is, else GB18030 if all of it is. Never a guess."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise SourceError(f"{path.name}: cannot be read: {error.strerror}") from error
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8", "gb18030"):
        try:
            for _ in _decoded(path, encoding):
                if first_block_only:
                    break
        except SourceError:
            continue
        return encoding
    raise SourceError(f"{path.name}: neither UTF-8 nor GB18030 nor UTF-16; save it again as CSV UTF-8")


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield decoder.decode(block)
            yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise SourceError(f"{path.name}: not {encoding} near byte {error.start}") from error


def _csv_sheet(path: Path, readable: Path, wanted: str | None) -> Sheet:
    with readable.open(encoding="utf-8-sig", newline="") as file:
        head = file.read(256 * 1024)
    if not head.strip():
        raise SourceError(f"{path.name}: the file is empty")
    delimiter = max(_DELIMITERS, key=lambda mark: max(map(len, _rows(head, mark)), default=0))
    rows = _rows(head, delimiter)
    header, match = _find_header(path, rows, wanted)
    lines = sum(len(row_text.splitlines()) or 1 for row_text in _record_texts(head, header + 1))
    form = CsvForm(readable, delimiter, lines, len(rows[header]))
    return Sheet(path, "", tuple(rows[header]), match, header + 2, csv=form)


def _rows(head: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(head), delimiter=delimiter)
    found = []
    for row in reader:
        found.append(row)
        if len(found) == _SEARCHED_ROWS:
            break
    return found


def _record_texts(head: str, count: int) -> list[str]:
    """The texts of the first `count` records, line breaks inside quotes included."""
    found: list[str] = []
    for line in io.StringIO(head, newline=None):
        if found and found[-1].count('"') % 2:
            found[-1] += line
        elif len(found) == count:
            break
        else:
            found.append(line)
    return found


def _is_readable(form: CsvForm) -> bool:
    """Whether every cell of the file can be read in this form. Asked of a database of its own: an
    error in the middle of a file may end more than the statement that met it."""
    cells = ", ".join(f"count(c{i})" for i in range(form.columns))
    with duckdb.connect() as connection:
        try:
            connection.execute(f"SELECT {cells} FROM ({form.select()})").fetchall()
        except duckdb.Error:
            return False
    return True


def _find_header(path: Path, rows: Sequence[Sequence[str]], wanted: str | None) -> tuple[int, Match]:
    """The row that names a dataset's fields best. Raises SourceError with what is missing."""
    best: tuple[int, Match] | None = None
    for number, row in enumerate(rows):
        match = match_headers(row, wanted)
        if match is not None and (best is None or _rank(match) > _rank(best[1])):
            best = (number, match)
    if best is None:
        first = next((row for row in rows if any(cell.strip() for cell in row)), [])
        raise SourceError(
            f"{path.name}: no row of headers of any dataset in its first {_SEARCHED_ROWS} rows "
            f"(found: {', '.join(cell for cell in first if cell.strip()) or 'nothing'}); "
            "the data dictionary lists the headers"
        )
    return best


def _rank(match: Match) -> tuple[bool, int]:
    return match.fits, len(match.columns)


def _book_sheets(path: Path, wanted: str | None) -> list[Sheet]:
    try:
        book = fastexcel.read_excel(path)
        tables = [
            (name, book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string"))
            for name in book.sheet_names
        ]
        found = [
            sheet
            for name, loaded in tables
            if (sheet := _book_sheet(path, name, loaded.to_arrow(), wanted)) is not None
        ]
    except fastexcel.FastExcelError as error:
        raise SourceError(f"{path.name}: cannot be read as a workbook: {error}") from error
    if not found:
        raise SourceError(
            f"{path.name}: no sheet has headers of a dataset (sheets: {', '.join(book.sheet_names)})"
        )
    return found


def _book_sheet(path: Path, name: str, batch: pa.RecordBatch, wanted: str | None) -> Sheet | None:
    table = pa.Table.from_batches([batch])
    if not table.num_rows:
        return None
    head = [
        ["" if cell is None else str(cell) for cell in row.values()]
        for row in table.slice(0, _SEARCHED_ROWS).to_pylist()
    ]
    matches = [(n, m) for n, row in enumerate(head) if (m := match_headers(row, wanted))]
    if not matches:
        return None
    header, match = max(matches, key=lambda found: _rank(found[1]))
    body = table.slice(header + 1).rename_columns([f"c{i}" for i in range(table.num_columns)])
    text = pa.schema([(column, pa.string()) for column in body.column_names])
    return Sheet(path, name, tuple(head[header]), match, header + 2, table=body.cast(text))
