"""The page of one table: its rows, filtered, sorted and paged by the address, and as files.

Owns `table_page` and `tables_list`, by which other pages lead here. Called by `site` and the page of
downloads. May import `parts`, `filters`, `cells`, `quoted`, `etl.datasets`, `metrics.browsing`,
`metrics.browsed`, `metrics.citation`, `metrics.published`, `metrics.questions`, `metrics.remembered`,
`markup`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy import Connection

from dashboard.cells import Cells
from dashboard.elements import Parted, html
from dashboard.filters import GOAL, Pairs, filter_chips, filter_form, places_offered
from dashboard.markup import drawn
from dashboard.parts import (
    HIDDEN,
    Component,
    Context,
    current,
    facts_list,
    link,
    named,
    section,
)
from dashboard.quoted import quoted
from metrics import published
from metrics.browsed import MEASURED, Browsed, BrowsedColumn, browsed, browsed_names
from metrics.browsing import Listing
from metrics.citation import citation_of
from metrics.handouts import SHEET_ROWS
from metrics.questions import Question, QuestionError, read_question, said_of
from metrics.remembered import Remembered

#: Rows of a page, as one may choose.
ROWS = (50, 100, 200)

#: What an address says of the page, and not of the question.
_OF_PAGE = frozenset({"page", "rows"})

_known_places = Remembered[tuple[Mapping[str, str], Markup]](32)

_ARROWS = {"ascending": "▲", "descending": "▼"}


def table_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the page of the table that the view names. Raises UnknownNameError."""
    words, view = context.words, context.view
    table = browsed(view.name, words.language)
    title = words.of(table.title)
    named_places, offered = _places(context, connection)
    content: list[Any] = [html.P(words.of(table.about), className="lead")]
    pairs = [pair for pair in view.asked if pair[0] not in _OF_PAGE]
    try:
        question = read_question(table.name, pairs, words.language)
        listing = Listing(connection, question, context.facts["id"])
        matched = listing.matched
    except QuestionError as error:
        problems = html.Ul([html.Li(words.of(problem)) for problem in error.problems])
        alert = html.Div([html.P(words("filter_wrong")), problems], role="alert", className="alert")
        form = filter_form(context, table, view.asked, offered, wide=True)
        return title, [*content, alert, html.Section(form)]
    wide = bool(question.filters or question.where)
    return title, [
        *content,
        Parted(
            "section",
            [html.H2(words("rows_title"), className="unseen")],
            [
                filter_form(context, table, view.asked, offered, wide=wide and matched == 0),
                html.Div([*filter_chips(context, question), *_rows(context, listing, named_places)]),
            ],
            id="rows",
            tabIndex="-1",
        ),
        _files(context, connection, listing),
        _dictionary(context, question.shown),
    ]


def tables_list(context: Context, connection: Connection) -> list[tuple[Browsed, str, int]]:
    """All tables, each with the address of its page and how many rows it has."""
    found = []
    for name in browsed_names():
        listing = Listing(connection, Question(name), context.facts["id"])
        table = browsed(name, context.words.language)
        found.append((table, context.view.to("table", name), listing.total))
    return found


def _places(context: Context, connection: Connection) -> tuple[Mapping[str, str], Markup]:
    """The names of the places of all policies by code, those of the page's policy first; and the list
    of them that the filters offer."""

    def find() -> tuple[Mapping[str, str], Markup]:
        words, policy = context.words, context.policy
        areas = [policy.area, *(one.area for one in context.policies if one is not policy)]
        every = [place for area in areas for place in published.places(connection, area)]
        names = {place.code: words.of(place.short_name) for place in every}
        return names, drawn(places_offered(names))

    return _known_places.of((context.facts["id"], context.policy.policy, context.words.language), find)


