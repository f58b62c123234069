"""A briefing as a page: to be read on a screen or a phone, printed, or taken along as a file.

Owns `briefing_page` and `asked`. Called by `site`. May import `content`, `draft`, `headings`, `frame`
(how complete the records are), `parts`, `quoted`, `tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.briefing.content import Briefing, Line, Ranking
from dashboard.briefing.draft import Question, draft
from dashboard.briefing.headings import CONCERNS, LINES, OTHERS, PLACES, numbered
from dashboard.elements import html
from dashboard.frame import reports_line
from dashboard.parts import Component, Context, asked_of, badge, files_of, link, named, section
from dashboard.quoted import quoted
from dashboard.tables import table


def asked(context: Context) -> Question:
    """What the address of a page asks of a briefing."""
    return Question(
        policy=context.policy.policy,
        place=context.view.place,
        as_of=context.view.as_of,
        language=context.words.language,
    )


def briefing_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """Title and content of the briefing that the view asks for."""
    words, briefing = context.words, draft(connection, asked(context))
    parts = (
        ("briefing_summary", _overall(context, briefing)),
        ("briefing_concerns", _concerns(context, briefing)),
        ("briefing_turns", _turns(context, briefing)),
        ("briefing_lines", _lines(context, briefing)),
        ("briefing_rankings", _rankings(context, briefing)),
        ("briefing_notes", _notes(context, briefing)),
    )
    sections = [
        section(numbered(1, number, words(key), words), *content, anchor=key.replace("_", "-"))
        for number, (key, content) in enumerate(parts, 1)
    ]
    command = html.P([words("briefing_command_note"), html.Code(briefing.command)], className="sub")
    head = html.P([briefing.place, html.Span(briefing.day)], className="brief-line")
    opening = html.P(quoted(briefing.opening, words))
    content = [
        _ways(context),
        head,
        opening,
        *sections,
        html.P([quoted(briefing.citation, words), " ", reports_line(context)]),
        command,
    ]
    return briefing.title, [html.Div(content, className="brief")]


def _ways(context: Context) -> Component:
    """As a file, and to the wall of a meeting room."""
    words, view, policy = context.words, context.view, context.policy
    query = asked_of(context, policy=policy.policy, place=view.place)
    files = files_of("briefing", query, ("pdf", "docx"), what=words("briefing"))
    present = link(words("briefing_present"), view.to("present", "1", place=view.place), "present")
    return html.P([words("briefing_print"), " ", files, present], className="ways")


def _overall(context: Context, briefing: Briefing) -> list[Component]:
    words = context.words
    items = [
        html.Li([html.Strong(str(count.targets)), badge(count.status, words)])
        for count in briefing.counts
    ]
    said = [html.P(sentence) for sentence in briefing.headlines]
    return [html.Ul(items, className="tally", **named(words("counts"))), *said]


def _concerns(context: Context, briefing: Briefing) -> list[Component]:
    words = context.words
    rows = [
        (_target(context, c.target, c.name), c.requirement, c.value, badge(c.status, words), c.reason)
        for c in briefing.concerns
    ]
    more = html.P(briefing.concerns_more) if briefing.concerns_more else ""
    headers = [words(key) for key in CONCERNS]
    return [table(words("briefing_concerns"), headers, rows) if rows else "", more]


def _turns(context: Context, briefing: Briefing) -> list[Component]:
    words = context.words
    if not briefing.turns:
        return [html.P(briefing.compared)]
    rows = [
        (
            _target(context, turn.target, turn.name),
            words(f"briefing_directions_{turn.direction}"),
            _two(turn.then, turn.value_then),
            _two(turn.now, turn.value_now),
        )
        for turn in briefing.turns
    ]
    keys = ("target", "briefing_direction", "briefing_then", "briefing_now")
    return [table(words("briefing_turns"), [words(key) for key in keys], rows)]


def _lines(context: Context, briefing: Briefing) -> list[Component]:
    words = context.words
    found: list[Component] = [html.P(words("briefing_lines_note"), className="sub")]
    if briefing.judged:
        heading = html.H3
        if briefing.others:
            found.append(html.H3(words("judged")))
            heading = html.H4
        for name in dict.fromkeys(line.section for line in briefing.judged):
            lines = [line for line in briefing.judged if line.section == name]
            found += [heading(name), _judged(context, name, lines)]
    if briefing.others:
        found += [html.H3(words("contributed")), _others(context, briefing.others)]
    return found


def _judged(context: Context, name: str, lines: Iterable[Line]) -> Component:
    words = context.words
    headers = [words(key) for key in LINES]
    headers[LINES.index("value")] += words("briefing_in_brackets", said=words("briefing_then"))
    # The name comes first: on a phone it is what a card is called.
    headers[0], headers[1] = headers[1], headers[0]
    rows = [
        (
            _target(context, line.target, line.name),
            quoted(line.clause, words),
            line.requirement,
            _two(line.value, line.value_before),
            line.expected,
            _two(badge(line.status, words), line.remark),
            line.by,
            [line.needed, " / ", line.rate],
        )
        for line in lines
    ]
    return table(name, headers, rows, class_name="lines aligned")


def _others(context: Context, lines: Iterable[Line]) -> Component:
    words = context.words
    headers = [words(key) for key in OTHERS]
    headers[0], headers[1] = headers[1], headers[0]
    rows = [
        (
            _target(context, one.target, one.name),
            quoted(one.clause, words),
            one.value,
            one.value_before,
            one.share,
            one.rank,
        )
        for one in lines
    ]
    return table(words("contributed"), headers, rows, class_name="lines")


def _rankings(context: Context, briefing: Briefing) -> list[Component]:
    words = context.words
    if not briefing.rankings:
        return [html.P(words("briefing_no_rankings"))]
    found = [
        html.Div(
            [
                html.H3(numbered(2, number, one.name, words)),
                html.P(one.requirement, className="sub"),
                ranked(context, one),
            ]
        )
        for number, one in enumerate(briefing.rankings, 1)
    ]
    note = html.P(words("briefing_rankings_note"), className="sub")
    return [note, html.Div(found, className="ranked-all")]


def ranked(context: Context, ranking: Ranking) -> Component:
    """The places of a ranking, narrow enough for a phone."""
    words = context.words
    body = [
        html.Tr(
            [
                html.Td(place.rank),
                html.Th(place.name, scope="row"),
                html.Td(place.value, className="number"),
                html.Td(badge(place.status or None, words)),
                html.Td(place.rank_before, className="sub"),
            ],
            className="here" if place.here else None,
        )
        for place in ranking.places
    ]
    heads = [html.Th(words(key), scope="col") for key in PLACES]
    drawn = html.Table([html.Caption(ranking.name), html.Thead(html.Tr(heads)), html.Tbody(body)])
    return html.Div(
        drawn, className="scroll ranked", tabIndex="0", role="region", **named(ranking.name)
    )


def _notes(context: Context, briefing: Briefing) -> list[Component]:
    return [html.Ol([html.Li(quoted(note, context.words)) for note in briefing.notes])]


def _target(context: Context, target: str, name: str) -> Component:
    """A target's name, with the way to its page (at the briefing's place)."""
    return link(name, context.view.to("target", target, place=context.view.place))


def _two(first: Any, second: str) -> Sequence[Any]:
    """One below the other, the second if there is one."""
    below = html.Span(second, className="sub second-line") if second else ""
    return [html.Span(first), below]
