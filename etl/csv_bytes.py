"""The bytes of a CSV file: what one look through them tells, beside its being read as a table.

Owns `Look` and `look_through`: how many lines a file has, which proves that none was left out, whether
there are quotation marks and formulas, and whether a cell may begin or end with a blank, which spares
looking for one in every cell. Called by `csv_files`. May import `cells`.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from etl.cells import BLANKS

_BLOCK = 256 * 1024
_RETURN, _END, _QUOTE, _FORMULA = b"\r", b"\n", b'"', b'="'


@dataclass(frozen=True, slots=True)
class Look:
    """`lines`: how many there are, None if they do not all end alike, in one of the two usual ways.
    `quoted`: there is a quotation mark. `formulas`: there may be a cell like `="1"`. `may_fail`: there
    may be one like `#N/A` or `Err:502`. `trimmed`: no cell begins or ends with a blank, if none holds
    the end of a line; not said of a file whose lines do not end alike."""

    lines: int | None
    quoted: bool
    formulas: bool
    may_fail: bool
    trimmed: bool


def look_through(path: Path, delimiter: str) -> Look:
    """Look at every byte of a file in UTF-8 whose cells are parted by `delimiter`. Raises OSError."""
    edges = _Edges(delimiter)
    ends, returns, pairs, before = 0, 0, 0, _END
    quoted, formulas, may_fail, touched = False, False, False, False
    with path.open("rb") as file:
        file.seek(len(codecs.BOM_UTF8) * (file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8))
        while block := file.read(_BLOCK):
            is_end = _where(block, _END)
            ends += int(np.count_nonzero(is_end))
            if _RETURN in block:
                is_return = _where(block, _RETURN)
                returns += int(np.count_nonzero(is_return))
                pairs += int(np.count_nonzero(is_return[:-1] & is_end[1:]))
            pairs += before.endswith(_RETURN) and block.startswith(_END)
            quoted = quoted or _QUOTE in block
            seen = before + block
            formulas = formulas or _FORMULA in seen
            may_fail = may_fail or b"#" in block or b":" in block
            touched = touched or edges.touch_blank(seen)
            before = seen[-_Edges.REACH :]
    touched = touched or edges.touch_blank(before + _END)
    # In quotation marks a delimiter is a character like others, a blank if it is a tab.
    touched = touched or (quoted and delimiter in BLANKS)
    # Of an end of a line that is not like the others the side of the next line was not looked at.
    alike = not returns or returns == pairs == ends
    lines = ends + (not before.endswith(_END)) if alike else None
    return Look(lines, quoted, formulas, may_fail, alike and not touched)


class _Edges:
    """Where cells begin and end: at delimiters, at quotation marks, and at the ends of lines."""

    #: A blank of three bytes, and one before it, may lie across the ends of two blocks.
    REACH = 4

    def __init__(self, delimiter: str) -> None:
        parting = delimiter.encode()
        self._before = np.frombuffer(parting[-1:] + _QUOTE + _END, np.uint8)
        self._after = np.frombuffer(parting[:1] + _QUOTE + _END + _RETURN, np.uint8)
        #: Within a cell that is not quoted its delimiter cannot stand.
        self._blanks = [blank.encode() for blank in BLANKS if blank not in (delimiter, "\n", "\r")]

    def touch_blank(self, text: bytes) -> bool:
        """Whether a blank stands beside an edge. Of one that `text` begins or ends with only the side
        that is in it is looked at."""
        found = np.frombuffer(text, np.uint8)
        for blank in self._blanks:
            if blank[:1] in text:
                starts = np.flatnonzero(_where(text, blank[:1]))
                for place, byte in enumerate(blank[1:], 1):
                    starts = starts[starts + place < len(text)]
                    starts = starts[found[starts + place] == byte]
                ends = starts + len(blank)
                before, after = found[starts[starts > 0] - 1], found[ends[ends < len(text)]]
                if np.isin(before, self._before).any() or np.isin(after, self._after).any():
                    return True
        return False


def _where(text: bytes, byte: bytes) -> NDArray[np.bool_]:
    """At which places of a text a byte stands."""
    found: NDArray[np.bool_] = np.frombuffer(text, np.uint8) == byte[0]
    return found
