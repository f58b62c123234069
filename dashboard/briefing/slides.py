"""A briefing on the wall of a meeting room: one subject a screen, in large type.

Owns `slide_page` and `stage`, the frame of a slide. A slide is a page like any other, told by its
address, so that reload, the back button and a link sent to a colleague work; `assets/briefing.js` adds
the arrow keys. Called by `site`. May import `content`, `draft`, `page`, `frame` (how complete
the records are), `parts`, `quoted`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from dashboard.briefing.content import Briefing, Concern, Line, Place
from dashboard.briefing.draft import draft
from dashboard.briefing.page import asked
from dashboard.elements import html
from dashboard.frame import reports_line
from dashboard.parts import Component, Context, badge, link, named, no_page
from dashboard.quoted import quoted
from dashboard.words import Words

#: What a screen has room for, to be read from the last row of seats.
_LINES, _PLACES, _NOTES = 6, 24, 4
#: Places stand in two columns, unless there are few.
_ONE_COLUMN = 8

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Slide:
    """One screen."""

    title: str
    content: Sequence[Any]


def slide_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the slide whose number the address names. Raises UnknownNameError."""
    briefing = draft(connection, asked(context))
    every = list(slides(briefing, context.words))
    name = context.view.name
    if not (name.isascii() and name.isdigit() and 1 <= int(name) <= len(every)):
        raise no_page(f"present/{name}")
    at = int(name)
    slide = every[at - 1]
    return slide.title, [
        html.Div(slide.content, className="slide"),
        _way_on(context, briefing, at, len(every)),
    ]


def stage(context: Context, title: str, content: Sequence[Any]) -> Component:
    """The whole page round a slide: no header, no menus."""
    words = context.words
    heading = html.H1(quoted(title, words), id="title", tabIndex="-1")
    return html.Div(
        html.Main([heading, *content], id="main"),
        lang="zh-CN" if words.language == "zh" else "en",
        className="page stage",
    )


def slides(briefing: Briefing, words: Words) -> Iterator[Slide]:
    """All slides, in order."""
    yield Slide(briefing.title, _cover(briefing, words))
    for concern in briefing.concerns:
        yield Slide(concern.name, _concern(concern, words))
    yield Slide(words("briefing_turns"), _turns(briefing, words))
    judged = words("judged") if briefing.others else words("briefing_lines")
    for title, lines in ((judged, briefing.judged), (words("contributed"), briefing.others)):
        for name, some in _parts(title, lines, _LINES, words):
            yield Slide(name, [_lines(some, words)])
    for ranking in briefing.rankings:
        for name, places in _parts(ranking.name, ranking.places, _PLACES, words):
            yield Slide(name, [html.P(ranking.requirement, className="asked"), _places(places, words)])
    for name, notes in _parts(words("briefing_notes"), briefing.notes, _NOTES, words):
        yield Slide(name, [html.Ul([html.Li(quoted(note, words)) for note in notes], className="said")])


def _parts(
    title: str, every: Sequence[Part], most: int, words: Words
) -> Iterator[tuple[str, Sequence[Part]]]:
    """What one screen has no room for, on several of about the same length."""
    count = -(-len(every) // most)
    for at in range(count):
        some = every[at * len(every) // count : (at + 1) * len(every) // count]
        yield words("briefing_part", title=title, at=at + 1, of=count) if count > 1 else title, some


def _cover(briefing: Briefing, words: Words) -> list[Component]:
    items = [
        html.Li([html.Strong(str(count.targets)), badge(count.status, words)])
        for count in briefing.counts
    ]
    return [
        html.P([briefing.place, " · ", briefing.day], className="asked"),
        html.Ul(items, className="tally", **named(words("counts"))),
        html.Ul([html.Li(sentence) for sentence in briefing.headlines], className="said"),
    ]


def _concern(concern: Concern, words: Words) -> list[Component]:
    return [
        html.P(badge(concern.status, words), className="asked"),
        html.Dl(
            [
                html.Div([html.Dt(words("value")), html.Dd(concern.value)]),
                html.Div([html.Dt(words("requirement")), html.Dd(concern.requirement)]),
            ],
            className="figures",
        ),
        html.P(concern.reason, className="why"),
    ]


def _turns(briefing: Briefing, words: Words) -> list[Component]:
    said = html.P(briefing.compared, className="asked")
    items = [
        html.Li(
            [
                html.Strong(turn.name),
                html.Span(
                    [
                        turn.then,
                        words("briefing_in_brackets", said=turn.value_then),
                        " → ",
                        turn.now,
                        words("briefing_in_brackets", said=turn.value_now),
                    ]
                ),
            ]
        )
        for turn in briefing.turns
    ]
    return [said, html.Ul(items, className="said turned")] if items else [said]


def _lines(lines: Sequence[Line], words: Words) -> Component:
    judged = bool(lines[0].status)
    keys = (
        ("target", "value", "requirement", "status") if judged else ("target", "value", "share", "rank")
    )
    body = []
    for line in lines:
        if judged:
            cells: list[Any] = [line.value, line.requirement, badge(line.status, words)]
        else:
            cells = [line.value, line.share, line.rank]
        body.append(html.Tr([html.Th(line.name, scope="row"), *map(html.Td, cells)]))
    heads = [html.Th(words(key), scope="col") for key in keys]
    caption = html.Caption(words("targets"))
    return html.Table([caption, html.Thead(html.Tr(heads)), html.Tbody(body)])


def _places(places: Sequence[Place], words: Words) -> Component:
    """Places in columns, each a list that goes on counting where the one before ended."""
    columns = []
    length = len(places) if len(places) <= _ONE_COLUMN else -(-len(places) // 2)
    for first in range(0, len(places), length):
        items = [
            html.Li(
                [
                    html.Span(place.rank, className="rank"),
                    html.Span(place.name),
                    html.Span(place.value, className="figure"),
                    badge(place.status or None, words),
                ],
                className="here" if place.here else None,
            )
            for place in places[first : first + length]
        ]
        columns.append(html.Ul(items, **named(words("ranking"))))
    return html.Div(columns, className="columns")


def _way_on(context: Context, briefing: Briefing, at: int, of: int) -> Component:
    """To the slides before and after, and out; what the figures are and what they rest on."""
    words, view = context.words, context.view

    def way(key: str, number: int, rel: str) -> Component:
        if not 1 <= number <= of:
            return html.Span(words(key), className="off")
        return html.A(words(key), href=view.but(name=str(number)), rel=rel)

    return html.Div(
        [
            html.P(briefing.demo, className="demo-mark") if briefing.demo else "",
            html.P([quoted(briefing.citation, words), " ", reports_line(context)], className="cited"),
            html.Nav(
                [
                    way("briefing_previous", at - 1, "prev"),
                    html.Span(words("briefing_slide", at=at, of=of)),
                    way("briefing_next", at + 1, "next"),
                    link(words("briefing_leave"), view.to("briefing", place=view.place), "leave"),
                ],
                **named(words("briefing_present")),
            ),
        ],
        className="way-on",
    )
