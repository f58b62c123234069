"""Bilingual text: every word that a user may read exists in Chinese and in English.

Owns `Text`, the pair, and what is made of several. Used by every declaration (datasets,
places, targets, statuses) and every error. Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Text(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        """The text in `language`."""
        return self.zh if language == "zh" else self.en

    def format(self, **values: object) -> Text:
        """The text with `{name}` slots filled in both languages."""
        return Text(self.zh.format(**values), self.en.format(**values))


#: What stands where nothing is to be said.
NOTHING = Text("", "")


def lines(texts: Iterable[Text]) -> Text:
    """Texts one below the other."""
    each = list(texts)
    return Text("\n".join(one.zh for one in each), "\n".join(one.en for one in each))


def listed(names: Iterable[str]) -> Text:
    """Names in a row."""
    each = list(names)
    return Text("、".join(each), ", ".join(each))
