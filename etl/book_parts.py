"""Book parts: what a workbook's own XML says that readers of its cells do not.

Owns `BookFacts` and `book_facts`: from which year the workbook counts its days, which of its sheets
have hidden rows, and which have numbers so long that their last digits may be lost. The parts are read
by the block while the cells are read, and searched for bytes: taking them apart would take longer than
the cells do. Called by `workbooks`. May import `old_books`.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from etl.old_books import read_old_book

_BLOCK = 1024**2
#: How much of a block is seen again with the next one: a row's or a cell's beginning fits.
_SEEN_AGAIN = 4096

#: A row of cells that is hidden, by hand or by a filter. One without cells ends at once.
_HIDDEN_ROW = re.compile(rb'[<:]row\b[^>]*\bhidden="(?:1|true)"[^>]*(?<!/)>')
_HIDDEN_ROW_OF_ODS = re.compile(rb'<table:table-row\b[^>]*\btable:visibility="(?:collapse|filter)"')
#: A number with more digits than a spreadsheet keeps.
_LONG_NUMBER = re.compile(rb"[<:]v>-?(?:\d{16}|\d+(?:\.\d+)?[eE]\+?(?:1[5-9]|[2-9]\d))")
#: What a block with such a number has, once its signs are gone and each digit is a 0: that is looked
#: for in a tenth of the time.
_LIKE_LONG_NUMBER = (b"v>" + b"0" * 16, b"0E0")
_SIGNS, _AS_ZEROS = b"+-", bytes.maketrans(b"123456789e", b"000000000E")


@dataclass(frozen=True, slots=True)
class BookFacts:
    """`from_1904`: the workbook counts its days from 1904. `hidden_rows`: the sheets that have some.
    `long_numbers`: the sheets that have some; None where that is not known of any."""

    from_1904: bool = False
    hidden_rows: frozenset[str] = frozenset()
    long_numbers: frozenset[str] | None = None


def book_facts(path: Path) -> BookFacts:
    """The facts of a workbook of any kind; of a broken one, none: whoever reads its cells says so."""
    try:
        if not zipfile.is_zipfile(path):
            return BookFacts(*read_old_book(path))
        with zipfile.ZipFile(path) as book:
            if "content.xml" in book.namelist():
                return _open_document(book)
            return _office_open(book)
    except (zipfile.BadZipFile, zlib.error, LookupError, ElementTree.ParseError, EOFError):
        return BookFacts()
    except (OSError, struct.error):
        return BookFacts()  # an old one


def _office_open(book: zipfile.ZipFile) -> BookFacts:
    root = ElementTree.fromstring(book.read("xl/workbook.xml"))
    from_1904 = any(
        element.get("date1904") in {"1", "true"}
        for element in root.iter()
        if _is(element, "workbookPr")
    )
    hidden, long_numbers = set(), set()
    for sheet, part in _parts(book, root).items():
        for block in _blocks(book, part):
            if sheet not in hidden and b'hidden="' in block and _HIDDEN_ROW.search(block):
                hidden.add(sheet)
            if sheet not in long_numbers and _has_long_number(block):
                long_numbers.add(sheet)
    return BookFacts(from_1904, frozenset(hidden), frozenset(long_numbers))


def _has_long_number(block: bytes) -> bool:
    plain = block.translate(_AS_ZEROS, _SIGNS)
    return any(like in plain for like in _LIKE_LONG_NUMBER) and bool(_LONG_NUMBER.search(block))


def _parts(book: zipfile.ZipFile, root: ElementTree.Element) -> Mapping[str, str]:
    """The part that each sheet is in."""
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(PurePosixPath("/xl", link.get("Target", ""))) for link in links}
    found = {}
    for sheet in (element for element in root.iter() if _is(element, "sheet")):
        link = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        part = targets.get(link, "").removeprefix("/")
        if part in book.namelist():
            found[sheet.get("name", "")] = part
    return found


def _open_document(book: zipfile.ZipFile) -> BookFacts:
    hidden, sheet = set(), ""
    names = re.compile(rb'<table:table [^>]*table:name="([^"]*)"')
    for block in _blocks(book, "content.xml"):
        places = [(found.start(), _text(found[1])) for found in names.finditer(block)]
        for found in _HIDDEN_ROW_OF_ODS.finditer(block):
            hidden.add(next((name for at, name in reversed(places) if at < found.start()), sheet))
        sheet = places[-1][1] if places else sheet
    return BookFacts(hidden_rows=frozenset(hidden))


def _blocks(book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """A part by the block, the end of each seen again at the beginning of the next."""
    before = b""
    with book.open(part) as source:
        while block := source.read(_BLOCK):
            yield before + block
            before = block[-_SEEN_AGAIN:]


def _is(element: ElementTree.Element, name: str) -> bool:
    return element.tag.rpartition("}")[2] == name


def _text(raw: bytes) -> str:
    """An attribute's text."""
    return ElementTree.fromstring(b'<a b="' + raw + b'"/>').get("b", "")
