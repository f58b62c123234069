"""Pages about the data itself: what can be downloaded, and how good it is.

Owns `data_page` and `quality_page`. Called by `site`. May import `parts`, `etl.rejects`,
`etl.snapshots`, `metrics.published`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from sqlalchemy import Connection

from dashboard.parts import Context, files_of, link, section, table
from etl.datasets import datasets
from etl.rejects import read_rejects
from etl.snapshots import Snapshot
from metrics import published

#: Refused rows shown on the page; the download has all of them.
SHOWN_REJECTS = 100


def data_page(
    context: Context, connection: Connection, snapshots: Sequence[Snapshot]
) -> tuple[str, list[Any]]:
    """Downloads, snapshots and the data dictionary."""
    words, view, policy = context.words, context.view, context.policy
    asked = f"policy={policy.policy}&as_of={context.day}"
    progress = html.Ul(
        html.Li([words("download_progress"), *files_of("progress", asked)]), className="files"
    )
    lines = [
        [
            words.of(target.name),
            html.Span(files_of("records", f"target={target.target}&as_of={context.day}")),
            html.Code(f"milepost records {target.target} --as-of {context.day}"),
        ]
        for target in published.targets(connection, policy.policy)
    ]
    headers = [words(k) for k in ("target", "download_records", "command")]
    listed = [
        [
            one.id,
            f"{one.created_at:%Y-%m-%d %H:%M} UTC",
            words.number(one.records, short=False),
            words("current") if one.published else link(words("look"), view.to("", snapshot=one.id)),
        ]
        for one in snapshots
    ]
    return words("data"), [
        html.P(words("data_intro"), className="lead"),
        section(words("downloads"), progress, table(words("download_records"), headers, lines)),
        section(
            words("snapshots"),
            html.P(words("snapshots_note"), className="sub"),
            table(
                words("snapshots"), ["ID", words("created"), words("records"), ""], listed, numbers=(2,)
            ),
        ),
        section(words("dictionary"), *_dictionary(context)),
    ]


def _dictionary(context: Context) -> list[Any]:
    words, language = context.words, context.words.language
    found = []
    headers = [words(k) for k in ("header", "field", "also", "type", "required", "remark")]
    for dataset in datasets().values():
        lines = [
            [
                field.header.of(language),
                html.Code(field.name),
                "、".join(field.aliases),
                field.type,
                words("is_yes") if field.required else "",
                (field.note.of(language) if field.note else "、".join(field.values)),
            ]
            for field in dataset.fields
        ]
        title = f"{dataset.title.of(language)} {dataset.name}"
        found.append(html.Details([html.Summary(title), table(title, headers, lines)]))
    return found


def quality_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """What came in, what was refused, and how fresh each dataset is."""
    words = context.words
    numbers = ("read", "loaded", "unchanged", "superseded", "rejected")
    loads = [
        [
            one.source_file,
            one.source_sheet,
            words.of(datasets()[one.dataset].title),
            f"{one.loaded_at:%Y-%m-%d %H:%M}",
            *(
                words.number(n, short=False)
                for n in (one.rows_read, one.loaded, one.unchanged, one.superseded, one.rejected)
            ),
        ]
        for one in published.loads(connection)
    ]
    headers = [words("file"), "", words("dataset"), words("created"), *(words(k) for k in numbers)]
    return words("quality"), [
        html.P(words("quality_intro"), className="lead"),
        section(words("freshness"), _freshness(context, connection)),
        section(words("rejects"), *_rejects(context, connection)),
        section(words("loads"), table(words("loads"), headers, loads, numbers=range(4, 9))),
    ]


def _freshness(context: Context, connection: Connection) -> Any:
    words = context.words
    rows = published.freshness(connection, context.policy.area)
    lines = []
    for name, dataset in datasets().items():
        found = [row for row in rows if row.dataset == name]
        first = min((r.first_on for r in found if r.first_on is not None), default=None)
        last = max((r.last_on for r in found if r.last_on is not None), default=None)
        count = sum(row.records for row in found)
        lines.append(
            [
                words.of(dataset.title),
                words.number(count, short=False),
                words.day(first),
                words.day(last),
            ]
        )
    headers = [words(k) for k in ("dataset", "records", "first_on", "last_on")]
    return table(words("freshness"), headers, lines, numbers=(1,))


def _rejects(context: Context, connection: Connection) -> list[Any]:
    words = context.words
    rejects = read_rejects(connection)
    if not rejects:
        return [html.P(words("rejects_none"))]
    lines = [
        [
            r.source_file,
            str(r.source_row),
            r.header,
            r.value or "—",
            words.of(r.reason),
            words.of(r.remedy),
        ]
        for r in rejects[:SHOWN_REJECTS]
    ]
    headers = [words(k) for k in ("file", "row", "column", "found", "reason", "remedy")]
    files = files_of("rejects", f"lang={words.language}", ("xlsx", "csv"))
    return [
        html.P(words("rejects_note"), className="sub"),
        html.P(files),
        table(words("rejects"), headers, lines, numbers=(1,)),
    ]