def _rows(context: Context, listing: Listing, places: Mapping[str, str]) -> list[Component]:
    """How many rows there are, those of the page, and the way to the others."""
    words, question = context.words, listing.question
    matched, total = listing.matched, listing.total
    if not matched:
        return [html.P(words("rows_none" if total else "rows_nothing"), className="lead")]
    size = _number(context, "rows", ROWS[0], at_most=ROWS[-1])
    last = (matched - 1) // size + 1
    page = _number(context, "page", 1, at_most=last)
    rows = listing.page((page - 1) * size, size)
    first = (page - 1) * size + 1
    counted = {"first": first, "last": first + len(rows) - 1, "matched": matched, "total": total}
    said = words("rows_all" if matched == total else "rows_some", **counted)
    caption = f"{words.of(question.browsed.title)} {said}"
    above, below = (_pager(context, page, last, size, key) for key in ("pages", "pages_below"))
    return [
        html.Div([html.P(said, className="count-said"), above], className="above"),
        _table(context, question, rows, places, caption),
        html.Div([below], className="below") if len(rows) > 20 else html.Div(),
    ]


def _table(
    context: Context,
    question: Question,
    rows: Sequence[Sequence[object]],
    places: Mapping[str, str],
    caption: str,
) -> Component:
    words, shown = context.words, question.shown
    # Where the name of the place stands in a column of its own, its code is shown.
    cells = Cells(words, {} if "place_name" in question.browsed.columns else places)
    to = cache(context.view.to)  # many rows of a page lead to the same file
    aligned = ["number" if _is_number(column) else None for column in shown]
    body = []
    for row in rows:
        record = {column.name: value for column, value in zip(shown, row, strict=True)}
        line: list[Component] = []
        for position, (column, align) in enumerate(zip(shown, aligned, strict=True)):
            content = _linked(to, question, column.name, record, cells)
            if position:
                line.append(html.Td(content, className=align))
            else:
                line.append(html.Th(content, scope="row", className=align))
        body.append(html.Tr(line))
    heads = [_head(context, question, column) for column in shown]
    return html.Div(
        html.Table([html.Caption(caption), html.Thead(html.Tr(heads)), html.Tbody(body)]),
        className="scroll grid",
        tabIndex="0",
        role="region",
        **named(words("rows_region", table=words.of(question.browsed.title))),
    )


def _head(context: Context, question: Question, column: BrowsedColumn) -> Component:
    """The header of a column: it sorts by it, up, then down, then no more."""
    words = context.words
    title = column.title.of(words.language)
    align = "number" if _is_number(column) else None
    if column.is_person:
        return html.Th(title, scope="col")
    state, following = None, column.name
    if question.sort == column.name:
        state, following = "ascending", f"-{column.name}"
    elif question.sort == f"-{column.name}":
        state, following = "descending", ""
    rest = [pair for pair in context.view.asked if pair[0] not in ("sort", "page")]
    asked = (*rest, ("sort", following)) if following else tuple(rest)
    mark = html.Span(_ARROWS.get(state or "", "↕"), className="sort", **HIDDEN)
    options: dict[str, Any] = {"aria-sort": state} if state else {}
    return html.Th(
        html.A([title, mark], href=context.view.but(asked=asked) + "#rows"),
        scope="col",
        className=align,
        **options,
    )


def _linked(
    to: Callable[..., str],
    question: Question,
    name: str,
    record: Mapping[str, object],
    cells: Cells,
) -> Any:
    """A cell; what names a target, a file or a load leads `to` it."""
    value = record[name]
    shown = cells.of(name, value)
    if value is None:
        return shown
    if name == "target" and question.table in ("progress", "windows", "targets"):
        place = record.get("place")
        return link(shown, to("target", str(value), place=place))
    if name == "source_file" and question.table != "loads":
        asked = [("source_file.is", str(value))]
        if record.get("load") is not None:
            asked.append(("load.is", str(record["load"])))
        return link(shown, to("table", "loads", asked=tuple(asked)))
    return shown


def _is_number(column: BrowsedColumn) -> bool:
    return column.kind in MEASURED - {"DATE", "TIMESTAMP"} and column.name != "level"


def _number(context: Context, name: str, otherwise: int, *, at_most: int) -> int:
    """A number that the address says, brought within 1 and `at_most`."""
    said = dict(context.view.asked).get(name, "")
    return min(max(int(said[:18]), 1), at_most) if said.isdecimal() else otherwise


