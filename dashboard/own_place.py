"""The own place: which place's page a reader wants to begin with.

Owns `own_place`, the button that says so, and `own_link`, the way there. What is chosen is kept by the
browser and sent to nobody: its half is `assets/own_place.js`. Called by `trail` and `frame`. May import
`parts`.
"""

from __future__ import annotations

from typing import Any

from dashboard.address import View
from dashboard.elements import html
from dashboard.parts import Component, Context, link


def own_place(context: Context) -> list[Component]:
    """A button that makes the page's place the first that its reader sees, or takes that back; and,
    where that is so, the way to the whole. Of the policy's area there is none: that is the whole."""
    words, view, policy = context.words, context.view, context.policy
    if view.name == policy.area:
        return []
    address = View("place", view.name, policy.policy, lang=view.lang).address()
    said: dict[str, Any] = {"data-own": address, "aria-pressed": "false"}
    return [
        html.Span(
            [words("own_first"), " · ", link(words("own_whole"), view.to(""))],
            className="own-note sub",
            hidden="hidden",
        ),
        html.Button(words("own_set"), type="button", className="own", title=words("own_help"), **said),
    ]


def own_link(context: Context) -> Component:
    """The way to the own place, which the browser shows if one was chosen."""
    return html.A(context.words("own_link"), href="/", className="own-link", hidden="hidden")
