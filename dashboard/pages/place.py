"""The page of one place: what it is judged by and what to do about it, beside its sisters; what it
contributes; the records behind both.

Owns `place_page`. Called by `site`. May import `parts`, `changes`, `missing`, `tables`, `maps`,
`evidence`, `metrics.published`, `metrics.comparison`, `metrics.outlook`, `metrics.peers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dashboard.allocations import is_allocated, sums
from dashboard.changes import changed
from dashboard.elements import html
from dashboard.evidence import evidence
from dashboard.figures import derived
from dashboard.maps import beside_map, by_place
from dashboard.missing import missing_reports
from dashboard.parts import (
    Component,
    Context,
    asked_of,
    badge,
    children_of,
    chips,
    counts,
    current,
    done_of,
    files_of,
    link,
    menu,
    named,
    no_page,
    rank_of,
    reason,
    section,
    share_of,
    worst_first,
)
from dashboard.tables import progress_bar, table, trend
from metrics import published
from metrics.comparison import compare
from metrics.outlook import behind_by
from metrics.peers import mean_of_peers
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow

Curves = Mapping[str, Sequence[ProgressRow]]


@dataclass(frozen=True)
class Here:
    """What the sections of the page share: the place, all places of the policy, its sisters, and the
    rows of each target by place."""

    place: PlaceRow
    inside: Mapping[str, PlaceRow]
    sisters: Sequence[str]
    by_target: Mapping[str, Mapping[str, ProgressRow]]
    curves: Curves

    @property
    def rows(self) -> Mapping[str, ProgressRow]:
        """The place's own rows by target."""
        return {target: rows[self.place.code] for target, rows in self.by_target.items()}


