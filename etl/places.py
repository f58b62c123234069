"""Places: the tree of provinces, cities, districts and towns, and which one a spelling means.

Owns `Gazetteer`, made of the reference table's `Place`s. A spelling (a code, a full or short
name, an alias, with or without the city's or district's name before it; see `placenames`) resolves
inside a policy's area to one current place; a renamed or merged place to its successor. Called by the
loading, the demo writer and the tables of a snapshot. May import `placenames`, `reference`,
`texts`, `errors`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa

from etl.errors import UnknownNameError
from etl.placenames import names, plain, ways_to_write
from etl.reference import REFERENCE, Place, read_places, write_rows, write_table
from etl.texts import Text

__all__ = ["REFERENCE", "Gazetteer", "Place", "Unresolved", "write_places"]

#: The length of a town's code; a longer one names a village or community inside it.
_TOWN_DIGITS = 9
#: How like a known name a wrong one must be to be suggested, and how many are.
_LIKENESS, _SUGGESTED = 0.5, 3


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A spelling that names no place of the area, or more than one.

    `candidates`: the codes of the places that it may mean, or that are spelled most like it.
    """

    reason: Text
    remedy: Text
    candidates: tuple[str, ...] = ()


class Gazetteer:
    """All places, with the spellings that resolve to them."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: Mapping[str, Place] = {place.code: place for place in places}
        self._meanings: dict[str | None, dict[str, tuple[str, ...]]] = {}

    @classmethod
    def read(cls, path: Path = REFERENCE) -> Gazetteer:
        """The gazetteer of a reference table. Raises ReferenceTableError with all its problems."""
        return cls(read_places(path).values())

    @cached_property
    def current(self) -> Mapping[str, Place]:
        """The places that are (not renamed, not merged), by code."""
        return {code: place for code, place in self.places.items() if place.successor is None}

    def ancestors(self, code: str) -> list[Place]:
        """The place itself and all above it, up to the root. Raises UnknownNameError."""
        found = []
        at: str | None = self._known(code)
        while at is not None:
            found.append(self.places[at])
            at = self.places[at].parent
        return found

    def under(self, code: str) -> list[Place]:
        """The place and all current places below it. Raises UnknownNameError."""
        self._known(code)
        return [place for place in self.current.values() if self._is_inside(place.code, code)]

    def successor(self, code: str) -> Place:
        """The current place that stands for `code` now: itself, or what it became in the end."""
        place = self.places[self._known(code)]
        while place.successor is not None:
            place = self.places[place.successor]
        return place

    def resolve(self, text: str, area: str) -> Place | Unresolved:
        """The current place that `text` means inside `area` (a code). Raises UnknownNameError."""
        codes = self._meaning(text, area)
        if len(codes) == 1:
            return self.places[codes[0]]
        if codes:
            return self._ambiguous(text, codes, area)
        elsewhere = self._meaning(text, None)
        if elsewhere:
            return self._elsewhere(text, elsewhere, area)
        return self._unknown(text, area)

    def knows(self, text: str, area: str) -> bool:
        """Whether `text` names any place of `area`, one or more."""
        return bool(self._meaning(text, area))

    def spellings(self, area: str) -> Mapping[str, str]:
        """Each plain spelling (see `placenames.plain`) that means one place of `area`, and its code.

        Raises UnknownNameError.
        """
        return {text: codes[0] for text, codes in self._all_meanings(area).items() if len(codes) == 1}

    def _meaning(self, text: str, area: str | None) -> tuple[str, ...]:
        wanted = plain(text)
        meanings = self._all_meanings(area)
        if wanted not in meanings and len(wanted) == 12 and wanted.isdecimal():
            wanted = wanted[:_TOWN_DIGITS]
            return meanings.get(wanted, ()) if wanted in self.places else ()
        return meanings.get(wanted, ())

    def _all_meanings(self, area: str | None) -> Mapping[str, tuple[str, ...]]:
        """Each plain spelling with the places that it may mean; with no area, anywhere."""
        if area not in self._meanings:
            if area is not None:
                self._known(area)
            found: dict[str, set[str]] = {}
            for place in self.places.values():
                now = self.successor(place.code)
                if area is None or self._is_inside(now.code, area):
                    above = self.ancestors(place.code)[1:]
                    for spelling in ways_to_write(place, above, is_area=place.code == area):
                        found.setdefault(spelling, set()).add(now.code)
            self._meanings[area] = {text: self._outermost(codes) for text, codes in found.items()}
        return self._meanings[area]

    def _outermost(self, codes: set[str]) -> tuple[str, ...]:
        """Without the places that lie in another of them: 甘井子 is the district, not its street."""
        return tuple(
            sorted(
                code
                for code in codes
                if not any(other != code and self._is_inside(code, other) for other in codes)
            )
        )

    def _is_inside(self, code: str, area: str) -> bool:
        return any(above.code == area for above in self.ancestors(code))

    def _known(self, code: str) -> str:
        if code not in self.places:
            raise UnknownNameError(
                Text(f"{REFERENCE.name} 中没有地点 {code!r}", f"no place {code!r} in {REFERENCE.name}")
            )
        return code

    def _full_name(self, code: str) -> str:
        return "".join(p.name for p in reversed(self.ancestors(code)) if p.level != "province")

    def _ambiguous(self, text: str, codes: tuple[str, ...], area: str) -> Unresolved:
        fits = "、".join(f"{self._full_name(code)}（{code}）" for code in codes)
        return Unresolved(
            Text(
                f"“{text}”在{self.places[area].name}有多个同名地方",
                f"{text!r} names more than one place in {self.places[area].name_en}",
            ),
            Text(f"请写全称或区划代码：{fits}", f"write the full name or the code: {fits}"),
            codes,
        )

    def _elsewhere(self, text: str, codes: tuple[str, ...], area: str) -> Unresolved:
        at = "、".join(self._full_name(code) for code in codes)
        return Unresolved(
            Text(
                f"“{text}”（{at}）不在{self.places[area].name}",
                f"{text!r} ({at}) is not in {self.places[area].name_en}",
            ),
            Text(
                f"请填写{self.places[area].name}范围内的地名或区划代码",
                f"write a place of {self.places[area].name_en} or its code",
            ),
        )

    def _unknown(self, text: str, area: str) -> Unresolved:
        near = self._spelled_like(text, area)
        suggested = "、".join(self.places[code].name for code in near)
        whole = self.places[area]
        return Unresolved(
            Text(f"{whole.name}没有名为“{text}”的地方", f"no place {text!r} in {whole.name_en}"),
            Text(
                (f"是否为：{suggested}？" if near else "") + "请填写规范地名或区划代码",
                (f"did you mean {suggested}? " if near else "") + "write the official name or code",
            ),
            near,
        )

    def _spelled_like(self, text: str, area: str) -> tuple[str, ...]:
        """The places whose names are most like `text`, less the names of places above them."""
        word = plain(text)
        for above in reversed(self.ancestors(area)):
            for name in (above.name, above.short_name):
                if word.startswith(name) and word != name:
                    word = word.removeprefix(name)
        known = self._names_in(area)
        close = difflib.get_close_matches(word, known, n=_SUGGESTED, cutoff=_LIKENESS)
        return tuple(dict.fromkeys(known[name] for name in close))

    def _names_in(self, area: str) -> Mapping[str, str]:
        places: Sequence[Place] = self.under(area)
        return {plain(name): place.code for place in places for name in names(place)}


def write_places(connection: duckdb.DuckDBPyConnection, gazetteer: Gazetteer) -> None:
    """Write the tables `places` and `place_ancestors` of a snapshot anew."""
    write_table(connection, gazetteer.places.values())
    pairs = [(code, above.code) for code in gazetteer.current for above in gazetteer.ancestors(code)]
    ancestors = {
        "place": pa.array([place for place, _ in pairs], pa.string()),
        "ancestor": pa.array([ancestor for _, ancestor in pairs], pa.string()),
    }
    write_rows(connection, "place_ancestors", pa.table(ancestors))
