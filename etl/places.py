"""Places: the tree of provinces, cities, districts and towns, and what offices call them.

Owns `Place` and `Gazetteer`, read from `data/reference/places.csv`. A spelling (a code, a full or short
name, an alias, with or without the city's or district's name before it) resolves inside a policy's
area to one current place; a renamed or merged place to its successor. Called by the loading, the demo
writer and the tables of a snapshot. May import `texts`, `spelling`, `errors`, `settings`.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

import duckdb

from etl.errors import UnknownNameError
from etl.settings import PROJECT
from etl.spelling import close_to
from etl.texts import Text

REFERENCE = PROJECT / "data" / "reference" / "places.csv"

#: Levels from the top; where one spelling fits two levels, the higher place is meant.
LEVELS = ("province", "city", "district", "town", "park")

#: How offices write "the whole area, no place below it".
_WHOLE = ("市本级", "市直", "市属", "全市", "市级", "省本级", "省直", "省属", "全省", "省级", "本级")


@dataclass(frozen=True, slots=True)
class Place:
    """One row of the reference table. `successor` is set for a place that is no more."""

    code: str
    name: str
    short_name: str
    name_en: str
    level: str
    kind: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    successor: str | None
    aliases: tuple[str, ...]
    tile_row: int | None
    tile_col: int | None
    position: int


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A spelling that names no place of the area, or more than one (`candidates`)."""

    reason: Text
    remedy: Text
    candidates: tuple[str, ...] = ()


