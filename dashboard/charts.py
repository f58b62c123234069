"""Charts: the one wrapper for every graph, and the curve of a target.

Owns `graph` (local locale, nothing sent anywhere) and `curve_figure`. Called by the pages. May import
`words`, `metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import plotly.graph_objects as go
from dash import dcc

from dashboard.words import Words
from metrics.rows import ProgressRow, TargetRow

_INK, _EXPECTED, _REQUIRED, _NEEDED = "#1f4e79", "#b35300", "#444444", "#0b6b4a"
FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif'
_DAYS_PER_MONTH = 365.25 / 12

Points = tuple[list[date], list[float | None]]


def graph(figure: go.Figure, words: Words, name: str) -> dcc.Graph:
    """A graph that speaks the page's language and never leaves the machine."""
    return dcc.Graph(
        figure=figure,
        className="graph",
        config={
            "locale": "zh-CN" if words.language == "zh" else "en",
            "displaylogo": False,
            "showSendToCloud": False,
            "responsive": True,
            "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
            "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
        },
        style={"height": "380px"},
    )


def curve_figure(target: TargetRow, rows: Sequence[ProgressRow], words: Words) -> go.Figure:
    """A target's value over time against what was expected and what is required; to its deadline the
    way that is still needed, and the way that the last twelve months would go on."""
    last, unit = rows[-1], words.unit(target, rows[-1])
    figure = go.Figure()

    def line(
        points: Points, key: str, colour: str, width: float, dash: str, hover: bool = True
    ) -> None:
        days, values = points
        if not any(value is not None for value in values):
            return
        figure.add_scatter(
            x=days, y=values, mode="lines", name=words(key),
            line={"color": colour, "width": width, "dash": dash},
            hovertemplate=f"%{{y:,.4~f}} {words.of(unit)}" if hover else None,
            hoverinfo=None if hover else "skip",
        )  # fmt: skip

    line(_required(target, rows, lambda r: r.required), "chart_required", _REQUIRED, 1.3, "dash", False)
    if last.required_max is not None:
        most = _required(target, rows, lambda r: r.required_max)
        line(most, "chart_required_max", _REQUIRED, 1.3, "longdashdot", False)
    line(_by_window(rows, lambda r: r.expected), "chart_expected", _EXPECTED, 1.8, "dot")
    for key, points, colour in _ways(target, last):
        line(points, key, colour, 1.6, "dashdot", False)
    line(_by_window(rows, lambda r: r.value), "chart_value", _INK, 2.8, "solid")
    if last.value is not None:
        figure.add_scatter(
            x=[last.as_of], y=[last.value], mode="markers", showlegend=False, hoverinfo="skip",
            marker={"color": _INK, "size": 9},
        )  # fmt: skip
    # Above the axis: turned by 90 degrees a Chinese unit could not be read.
    figure.add_annotation(
        x=0, y=1.0, xref="paper", yref="paper", text=words.of(unit), showarrow=False,
        xanchor="left", yanchor="bottom", xshift=-24, yshift=6, font={"size": 13},
    )  # fmt: skip
    years = (target.by - target.start).days > 800
    axis = {"gridcolor": "#e6ecf2", "ticks": "outside", "ticklen": 6, "tickcolor": "rgba(0,0,0,0)"}
    figure.update_layout(
        font={"family": FONT, "size": 13, "color": "#16202b"},
        margin={"l": 10, "r": 16, "t": 30, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0, "y": -0.12, "yanchor": "top", "font": {"size": 13}},
        hovermode="x unified",
        hoverlabel={"namelength": -1},
        xaxis={
            **axis,
            "range": [target.start, target.by],
            "dtick": "M12" if years else "M3",
            "tickformat": "%Y" if years else "%Y-%m",
            "ticklabelmode": "period" if years else "instant",
            "hoverformat": "%Y-%m-%d",
        },
        yaxis={**axis, "range": _range(target, rows), "automargin": True, "tickformat": ","},
    )
    return figure


def _by_window(rows: Sequence[ProgressRow], value: Callable[[ProgressRow], float | None]) -> Points:
    """A line that starts anew where a new window makes its value fall back."""
    days: list[date] = []
    values: list[float | None] = []
    for i, row in enumerate(rows):
        here, before = value(row), value(rows[i - 1]) if i else None
        fell = before is not None and (here is None or here < before)
        if fell and row.window_start != rows[i - 1].window_start:
            days.append(row.as_of)
            values.append(None)
        days.append(row.as_of)
        values.append(here)
    return days, values


def _required(
    target: TargetRow, rows: Sequence[ProgressRow], value: Callable[[ProgressRow], float | None]
) -> Points:
    days = [target.start, *(row.as_of for row in rows), target.by]
    return days, [value(rows[0]), *(value(row) for row in rows), value(rows[-1])]


def _ways(target: TargetRow, last: ProgressRow) -> list[tuple[str, Points, str]]:
    """From here to the end of the window: what is needed, and what the last twelve months give."""
    end = last.window_end or target.by
    if last.value is None or last.required is None or not last.needed_per_month or end <= last.as_of:
        return []
    found: list[tuple[str, Points, str]] = [
        ("chart_needed", ([last.as_of, end], [last.value, last.required]), _NEEDED)
    ]
    if last.rate_last_12_months is not None and not target.averaged:
        months = (end - last.as_of).days / _DAYS_PER_MONTH
        goes_to = last.value + last.rate_last_12_months * months
        found.append(("chart_going_on", ([last.as_of, end], [last.value, goes_to]), _INK))
    return found


def _range(target: TargetRow, rows: Sequence[ProgressRow]) -> list[float]:
    """Flows grow from nothing; a level that never comes near it is shown where it moves."""
    values = [
        value
        for row in rows
        for value in (row.value, row.expected, row.required, row.required_max)
        if value is not None
    ]
    low, high = min(values, default=0.0), max(values, default=1.0) or 1.0
    level = target.kind in {"ratio", "stock", "coverage"}
    base = low - 0.25 * (high - low) if level and low > 0.5 * high else min(low, 0.0)
    return [base, high + 0.06 * (high - base)]
