"""Reading: source files as sheets of text, raw; meaning starts in the next step.

Owns `Sheet` and `open_sheets`. CSV in any usual encoding and workbooks all become sheets with headers,
found under whatever titles stand above them, and a SQL relation of text columns named c0, c1, ... in
the order of the file. What a file is, is told by its content: systems export text and web pages as
`.xls`. Called by `loading`; `database_answers` makes a sheet of what a database says. May import
`csv_files`, `encodings`, `errors`, `footers`, `headers`, `merged_cells`, `rejects`, `source_files`,
`surveying`, `texts`, `unpacking`, `workbooks`.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from etl.csv_files import TEXT_OF_FORMULA, CsvForm, first_rows, readable_csv
from etl.encodings import likeness, possible_encodings
from etl.errors import SourceError
from etl.footers import gets_nothing
from etl.headers import SEARCHED_ROWS, Header, Match, find_header, like_headers
from etl.merged_cells import Merged, sources, spread
from etl.rejects import ADDED_HEADERS
from etl.source_files import BOOK_ENDINGS, READ_ENDINGS, SourceFile
from etl.surveying import PLAIN_NUMBERS, Survey, survey
from etl.texts import Text, listed
from etl.unpacking import check_workbook
from etl.workbooks import BookSheet, read_book

#: What a workbook begins with: a zip, or a compound file of Excel 97.
_BOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
#: The persons of a file of so many bytes are listed in memory while it is surveyed; those of a larger
#: one are found in a reading of their own, which spills.
_LISTED_BYTES = 1_500_000_000
#: How many bytes a column may have after what merged cells hold was given to all of their rows.
_MOST_SPREAD = 512 * 1024**2
#: How many cells of a row a message may name.
_NAMED_CELLS = 50


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a source file. `first_row` is the number, as a spreadsheet counts, of the first
    row below the header, `head` what stands above it. `sheet` is empty for a CSV file. `hidden`: the
    sheet is; `hidden_rows`: some of its rows are. `merged_rows`: the numbers of those that have a cell
    together with rows above. `spool` keeps a database's answer while it is loaded."""

    file: SourceFile
    sheet: str
    headers: tuple[str, ...]
    match: Match
    head: tuple[tuple[str, ...], ...]
    survey: Survey
    csv: CsvForm | None = None
    table: pa.Table | None = field(default=None, repr=False)
    hidden: bool = False
    hidden_rows: bool = False
    merged_rows: tuple[int, ...] = ()
    spool: Path | None = None

    @property
    def name(self) -> str:
        """What lineage calls the file, or the database that was asked."""
        return self.file.name

    @property
    def first_row(self) -> int:
        """The number of the first row below the header."""
        return len(self.head) + 1

    @property
    def header(self) -> Header:
        """What stands above the rows."""
        return Header(self.head, self.headers, self.match)

    @property
    def width(self) -> int:
        """How many columns the rows have, one for what stands beyond the last header included."""
        return len(self.headers) + (self.overflow is not None)

    @property
    def overflow(self) -> str | None:
        """The column that holds what stands beyond the last header, if any may."""
        beyond = self.csv is not None and self.csv.overflow
        return f"c{len(self.headers)}" if beyond else None

    @property
    def trimmed(self) -> bool:
        """Whether it is known that no cell begins or ends with a blank."""
        return self.csv is not None and self.csv.trimmed and not _were_rejects(self.headers)

    @property
    def may_fail(self) -> bool:
        """Whether cells may show what formulas without a result do."""
        return self.csv is None or self.csv.may_fail

    @property
    def place(self) -> Text:
        """The file, and the sheet if it has several, as messages begin with it."""
        if not self.sheet:
            return Text(self.file.name, self.file.name)
        return Text(f"{self.file.name} 工作表“{self.sheet}”", f"{self.file.name}, sheet {self.sheet}")

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
    quoted = glob.escape(str(spool)).replace("'", "''")
    return f"SELECT * FROM read_parquet('{quoted}', hive_partitioning = false)"


