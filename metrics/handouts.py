"""Handouts: tables as files to take away, made piece by piece so that none is ever held whole.

Owns `Handout` (rows in batches, what their columns mean, how to cite them) and its five forms. Called
by the downloads of the site and the command line. May import `described`, `export` (what a cell looks
like), `etl.errors`, `etl.rejects` (what makes a cell harmless), `etl.texts`.

A citation and a dictionary go with every form, where its readers look for them: a second sheet of a
workbook, the metadata of a Parquet file, and for CSV a zip with a companion file as "CSV on the Web"
(W3C) has it: lines above the header would break whoever reads the table. JSON stays a list of objects;
the interface for programs gives the same rows inside an envelope that cites them.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xlsxwriter

from etl.errors import MilepostError
from etl.rejects import harmless
from etl.texts import Language, Text
from metrics.described import Described
from metrics.export import Table, plain

#: Rows that a sheet of a workbook can hold below its header.
SHEET_ROWS = 1_048_575

#: The byte order mark by which Excel knows that a CSV file is UTF-8.
MARK = "\ufeff".encode()

#: A cell that a spreadsheet may run as a formula, or that would end its cell or its line.
_RISKY = '^[=+@\t\r-]|[,"\n\r]'


class TooManyRowsError(MilepostError):
    """More rows than the form can hold."""

    def __init__(self, rows: int) -> None:
        super().__init__(
            Text(
                f"共 {rows:,} 行，超过 Excel 一张工作表的上限 {SHEET_ROWS:,} 行；"
                "请先筛选，或下载 CSV、Parquet",
                f"{rows:,} rows are more than the {SHEET_ROWS:,} that a sheet of Excel can hold; "
                "filter them, or download CSV or Parquet",
            )
        )


@dataclass(frozen=True)
class Handout:
    """A table to hand out under `name`: `columns` in order, `count` rows in `batches`, and the lines
    that cite it."""

    name: str
    columns: tuple[Described, ...]
    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    count: int
    citation: tuple[str, ...] = ()
    language: Language = "zh"


def handout_of(
    table: Table,
    name: str,
    columns: Sequence[Described] = (),
    citation: tuple[str, ...] = (),
    language: Language = "zh",
) -> Handout:
    """A handout of a table that is held already."""
    values = list(zip(*table.rows, strict=True)) or [()] * len(table.columns)
    arrays = [pa.array(list(column)) for column in values]
    found = pa.table(dict(zip(table.columns, arrays, strict=True)))
    known = {column.name: column for column in columns}
    described = tuple(
        known.get(field.name) or Described(field.name, Text(field.name, field.name), str(field.type))
        for field in found.schema
    )
    return Handout(
        name, described, found.schema, found.to_batches(), len(table.rows), citation, language
    )


def csv_of(handout: Handout, *, for_people: bool = True) -> Iterator[bytes]:
    """CSV with a header row; `for_people`: with the mark by which Excel knows UTF-8."""
    if for_people:
        yield MARK
    yield _lines([pa.array([_cell(name)]) for name in handout.schema.names])
    for batch in handout.batches:
        yield _lines(list(map(_cells, batch.columns)))


def json_of(handout: Handout) -> Iterator[bytes]:
    """A JSON list of objects, each on its line; dates as ISO text, unknown as null."""
    yield b"["
    before = b"\n"
    for batch in handout.batches:
        for row in batch.to_pylist():
            text = json.dumps(row, ensure_ascii=False, default=plain)
            yield before + text.encode("utf-8")
            before = b",\n"
    yield b"\n]\n"


def parquet_of(handout: Handout) -> Iterator[bytes]:
    """Parquet with typed columns, the citation and the dictionary in its metadata."""
    about = {
        "citation": "\n".join(handout.citation),
        "dictionary": json.dumps([_said(one) for one in handout.columns], ensure_ascii=False),
    }
    sink = _Pieces()
    with pq.ParquetWriter(sink, handout.schema.with_metadata(about)) as writer:
        for batch in handout.batches:
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


def xlsx_of(handout: Handout) -> IO[bytes]:
    """A workbook as a temporary file, which goes when it is closed: a sheet of rows, numbers as numbers
    and dates as dates, and one with citation and dictionary. Raises TooManyRowsError."""
    if handout.count > SHEET_ROWS:
        raise TooManyRowsError(handout.count)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("milepost")
        head = book.add_format({"bold": True})
        write = _cell_writer(sheet, book)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, handout.schema.names, head)
        line = 1
        for batch in handout.batches:
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                for column, value in enumerate(row):
                    write(line, column, value)
                line += 1
        _write_about(book.add_worksheet("说明" if handout.language == "zh" else "about"), handout, head)
    file.seek(0)
    return file


def bundle_of(handout: Handout) -> Iterator[bytes]:
    """A zip of the CSV file, its metadata as "CSV on the Web" and its citation."""
    sink = _Pieces()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as pack:
        with pack.open(f"{handout.name}.csv", "w", force_zip64=True) as file:
            for piece in csv_of(handout):
                file.write(piece)
                yield sink.taken()
        metadata = json.dumps(csv_metadata(handout), ensure_ascii=False, indent=1)
        pack.writestr(f"{handout.name}.csv-metadata.json", metadata)
        pack.writestr("citation.txt", "".join(f"{line}\n" for line in handout.citation))
    yield sink.taken()


def csv_metadata(handout: Handout) -> dict[str, Any]:
    """What the columns of a CSV file mean, as the W3C's "Metadata Vocabulary for Tabular Data"."""
    columns = [
        {
            "name": one.name,
            "titles": [one.name],
            "dc:title": {"zh": one.title.zh, "en": one.title.en},
            "datatype": _DATATYPES.get(one.kind, "string"),
            **({"dc:description": {"zh": one.means.zh, "en": one.means.en}} if one.means else {}),
        }
        for one in handout.columns
    ]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": handout.language}],
        "url": f"{handout.name}.csv",
        "dc:bibliographicCitation": "\n".join(handout.citation),
        "dialect": {"encoding": "utf-8", "header": True},
        "tableSchema": {"columns": columns},
    }


