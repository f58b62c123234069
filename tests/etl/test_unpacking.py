"""Workbooks that are no tables: cut off, damaged, or unpacking to more than any machine has."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import fastexcel
import pytest
import xlsxwriter

from etl import book_pieces, unpacking
from etl.errors import SourceError
from etl.reading import open_sheets
from etl.snapshots import Building
from etl.source_files import SourceFile
from etl.unpacking import check_workbook
from tests.etl.offices import HEADER, ZHANG, load, rows_of
from tests.refusing import refusing

SHEET = "xl/worksheets/sheet1.xml"
HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def book(*rows: str) -> bytes:
    """A workbook as a spreadsheet writes it."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink) as workbook:
        sheet = workbook.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row.split(","))
    return sink.getvalue()


def with_sheet(path: Path, parts: Iterator[bytes]) -> Path:
    """A workbook whose sheet is the XML given."""
    whole = zipfile.ZipFile(io.BytesIO(book("a")))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name in whole.namelist():
            if name != SHEET:
                written.writestr(name, whole.read(name))
        with written.open(SHEET, "w") as sheet:
            for part in parts:
                sheet.write(part)
    return path


def cell(column: str, row: int, text: str) -> bytes:
    return f'<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def row_of(number: int, *cells: bytes) -> bytes:
    return b'<row r="%d">%s</row>' % (number, b"".join(cells))


def sheet_of(*rows: bytes, dimension: bytes = b"") -> Iterator[bytes]:
    yield HEAD + dimension + b"<sheetData>"
    yield from rows
    yield b"</sheetData></worksheet>"


def bomb(megabytes: int) -> Iterator[bytes]:
    return sheet_of(b'<row r="1"><c r="A1" t="inlineStr"><is><t>', *[b"x" * 2**20] * megabytes)


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader, which unpacks all of a file at once, must not be asked."""

    def read(_: Path) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(fastexcel, "read_excel", read)


def refuse(path: Path, said: str) -> None:
    aside = duckdb.connect()
    with aside, refusing(SourceError, said), open_sheets(SourceFile.of(path), aside, path.parent):
        pass


@pytest.mark.usefixtures("unread")
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "a.xlsx", bomb(200))
    assert path.stat().st_size < 2**20
    refuse(path, f"a.xlsx: unpacks to too much ({SHEET}")


def lying(path: Path, says: int, *, begins_with: bytes = b"", megabytes: int = 400) -> Path:
    """A workbook whose sheet unpacks to so many MB, but is said to have `says` bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(begins_with)
    packed += b"".join(packer.compress(b"x" * 2**20) for _ in range(megabytes))
    packed += packer.flush()
    head = struct.pack("<5H3I2H", 20, 0, 8, 0, 0, 0, len(packed), says, len(SHEET), 0)
    local = b"PK\3\4" + head + SHEET.encode() + packed
    central = b"PK\1\2" + struct.pack("<H", 20) + head + bytes(14) + SHEET.encode()
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)
    assert zipfile.ZipFile(path).getinfo(SHEET).file_size == says
    return path


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("says", [5_000, 70_000_000])
def test_what_a_bomb_says_of_its_size_is_not_believed(tmp_path: Path, says: int) -> None:
    refuse(lying(tmp_path / "a.xlsx", says), "unpacks to too much")


@pytest.mark.usefixtures("unread")
def test_a_bomb_behind_a_beginning_like_any_table_s(tmp_path: Path) -> None:
    """Its first 70 MB are what it says, and pack like a table does."""
    begins = random.Random(1).randbytes(2_000_000).hex().encode() * 18
    path = lying(tmp_path / "a.xlsx", len(begins), begins_with=begins, megabytes=100)
    assert len(begins) > 70_000_000
    refuse(path, "unpacks to too much")


@pytest.mark.usefixtures("unread")
def test_many_small_lies(tmp_path: Path) -> None:
    refuse(lying(tmp_path / "a.xlsx", 2**20, megabytes=2), "unpacks to too much")


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize(
    "dimension",
    [
        b"",
        b'<dimension ref="A1"/>',
        b'<dimension ref="A1:B2"/>',
        b'<dimension ref="A1:ZZ1048576"/>',
    ],
)
def test_a_stray_cell_far_outside_the_table_is_named(tmp_path: Path, dimension: bytes) -> None:
    stray = sheet_of(
        row_of(1, cell("A", 1, "x")), row_of(1048576, cell("ZZ", 1048576, "y")), dimension=dimension
    )
    refuse(with_sheet(tmp_path / "a.xlsx", stray), "has cells as far as ZZ1048576")


