"""Merged cells: one cell over several rows, as offices write a town once for all of its people.

Owns `Merged`, `merged_in_xml` and `spread`. A reader of workbooks gives the value to the first of the
rows; here the others get it too, since that is what is seen on the screen. A number is marked instead
(`cells.SHARED`) and then refused, for nobody knows whether it is each row's or their sum. Called by
`book_parts`, `book_pieces`, `old_books`, `open_documents`, `reading`, `workbooks`. May import `cells`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.cells import SHARED

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


def spread(
    table: pa.Table,
    merged: Iterable[Merged],
    are_records: NDArray[np.bool_],
    numbers: Collection[int],
    most: int,
) -> tuple[pa.Table, list[int]]:
    """A table of text where each row of a merged cell has what is in it, and the rows that got it.

    Those that are no records get nothing, and what a covered cell holds itself stays. In the columns
    `numbers` all rows of a merged cell are marked. Raises OverflowError if a column would have more
    bytes than `most`.
    """
    spans = defaultdict(list)
    for one in merged:
        if one.first >= 0:
            spans[one.column].append((one.first, one.last))
    rows, got = np.arange(table.num_rows), np.zeros(table.num_rows, bool)
    for column, places in spans.items():
        texts, source, end = table.column(column), rows.copy(), -1
        for first, last in sorted(places):
            if first > end:  # else it overlaps, as no spreadsheet writes it
                source[first + 1 : last + 1], end = first, last
        sizes = pc.fill_null(pc.binary_length(texts), 0).to_numpy()
        gets = are_records & (sizes == 0) & (sizes[source] > 0)
        taken = np.where(gets, source, rows)
        if sizes[taken].sum(dtype=np.int64) > most:
            raise OverflowError
        texts = texts.take(pa.array(taken))
        if column in numbers:
            marked = gets.copy()
            marked[source[gets]] = True
            shared = pc.binary_join_element_wise(texts, SHARED, "")
            texts = pc.if_else(pa.array(marked), shared, texts)
        table = table.set_column(column, table.column_names[column], texts)
        got |= gets
    return table, np.flatnonzero(got).tolist()


def _column(letters: bytes) -> int:
    """A to 0, Z to 25, AA to 26."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
