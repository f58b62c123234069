"""The page of changes: any two dates against each other, or what was published then against now.

Owns `changes_page`: every target's value then and now, its change and how its status turned; which
places moved. Called by `site`. May import `figures`, `parts`, `changes`, `dates`, `tables`,
`metrics.published`, `metrics.comparison`, `metrics.movers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from dashboard.changes import moved, turn_mark, turned
from dashboard.dates import day_field, form, snapshot_name
from dashboard.elements import html
from dashboard.figures import difference
from dashboard.parts import Component, Context, children_of, link, menu, no_page, section
from dashboard.tables import table
from metrics import published
from metrics.comparison import Change, compare
from metrics.movers import movers
from metrics.published import PlaceRow
from metrics.rows import ProgressRow, TargetRow


def changes_page(
    context: Context, connection: Connection, before: Connection | None = None
) -> tuple[str, list[Any]]:
    """Title and content; `before`: the snapshot that is compared with, by default the same."""
    words, view, policy = context.words, context.view, context.policy
    places = published.places(connection, policy.area)
    by_code = {place.code: place for place in places}
    at = view.place or policy.area
    if at not in by_code:
        raise no_page(at)
    since, then = _then(context, connection, before)
    asking = section(words("changes_of"), _asking(context, by_code, at, since))
    if since is None or context.day is None:
        return words("changes"), [html.P(words("changes_earlier"), className="lead"), asking]
    now = published.progress(connection, policy=policy.policy, as_of=view.as_of)
    changes = compare(then, now)
    here = {target: change for (target, place), change in changes.items() if place == at}
    targets = [
        target
        for target in published.targets(connection, policy.policy)
        if target.kind != "milestone" or at == policy.area
    ]
    turns = [here[target.target].turn for target in targets]
    names = _names(context, since)
    lead = words(
        "changes_lead",
        then=names[0],
        now=names[1],
        better=turns.count("better"),
        worse=turns.count("worse"),
    )
    content = [html.P(lead, className="lead"), asking, _table(context, targets, here, names, at)]
    children = children_of(places, at)
    if len(children) > 1:
        titles = {target.target: words.of(target.name) for target in targets}
        found = movers(changes.values(), [place.code for place in children])
        content.append(
            section(words("moved", day=since), *moved(context, found, by_code, titles), anchor="moved")
        )
    content.append(_commands(context, at, since))
    return words("changes"), content


def _then(
    context: Context, connection: Connection, before: Connection | None
) -> tuple[date | None, list[ProgressRow]]:
    """The date that is compared with, by default another snapshot's own last, and its rows."""
    policy, view = context.policy.policy, context.view
    if before is None:
        if context.since is None or view.since not in (None, context.since):
            return None, []
        return context.since, published.progress(connection, policy=policy, as_of=context.since)
    old = next((one for one in published.policies(before) if one.policy == policy), None)
    if old is None:
        return view.since or context.day, []
    since = view.since or old.as_of or old.start
    return since, published.progress(before, policy=policy, as_of=since)


def _names(context: Context, since: date) -> tuple[str, str]:
    """What the two sides are called: by their dates, and by their snapshots where these differ."""
    words = context.words
    if context.view.against is None:
        return since.isoformat(), words.day(context.day)
    sides = ((context.view.against, since), (context.facts.get("id", ""), context.day))
    then, now = (
        words("changes_against_day", name=snapshot_name(context, name, mark=False), day=words.day(day))
        for name, day in sides
    )
    return then, now


def _asking(context: Context, places: Mapping[str, PlaceRow], at: str, since: date | None) -> Component:
    """The two dates, the snapshot to compare with and the place."""
    words, view = context.words, context.view
    fields = [
        day_field(context, "since", words("changes_from"), since or view.since),
        day_field(context, "as_of", words("changes_to"), context.day),
    ]
    shown = context.facts.get("id")
    others = [name for name in context.snapshots if name != shown]
    if others:
        options = [html.Option(words("changes_against_none"), value="")]
        for name in others:
            chosen: dict[str, Any] = {"selected": "selected"} if name == view.against else {}
            options.append(html.Option(snapshot_name(context, name), value=name, **chosen))
        label = html.Span(words("changes_against"))
        fields.append(html.Label([label, html.Select(options, name="against")]))
    whole = [context.policy.area, *(one.code for one in children_of([*places.values()], at))]
    listed = whole if at == context.policy.area else [context.policy.area, *_sisters(places, at)]
    entries = [link(words.of(places[code].name), view.but(place=code)) for code in listed]
    shown_place = [html.Span(words.of(places[at].name)), html.Span(words("other_places"))]
    chooser = [menu(shown_place, entries, "sisters")] if len(entries) > 1 else []
    asked = form(context, view, fields, ["since", "as_of", "against"])
    return html.Div([asked, *chooser], className="asked")


def _sisters(places: Mapping[str, PlaceRow], at: str) -> list[str]:
    return [one.code for one in children_of([*places.values()], places[at].parent or "")]


def _table(
    context: Context,
    targets: Sequence[TargetRow],
    changes: Mapping[str, Change],
    names: tuple[str, str],
    at: str,
) -> Component:
    words, view = context.words, context.view
    place = at if at != context.policy.area else None
    lines = []
    for target in targets:
        change = changes[target.target]
        then, now = change.then, change.now
        lines.append(
            [
                [
                    link(words.of(target.name), view.to("target", target.target, place=place)),
                    html.Span(words.kind(target), className="sub"),
                ],
                words.value(target, then) if then is not None else words("changes_new"),
                words.value(target, now),
                _difference(context, target, change),
                words.requirement(target, now) if now.status is not None else words("none"),
                html.Span(turned(change, words), className="turned"),
                turn_mark(change, words) if change.turn else words("turn_none"),
            ]
        )
    days = [words("as_of", day=name) for name in names]
    rest = [words(k) for k in ("change", "requirement", "status", "turn")]
    headers = [words("target"), *days, *rest]
    shown = table(words("changes"), headers, lines, numbers=(1, 2, 3), class_name="targets compared")
    return section(words("all_targets"), shown, anchor="targets")


def _difference(context: Context, target: TargetRow, change: Change) -> str:
    """By how much the value grew."""
    words = context.words
    if change.is_anew:
        return words("changes_anew")
    if change.difference is None or target.kind == "milestone":
        return words("none")
    said = words.change(abs(change.difference), words.unit(target, change.now))
    sign = "+" if change.difference > 0 else "−" if change.difference < 0 else ""
    return difference(change, sign + said)


def _commands(context: Context, at: str, since: date) -> Component:
    """What prints the same."""
    view, policy = context.view, context.policy.policy
    command = f"milepost changes --policy {policy} --place {at} --since {since} --as-of {context.day}"
    for option, snapshot in (("against", view.against), ("snapshot", view.snapshot)):
        command += f" --{option} {snapshot}" if snapshot else ""
    lines = "\n".join([command, f"{command} --movers"])
    return html.Div([html.P(context.words("command"), className="sub"), html.Pre(html.Code(lines))])
