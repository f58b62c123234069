"""Changes: what turned better or worse since an earlier date, and which places moved, in words.

Owns `changed`, `moved`, `turned` (a status then and now) and `since_link`. Called by the pages of the
overview, of a place and of changes. May import `figures`, `parts`, `metrics.comparison`,
`metrics.movers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dashboard.elements import html
from dashboard.figures import climbed, figure
from dashboard.parts import HIDDEN, Component, Context, badge, link
from dashboard.words import Words
from metrics.comparison import Change
from metrics.movers import Mover
from metrics.published import PlaceRow
from metrics.rows import TargetRow

#: How a status turned, what matters most first, each with its shape.
TURNS: Mapping[str, str] = {"worse": "▼", "better": "▲", "other": "○"}
#: Turns listed on a page; the page of changes has all of them.
_SHOWN = 4
#: So many places are named for each direction.
_MOVERS = 3


def changed(
    context: Context, targets: Sequence[TargetRow], changes: Mapping[str, Change], href: str
) -> list[Component]:
    """Which of `targets` turned better or worse, and how many values grew; `href` leads to all."""
    words, view = context.words, context.view
    turned_ones = [
        (target, changes[target.target])
        for turn in TURNS
        for target in targets
        if changes[target.target].turn == turn
    ]
    at = view.name if view.page == "place" and view.name != context.policy.area else None
    items = [
        html.Li(
            [
                turn_mark(change, words),
                link(words.of(target.name), view.to("target", target.target, place=at)),
                html.Span(turned(change, words), className="turned"),
            ]
        )
        for target, change in turned_ones[:_SHOWN]
    ]
    more = len(turned_ones) - len(items)
    text = words("changes_more", count=more) if more > 0 else words("changes_all")
    listed = html.Ul(items, className="turns") if items else html.P(words("changes_none"))
    return [
        listed,
        html.P([_growth(words, changes.values()), " · ", link(text, href)], className="sub"),
    ]


def turn_mark(change: Change, words: Words) -> Component:
    """How a status turned: a shape and a word."""
    turn = change.turn
    if turn is None:
        return html.Span(words("turn_none"), className="turn sub")
    return html.Span(
        [html.Span(TURNS[turn], **HIDDEN), " ", words(f"turn_{turn}")], className=f"turn {turn}"
    )


def turned(change: Change, words: Words) -> list[Any]:
    """The status then and now; only the one where it did not turn."""
    if change.turn is None:
        return [badge(change.now.status, words)]
    was = change.then.status if change.then is not None else None
    before = badge(was, words) if change.then is not None else words("changes_new")
    return [before, " → ", badge(change.now.status, words)]


def moved(
    context: Context, movers: Sequence[Mover], places: Mapping[str, PlaceRow], names: Mapping[str, str]
) -> list[Component]:
    """The places that climbed most and fell most; `names` are those of the targets."""
    words = context.words
    up = [one for one in movers if one.climbed > 0][:_MOVERS]
    down = [one for one in reversed(movers) if one.climbed < 0][:_MOVERS]
    if not up and not down:
        return [html.P(words("moved_none")), _how(words)]
    return [
        html.Div(
            [_movers(context, "up", up, places, names), _movers(context, "down", down, places, names)],
            className="movers",
        ),
        _how(words),
    ]


def _how(words: Words) -> Component:
    return html.P(words("moved_note"), className="sub")


def _movers(
    context: Context,
    way: str,
    found: Iterable[Mover],
    places: Mapping[str, PlaceRow],
    names: Mapping[str, str],
) -> Component:
    words, view = context.words, context.view
    items = []
    for one in found:
        then, now = one.most.then, one.most.now
        assert then is not None  # a mover moved from somewhere
        by = words(f"moved_{way}", by=climbed(one, words.number(abs(one.climbed))))
        ranks = {
            "then": figure(then, "rank", str(then.rank)),
            "now": figure(now, "rank", str(now.rank)),
        }
        why = words("moved_most", target=names[now.target], **ranks)
        means = words("moved_means", then=words.number(one.then), now=words.number(one.now))
        name = words.of(places[one.place].short_name)
        items.append(
            html.Li(
                [
                    link(name, view.to("place", one.place)),
                    html.Span(by, className=f"turn {'better' if way == 'up' else 'worse'}"),
                    html.Span(why, className="sub", title=means),
                ]
            )
        )
    return html.Ul(items) if items else html.P(words(f"moved_none_{way}"), className="sub")


def _growth(words: Words, changes: Iterable[Change]) -> str:
    """How many values grew, fell and stayed; those that are counted anew are none of these."""
    told = [change.difference for change in changes if change.difference is not None]
    grew, fell = sum(one > 0 for one in told), sum(one < 0 for one in told)
    return words("changes_growth", grew=grew, fell=fell, same=len(told) - grew - fell)
