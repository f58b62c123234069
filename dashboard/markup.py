"""Markup: pages as HTML, so that a browser shows thousands of cells at once.

Owns `lighten` and `Input`. The renderer of Dash keeps books on every single component: it takes many
seconds to replace the two thousand of an overview, and no time at all to replace one that holds them as
HTML. Only what a script draws (graphs) stays a component. Called by `site`, `Input` by whoever makes a
form. May import `told`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.told import Told

_NAMES = {"className": "class"}
_VOID = {"Img", "Br", "Hr", "Input", "Wbr"}


class Markup(Component):
    """A piece of HTML. Its other half is in `assets/milepost.js`."""

    _children_props: list[str] = []  # noqa: RUF012 (as the base class declares them)
    _base_nodes: list[str] = ["children"]  # noqa: RUF012
    _namespace = "milepost"
    _type = "Markup"

    def __init__(self, html: str) -> None:
        self._prop_names = self.available_properties = ["html"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_wildcard_properties: list[str] = []
        super().__init__(html=html)  # type: ignore[no-untyped-call]


class Input(Component):
    """A field of a form, which the `html` of Dash lacks: its own ones speak to callbacks, and this one
    to the address that its form asks for."""

    _children_props: list[str] = []  # noqa: RUF012 (as the base class declares them)
    _base_nodes: list[str] = ["children"]  # noqa: RUF012
    _namespace = "milepost"
    _type = "Input"

    def __init__(self, **attributes: Any) -> None:
        self._prop_names = self.available_properties = list(attributes)
        self._valid_wildcard_attributes: list[str] = ["aria-", "data-"]
        self.available_wildcard_properties: list[str] = ["aria-", "data-"]
        super().__init__(**attributes)  # type: ignore[no-untyped-call]


def lighten(part: Any) -> Any:
    """The same page, with all that holds no graph as HTML."""
    if not _has_graph(part):
        return Markup(markup(part))
    if isinstance(part, dcc.Graph):
        return part
    children: list[Any] = []
    for alive, group in groupby(_children(part), _has_graph):
        same = list(group)
        children += map(lighten, same) if alive else [Markup(markup(same))]
    kept = {name: value for name, value in _props(part).items() if name != "children"}
    return type(part)(children, **kept)


def markup(part: Any) -> str:
    """HTML of text, of a component of Dash's `html`, or of several of them."""
    if part is None:
        return ""
    if isinstance(part, (list, tuple)):
        return "".join(map(markup, part))
    if isinstance(part, Markup):
        return str(_props(part)["html"])
    if not isinstance(part, Component):
        return part.__html__() if isinstance(part, Told) else escape(str(part))
    tag = type(part).__name__
    if type(part) not in (Input, getattr(html, tag, None)):
        raise TypeError(f"{tag} is no HTML")
    attributes = "".join(_attributes(_props(part)))
    opened = f"<{tag.lower()}{attributes}>"
    return opened if tag in _VOID else f"{opened}{markup(_children(part))}</{tag.lower()}>"


def _attributes(props: Mapping[str, Any]) -> Iterator[str]:
    for name, value in props.items():
        if name == "children" or value is None or value is False:
            continue
        if name == "style":
            value = ";".join(f"{_kebab(key)}:{said}" for key, said in value.items())
        elif value is True:
            value = ""
        yield f' {_NAMES.get(name, name.lower())}="{escape(str(value))}"'


def _kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda found: "-" + found[0].lower(), name)


def _props(part: Component) -> Mapping[str, Any]:
    props: Mapping[str, Any] = part.to_plotly_json()["props"]  # type: ignore[no-untyped-call]
    return props


def _children(part: Component) -> Iterable[Any]:
    children = getattr(part, "children", None)
    if children is None:
        return []
    return children if isinstance(children, (list, tuple)) else [children]


def _has_graph(part: Any) -> bool:
    if isinstance(part, (list, tuple)):
        return any(map(_has_graph, part))
    return isinstance(part, Component) and (
        isinstance(part, dcc.Graph) or any(map(_has_graph, _children(part)))
    )
