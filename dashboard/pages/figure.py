"""The page of one figure: what a number rests on, so that anybody can make it again.

Owns `figure_page`. Called by `site`; the page of a target leads here. May import `evidence`,
`pages.moved`, `parts`, `quoted`, `tables`, `etl.datasets`, `metrics.citation`, `metrics.figures`,
`metrics.published`, `metrics.record_questions`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from dashboard.elements import html
from dashboard.evidence import table_link
from dashboard.pages.moved import moved_link
from dashboard.parts import (
    Component,
    Context,
    asked_of,
    facts_list,
    files_of,
    link,
    section,
)
from dashboard.quoted import quoted
from dashboard.tables import table
from dashboard.words import Words
from etl.datasets import datasets
from metrics import published
from metrics.citation import citation_of
from metrics.export import plain
from metrics.figures import Figure, figure_of
from metrics.record_questions import questions_behind


def figure_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the page of the figure of the target that the view names."""
    words, view = context.words, context.view
    found = figure_of(connection, view.name, view.place, context.view.as_of)
    target, row = found.target, found.row
    place = published.place(connection, row.place)
    name = words.of(target.name)
    value = words.value(target, row, short=False)
    said = words("figure_lead", place=words.of(place.name), day=row.as_of, value=value)
    cited = citation_of(connection, target.name, row.place, 1, words.language, row.as_of)
    asked = asked_of(context, target=target.target, place=row.place)
    beside = asked_of(context, place=row.place)
    facts: list[tuple[str, Any]] = [
        (words("citation"), quoted(cited, words)),
        (words("api_address"), html.Code(f"/api/v1/figures/{target.target}?{beside}")),
        (words("figure_records"), files_of("records", asked, what=words("figure_records"))),
    ]
    commands = "\n".join(found.commands(context.facts["id"]))
    return words("figure_title", target=name), [
        html.P(said, className="lead"),
        section(words("figure_parts"), *_parts(context, connection, found)),
        section(words("figure_files"), _files(context, found)),
        section(words("figure_entry"), *_entries(words, found)),
        section(words("figure_commands"), html.Pre(html.Code(commands), tabIndex="0")),
        section(words("citation"), facts_list(facts)),
    ]


def _parts(context: Context, connection: Connection, found: Figure) -> list[Component]:
    """The statements and what they give now, and the records in their tables."""
    words, target, row = context.words, found.target, found.row
    behind = questions_behind(connection, target.target, row.place, row.as_of, words.language)
    content: list[Component] = [html.P(words("figure_parts_note"), className="sub")]
    if target.kind in ("coverage", "milestone"):
        content.append(html.P(words(f"figure_{target.kind}")))
    elif target.averaged:
        content.append(html.P(words("figure_averaged")))
    for part in found.parts:
        result = words("figure_result", result=plain(part.result) or words("none"))
        if part.is_free:
            result = words("figure_no_result")
        content += [
            html.H3(_part(part.part, words)),
            html.Pre(html.Code(quoted(part.sql, words)), tabIndex="0"),
            html.P(html.Strong(result)),
            *(table_link(context, one) for name, one in behind if name == part.part),
        ]
    return content


def _files(context: Context, found: Figure) -> Component:
    """The files that brought the records, each leading to what came of its load."""
    words, view = context.words, context.view
    if not found.files:
        return html.P(words("figure_files_none"))
    lines = []
    for file in found.files:
        asked = (("load.is", str(file.load)), ("source_file.is", file.source_file))
        loaded = f"{file.loaded_at:%Y-%m-%d %H:%M} UTC" if file.loaded_at else words("none")
        lines.append(
            [
                link(quoted(file.source_file, words), view.to("table", "loads", asked=asked)),
                quoted(file.source_sheet or words("none"), words),
                words.of(datasets()[file.dataset].title),
                _part(file.part, words),
                words.number(file.records, short=False),
                loaded,
                moved_link(context, file.source_file, file.load),
                html.Code(file.sha256 or words("none"), className="digest"),
            ]
        )
    headers = [
        words(key)
        for key in (
            "file", "sheet", "dataset", "part", "records", "loaded_at", "moved_what", "sha256",
        )
    ]  # fmt: skip
    return table(words("figure_files"), headers, lines, numbers=(4,))


def _entries(words: Words, found: Figure) -> list[Component]:
    content: list[Component] = []
    for entry in found.entries:
        content += [
            html.P([html.Code(entry.key), " ", words("figure_line", line=entry.line)]),
            html.Pre(html.Code(quoted(entry.text, words)), tabIndex="0"),
        ]
    return content


def _part(part: str, words: Words) -> str:
    return words(part if part in ("numerator", "denominator") else f"part_{part}")
