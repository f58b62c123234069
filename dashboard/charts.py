"""Charts: the one frame round every chart: what it says in a sentence, its table, its files.

Owns `chart`. A chart is HTML and SVG of ours, coloured by the variables of the style sheet, so that it
follows the dark scheme and paper and needs no script to be seen. `assets/charts.js` saves what is drawn
as PNG or SVG. Called by the pages. May import `frame` (the source), `parts`.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.frame import source_line
from dashboard.parts import HIDDEN, Component, Context, files_of, named


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


def _save(context: Context, title: str, kind: str) -> Component:
    said = named(context.words("save_chart", title=title, kind=kind.upper()))
    action: dict[str, Any] = {"data-save": kind, **said}
    return html.Button(kind.upper(), type="button", className="file", **action)
