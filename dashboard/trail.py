"""The trail: the way back from a page to the policy's overview, and sideways to sister places.

Owns `trail`. Called by `site` for every page, so that no page makes its own. May import `parts`,
`metrics.published`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from dashboard.elements import html
from dashboard.own_place import own_place
from dashboard.parts import Component, Context, children_of, current, link, menu, named
from dashboard.quoted import quoted
from metrics import published
from metrics.published import PlaceRow

Step = tuple[str, str | None]


def trail(context: Context, connection: Connection, title: str) -> list[Component]:
    """The steps to the page called `title`, each with its address, the last without; of the overview,
    where every way begins, none."""
    words, view, policy = context.words, context.view, context.policy
    if view.page == "":
        return []
    steps: list[Step] = [(words.of(policy.name), view.to(""))]
    inside = {one.code: one for one in published.places(connection, policy.area)}
    more: list[Component] = []
    if view.page == "place" and view.name in inside:
        steps += _places(context, connection, view.name, inside)[:-1]
        more = [html.Div([*_sisters(context, inside), *own_place(context)], className="sideways")]
    elif view.place in inside and view.place != policy.area:
        steps += _places(context, connection, str(view.place), inside)
    if view.page == "agency":
        steps.append((words("agencies"), view.to("policy", policy.policy) + "#agencies"))
    elif view.page in ("table", "api"):
        steps.append((words("data"), view.to("data")))
    elif view.page == "moved":
        steps.append((words("quality"), view.to("quality") + "#loads"))
    elif view.page == "figure":
        targets = published.targets(connection, policy.policy)
        names = [words.of(one.name) for one in targets if one.target == view.name]
        steps += [(name, view.to("target", view.name, place=view.place)) for name in names]
    return [_drawn(context, [*steps, (title, None)], more)]


def _places(
    context: Context, connection: Connection, code: str, inside: Mapping[str, PlaceRow]
) -> list[Step]:
    """The places from the policy's area down to one. From a target they keep it in view."""
    words, view = context.words, context.view
    show = view.name if view.page == "target" else view.show
    return [
        (words.of(above.name), view.to("place", above.code, show=show))
        for above in published.ancestors(connection, code)
        if above.code in inside
    ]


def _sisters(context: Context, inside: Mapping[str, PlaceRow]) -> list[Component]:
    words, view = context.words, context.view
    sisters = children_of(list(inside.values()), inside[view.name].parent or "")
    if view.name == context.policy.area or len(sisters) < 2:
        return []
    entries = [link(words.of(one.name), view.but(name=one.code, status=None)) for one in sisters]
    return [menu(html.Span(words("other_places")), entries, "sisters")]


def _drawn(context: Context, steps: Sequence[Step], more: Sequence[Component]) -> Component:
    words = context.words
    items = [html.Li(link(quoted(text, words), href or "")) for text, href in steps[:-1]]
    items.append(html.Li(quoted(steps[-1][0], words), **current("page", True)))
    way = html.Nav(html.Ol(items), **named(words("breadcrumb")))
    return html.Div([way, *more], className="breadcrumb")
