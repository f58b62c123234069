"""Reading: source files as sheets of text, raw; meaning starts in the next step.

Owns `Sheet` and `open_sheets`. CSV in UTF-8, GB18030 or UTF-16 and workbooks all become sheets with
headers, found under whatever titles stand above them, and a SQL relation of text columns named c0, c1,
... in the order of the file. Called by `loading`; `database_answers` makes a sheet of what a database
says. May import `csv_files`, `headers`, `rejects`, `surveying`, `unpacking`, `errors`, `foreign_words`,
`texts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import fastexcel
import pyarrow as pa

from etl.csv_files import CsvForm, database_aside, first_rows, readable_csv
from etl.errors import SourceError
from etl.foreign_words import first_line
from etl.headers import Match, like_headers, match_headers
from etl.rejects import ADDED_HEADERS
from etl.surveying import Survey, survey
from etl.texts import Text, listed
from etl.unpacking import check_workbook

CSV_ENDINGS = (".csv", ".txt", ".tsv")
BOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")

#: The header stands in one of the first rows, under titles and notes.
SEARCHED_ROWS = 30
#: How many cells of a row a message may name.
_NAMED_CELLS = 50


@dataclass(frozen=True)
class Sheet:
    """One table of a source file. `first_row` is the number, as a spreadsheet counts, of the first
    row below the header. `sheet` is empty for a CSV file. `origin` names a database whose answer is
    kept in the file `spool` while it is loaded."""

    file: Path
    sheet: str
    headers: tuple[str, ...]
    match: Match
    first_row: int
    survey: Survey
    csv: CsvForm | None = None
    table: pa.Table | None = field(default=None, repr=False)
    spool: Path | None = None
    origin: str = ""

    @property
    def name(self) -> str:
        """What lineage calls the file, or the database that was asked."""
        return self.origin or self.file.name

    @property
    def width(self) -> int:
        """How many columns the rows have, one for what stands beyond the last header included."""
        return len(self.headers) + (self.overflow is not None)

    @property
    def overflow(self) -> str | None:
        """The column that holds what stands beyond the last header, if any may."""
        beyond = self.csv is not None and self.csv.overflow
        return f"c{len(self.headers)}" if beyond else None

    def create_view(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Make the sheet's rows readable in SQL as `name`, in order of the file."""
        if self.table is not None:
            connection.register(name, self.table)
            return
        if self.spool is not None:
            rows = spooled_rows(self.spool)
        else:
            assert self.csv is not None
            rows = _select(self.csv, self.headers)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")

    def drop_view(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Undo `create_view`."""
        if self.table is not None:
            connection.unregister(name)
        else:
            connection.execute(f"DROP VIEW IF EXISTS {name}")


def spooled_rows(spool: Path) -> str:
    """SQL that reads the rows of a database's answer as text: c0, c1, ..."""
    quoted = str(spool).replace("'", "''")
    return f"SELECT * FROM read_parquet('{quoted}')"


@contextmanager
def open_sheets(path: Path, scratch: Path, wanted: str | None = None) -> Iterator[list[Sheet]]:
    """The sheets of a file that hold a dataset (`wanted`, or any), or nearly do. Copies that reading
    needs are written into the folder `scratch`.

    Raises SourceError if the file cannot be read or none of its sheets looks like a dataset.
    """
    ending = path.suffix.lower()
    if ending in BOOK_ENDINGS:
        yield _book_sheets(path, scratch, wanted)
    elif ending in CSV_ENDINGS:
        form, headers, match = _csv_header(path, wanted)

        def ask(connection: duckdb.DuckDBPyConnection, form: CsvForm) -> Survey:
            return survey(connection, _select(form, headers), form.width, match)

        with readable_csv(path, form, ask, scratch) as (readable, found):
            yield [Sheet(path, "", headers, match, form.skip + 1, found, csv=readable)]
    else:
        allowed = listed((*CSV_ENDINGS, *BOOK_ENDINGS))
        raise SourceError(
            Text(
                f"{path.name}：不能读取 {ending or '这种'} 文件（可读取：{allowed.zh}）",
                f"{path.name}: cannot read {ending or 'this kind'} (allowed: {allowed.en})",
            )
        )


def _select(form: CsvForm, headers: Sequence[str]) -> str:
    """SQL that reads the rows of a CSV file below its header as text: c0, c1, ..."""
    if len(ADDED_HEADERS.intersection(headers)) <= 2:
        return form.select()
    # Rejects that were corrected: the sign that kept a cell from being run is no part of it.
    plain = (f"regexp_replace(c{i}, '^''([=+@\t\r-])', '\\1') AS c{i}" for i in range(form.width))
    return f"SELECT {', '.join(plain)} FROM ({form.select()})"


def _csv_header(path: Path, wanted: str | None) -> tuple[CsvForm, tuple[str, ...], Match]:
    """How the file is written, cut by the delimiter that makes most of its headers, and those."""
    found = [
        (delimiter, rows, best)
        for delimiter, rows in first_rows(path, SEARCHED_ROWS).items()
        if (best := _best_header(rows, wanted)) is not None
    ]
    if not found:
        rows = max(first_rows(path, SEARCHED_ROWS).values(), key=lambda cut: max(map(len, cut)))
        raise SourceError(_no_header(path, rows))
    delimiter, rows, (header, match) = max(found, key=lambda one: _rank(one[2][1]))
    return CsvForm(path, delimiter, header + 1, len(rows[header])), tuple(rows[header]), match


def _best_header(rows: Sequence[Sequence[str]], wanted: str | None) -> tuple[int, Match] | None:
    """The first row that names a dataset's fields best, and how."""
    matches = [(n, match) for n, row in enumerate(rows) if (match := match_headers(row, wanted))]
    return max(matches, key=lambda found: _rank(found[1]), default=None)


def _no_header(path: Path, rows: Sequence[Sequence[str]]) -> Text:
    best = max((like_headers(row[:_NAMED_CELLS]) for row in rows), key=lambda cells: len(cells))
    found = listed(best)
    return Text(
        f"{path.name}：前 {SEARCHED_ROWS} 行中没有任何数据集的表头"
        f"（像表头的内容：{found.zh or '无'}）；各数据集的表头见数据字典 docs/data-dictionary.md",
        f"{path.name}: no row of headers of any dataset in its first {SEARCHED_ROWS} rows "
        f"(found: {found.en or 'nothing'}); the data dictionary lists the headers",
    )


def _rank(match: Match) -> tuple[bool, int]:
    return match.fits, len(match.columns)


def _book_sheets(path: Path, scratch: Path, wanted: str | None) -> list[Sheet]:
    check_workbook(path)
    try:
        book = fastexcel.read_excel(path)
        tables = [
            (name, book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string"))
            for name in book.sheet_names
        ]
        found = [
            sheet
            for name, loaded in tables
            if (sheet := _book_sheet(path, scratch, name, loaded.to_arrow(), wanted)) is not None
        ]
    except fastexcel.FastExcelError as error:
        said = first_line(error)
        raise SourceError(
            Text(
                f"{path.name}：不能作为工作簿读取，可能已损坏或加了密码；请重新另存（{said}）",
                f"{path.name}: cannot be read as a workbook: {said}",
            )
        ) from error
    if not found:
        sheets = listed(book.sheet_names)
        raise SourceError(
            Text(
                f"{path.name}：没有一张工作表有数据集的表头（工作表：{sheets.zh}）；"
                "各数据集的表头见数据字典 docs/data-dictionary.md",
                f"{path.name}: no sheet has headers of a dataset (sheets: {sheets.en})",
            )
        )
    return found


def _book_sheet(
    path: Path, scratch: Path, name: str, batch: pa.RecordBatch, wanted: str | None
) -> Sheet | None:
    table = pa.Table.from_batches([batch])
    if not table.num_rows:
        return None
    head = [
        ["" if cell is None else str(cell) for cell in row.values()]
        for row in table.slice(0, SEARCHED_ROWS).to_pylist()
    ]
    best = _best_header(head, wanted)
    if best is None:
        return None
    header, match = best
    body = table.slice(header + 1).rename_columns([f"c{i}" for i in range(table.num_columns)])
    body = body.cast(pa.schema([(column, pa.string()) for column in body.column_names]))
    with database_aside(scratch) as connection:
        connection.register("body", body)
        found = survey(connection, "SELECT * FROM body", body.num_columns, match)
    return Sheet(path, name, tuple(head[header]), match, header + 2, found, table=body)