def _pager(context: Context, page: int, last: int, size: int, name: str) -> Component:
    """The way to other pages, and how long they are."""
    words, view = context.words, context.view
    rest: Pairs = [pair for pair in view.asked if pair[0] != "page"]

    def to(number: int, key: str) -> Component:
        if not 1 <= number <= last or number == page:
            return html.Span(words(key), className="off")
        return html.A(words(key), href=view.but(asked=(*rest, ("page", str(number)))) + "#rows")

    sizes: list[Component] = []
    for choice in ROWS:
        asked = [pair for pair in rest if pair[0] != "rows"]
        if choice == size:
            sizes.append(html.Span(str(choice), **current("true", here=True)))
        else:
            href = view.but(asked=(*asked, ("rows", str(choice)))) + "#rows"
            sizes.append(html.A(str(choice), href=href))
    return html.Nav(
        [
            to(1, "page_first"),
            to(page - 1, "page_before"),
            html.Span(words("page_of", page=page, last=last), className="here"),
            to(page + 1, "page_next"),
            to(last, "page_last"),
            _go_to(context, last),
            html.Span([words("page_rows"), *(part for one in sizes for part in (" ", one))]),
        ],
        className="pager",
        **named(words(name)),
    )


def _go_to(context: Context, last: int) -> Any:
    """A field for a page far away."""
    words, view = context.words, context.view
    if last < 6:
        return None
    rest = [pair for pair in view.asked if pair[0] != "page"]
    beside = {
        "policy": view.policy,
        "as_of": view.as_of.isoformat() if view.as_of else None,
        "snapshot": view.snapshot,
        "lang": view.lang if view.lang != "zh" else None,
    }
    rest += [(name, value) for name, value in beside.items() if value]
    return html.Form(
        [
            *(html.Input(type="hidden", name=name, value=value) for name, value in rest),
            html.Label(
                [words("page_to"), " ", html.Input(name="page", type="number", min="1", max=str(last))]
            ),
            html.Button(words("page_go"), type="submit"),
        ],
        action=f"/table/{view.name}",
        method="get",
        **GOAL,
    )


def _files(context: Context, connection: Connection, listing: Listing) -> Component:
    """All that is filtered, as files, with how to cite it and the address that programs ask."""
    words, view, question = context.words, context.view, listing.question
    beside = {"snapshot": view.snapshot, "lang": view.lang if view.lang != "zh" else None}
    pairs = [*question.pairs, *((key, value) for key, value in beside.items() if value)]
    query = f"?{urlencode(pairs)}" if pairs else ""
    at = f"/download/table/{question.table}"
    links = []
    for kind in ("csv", "xlsx", "parquet", "json", "zip"):
        if kind == "xlsx" and listing.matched > SHEET_ROWS:
            continue
        text = words("file_zip") if kind == "zip" else kind.upper()
        links.append(html.A(text, href=f"{at}.{kind}{query}", download="", className="file"))
    notes = []
    if listing.matched > SHEET_ROWS:
        notes.append(html.P(words("too_many_for_excel", most=SHEET_ROWS), className="sub"))
    cited = citation_of(
        connection, question.browsed.title, said_of(question), listing.matched, words.language
    )
    facts: list[tuple[str, Any]] = [
        (words("citation"), quoted(cited, words)),
        (words("api_address"), html.Code(f"/api/v1/tables/{question.table}{query}")),
    ]
    return section(
        words("take_away"),
        html.P(words("take_away_note"), className="sub"),
        html.P(html.Span(links, className="forms")),
        *notes,
        facts_list(facts),
    )


def _dictionary(context: Context, columns: Sequence[BrowsedColumn]) -> Component:
    """What the columns mean."""
    words = context.words
    cells = Cells(words, {})
    lines = []
    for column in columns:
        means: list[Any] = [" ", quoted(words.of(column.means), words)] if column.means else []
        if not column.means:
            for value in column.values:
                means += [" ", html.Code(quoted(value, words)), " ", cells.word(column.name, value)]
        title = words.of(column.title)
        said = html.Dd([html.Code(f"{column.name} {column.kind}"), *means])
        lines.append(html.Div([html.Dt(title), said]))
    return html.Section(html.Details([html.Summary(words("dictionary")), html.Dl(lines)]))
