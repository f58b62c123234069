"""The page of one place: what it is judged by, what it contributes, and the records behind both.

Owns `place_page`. Called by `site`. May import `parts`, `tables`, `maps`, `evidence`,
`metrics.published`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from sqlalchemy import Connection

from dashboard.allocations import is_allocated, sums
from dashboard.evidence import evidence
from dashboard.maps import first_to_map, map_menu, tile_map
from dashboard.pages.overview import children_of
from dashboard.parts import (
    Component,
    Context,
    asked_of,
    badge,
    breadcrumb,
    chips,
    counts,
    files_of,
    link,
    menu,
    named,
    no_page,
    section,
)
from dashboard.tables import progress_bar, table, trend
from metrics import published
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow

Rows = Mapping[str, ProgressRow]
Curves = Mapping[str, Sequence[ProgressRow]]


def place_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the page of the place that the view names."""
    words, view, policy = context.words, context.view, context.policy
    place = published.place(connection, view.name)
    inside = {one.code: one for one in published.places(connection, policy.area)}
    if place.code not in inside:
        raise no_page(place.code)
    found = published.progress(connection, policy=policy.policy, place=place.code, as_of=view.as_of)
    rows = {row.target: row for row in found}
    curves = {
        target: [row for row in curve if context.day is None or row.as_of <= context.day]
        for target, curve in published.curves(connection, policy.policy, place.code).items()
    }
    targets = [
        target
        for target in published.targets(connection, policy.policy)
        if target.target in rows and (target.kind != "milestone" or place.code == policy.area)
    ]
    judged = [target for target in targets if rows[target.target].status is not None]
    others = [target for target in targets if rows[target.target].status is None]
    content: list[Any] = [
        _way(context, connection, place, inside),
        *_below(context, connection, targets, place, inside),
    ]
    if judged:
        shown = [rows[target.target] for target in judged]
        some = [target for target in judged if rows[target.target].status == view.status]
        content.append(counts(context, shown, "judged"))
        content.append(
            section(
                words("judged"),
                _judged(context, some or judged, rows, curves),
                *_sums(context, connection, targets, place, inside),
                anchor="judged",
            )
        )
    if others:
        asked = asked_of(context, policy=policy.policy, place=place.code)
        content.append(
            section(
                words("contributed"),
                html.P(words("contributed_note"), className="sub"),
                _contributed(context, others, rows, curves),
                html.P([words("download_place"), " ", files_of("progress", asked)]),
            )
        )
    target = next((target for target in targets if target.target == view.show), None)
    if target is not None:
        content.append(evidence(context, connection, target, place.code))
    return words.of(place.name), content


def _way(
    context: Context, connection: Connection, place: PlaceRow, inside: Mapping[str, PlaceRow]
) -> Component:
    """The way up, and sideways to the sister places."""
    words, view, policy = context.words, context.view, context.policy
    trail: list[tuple[str, str | None]] = [(words.of(policy.name), view.to(""))]
    for above in published.ancestors(connection, place.code):
        if above.code in inside:
            here = above.code == place.code
            trail.append((words.of(above.name), None if here else view.to("place", above.code)))
    sisters = children_of(list(inside.values()), place.parent or "")
    if place.code == policy.area or len(sisters) < 2:
        return breadcrumb(words, trail)
    entries = [link(words.of(one.name), view.but(name=one.code, status=None)) for one in sisters]
    return breadcrumb(words, trail, menu(html.Span(words("other_places")), entries, "sisters"))


def _judged(context: Context, targets: Sequence[TargetRow], rows: Rows, curves: Curves) -> Component:
    words = context.words
    below = context.view.name != context.policy.area
    lines = []
    for target in targets:
        row = rows[target.target]
        lines.append(
            [
                _name(context, target, asked=below and is_allocated(target)),
                _value(context, target, row),
                words.requirement(target, row),
                words.expected(target, row),
                progress_bar(target, row, words),
                badge(row.status, words),
                _rank(context, row),
                trend(target, curves.get(target.target, ()), words),
                _records_link(context, target),
            ]
        )
    keys = [
        "target", "value", "requirement", "expected", "progress", "status", "rank", "trend",
        "records_of",
    ]  # fmt: skip
    if context.view.name == context.policy.area:
        # The whole has no sisters.
        at = keys.index("rank")
        keys, lines = keys[:at] + keys[at + 1 :], [line[:at] + line[at + 1 :] for line in lines]
    headers = [words(k) for k in keys]
    return table(words("judged"), headers, lines, numbers=(1, 3), class_name="targets of-place")


