"""Told: texts that know the figures in them.

Owns `Told` and `filled`, which keeps figures when a sentence is made of them. A `Told` is an ordinary
text to whoever prints it (a PDF, a tooltip); put on a page, the numbers in it are elements of their own
that say what they are of. Called by `figures`, which makes them, by `words` and by `markup`. Imports
nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from string import Formatter


class Told(str):
    """A text with its HTML, in which figures are marked."""

    __slots__ = ("_html",)

    _html: str

    def __new__(cls, text: str, markup: str) -> Told:
        told = super().__new__(cls, text)
        told._html = markup
        return told

    def __deepcopy__(self, _: object) -> Told:  # plotly copies what it is given
        return self

    def __html__(self) -> str:
        """The text as HTML."""
        return self._html

    @classmethod
    def joined(cls, parts: Iterable[str], between: str = "") -> str:
        """Texts in a row; a plain text if none of them has figures."""
        known = list(parts)
        text = between.join(known)
        if not any(isinstance(part, Told) for part in known):
            return text
        return cls(text, escape(between).join(map(_html, known)))


def filled(template: str, slots: Mapping[str, object]) -> str:
    """A text with slots in braces, filled."""
    if not any(isinstance(slot, Told) for slot in slots.values()):
        return template.format(**slots)
    parts: list[str] = []
    for literal, name, form, _ in Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            slot = slots[name]
            parts.append(slot if isinstance(slot, Told) else format(slot, form or ""))
    return Told.joined(parts)


def _html(text: str) -> str:
    return text.__html__() if isinstance(text, Told) else escape(text)
