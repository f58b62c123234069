"""The reference table of places, `data/reference/places.csv`: reading it, and writing it to a snapshot.

Owns `Place`, one row of it, and its checks: a table that an operator has extended is either right or
refused with every line that is not. Called by `places`. May import `errors`, `settings`, `spelling`,
`texts`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from etl.errors import ReferenceTableError
from etl.settings import PROJECT
from etl.spelling import nearest
from etl.texts import Text, lines

REFERENCE = PROJECT / "data" / "reference" / "places.csv"

_CODE = re.compile(r"\d{6}(\d{3})?")
LEVELS = ("province", "city", "district", "town", "park")


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


def read_places(path: Path = REFERENCE) -> dict[str, Place]:
    """The rows of a reference table by code. Raises ReferenceTableError with all its problems."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, restval=""))
    places: dict[str, Place] = {}
    problems: list[Text] = []
    for number, row in enumerate(rows):
        try:
            place = _place(row, number)
        except (KeyError, TypeError, ValueError) as error:
            why = f"{type(error).__name__}: {error}"
            problems.append(_at(path, number, Text(f"无法读取（{why}）", f"cannot be read: {why}")))
            continue
        problems += [_at(path, number, wrong) for wrong in _wrong(place, places)]
        places[place.code] = place
    problems += _broken_links(path, places)
    if problems:
        raise ReferenceTableError(lines(problems))
    return places


def _wrong(place: Place, before: Mapping[str, Place]) -> Iterator[Text]:
    """What is wrong with a place by itself, or with its code after those `before`."""
    code = place.code
    if not _CODE.fullmatch(code):
        yield Text(f"区划代码“{code}”应为 6 位或 9 位数字", f"code {code!r} is not of 6 or 9 digits")
    if not place.name:
        yield Text(f"{code} 没有名称", f"{code} has no name")
    if code in before:
        yield Text(f"区划代码 {code} 出现两次", f"code {code} is there twice")
    if place.level not in LEVELS:
        near = nearest(place.level, LEVELS)
        yield Text(f"没有“{place.level}”这一级别{near.zh}", f"level {place.level!r}{near.en}")


def _at(path: Path, position: int, wrong: Text) -> Text:
    line = position + 2
    return Text(f"{path.name} 第 {line} 行：{wrong.zh}", f"{path.name}, line {line}: {wrong.en}")


def write_table(connection: duckdb.DuckDBPyConnection, places: Iterable[Place]) -> None:
    """Write the table `places` of a snapshot anew."""
    rows = list(places)
    text, whole = pa.string(), pa.int32()
    columns = {
        **{
            name: pa.array([getattr(place, name) for place in rows], text)
            for name in ("code", "name", "short_name", "name_en", "level", "kind", "parent")
        },
        "valid_from": pa.array([place.valid_from for place in rows], pa.date32()),
        "valid_to": pa.array([place.valid_to for place in rows], pa.date32()),
        "successor": pa.array([place.successor for place in rows], text),
        "aliases": pa.array([";".join(place.aliases) for place in rows], text),
        "tile_row": pa.array([place.tile_row for place in rows], whole),
        "tile_col": pa.array([place.tile_col for place in rows], whole),
        "position": pa.array([place.position for place in rows], whole),
    }
    write_rows(connection, "places", pa.table(columns))


def write_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Write a table of a snapshot anew from rows in memory."""
    connection.register("reference_rows", rows)
    connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM reference_rows")
    connection.unregister("reference_rows")


def _broken_links(path: Path, places: Mapping[str, Place]) -> list[Text]:
    """What names a parent or a successor that is not there, or leads back to itself."""
    problems = []
    for place in places.values():
        for column in ("parent", "successor"):
            seen = [place.code]
            at: str | None = getattr(place, column)
            while at is not None and at in places and at not in seen:
                seen.append(at)
                at = getattr(places[at], column)
            if at is not None and at not in places and len(seen) == 1:
                wrong = Text(
                    f"{place.code} 的 {column} 为 {at}，但表中没有 {at}",
                    f"{column} {at} of {place.code} is not in the table",
                )
                problems.append(_at(path, place.position, wrong))
            elif at is not None and at in seen:
                wrong = Text(
                    f"{place.code} 的 {column} 最后又指回它自己",
                    f"{column} of {place.code} leads back to itself",
                )
                problems.append(_at(path, place.position, wrong))
    return problems


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