def _contributed(
    context: Context, targets: Sequence[TargetRow], rows: Rows, curves: Curves
) -> Component:
    words = context.words
    lines = []
    for target in targets:
        row = rows[target.target]
        share: Any = words("none")
        if row.share is not None:
            width = {"width": f"{min(row.share, 100.0):.1f}%"}
            share = html.Span(
                [
                    html.Span(html.Span(style=width, className="fill"), className="track"),
                    html.Span(f"{row.share:,.1f}%", className="sub"),
                ],
                className="share",
            )
        lines.append(
            [
                _name(context, target),
                _value(context, target, row),
                share,
                _rank(context, row),
                trend(target, curves.get(target.target, ()), words),
                _records_link(context, target),
            ]
        )
    headers = [words(k) for k in ("target", "value", "share", "rank", "trend", "records_of")]
    return table(words("contributed"), headers, lines, numbers=(1,), class_name="targets of-place")


def _sums(
    context: Context,
    connection: Connection,
    targets: Sequence[TargetRow],
    place: PlaceRow,
    inside: Mapping[str, PlaceRow],
) -> list[Component]:
    """Targets of which the places below are asked for less, or allowed more, than this one."""
    words, view = context.words, context.view
    checks = published.allocation_checks(connection, parent=place.code)
    found = []
    for target in targets:
        mine = [check for check in checks if check.target == target.target]
        if said := sums(context, target, mine, inside, only_wrong=True):
            name = link(words.of(target.name), view.to("target", target.target))
            found.append(html.Li([name, *said]))
    return [html.P(words("asked_below")), html.Ul(found)] if found else []


def _name(context: Context, target: TargetRow, *, asked: bool = False) -> Component:
    view, words = context.view, context.words
    at = view.name if view.name != context.policy.area else None
    kind = words.kind(target) + (f" · {words('asked_here')}" if asked else "")
    return [
        link(words.of(target.name), view.to("target", target.target, place=at)),
        html.Span(kind, className="sub"),
    ]


def _value(context: Context, target: TargetRow, row: ProgressRow) -> Component:
    words = context.words
    return html.Span(words.value(target, row), title=words.value(target, row, short=False))


def _rank(context: Context, row: ProgressRow) -> str:
    """The rank among the sister places; of nothing there is none."""
    if not row.rank or not row.value:
        return context.words("none")
    return context.words("rank_of", rank=row.rank, ranked=row.ranked)


def _records_link(context: Context, target: TargetRow) -> Component:
    words = context.words
    href = context.view.but(show=target.target, status=None) + "#records"
    name = words("place_records", target=words.of(target.name))
    return html.A(words("records_link"), href=href, **named(name))


def _below(
    context: Context,
    connection: Connection,
    targets: Sequence[TargetRow],
    place: PlaceRow,
    inside: Mapping[str, PlaceRow],
) -> list[Component]:
    """The places below: as tiles where they have a place on the map, else by name."""
    words, view, policy = context.words, context.view, context.policy
    children = [one for one in inside.values() if one.parent == place.code]
    if not children:
        return []
    drawn = [one for one in children if one.tile is not None]
    measured = [target for target in targets if target.kind != "milestone"]
    content: list[Any] = []
    rows = published.progress(connection, policy=policy.policy, as_of=view.as_of)
    cells = {(row.target, row.place): row for row in rows}
    codes = {one.code for one in drawn}
    if measured and any(row.value for row in rows if row.place in codes):
        whole = {row.target: row for row in rows if row.place == place.code}
        asked = next((target for target in measured if target.target == view.show), None)
        chosen = asked or first_to_map(measured, drawn, whole, cells)
        content = [map_menu(context, chosen, measured, whole), *tile_map(context, chosen, drawn, cells)]
    rest = [one for one in children if one not in drawn] if content else children
    if rest:
        content.append(chips([link(words.of(one.name), view.to("place", one.code)) for one in rest]))
    return [section(words("below"), *content, anchor="map")]
