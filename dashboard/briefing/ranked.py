"""Rankings of a briefing: places by each target that judges them.

Owns `rankings`. Called by `draft`. May import `content`, `figures`, `words`, `dashboard.allocations`,
`metrics.comparison`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboard.allocations import is_allocated
from dashboard.briefing.content import Place, Ranking
from dashboard.figures import figure
from dashboard.told import Told
from dashboard.words import Words
from metrics.comparison import Change
from metrics.rows import PlaceRow, ProgressRow, TargetRow


def rankings(
    targets: Sequence[TargetRow],
    changes: Mapping[tuple[str, str], Change],
    places: Sequence[PlaceRow],
    place: PlaceRow,
    words: Words,
) -> tuple[Ranking, ...]:
    """The places right below a place, or its sisters where there is none below, for every target by
    which any of them is judged."""
    compared = _children(places, place.code) or _children(places, place.parent or "")
    found = []
    for target in targets:
        rows = {one.code: changes[target.target, one.code] for one in compared}
        if not any(change.now.status not in (None, "no_data") for change in rows.values()):
            continue
        last = len(rows) + 1
        ordered = sorted(compared, key=lambda one: (rows[one.code].now.rank or last, one.code))
        found.append(
            Ranking(
                target=target.target,
                name=words.of(target.name),
                requirement=_asked(target, rows[ordered[0].code], words),
                places=tuple(_place(target, one, rows[one.code], place, words) for one in ordered),
            )
        )
    return tuple(found)


def _children(places: Sequence[PlaceRow], of: str) -> list[PlaceRow]:
    """The places right below one. Parks that are no place of their own take no part."""
    return [place for place in places if place.parent == of and place.level != "park"]


def _asked(target: TargetRow, change: Change, words: Words) -> str:
    """What each is asked: of parts that were handed down, each is asked for another."""
    if is_allocated(target):
        return words("briefing_asked_each", unit=words.of(target.unit))
    return words.requirement(target, change.now)


def _place(target: TargetRow, place: PlaceRow, change: Change, here: PlaceRow, words: Words) -> Place:
    row, then = change.now, change.then
    before = then.rank if then is not None and not change.is_anew else None
    return Place(
        rank=words("none") if row.rank is None else figure(row, "rank", str(row.rank)),
        rank_before=words("none")
        if then is None or before is None
        else figure(then, "rank", str(before)),
        name=words.of(place.short_name),
        value=_value(target, row, words),
        status=row.status or "",
        word=words.status(row.status),
        here=place.code == here.code,
    )


def _value(target: TargetRow, row: ProgressRow, words: Words) -> str:
    """A value without its unit, which the requirement above the table names; of what was allocated with
    what the place is asked for."""
    if row.value is None or words.unit(target, row).en == "%":
        return words.value(target, row)
    number, exact = words.number(row.value), words.value(target, row, short=False)
    if row.value != row.required and number == words.number(row.required):
        number = words.number(row.value, short=False)
    value = figure(row, "value", number, exact)
    if is_allocated(target) and row.required is not None:
        asked = words.laid_down(row.required, words.unit(target, row))
        return Told.joined([value, " / ", figure(row, "required", asked, words.full(row.required))])
    return value
