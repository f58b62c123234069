"""The page of one target: a signed document with its figures.

Owns `target_page`: where it stands and why, its trajectory, closed windows, places ranked, mapped and
side by side. The document itself and how to reproduce its figures are in `pages.document`. Called by
`site`. May import `parts`, `tables`, `charts` and what draws them, `evidence`, `metrics`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.allocations import is_allocated, sums
from dashboard.charts import chart
from dashboard.elements import html
from dashboard.evidence import evidence
from dashboard.figures import figure
from dashboard.maps import tile_map
from dashboard.multiples import multiples
from dashboard.pages.document import about, how
from dashboard.parts import (
    WORST_FIRST,
    Component,
    Context,
    asked_of,
    badge,
    children_of,
    chips,
    closed_by_target,
    facts_list,
    link,
    no_page,
    rank_of,
    reason,
    remarks,
    section,
    share_of,
)
from dashboard.rankings import pace_bars, ranking
from dashboard.tables import progress_bar, table, up_to
from dashboard.told import Told
from dashboard.trajectory import trajectory
from metrics import published
from metrics.published import AllocationCheck, PlaceRow
from metrics.rows import ProgressRow, TargetRow, WindowRow
from metrics.year_before import since_year_before


def target_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the page of the target that the view names."""
    words, view, policy = context.words, context.view, context.policy
    target = published.target(connection, view.name)
    at = view.place or policy.area
    rows = published.progress(connection, policy=policy.policy, target=target.target, as_of=view.as_of)
    by_place = {row.place: row for row in rows}
    places = {place.code: place for place in published.places(connection, policy.area)}
    if at not in by_place:
        raise no_page(at)
    row, whole = by_place[at], by_place[policy.area]
    curve = up_to(row, published.curve(connection, target.target, at))
    windows = closed_by_target(published.windows(connection, target.target, at), context)
    closed = windows.get(target.target, [])
    checks = published.allocation_checks(connection, target.target)
    content = [
        html.P(words.of(target.definition), className="lead"),
        _standing(context, target, row, whole, places[at], closed),
    ]
    if target.kind == "milestone":
        content.append(evidence(context, connection, target, at))
    else:
        content += [
            _chart(context, target, curve, closed, places[at]),
            *_windows(context, target, closed, at),
            *_units(context, connection, target, at, places),
            *_places(context, connection, target, by_place, places, at, checks),
        ]
    content += [about(context, target), how(context, connection, target, at)]
    return words.of(target.name), content


def _standing(
    context: Context,
    target: TargetRow,
    row: ProgressRow,
    whole: ProgressRow,
    place: PlaceRow,
    closed: Sequence[WindowRow],
) -> Component:
    """Where the target stands at the place; where nothing is asked of it, what is of the `whole`."""
    words = context.words
    unit = words.unit(target, row)
    of_whole = row.status is None
    asked = not of_whole and place.code != context.policy.area and is_allocated(target)
    pairs: list[tuple[str, Any]] = [
        (
            words("requirement_whole" if of_whole else "asked_here" if asked else "requirement"),
            words.requirement(target, whole if of_whole else row),
        ),
        (words("deadline"), words.day(target.by)),
    ]
    if of_whole or asked:
        pairs += [(words("share"), share_of(row, words)), (words("rank"), rank_of(row, words))]
    if not of_whole and target.kind != "milestone":
        pairs += [
            (words("expected"), words.expected(target, row)),
            (words("percent"), progress_bar(target, row, words)),
        ]
        if target.require != "at_most":
            pace = words("none") if row.pace is None else figure(row, "pace", f"{row.pace:,.2f}")
            left = figure(row, "to_go", words.change(row.to_go, unit))
            pairs += [(words("to_go"), left), (words("pace"), pace)]
        if row.window_end is not None and target.recurs:
            window = f"{row.window_start} – {row.window_end}"
            pairs.insert(1, (words("this_window"), window))
        if row.numerator is not None and row.denominator is not None:
            above = figure(row, "numerator", words.number(row.numerator, short=False))
            below = figure(row, "denominator", words.number(row.denominator, short=False))
            pairs.append((words("fraction"), [above, " / ", below]))
        if row.baseline is not None:
            pairs.append((words("baseline"), figure(row, "baseline", words.amount(row.baseline, unit))))
    why = reason(target, row, words) if row.status in WORST_FIRST else ""
    said = remarks(row, closed, words)
    return html.Div(
        [
            html.Div(
                [
                    html.P([words.of(place.name), " ", words.day(context.day)], className="sub"),
                    html.P(words.value(target, row), className="big"),
                    html.P(badge(row.status, words)),
                    html.P(why, className="reason") if why else "",
                    html.P(said, className="sub") if said else "",
                ],
                className="headline",
            ),
            html.Div([facts_list(pairs), *pace_bars(context, target, row)]),
        ],
        className="standing",
    )


