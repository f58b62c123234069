"""Who has reported what: a table of places by month, of the dataset that the address asks for.

Owns `completeness` and `missing_by_dataset`. A cell says in text what its colour says. Called by the
quality page. May import `parts`, `etl.datasets`, `metrics.published`, `metrics.completeness` (states).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.elements import html
from dashboard.parts import Component, Context, asked_of, current, files_of, link, named
from etl.datasets import record_datasets
from metrics.completeness import KNOWN_MONTHS, STATES
from metrics.published import CompletenessRow, PlaceRow

#: What a cell shows beside or instead of its number, so that nothing depends on its colour.
_SIGNS: Mapping[str, str] = {"received": "", "low": "▼", "missing": "✖", "open": "…", "none": "–"}
#: The report of a quarter or a year that an earlier month of it brought.
_EARLIER = "✔"
#: The colours of states, which are those of statuses that mean as much.
_LOOKS: Mapping[str, str] = {"low": "at_risk", "missing": "off_track", "open": "no_data"}
#: Shades of what was received, by how much of the most of the table it is.
_SHADES = 5
#: The least that a column needs, in pixels.
_NAME_WIDTH, _CELL_WIDTH = 130, 68


def missing_by_dataset(rows: Sequence[CompletenessRow]) -> Mapping[str, int]:
    """How many reports of each dataset are missing."""
    return Counter(row.dataset for row in rows if row.state == "missing")


def completeness(
    context: Context, rows: Sequence[CompletenessRow], places: Mapping[str, PlaceRow]
) -> list[Component]:
    """The datasets to choose from, and the months of one of them place by place."""
    words = context.words
    if not rows:
        return [html.P(words("completeness_empty"))]
    there = list(dict.fromkeys(row.dataset for row in rows))
    missing = missing_by_dataset(rows)
    asked = context.view.show
    first = next((name for name in there if missing.get(name)), there[0])
    chosen = asked if asked in there else first
    found = [row for row in rows if row.dataset == chosen]
    title = words.of(record_datasets()[chosen].title)
    said = words(
        "completeness_sum",
        dataset=title,
        months=len({row.month for row in found}),
        expected=sum(row.due is not None for row in found),
        missing=missing.get(chosen, 0),
        low=sum(row.state == "low" for row in found),
    )
    query = asked_of(context, policy=context.policy.policy, dataset=chosen)
    command = f"milepost completeness --policy {context.policy.policy} --dataset {chosen}"
    if context.day is not None:
        command += f" --as-of {context.day.isoformat()}"
    return [
        html.P(words("completeness_note", known=KNOWN_MONTHS), className="sub"),
        _chooser(context, there, missing, chosen),
        html.P([said, " ", files_of("completeness", query, what=words("completeness"))]),
        _key(context),
        _table(context, found, places, title),
        html.P([f"{words('command')} ", html.Code(command)], className="sub"),
    ]


def _chooser(
    context: Context, there: Sequence[str], missing: Mapping[str, int], chosen: str
) -> Component:
    words, view = context.words, context.view
    entries = []
    for name in there:
        text = words.of(record_datasets()[name].title)
        if missing.get(name):
            text += f" · {words('missing_count', count=missing[name])}"
        href = view.but(show=name) + "#completeness"
        entries.append(html.Li(html.A(text, href=href, **current("true", name == chosen))))
    return html.Ul(entries, className="chips", **named(words("dataset")))


def _key(context: Context) -> Component:
    words = context.words
    entries = [
        html.Span(f"{_SIGNS[state]} {words.of(said)}".strip(), className=f"swatch {_look(state, 1, 2)}")
        for state, said in STATES.items()
    ]
    earlier = f"{_EARLIER} {words('reported_earlier')}"
    entries.insert(1, html.Span(earlier, className=f"swatch {_look('received', 0, 2)}"))
    return html.P([html.Span(words("key")), *entries], className="key")


def _table(
    context: Context, rows: Sequence[CompletenessRow], places: Mapping[str, PlaceRow], title: str
) -> Component:
    words, view = context.words, context.view
    months = list(dict.fromkeys(row.month for row in rows))
    top = max(row.records for row in rows)
    body = []
    for code in dict.fromkeys(row.place for row in rows):
        line = [row for row in rows if row.place == code]
        name = words.of(places[code].short_name)
        if code == context.policy.area:
            name = words("completeness_whole", place=name)
        gaps = sum(row.state == "missing" for row in line)
        body.append(
            html.Tr(
                [
                    html.Th(link(name, view.to("place", code)), scope="row"),
                    *(_cell(context, row, name, top) for row in line),
                    html.Td(html.Span(str(gaps) if gaps else words("none"), className="cell")),
                ]
            )
        )
    heads = [words("place"), *map(words.month, months), words("missing_months")]
    caption = f"{words('completeness')} {title}"
    drawn = html.Table(
        [
            html.Caption(caption),
            html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
            html.Tbody(body),
        ],
        style={"minWidth": f"{_NAME_WIDTH + _CELL_WIDTH * (len(months) + 1)}px"},
    )
    return html.Div(
        drawn, className="scroll matrix months", tabIndex="0", role="region", **named(caption)
    )


def _cell(context: Context, row: CompletenessRow, name: str, top: int) -> Component:
    words, sign = context.words, _SIGNS[row.state]
    if row.state == "received" and not row.records:
        sign = _EARLIER
    parts: list[Any] = [words.number(row.records, short=False)] if row.records else []
    parts += [sign] if sign else []
    if row.state == "missing":
        parts.append(words.of(STATES["missing"]))
    said = words(
        "usual_cell" if row.usual is not None else "unusual_cell",
        place=name,
        month=words.month(row.month),
        records=words.number(row.records, short=False),
        usual=words.number(row.usual),
        state=words.of(STATES[row.state]),
    )
    look = _look(row.state, row.records, top)
    return html.Td(html.Span([html.Span(part) for part in parts], className=f"cell {look}"), title=said)


def _look(state: str, records: int, top: int) -> str:
    if state == "none":
        return "nothing"
    return _LOOKS.get(state) or f"tint{min(_SHADES, 1 + int((_SHADES - 0.001) * records / top))}"
