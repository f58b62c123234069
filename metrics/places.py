"""The places of a policy's area, as progress needs them: in order, with sisters and units.

Owns `AreaPlaces`, read from a snapshot's tables. Called by `evaluate` and `published`. May import
`tables`, `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection, and_, select

from etl.texts import Text
from metrics.tables import PLACE_ANCESTORS, PLACES


@dataclass(frozen=True)
class AreaPlaces:
    """The current places of an area: `codes` in the gazetteer's order, the area first."""

    area: str
    codes: tuple[str, ...]
    parents: Mapping[str, str]
    levels: Mapping[str, str]

    @cached_property
    def sisters(self) -> list[list[str]]:
        """The groups of places that share a parent and a level inside the area."""
        groups: dict[tuple[str, str], list[str]] = {}
        for code in self.codes:
            if code != self.area:
                groups.setdefault((self.parents[code], self.levels[code]), []).append(code)
        return list(groups.values())

    @cached_property
    def column_of(self) -> Mapping[str, int]:
        """The position of each place in `codes`."""
        return {code: column for column, code in enumerate(self.codes)}

    @property
    def area_column(self) -> int:
        """The position of the area itself."""
        return self.column_of[self.area]

    @cached_property
    def sister_columns(self) -> list[list[int]]:
        """The groups of sisters by position."""
        return [[self.column_of[code] for code in group] for group in self.sisters]

    @cached_property
    def _units(self) -> dict[str, dict[str, Sequence[str]]]:
        return {}

    def units_below(self, level: str) -> Mapping[str, Sequence[str]]:
        """For each place above them, the places of a level that lie in it."""
        if level not in self._units:
            found: dict[str, list[str]] = {}
            for code in self.codes:
                if self.levels[code] == level:
                    above = code
                    while above != self.area:
                        above = self.parents[above]
                        found.setdefault(above, []).append(code)
            self._units[level] = dict(found)
        return self._units[level]


def area_places(connection: Connection, area: str) -> AreaPlaces:
    """The places of `area` (a code) in the snapshot that `connection` is open on."""
    statement = (
        select(PLACES.c.code, PLACES.c.parent, PLACES.c.level)
        .select_from(PLACES.join(PLACE_ANCESTORS, PLACE_ANCESTORS.c.place == PLACES.c.code))
        .where(and_(PLACE_ANCESTORS.c.ancestor == area, PLACES.c.successor.is_(None)))
        .order_by(PLACES.c.position)
    )
    rows = [(code, parent or "", level) for code, parent, level in connection.execute(statement)]
    rows.sort(key=lambda row: row[0] != area)
    return AreaPlaces(
        area=area,
        codes=tuple(code for code, _, _ in rows),
        parents={code: parent for code, parent, _ in rows},
        levels={code: level for code, _, level in rows},
    )


def place_names(connection: Connection) -> dict[str, Text]:
    """The name of every place, whether current or not, by its code."""
    named = select(PLACES.c.code, PLACES.c.name, PLACES.c.name_en)
    return {code: Text(zh, en) for code, zh, en in connection.execute(named)}
