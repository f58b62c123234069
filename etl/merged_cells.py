"""Merged cells: one cell over several rows, as offices write a town once for all of its people.

Owns `Merged`, `merged_in_xml`, `merged_in_ods` and `spread`. A reader of workbooks gives the value to
the first of the rows; here the others get it too, since that is what is seen on the screen. Called by
`book_parts`, `book_pieces`, `old_books`, `reading`. Imports nothing of ours.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_IN_XML = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]*\bref="([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})"'
)
_OF_ODS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_NAME, _ROW, _SPANNED = f"{_OF_ODS}name", f"{_OF_ODS}table-row", f"{_OF_ODS}number-rows-spanned"
_ROWS, _COLUMNS = f"{_OF_ODS}number-rows-repeated", f"{_OF_ODS}number-columns-repeated"


class Merged(NamedTuple):
    """A cell over the rows `first` to `last`, in its first column; all count from 0."""

    first: int
    last: int
    column: int

    def moved_left(self, columns: int) -> Merged:
        """The same, in a table that begins so many columns later."""
        return self._replace(column=self.column - columns)


def merged_in_xml(xml: bytes) -> Iterator[Merged]:
    """The merged cells that a sheet of Office Open XML names, or a part of it does."""
    for column, first, last in _IN_XML.findall(xml):
        if first != last:
            yield Merged(int(first) - 1, int(last) - 1, _column(column))


def merged_in_ods(source: IO[bytes]) -> dict[str, list[Merged]]:
    """The merged cells of an OpenDocument's content, by sheet. Raises ElementTree.ParseError, or
    ValueError for a number that is none."""
    found: dict[str, list[Merged]] = {}
    merged, row = list[Merged](), 0
    for event, element in ElementTree.iterparse(source, ("start", "end")):
        if event == "start":
            if element.tag == f"{_OF_ODS}table":
                merged, row = found.setdefault(element.get(_NAME, ""), []), 0
        elif element.tag == _ROW:
            column = 0
            for cell in element:
                if (height := int(cell.get(_SPANNED, "1"))) > 1:
                    merged.append(Merged(row, row + height - 1, column))
                column += int(cell.get(_COLUMNS, "1"))
            row += int(element.get(_ROWS, "1"))
            element.clear()
    return found


def spread(table: pa.Table, merged: Iterable[Merged], below: int) -> tuple[pa.Table, list[int]]:
    """The rows of a table from its row `below` on, where each row of a merged cell has what is in it,
    and the numbers, from 0, of those that got it. A row that holds nothing else is none, and what a
    covered cell holds itself stays."""
    body = table.slice(below)
    spans = defaultdict(list)
    for one in merged:
        if below <= one.first:
            spans[one.column].append((one.first - below, one.last - below))
    if not spans:
        return body, []
    rows = np.arange(body.num_rows)
    held = [_held(column) for column in body.columns]
    is_row, got = np.logical_or.reduce(held), np.zeros(len(rows), bool)
    for column, places in spans.items():
        source = rows.copy()
        end = -1
        for first, last in sorted(places):
            if first > end:  # else it overlaps, as no spreadsheet writes it
                source[first + 1 : last + 1], end = first, last
        gets = is_row & ~held[column] & held[column][source]
        spread_out = body.column(column).take(pa.array(np.where(gets, source, rows)))
        body = body.set_column(column, body.column_names[column], spread_out)
        got |= gets
    return body, [int(row) + below for row in np.flatnonzero(got)]


def _held(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """In which rows a column has anything in it."""
    held: NDArray[np.bool_] = pc.fill_null(pc.not_equal(column, ""), False).to_numpy()
    return held


def _column(letters: bytes) -> int:
    """A to 0, Z to 25, AA to 26."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