@contextmanager
def open_sheets(
    file: SourceFile,
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    wanted: str | None = None,
    own: Mapping[str, str] | None = None,
) -> Iterator[list[Sheet]]:
    """The sheets of a file that hold a dataset (`wanted`, or any), or nearly do. The `connection`
    surveys workbooks, whose cells are in memory. Copies that reading needs are written into the folder
    `scratch`; `own` are the headers of the file's sender.

    Raises SourceError if the file cannot be read or none of its sheets looks like a dataset.
    """
    if file.ending not in READ_ENDINGS:
        kind, allowed = file.ending, listed(READ_ENDINGS)
        raise SourceError(
            Text(
                f"{file.name}：不能读取 {kind or '这种'} 文件（可读取：{allowed.zh}）",
                f"{file.name}: cannot read {kind or 'this kind'} (allowed: {allowed.en})",
            )
        )
    if _is_book(file):
        yield _book_sheets(file, connection, wanted, own)
        return
    form, header, encoding = _csv_header(file, wanted, own)

    def ask(connection: duckdb.DuckDBPyConnection, form: CsvForm) -> Survey:
        small = form.path.stat().st_size <= _LISTED_BYTES
        rows = _select(form, header.headers)
        return survey(connection, rows, form.width, header.match, with_persons=small)

    with readable_csv(file, encoding, form, ask, scratch) as (readable, found):
        yield [Sheet(file, "", header.headers, header.match, header.rows, found, csv=readable)]


def _is_book(file: SourceFile) -> bool:
    """Whether a file is a workbook, by its content. Raises SourceError for a web page."""
    try:
        with file.path.open("rb") as source:
            start = source.read(1024)
    except OSError:
        return False  # said by whoever reads it as text
    if start.startswith(_BOOK_MARKS):
        return True
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise SourceError(
            Text(
                f"{file.name}：是网页或 XML，不是表格文件；请用 Excel 或 WPS 打开后另存为 .xlsx",
                f"{file.name}: a web page or XML, no table; open it in Excel and save it as .xlsx",
            )
        )
    return file.ending in BOOK_ENDINGS and b"\0" in start


def _select(form: CsvForm, headers: Sequence[str]) -> str:
    """SQL that reads the rows of a CSV file below its header as text: c0, c1, ..."""
    rows, columns = form.select(), range(form.width)
    if _were_rejects(headers):
        # The sign that kept a cell from being run is no part of it.
        plain = (f"regexp_replace(c{i}, '^''([=+@\t\r-])', '\\1') AS c{i}" for i in columns)
        rows = f"SELECT {', '.join(plain)} FROM ({rows})"
    if form.formulas:
        shown = (
            f"CASE WHEN regexp_full_match(c{i}, '{TEXT_OF_FORMULA}')"
            f" THEN replace(regexp_extract(c{i}, '^{TEXT_OF_FORMULA}$', 1), '\"\"', '\"') ELSE c{i} END"
            f" AS c{i}"
            for i in columns
        )
        rows = f"SELECT {', '.join(shown)} FROM ({rows})"
    return rows


def _were_rejects(headers: Sequence[str]) -> bool:
    """Whether a file has the headers of one of rejects, to be loaded again."""
    return len(ADDED_HEADERS.intersection(headers)) > 2


def _csv_header(
    file: SourceFile, wanted: str | None, own: Mapping[str, str] | None
) -> tuple[CsvForm, Header, str]:
    """How the file is written, cut by the delimiter and read in the encoding that make most of its
    headers; those; and the encoding."""
    encodings = possible_encodings(file, first_block_only=True)
    cut = {encoding: first_rows(file, encoding, SEARCHED_ROWS) for encoding in encodings}
    found = [
        (encoding, delimiter, best)
        for encoding, rows_of in cut.items()
        for delimiter, rows in rows_of.items()
        if (best := find_header(rows, wanted, own)) is not None
    ]
    if not found:
        rows = max(cut[encodings[0]].values(), key=lambda rows: max(map(len, rows)))
        raise SourceError(_no_header(file, rows))
    usual = {encoding: likeness(file, encoding) for encoding in encodings}
    encoding, delimiter, header = max(found, key=lambda one: (one[2].match.rank, usual[one[0]]))
    form = CsvForm(file.path, delimiter, len(header.rows), len(header.headers))
    return form, header, encoding


