"""Small multiples: the course of a target at each place below, side by side on one scale.

Owns `multiples` and their table. Called by the page of a target. May import `charts`, `figures`,
`parts`, `scales`, `tables`, `words`, `metrics.published` (row types).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any

from dash import dcc
from plotly.subplots import make_subplots

from dashboard.charts import chart, graph
from dashboard.figures import figure
from dashboard.parts import Component, Context, asked_of, link
from dashboard.scales import value_scale
from dashboard.tables import table
from dashboard.words import ICONS
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow

Curves = Mapping[str, Sequence[ProgressRow]]

#: As many places stand in a row as a phone has room for.
_ACROSS = 4
#: Pixels: a row of places on a screen and on paper, the head of each, the width on paper.
_ROW, _PAPER_ROW, _HEAD, _PAPER_WIDTH = 90, 62, 34, 560


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
    unit = words.unit(target, rows[0])
    title = words("multiples")
    highest = max(rows, key=lambda row: row.value or 0.0)
    top = figure(highest, "value", words.amount(highest.value or 0.0, unit))
    said = words("multiples_said", count=len(shown), top=top)
    return chart(
        context,
        f"{target.target}-places",
        f"{words.of(target.name)} · {title} ({words.of(unit)})",
        said,
        _drawing(context, target, shown, curves),
        _table(context, target, shown, curves),
        files=("months", asked_of(context, target=target.target, within=within)),
    )


def _drawing(
    context: Context, target: TargetRow, places: Sequence[PlaceRow], curves: Curves
) -> dcc.Graph:
    rows = [row for place in places for row in curves[place.code]]
    scale = value_scale((v for row in rows for v in (row.value, row.required)), level=False)
    down = ceil(len(places) / _ACROSS)
    drawn = make_subplots(
        rows=down,
        cols=_ACROSS,
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.024,
        vertical_spacing=_HEAD / (down * _ROW),
        specs=[
            [{} if row * _ACROSS + column < len(places) else None for column in range(_ACROSS)]
            for row in range(down)
        ],
    )
    # All at once: plotly checks what it has anew with each part that is added.
    drawn.add_traces(
        [
            one
            for i, place in enumerate(places)
            for one in _lines(context, target, curves[place.code], i)
        ]
    )
    heads = [
        one
        for i, place in enumerate(places)
        for one in _head(context, place, curves[place.code][-1], i)
    ]
    days = [target.start, max(row.as_of for row in rows)]
    drawn.update_xaxes(range=days, showticklabels=False, showgrid=False, showline=True)
    drawn.update_yaxes(
        range=[scale.low, scale.high], showticklabels=False, showgrid=False, showline=True
    )
    drawn.update_layout(annotations=heads, margin={"l": 1, "r": 1, "t": _HEAD, "b": 2}, hovermode="x")
    paper = (_PAPER_WIDTH, down * _PAPER_ROW)
    return graph(drawn, context.words, height=down * _ROW, paper=paper, small=True)


def _lines(
    context: Context, target: TargetRow, curve: Sequence[ProgressRow], i: int
) -> Iterator[dict[str, Any]]:
    """The lines of the place `i`: what it is asked for, where it is, and its value."""
    words, last = context.words, curve[-1]
    drawn = {
        "type": "scatter",
        "mode": "lines",
        "x": [row.as_of for row in curve],
        "xaxis": _axis("x", i),
        "yaxis": _axis("y", i),
    }
    if last.status is not None:
        yield {
            **drawn,
            "y": [row.required for row in curve],
            "line": {"width": 1.3, "dash": "5px,3px"},
            "meta": "required",
            "hoverinfo": "skip",
        }
    unit = words.unit(target, last)
    yield {
        **drawn,
        "y": [row.value for row in curve],
        "line": {"width": 1.8},
        "meta": "value",
        "text": [words.amount(row.value, unit, short=False) for row in curve],
        "hovertemplate": "%{x|%Y-%m-%d}<br><b>%{text}</b><extra></extra>",
    }


def _head(context: Context, place: PlaceRow, last: ProgressRow, i: int) -> Iterator[dict[str, Any]]:
    """Name and number above the place `i`; `graphs.js` fits them to the width there is."""
    words = context.words
    placed = {
        "xref": f"{_axis('x', i)} domain",
        "yref": f"{_axis('y', i)} domain",
        "y": 1,
        "yanchor": "bottom",
        "showarrow": False,
        "borderpad": 0,
    }
    name = words.of(place.short_name)
    yield {**placed, "text": name, "hovertext": name, "name": "ink", "x": 0, "xanchor": "left"}
    sign = f"{ICONS[last.status]} " if last.status is not None else ""
    text = f"{sign}<b>{words.narrow(last.value)}</b>"
    yield {**placed, "text": text, "name": last.status or "ink", "x": 1, "xanchor": "right"}


def _axis(letter: str, i: int) -> str:
    """The name that plotly gives to an axis of the place `i`."""
    return f"{letter}{i + 1}" if i else letter


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
        href = context.view.to("target", target.target, place=place.code)
        lines.append([link(words.of(place.name), href), *cells])
    headers = [words("place"), *map(words.day, days)]
    return table(words("multiples"), headers, lines, numbers=range(1, len(headers)))


def _cell(context: Context, target: TargetRow, row: ProgressRow | None) -> Component:
    words = context.words
    if row is None or row.value is None:
        return words("none")
    return words.tabled(target, row)
