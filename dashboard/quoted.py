"""Quotations: what the data say in their own language, on a page in another.

Owns `quoted`, and `with_code` for texts of ours that name what programs read. Names of agencies, files
and firms, clauses and conditions exist in Chinese only. Marked with their language a screen reader
reads them with the right voice, and the test that walks all pages for untranslated text lets them pass.
Called by the pages. May import `words`.
"""

from __future__ import annotations

import re
from typing import Any

from dashboard.elements import html
from dashboard.words import Words

#: A word of English, of which a name or a clause has none.
_ENGLISH = re.compile(r"(?<![A-Za-z.])[A-Za-z]{2}")
#: Chinese characters and the marks between them.
_CHINESE = re.compile(
    "([\u3400-\u9fff](?:[\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”…]*[\u3400-\u9fff])?)"
)


def quoted(text: str, words: Words) -> Any:
    """A text of the data, or one that holds some: its Chinese is marked on an English page."""
    if words.language == "zh" or not _CHINESE.search(text):
        return text
    if not _ENGLISH.search(text):
        return html.Span(text, lang="zh-CN")
    parts = _CHINESE.split(text)
    # One element: where cells are boxes side by side, its parts stay a line of text.
    return html.Span(
        [html.Span(part, lang="zh-CN") if i % 2 else part for i, part in enumerate(parts) if part]
    )


def with_code(text: str) -> list[Any]:
    """A text of ours in which backticks stand round what is to be copied as it is."""
    parts = text.split("`")
    return [html.Code(part) if i % 2 else part for i, part in enumerate(parts) if part]