def _chart(
    context: Context,
    target: TargetRow,
    rows: Sequence[ProgressRow],
    windows: Sequence[WindowRow],
    place: PlaceRow,
) -> Component:
    words = context.words
    last = rows[-1]
    value = words.value(target, last)
    said = [words("chart_takeaway", place=words.of(place.name), day=last.as_of, value=value)]
    if last.status is not None:
        said.append(words("chart_takeaway_required", required=words.requirement(target, last)))
    if last.expected is not None:
        said.append(words("chart_takeaway_expected", expected=words.expected(target, last)))
    lines = [
        [
            r.as_of.isoformat(),
            words.tabled(target, r),
            words.expected(target, r),
            badge(r.status, words) if r.status else words("none"),
        ]
        for r in reversed(rows)
    ]
    headers = [words(k) for k in ("month", "value", "expected", "status")]
    title = f"{words.of(target.name)} · {words.of(place.name)}"
    shown = chart(
        context,
        f"{target.target}-{place.code}",
        title,
        Told.joined(said),
        trajectory(context, target, rows, windows),
        table(words("chart_title"), headers, lines, numbers=(1, 2)),
        files=("months", asked_of(context, target=target.target, place=place.code)),
    )
    return section(words("chart_title"), shown)


def _windows(
    context: Context, target: TargetRow, windows: Sequence[WindowRow], at: str
) -> list[Component]:
    words = context.words
    if not windows:
        return []
    # Of a range a place below is asked for a part of the lower end.
    below = at != context.policy.area and is_allocated(target)
    most = None if below else target.required_max
    lines = [
        [
            f"{w.window_start} – {w.window_end}",
            figure(w, "value", words.full(w.value, target.unit)),
            words.asked(target.require, w.required, most, target.unit, w),
            badge("achieved" if w.state == "met" else "missed", words),
        ]
        for w in windows
    ]
    headers = [words(k) for k in ("window", "value", "requirement", "status")]
    shown = table(words("closed_windows"), headers, lines, numbers=(1, 2), class_name="few")
    return [section(words("closed_windows"), shown)]


def _units(
    context: Context, connection: Connection, target: TargetRow, at: str, places: Mapping[str, PlaceRow]
) -> list[Component]:
    """The shortest list that would change a coverage: the units that are not there yet."""
    words, view = context.words, context.view
    if target.kind != "coverage" or context.day is None:
        return []
    units = published.units(connection, target.target, at, context.day)
    missing = [unit for unit, met in units.items() if not met]
    if not units:
        return []
    if not missing:
        return [section(words("todo", count=0, total=len(units)), html.P(words("todo_none")))]
    items = [
        link(words.of(places[u].name), view.to("place", u, show=target.target)) if u in places else u
        for u in missing
    ]
    return [section(words("todo", count=len(missing), total=len(units)), chips(items))]


def _places(
    context: Context,
    connection: Connection,
    target: TargetRow,
    rows: Mapping[str, ProgressRow],
    places: Mapping[str, PlaceRow],
    at: str,
    checks: Sequence[AllocationCheck],
) -> list[Component]:
    """The places below, ranked and on the map; where there are none, the place among its sisters. With
    whether what the places are asked for makes up the whole."""
    words = context.words
    below = children_of(list(places.values()), at)
    sisters = below or children_of(list(places.values()), places[at].parent or "")
    known = [rows[p.code] for p in sisters if p.code in rows and rows[p.code].value is not None]
    if not any(row.value or row.status for row in known):
        return []
    within = at if below else places[at].parent or ""
    stored = published.place_curves(connection, target.target, within)
    curves = {row.place: up_to(row, stored.get(row.place, [])) for row in known}
    changes = {
        row.place: change
        for row in known
        if (change := since_year_before(row, curves[row.place])) is not None
    }
    listed = section(
        words("ranking"),
        *sums(context, target, _about(checks, places, at, below), places),
        ranking(context, target, known, places, at, changes),
    )
    drawn = section(words("multiples"), multiples(context, target, sisters, curves, within))
    if not any(place.tile for place in sisters):
        return [listed, drawn]
    cells = {(target.target, row.place): row for row in rows.values()}
    where = section(words("map"), *tile_map(context, target, sisters, cells))
    return [listed, html.Div([drawn, where], className="beside")]


def _about(
    checks: Sequence[AllocationCheck],
    places: Mapping[str, PlaceRow],
    at: str,
    below: Sequence[PlaceRow],
) -> list[AllocationCheck]:
    """The sums of a place, or of the one above where it has none below; with the whole's, problems."""
    parent = at if below else places[at].parent
    whole = next(iter(places))
    return [one for one in checks if one.parent == parent or (one.problem and parent == whole)]