@pytest.mark.parametrize("wide", [1, 9_000])
def test_a_sheet_is_too_wide_for_its_height(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wide: int
) -> None:
    """No piece of it is: the cell to the right is in one, most rows are in others."""
    for name in ("LEAST", "USUAL"):
        monkeypatch.setattr(book_pieces, name, 50_000)
    monkeypatch.setattr(unpacking, "LONGEST_TEXT", 5_000)
    rows = (
        row_of(n, cell("A", n, "x"), *[cell("XFD", n, "y")] * (n == wide)) for n in range(1, 10_001)
    )
    path = with_sheet(tmp_path / "a.xlsx", sheet_of(*rows, dimension=b'<dimension ref="A1:B2"/>'))
    refuse(path, "has cells as far as XFD10000")


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
@pytest.mark.parametrize("says", [100, 3_000])
def test_a_workbook_in_which_a_part_is_longer_than_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, says: int
) -> None:
    """No more of it is unpacked than it says, which is not what its checksum is of; and its reader
    does not unpack it either."""
    path = with_part(tmp_path / "a.xlsx", part, 50 * 2**20)
    entry = zipfile.ZipFile(path).getinfo(part)
    sizes = struct.pack("<II", entry.compress_size, entry.file_size)
    raw = path.read_bytes()
    assert raw.count(sizes) == 2
    path.write_bytes(raw.replace(sizes, struct.pack("<II", entry.compress_size, says)))
    monkeypatch.setattr(fastexcel, "read_excel", small_only(fastexcel.read_excel))
    refuse(path, "a.xlsx: what it packs is damaged")


def with_part(path: Path, long: str, size: int) -> Path:
    """A workbook of which a part has so many blanks behind it."""
    whole = zipfile.ZipFile(io.BytesIO(book(HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,")))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name in whole.namelist():
            written.writestr(name, whole.read(name) + b" " * (size if name == long else 0))
    return path


def small_only(read: Callable[[bytes], fastexcel.ExcelReader]) -> Callable[[bytes], object]:
    def opening(source: bytes) -> object:
        assert isinstance(source, bytes)
        assert len(source) < 100_000
        return read(source)

    return opening


def trainings() -> Iterator[bytes]:
    letters = "ABCDEFG"
    for number, line in enumerate([HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,"], start=1):
        cells = [cell(c, number, t) for c, t in zip(letters, line.split(","), strict=True) if t]
        yield row_of(number, *cells)


EMPTY = {
    "formatted": lambda n: row_of(n, *(b'<c r="%s%d" s="0"/>' % (c, n) for c in (b"A", b"XFD"))),
    "blank text": lambda n: row_of(n, cell("A", n, " ")),
}


@pytest.mark.parametrize("kind", EMPTY)
def test_a_million_empty_rows_below_the_table(building: Building, tmp_path: Path, kind: str) -> None:
    rows = sheet_of(*trainings(), *(EMPTY[kind](n) for n in range(3, 1_048_577)))
    report = load(building, with_sheet(tmp_path / "a.xlsx", rows))
    assert report.failures == []
    (sheet,) = report.sheets
    assert (sheet.rows_read, sheet.loaded, sheet.rejected) == (1, 1, 0)
    assert rows_of(building, "SELECT record_no, source_row FROM trainings") == [("T1", 2)]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999])
def test_a_workbook_that_was_cut_off(building: Building, tmp_path: Path, share: float) -> None:
    whole = book(HEADER, *(f"T{n},{ZHANG},,虎门,2023-05-01,8," for n in range(300)))
    (tmp_path / "a.xlsx").write_bytes(whole[: int(len(whole) * share)])
    report = load(building, tmp_path / "a.xlsx")
    assert report.sheets == []
    (failure,) = report.failures
    assert failure.en.startswith("a.xlsx: ")
    (tmp_path / "a.xlsx").write_bytes(whole)
    assert load(building, tmp_path / "a.xlsx").sheets[0].loaded == 300


def test_a_workbook_that_was_damaged(tmp_path: Path) -> None:
    whole = bytearray(book(HEADER, *(f"T{n},{ZHANG},,虎门,2023-05-01,8," for n in range(3_000))))
    at = whole.index(SHEET.encode()) + len(SHEET) + 50
    whole[at : at + 40] = b"\xff" * 40
    (tmp_path / "a.xlsx").write_bytes(whole)
    refuse(tmp_path / "a.xlsx", "a.xlsx: ")


def test_what_is_no_zip_file_is_left_to_its_reader(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0 an old workbook")
    check_workbook(SourceFile.of(tmp_path / "a.xls"))
