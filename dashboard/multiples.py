"""Small multiples: the course of a target at each place below, side by side on one scale.

Owns `multiples` and their table. Called by the page of a target. May import `charts`, `figures`,
`parts`, `scales`, `shapes`, `tables`, `metrics.published` (row types).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import html

from dashboard.charts import chart
from dashboard.figures import figure
from dashboard.parts import HIDDEN, Component, Context, asked_of, link
from dashboard.scales import Scale, day_scale, value_scale
from dashboard.shapes import drawn, line
from dashboard.tables import table
from dashboard.words import ICONS
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow

Curves = Mapping[str, Sequence[ProgressRow]]


def multiples(
    context: Context,
    target: TargetRow,
    places: Sequence[PlaceRow],
    curves: Curves,
    within: str,
) -> Component:
    """The places in the gazetteer's order, as on the map and in the matrix: whoever looks for a place
    finds it where it always is, and the ranking says who is first."""
    words = context.words
    shown = [
        place for place in places if any(row.value is not None for row in curves.get(place.code, ()))
    ]
    rows = [row for place in shown for row in curves[place.code]]
    scale = value_scale((v for row in rows for v in (row.value, row.required)), level=False)
    days = day_scale(target.start, max(row.as_of for row in rows))
    unit = words.unit(target, rows[0])
    title = words("multiples")
    top = max(row.value or 0.0 for row in rows)
    said = words("multiples_said", count=len(shown), top=words.amount(top, unit))
    panels = [html.Li(_panel(context, target, one, curves[one.code], scale, days)) for one in shown]
    return chart(
        context,
        f"{target.target}-places",
        f"{words.of(target.name)} · {title} ({words.of(unit)})",
        said,
        html.Ul(panels, className="multiples"),
        _table(context, target, shown, curves),
        files=("months", asked_of(context, target=target.target, within=within)),
        linked=True,
    )


def _panel(
    context: Context,
    target: TargetRow,
    place: PlaceRow,
    curve: Sequence[ProgressRow],
    scale: Scale,
    days: Scale,
) -> Component:
    words, last = context.words, curve[-1]
    lines = []
    required = [
        (days.on(row.as_of), scale.at(row.required)) for row in curve if row.required is not None
    ]
    if last.status is not None and required:
        lines.append(line(required, "required"))
    lines.append(
        line([(days.on(r.as_of), scale.at(r.value)) for r in curve if r.value is not None], "value")
    )
    icon: Any = ""
    if last.status is not None:
        icon = html.Span(
            ICONS[last.status], className=f"status {last.status}", title=words.status(last.status)
        )
    head = [html.Span(words.of(place.short_name)), html.Strong([icon, " ", words.narrow(last.value)])]
    href = context.view.to("target", target.target, place=place.code)
    return link(
        [html.Span(head, className="head"), html.Span(drawn(lines), className="plane", **HIDDEN)], href
    )


def _table(
    context: Context, target: TargetRow, places: Sequence[PlaceRow], curves: Curves
) -> Component:
    """The ends of the years and the last date; the download has every month."""
    words = context.words
    every = sorted({row.as_of for place in places for row in curves[place.code]})
    days = [day for day in every if (day.month, day.day) == (12, 31) or day == every[-1]]
    lines = []
    for place in places:
        by_day: Mapping[date, ProgressRow] = {row.as_of: row for row in curves[place.code]}
        cells = [_cell(context, target, by_day.get(day)) for day in days]
        lines.append([words.of(place.name), *cells])
    headers = [words("place"), *map(words.day, days)]
    return table(words("multiples"), headers, lines, numbers=range(1, len(headers)))


def _cell(context: Context, target: TargetRow, row: ProgressRow | None) -> Component:
    words = context.words
    if row is None or row.value is None:
        return words("none")
    return figure(row, "value", words.full(row.value, words.unit(target, row)))
