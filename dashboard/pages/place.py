"""The page of one place: all targets of a town or district, and the records behind them.

Owns `place_page`. Called by `site`. May import `parts`, `metrics.published`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from sqlalchemy import Connection

from dashboard.parts import Context, badge, breadcrumb, files_of, link, section, table
from dashboard.words import Words, texts
from etl.datasets import datasets
from metrics import published
from metrics.export import plain

#: Records shown on the page; the download has all of them.
SHOWN_RECORDS = 50


def place_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the page of the place that the view names."""
    words, view, policy = context.words, context.view, context.policy
    place = published.place(connection, view.name)
    inside = {one.code: one for one in published.places(connection, policy.area)}
    trail: list[tuple[str, str | None]] = []
    for above in published.ancestors(connection, place.code):
        if above.code in inside:
            at_top = above.code == policy.area
            href = view.to("") if at_top else view.to("place", above.code)
            trail.append((words.of(above.name), href if above.code != place.code else None))
    targets = published.targets(connection, policy.policy)
    rows = {
        row.target: row
        for row in published.progress(
            connection, policy=policy.policy, place=place.code, as_of=view.as_of
        )
    }
    lines = []
    for target in targets:
        row = rows[target.target]
        if target.kind == "milestone" and place.code != policy.area:
            continue
        rank = words("rank_of", rank=row.rank, ranked=row.ranked) if row.rank else words("none")
        share = words("none") if row.share is None else f"{row.share:,.1f}%"
        lines.append(
            [
                link(words.of(target.name), view.to("target", target.target, place=place.code)),
                html.Span(words.value(target, row), title=words.value(target, row, short=False)),
                share,
                rank,
                words.requirement(target, row) if row.status else words("none"),
                badge(row.status, words),
                link(words("records_link"), view.but(show=target.target)),
            ]
        )
    headers = [
        *(words(k) for k in ("target", "value", "share", "rank", "requirement", "status")),
        words("records_link"),
    ]
    caption = words("place_targets", place=words.of(place.name))
    content: list[Any] = [breadcrumb(words, trail)]
    children = [one for one in inside.values() if one.parent == place.code]
    if children:
        chips = [html.Li(link(words.of(c.name), view.to("place", c.code))) for c in children]
        content.append(section(words("below"), html.Ul(chips, className="chips")))
    content.append(section(caption, table(caption, headers, lines, numbers=(1, 2))))
    content.append(_records(context, connection, place.code))
    return words.of(place.name), content


def _records(context: Context, connection: Connection, place: str) -> Any:
    words, view = context.words, context.view
    if view.show is None:
        return html.P(words("place_records_choose"), className="sub")
    target = published.target(connection, view.show)
    title = words("place_records", target=words.of(target.name))
    found = published.records(connection, target.target, place, context.day, SHOWN_RECORDS)
    asked = f"target={target.target}&place={place}&as_of={context.day}"
    files = html.P(files_of("records", asked))
    if not found.rows:
        return section(title, html.P(words("records_none")), anchor="records")
    used = [
        i for i, name in enumerate(found.columns)
        if any(row[i] not in (None, "") for row in found.rows)
        and not (name in {"part", "dataset"} and len({row[i] for row in found.rows}) == 1)
    ]  # fmt: skip
    names = {one.code: words.of(one.short_name) for one in published.places(connection, place)}
    headers = [_header(found.columns[i], found.rows[0][1], words.language) for i in used]
    lines = [[_cell(found.columns[i], row[i], names, words) for i in used] for row in found.rows]
    more = words("records_more", count=SHOWN_RECORDS) if found.more else ""
    return section(
        title, html.P(more, className="sub"), files, table(title, headers, lines), anchor="records"
    )


def _header(column: str, dataset: object, language: Any) -> str:
    for field in datasets()[str(dataset)].fields:
        if field.name == column:
            return field.header.of(language)
    return {
        "person": {"zh": "人员标识", "en": "Person (keyed hash)"},
        "source_file": {"zh": "来源文件", "en": "Source file"},
        "source_sheet": {"zh": "工作表", "en": "Sheet"},
        "source_row": {"zh": "行号", "en": "Row"},
        "dataset": {"zh": "数据集", "en": "Dataset"},
        "part": {"zh": "部分", "en": "Part"},
    }.get(column, {"zh": column, "en": column})[language]


def _cell(column: str, value: object, places: Mapping[str, str], words: Words) -> str:
    text = plain(value)
    if column == "place":
        return places.get(text, text)
    if column == "dataset":
        return words.of(datasets()[text].title)
    if column == "person":
        return text[:8] + "…"
    scopes: dict[str, dict[str, str]] = texts()["scopes"]
    return scopes[text][words.language] if column == "level" and text in scopes else text
