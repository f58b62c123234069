"""Cells: values of records and other tables as people read them.

Owns `Cells`. Called by `evidence` and the page of a table. May import `words`, `etl.datasets`,
`metrics.export` (a value as text).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.elements import html
from dashboard.quoted import quoted
from dashboard.words import Words, texts
from etl.datasets import datasets
from metrics.browsed import PLACE_COLUMNS
from metrics.export import plain

#: Columns whose values have words of their own, and under which key of the texts.
_WORDS = {
    "status": "statuses", "kind": "kinds", "place_level": "levels", "level": "levels",
    "state": "states", "require": "require_words",
}  # fmt: skip

#: Columns whose values are names that programs give.
_CODES = {"policy", "unit", "datasets", "field", "recurs", "counted_per"}


class Cells:
    """Values in the words of one language; `places` are names of places by code."""

    def __init__(self, words: Words, places: Mapping[str, str]) -> None:
        self._words = words
        self._places = places

    def of(self, column: str, value: object) -> Any:
        """A value of a column of that name."""
        text, words = plain(value), self._words
        if column in PLACE_COLUMNS and text in self._places:
            return html.Span(quoted(self._places[text], words), title=text)
        if column == "dataset" and text in datasets():
            return words.of(datasets()[text].title)
        if column == "person" and text:
            return html.Code(text[:8] + "…", title=text)
        if column == "part" and text in ("numerator", "denominator"):
            return words(text)
        if word := self.word(column, text):
            return word
        if column == "level":
            skills: dict[int, dict[str, str]] = texts()["skill_levels"]
            scopes: dict[str, dict[str, str]] = texts()["scopes"]
            found = skills.get(int(text)) if text.isdecimal() else scopes.get(text)
            return found[words.language] if found else text
        if column in _CODES and text:
            return html.Code(quoted(text, words))
        if isinstance(value, bool):
            return words("is_yes" if value else "is_no")
        return quoted(text, words)

    def word(self, column: str, value: str) -> str:
        """The word for a value that is one of a few; empty for any other."""
        found: dict[str, str] = texts().get(_WORDS.get(column, ""), {}).get(value, {})
        return found.get(self._words.language, "")
