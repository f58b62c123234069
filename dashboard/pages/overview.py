"""The overview: how the policy stands, on one page.

Owns `overview`: counts by status, what needs attention and why, what changed since the month before,
which places moved, where it is behind, targets by place, all targets. Called by `site`. May import
`parts`, `changes`, `tables`, `maps`, `markup`, `metrics.published`, `metrics.comparison`,
`metrics.movers`, `metrics.remembered`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection

from dashboard.changes import changed, moved
from dashboard.elements import html
from dashboard.maps import Cells, beside_map, by_place, matrix
from dashboard.markup import markup
from dashboard.parts import (
    WORST_FIRST,
    Component,
    Context,
    badge,
    children_of,
    closed_by_target,
    counts,
    done_of,
    link,
    reason,
    section,
    worst_first,
)
from dashboard.tables import progress_bar, progress_key, targets_table
from metrics import published
from metrics.comparison import Change, compare
from metrics.movers import movers
from metrics.published import PlaceRow
from metrics.remembered import Remembered
from metrics.rows import ProgressRow, TargetRow, WindowRow

#: By target.
Curves = Mapping[str, Sequence[ProgressRow]]
Windows = Mapping[str, Sequence[WindowRow]]

#: Targets listed as needing attention, the worst first; the table below has them all.
_SHOWN_ATTENTION = 5

#: Of the latest snapshots, dates and languages.
_ROWS = Remembered[Sequence[ProgressRow]](8)
_MATRICES = Remembered[Component](16)
_COURSES = Remembered[tuple[Curves, Windows]](8)


def overview(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the overview of the context's policy."""
    words, policy, view = context.words, context.policy, context.view
    targets = published.targets(connection, policy.policy)
    rows = _progress(context, connection, view.as_of)
    whole = {row.target: row for row in rows if row.place == policy.area}
    cells = {(row.target, row.place): row for row in rows}
    children = children_of(published.places(connection, policy.area), policy.area)
    measured = [target for target in targets if target.kind != "milestone"]
    then = _progress(context, connection, context.since) if context.since is not None else []
    attention = section(
        words("attention"), _attention(context, targets, whole, cells, children), class_name="attention"
    )
    left = [attention, *_since(context, targets, compare(then, rows), children)]
    shown = by_place(context, measured, whole, children, cells, policy.area)
    where = [section(words("where"), *shown, anchor="map")] if shown else []
    before = [row for row in then if row.place == policy.area]
    content: list[Any] = [
        html.P(_headline(list(whole.values()), context), className="lead"),
        counts(context, list(whole.values()), "targets", before),
        *beside_map(left, where, children),
    ]
    if children:
        content.append(_matrix(context, measured, children, cells))
    content.append(_all_targets(context, connection, targets, whole))
    return words.of(policy.name), content


def _progress(context: Context, connection: Connection, as_of: date | None) -> Sequence[ProgressRow]:
    """The rows of the context's policy. Each filter of the overview needs them again."""
    policy = context.policy.policy

    def find() -> list[ProgressRow]:
        return published.progress(connection, policy=policy, as_of=as_of)

    return _ROWS.of((context.facts["id"], policy, as_of), find)


def _courses(context: Context, connection: Connection) -> tuple[Curves, Windows]:
    """The course of each target up to the page's date, and its closed windows. Each filter of the
    overview needs them again."""
    policy, day = context.policy, context.day

    def find() -> tuple[Curves, Windows]:
        found = published.curves(connection, policy.policy, policy.area)
        curves = {
            target: [row for row in curve if day is None or row.as_of <= day]
            for target, curve in found.items()
        }
        return curves, closed_by_target(published.windows(connection, place=policy.area), context)

    return _COURSES.of((context.facts["id"], policy.policy, day), find)


def _matrix(
    context: Context, targets: Sequence[TargetRow], places: Sequence[PlaceRow], cells: Cells
) -> Component:
    """All targets at all places, which no filter changes, and which is most of the page."""
    context = replace(context, view=replace(context.view, status=None))

    def draw() -> Markup:
        drawn = matrix(context, targets, places, cells)
        return Markup(markup(section(context.words("matrix"), *drawn, anchor="matrix")))

    return _MATRICES.of((context.facts["id"], context.view), draw)


