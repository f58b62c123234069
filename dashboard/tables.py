"""Tables: of anything, and of targets with where they are, where they must be, how they got here.

Owns `table`, `targets_table`, `places_table`, `trend` and `up_to`. On a narrow screen a row becomes a
card, its cells named by their headers. Called by the pages and by what draws charts. May import
`figures`, `parts`, `marks`, `words`, `metrics`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.elements import html
from dashboard.figures import figure, gained
from dashboard.marks import bullet, sparkline
from dashboard.parts import Component, Context, badge, link, named, remarks, share_of
from dashboard.quoted import quoted
from dashboard.words import Words
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow, WindowRow
from metrics.year_before import YearChange


def table(
    caption: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    numbers: Sequence[int] = (),
    class_name: str = "",
) -> Component:
    """A table in a region of its own that scrolls if it must; `numbers` are right-aligned columns."""

    def cell(column: int, content: Any) -> Component:
        align = "number" if column in numbers else ""
        blank = " blank" if content == "—" else ""
        if column == 0:
            return html.Th(content, scope="row", className=align or None)
        label: dict[str, Any] = {"data-label": headers[column]}
        return html.Td(content, className=(align + blank).strip() or None, **label)

    heads = [
        html.Th(header, scope="col", className="number" if column in numbers else None)
        for column, header in enumerate(headers)
    ]
    body = [html.Tr([cell(column, c) for column, c in enumerate(row)]) for row in rows]
    return html.Div(
        html.Table([html.Caption(caption), html.Thead(html.Tr(heads)), html.Tbody(body)]),
        className=f"scroll cards {class_name}",
        tabIndex="0",
        role="region",
        **named(caption),
    )


def targets_table(
    context: Context,
    caption: str,
    targets: Sequence[TargetRow],
    rows: Mapping[str, ProgressRow],
    curves: Mapping[str, Sequence[ProgressRow]],
    windows: Mapping[str, Sequence[WindowRow]],
) -> Component:
    """All about each target in one line."""
    words, view = context.words, context.view
    lines = []
    for target in targets:
        row = rows[target.target]
        clause = words("clause_of", clause=target.clause)
        said = remarks(row, windows.get(target.target, ()), words)
        lines.append(
            [
                [
                    link(words.of(target.name), view.to("target", target.target)),
                    html.Span([quoted(clause, words), f" · {words.kind(target)}"], className="sub"),
                ],
                words.tabled(target, row),
                words.requirement(target, row),
                words.expected(target, row),
                progress_bar(target, row, words),
                [badge(row.status, words), html.Span(said, className="sub") if said else ""],
                trend(target, row, curves.get(target.target, ()), words),
                words.day(target.by),
            ]
        )
    headers = [words(k) for k in (
        "target", "value", "requirement", "expected", "progress", "status", "trend", "deadline",
    )]  # fmt: skip
    return table(caption, headers, lines, numbers=(1, 3), class_name="targets even")


def progress_key(words: Words) -> Component:
    """What the marks of a progress bar mean."""
    entries = [("value", "bar"), ("expected", "wedge"), ("requirement", "goal")]
    items = [html.Span([html.I(className=shape), words(key)]) for key, shape in entries]
    return html.P([words("progress_key"), *items], className="key sub")


def progress_bar(target: TargetRow, row: ProgressRow, words: Words) -> Component:
    """How much of the requirement is done, drawn and in percent."""
    if target.kind == "milestone" or row.value is None or not row.required:
        return words("none")
    done = "" if row.percent is None else f"{row.percent:.1f}%"
    image = bullet(row.value, row.required, row.expected, f"{words('percent')} {done}")
    shown = figure(row, "percent", done) if done else ""
    return html.Span([image, html.Span(shown, className="sub")], className="done")


def places_table(
    context: Context,
    caption: str,
    target: TargetRow,
    rows: Sequence[ProgressRow],
    places: Mapping[str, PlaceRow],
    changes: Mapping[str, YearChange] | None = None,
) -> Component:
    """A target's figures at places, as exact as a table shows them; `changes` by place, if asked."""
    words = context.words
    since = next((change.since for change in (changes or {}).values()), None)
    judged = any(row.status is not None for row in rows)
    keys = ["place", "value", *(["change_since"] if since else []), "share", "rank"]
    keys += ["requirement", "status"] if judged else []
    lines = []
    for row in rows:
        cells: list[Any] = [
            words.of(places[row.place].name),
            words.tabled(target, row),
        ]
        if since is not None:
            change = (changes or {}).get(row.place)
            cells.append(
                words("none")
                if change is None
                else gained(row, change, words.gain(change.value, words.unit(target, row)))
            )
        cells.append(share_of(row, words))
        cells.append(words("none") if row.rank is None else figure(row, "rank", str(row.rank)))
        if judged:
            asked = words.requirement(target, row) if row.status else words("none")
            cells += [asked, badge(row.status, words)]
        lines.append(cells)
    headers = [words(key, day=since) for key in keys]
    numbers = range(1, 5 if since else 4)
    return table(caption, headers, lines, numbers=numbers)


def up_to(row: ProgressRow, curve: Sequence[ProgressRow]) -> list[ProgressRow]:
    """The stored rows before a row, and itself: a date within a month has no stored row."""
    return [*(one for one in curve if one.as_of < row.as_of), row]


def trend(target: TargetRow, row: ProgressRow, curve: Sequence[ProgressRow], words: Words) -> Component:
    """The course of a value up to a row as a small drawing."""
    if target.kind == "milestone":
        return words("none")
    rows = up_to(row, curve)
    first, last = rows[0], rows[-1]
    text = f"{first.as_of}: {words.value(target, first)}; {last.as_of}: {words.value(target, last)}"
    return sparkline([row.value for row in rows], rows[-1].required, text)
