"""CSV files as DuckDB reads them: UTF-8, rows of one length, no line left out.

Owns `CsvForm`, `Ask`, `readable_csv`, `first_rows` and `database_aside`. Nearly all files are such
already, and a quick reading to the end proves it. Another encoding is transcoded by the block; what is
written oddly (ragged rows, blank lines, line ends of old machines) is written again, evenly, into a
copy readable by its owner only, of which nothing is left after the load. Called by `reading`. May
import `csv_bytes`, `encodings`, `errors`, `foreign_words`, `source_files`, `surveying`, `texts`.
"""

from __future__ import annotations

import codecs
import csv
import glob
import io
import mmap
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import duckdb

from etl.csv_bytes import look_through
from etl.encodings import UTF_8, decoded, likeliest, possible_encodings
from etl.errors import SourceError
from etl.foreign_words import of_csv
from etl.source_files import SourceFile
from etl.surveying import Survey
from etl.texts import Text

DELIMITERS = (",", "\t", ";", "，", "|")

#: A cell that is the formula of a text, as Python reads it and as SQL does.
TEXT_OF_FORMULA = '[ \t]*="((?:[^"]|"")*)"[ \t]*'

#: What reading a file to its end may take; what needs more is spilled.
MEMORY_LIMIT = "2GB"
_HEAD = 256 * 1024

#: Where a system shows the files that a process has open, those without a name too.
_OPEN_FILES = Path("/proc/self/fd")

#: No line of a table is longer: one that is must not be read into memory to find that out.
LONGEST_LINE = 8_000_000

#: What a core takes of a file at a time: rows enough for whole row groups, which need not be gathered
#: from several before they are written. Not given, it is that of four of the longest lines, out of
#: blocks of sixteen, each of them memory taken anew.
_PIECE = 4 * LONGEST_LINE


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a CSV file in UTF-8 is written: `skip` records stand before the first row, `columns` are
    the cells of each. `overflow` is one more column, with what stood beyond the last header.
    What a look through it told: `trimmed`, no cell begins or ends with a blank; `unquoted`, there is no
    quotation mark; `broken`, there may be ends of lines within cells; `formulas`, some may be those of
    texts, `="1"`, written so that a spreadsheet keeps all digits; `may_fail`, some may be those of
    formulas without a result."""

    path: Path
    delimiter: str
    skip: int
    columns: int
    overflow: bool = False
    trimmed: bool = False
    unquoted: bool = False
    broken: bool = False
    formulas: bool = False
    may_fail: bool = True

    @property
    def width(self) -> int:
        """How many columns the rows have, the overflow among them."""
        return self.columns + self.overflow

    def select(self) -> str:
        """SQL that reads the rows below the header as text: c0, c1, ..."""
        # A path is a pattern to DuckDB, which would read `五月1.csv` for `五月[1].csv`, and a folder
        # `c0=1` in it the value of a column.
        quoted = glob.escape(str(self.path)).replace("'", "''")
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(self.width))
        lengths = f"max_line_size = {LONGEST_LINE}"
        if self.unquoted:  # where pieces end makes no difference, and no line is too long
            lengths = f"max_line_size = {_PIECE}, buffer_size = {_PIECE}"
        # Where a piece for another core begins within a quoted cell, DuckDB may misread a row.
        cores = ", parallel = false" if self.broken else ""
        return (
            f"SELECT * FROM read_csv('{quoted}', columns = {{{columns}}}, header = false,"
            f" auto_detect = false, hive_partitioning = false, skip = {self.skip},"
            f" delim = '{self.delimiter}', quote = '\"', escape = '\"', {lengths}{cores})"
        )


#: Finds out what a sheet holds, reading all of it. Raises duckdb.Error where it cannot be read, and
#: UnicodeDecodeError where what it says of that quotes half a character.
Ask = Callable[[duckdb.DuckDBPyConnection, CsvForm], Survey]


def first_rows(file: SourceFile, encoding: str, count: int) -> dict[str, list[list[str]]]:
    """The first rows of a file, cut by each of the delimiters. Raises SourceError."""
    head = next(decoded(file, encoding), "")[:_HEAD].removeprefix("\ufeff")
    if not head.strip():
        raise SourceError(Text(f"{file.name}：文件是空的", f"{file.name}: the file is empty"))
    return {delimiter: _cut(file, head, delimiter, count) for delimiter in DELIMITERS}


def _cut(file: SourceFile, head: str, delimiter: str, count: int) -> list[list[str]]:
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            found.append([_text_of_formula(cell) for cell in row])
            if len(found) == count:
                break
    except csv.Error as error:
        number, why = len(found) + 1, of_csv(error)
        raise SourceError(
            Text(
                f"{file.name}：第 {number} 行无法读取（{why.zh}）；请检查该行的引号，或重新另存为 CSV",
                f"{file.name}: row {number} cannot be read: {why.en}",
            )
        ) from error
    return found


def _text_of_formula(cell: str) -> str:
    """A cell, of which a spreadsheet shows only the text if it is the formula of one, `="1"`."""
    found = re.fullmatch(TEXT_OF_FORMULA, cell)
    return found[1].replace('""', '"') if found else cell


def database_aside(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A database of its own in memory, which spills into the folder `scratch`."""
    spill = str(scratch / "survey")
    return duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill})