def _no_header(file: SourceFile, rows: Sequence[Sequence[str]]) -> Text:
    best = max((like_headers(row[:_NAMED_CELLS]) for row in rows), key=lambda cells: len(cells))
    found = listed(best)
    return Text(
        f"{file.name}：前 {SEARCHED_ROWS} 行中没有任何数据集的表头"
        f"（像表头的内容：{found.zh or '无'}）；各数据集的表头见数据字典 docs/data-dictionary.md",
        f"{file.name}: no row of headers of any dataset in its first {SEARCHED_ROWS} rows "
        f"(found: {found.en or 'nothing'}); the data dictionary lists the headers",
    )


def _book_sheets(
    file: SourceFile,
    connection: duckdb.DuckDBPyConnection,
    wanted: str | None,
    own: Mapping[str, str] | None,
) -> list[Sheet]:
    check_workbook(file)
    read = list(read_book(file))
    found = [sheet for one in read if (sheet := _book_sheet(file, connection, one, wanted, own))]
    if not found:
        sheets = listed(one.name for one in read)
        raise SourceError(
            Text(
                f"{file.name}：没有一张工作表有数据集的表头（工作表：{sheets.zh}）；"
                "各数据集的表头见数据字典 docs/data-dictionary.md",
                f"{file.name}: no sheet has headers of a dataset (sheets: {sheets.en})",
            )
        )
    return found


def _book_sheet(
    file: SourceFile,
    connection: duckdb.DuckDBPyConnection,
    one: BookSheet,
    wanted: str | None,
    own: Mapping[str, str] | None,
) -> Sheet | None:
    head = [
        ["" if cell is None else cell for cell in row.values()]
        for row in one.table.slice(0, SEARCHED_ROWS).to_pylist()
    ]
    header = find_header(head, wanted, own)
    if header is None:
        return None
    match = header.match
    # Numbers of persons and of records are taken as text: one that lost digits is another's.
    numbers = [match.columns[f.name] for f in match.dataset.numbers if f.name in match.columns]
    days = [index for name, index in match.columns.items() if match.dataset.field(name).type == "date"]
    body = one.told_apart(numbers, days).slice(len(header.rows))
    body, shared = _spread(file, connection, body, one.merged, header)
    connection.register("surveyed", body)
    try:
        found = survey(connection, "SELECT * FROM surveyed", body.num_columns, match)
    finally:
        connection.unregister("surveyed")
    return Sheet(
        file, one.name, header.headers, match, header.rows, found, table=body, hidden=one.hidden,
        hidden_rows=one.hidden_rows, merged_rows=tuple(len(header.rows) + 1 + row for row in shared),
    )  # fmt: skip


def _spread(
    file: SourceFile,
    connection: duckdb.DuckDBPyConnection,
    body: pa.Table,
    merged: Iterable[Merged],
    header: Header,
) -> tuple[pa.Table, list[int]]:
    """The rows below a header, those of a merged cell with what is in it, and which they are. Raises
    SourceError if that were too much."""
    match, fields = header.match, header.match.columns
    head = len(header.rows)
    below = [
        one.moved(up=head) for one in merged if one.first >= head and one.column in fields.values()
    ]
    if not below:
        return body, []
    found = sources(body, below)
    own = np.arange(body.num_rows)
    gaps = np.unique(np.concatenate([np.flatnonzero(source != own) for source in found.values()]))
    # Asked before any gap is filled by which a row is told to be no record.
    connection.register("surveyed", body.take(pa.array(gaps)))
    try:
        asked = f"SELECT coalesce({gets_nothing(header)}, false) FROM surveyed"
        nothing = gaps[connection.execute(asked).to_arrow_table().column(0).to_numpy()]
    finally:
        connection.unregister("surveyed")
    for source in found.values():
        source[nothing] = nothing
    numbers = {i for name, i in fields.items() if match.dataset.field(name).type in PLAIN_NUMBERS}
    try:
        return spread(body, found, numbers, _MOST_SPREAD), np.setdiff1d(gaps, nothing).tolist()
    except OverflowError as error:
        raise SourceError(
            Text(
                f"{file.name}：跨行合并的单元格内容太长，行数太多，不能读取；请取消合并后重新另存",
                f"{file.name}: a merged cell holds too much for all of its rows: unmerge it and save "
                "it again",
            )
        ) from error
