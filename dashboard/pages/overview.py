"""The overview: how the policy stands, on one page.

Owns `overview`: counts by status, what needs attention and why, all targets, targets by place, the
tile map. Called by `site`. May import `parts`, `metrics.published`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html
from sqlalchemy import Connection

from dashboard.parts import Context, badge, link, named, reason, section, targets_table
from dashboard.words import ICONS
from metrics import published
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow, WindowRow

#: Worst first: the order in which leadership should read what is behind.
_WORST_FIRST = ("breached", "missed", "off_track", "at_risk")


def overview(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the overview of the context's policy."""
    words, policy = context.words, context.policy
    targets = published.targets(connection, policy.policy)
    rows = published.progress(connection, policy=policy.policy, as_of=context.view.as_of)
    whole = {row.target: row for row in rows if row.place == policy.area}
    by_cell = {(row.target, row.place): row for row in rows}
    places = published.places(connection, policy.area)
    children = [place for place in places if place.parent == policy.area and place.level != "park"]
    curves = published.curves(connection, policy.policy, policy.area)
    curves = {
        target: [row for row in found if context.day is None or row.as_of <= context.day]
        for target, found in curves.items()
    }
    windows = closed_by_target(published.windows(connection, place=policy.area), context)
    return words.of(policy.name), [
        html.P(_headline(whole.values(), context), className="lead"),
        _counts(list(whole.values()), context),
        section(words("attention"), _attention(context, targets, whole)),
        section(
            words("all_targets"),
            targets_table(context, words("all_targets"), targets, whole, curves, windows),
        ),
        section(words("matrix"), *_matrix(context, targets, children, by_cell)),
        section(words("map"), *tile_map(context, targets, children, by_cell)),
    ]


def closed_by_target(windows: Sequence[WindowRow], context: Context) -> Mapping[str, list[WindowRow]]:
    """Closed windows by target, none that closed after the page's date."""
    found: dict[str, list[WindowRow]] = {}
    for window in windows:
        if context.day is None or window.window_end <= context.day:
            found.setdefault(window.target, []).append(window)
    return found


def _headline(rows: Any, context: Context) -> str:
    statuses = [row.status for row in rows]
    return context.words(
        "headline",
        total=len(statuses),
        achieved=statuses.count("achieved"),
        on_track=statuses.count("on_track"),
        behind=sum(status in _WORST_FIRST for status in statuses),
    )


def _counts(rows: Sequence[ProgressRow], context: Context) -> Any:
    words = context.words
    counts = [(status, sum(row.status == status for row in rows)) for status in ICONS]
    return html.Ul(
        [
            html.Li([html.Strong(str(count)), badge(status, words)], className=f"count {status}")
            for status, count in counts
            if count
        ],
        className="counts",
        **named(words("counts")),
    )


def _attention(context: Context, targets: Sequence[TargetRow], rows: Mapping[str, ProgressRow]) -> Any:
    words = context.words
    behind = [t for t in targets if rows[t.target].status in _WORST_FIRST]
    if not behind:
        return html.P(words("attention_none"))

    def order(target: TargetRow) -> tuple[int, float]:
        row = rows[target.target]
        return _WORST_FIRST.index(str(row.status)), row.pace if row.pace is not None else 0.0

    return html.Ol(
        [
            html.Li(
                [
                    badge(rows[t.target].status, words),
                    link(words.of(t.name), context.view.to("target", t.target)),
                    html.Span(
                        f"{words.value(t, rows[t.target])} / {words.requirement(t)}", className="figure"
                    ),
                    html.Span(reason(t, rows[t.target], words), className="reason"),
                ]
            )
            for t in sorted(behind, key=order)
        ],
        className="attention",
    )


def _matrix(
    context: Context,
    targets: Sequence[TargetRow],
    places: Sequence[PlaceRow],
    rows: Mapping[tuple[str, str], ProgressRow],
) -> list[Any]:
    words, view = context.words, context.view
    shown = [target for target in targets if target.kind != "milestone"]
    body = []
    for target in shown:
        top = max((rows[target.target, p.code].value or 0.0 for p in places), default=0.0)
        cells = []
        for place in places:
            row = rows[target.target, place.code]
            text = "–" if row.value is None else words.number(_short(row.value))
            title = f"{words.of(place.short_name)} {words.value(target, row, short=False)}"
            if row.status is not None:
                title += f" {words.status(row.status)}"
                text = f"{ICONS[row.status]} {text}"
            tint = row.status or f"tint{_tint(row.value, top)}"
            href = view.to("place", place.code, show=target.target)
            cells.append(html.Td(link(text, href, f"cell {tint}"), title=title))
        name = link(words.of(target.name), view.to("target", target.target))
        body.append(html.Tr([html.Th(name, scope="row"), *cells]))
    heads = [
        html.Th(link(words.of(p.short_name), view.to("place", p.code)), scope="col") for p in places
    ]
    corner = html.Th(words("target"), scope="col")
    caption = html.Caption(words("matrix"))
    matrix = html.Table([caption, html.Thead(html.Tr([corner, *heads])), html.Tbody(body)])
    return [
        html.P(words("matrix_note"), className="sub"),
        html.Div(matrix, className="scroll matrix", tabIndex="0", role="region",
                 **named(words("matrix"))),
    ]  # fmt: skip


def _short(value: float) -> float:
    """A matrix cell has room for three digits: shares lose their decimals."""
    return float(round(value)) if abs(value) >= 10 else round(value, 1)


def _tint(value: float | None, top: float) -> int:
    return 0 if not value or not top else min(5, 1 + int(4.999 * value / top))


def tile_map(
    context: Context,
    targets: Sequence[TargetRow],
    places: Sequence[PlaceRow],
    rows: Mapping[tuple[str, str], ProgressRow],
) -> list[Any]:
    """The places as tiles in their rough relative positions, coloured by one target."""
    words, view = context.words, context.view
    choices = [target for target in targets if target.kind != "milestone"]
    tiles = [place for place in places if place.tile is not None]
    if not choices or not tiles:
        return [html.P(words("none"))]
    # By default the target that most places have anything of: a map of zeros says nothing.
    fullest = max(choices, key=lambda t: sum(bool(rows[t.target, p.code].value) for p in tiles))
    chosen = next((t for t in choices if t.target == view.show), fullest)
    top = max((rows[chosen.target, p.code].value or 0.0 for p in tiles), default=0.0)
    cells = []
    for place in tiles:
        assert place.tile is not None  # filtered above
        row = rows[chosen.target, place.code]
        tint = row.status or f"tint{_tint(row.value, top)}"
        icon = f"{ICONS[row.status]} " if row.status else ""
        content = [
            html.Span(words.of(place.short_name)),
            html.Strong(icon + ("–" if row.value is None else words.number(_short(row.value)))),
        ]
        cells.append(
            html.Li(
                link(content, view.to("place", place.code, show=chosen.target), f"tile {tint}"),
                title=f"{words.of(place.name)} {words.value(chosen, row, short=False)}",
                style={"gridRow": place.tile[0] + 1, "gridColumn": place.tile[1] + 1},
            )
        )
    options = [
        html.Li(link(words.of(t.name), view.but(show=t.target), "on" if t is chosen else ""))
        for t in choices
    ]
    unit = chosen.inner_unit or chosen.unit
    return [
        html.Details(
            [
                html.Summary(
                    [words("map_of"), " ", html.Strong(words.of(chosen.name)), f"（{words.of(unit)}）"]
                ),
                html.Ul(options),
            ],
            className="chooser",
        ),
        html.Ul(cells, className="tiles"),
        html.P(words("map_note"), className="sub"),
    ]
