"""The page of one target: a signed document with its figures.

Owns `target_page`: where it stands and why, the curve, places ranked, what is still to do, the clause,
how it is counted and how to reproduce it. Called by `site`. May import `parts`, `charts`,
`metrics.published`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import html
from sqlalchemy import Connection

from dashboard.charts import curve_figure, graph
from dashboard.pages.overview import closed_by_target
from dashboard.parts import (
    HIDDEN,
    Context,
    badge,
    breadcrumb,
    facts_list,
    files_of,
    link,
    reason,
    section,
    table,
)
from dashboard.words import Words
from etl.datasets import datasets
from metrics import published
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow, WindowRow


def target_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the page of the target that the view names."""
    words, view, policy = context.words, context.view, context.policy
    target = published.target(connection, view.name)
    at = view.place or policy.area
    rows = published.progress(connection, policy=policy.policy, target=target.target, as_of=view.as_of)
    row = next(r for r in rows if r.place == at)
    places = {place.code: place for place in published.places(connection, policy.area)}
    curve = [
        r
        for r in published.curve(connection, target.target, at)
        if context.day is None or r.as_of <= context.day
    ]
    windows = closed_by_target(published.windows(connection, target.target, at), context)
    trail: list[tuple[str, str | None]] = [(words.of(policy.name), view.to(""))]
    if at != policy.area:
        trail.append((words.of(target.name), view.to("target", target.target)))
        trail.append((words.of(places[at].name), None))
    else:
        trail.append((words.of(target.name), None))
    return words.of(target.name), [
        breadcrumb(words, trail),
        _standing(context, target, row, places[at]),
        *_chart(context, target, curve or [row], places[at]),
        *_windows(target, windows.get(target.target, []), words),
        *_units(context, connection, target, at, places),
        *_ranking(context, target, rows, places, at),
        _about(context, target),
        _how(context, connection, target, at),
    ]


def _standing(context: Context, target: TargetRow, row: ProgressRow, place: PlaceRow) -> Any:
    words = context.words
    unit = target.inner_unit if words.is_inner(target, row) else target.unit
    pairs: list[tuple[str, Any]] = [
        (words("requirement"), words.requirement(target, row)),
        (words("deadline"), words.day(target.by)),
    ]
    if row.numerator is not None and row.denominator is not None:
        parts = (
            f"{words.number(row.numerator, short=False)} / {words.number(row.denominator, short=False)}"
        )
        pairs.append((f"{words('numerator')} / {words('denominator')}", parts))
    if target.kind != "milestone":
        pairs += [
            (words("expected"), words.amount(row.expected, unit)),
            (words("percent"), "—" if row.percent is None else f"{row.percent:,.1f}%"),
            (words("pace"), "—" if row.pace is None else f"{row.pace:,.2f}"),
            (words("to_go"), words.amount(row.to_go, unit)),
            (words("needed"), words.number(row.needed_per_month)),
            (words("rate"), words.number(row.rate_last_12_months)),
        ]
        if row.baseline is not None:
            pairs.append((words("baseline"), words.amount(row.baseline, unit)))
    behind = row.status in {"off_track", "at_risk", "missed", "breached"}
    return html.Div(
        [
            html.Div(
                [
                    html.P(words.of(place.name), className="sub"),
                    html.P(
                        words.value(target, row),
                        className="big",
                        title=words.value(target, row, short=False),
                    ),
                    badge(row.status, words),
                    html.P(reason(target, row, words), className="reason") if behind else "",
                    html.P(words("late", day=row.noted_on)) if row.note == "late" else "",
                ],
                className="headline",
            ),
            facts_list(pairs),
        ],
        className="standing",
    )


def _chart(
    context: Context, target: TargetRow, rows: Sequence[ProgressRow], place: PlaceRow
) -> list[Any]:
    words = context.words
    if target.kind == "milestone":
        return []
    last = rows[-1]
    unit = target.inner_unit if words.is_inner(target, last) else target.unit
    takeaway = words(
        "chart_takeaway",
        place=words.of(place.name),
        day=last.as_of,
        value=words.value(target, last),
        required=words.requirement(target, last),
        expected=words.amount(last.expected, unit),
        status=words.status(last.status),
    )
    lines = [
        [
            r.as_of.isoformat(),
            words.amount(r.value, unit, short=False),
            words.amount(r.expected, unit, short=False),
            words.status(r.status) if r.status else "—",
        ]
        for r in reversed(rows)
    ]
    headers = [words(k) for k in ("month", "value", "expected", "status")]
    return [
        section(
            words("chart_title"),
            html.Figure(
                [
                    graph(curve_figure(target, rows, words), words, target.target),
                    html.Figcaption(takeaway),
                ],
                role="group",
            ),
            html.Details(
                [
                    html.Summary(words("show_table")),
                    table(words("chart_title"), headers, lines, numbers=(1, 2)),
                ]
            ),
        )
    ]


