"""Bilingual text: every word that a user may read exists in Chinese and in English.

Owns `Text`, the pair. Used by every declaration (datasets, places, targets, statuses, errors).
Imports nothing of ours.
"""

from __future__ import annotations

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
