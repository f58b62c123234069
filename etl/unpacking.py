"""Unpacking: what a zipped workbook would take up, found out before it is read into memory.

Owns `check_workbook`, `unpacked_xml`, `check_rows`, `check_extent` and their limits. A workbook is a
zip file of XML: one of a megabyte may unpack to gigabytes, and a stray cell in the last row and column
makes its reader lay out all cells before it. What the zip file says of itself is believed only where no
more than that is ever unpacked (`book_pieces`): else each part is unpacked to its end and dropped. Nor
is it believed there what a sheet says of its extent: rows that would not fit if they were as wide as
can be are searched for their outermost cells. Called by `book_pieces`, `reading`, `workbooks`. May
import `book_parts`, `errors`, `source_files`, `texts`.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from etl.book_parts import holds, open_parts
from etl.errors import SourceError
from etl.source_files import SourceFile
from etl.texts import Text

#: All parts of a workbook together: four times a sheet with each of its million rows in use.
MOST_BYTES = 4 * 1024**3
#: XML of real tables packs 10 to 40 times; whatever packs more, and is large, is no table.
MOST_PACKED = 200
#: Below this size a part is harmless, however tightly it is packed.
HARMLESS_BYTES = 64 * 1024**2
#: XML of a part that goes on so long without any tag: a spreadsheet's cells hold 32,767 characters.
LONGEST_TEXT = 1024**2
#: Cells of the smallest rectangle that has all of a sheet's; the reader lays out each of them.
MOST_CELLS = 100_000_000
#: So many cells of a sheet may be merged: half of its rows, with the next one each.
MOST_MERGED = 2**19

_BLOCK = 256 * 1024
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension\s+ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"')
#: A cell with something in it; those that are only formatted end in `/>`, or at once.
_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*\s)?r="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>(?!</)')
_LONGEST_TAG = 1024
#: What Python's reader of zip files raises for one that is damaged, cut off or locked.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
#: How many columns there may be whose names have so many letters, or fewer.
_WIDTHS = {3: 16_384, 2: 702}


def check_workbook(file: SourceFile) -> None:
    """Raises SourceError for a workbook that must not be unpacked. One that is no zip file passes: its
    reader knows better."""
    if not zipfile.is_zipfile(file.path):
        return
    try:
        with zipfile.ZipFile(file.path) as book:
            in_pieces = _is_read_in_pieces(book)
            _check_parts(file, book, in_pieces=in_pieces)
            for part in book.infolist():
                if _SHEET.fullmatch(part.filename) and not in_pieces:
                    _check_cells(file, book, part)
    except BROKEN as error:
        raise SourceError(damaged(file)) from error


def damaged(file: SourceFile) -> Text:
    """What is said of a workbook that cannot be unpacked."""
    return Text(
        f"{file.name}：压缩内容已损坏或不完整；请重新发送，或重新另存",
        f"{file.name}: what it packs is damaged or cut off; send it again, or save it again",
    )


def _check_parts(file: SourceFile, book: zipfile.ZipFile, *, in_pieces: bool) -> None:
    unpacked = 0
    for part in book.infolist():
        said, packed = part.file_size, part.compress_size
        unpacked += said
        is_bomb = said > max(HARMLESS_BYTES, packed * MOST_PACKED) or unpacked > MOST_BYTES
        if is_bomb or (not in_pieces and _unpacks_to_more(file.path, part)):
            raise SourceError(
                Text(
                    f"{file.name}：解压后过大（{part.filename} 由 {packed:,} 字节展开，超过限度），"
                    "不像是表格；没有读取。请检查文件来源，或拆成几个文件",
                    f"{file.name}: unpacks to too much ({part.filename}, packed into {packed:,} "
                    "bytes), more than a table would; it was not read. See where it comes from, or "
                    "split it",
                )
            )


def _is_read_in_pieces(book: zipfile.ZipFile) -> bool:
    try:
        open_parts(book)
    except LookupError:
        return False
    return True


def _unpacks_to_more(path: Path, part: zipfile.ZipInfo) -> bool:
    """Whether a part unpacks to more bytes than it says, of which none is kept. Python's own reader
    of zip files stops where the part says that it ends; a workbook's reader does not."""
    if part.compress_type != zipfile.ZIP_DEFLATED:
        return part.compress_size > part.file_size
    with path.open("rb") as file:
        file.seek(part.header_offset)
        header = file.read(30)
        file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
        unpack, left, found = zlib.decompressobj(-zlib.MAX_WBITS), part.compress_size, 0
        while not unpack.eof and (block := file.read(min(_BLOCK, left))):
            left -= len(block)
            while block and found <= part.file_size:
                found += len(unpack.decompress(block, _BLOCK))
                block = unpack.unconsumed_tail
            if found > part.file_size:
                return True
    return False


