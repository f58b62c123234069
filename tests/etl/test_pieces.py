"""A sheet read in pieces is the sheet read whole, by the same reader and by another one."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import fastexcel
import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter

from etl import book_pieces, unpacking
from etl.book_pieces import OpenBook
from etl.errors import SourceError
from etl.snapshots import Building
from etl.source_files import SourceFile
from tests.etl.offices import HEADER, ZHANG, load, rows_of
from tests.etl.test_workbooks import LOST, REFUSED, RESIDENT, cells, workbook
from tests.refusing import refusing

SHEET = "xl/worksheets/sheet1.xml"
SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sheets are cut after a few thousand bytes; the sizes of the workbooks that the reader opens."""
    for name in ("LEAST", "USUAL", "MOST"):
        monkeypatch.setattr(book_pieces, name, 4_000)
    monkeypatch.setattr(unpacking, "LONGEST_TEXT", 500)
    sizes, read_excel = [], fastexcel.read_excel

    def opening(source: bytes) -> fastexcel.ExcelReader:
        sizes.append(len(source))
        return read_excel(source)

    monkeypatch.setattr(book_pieces.fastexcel, "read_excel", opening)
    return sizes


def in_pieces(path: Path) -> pa.Table:
    book = OpenBook(SourceFile.of(path))
    return book.texts(book.sheets[0]).table


def whole(path: Path) -> pa.Table:
    """A sheet as its reader reads it by itself, from the first column with anything in it, and with
    the one error of formulas that there is."""
    sheet = fastexcel.read_excel(path.read_bytes()).load_sheet(
        0, header_row=None, skip_rows=0, dtypes="string"
    )
    batch, errors = sheet.to_arrow_with_errors()
    cells = [column.to_pylist() for column in batch.columns]
    for error in errors.errors if errors else ():
        row, column = error.position
        cells[column][row] = "#N/A"
    return pa.table({f"c{i}": pa.array(column, pa.string()) for i, column in enumerate(cells)})