@contextmanager
def readable_csv(
    file: SourceFile, encoding: str, form: CsvForm, ask: Ask, scratch: Path
) -> Iterator[tuple[CsvForm, Survey]]:
    """The file in a form that DuckDB reads to its end, and what was found on the way there.

    `encoding` is that of its beginning. A copy, if one is needed, is written into the folder
    `scratch`: it holds names and identity numbers. Raises SourceError if it is no table.
    """
    if encoding == UTF_8 and (even := _survey_of_even(form, ask, scratch)):
        yield even
        return
    possible = possible_encodings(file)
    if encoding not in possible:
        encoding = likeliest(file, possible)  # its beginning was plain ASCII
    with _copy(scratch) as utf_8:
        if encoding == UTF_8:
            transcoded = form
        else:
            with utf_8.open("w", encoding="utf-8", newline="") as copy:
                copy.writelines(decoded(file, encoding))
            transcoded = replace(form, path=utf_8)
        if encoding != UTF_8 and (even := _survey_of_even(transcoded, ask, scratch)):
            yield even
        else:
            with _copy(scratch) as again:
                rewritten = _written_evenly(file, transcoded, again)
                with database_aside(scratch) as connection:
                    found = ask(connection, rewritten)
                yield rewritten, found


@contextmanager
def _copy(scratch: Path) -> Iterator[Path]:
    """A file for a copy, without a name where the system can: nothing is left of it even by a load
    that is killed. Elsewhere the next load removes it."""
    handle, name = tempfile.mkstemp(suffix=".csv", prefix="copy-", dir=scratch)
    path, unnamed = Path(name), _OPEN_FILES / str(handle)
    if unnamed.exists():
        path.unlink()
    try:
        yield unnamed if unnamed.exists() else path
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _written_evenly(file: SourceFile, form: CsvForm, copy: Path) -> CsvForm:
    """Write the file again: rows of one length, cells beyond the last header in one more column."""
    width, line, rows = form.columns, 0, 0
    try:
        with (
            form.path.open(encoding="utf-8-sig", newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            reader = csv.reader(_lines(source), delimiter=form.delimiter, strict=True)
            writer = csv.writer(target, lineterminator="\n")
            for row in reader:
                line, rows = reader.line_num, rows + 1
                beyond = form.delimiter.join(row[width:]).strip(form.delimiter + " ")
                writer.writerow([*row[:width], *[""] * (width - len(row)), beyond])
    except csv.Error as error:
        why = of_csv(error)
        raise SourceError(
            Text(
                f"{file.name}：第 {rows + 1} 条记录（文件第 {line + 1} 行）无法读取（{why.zh}）；"
                "请检查那里是否有没有闭合的引号",
                f"{file.name}: row {rows + 1} (line {line + 1}) cannot be read: {why.en}; "
                "look for a quotation mark there that is not closed",
            )
        ) from error
    return replace(form, path=copy, delimiter=",", overflow=True, broken=True, formulas=True)


def _lines(source: TextIO) -> Iterator[str]:
    while line := source.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise csv.Error("field larger than field limit")
        yield line


def _survey_of_even(form: CsvForm, ask: Ask, scratch: Path) -> tuple[CsvForm, Survey] | None:
    """How a file is written, and what is found in it, of which DuckDB reads every cell, and every line
    as the row that it is; None of any other."""
    # Asked of a database of its own: an error in the middle of a file may end more than the
    # statement that met it.
    with database_aside(scratch) as connection, ThreadPoolExecutor(max_workers=1) as beside:
        looked = beside.submit(look_through, form.path, form.delimiter)
        try:
            found = ask(connection, form)
            seen = looked.result()
            if seen.quoted and len(form.delimiter.encode()) > 1:
                return None  # DuckDB may misread quotation marks beside such a delimiter
            broken = seen.quoted and form.skip + found.rows != seen.lines
            if broken or seen.formulas:
                form = replace(form, broken=broken, formulas=seen.formulas)
                found = ask(connection, form)
        except (duckdb.Error, UnicodeDecodeError):
            return None
    if form.skip + found.rows == seen.lines:
        known = replace(form, trimmed=seen.trimmed, unquoted=not seen.quoted, may_fail=seen.may_fail)
        return known, found
    return None if _has_odd_lines(form.path) else (form, found)


def _has_odd_lines(path: Path) -> bool:
    """Whether DuckDB, which did not see as many lines as there are ends of lines, left out a blank one
    (and counted wrong) or saw no line ends at all."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text.find(b"\n") < 0:
            return text.find(b"\r") >= 0
        # A last line that fits into none of its buffers DuckDB leaves out without a word.
        if len(text) > LONGEST_LINE and b"\n" not in text[-LONGEST_LINE - 1 : -1]:
            return True
        if text[:3].strip(codecs.BOM_UTF8).startswith((b"\r", b"\n")):
            return True
        ends = (text.find(b"\n\n"), text.find(b"\n\r\n"))
        first = min((end for end in ends if end >= 0), default=-1)
        return first >= 0 and bool(text[first:].strip())
