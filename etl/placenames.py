"""Placenames: all the ways that offices write a place, by rule.

Owns `plain`, which takes from a spelling what does not tell places apart, and `ways_to_write`, the
plain spellings of one place: its code, its names with and without the places above it, the office that
bears its name, and the words for "the whole city, no town given". What no rule yields is an alias in
`data/reference/places.csv`. Called by `places`. Imports nothing of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Protocol

#: What stands between the parts of a name or around them, and says nothing.
_BETWEEN = frozenset("()[]{}<>《》【】〔〕「」\"'‘’“”`·•・-‐–—_/\\|、,.。:;")

#: A code that a workbook made a number of.
_CODE_AS_NUMBER = re.compile(r"(\d+)\.0+")

#: What offices put after the name of a place when they mean the place, by the end of its name.
_OFFICES = {
    "街道": ("办", "办事处", "党工委"),
    "镇": ("政府", "人民政府", "党委"),
    "乡": ("政府", "人民政府", "党委"),
    "区": ("政府", "人民政府"),
    "县": ("政府", "人民政府"),
    "市": ("政府", "人民政府"),
    "省": ("政府", "人民政府"),
}

#: "The whole of it, no place below it", by the level of the place.
_WHOLE = {
    "province": ("全省", "省本级", "省直", "省直属", "省属", "省级"),
    "city": ("全市", "市本级", "市直", "市直属", "市属", "市级", "市区"),
    "district": ("全区", "区本级", "区直", "区属", "区级", "全县", "县本级", "县直", "县属", "县级"),
}
_WHOLE_ANYWHERE = ("本级", "直属")


class Named(Protocol):
    """What a place must tell for its spellings to be known."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def short_name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


def plain(text: str) -> str:
    """A spelling without width, case, spaces, invisible characters, brackets and separators.

    A code that a workbook made a number of ("441900121.0") is the code again.
    """
    normal = unicodedata.normalize("NFKC", text).strip()
    number = _CODE_AS_NUMBER.fullmatch(normal)
    if number:
        return number[1]
    return "".join(
        c for c in normal.casefold() if c not in _BETWEEN and unicodedata.category(c)[0] not in "ZC"
    )


def names(place: Named) -> Iterator[str]:
    """The Chinese names of a place that the reference table declares, the official one first."""
    yield from dict.fromkeys((place.name, place.short_name, *place.aliases))


def ways_to_write(place: Named, above: Sequence[Named], *, is_area: bool) -> Iterator[str]:
    """The plain spellings of a place.

    `above`: the places that it lies in, the nearest first; any of their names may stand before its
    own, in order from the top, none left out or some. `is_area`: it is the whole of what is looked
    at, so that "全市" alone means it.
    """
    own = [plain(name) for name in names(place)]
    for ending, offices in _OFFICES.items():
        if place.name.endswith(ending):
            own += [plain(place.name + office) for office in offices]
    whole = (*_WHOLE.get(place.level, ()), *_WHOLE_ANYWHERE)
    if place.level in _WHOLE:
        own += [plain(name) + word for name in (place.name, place.short_name) for word in whole]
    before = [""]
    for one in above:
        spelled = {plain(one.name), plain(one.short_name)}
        before += [name + rest for name in spelled for rest in before]
    codes = dict.fromkeys((place.code, place.code.ljust(9, "0"), place.code.ljust(12, "0")))
    yield from codes
    for name in own:
        yield from (prefix + name for prefix in before)
    for code in codes:
        for name in own[:2]:
            yield from (code + name, name + code)
    yield plain(place.name_en)
    if is_area:
        yield from whole
