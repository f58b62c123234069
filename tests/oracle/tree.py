"""The tree of places of one area, read anew from the reference table, and what spellings mean in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from itertools import combinations
from pathlib import Path

import pandas as pd

PLACES = Path(__file__).parents[2] / "data" / "reference" / "places.csv"


class Tree:
    """The places that are (not renamed, not merged) in an area, the area itself first; of `known`, if
    the reference table had those only."""

    def __init__(self, area: str, known: Collection[str] | None = None) -> None:
        self.area = area
        table = pd.read_csv(PLACES, dtype=str, keep_default_na=False).set_index("code")
        if known is not None:
            table = table[table.index.isin(known)]
        self._parent = table["parent"].to_dict()
        successor = table["successor"].to_dict()
        now = {code: _followed(code, successor) for code in table.index}
        self.level = {
            code: table.loc[code, "level"]
            for code in table.index
            if not successor[code] and self._is_inside(code, area)
        }
        self.codes = [area, *(code for code in self.level if code != area)]
        self.above = pd.DataFrame(
            [(code, one) for code in self.codes for one in self._path(code) if one in self.level],
            columns=["place", "at"],
        )
        self._meanings: dict[str, set[str]] = {}
        for code, row in table.iterrows():
            if now[code] in self.level:
                self._write(str(code), now[code], row, table)

    def units(self, level: str) -> list[str]:
        """The places of a level."""
        return [code for code in self.codes if self.level[code] == level]

    def means(self, text: str) -> str | None:
        """The place that a spelling means; of a district and a street of its own, the district."""
        found = self._meanings.get(unicodedata.normalize("NFKC", text).strip(), set())
        outer = {
            code
            for code in found
            if not any(other != code and self._is_inside(code, other) for other in found)
        }
        return outer.pop() if len(outer) == 1 else None

    def spellings(self) -> list[str]:
        """All that means one place, in order."""
        return sorted(text for text in self._meanings if self.means(text) is not None)

    def _path(self, code: str) -> list[str]:
        path = [code]
        while self._parent[path[-1]]:
            path.append(self._parent[path[-1]])
        return path

    def _is_inside(self, code: str, area: str) -> bool:
        return area in self._path(code)

    def _write(self, code: str, now: str, row: pd.Series[str], table: pd.DataFrame) -> None:
        """All spellings of a place: codes; names, after some, all or none of the places above it."""
        above = [table.loc[one, "name"] for one in reversed(self._path(code)[1:])]
        before = ["".join(some) for n in range(len(above) + 1) for some in combinations(above, n)]
        names = {row["name"], row["short_name"], *row["aliases"].split(";")} - {""}
        if row["level"] not in {"town", "park"}:
            names.add(f"{row['name']}本级")
        spelled = {code, code.ljust(9, "0"), code.ljust(12, "0")}
        spelled |= {first + name for first in before for name in names}
        for text in spelled:
            self._meanings.setdefault(unicodedata.normalize("NFKC", text), set()).add(now)


def _followed(code: str, successor: dict[str, str]) -> str:
    while successor[code]:
        code = successor[code]
    return code
