"""The page of downloads: every table behind the pages, said in words, with its command.

Owns `data_page`. Called by `site`. May import `parts`, `tables`, `etl.datasets`, `etl.snapshots`,
`metrics.published`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.elements import html
from dashboard.pages.table import tables_list
from dashboard.parts import Component, Context, asked_of, files_of, link, section
from dashboard.quoted import quoted
from dashboard.tables import table
from etl.datasets import datasets
from etl.snapshots import Snapshot
from metrics import published

#: An address that a script may ask for.
_EXAMPLE = "/download/progress.csv?policy=…&place=…&as_of=…"


def data_page(
    context: Context, connection: Connection, snapshots: Sequence[Snapshot]
) -> tuple[str, list[Any]]:
    """Downloads, snapshots and the data dictionary."""
    words = context.words
    return words("data"), [
        html.P(words("data_intro"), className="lead"),
        section(words("tables"), *_tables(context, connection)),
        section(words("download_progress"), *_progress(context, connection)),
        section(words("download_records"), *_records(context, connection)),
        section(words("snapshots"), *_snapshots(context, snapshots)),
        section(words("dictionary"), *_dictionary(context)),
    ]


def _tables(context: Context, connection: Connection) -> list[Component]:
    """Every table that can be browsed. Its link asks for the page's policy and date where it can."""
    words = context.words
    lines = [
        [
            link(words.of(one.title), address),
            words.of(one.about),
            words.number(count, short=False),
            html.Code(one.name),
        ]
        for one, address, count in tables_list(context, connection)
    ]
    headers = [words(k) for k in ("content", "remark", "row_count", "field_table")]
    return [
        html.P(words("tables_note"), className="sub"),
        table(words("tables"), headers, lines, numbers=(2,)),
    ]


def _progress(context: Context, connection: Connection) -> list[Component]:
    """Progress at the page's date: of everything, of the whole, of each level below it."""
    words, policy = context.words, context.policy
    places = published.places(connection, policy.area)
    whole = words.of(places[0].name)
    scopes: list[tuple[str, dict[str, str]]] = [
        (words("scope_all"), {}),
        (words("scope_whole", place=whole), {"place": policy.area}),
    ]
    for level in dict.fromkeys(place.level for place in places[1:]):
        count = sum(place.level == level for place in places[1:])
        scopes.append((words("scope_level", level=words.level(level), count=count), {"level": level}))
    lines = []
    for said, asked in scopes:
        query = asked_of(context, policy=policy.policy, **asked)
        options = "".join(f" --{key} {value}" for key, value in asked.items())
        command = (
            f"milepost progress --policy {policy.policy}{options} --as-of {context.day} --format csv"
        )
        lines.append([said, files_of("progress", query, what=said), html.Code(command)])
    headers = [words(k) for k in ("content", "files", "command")]
    filters = words("filters", policy=words.of(policy.name), day=words.day(context.day))
    catalogue = html.A("metrics.yaml", href="/download/metrics.yaml", download="", className="file")
    return [
        html.P(filters, className="sub"),
        table(words("download_progress"), headers, lines, class_name="files-of"),
        html.P([words("download_catalogue"), " ", catalogue]),
        html.P([words("script_note"), " ", html.Code(_EXAMPLE)], className="sub"),
        html.P(link(words("api"), context.view.to("api"))),
    ]


def _records(context: Context, connection: Connection) -> list[Component]:
    words, view, policy = context.words, context.view, context.policy
    lines = []
    for target in published.targets(connection, policy.policy):
        name = words.of(target.name)
        asked = asked_of(context, target=target.target)
        command = f"milepost records {target.target} --as-of {context.day}"
        target_link = link(name, view.to("target", target.target))
        lines.append([target_link, files_of("records", asked, what=name), html.Code(command)])
    headers = [words(k) for k in ("target", "files", "command")]
    return [
        html.P(words("records_note"), className="sub"),
        table(words("download_records"), headers, lines, class_name="files-of"),
    ]


def _snapshots(context: Context, snapshots: Sequence[Snapshot]) -> list[Component]:
    words, view = context.words, context.view
    lines = []
    for one in snapshots:
        to = words("current") if one.published else link(words("look"), view.to("", snapshot=one.id))
        made = f"{one.created_at:%Y-%m-%d %H:%M} UTC"
        lines.append([html.Code(one.id), made, words.number(one.records, short=False), to])
    headers = [words(k) for k in ("snapshot_id", "created", "records", "site_then")]
    return [
        html.P(words("snapshots_note"), className="sub"),
        table(words("snapshots"), headers, lines, numbers=(2,)),
    ]


def _dictionary(context: Context) -> list[Component]:
    words, language = context.words, context.words.language
    found = []
    headers = [words(k) for k in ("header", "field", "also", "type", "required", "remark")]
    for dataset in datasets().values():
        lines = [
            [
                field.header.of(language),
                html.Code(field.name),
                quoted(words.listed(field.aliases), words),
                html.Code(field.type),
                words("is_yes") if field.required else "",
                quoted(field.note.of(language) if field.note else words.listed(field.values), words),
            ]
            for field in dataset.fields
        ]
        title = dataset.title.of(language)
        summary = html.Summary([title, " ", html.Code(dataset.name)])
        found.append(html.Details([summary, table(title, headers, lines)]))
    return found
