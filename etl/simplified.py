"""Simplified characters: what headers, places and values are declared in.

Owns `simplified`. Offices of Hong Kong, Macau and Taiwan write traditional ones, in whatever encoding.
Called by `encodings`, `headers`, `spellings`. Imports nothing of ours.
"""

from __future__ import annotations

from functools import cache

import opencc


def simplified(text: str) -> str:
    """A text in simplified characters; one that has none is the same."""
    return text if text.isascii() else _converter().convert(text)


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
