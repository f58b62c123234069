"""Rankings: places by their value of one target, with bars and the requirement they are judged by.

Owns `ranking` and `pace_bars`. Called by the page of a target. May import `allocations`, `parts`,
`charts`, `figures`, `tables`, `words`, `metrics` (row types).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.allocations import is_allocated
from dashboard.charts import chart
from dashboard.elements import html
from dashboard.figures import Column, figure, gained, risen
from dashboard.parts import HIDDEN, Component, Context, asked_of, badge, link
from dashboard.tables import places_table
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow
from metrics.year_before import YearChange


def ranking(
    context: Context,
    target: TargetRow,
    rows: Sequence[ProgressRow],
    places: Mapping[str, PlaceRow],
    at: str,
    changes: Mapping[str, YearChange],
) -> Component:
    """Places from the best to the last, with how each moved within a year (`changes` by place); `at` is
    the one that the page is about."""
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
        shown: Any = words.value(target, row)
        if row.status and row.required:
            mark = [html.I(style={"left": f"{100 * row.required / top:.1f}%"}, className="goal")]
            if asked:
                shown = [
                    figure(row, "value", words.number(row.value), words.full(row.value)),
                    " / ",
                    figure(
                        row,
                        "required",
                        words.laid_down(row.required, words.unit(target, row)),
                        words.full(row.required),
                    ),
                ]
        href = view.to("place", row.place, show=target.target)
        fill = html.Span(style={"width": f"{100 * (row.value or 0) / top:.1f}%"}, className="fill")
        items.append(
            html.Li(
                [
                    html.Span(figure(row, "rank", str(row.rank or "–")), className="rank"),
                    link(words.of(place.short_name), href),
                    html.Span([fill, *mark], className="track", **HIDDEN),
                    html.Span(shown, className="figure"),
                    _moved(context, target, row, changes.get(row.place)) if changes else "",
                    badge(row.status, words) if judged else "",
                ],
                className="here" if row.place == at else None,
            )
        )
    since = next((change.since for change in changes.values()), None)
    said = [words("ranking_said", count=len(ordered), first=words.of(places[ordered[0].place].name))]
    said += [words("ranking_key")] if any(goals) else []
    said += [words("ranking_change", day=since)] if since else []
    kind = f"ranking{' judged' if judged else ''}{' moves' if since else ''}"
    title = f"{words.of(target.name)} · {words('ranking')}"
    return chart(
        context,
        f"{target.target}-ranking",
        title,
        words.sentences(said),
        html.Ol(items, className=kind),
        places_table(context, title, target, ordered, places, changes),
        files=("progress", asked_of(context, target=target.target)),
        linked=True,
    )


def _moved(
    context: Context, target: TargetRow, row: ProgressRow, change: YearChange | None
) -> Component:
    """How a place moved within a year: by how much, and how many ranks up or down."""
    words = context.words
    if change is None:
        return html.Span(words("none"), className="moved")
    grew = gained(row, change, words.gain(change.value, words.unit(target, row)))
    said: list[Any] = [html.Span(grew)]
    if change.ranks:
        arrow, key = ("↑", "ranks_up") if change.ranks > 0 else ("↓", "ranks_down")
        many = abs(change.ranks)
        ranks = risen(row, change, f"{arrow}{many}")
        said.append(html.Span(ranks, title=words(key, count=many), className="ranks"))
    return html.Span(said, className="moved")


def pace_bars(context: Context, target: TargetRow, row: ProgressRow) -> list[Component]:
    """The rate that would still reach the requirement beside that of the last twelve months."""
    words = context.words
    needed, rate = row.needed_per_month, row.rate_last_12_months
    if needed is None:
        return []
    top = max(needed, rate or 0.0) or 1.0
    unit = words.unit(target, row)
    lines = []
    columns: tuple[tuple[str, Column, float | None, str], ...] = (
        ("needed", "needed_per_month", needed, "due"),
        ("rate", "rate_last_12_months", rate, ""),
    )
    for key, column, value, shade in columns:
        width = 100 * max(value or 0.0, 0.0) / top
        bar = html.Span(
            html.Span(style={"width": f"{width:.1f}%"}, className=f"fill {shade}"),
            className="track",
            **HIDDEN,
        )
        shown = html.Span(figure(row, column, words.rate(value, unit)), className="figure")
        lines.append(html.Li([html.Span(words(key)), bar, shown]))
    return [html.Ul(lines, className="paces")]
