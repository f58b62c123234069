"""Old books: what a workbook of Excel 97 (`.xls`) says in its records that readers of its cells do not.

Owns `read_old_book`: whether it counts its days from 1904, which of its sheets have hidden rows, and
their merged cells. The records are walked over while the cells are read. Called by `book_parts`. May
import `merged_cells`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

from etl.merged_cells import Merged

#: Where the records of Excel 97 and of Excel 95 are in the compound file.
_STREAMS = ("Workbook", "Book")

# Kinds of records (MS-XLS 2.3).
_BEGIN, _END, _FROM_1904, _CODE_PAGE, _SHEET, _ROW = 0x0809, 0x000A, 0x0022, 0x0042, 0x0085, 0x0208
_MERGED = 0x00E5
#: Those of cells with something in them; each begins with the number of its row.
_CELLS = frozenset({0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E})
#: A row that is hidden, by hand or by a filter, in the options of its record.
_HIDDEN = 0x20

_SINCE_97 = 0x0600


def read_old_book(path: Path) -> tuple[bool, frozenset[str], dict[str, list[Merged]]]:
    """Whether days are counted from 1904; the sheets with hidden rows that hold anything; the merged
    cells of each. Raises OSError or struct.error for a file that is broken or no such workbook."""
    with olefile.OleFileIO(str(path)) as file:
        name = next((name for name in _STREAMS if file.exists(name)), None)
        if name is None:
            return False, frozenset(), {}
        data = file.openstream(name).read()
    from_1904, version, code_page = False, _SINCE_97, 1252
    sheets = {}
    for kind, record in _records(data, 0):
        if kind == _BEGIN:
            (version,) = struct.unpack_from("<H", record)
        elif kind == _FROM_1904:
            from_1904 = record[:1] == b"\1"
        elif kind == _CODE_PAGE:
            (code_page,) = struct.unpack_from("<H", record)
        elif kind == _SHEET:
            (begins,) = struct.unpack_from("<I", record)
            sheets[_name(record[6:], version, code_page)] = begins
    found = {name: _sheet(data, begins) for name, begins in sheets.items()}
    hidden_rows = frozenset(name for name, (hides, _) in found.items() if hides)
    return from_1904, hidden_rows, {name: merged for name, (_, merged) in found.items()}


def _sheet(data: bytes, begins: int) -> tuple[bool, list[Merged]]:
    """Whether a sheet has a hidden row with a cell in it, and its merged cells: a row's record comes
    before its cells, and these before what is said of them."""
    hides, hidden, merged = False, set(), []
    for kind, record in _records(data, begins):
        if kind == _ROW and record[12] & _HIDDEN:
            hidden.add(record[:2])
        elif hidden and kind in _CELLS:
            hides = hides or record[:2] in hidden
        elif kind == _MERGED:
            (count,) = struct.unpack_from("<H", record)
            ranges = struct.iter_unpack("<4H", record[2 : 2 + 8 * count])
            merged += [Merged(first, last, left) for first, last, left, _ in ranges if first < last]
    return hides, merged


def _records(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from a place on, to the end that belongs to the first of them: a chart in a sheet
    has a beginning and an end of its own."""
    depth = 0
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if not depth:
            return
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length


def _name(said: bytes, version: int, code_page: int) -> str:
    """A sheet's name: its length, then text, since Excel 97 in one of two widths."""
    if version < _SINCE_97:
        return said[1 : 1 + said[0]].decode(f"cp{code_page}", "replace")
    wide = said[1] & 1
    return said[2 : 2 + said[0] * (1 + wide)].decode("utf-16-le" if wide else "latin-1")
