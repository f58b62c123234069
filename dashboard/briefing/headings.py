"""The sections of a briefing, and how they are numbered: 一、（一）1．, or 1. (1) 1. in English.

Owns `numbered` and the headers of tables. Called by `docx`, `page` and `slides`; `briefing.typ` numbers
in the same way. May import `words`.
"""

from __future__ import annotations

from dashboard.words import Words

_DIGITS = "一二三四五六七八九"

#: The headers of tables, as keys of texts.
LINES = ("clause", "target", "requirement", "value", "expected", "status", "deadline", "briefing_pace")
OTHERS = ("clause", "target", "value", "briefing_then", "share", "rank")
PLACES = ("rank", "place", "value", "status", "briefing_rank_before")
CONCERNS = ("target", "requirement", "value", "status", "reason")


def numbered(level: int, number: int, text: str, words: Words) -> str:
    """A heading (level 1 or 2) or an item (level 3) with its number."""
    if words.language == "en":
        return (f"{number}. {text}", f"({number}) {text}", f"{number}. {text}")[level - 1]
    return (f"{chinese(number)}、{text}", f"（{chinese(number)}）{text}", f"{number}．{text}")[
        level - 1
    ]


def chinese(number: int) -> str:
    """A number from 1 to 99 in Chinese digits."""
    tens, ones = divmod(number, 10)
    said = _DIGITS[ones - 1] if ones else ""
    if not tens:
        return said
    return ("" if tens == 1 else _DIGITS[tens - 1]) + "十" + said
