"""Institutions that are perhaps one: names in one city that differ by next to nothing.

Owns `like_names`. Called by `warnings`. May import `rows`, `tables`.

Two institutions of one type in one city are held against each other if both are in force. They are
alike if their names are the same without width, spaces, punctuation, the city's name before them and
such endings as 有限公司 (`_ENDINGS`); or if one character differs that neither counts nor points (一
and 二, A and B, 东 and 西 tell institutions apart), in the words of the type or in what stands before
them, if that is `ONE_CHARACTER_FROM` characters long. All names are compared at once through what is
left of each without one character: comparing each with each would take the square of their number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, select

from etl.datasets import datasets
from metrics.rows import WarningRow
from metrics.tables import CITY_DIGITS, PLACES, RECORDS

#: Of a shorter name one character is too much.
ONE_CHARACTER_FROM = 6

#: Endings that say what a body is in law, and no more; longer ones first.
_ENDINGS = (
    "股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "集团公司", "分公司", "公司", "集团",
)  # fmt: skip

#: Characters that tell institutions apart: they count, or say where.
_TELLING = frozenset("一二三四五六七八九十百甲乙丙丁戊己庚辛东南西北中上下左右前后大小新老男女首末")


@dataclass(frozen=True)
class _Institution:
    """One institution in force. `cities` are the names of its city, `short_name` that of its place."""

    number: str
    name: str
    type: str
    cities: tuple[str, ...]
    place: str
    short_name: str
    file: str | None
    sheet: str | None
    row: int | None

    @cached_property
    def plain(self) -> str:
        """The name without width, case, spaces and punctuation."""
        return _plain(self.name)

    @cached_property
    def stem(self) -> str:
        """The name without its city and its ending."""
        stem = self.plain
        for city in self.cities:
            stem = stem.removeprefix(city) or stem
        for ending in _ENDINGS:
            stem = stem.removesuffix(ending) or stem
        return stem

    @cached_property
    def own(self) -> str | None:
        """What stands before the words of its type; None where they are not there."""
        words = _plain(self.type)
        return self.stem.removesuffix(words) if self.stem.endswith(words) else None


def _plain(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).casefold()


def like_names(connection: Connection) -> Iterator[WarningRow]:
    """One warning for each institution that is like an earlier one."""
    groups: dict[tuple[str, str], list[_Institution]] = {}
    for one in _in_force(connection):
        groups.setdefault((one.place[:CITY_DIGITS], one.type), []).append(one)
    for group in groups.values():
        yield from _alike(group)


def _alike(group: Iterable[_Institution]) -> Iterator[WarningRow]:
    """Each institution of a group that is like one before it, with the first such one."""
    whole: dict[str, _Institution] = {}
    shortened: dict[str, _Institution] = {}
    at: dict[tuple[int, str], _Institution] = {}
    for one in group:
        rests = _without_one(one.stem)
        near = [
            shortened.get(one.stem),
            *(whole.get(rest) for _, rest in rests),
            *(at.get(place) for place in rests),
        ]
        candidates = [whole.get(one.stem), *(other for other in near if _long_enough(one, other))]
        found = next((other for other in candidates if other and not _told_apart(one, other)), None)
        if found is not None:
            yield _warning(one, found)
        whole.setdefault(one.stem, one)
        for position, rest in rests:
            at.setdefault((position, rest), one)
            shortened.setdefault(rest, one)


def _without_one(stem: str) -> list[tuple[int, str]]:
    """What is left of a name without one character, for each that does not tell institutions apart."""
    return [
        (position, stem[:position] + stem[position + 1 :])
        for position, character in enumerate(stem)
        if character not in _TELLING and not character.isascii() and not character.isdigit()
    ]


def _long_enough(one: _Institution, other: _Institution | None) -> bool:
    """Whether one character is little of what two names have of their own."""
    if other is None:
        return False
    own = one.own if one.own is not None and other.own is not None else one.stem
    return len(own) >= ONE_CHARACTER_FROM


def _told_apart(one: _Institution, other: _Institution) -> bool:
    """Whether both are named after their own places, which differ."""
    return one.place != other.place and (
        one.short_name in one.plain and other.short_name in other.plain and one.plain != other.plain
    )


def _in_force(connection: Connection) -> Iterator[_Institution]:
    table, dataset = RECORDS["institutions"], datasets()["institutions"]
    named = select(PLACES.c.code, PLACES.c.name, PLACES.c.short_name)
    names = {code: (_plain(name), _plain(short)) for code, name, short in connection.execute(named)}
    rows = (
        select(
            *(table.c[name] for name in ("institution_no", "name", "type", "place")),
            *(table.c[name] for name in ("source_file", "source_sheet", "source_row")),
        )
        .where(
            table.c[str(dataset.ends)].is_(None), table.c.name.is_not(None), table.c.type.is_not(None)
        )
        .order_by(table.c[dataset.date], table.c.institution_no, table.c.place)
    )
    for number, name, kind, place, *lineage in connection.execute(rows):
        cities = names.get(f"{place[:CITY_DIGITS]}00", ())
        yield _Institution(number, name, kind, cities, place, names[place][1], *lineage)


def _warning(one: _Institution, other: _Institution) -> WarningRow:
    if one.name == other.name:
        differs = "名称相同", "has the same name as"
    elif one.plain == other.plain:
        differs = "只差标点、空格或全角半角", "differs by punctuation, spaces or width only from"
    elif one.stem == other.stem:
        differs = "只差地名或后缀", "differs by its city or its ending only from"
    else:
        differs = "只差一个字", "differs by one character only from"
    return WarningRow(
        kind="like_name",
        said_zh=f"“{one.name}”与“{other.name}”（{other.number}）{differs[0]}",
        said_en=f"“{one.name}” {differs[1]} “{other.name}” ({other.number})",
        remedy_zh="请核对是否为同一家；是则只留一个编号",
        remedy_en="check whether they are one; if so, keep one number",
        dataset="institutions",
        place=one.place,
        subject=one.number,
        rows=2,
        source_file=one.file,
        source_sheet=one.sheet or None,
        source_row=one.row,
    )
