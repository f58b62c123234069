"""Charts: the one frame round every chart, and the one wrapper of what plotly draws.

Owns `chart` (what a chart says in a sentence, its table, its files) and `graph` (local locale, nothing
sent anywhere, no colour of its own). `assets/graphs.js` colours graphs by the variables of the style
sheet, on screens and on paper; `assets/charts.js` saves what is drawn as PNG or SVG. Called by the
pages and the modules that draw. May import `frame` (the source), `parts`, `words`.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from dash import dcc

from dashboard.elements import html
from dashboard.frame import source_line
from dashboard.parts import HIDDEN, Component, Context, files_of, named
from dashboard.words import Words

FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif'
_CLEAR = "rgba(0,0,0,0)"


def chart(
    context: Context,
    name: str,
    title: str,
    said: str,
    drawing: Any,
    data: Component | None,
    *,
    files: tuple[str, str],
    linked: bool = False,
) -> Component:
    """A chart: the drawing, what it says in a sentence, how to save it, and its numbers.

    `name` is that of the files it is saved as; `title` (with the unit) stands above the saved picture,
    the page's source below it; `data` is the table of its numbers, None where the drawing is one;
    `files` are the download that holds the same numbers, and its query. `linked`: the drawing holds
    links, so that a screen reader must be able to enter it; any other is a picture of what `said` and
    the table say.
    """
    words = context.words
    hidden = {} if linked else HIDDEN
    saves = [_save(context, title, kind) for kind in ("png", "svg")]
    tools = [words("save"), *saves, files_of(*files, kinds=("csv",), what=title)]
    kept: dict[str, Any] = {"data-title": title, "data-name": name, "data-source": source_line(context)}
    return html.Div(
        [
            html.Figure(
                [html.Figcaption(said), html.Div(drawing, className="drawing", **hidden)],
                className="chart",
                **named(title),
                **kept,
            ),
            html.P(tools, className="tools sub"),
            html.Details([html.Summary(words("show_table")), data], className="numbers")
            if data
            else "",
        ],
        className="charted",
    )


def graph(
    figure: go.Figure, words: Words, *, height: int, paper: tuple[int, int], small: bool = False
) -> dcc.Graph:
    """A figure that speaks the page's language and never leaves the machine.

    It has no colours: a trace says in `meta`, an annotation or shape in `name`, which variable of the
    style sheet it has. `height` is kept free for it until it is drawn; `paper` is its size in print,
    both in pixels. It is a picture of the table beside it: a pointer reads it, no button is in it, and
    nothing of it takes the touch that scrolls a phone.
    """
    figure.update_layout(
        template=go.layout.Template(),
        meta={"paper": list(paper), "small": small},
        font={"family": FONT},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        showlegend=False,
        dragmode=False,
        hoverlabel={"namelength": -1, "font": {"family": FONT}},
    )
    for update in (figure.update_xaxes, figure.update_yaxes):
        # Plotly would hide labels that seem to lie outside: it measures them wrongly on very large
        # screens, where the page is enlarged. assets/graphs.js measures the room for them.
        update(fixedrange=True, zeroline=False, ticks="", ticklabeloverflow="allow")
    return dcc.Graph(
        figure=figure,
        className="graph",
        config={
            "locale": "zh-CN" if words.language == "zh" else "en",
            "displaylogo": False,
            "displayModeBar": False,
            "showSendToCloud": False,
            "responsive": True,
        },
        style={"height": f"{height}px"},
    )


def _save(context: Context, title: str, kind: str) -> Component:
    said = named(context.words("save_chart", title=title, kind=kind.upper()))
    action: dict[str, Any] = {"data-save": kind, **said}
    return html.Button(kind.upper(), type="button", className="file", **action)