#: Types of columns as XML Schema names them.
_DATATYPES = {
    "BIGINT": "integer", "INTEGER": "integer", "DOUBLE": "number", "DATE": "date",
    "TIMESTAMP": "datetime", "BOOLEAN": "boolean",
}  # fmt: skip


def _said(column: Described) -> dict[str, Any]:
    """A column as an entry of a dictionary."""
    return {
        "name": column.name,
        "type": column.kind,
        "title": column.title._asdict(),
        "means": column.means._asdict() if column.means else None,
        "values": list(column.values),
    }


def _lines(columns: list[pa.Array]) -> bytes:
    """Columns of cells as lines of CSV. Column by column: a million rows are ten million cells."""
    if len(columns) == 1:  # a line of nothing would be no row
        columns = [pc.replace_with_mask(columns[0], pc.equal(columns[0], ""), '""')]
    rows = pc.binary_join_element_wise(*columns, ",")
    lines = pc.binary_join_element_wise(rows, "\n", "")
    _, offsets, text = lines.buffers()
    if not len(lines):
        return b""
    ends = pa.Array.from_buffers(pa.int32(), len(lines) + 1 + lines.offset, [None, offsets])
    return bytes(text[ends[lines.offset].as_py() : ends[-1].as_py()])


def _cells(column: pa.Array) -> pa.Array:
    """A column as cells of CSV that no spreadsheet runs. A value that comes again is looked at once."""
    if pa.types.is_integer(column.type) or pa.types.is_date(column.type):
        return pc.fill_null(column.cast(pa.string()), "")
    encoded = column.dictionary_encode()
    values = encoded.dictionary
    is_text = pa.types.is_string(column.type)
    if not is_text or pc.any(pc.match_substring_regex(values, _RISKY)).as_py():
        values = pa.array([_cell(plain(value)) for value in values.to_pylist()], pa.string())
    return pc.fill_null(values.take(encoded.indices), "")


def _cell(text: str) -> str:
    """A cell of CSV, in quotes where it would end its cell or its line."""
    text = harmless(text)
    if any(sign in text for sign in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _cell_writer(sheet: Any, book: Any) -> Callable[[int, int, object], None]:
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def write(line: int, column: int, value: object) -> None:
        if isinstance(value, str):
            sheet.write_string(line, column, value)
        elif isinstance(value, bool) or value is None:
            sheet.write(line, column, value)
        elif isinstance(value, datetime):
            sheet.write_datetime(line, column, value, moment)
        elif isinstance(value, date):
            sheet.write_datetime(line, column, value, day)
        else:
            sheet.write_number(line, column, value)

    return write


_HEADS = Text("列|名称|类型|说明|取值", "Column|Title|Type|Meaning|Values")


def _write_about(sheet: Any, handout: Handout, head: Any) -> None:
    language = handout.language
    for line, said in enumerate(handout.citation):
        sheet.write_string(line, 0, said)
    heads = len(handout.citation) + 1
    sheet.write_row(heads, 0, _HEADS.of(language).split("|"), head)
    for line, one in enumerate(handout.columns, heads + 1):
        means = one.means.of(language) if one.means else ""
        sheet.write_row(
            line, 0, [one.name, one.title.of(language), one.kind, means, "、".join(one.values)]
        )


class _Pieces(io.RawIOBase):
    """A file that is written and taken away piece by piece."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        data = bytes(piece)
        self._parts.append(data)
        self._length += len(data)
        return len(data)

    def tell(self) -> int:
        return self._length

    def taken(self) -> bytes:
        """What was written since it was last taken."""
        found, self._parts = b"".join(self._parts), []
        return found
