"""The nearest right word to a wrong one, for every message that refuses a name.

Owns `nearest`. Called wherever a user's word is looked up. Imports nothing of ours.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` with the closest known word, else ` (there are ...)` with all of them."""
    names = list(known)
    found = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"; did you mean {found[0]!r}?" if found else f" (there are {', '.join(names)})"
