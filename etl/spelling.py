"""The nearest right word to a wrong one, for every message that refuses a name.

Owns `nearest` and `close_to`. Called wherever a user's word is looked up. Imports nothing of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def close_to(word: str, known: Iterable[str]) -> str | None:
    """The known word that is spelled most like `word`, if any is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the closest known word, else ` (there are ...)` with all."""
    names = list(known)
    found = close_to(word, names)
    return f"; did you mean {found!r}?" if found else f" (there are {', '.join(names)})"
