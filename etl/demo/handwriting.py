"""Handwriting: how an office writes records down, in its own spelling of headers, dates and places.

Owns `Clerk`, which turns a table of made-up records into columns of text under headers. What it
writes means the records, however it is spelled; mistakes that change the meaning are `mistakes`' own.
Called by `files` and `mistakes`. May import `records`, `ground`, `datasets`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.datasets import Dataset, Field
from etl.demo.records import Records
from etl.demo.scenario import Hand
from etl.demo.values import LEVELS

Generator = np.random.Generator

_GRADES = {1: "五级", 2: "四级", 3: "三级", 4: "二级", 5: "一级"}

_DATES: dict[str, Callable[[date], str]] = {
    "iso": lambda day: day.isoformat(),
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "dots": lambda day: f"{day.year}.{day.month}.{day.day}",
    "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "compact": lambda day: f"{day:%Y%m%d}",
}
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


class Clerk:
    """Writes records of a scenario down in one hand. `rng` decides where a spelling varies."""

    def __init__(self, records: Records, hand: Hand, rng: Generator) -> None:
        self._records = records
        self._hand = hand
        self._rng = rng

    def headers(self, dataset: Dataset, table: pa.Table) -> dict[str, Field]:
        """The fields that the table has anything in, by the header that the office gives them."""
        found = {}
        for field in dataset.fields:
            if self._is_known(field, table):
                aliases = field.aliases if self._hand.headers == "aliases" else ()
                found[aliases[0] if aliases else field.header.zh] = field
        return found

    def _is_known(self, field: Field, table: pa.Table) -> bool:
        if field.type in {"person_id", "person_name"}:
            return "person" in table.column_names
        return field.name in table.column_names and table[field.name].null_count < len(table)

    def write(self, dataset: Dataset, table: pa.Table) -> pa.Table:
        """All columns as text, by header."""
        columns = {
            header: self.column(field, table) for header, field in self.headers(dataset, table).items()
        }
        return pa.table(columns)

    def column(self, field: Field, table: pa.Table) -> pa.Array:
        """One field's column as text."""
        if field.type == "person_name":
            return self._records.people.names.take(_whole(table["person"]))
        if field.type == "person_id":
            return self._with_slips("persons", self._numbers(table), lambda text: text.lower() + " ")
        values = _whole(table[field.name])
        if field.type == "place":
            return self._with_slips("places", self._places(values), lambda text: text + "\u3000")
        if field.type == "level":
            return self._levels(values)
        if field.type == "date":
            return self._with_slips("dates", self._dates(values), lambda text: text.translate(_WIDE))
        if field.type in {"number", "integer"}:
            unit = "学时" if field.name == "hours" else ""
            return self._with_slips(
                "numbers", _numerals(values), lambda text: text.translate(_WIDE) + unit
            )
        return values

    def _numbers(self, table: pa.Table) -> pa.Array:
        numbers = self._records.people.numbers.take(_whole(table["person"]))
        if not self._hand.old_numbers:
            return numbers
        # The form of before 1999: no century, no check character.
        old = self._rng.random(len(numbers)) < self._hand.old_numbers
        old &= pc.equal(pc.utf8_length(numbers), 18).to_numpy(zero_copy_only=False)
        old &= pc.equal(pc.utf8_slice_codeunits(numbers, 6, 8), "19").to_numpy(zero_copy_only=False)
        short = [text[:6] + text[8:17] for text in numbers.filter(pa.array(old)).to_pylist()]
        return pc.replace_with_mask(numbers, pa.array(old), pa.array(short, pa.string()))

    def _places(self, codes: pa.Array) -> pa.Array:
        ground = self._records.ground
        ways = ground.spellings(self._hand.places)
        at = pc.index_in(codes, pa.array([place.code for place in ground.places]))
        return self._vary(at.to_numpy(zero_copy_only=False).astype(np.int64), ways)

    def _levels(self, ranks: pa.Array) -> pa.Array:
        known = ranks.is_valid().to_numpy(zero_copy_only=False)
        ways = [self._level_ways(rank) for rank in range(len(LEVELS))]
        written = self._vary(ranks.fill_null(0).to_numpy().astype(np.int64), ways)
        return pc.if_else(pa.array(known), written, pa.scalar(None, pa.string()))

    def _level_ways(self, rank: int) -> Sequence[str]:
        title = LEVELS[rank]
        if rank not in _GRADES:
            return [title]
        grade = _GRADES[rank]
        ways = {
            "title": title, "grade": grade, "both": f"{title}/{grade}", "bracket": f"{title}（{grade}）"
        }  # fmt: skip
        return list(ways.values()) if self._hand.levels == "mixed" else [ways[self._hand.levels]]

    def _dates(self, days: pa.Array) -> pa.Array:
        style = "iso" if self._hand.dates == "excel" else self._hand.dates
        styles = [_DATES[style]] if style != "mixed" else list(_DATES.values())
        encoded = days.dictionary_encode()
        ways = [[write(day) for write in styles] for day in encoded.dictionary.to_pylist()]
        at = encoded.indices.fill_null(0).to_numpy().astype(np.int64)
        return pc.if_else(days.is_valid(), self._vary(at, ways), pa.scalar(None, pa.string()))

    def _vary(
        self, at: np.ndarray[tuple[int], np.dtype[np.int64]], ways: Sequence[Sequence[str]]
    ) -> pa.Array:
        """For each index one of its spellings."""
        counts = np.array([len(some) for some in ways])
        starts = np.cumsum(counts) - counts
        spellings = pa.array([text for some in ways for text in some], pa.string())
        chosen = starts[at]
        if counts.max() > 1:
            chosen = chosen + (self._rng.random(len(at)) * counts[at]).astype(np.int64)
        return spellings.take(pa.array(chosen))

    def _with_slips(
        self,
        what: Literal["dates", "numbers", "persons", "places"],
        texts: pa.Array,
        slip: Callable[[str], str],
    ) -> pa.Array:
        """A few cells as a hurried person types them: wide digits, a blank too many, a small x."""
        share = self._hand.slips.get(what, 0.0)
        if not share:
            return texts
        mask = self._rng.random(len(texts)) < share
        mask &= texts.is_valid().to_numpy(zero_copy_only=False)
        slipped = [slip(text) for text in texts.filter(pa.array(mask)).to_pylist()]
        return pc.replace_with_mask(texts, pa.array(mask), pa.array(slipped, pa.string()))


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()


def _numerals(values: pa.Array) -> pa.Array:
    """Numbers as text, whole ones without a point."""
    if pa.types.is_floating(values.type):
        found = [None if v is None else f"{v:.4f}".rstrip("0").rstrip(".") for v in values.to_pylist()]
        return pa.array(found, pa.string())
    return pc.cast(values, pa.string())