def place_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the page of the place that the view names."""
    words, view, policy = context.words, context.view, context.policy
    here = _here(context, connection)
    place, rows = here.place, here.rows
    is_whole = place.code == policy.area
    targets = [
        target
        for target in published.targets(connection, policy.policy)
        if target.target in rows and (target.kind != "milestone" or is_whole)
    ]
    judged = [target for target in targets if rows[target.target].status is not None]
    others = [target for target in targets if rows[target.target].status is None]
    then = (
        published.progress(connection, policy=policy.policy, place=place.code, as_of=context.since)
        if context.since is not None
        else []
    )
    content: list[Any] = []
    if judged:
        of_judged = {target.target for target in judged}
        before = [row for row in then if row.target in of_judged]
        behind = len(worst_first(judged, rows))
        said = words("headline" if is_whole else "headline_place", total=len(judged), behind=behind)
        content.append(html.P(said, className="lead"))
        content.append(counts(context, [rows[t.target] for t in judged], "judged", before))
    left: list[Component] = []
    if judged:
        left.append(
            section(
                words("to_do"), *_to_do(context, judged, rows), class_name="attention", anchor="to-do"
            )
        )
    below = []
    if context.since is not None:
        changes = {target: one for (target, _), one in compare(then, rows.values()).items()}
        at = None if is_whole else place.code
        href = view.to("changes", place=at, since=context.since)
        listed = changed(context, targets, changes, href)
        below.append(section(words("changes_since", day=context.since), *listed, anchor="since"))
    gaps = missing_reports(context, connection, place.code, here.inside)
    below.append(section(words("missing_title"), *gaps, anchor="missing"))
    left.append(html.Div(below, className="twins"))
    content += _where(context, targets, here, left)
    content += _tables(context, connection, judged, others, here)
    shown = next((target for target in targets if target.target == view.show), None)
    if shown is not None:
        content.append(evidence(context, connection, shown, place.code))
    return words.of(place.name), content


def _here(context: Context, connection: Connection) -> Here:
    view, policy = context.view, context.policy
    place = published.place(connection, view.name)
    inside = {one.code: one for one in published.places(connection, policy.area)}
    if place.code not in inside:
        raise no_page(place.code)
    by_target: dict[str, dict[str, ProgressRow]] = {}
    for row in published.progress(connection, policy=policy.policy, as_of=view.as_of):
        by_target.setdefault(row.target, {})[row.place] = row
    curves = published.curves(connection, policy.policy, place.code)
    sisters: list[str] = []
    if place.code != policy.area:
        sisters = [one.code for one in children_of(list(inside.values()), place.parent or "")]
    return Here(place, inside, sisters, by_target, curves)


def _to_do(
    context: Context, targets: Sequence[TargetRow], rows: Mapping[str, ProgressRow]
) -> list[Component]:
    """What would bring each target back on track, the worst first."""
    words = context.words
    behind = worst_first(targets, rows)
    if not behind:
        return [html.P(words("to_do_none"))]
    items = []
    for target in behind:
        row = rows[target.target]
        short = behind_by(row) if target.kind != "milestone" else None
        unit = words.unit(target, row)
        said = derived(row, "behind", short, words.change(short, unit))
        gap = words("to_do_gap", short=said) if short is not None else ""
        items.append(
            html.Li(
                [
                    badge(row.status, words),
                    _name(context, target),
                    progress_bar(target, row, words) if target.kind != "milestone" else html.Span(),
                    html.Span(done_of(target, row, words), className="figure"),
                    html.Span(words.sentences([gap, reason(target, row, words)]), className="reason"),
                ]
            )
        )
    return [html.Ol(items)]


def _tables(
    context: Context,
    connection: Connection,
    judged: Sequence[TargetRow],
    others: Sequence[TargetRow],
    here: Here,
) -> list[Component]:
    """What the place is asked for against what it did; what all are held to alike; what it adds."""
    words, policy = context.words, context.policy
    is_whole = here.place.code == policy.area
    some = [target for target in judged if here.rows[target.target].status == context.view.status]
    asked = [target for target in some or judged if is_allocated(target) and not is_whole]
    alike = [target for target in some or judged if target not in asked]
    checks = _sums(context, connection, judged, here)
    found: list[Component] = []
    if judged:
        parts: list[Any] = [*_beside_menu(context, here, "judged")]
        for title, targets in (("allocated", asked), ("judged" if is_whole else "held_alike", alike)):
            if targets:
                parts += [html.H3(words(title)), _judged(context, words(title), targets, here)]
        found.append(section(words("judged"), *parts, *checks, anchor="judged"))
    if others:
        query = asked_of(context, policy=policy.policy, place=here.place.code)
        menus = [] if judged else _beside_menu(context, here, "contributed")
        found.append(
            section(
                words("contributed"),
                html.P(words("contributed_note"), className="sub"),
                *menus,
                _contributed(context, others, here),
                html.P([words("download_place"), " ", files_of("progress", query)]),
                anchor="contributed",
            )
        )
    return found


def _judged(context: Context, title: str, targets: Sequence[TargetRow], here: Here) -> Component:
    words = context.words
    lines = []
    for target in targets:
        row = here.rows[target.target]
        lines.append(
            [
                _name(context, target),
                _value(context, target, row),
                _beside(context, target, here),
                words.requirement(target, row),
                words.expected(target, row),
                progress_bar(target, row, words),
                badge(row.status, words),
                trend(target, row, here.curves.get(target.target, ()), words),
                _records_link(context, target),
            ]
        )
    heads = [words(k) for k in ("target", "value")]
    asked = words("asked_here" if title == words("allocated") else "requirement")
    rest = [words(k) for k in ("expected", "progress", "status", "trend", "records_of")]
    headers = [*heads, _beside_name(context, here), asked, *rest]
    numbers = [1, 2, 4]
    if not here.sisters:
        headers, lines = headers[:2] + headers[3:], [line[:2] + line[3:] for line in lines]
        numbers = [1, 3]
    return table(title, headers, lines, numbers=numbers, class_name="targets of-place")


def _contributed(context: Context, targets: Sequence[TargetRow], here: Here) -> Component:
    words = context.words
    lines = []
    for target in targets:
        row = here.rows[target.target]
        share: Any = words("none")
        if row.share is not None:
            width = {"width": f"{min(row.share, 100.0):.1f}%"}
            share = html.Span(
                [
                    html.Span(html.Span(style=width, className="fill"), className="track"),
                    html.Span(share_of(row, words), className="sub"),
                ],
                className="share",
            )
        lines.append(
            [
                _name(context, target),
                _value(context, target, row),
                _beside(context, target, here),
                share,
                trend(target, row, here.curves.get(target.target, ()), words),
                _records_link(context, target),
            ]
        )
    heads = [words(k) for k in ("target", "value")]
    rest = [words(k) for k in ("share", "trend", "records_of")]
    headers = [*heads, _beside_name(context, here), *rest]
    return table(words("contributed"), headers, lines, numbers=(1, 2), class_name="targets of-place")


def _beside_menu(context: Context, here: Here, anchor: str) -> list[Component]:
    """What the place is compared with: the mean of its sisters, or one of them. A choice leads back to
    the section of that anchor."""
    words, view = context.words, context.view
    if len(here.sisters) < 2:
        return []
    chosen = _chosen(context, here)
    mean = html.A(
        words("beside_mean"),
        href=view.but(beside=None) + f"#{anchor}",
        **current("true", chosen is None),
    )
    entries = [mean]
    for code in here.sisters:
        if code != here.place.code:
            name = words.of(here.inside[code].name)
            href = view.but(beside=code) + f"#{anchor}"
            entries.append(html.A(name, href=href, **current("true", code == chosen)))
    label = [
        html.Span(words("beside", name=_beside_name(context, here))), html.Span(words("beside_change")),
    ]  # fmt: skip
    return [menu(label, entries, "sisters beside-whom"), html.P(words("beside_note"), className="sub")]


def _chosen(context: Context, here: Here) -> str | None:
    """The sister that the address asks to compare with."""
    asked = context.view.beside
    return asked if asked in here.sisters and asked != here.place.code else None


def _beside_name(context: Context, here: Here) -> str:
    words, chosen = context.words, _chosen(context, here)
    return words.of(here.inside[chosen].name) if chosen is not None else words("beside_mean")


def _beside(context: Context, target: TargetRow, here: Here) -> Component:
    """What the place is compared with, in one target."""
    words, chosen = context.words, _chosen(context, here)
    rows = here.by_target[target.target]
    if chosen is not None:
        return _value(context, target, rows[chosen])
    mean, row = mean_of_peers(target.kind, rows, here.sisters, here.place.parent), rows[here.place.code]
    unit = words.unit(target, row)
    return derived(row, "peers", mean, words.amount(mean, unit), words.amount(mean, unit, short=False))


def _sums(
    context: Context, connection: Connection, targets: Sequence[TargetRow], here: Here
) -> list[Component]:
    """Targets of which the places below are asked for less, or allowed more, than this one."""
    words, view = context.words, context.view
    checks = published.allocation_checks(connection, parent=here.place.code)
    found = []
    for target in targets:
        mine = [check for check in checks if check.target == target.target]
        if said := sums(context, target, mine, here.inside, only_wrong=True):
            name = link(words.of(target.name), view.to("target", target.target))
            found.append(html.Li([name, *said]))
    return [html.P(words("asked_below")), html.Ul(found)] if found else []


def _name(context: Context, target: TargetRow) -> Component:
    view, words = context.view, context.words
    at = view.name if view.name != context.policy.area else None
    name = link(words.of(target.name), view.to("target", target.target, place=at), "name")
    return html.Span([name, html.Span(words.kind(target), className="sub")])


def _value(context: Context, target: TargetRow, row: ProgressRow) -> Component:
    """The value and the rank among the sister places; of nothing there is no rank."""
    words = context.words
    value = words.tabled(target, row)
    if not row.rank or not row.value:
        return value
    return html.Span([value, html.Span(rank_of(row, words, "rank_said"), className="sub")])


def _records_link(context: Context, target: TargetRow) -> Component:
    words = context.words
    href = context.view.but(show=target.target, status=None) + "#records"
    name = words("place_records", target=words.of(target.name))
    return html.A(words("records_link"), href=href, **named(name))


def _where(
    context: Context, targets: Sequence[TargetRow], here: Here, left: Sequence[Component]
) -> list[Component]:
    """What stands on the left, and the places below or, where there are none, the sisters: by a target,
    or by name where nothing is counted for them, or where only others are on the map."""
    words, view = context.words, context.view
    below = [one for one in here.inside.values() if one.parent == here.place.code]
    shown = below or [here.inside[code] for code in here.sisters]
    if not shown:
        return beside_map(left, [], shown)
    drawn = [one for one in shown if one.tile is not None] or shown
    cells = {
        (target, place): row for target, rows in here.by_target.items() for place, row in rows.items()
    }
    measured = [target for target in targets if target.kind != "milestone"]
    content = by_place(context, measured, here.rows, drawn, cells, here.place.code)
    rest = [one for one in shown if one not in drawn] if content else shown
    if rest:
        to = [(words.of(one.name), view.to("place", one.code, show=view.show)) for one in rest]
        content.append(chips([link(name, href) for name, href in to]))
    title = words("below" if below else "sisters")
    return beside_map(left, [section(title, *content, anchor="map")], drawn)