def unpacked_xml(file: SourceFile, book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """A part of a workbook, block by block. Raises SourceError for a text that no cell can hold."""
    with book.open(part) as source:
        while block := source.read(LONGEST_TEXT):
            if len(block) == LONGEST_TEXT and b"<" not in block:
                raise SourceError(
                    Text(
                        f"{file.name}：{part} 中有一个单元格的内容超过 {LONGEST_TEXT:,} 字节，"
                        "不是电子表格能保存的；没有读取。请检查文件来源，或重新另存",
                        f"{file.name}: {part} has a cell of more than {LONGEST_TEXT:,} bytes, which no "
                        "spreadsheet can hold; it was not read. See where it comes from, or save it "
                        "again",
                    )
                )
            yield block


def check_rows(file: SourceFile, part: str, xml: bytes, first: int, height: int) -> None:
    """Raises SourceError if the cells of some rows, from the `first` on and so many rows high, lie too
    far from each other, whatever their sheet says of its extent."""
    for letters, width in _WIDTHS.items():
        if height * width <= MOST_CELLS:
            return
        if holds(xml, rf' r="[A-Z]{{{letters}}}[0-9]'):
            found = ((cell[1], cell[2]) for cell in _CELL.finditer(xml))
            _check_outermost(file, part, found, first)
            return


def check_extent(file: SourceFile, part: str, width: int, height: int) -> None:
    """Raises SourceError if a sheet is so wide and so high that it has too many cells."""
    if width * height > MOST_CELLS:
        raise SourceError(_too_far(file, part, f"{_letters(width)}{height}"))


def check_merged(file: SourceFile, part: str, xml: bytes) -> None:
    """Raises SourceError if a sheet has more merged cells than anybody makes."""
    if xml.count(b"mergeCell ") > MOST_MERGED:
        raise SourceError(
            Text(
                f"{file.name}：{part} 的合并单元格超过 {MOST_MERGED} 个，不能读取；请取消合并",
                f"{file.name}: {part} has more than {MOST_MERGED} merged cells: unmerge them",
            )
        )


def _check_cells(file: SourceFile, book: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Raises SourceError if the cells of a sheet that is read whole lie too far from each other."""
    with book.open(part) as sheet:
        said = _DIMENSION.search(sheet.read(_BLOCK))
    # A cell alone is what writers say that do not know yet how many will follow.
    if said is not None and 1 < int(said[2]) * _number(said[1]) <= MOST_CELLS:
        return
    _check_outermost(file, part.filename, _cells(book, part))


def _check_outermost(
    file: SourceFile, part: str, cells: Iterable[tuple[bytes, bytes]], first: int = 1
) -> None:
    width = last = 0
    for column, row in cells:
        width, last = max(width, _number(column)), max(last, int(row))
        if width * (last - first + 1) > MOST_CELLS:
            raise SourceError(_too_far(file, part, f"{column.decode()}{row.decode()}"))


def _too_far(file: SourceFile, part: str, last: str) -> Text:
    return Text(
        f"{file.name}：{part} 中的单元格远至 {last}，"
        f"展开后超过 {MOST_CELLS:,} 格；请删除表格以外的单元格后重新另存",
        f"{file.name}: {part} has cells as far as {last}, which makes more than "
        f"{MOST_CELLS:,} in all; delete the cells outside the table and save it again",
    )


def _cells(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[tuple[bytes, bytes]]:
    """Column and row of each cell of a sheet that is not empty."""
    kept = b""
    with book.open(part) as sheet:
        while block := sheet.read(_BLOCK):
            text = kept + block
            # A tag may go on in the next block; a cell that is seen twice does no harm.
            yield from ((found[1], found[2]) for found in _CELL.finditer(text))
            kept = text[-_LONGEST_TAG:]


def _number(column: bytes) -> int:
    """The number of a column: A is 1, Z 26, AA 27."""
    number = 0
    for letter in column:
        number = number * 26 + letter - ord("A") + 1
    return number


def _letters(number: int) -> str:
    """The column of a number: A is 1, Z 26, AA 27."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters
