"""Elements: HTML as pages are put together from it.

Owns `Element`, `Parted` (an element in parts) and `html`, whose every attribute makes an element of its
name: `html.A("text", href="/")`, with the names of attributes that the `html` of Dash has. A page has
thousands of them, and those of Dash, which check what a script of Dash may be given, take ten times as
long to make; what a browser is given of these is text (`markup`). Called by whatever draws. Imports
nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any


class Element:
    """An element of HTML: its name, what it holds (text, elements, or several), its attributes."""

    __slots__ = ("attributes", "children", "name")

    def __init__(self, name: str, children: Any = None, /, **attributes: Any) -> None:
        self.name = name
        self.children = children
        self.attributes = attributes

    def __repr__(self) -> str:
        return f"<{self.name} {self.attributes}>"


class Parted(Element):
    """An element that holds `children` and after them `parts`, of which the browser replaces only those
    that are not what they were (`markup`). Parts are wrapped for it, `children` are not."""

    __slots__ = ("fixed", "parts")

    def __init__(
        self, name: str, children: Sequence[Any], parts: Sequence[Any], /, **attributes: Any
    ) -> None:
        super().__init__(name, [*children, *parts], **attributes)
        self.fixed = children
        self.parts = parts


class _Elements:
    def __getattr__(self, name: str) -> Callable[..., Element]:
        made = partial(Element, name.lower())
        setattr(self, name, made)
        return made


html = _Elements()
