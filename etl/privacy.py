"""Privacy: what may be kept of a row that is refused, and shown to whoever corrects it.

Owns `mask` and `covered_row`. A row is kept as it was sent, without the person's name and with identity
numbers masked; of a row whose cells slipped into other columns nothing that may be either is kept.
Called by `rejecting`. Imports nothing of ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_DIGIT = "[0-9０-９]"
_GAP = r"[\s　\-－]*"
_RUN = re.compile(
    rf"(?<!{_DIGIT}){_DIGIT}(?:{_GAP}{_DIGIT}){{13,16}}(?:{_GAP}[0-9０-９XxＸｘ])?(?!{_DIGIT})"
)
#: A resident number: area, birth date, serial and check character; 15 digits in the old form.
_RESIDENT = re.compile(
    r"[1-9]\d{5}(?:(?:18|19|20)\d{2}|\d{2})(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[0-9X]?"
)
_IDEOGRAPHS = re.compile(r"[\u3400-\u9fff]")
_KEPT_BEFORE, _KEPT_AFTER = 3, 2


def mask_number(text: str) -> str:
    """A cell that should hold an identity number: of a number, its ends; of anything else, nothing."""
    ends = {*range(_KEPT_BEFORE), *range(len(text) - _KEPT_AFTER, len(text))}
    long = len(text) > 2 * (_KEPT_BEFORE + _KEPT_AFTER)
    return "".join(c if long and i in ends and c in "0123456789Xx" else "*" for i, c in enumerate(text))


def mask(text: str) -> str:
    """Any text, with what looks like a resident's identity number in it covered."""
    return _RUN.sub(lambda found: mask_number(found[0]) if _is_resident(found[0]) else found[0], text)


def _is_resident(run: str) -> bool:
    plain = re.sub(_GAP, "", unicodedata.normalize("NFKC", run)).upper()
    return _RESIDENT.fullmatch(plain) is not None


def covered_row(
    cells: Sequence[str | None], number: int | None, name: int | None
) -> tuple[list[str], list[str]]:
    """The cells of a row, fit to be kept, and the texts that were covered and must show nowhere else.

    `number` and `name` are the columns of the identity number and of the person's name, if any.
    """
    texts = [cell or "" for cell in cells]
    slipped = number is not None and (
        _IDEOGRAPHS.search(texts[number]) is not None
        or any(mask(text) != text for column, text in enumerate(texts) if column != number)
    )
    named = texts[name].strip() if name is not None else ""
    covered, secrets = [], []
    for column, text in enumerate(texts):
        kept = mask_number(text) if column == number else "" if column == name else mask(text)
        if column not in {number, name} and text.strip():
            if named and named in text:
                kept = kept.replace(named, "*" * len(named))
            elif slipped and _IDEOGRAPHS.search(text) and len(text.strip()) <= 4:
                kept = "*" * len(text)
        covered.append(kept)
        if kept != text and text.strip():
            secrets.append(text.strip())
    return covered, sorted(secrets, key=len, reverse=True)