def with_rows(path: Path, rows: str, prefix: str = "") -> Path:
    """A workbook whose only sheet has these rows."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink) as book:
        book.add_worksheet("一月")
    space = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    xml = (
        f'<?xml version="1.0"?><{prefix}worksheet {space}="{SPACE}"><{prefix}sheetData>{rows}'
        f"</{prefix}sheetData></{prefix}worksheet>"
    )
    with zipfile.ZipFile(sink) as made, zipfile.ZipFile(path, "w") as book:
        for name in made.namelist():
            book.writestr(name, xml if name == SHEET else made.read(name))
    return path


def row(number: int | None, text: str, column: str = "B", prefix: str = "", options: str = "") -> str:
    said = "" if number is None else f' r="{number}"'
    at = "" if number is None else f' r="{column}{number}"'
    p = prefix
    return f'<{p}row{said}{options}><{p}c{at} t="str"><{p}v>{text}</{p}v></{p}c></{p}row>'


@pytest.mark.parametrize("seed", range(30))
def test_any_sheet_is_what_its_reader_reads_of_it_whole(
    tmp_path: Path, opened: list[int], seed: int
) -> None:
    chance = random.Random(seed)
    path, left, top = tmp_path / "a.xlsx", chance.choice([0, 0, 3]), chance.choice([0, 0, 7])
    with xlsxwriter.Workbook(path, {"constant_memory": chance.random() < 0.5}) as book:
        sheet = book.add_worksheet("一月")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        kinds: list[Callable[[int, int], object]] = [
            lambda r, c: sheet.write_string(r, c, f"镇<街>&{chance.randrange(50)}"),
            lambda r, c: sheet.write_string(r, c, chance.choice(["", " ", "</row>", "a\nb", "r=1"])),
            lambda r, c: sheet.write_number(
                r, c, chance.choice([0, -1.5, 3, 1e21, 110105194912310021])
            ),
            lambda r, c: sheet.write_boolean(r, c, chance.random() < 0.5),
            lambda r, c: sheet.write_datetime(r, c, datetime(2023, 1, chance.randint(1, 28)), day),
            lambda r, c: sheet.write_formula(r, c, "=1+1", None, chance.choice([2, "二", "#N/A"])),
            lambda r, c: sheet.write_blank(r, c, None, bold),
        ]
        number = top
        for _ in range(chance.randint(0, 120)):
            number += chance.choice([1, 1, 1, 1, 2, 9])
            if chance.random() < 0.2:
                sheet.set_row(number, 20, None, {"hidden": chance.random() < 0.5})
            for column in range(left, left + chance.randint(0, 9)):
                if chance.random() < 0.8:
                    chance.choice(kinds)(number, column)
    assert in_pieces(path).to_pydict() == trimmed(whole(path))
    assert opened


def trimmed(table: pa.Table) -> dict[str, list[str | None]]:
    """Without the columns on the left that hold nothing that can be read."""
    columns = table.to_pydict()
    while columns and not any(cell is not None for cell in columns[next(iter(columns))]):
        del columns[next(iter(columns))]
    return dict(zip(table.column_names, columns.values(), strict=False))


def test_another_reader_finds_the_same_cells(tmp_path: Path, opened: list[int]) -> None:
    path = tmp_path / "a.xlsx"
    rows = [[f"T{n}", f"镇{n % 33}", n, None if n % 7 else "备注"] for n in range(2_000)]
    book = openpyxl.Workbook()
    for cells_ in rows:
        book.active.append(cells_)
    book.save(path)
    read = in_pieces(path).to_pylist()
    assert [list(one.values()) for one in read] == [
        [None if cell is None else str(cell) for cell in one]
        for one in openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    ]
    assert len(opened) > 20
    # A piece, the block that it ended in, and what all sheets share.
    assert max(opened) < 4_000 + 500 + 60_000


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_whatever_prefix_the_elements_have(tmp_path: Path, opened: list[int], prefix: str) -> None:
    rows = "".join(row(n, f"行{n}", prefix=prefix, options=' spans="1:2"') for n in range(1, 300))
    path = with_rows(tmp_path / "a.xlsx", rows, prefix)
    assert in_pieces(path).to_pydict() == {"c0": [f"行{n}" for n in range(1, 300)]}
    assert len(opened) > 3


ODD = {
    "numbers of rows are not said": (
        "".join(row(None, f"行{n}") for n in range(300)),
        [f"行{n}" for n in range(300)],
    ),
    "a row stands before those above it": (
        "".join(row(n, f"行{n}") for n in [*range(1, 150), *range(151, 300), 150]),
        [f"行{n}" for n in range(1, 300)],
    ),
    "a row stands far behind those below it": (
        "".join(row(n, f"行{n}") for n in [1, 299, *range(2, 299)]),
        [f"行{n}" for n in range(1, 300)],
    ),
    "a row's number is said in other marks": (
        "".join(row(n, f"行{n}").replace('"', "'") for n in range(1, 300)),
        [f"行{n}" for n in range(1, 300)],
    ),
    "what looks like a row is a remark": (
        "".join(row(n, f"行{n}") + f'<!-- <row r="{n + 1}"> -->' for n in range(1, 300)),
        [f"行{n}" for n in range(1, 300)],
    ),
    "the last rows hold nothing": (
        "".join(row(n, f"行{n}") for n in range(1, 100))
        + "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(100, 500)),
        [f"行{n}" for n in range(1, 100)],
    ),
    "a row looks like the mark between pieces": (
        "".join(
            row(n, f"行{n}") if n % 2 else f'<row r="{n}"><c r="A{n}" t="b"><v>1</v></c></row>'
            for n in range(1, 300)
        ),
        [None if n % 2 == 0 else f"行{n}" for n in range(1, 300)],
    ),
}


@pytest.mark.parametrize("odd", ODD)
def test_a_sheet_that_is_odd(tmp_path: Path, opened: list[int], odd: str) -> None:
    rows, found = ODD[odd]
    path = with_rows(tmp_path / "a.xlsx", rows)
    table = in_pieces(path)
    column = table.column(table.num_columns - 1).to_pylist()
    assert column[: len(found)] == found
    assert not any(column[len(found) :])
    assert opened


@pytest.mark.parametrize("last", [False, True])
def test_what_a_piece_says_beside_its_cells(
    building: Building, tmp_path: Path, opened: list[int], last: bool
) -> None:
    """A hidden row and a number that lost its digits, in a piece that is not the first."""
    at = 400 if last else 200
    rows = [cells(f"T{n}", RESIDENT if n == at else ZHANG) for n in range(1, 401)]
    path = workbook(tmp_path / "a.xlsx", *rows, hidden=[at])
    report = load(building, path)
    (sheet,) = report.sheets
    assert (sheet.loaded, sheet.rejected) == (399, 1)
    assert rows_of(building, REFUSED) == [(at + 1, "person_id", LOST)]
    (note,) = report.notes
    assert "hidden" in note.en
    assert len(opened) > 10


@pytest.mark.parametrize(("number", "prefix"), [(None, ""), (1, "not-known:")])
def test_a_sheet_that_can_be_read_whole_only_is_not_if_it_is_long(
    tmp_path: Path, opened: list[int], monkeypatch: pytest.MonkeyPatch, number: int | None, prefix: str
) -> None:
    monkeypatch.setattr(book_pieces, "MOST_WHOLE", 10_000)
    rows = "".join(row(number and n, f"行{n}", prefix=prefix) for n in range(1, 300))
    path = with_rows(tmp_path / "a.xlsx", rows, prefix)
    with refusing(SourceError, "a.xlsx: the rows of the sheet '一月' do not say their numbers"):
        in_pieces(path)
    assert not opened
    path = with_rows(tmp_path / "a.xlsx", "".join(row(n, f"行{n}") for n in range(1, 300)))
    assert in_pieces(path).num_rows == 299


def test_a_sheet_of_charts_beside_a_table(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("一月")
        for number, line in enumerate([HEADER.split(","), cells("T1")]):
            sheet.write_row(number, 0, line)
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=一月!$F$2:$F$2"})
        book.add_chartsheet("图").set_chart(chart)
    report = load(building, path)
    assert report.failures == []
    assert [(one.sheet, one.loaded) for one in report.sheets] == [("一月", 1)]


def test_a_sheet_whose_xml_is_broken_in_a_later_piece(
    building: Building, tmp_path: Path, opened: list[int]
) -> None:
    good = "".join(row(n, f"行{n}") for n in range(1, 300))
    path = with_rows(tmp_path / "a.xlsx", good.replace('t="str"><v>行290', 't="s"><v>行290'))
    report = load(building, path)
    assert len(opened) > 3
    assert report.sheets == []
    (failure,) = report.failures
    assert failure.en.startswith("a.xlsx: cannot be read as a workbook")