class Gazetteer:
    """All places, with the spellings that resolve to them."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places: Mapping[str, Place] = {place.code: place for place in places}
        self._spellings: dict[str, dict[str, tuple[str, ...]]] = {}

    @classmethod
    def read(cls, path: Path = REFERENCE) -> Gazetteer:
        """The gazetteer of a reference table."""
        with path.open(encoding="utf-8", newline="") as file:
            return cls(_place(row, number) for number, row in enumerate(csv.DictReader(file)))

    @cached_property
    def current(self) -> Mapping[str, Place]:
        """The places that are (not renamed, not merged), by code."""
        return {code: place for code, place in self.places.items() if place.successor is None}

    def ancestors(self, code: str) -> list[Place]:
        """The place itself and all above it, up to the root."""
        found = []
        at: str | None = code
        while at is not None:
            found.append(self.places[at])
            at = self.places[at].parent
        return found

    def under(self, code: str) -> list[Place]:
        """The place and all current places below it. Raises UnknownNameError."""
        if code not in self.current:
            raise UnknownNameError(f"no place {code!r} in {REFERENCE.name}")
        return [
            place
            for place in self.current.values()
            if any(above.code == code for above in self.ancestors(place.code))
        ]

    def resolve(self, text: str, area: str) -> Place | Unresolved:
        """The current place that `text` means inside `area` (a code)."""
        codes = self.spellings(area).get(plain(text), ())
        if len(codes) == 1:
            return self.places[codes[0]]
        whole = self.places[area].name
        if codes:
            names = "、".join(self._full_name(code) for code in codes)
            return Unresolved(
                Text(f"“{text}”在{whole}有多个同名地方", f"{text!r} names more than one place"),
                Text(f"请写全称或区划代码：{names}", f"write the full name or the code: {names}"),
                codes,
            )
        near = close_to(plain(text), self.spellings(area))
        names_zh = f"是否为“{near}”？" if near else ""
        names_en = f"did you mean {near!r}? " if near else ""
        return Unresolved(
            Text(f"{whole}没有名为“{text}”的地方", f"no place {text!r} in {self.places[area].name_en}"),
            Text(
                f"{names_zh}请填写规范地名或区划代码",
                f"{names_en}write the official name or code",
            ),
        )

    def knows(self, text: str, area: str) -> bool:
        """Whether `text` names any place of `area`."""
        return plain(text) in self.spellings(area)

    def spellings(self, area: str) -> Mapping[str, tuple[str, ...]]:
        """Each plain spelling (see `plain`) with the codes of the places it may mean in `area`."""
        if area not in self._spellings:
            found: dict[str, set[str]] = {}
            for place in self.places.values():
                current = self._successor(place)
                if current is not None and self._is_inside(current.code, area):
                    for spelling in self._ways_to_write(place, area):
                        found.setdefault(plain(spelling), set()).add(current.code)
            self._spellings[area] = {text: self._highest(codes) for text, codes in found.items()}
        return self._spellings[area]

    def _highest(self, codes: set[str]) -> tuple[str, ...]:
        top = min(LEVELS.index(self.places[code].level) for code in codes)
        return tuple(sorted(c for c in codes if LEVELS.index(self.places[c].level) == top))

    def _ways_to_write(self, place: Place, area: str) -> Iterator[str]:
        names = dict.fromkeys((place.name, place.short_name, *place.aliases))
        above = [p for p in self.ancestors(place.code)[1:] if self._is_inside(p.code, area)]
        yield from (place.code, place.code.ljust(9, "0"), place.code.ljust(12, "0"))
        prefixes = {""}
        for ancestor in above:
            before = {ancestor.name, ancestor.short_name}
            prefixes |= {name + prefix for name in before for prefix in prefixes}
        for name in names:
            yield from (prefix + name for prefix in prefixes)
        if place.code == area:
            yield from _WHOLE
            yield from (place.name + word for word in _WHOLE)
            yield from (place.short_name + word for word in _WHOLE)

    def _successor(self, place: Place) -> Place | None:
        seen = set()
        while place.successor is not None and place.code not in seen:
            seen.add(place.code)
            place = self.places[place.successor]
        return place if place.successor is None else None

    def _is_inside(self, code: str, area: str) -> bool:
        return any(above.code == area for above in self.ancestors(code))

    def _full_name(self, code: str) -> str:
        above = [p.name for p in reversed(self.ancestors(code)) if p.level != "province"]
        return "".join(above)


@cache
def plain(text: str) -> str:
    """A spelling without what does not tell places apart: width, spaces, invisible characters.

    A code that a workbook made a number of ("441900121.0") is the code again.
    """
    normal = unicodedata.normalize("NFKC", text)
    kept = "".join(c for c in normal if not c.isspace() and unicodedata.category(c) != "Cf")
    return kept[:-2] if kept.endswith(".0") and kept[:-2].isdigit() else kept


def write_places(connection: duckdb.DuckDBPyConnection, gazetteer: Gazetteer) -> None:
    """Write the tables `places` and `place_ancestors` of a snapshot anew."""
    connection.execute(
        "CREATE OR REPLACE TABLE places (code VARCHAR, name VARCHAR, short_name VARCHAR,"
        " name_en VARCHAR, level VARCHAR, kind VARCHAR, parent VARCHAR, valid_from DATE,"
        " valid_to DATE, successor VARCHAR, aliases VARCHAR, tile_row INTEGER, tile_col INTEGER,"
        " position INTEGER)"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE place_ancestors (place VARCHAR, ancestor VARCHAR)"
    )
    rows = [
        (
            p.code, p.name, p.short_name, p.name_en, p.level, p.kind, p.parent, p.valid_from,
            p.valid_to, p.successor, ";".join(p.aliases), p.tile_row, p.tile_col, p.position,
        )
        for p in gazetteer.places.values()
    ]  # fmt: skip
    connection.executemany(f"INSERT INTO places VALUES ({', '.join('?' * 14)})", rows)
    pairs = [
        (code, above.code) for code in gazetteer.current for above in gazetteer.ancestors(code)
    ]
    connection.executemany("INSERT INTO place_ancestors VALUES (?, ?)", pairs)


def _place(row: dict[str, str], position: int) -> Place:
    return Place(
        code=row["code"],
        name=row["name"],
        short_name=row["short_name"],
        name_en=row["name_en"],
        level=row["level"],
        kind=row["kind"],
        parent=row["parent"] or None,
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        successor=row["successor"] or None,
        aliases=tuple(filter(None, row["aliases"].split(";"))),
        tile_row=int(row["tile_row"]) if row["tile_row"] else None,
        tile_col=int(row["tile_col"]) if row["tile_col"] else None,
        position=position,
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
