"""Open documents: what a workbook of OpenDocument (`.ods`) says that readers of its cells do not.

Owns `read_open_document`: which of its sheets have hidden rows, their merged cells, and their formulas
without a result. Its content is searched, and read once more if there is something of the last two.
Called by `book_parts`. May import `cells`, `merged_cells`.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from xml.etree import ElementTree

from etl.cells import FORMULA_ERROR
from etl.merged_cells import Failed, Merged

_CONTENT = "content.xml"
_BLOCK = 1024**2
#: How much of a block is seen again with the next one: a row's beginning fits.
_SEEN_AGAIN = 4096

_SHEET_NAME = re.compile(rb'<table:table [^<>]*table:name="([^"]*)"')
_HIDDEN_ROW = re.compile(rb'<table:table-row\b[^<>]*\btable:visibility="(?:collapse|filter)"')
_OF_ROWS = re.compile(rb'table:number-rows-spanned="(?!1")|value-type="error"|>(?:#|Err:|\xe9\x94\x99)')

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_NAME, _ROW, _FORMULA = f"{_TABLE}name", f"{_TABLE}table-row", f"{_TABLE}formula"
_SPANNED, _ROWS = f"{_TABLE}number-rows-spanned", f"{_TABLE}number-rows-repeated"
_COLUMNS = f"{_TABLE}number-columns-repeated"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
_KIND = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"

Facts = tuple[frozenset[str], dict[str, list[Merged]], dict[str, list[Failed]]]


def read_open_document(book: zipfile.ZipFile) -> Facts:
    """The sheets with hidden rows; and by sheet the merged cells, and the formulas without a result.
    Raises LookupError, ElementTree.ParseError or ValueError for what is no such document."""
    hidden, sheet, is_more = set(), "", False
    for block in _blocks(book):
        places = [(found.start(), _attribute(found[1])) for found in _SHEET_NAME.finditer(block)]
        for found in _HIDDEN_ROW.finditer(block):
            hidden.add(next((name for at, name in reversed(places) if at < found.start()), sheet))
        sheet = places[-1][1] if places else sheet
        is_more = is_more or _OF_ROWS.search(block) is not None
    return (frozenset(hidden), *(_walked(book) if is_more else ({}, {})))


def _walked(book: zipfile.ZipFile) -> tuple[dict[str, list[Merged]], dict[str, list[Failed]]]:
    merged, failed = defaultdict(list), defaultdict(list)
    sheet, row = "", 0
    with book.open(_CONTENT) as content:
        for event, element in ElementTree.iterparse(content, ("start", "end")):
            if event == "start":
                if element.tag == f"{_TABLE}table":
                    sheet, row = element.get(_NAME, ""), 0
            elif element.tag == _ROW:
                height, column = _count(element, _ROWS), 0
                for cell in element:
                    width = _count(cell, _COLUMNS)
                    if (rows := _count(cell, _SPANNED)) > 1:
                        merged[sheet].append(Merged(row, row + rows - 1, column))
                    if (shown := _error(cell)) is not None:
                        failed[sheet].append(Failed(row, row + height, column, column + width, shown))
                    column += width
                row += height
                element.clear()
    return merged, failed


def _count(element: ElementTree.Element, attribute: str) -> int:
    """How many rows or columns an element stands for, one if it says nothing else."""
    return max(1, int(element.get(attribute, "1")))


def _error(cell: ElementTree.Element) -> str | None:
    """What is shown of a formula without a result."""
    if cell.get(_FORMULA) is None:
        return None
    # Not what a comment says, which is further down.
    shown = "".join(text for part in cell.findall(_TEXT) for text in part.itertext())
    if re.fullmatch(FORMULA_ERROR, shown):
        return shown
    return "#VALUE!" if cell.get(_KIND) == "error" else None


def _blocks(book: zipfile.ZipFile) -> Iterator[bytes]:
    """The content by the block, the end of each seen again at the beginning of the next."""
    before = b""
    with book.open(_CONTENT) as source:
        while block := source.read(_BLOCK):
            yield before + block
            before = block[-_SEEN_AGAIN:]


def _attribute(raw: bytes) -> str:
    """An attribute's text."""
    return ElementTree.fromstring(b'<a b="' + raw + b'"/>').get("b", "")
