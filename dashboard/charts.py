"""Charts: the one wrapper for every graph, and the curve of a target.

Owns `graph` (local locale, nothing sent anywhere) and `curve_figure`. Called by the pages. May import
`words`, `metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from dash import dcc

from dashboard.words import Words
from metrics.rows import ProgressRow, TargetRow

_INK, _EXPECTED, _REQUIRED = "#1f4e79", "#c05a00", "#444444"
FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif'


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
        style={"height": "360px"},
    )


def curve_figure(target: TargetRow, rows: Sequence[ProgressRow], words: Words) -> go.Figure:
    """A target's value over time against what was expected and what is required."""
    days = [row.as_of for row in rows]
    figure = go.Figure()
    expected = [row.expected for row in rows]
    if any(value is not None for value in expected):
        figure.add_scatter(
            x=days, y=expected, mode="lines", name=words("chart_expected"),
            line={"color": _EXPECTED, "width": 1.6, "dash": "dot"},
        )  # fmt: skip
    figure.add_scatter(
        x=days, y=[row.value for row in rows], mode="lines", name=words("chart_value"),
        line={"color": _INK, "width": 2.6},
    )  # fmt: skip
    required = rows[-1].required
    if required is not None:
        figure.add_hline(y=required, line={"color": _REQUIRED, "width": 1.2, "dash": "dash"})
        _label(figure, target.start, required, words("chart_required"), _REQUIRED, "left")
    if rows[-1].required_max is not None:
        figure.add_hline(y=rows[-1].required_max, line={"color": _REQUIRED, "width": 1.2})
    last = rows[-1]
    if last.value is not None:
        _label(figure, last.as_of, last.value, words("chart_value"), _INK, "right")
    if last.expected is not None and not _close(last.expected, last.value, required):
        _label(figure, last.as_of, last.expected, words("chart_expected"), _EXPECTED, "right")
    unit = target.inner_unit if words.is_inner(target, last) else target.unit
    # Above the axis: turned by 90 degrees a Chinese unit could not be read.
    figure.add_annotation(
        x=0, y=1.0, xref="paper", yref="paper", text=words.of(unit or target.unit), showarrow=False,
        xanchor="right", yanchor="bottom", font={"size": 12},
    )  # fmt: skip
    figure.update_layout(
        font={"family": FONT, "size": 13},
        margin={"l": 10, "r": 20, "t": 24, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        hovermode="x unified",
        xaxis={"tickformat": "%Y-%m", "range": [target.start, target.by], "gridcolor": "#e6ecf2"},
        yaxis={
            "rangemode": "tozero",
            "gridcolor": "#e6ecf2",
            "automargin": True,
            "tickformat": ",",
        },
    )
    return figure


def _label(figure: go.Figure, day: object, value: float, text: str, colour: str, side: str) -> None:
    figure.add_annotation(
        x=day, y=value, text=text, showarrow=False, font={"color": colour, "size": 12},
        xanchor="left" if side == "left" else "right", yanchor="bottom",
        bgcolor="rgba(255,255,255,.75)",
    )  # fmt: skip


def _close(left: float, right: float | None, scale: float | None) -> bool:
    return right is not None and abs(left - right) < 0.06 * (scale or max(abs(left), 1.0))
