"""Markup: pages as HTML in a few pieces, so that a browser shows thousands of cells at once.

Owns `Page`, `laid`, `standing`, `markup`, `drawn` and `Shown`. The renderer of Dash keeps books on
every single component: it takes many seconds to replace the two thousand of an overview. It is given
one, `Page`, that holds them as HTML; only what a script draws (graphs) stays a component. Called by
`site`, `entry` and who keeps what is drawn. May import `elements`, `told`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple, NotRequired, TypedDict

from dash import dcc
from dash.development.base_component import Component
from markupsafe import Markup

from dashboard.elements import Element, Parted
from dashboard.told import Told

_NAMES = {"className": "class"}
_VOID = {"img", "br", "hr", "input", "wbr"}


class Page(Component):
    """The page that is shown. `page` are its pieces, its children the graphs of their rooms, in order.
    Its other half is in `assets/milepost.js`."""

    _children_props: list[str] = []  # noqa: RUF012 (as the base class declares them)
    _base_nodes: list[str] = ["children"]  # noqa: RUF012
    _namespace = "milepost"
    _type = "Page"

    def __init__(self, id: str) -> None:
        self._prop_names = self.available_properties = ["id", "page", "children"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_wildcard_properties: list[str] = []
        super().__init__(id=id)  # type: ignore[no-untyped-call]


class Piece(TypedDict):
    """HTML of a part of a page, and a mark that another has only if it is the same. Of an element in
    parts it is the element with what it holds before them, and `parts` are its pieces."""

    mark: str
    html: str
    parts: NotRequired[list[Piece]]


class Shown(NamedTuple):
    """A page as a browser is given it: title, language, source and pieces; and its graphs."""

    page: dict[str, Any]
    graphs: list[Component]


def laid(page: Element, said: Mapping[str, str]) -> Shown:
    """A page, whose last part is its main room, in pieces: each part of the main room is one, so that
    the browser leaves standing what the next page has too. `said` is what the browser must know of the
    page beside what it shows."""
    *above, main = _several(page.children)
    graphs: list[Component] = []
    shown = {
        **said,
        "lang": page.attributes["lang"],
        "frame": page.attributes["className"],
        "room": main.attributes.get("className", ""),
        "head": _pieces([above], graphs),
        "body": _pieces(_several(main.children), graphs),
    }
    return Shown(shown, graphs)


def standing(page: Mapping[str, Any]) -> str:
    """The HTML in which a page stands in its document."""

    def pieces(found: Iterable[Piece]) -> str:
        wrapped = (f'<div class="piece" data-mark="{p["mark"]}">{whole(p)}</div>' for p in found)
        return "".join(wrapped)

    def whole(piece: Piece) -> str:
        opened, closing, name = piece["html"].rpartition("</")
        inner = pieces(piece.get("parts", ()))
        return f"{opened}{inner}{closing}{name}" if inner else piece["html"]

    return (
        f'<div id="page" class="{escape(page["frame"])}" lang="{escape(page["lang"])}">'
        f"<div>{pieces(page['head'])}</div>"
        f'<main id="main" tabindex="-1" class="{escape(page["room"])}">'
        f"{pieces(page['body'])}</main></div>"
    )


def markup(part: Any, graphs: list[Component] | None = None) -> str:
    """HTML of text, of an element, or of several of them. A graph is added to `graphs` and has its room
    in the HTML."""
    if type(part) is str:  # most parts are: a page of a table has thousands
        return escape(part)
    if isinstance(part, Element):
        opened = f"<{part.name}{_attributes(part.attributes) if part.attributes else ''}>"
        if part.name in _VOID:
            return opened
        return f"{opened}{markup(part.children, graphs)}</{part.name}>"
    if part is None:
        return ""
    if isinstance(part, (list, tuple)):
        return "".join([markup(one, graphs) for one in part])
    if isinstance(part, Component):
        if graphs is None or not isinstance(part, dcc.Graph):
            raise TypeError(f"{type(part).__name__} is no HTML")
        graphs.append(part)
        return markup(Element("div", className="graph-room", style=vars(part)["style"]))
    return part.__html__() if isinstance(part, (Markup, Told)) else escape(str(part))


def drawn(part: Any) -> Markup:
    """What has no graphs as HTML, to be kept and put into other pages."""
    return Markup(markup(part))


def _pieces(parts: Iterable[Any], graphs: list[Component]) -> list[Piece]:
    found = (_piece(part, graphs) for part in parts)
    return [one for one in found if one["html"]]


def _piece(part: Any, graphs: list[Component]) -> Piece:
    if isinstance(part, Parted):
        html = markup(Element(part.name, part.fixed, **part.attributes), graphs)
        return Piece(mark=_mark(html), html=html, parts=_pieces(part.parts, graphs))
    html = markup(part, graphs)
    return Piece(mark=_mark(html), html=html)


def _mark(html: str) -> str:
    return f"{zlib.crc32(html.encode()):08x}"


def _several(children: Any) -> Sequence[Any]:
    return children if isinstance(children, (list, tuple)) else [children]


def _attributes(attributes: Mapping[str, Any]) -> str:
    written = ""
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        if name == "style":
            value = ";".join(f"{_kebab(key)}:{said}" for key, said in value.items())
        elif value is True:
            value = ""
        written += f' {_NAMES.get(name) or name.lower()}="{escape(str(value))}"'
    return written


def _kebab(name: str) -> str:
    return re.sub("[A-Z]", lambda found: "-" + found[0].lower(), name)
