"""Dates and snapshots: what moves the whole site to another day, or to what was published then.

Owns `date_menu`, `snapshot_menu` and `form`, which leads to the address that its fields spell. Called
by `frame` and the page of changes. May import `markup` (fields), `parts`, `etl.snapshots` (`begun_at`),
`metrics.lives` (month ends).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboard.address import View
from dashboard.elements import html
from dashboard.parts import Component, Context, current
from etl.snapshots import begun_at
from metrics.lives import last_day


def form(context: Context, view: View, fields: Sequence[Component], asked: Sequence[str]) -> Component:
    """A form that leads to `view` with what its `fields` say of `asked`. It works without script."""
    kept = [(key, value) for key, value in view.query().items() if key not in asked]
    hidden = [html.Input(type="hidden", name=key, value=value) for key, value in (*view.asked, *kept)]
    go = html.Button(context.words("show_day"), type="submit")
    return html.Form([*fields, go, *hidden], action=view.path(), method="get", className="asking")


def day_field(context: Context, name: str, label: str, value: date | None) -> Component:
    """A field for a day of the policy's life up to its last."""
    policy = context.policy
    last = policy.as_of or policy.start
    field = html.Input(
        type="date", name=name, min=policy.start.isoformat(), max=last.isoformat(), required="required",
        **({"value": value.isoformat()} if value is not None else {}),
    )  # fmt: skip
    return html.Label([html.Span(label), field])


def date_menu(context: Context) -> Component:
    """The as-of date, a field for any other, and the month ends."""
    words, view, policy = context.words, context.view, context.policy
    if policy.as_of is None:
        return html.Span(words("empty"))
    months = []
    year, month = policy.as_of.year, policy.as_of.month
    while (year, month) >= (policy.start.year, policy.start.month):
        day = last_day(year, month)
        if day < policy.as_of:
            months.append(_entry(f"{year}-{month:02d}", view.but(as_of=day), day == view.as_of))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    latest = _entry(f"{words('latest')} {policy.as_of}", view.but(as_of=None), view.as_of is None)
    label = [html.Span(words("as_of", day=words.day(context.day))), html.Span(words("as_of_change"))]
    field = day_field(context, "as_of", words("as_of_day"), context.day)
    return _panel(
        label,
        [form(context, view, [field], ["as_of"]), html.P(words("month_ends"), className="sub")],
        [latest, *months],
        "as-of",
    )


def snapshot_menu(context: Context) -> list[Component]:
    """What was published when: each snapshot that is kept, with the way to the same page of it."""
    words, view = context.words, context.view
    if len(context.snapshots) < 2:
        return []
    shown = view.snapshot or context.facts.get("id")
    entries = []
    for name in context.snapshots:
        text = snapshot_name(context, name)
        to = None if name == context.published else name
        entries.append(_entry(text, view.but(snapshot=to), name == shown))
    said = snapshot_name(context, str(shown)) if context.old else words("snapshot_now")
    label = [html.Span(said), html.Span(words("snapshot_change"))]
    return [_panel(label, [html.P(words("snapshots_kept"), className="sub")], entries, "snapshots")]


def snapshot_name(context: Context, name: str, *, mark: bool = True) -> str:
    """A snapshot, told by when its load began; `mark`: that it is the published one is said."""
    words = context.words
    said = words("snapshot_of", when=f"{begun_at(name):%Y-%m-%d %H:%M}")
    return said + (words("snapshot_current") if mark and name == context.published else "")


def _panel(
    label: Sequence[Any], head: Sequence[Component], entries: Sequence[Component], name: str
) -> Component:
    listed = html.Ul([html.Li(entry) for entry in entries])
    panel = html.Div([*head, listed], className="panel")
    return html.Details([html.Summary(label), panel], className=f"menu {name}")


def _entry(text: str, href: str, here: bool) -> Component:
    return html.A(text, href=href, **current("page", here))
