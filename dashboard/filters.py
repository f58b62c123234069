"""Filters: the form by which a table is asked for some of its rows, and what it is asked for now.

Owns `filter_form`, `places_offered` and `filter_chips`. Called by the page of a table. May import
`cells`, `parts`, `markup`, `quoted`, `words`, `metrics.browsed`, `metrics.questions`,
`metrics.remembered`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from dashboard.cells import Cells
from dashboard.elements import Parted, html
from dashboard.markup import drawn
from dashboard.parts import Component, Context, link, named
from dashboard.quoted import quoted
from dashboard.words import Words, texts
from metrics.browsed import MEASURED, Browsed, BrowsedColumn
from metrics.questions import Question, said_of
from metrics.remembered import Remembered

#: The kind of field for each type of value; others are text.
_FIELDS = {"DATE": "date", "TIMESTAMP": "date"}

#: Where the reader goes on when a form has asked.
GOAL: dict[str, Any] = {"data-goal": "rows"}

Pairs = Sequence[tuple[str, str]]

#: Most fields of a form stay as they were when another question is asked.
_groups = Remembered[Markup](1024)


def filter_form(
    context: Context, table: Browsed, asked: Pairs, places: Component, *, wide: bool
) -> Component:
    """The form; `asked` is what stands in its fields, `places` the list of places that fields offer,
    `wide` whether it is open. Of the next one the browser replaces the fields that changed."""
    words, view = context.words, context.view
    given: dict[str, list[str]] = {}
    for name, value in asked:
        given.setdefault(name, []).append(value)
    chosen = {name for value in given.get("columns", []) for name in value.split(",")}
    kept = {
        "sort": given.get("sort", [""])[0],
        "rows": given.get("rows", [""])[0],
        "policy": view.policy,
        "as_of": view.as_of.isoformat() if view.as_of else None,
        "snapshot": view.snapshot,
        "lang": view.lang if view.lang != "zh" else None,
    }
    shown = [one for one in table.columns.values() if not chosen or one.name in chosen]
    hidden = [html.Input(type="hidden", name=key, value=value) for key, value in kept.items() if value]
    buttons = [
        html.Button(words("apply"), type="submit"),
        " ",
        link(words("clear"), view.but(asked=())),
    ]
    form = Parted(
        "form",
        [],
        [
            hidden,
            places,
            Parted("div", [], [_group(one, given, words) for one in shown], className="fields"),
            _written(given.get("where", [""])[0], words),
            _columns(table, chosen, words),
            html.P(buttons, className="buttons"),
        ],
        action=f"/table/{table.name}",
        method="get",
        className="filters",
        **GOAL,
    )
    summary = html.Summary(words("filter_rows"))
    return Parted("details", [summary], [form], open=wide, className="filtering")


def places_offered(places: Mapping[str, str]) -> Component:
    """The list of places that fields for places offer; `places` are their names by code."""
    listed = [html.Option(name, value=code) for code, name in places.items()]
    return html.Datalist(listed, id="places")


def filter_chips(context: Context, question: Question) -> list[Component]:
    """What a table is asked for, each with a link that asks for it no more."""
    words, view = context.words, context.view
    if not question.filters and not question.where:
        return []
    chips = []
    for name, value in (*question.filters, ("where", question.where)):
        if not value:
            continue
        alone = Question(
            question.table,
            question.language,
            filters=() if name == "where" else ((name, value),),
            where=value if name == "where" else "",
        )
        said = said_of(alone)
        rest = tuple(pair for pair in view.asked if pair != (name, value) and pair[0] != "page")
        away = html.A(
            "✕", href=view.but(asked=rest) + "#rows", **named(words("filter_away", said=said))
        )
        chips.append(html.Li([html.Span(quoted(said, words)), " ", away]))
    return [html.Ul(chips, className="chips asked", **named(words("filtered_by")))]


def _group(column: BrowsedColumn, given: Mapping[str, list[str]], words: Words) -> Markup:
    """The fields of one column, with what is given of it."""
    values = tuple(given.get(f"{column.name}.{operation}", [""])[0] for operation in column.operations)
    # Columns of several tables are alike, with other values that they take.
    alike = (column.name, column.kind, column.title, column.operations, column.values)
    return _groups.of((alike, values, words.language), lambda: drawn(_fields(column, values, words)))


def _fields(column: BrowsedColumn, values: Sequence[str], words: Words) -> Component:
    title = column.title.of(words.language)
    fields: list[Any] = [html.Legend([title, " ", html.Code(column.name)])]
    for operation, value in zip(column.operations, values, strict=True):
        name = f"{column.name}.{operation}"
        dated = "_day" if column.kind in _FIELDS and operation in ("from", "to") else ""
        label = words(f"filter_{operation}{dated}")
        said = named(f"{title} {label}")
        fields.append(
            html.Label([html.Span(label), _field(column, operation, name, value, words, said)])
        )
    return html.Fieldset(fields)


def _field(
    column: BrowsedColumn,
    operation: str,
    name: str,
    value: str,
    words: Words,
    said: Mapping[str, Any],
) -> Component:
    if operation == "empty":
        choices = {"yes": words("filter_is_empty"), "no": words("filter_not_empty")}
        return _select(name, value, choices, said, words)
    if operation == "is" and (choices := dict(_choices(column, words))):
        return _select(name, value, choices, said, words)
    options: dict[str, Any] = {"type": _FIELDS.get(column.kind, "text")}
    if operation != "has" and column.is_place:
        options["list"] = "places"
    if column.kind in MEASURED and options["type"] == "text":
        options["inputMode"] = "decimal"
    return html.Input(name=name, value=value or None, autoComplete="off", **options, **said)


def _choices(column: BrowsedColumn, words: Words) -> Iterator[tuple[str, str]]:
    """All values that a column takes, if they are known, each as it is shown."""
    if column.kind == "BOOLEAN":
        yield from (("true", words("is_yes")), ("false", words("is_no")))
    elif column.name == "level" and column.kind == "INTEGER":
        skills: dict[int, dict[str, str]] = texts()["skill_levels"]
        yield from ((str(rank), said[words.language]) for rank, said in skills.items())
    else:
        cells = Cells(words, {})
        yield from ((one, cells.word(column.name, one) or one) for one in column.values)


def _select(
    name: str, value: str, choices: Mapping[str, str], said: Mapping[str, Any], words: Words
) -> Component:
    options = [html.Option("", value="", selected=not value)]
    for key, text in choices.items():
        # The values of the data are Chinese where there is no word for them.
        lang = "zh-CN" if quoted(text, words) != text else None
        options.append(html.Option(text, value=key, selected=key == value, lang=lang))
    return html.Select(options, name=name, **said)


def _written(where: str, words: Words) -> Component:
    """A condition in words of its own, for what the fields cannot say."""
    area = html.Textarea(
        where, name="where", rows=2, spellCheck="false", placeholder=words("condition_example")
    )
    return html.Label([html.Span(words("condition")), area], className="where")


def _columns(table: Browsed, chosen: set[str], words: Words) -> Component:
    boxes = [
        html.Label(
            [
                html.Input(type="checkbox", name="columns", value=one.name, checked=one.name in chosen),
                one.title.of(words.language),
            ]
        )
        for one in table.columns.values()
    ]
    note = html.P(words("columns_note"), className="sub")
    return html.Fieldset([html.Legend(words("columns")), note, *boxes], className="columns")
