"""The nearest right word to a wrong one, for every message that refuses a name.

Owns `nearest` and `close_to`. Called wherever a user's word is looked up. May import `texts`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from etl.texts import NOTHING, Text, listed

#: How many names a message lists.
LISTED = 20


def close_to(word: str, known: Iterable[str], cutoff: float = 0.5) -> str | None:
    """The known word that is spelled most like `word`, if any is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> Text:
    """`; did you mean 'x'?` with the closest known word; nothing if none is near."""
    found = close_to(word, known)
    return Text(f"；是否为“{found}”？", f"; did you mean {found!r}?") if found else NOTHING


def nearest(word: str, known: Iterable[str]) -> Text:
    """`; did you mean 'x'?` with the closest known word, else ` (there are ...)` with the first."""
    names = list(known)
    if close_to(word, names) is not None:
        return did_you_mean(word, names)
    there = listed(names[:LISTED])
    if len(names) > LISTED:
        zh, en = f"{there.zh} 等 {len(names)} 个", f"{there.en} and {len(names) - LISTED} others"
        return Text(f"（可用：{zh}）", f" (there are {en})")
    return Text(f"（可用：{there.zh or '无'}）", f" (there are {there.en})")