def _since(
    context: Context,
    targets: Sequence[TargetRow],
    changes: Mapping[tuple[str, str], Change],
    places: Sequence[PlaceRow],
) -> list[Component]:
    """What changed since the date before, of the whole and between its places."""
    words, view, area = context.words, context.view, context.policy.area
    if context.since is None:
        return []
    of_whole = {target: change for (target, place), change in changes.items() if place == area}
    listed = changed(context, targets, of_whole, view.to("changes", since=context.since))
    found = [section(words("changes_since", day=context.since), *listed, anchor="since")]
    if len(places) > 1:
        names = {target.target: words.of(target.name) for target in targets}
        by_code = {place.code: place for place in places}
        movement = moved(context, movers(changes.values(), list(by_code)), by_code, names)
        found.append(section(words("moved", day=context.since), *movement, anchor="moved"))
    return [html.Div(found, className="twins")]


def _headline(rows: Sequence[ProgressRow], context: Context) -> str:
    words, policy, day = context.words, context.policy, context.day
    behind = sum(row.status in WORST_FIRST for row in rows)
    said = words("headline", total=len(rows), behind=behind)
    left = (policy.by - day).days if day is not None else None
    if left is None:
        return said
    time = words("days_left", days=left, by=policy.by) if left > 0 else words("closed", by=policy.by)
    return words.sentences([said, time])


def _attention(
    context: Context,
    targets: Sequence[TargetRow],
    rows: Mapping[str, ProgressRow],
    cells: Cells,
    places: Sequence[PlaceRow],
) -> Component:
    words, view = context.words, context.view
    behind = worst_first(targets, rows)
    if not behind:
        return html.P(words("attention_none"))
    items = []
    for target in behind[:_SHOWN_ATTENTION]:
        row = rows[target.target]
        where = _where(context, target, cells, places)
        items.append(
            html.Li(
                [
                    badge(row.status, words),
                    link(words.of(target.name), view.to("target", target.target), "name"),
                    progress_bar(target, row, words) if target.kind != "milestone" else html.Span(),
                    html.Span(done_of(target, row, words), className="figure"),
                    html.Span([reason(target, row, words), *where], className="reason"),
                ]
            )
        )
    more = len(behind) - len(items)
    rest = html.P(html.A(words("attention_more", count=more), href="#targets")) if more > 0 else ""
    return html.Div([html.Ol(items), rest])


def _where(
    context: Context, target: TargetRow, cells: Cells, places: Sequence[PlaceRow]
) -> list[Component]:
    """How many places are behind at a target that judges its places, with the way to their map."""
    words = context.words
    statuses = [cells[target.target, place.code].status for place in places]
    judged = [status for status in statuses if status not in (None, "no_data")]
    unmet = sum(status != "achieved" for status in judged)
    behind = sum(status in WORST_FIRST for status in judged)
    if target.kind == "coverage" and unmet:
        text = words("where_unmet", count=unmet, total=len(judged))
    elif behind:
        text = words("where_behind", count=behind, total=len(judged))
    else:
        return []
    return [" · ", link(text, context.view.but(show=target.target) + "#map")]


def _all_targets(
    context: Context,
    connection: Connection,
    targets: Sequence[TargetRow],
    rows: Mapping[str, ProgressRow],
) -> Component:
    words, view = context.words, context.view
    curves, windows = _courses(context, connection)
    some = [target for target in targets if rows[target.target].status == view.status]
    note: list[Any] = []
    if some:
        every = link(words("show_all"), view.but(status=None) + "#targets")
        note = [
            html.P([words("only_status"), badge(view.status, words), " ", every], className="filter")
        ]
    return section(
        words("all_targets"),
        *note,
        progress_key(words),
        targets_table(context, words("all_targets"), some or targets, rows, curves, windows),
        anchor="targets",
    )
