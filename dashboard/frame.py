"""The frame round every page: header with menus, notices, where the figures are from.

Owns `frame` and `message` (the page when there is nothing to show). Called by `site`. May import
`parts`, `dates`, `own_place`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.address import View
from dashboard.dates import date_menu, snapshot_menu, snapshot_name
from dashboard.elements import html
from dashboard.own_place import own_link
from dashboard.parts import Component, Context, current, link, menu, named
from dashboard.quoted import quoted
from dashboard.words import Words
from metrics.completeness import SHOWN_MONTHS


def frame(
    context: Context, title: str, content: Sequence[Any], trail: Sequence[Component]
) -> Component:
    """The page round its content; the trail leads back from it."""
    words = context.words
    return html.Div(
        [
            html.A(words("skip"), href="#main", className="skip"),
            html.Header([_first_bar(context), _second_bar(context), *_notices(context)]),
            html.Main(
                [
                    *trail,
                    html.H1(quoted(title, words), id="title", tabIndex="-1"),
                    *content,
                    html.P(source_line(context), className="source"),
                ],
                id="main",
                tabIndex="-1",
            ),
        ],
        lang="zh-CN" if words.language == "zh" else "en",
        className="page",
    )


def message(words: Words, view: View, title: str, text: str) -> Component:
    """A page that only says something."""
    back = html.P(link(words("to_overview"), view.to("", snapshot=None)))
    bar = html.Div(
        [html.Span(words("site"), className="brand"), _language(words, view)], className="bar"
    )
    said = [html.H1(title, id="title", tabIndex="-1"), html.P(text, className="lead"), back]
    return html.Div(
        [html.Header(bar), html.Main(said, className="message", id="main", tabIndex="-1")],
        lang="zh-CN" if words.language == "zh" else "en",
        className="page",
    )


def source_line(context: Context) -> str:
    """Where the figures of a page are from: for every printed sheet, saved chart and citation."""
    words = context.words
    snapshot = words("snapshot", id=context.facts.get("id", ""))
    said = words("source_line", snapshot=snapshot, day=words.day(context.day))
    demo = words("demo") if context.facts.get("demo") == "true" else ""
    return words.sentences([said, reports_line(context), demo])


def reports_line(context: Context) -> str:
    """How complete the records are that the figures of a page rest on."""
    reported = context.reported
    if reported is None:
        return ""
    gaps = {"due": reported.due, "missing": reported.missing}
    return context.words("source_reports", months=SHOWN_MONTHS, **gaps)


def _first_bar(context: Context) -> Component:
    words, view = context.words, context.view
    name = words.of(context.policy.name)
    policies: Any = html.Span(name, className="policy")
    if len(context.policies) > 1:
        entries = [
            _entry(
                words.of(one.name),
                view.to("", policy=one.policy, as_of=None, since=None),
                one is context.policy,
            )
            for one in context.policies
        ]
        policies = menu([html.Span(name), html.Span(words("policy_change"))], entries, "policies")
    return html.Div(
        [
            link(words("site"), view.to(""), "brand"),
            policies,
            _language(words, view),
        ],
        className="bar",
    )


def _language(words: Words, view: View) -> Component:
    """The way to the same page in the other language, named in that language."""
    other = "en" if words.language == "zh" else "zh"
    href = view.but(lang=other)
    return html.A(words("language"), href=href, lang=other, className="language")


def _second_bar(context: Context) -> Component:
    words, view, policy = context.words, context.view, context.policy
    pages = [
        ("overview", "", ""),
        ("places", "place", policy.area),
        ("changes", "changes", ""),
        ("policy", "policy", policy.policy),
        ("data", "data", ""),
        ("quality", "quality", ""),
    ]
    entries = [
        _entry(words(key), view.to(page, name), view.page == page and name in ("", view.name))
        for key, page, name in pages
    ]
    entries.insert(2, own_link(context))
    # The briefing is that of the place which one is looking at.
    place = view.name if view.page == "place" and view.name != policy.area else view.place
    entries.append(_entry(words("briefing"), view.to("briefing", place=place), view.page == "briefing"))
    nav = html.Nav(entries, **named(words("navigation")))
    when = html.Div([*snapshot_menu(context), date_menu(context)], className="when")
    return html.Div([nav, when], className="bar second")


def _entry(text: str, href: str, here: bool) -> Component:
    return html.A(text, href=href, **current("page", here))


def _notices(context: Context) -> list[Component]:
    words, view, policy = context.words, context.view, context.policy
    notices = []
    if context.facts.get("demo") == "true":
        notices.append(html.P(words("demo"), className="notice"))
    if context.old:
        back = link(words("back_to_current"), view.but(snapshot=None))
        said = words("old_snapshot", name=snapshot_name(context, str(view.snapshot)))
        notices.append(html.P([said, " · ", back], className="notice"))
    if view.as_of is not None and policy.as_of is not None and view.as_of != policy.as_of:
        back = link(words("back_to_latest", day=policy.as_of), view.but(as_of=None))
        past = words("past_day", day=view.as_of)
        notices.append(html.P([past, " · ", back], className="notice"))
    return notices
