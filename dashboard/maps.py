"""Places side by side: the tile map of one target, the matrix of all targets, their key of colours.

Owns `by_place` (the map with the choice of its target), `beside_map`, `tile_map` and `matrix`. Called
by the pages. May import `parts`, `rankings`, `words`, `metrics.published` (row types).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.charts import chart
from dashboard.elements import html
from dashboard.figures import figure
from dashboard.parts import (
    HIDDEN,
    WORST_FIRST,
    Component,
    Context,
    asked_of,
    badge,
    current,
    link,
    menu,
    named,
)
from dashboard.rankings import ranking
from dashboard.tables import places_table
from dashboard.words import ICONS
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow

Cells = Mapping[tuple[str, str], ProgressRow]

#: Shades of a value that nobody judges, from nothing to the most that any place has.
_SHADES = 5
#: The least that a column of the matrix needs, in pixels.
_NAME_WIDTH, _CELL_WIDTH = 160, 34
#: A syllable of pinyin at the beginning of what is left of a word; words of so many letters are broken.
_SYLLABLE = re.compile("[^aeiouü]*[aeiouü]+(?:ng(?![aeiou])|n(?![aeioug])|n(?=g[aeiou]))?")
_LONG = 7
#: So few that the names above the columns of the matrix need not be turned.
_FEW_PLACES = 12


def by_place(
    context: Context,
    targets: Sequence[TargetRow],
    whole: Mapping[str, ProgressRow],
    places: Sequence[PlaceRow],
    cells: Cells,
    at: str,
) -> list[Component]:
    """The places by one of `targets`, which can be changed: as tiles, or where none of them has a place
    on the map, ranked with bars. `whole` are the rows that say how the targets stand; `at` is the place
    that the page is about. Empty if no target has anything to show."""
    known = {
        target.target: [cells[target.target, one.code] for one in places] for target in targets
    }  # fmt: skip
    if not any(row.value for rows in known.values() for row in rows):
        return []
    asked = next((target for target in targets if target.target == context.view.show), None)
    chosen = asked or _first_to_map(targets, places, whole, cells)
    choice = _map_menu(context, chosen, targets, whole)
    if any(place.tile for place in places):
        return [choice, *tile_map(context, chosen, places, cells)]
    ranked = [row for row in known[chosen.target] if row.value is not None]
    if not ranked:
        return [choice, html.P(context.words("map_empty"))]
    return [choice, ranking(context, chosen, ranked, {one.code: one for one in places}, at, {})]


def beside_map(
    left: Sequence[Component], where: Sequence[Component], places: Sequence[PlaceRow]
) -> list[Component]:
    """What a page says first, with the section of its places: beside it where that is a map, else below
    it, for a ranking is as long as there are places."""
    if any(place.tile for place in places):
        return [html.Div([html.Div(left), *where], className="beside screen")]
    return [html.Div([html.Div(left)], className="beside screen"), *where]


def _map_menu(
    context: Context, chosen: TargetRow, targets: Sequence[TargetRow], whole: Mapping[str, ProgressRow]
) -> Component:
    """The target that the map shows, and those that it can show, each with its state."""
    words, view = context.words, context.view
    entries = []
    for target in targets:
        status = whole[target.target].status
        icon = html.Span(ICONS[status], className=f"status {status}", **HIDDEN) if status else ""
        href = view.but(show=target.target)
        entries.append(
            html.A([icon, " ", words.of(target.name)], href=href, **current("true", target is chosen))
        )
    label = [html.Span(words.of(chosen.name)), html.Span(words("change_target"))]
    return menu(label, entries, "chooser")


def _first_to_map(
    targets: Sequence[TargetRow],
    places: Sequence[PlaceRow],
    whole: Mapping[str, ProgressRow],
    cells: Cells,
) -> TargetRow:
    """The target to show where none is asked for: the worst one whose places differ in state, else the
    one that most places have anything of (a map of zeros says nothing)."""
    by_state = [
        target
        for status in WORST_FIRST
        for target in targets
        if whole[target.target].status == status
        and len({cells[target.target, place.code].status for place in places} - {None, "no_data"}) > 1
    ]
    if by_state:
        return by_state[0]
    return max(targets, key=lambda t: sum(bool(cells[t.target, place.code].value) for place in places))


def tile_map(
    context: Context, target: TargetRow, places: Sequence[PlaceRow], cells: Cells
) -> list[Component]:
    """The places as tiles in their rough relative positions, coloured by one target; its key."""
    words, view = context.words, context.view
    tiles = [place for place in places if place.tile is not None]
    top = max((cells[target.target, p.code].value or 0.0 for p in tiles), default=0.0)
    shown = []
    for place in tiles:
        assert place.tile is not None  # filtered above
        row = cells[target.target, place.code]
        icon = f"{ICONS[row.status]} " if row.status else ""
        value = figure(row, "value", words.narrow(row.value))
        content = [html.Span(_syllables(words.of(place.short_name))), html.Strong([icon, value])]
        at = {"gridRow": place.tile[0] + 1, "gridColumn": place.tile[1] + 1}
        href = view.to("place", place.code, show=target.target)
        tile = link(content, href, f"tile {_colour(row, top)}")
        shown.append(html.Li(tile, title=_said(context, target, place, row), style=at))
    rows = [cells[target.target, place.code] for place in tiles]
    title = f"{words.of(target.name)} · {words('map')}"
    drawing = [
        html.Ul(shown, className="tiles", **named(words("map"))),
        _key(context, rows, target, top),
    ]
    return [
        chart(
            context,
            f"{target.target}-map",
            title,
            words("map_note", count=len(tiles)),
            drawing,
            places_table(context, title, target, rows, {place.code: place for place in tiles}),
            files=("progress", asked_of(context, target=target.target)),
            linked=True,
        )
    ]


def _syllables(name: str) -> list[Any]:
    """A name whose long words may be broken between syllables, where a tile is too narrow for them."""
    found: list[Any] = []
    for number, word in enumerate(name.split(" ")):
        parts = _SYLLABLE.findall(word) if len(word) >= _LONG else []
        parts = parts if "".join(parts) == word else [word]
        found += [" "] if number else []
        found += [one for part in parts for one in (html.Wbr(), part)][1:]
    return found


def matrix(
    context: Context, targets: Sequence[TargetRow], places: Sequence[PlaceRow], cells: Cells
) -> list[Component]:
    """Every target at every place. Targets that no place has anything of are named below it."""
    words, view = context.words, context.view
    body, empty = [], []
    for target in targets:
        rows = [cells[target.target, place.code] for place in places]
        if not any(row.value or row.status for row in rows):
            empty.append(words.of(target.name))
            continue
        top = max((row.value or 0.0 for row in rows), default=0.0)
        line = [_cell(context, target, p, row, top) for p, row in zip(places, rows, strict=True)]
        name = link(words.of(target.name), view.to("target", target.target))
        unit = words.of(target.inner_unit or target.unit)
        head = html.Th([name, html.Span(unit, className="sub")], scope="row")
        body.append(html.Tr([head, *line]))
    heads = [
        html.Th(link(words.of(p.short_name), view.to("place", p.code)), scope="col") for p in places
    ]
    corner = html.Th(words("target"), scope="col")
    caption = html.Caption(words("matrix"))
    drawn = html.Table(
        [caption, html.Thead(html.Tr([corner, *heads])), html.Tbody(body)],
        style={"minWidth": f"{_NAME_WIDTH + _CELL_WIDTH * len(places)}px"},
        className="roomy" if len(places) <= _FEW_PLACES else None,
    )
    judged = [row for row in cells.values() if row.status and row.place in {p.code for p in places}]
    rest = (
        [html.P(words("matrix_empty", targets=words.listed(empty)), className="sub")] if empty else []
    )
    region = named(words("matrix"))
    shown = [
        _key(context, judged, None, 0.0),
        html.Div(drawn, className="scroll matrix", tabIndex="0", role="region", **region),
    ]
    policy = context.policy
    filed = ("progress", asked_of(context, policy=policy.policy))
    title = f"{words.of(policy.name)} · {words('matrix')}"
    note = words("matrix_note")
    name = f"{policy.policy}-matrix"
    return [chart(context, name, title, note, shown, None, files=filed, linked=True), *rest]


def _cell(context: Context, target: TargetRow, place: PlaceRow, row: ProgressRow, top: float) -> Any:
    words = context.words
    # The two stand one above the other where a narrow column has no room for them side by side.
    text: list[Any] = [html.Span(f"{ICONS[row.status]} ")] if row.status is not None else []
    text.append(figure(row, "value", words.narrow(row.value)))
    href = context.view.to("place", place.code, show=target.target)
    nothing = " nothing" if not row.value and row.status is None else ""
    cell = link(text, href, f"cell {_colour(row, top)}{nothing}")
    return html.Td(cell, title=_said(context, target, place, row))


def _said(context: Context, target: TargetRow, place: PlaceRow, row: ProgressRow) -> str:
    words = context.words
    state = f" {words.status(row.status)}" if row.status else ""
    return f"{words.of(place.name)} {words.value(target, row, short=False)}{state}"


def _colour(row: ProgressRow, top: float) -> str:
    if row.status is not None:
        return row.status
    shade = (
        0 if not row.value or not top else min(_SHADES, 1 + int((_SHADES - 0.001) * row.value / top))
    )
    return f"tint{shade}"


def _key(
    context: Context, rows: Sequence[ProgressRow], target: TargetRow | None, top: float
) -> Component:
    """What the colours mean: the statuses that occur, or the shades from 0 to the most."""
    words = context.words
    found = [status for status in ICONS if any(row.status == status for row in rows)]
    entries: list[Any] = [html.Span(badge(s, words), className=f"swatch {s}") for s in found]
    if target is not None and not found:
        shades = [html.I(className=f"tint{shade}") for shade in range(_SHADES + 1)]
        unit = target.inner_unit or target.unit
        entries = ["0", html.Span(shades, className="shades", **HIDDEN), words.amount(top, unit)]
    return html.P([html.Span(words("key")), *entries], className="key")
