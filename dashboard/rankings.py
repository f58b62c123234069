"""Rankings: places by their value of one target, with bars and the requirement they are judged by.

Owns `ranking` and `pace_bars`. Called by the page of a target. May import `allocations`, `parts`,
`words`, `metrics.published` (row types).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from dashboard.allocations import is_allocated
from dashboard.parts import HIDDEN, Component, Context, badge, link
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow


def ranking(
    context: Context,
    target: TargetRow,
    rows: Sequence[ProgressRow],
    places: Mapping[str, PlaceRow],
    at: str,
) -> Component:
    """Places from the best to the last; `at` is the one that the page is about."""
    words, view = context.words, context.view
    ordered = sorted(rows, key=lambda row: (row.rank or len(rows) + 1, row.place))
    judged = any(row.status for row in rows)
    goals = [row.required or 0.0 for row in rows if row.status]
    top = max([*goals, *(row.value or 0.0 for row in rows)]) or 1.0
    #: Places that are asked for parts are asked for different ones.
    asked = is_allocated(target)
    items = []
    for row in ordered:
        place = places[row.place]
        mark: list[Any] = []
        figure = words.value(target, row)
        if row.status and row.required:
            mark = [html.I(style={"left": f"{100 * row.required / top:.1f}%"}, className="goal")]
            if asked:
                figure = f"{words.number(row.value)} / {words.number(row.required)}"
        href = view.to("place", row.place, show=target.target)
        fill = html.Span(style={"width": f"{100 * (row.value or 0) / top:.1f}%"}, className="fill")
        items.append(
            html.Li(
                [
                    html.Span(str(row.rank or "–"), className="rank"),
                    link(words.of(place.short_name), href),
                    html.Span([fill, *mark], className="track", **HIDDEN),
                    html.Span(figure, className="figure"),
                    badge(row.status, words) if judged else "",
                ],
                className="here" if row.place == at else None,
            )
        )
    key = html.P(words("ranking_key"), className="sub") if any(goals) else ""
    listed = html.Ol(items, className="ranking judged" if judged else "ranking")
    return html.Div([key, listed])


def pace_bars(context: Context, target: TargetRow, row: ProgressRow) -> list[Component]:
    """The rate that would still reach the requirement beside that of the last twelve months."""
    words = context.words
    needed, rate = row.needed_per_month, row.rate_last_12_months
    if needed is None:
        return []
    top = max(needed, rate or 0.0) or 1.0
    unit = words.unit(target, row)
    lines = []
    for key, value, shade in (("needed", needed, "due"), ("rate", rate, "")):
        width = 100 * max(value or 0.0, 0.0) / top
        bar = html.Span(
            html.Span(style={"width": f"{width:.1f}%"}, className=f"fill {shade}"),
            className="track",
            **HIDDEN,
        )
        shown = html.Span(words.rate(value, unit), className="figure")
        lines.append(html.Li([html.Span(words(key)), bar, shown]))
    return [html.Ul(lines, className="paces")]
