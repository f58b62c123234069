"""Book parts: what a workbook says beside its cells, and where.

Owns `open_parts`, of a workbook of Office Open XML: from which year it counts its days, its sheets and
where they are, and the parts that all sheets share; `holds`, which searches them; and `BookFacts` of
other kinds, whose sheets are searched for hidden rows and merged cells while their cells are read.
Called by `book_pieces`, `unpacking`, `workbooks`. May import `merged_cells`, `old_books`,
`open_documents`.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.compute as pc

from etl.merged_cells import Failed, Merged
from etl.old_books import read_old_book
from etl.open_documents import read_open_document

_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
#: What cells need beside their sheet, as readers of workbooks look for it.
_SHARED = frozenset(
    {"[content_types].xml", "_rels/.rels", _BOOK, _LINKS, "xl/sharedstrings.xml", "xl/styles.xml"}
)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet and the part that it is in. `hidden`: nobody sees it who opens the workbook."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class OpenParts:
    """`shared`: the names of the parts that cells of all sheets need. `from_1904`: the workbook counts
    its days from 1904."""

    sheets: tuple[SheetPart, ...]
    shared: tuple[str, ...]
    from_1904: bool


@dataclass(frozen=True, slots=True)
class BookFacts:
    """`from_1904`: the workbook counts its days from 1904. `hidden_rows`: the sheets that have some.
    Of each sheet, the `merged` cells, and the formulas that `failed`, whose cells are read as empty."""

    from_1904: bool = False
    hidden_rows: frozenset[str] = frozenset()
    merged: Mapping[str, Sequence[Merged]] = field(default_factory=dict)
    failed: Mapping[str, Sequence[Failed]] = field(default_factory=dict)


def open_parts(book: zipfile.ZipFile) -> OpenParts:
    """The parts of a workbook. Raises LookupError if it is of another kind, or not built as usual."""
    names = book.namelist()
    try:
        root, links = (ElementTree.fromstring(book.read(part)) for part in (_BOOK, _LINKS))
    except ElementTree.ParseError as error:
        raise LookupError(_BOOK) from error
    targets = {link.get("Id"): str(PurePosixPath("/xl", link.get("Target", ""))) for link in links}
    sheets = []
    for sheet in (element for element in root.iter() if _is(element, "sheet")):
        link = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        part = targets.get(link, "").removeprefix("/")
        if part not in names:
            raise LookupError(part)
        hidden = sheet.get("state", "visible") != "visible"
        sheets.append(SheetPart(sheet.get("name", ""), part, hidden))
    from_1904 = any(
        element.get("date1904") in {"1", "true"}
        for element in root.iter()
        if _is(element, "workbookPr")
    )
    shared = tuple(name for name in names if name.lower() in _SHARED)
    return OpenParts(tuple(sheets), shared, from_1904)


def holds(xml: bytes, pattern: str) -> bool:
    """Whether a pattern is found in a part, or in some of it. Arrow's search is fast where the pattern
    begins with plain characters, and lets other threads run."""
    size = struct.pack("<qq", 0, len(xml))
    text = pa.Array.from_buffers(pa.large_binary(), 1, [None, pa.py_buffer(size), pa.py_buffer(xml)])
    return bool(pc.match_substring_regex(text, pattern)[0].as_py())


def book_facts(path: Path) -> BookFacts:
    """The facts of a workbook of another kind; of a broken one, none: who reads its cells says so."""
    try:
        if not zipfile.is_zipfile(path):
            return BookFacts(*read_old_book(path))
        with zipfile.ZipFile(path) as book:
            hidden_rows, merged, failed = read_open_document(book)
            return BookFacts(False, hidden_rows, merged, failed)
    except (zipfile.BadZipFile, zlib.error, LookupError, ElementTree.ParseError, EOFError, ValueError):
        return BookFacts()
    except (OSError, struct.error):
        return BookFacts()  # an old one


def _is(element: ElementTree.Element, name: str) -> bool:
    return element.tag.rpartition("}")[2] == name
