"""Evidence: the records behind a number, as a table to read and files to take away.

Owns `evidence`. Called by the pages of a place and of a target. May import `parts`, `tables`,
`etl.datasets`, `metrics.published`, `metrics.export`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from sqlalchemy import Connection

from dashboard.parts import Component, Context, asked_of, files_of, section
from dashboard.quoted import quoted
from dashboard.tables import table
from dashboard.words import Words, texts
from etl.datasets import datasets
from metrics import published
from metrics.export import plain
from metrics.rows import TargetRow

#: Records shown on a page; the download has all of them.
SHOWN_RECORDS = 50

#: Columns that every record has, whatever its dataset.
_COMMON = {"person", "source_file", "source_sheet", "source_row", "load", "dataset", "part"}


def evidence(context: Context, connection: Connection, target: TargetRow, place: str) -> Component:
    """The records behind a target's value at a place."""
    words = context.words
    title = words("place_records", target=words.of(target.name))
    found = published.records(connection, target.target, place, context.day, SHOWN_RECORDS)
    if not found.rows:
        return section(title, html.P(words("records_none")), anchor="records")
    used = [
        i
        for i, name in enumerate(found.columns)
        if any(row[i] not in (None, "") for row in found.rows)
        and not (name in {"part", "dataset"} and len({row[i] for row in found.rows}) == 1)
    ]
    names = {
        one.code: words.of(one.short_name) for one in published.places(connection, context.policy.area)
    }
    sets = list(dict.fromkeys(str(row[1]) for row in found.rows))
    headers = [_header(found.columns[i], sets, words) for i in used]
    lines = [[_cell(found.columns[i], row[i], names, words) for i in used] for row in found.rows]
    asked = asked_of(context, target=target.target, place=place)
    more = words("records_more", count=SHOWN_RECORDS) if found.more else ""
    files = html.P([more, " ", files_of("records", asked, what=words("download_records"))])
    return section(title, files, table(title, headers, lines, class_name="records"), anchor="records")


def _header(column: str, sets: list[str], words: Words) -> str:
    if column in _COMMON:
        return words(f"column_{column}")
    for name in sets:
        for field in datasets()[name].fields:
            if field.name == column:
                return field.header.of(words.language)
    return column


def _cell(column: str, value: object, places: Mapping[str, str], words: Words) -> Any:
    text = plain(value)
    if column == "place":
        return places.get(text, text)
    if column == "dataset":
        return words.of(datasets()[text].title)
    if column == "person":
        return html.Code(text[:8] + "…", title=text)
    if column == "part" and text in ("numerator", "denominator"):
        return words(text)
    if column == "level":
        skills: dict[int, dict[str, str]] = texts()["skill_levels"]
        scopes: dict[str, dict[str, str]] = texts()["scopes"]
        found = skills.get(int(text)) if text.isdecimal() else scopes.get(text)
        return found[words.language] if found else text
    return quoted(text, words)
