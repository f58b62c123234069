"""Merged cells: one cell over several rows, as offices write a town once for all of its people.

Owns `Merged`, `merged_in_xml`, `sources` and `spread`. A reader of workbooks gives the value to the
first of the rows; here the others get it too, since that is what is seen on the screen. A number is
marked instead (`cells.SHARED`) and then refused, for nobody knows whether it is each row's or their
sum. And `Failed`, cells whose formula has no result. Called by `book_parts`, `book_pieces`,
`old_books`, `open_documents`, `reading`, `workbooks`. May import `cells`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.cells import BLANKS, SHARED

_IN_XML = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]*\bref=[\"']([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})[\"']"
)


class Merged(NamedTuple):
    """A cell over the rows `first` to `last`, in its first column; all count from 0."""

    first: int
    last: int
    column: int

    def moved(self, up: int = 0, left: int = 0) -> Merged:
        """The same, in a table that begins so many rows and columns later."""
        return Merged(self.first - up, self.last - up, self.column - left)


class Failed(NamedTuple):
    """Cells whose formula has no result, in the rows from `top` to before `bottom` and the columns from
    `left` to before `right`, and what is `shown` of them."""

    top: int
    bottom: int
    left: int
    right: int
    shown: str


def merged_in_xml(xml: bytes) -> Iterator[Merged]:
    """The merged cells that a sheet of Office Open XML names, or a part of it does."""
    for found in _IN_XML.finditer(xml):
        if found[2] != found[3]:
            yield Merged(int(found[2]) - 1, int(found[3]) - 1, _column(found[1]))


def sources(table: pa.Table, merged: Iterable[Merged]) -> dict[int, NDArray[np.int64]]:
    """For each column of a table of text with merged cells, the row that each of its rows has its cell
    from: another one if it is a gap below one that holds anything. What a covered cell holds stays."""
    spans = defaultdict(list)
    for one in merged:
        spans[one.column].append((one.first, one.last))
    rows, found = np.arange(table.num_rows), {}
    for column, places in spans.items():
        source, end = rows.copy(), -1
        for first, last in sorted(places):
            if first > end:  # else it overlaps, as no spreadsheet writes it
                source[first + 1 : last + 1], end = first, last
        held = _sizes(table.column(column)) > 0
        found[column] = np.where(~held & held[source], source, rows)
    return found


def spread(
    table: pa.Table, found: Mapping[int, NDArray[np.int64]], numbers: Collection[int], most: int
) -> pa.Table:
    """A table where each row has its cells from its `sources`. In the columns `numbers` the digits of
    all rows of a merged cell are marked. Raises OverflowError if a column would have more bytes than
    `most`."""
    for column, source in found.items():
        texts, gets = table.column(column), source != np.arange(len(source))
        if _sizes(texts)[source].sum(dtype=np.int64) > most:
            raise OverflowError
        texts = texts.take(pa.array(source))
        if column in numbers:
            gets[source[gets]] = True
            digits = pc.match_substring_regex(texts, "[0-9０-９]")
            shared = pc.binary_join_element_wise(texts, SHARED, "")
            texts = pc.if_else(pc.and_(pa.array(gets), digits), shared, texts)
        table = table.set_column(column, table.column_names[column], texts)
    return table


def _sizes(texts: pa.ChunkedArray) -> NDArray[np.int32]:
    """How many bytes each cell of a column has, but for the blanks around them."""
    sizes: NDArray[np.int32] = pc.fill_null(pc.binary_length(pc.utf8_trim(texts, BLANKS)), 0).to_numpy()
    return sizes


def _column(letters: bytes) -> int:
    """A to 0, Z to 25, AA to 26."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
