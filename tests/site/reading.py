"""Reading a page as a reader meets it: texts with language, figures with numbers."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient

from tests.asking import answered, markup_of

#: Attributes that a reader sees or hears.
SPOKEN = ("title", "aria-label", "alt", "data-label", "data-title", "data-source", "placeholder")
VOID = {"img", "br", "hr", "input", "meta", "link", "wbr"}


@dataclass(frozen=True)
class Said:
    """A text, the language it is marked with, and the tags that it stands in, the outermost first."""

    text: str
    lang: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Element:
    """An element with its attributes, all its text, and how many figures are in it."""

    tag: str
    attributes: dict[str, str]
    text: str
    figures: int


class Page(HTMLParser):
    """The texts and the elements of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[Said] = []
        self.elements: list[Element] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._figures: list[int] = []
        self.feed(html)
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._open.append((tag, attributes, []))
        self._figures = [count + (tag == "data") for count in self._figures] + [0]
        for name in SPOKEN:
            if name in attributes:
                self._say(attributes[name])
        if tag in VOID:
            self.handle_endtag(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        opened, attributes, parts = self._open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"
        self.elements.append(Element(tag, attributes, "".join(parts), self._figures.pop()))

    def handle_data(self, data: str) -> None:
        for _, _, parts in self._open:
            parts.append(data)
        self._say(data)

    def _say(self, text: str) -> None:
        lang = next((attrs["lang"] for _, attrs, _ in reversed(self._open) if "lang" in attrs), "")
        self.texts.append(Said(text, lang, tuple(tag for tag, _, _ in self._open)))


def read(client: FlaskClient, path: str) -> Page:
    """The page at an address."""
    page, _ = answered(client, path)
    return Page(f'<div lang="{page["lang"]}">{markup_of(client, path)}</div>')


def graphs(client: FlaskClient, path: str) -> list[Any]:
    """What plotly is given to draw at an address: figures, each with `data` and `layout`."""
    return [graph["props"]["figure"] for graph in answered(client, path)[1]]


def lines(figure: Any) -> list[Any]:
    """The lines of such a figure."""
    return [one for one in figure["data"] if one["mode"] == "lines"]