def _windows(target: TargetRow, windows: Sequence[WindowRow], words: Words) -> list[Any]:
    if not windows:
        return []
    lines = [
        [
            f"{w.window_start} – {w.window_end}",
            words.amount(w.value, target.unit),
            words.amount(w.required, target.unit),
            badge("achieved" if w.state == "met" else "missed", words),
        ]
        for w in windows
    ]
    headers = [words(k) for k in ("window", "value", "requirement", "status")]
    return [
        section(words("closed_windows"), table(words("closed_windows"), headers, lines, numbers=(1, 2)))
    ]


def _units(
    context: Context,
    connection: Connection,
    target: TargetRow,
    at: str,
    places: dict[str, PlaceRow],
) -> list[Any]:
    """The shortest list that would change a coverage: the units that are not there yet."""
    words, view = context.words, context.view
    if target.kind != "coverage" or context.day is None:
        return []
    missing = [
        unit
        for unit, met in published.units(connection, target.target, at, context.day).items()
        if not met
    ]
    if not missing:
        return [section(words("todo", count=0), html.P(words("todo_none")))]
    items = [
        html.Li(link(words.of(places[u].name), view.to("place", u)) if u in places else u)
        for u in missing
    ]
    return [section(words("todo", count=len(missing)), html.Ul(items, className="chips"))]


def _ranking(
    context: Context,
    target: TargetRow,
    rows: Sequence[ProgressRow],
    places: dict[str, PlaceRow],
    at: str,
) -> list[Any]:
    words, view = context.words, context.view
    if target.kind == "milestone":
        return []
    below = [
        r
        for r in rows
        if places[r.place].parent == at and r.value is not None and places[r.place].level != "park"
    ]
    if not below:
        return []
    below.sort(key=lambda r: (r.rank or 0, r.place))
    top = max((r.value or 0.0 for r in below), default=0.0) or 1.0
    items = [
        html.Li(
            [
                html.Span(str(r.rank), className="rank"),
                link(
                    words.of(places[r.place].short_name), view.to("place", r.place, show=target.target)
                ),
                html.Span(
                    html.Span(style={"width": f"{100 * (r.value or 0) / top:.1f}%"}, className="fill"),
                    className="track",
                    **HIDDEN,
                ),
                html.Span(words.value(target, r), className="figure"),
                badge(r.status, words) if r.status else "",
            ]
        )
        for r in below
    ]
    return [section(words("ranking"), html.Ol(items, className="ranking"))]


def _about(context: Context, target: TargetRow) -> Any:
    words, view = context.words, context.view

    def agencies(names: Sequence[str]) -> Any:
        found: list[Any] = []
        for name in names:
            found += ["、" if found else "", link(name, view.to("agency", name))]
        return found or "—"

    pairs: list[tuple[str, Any]] = [
        (words("means"), words.of(target.definition)),
        (words("document"), words.of(context.policy.document)),
        (words("clause"), f"{words.of(target.section)} · {target.clause}"),
        (words("kind"), words.kind(target)),
        (words("lead"), agencies(target.lead)),
        (words("support"), agencies(target.support)),
    ]
    if target.inner_required is not None and target.inner_unit is not None:
        inner = f"{words.number(target.inner_required)} {words.of(target.inner_unit)}"
        pairs.insert(1, (words("unit_requirement"), inner))
    return section(words("about"), facts_list(pairs))


def _how(context: Context, connection: Connection, target: TargetRow, at: str) -> Any:
    words = context.words
    day = context.day
    command = f"milepost progress --target {target.target} --place {at} --as-of {day} --format csv"
    asked = f"target={target.target}&place={at}&as_of={day}"
    inputs: dict[str, tuple[int, date | None, date | None]] = {}
    for row in published.freshness(connection, context.policy.area):
        count, first, last = inputs.get(row.dataset, (0, row.first_on, row.last_on))
        first = min((d for d in (first, row.first_on) if d is not None), default=None)
        last = max((d for d in (last, row.last_on) if d is not None), default=None)
        inputs[row.dataset] = (count + row.records, first, last)
    lines = [
        [
            words.of(datasets()[name].title),
            words.number(count, short=False),
            words.day(first),
            words.day(last),
        ]
        for name in target.datasets
        if name in inputs
        for count, first, last in [inputs[name]]
    ]
    headers = [words(k) for k in ("dataset", "records", "first_on", "last_on")]
    files = [
        html.Li([words("download_progress"), *files_of("progress", asked)]),
        html.Li([words("download_records"), *files_of("records", asked)]),
    ]
    return section(
        words("how"),
        table(words("inputs"), headers, lines, numbers=(1,)),
        html.H3(words("command")),
        html.Pre(html.Code(command)),
        html.H3(words("downloads")),
        html.Ul(files, className="files"),
        html.Details([html.Summary(words("query")), html.Pre(html.Code(target.query))]),
        html.Details([html.Summary(words("sql")), html.Pre(html.Code(target.sql))]),
    )
