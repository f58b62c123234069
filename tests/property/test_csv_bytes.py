"""Properties of what the bytes of a CSV file tell before it is read as a table."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from etl.cells import BLANKS
from etl.csv_bytes import Look, look_through
from etl.csv_files import DELIMITERS

SEEN = BLANKS.replace("\n", "").replace("\r", "")
#: Letters, some with bytes like those of a blank, and blanks between them.
CELLS = st.text("a1=#:é中。、﹀\u2009\u2000\u200a·À\ufefe" + SEEN, max_size=4).map(
    lambda text: text.strip(BLANKS)
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytes") / "a.csv"


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=4),
    place=st.none()
    | st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from(SEEN), st.booleans()),
    delimiter=st.sampled_from(DELIMITERS),
    quote=st.sampled_from(["", '"']),
    end=st.sampled_from(["\n", "\r\n"]),
    closed=st.booleans(),
    marked=st.booleans(),
    block=st.integers(1, 9),
)
@example(
    rows=[["a", "b"]],
    place=(0, 1, " ", False),
    delimiter=",",
    quote="",
    end="\n",
    closed=False,
    marked=False,
    block=9,
)
def test_one_cell_that_begins_or_ends_with_a_blank_is_seen(
    path: Path,
    rows: list[list[str]],
    place: tuple[int, int, str, bool] | None,
    delimiter: str,
    quote: str,
    end: str,
    closed: bool,
    marked: bool,
    block: int,
) -> None:
    """However the blocks part it. Beside delimiters of one visible byte nothing else is seen either."""
    if place is not None:
        number, column, blank, first = place
        row = rows[number % len(rows)]
        cell = row[column % len(row)]
        row[column % len(row)] = blank + cell if first else cell + blank
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    written = end.join(lines) + end * closed
    path.write_bytes(written.encode("utf-8-sig" if marked else "utf-8"))
    with patch("etl.csv_bytes._BLOCK", block):
        seen = look_through(path, delimiter)
    text = path.read_bytes().decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in row]
    trimmed = all(cell == cell.strip(BLANKS) for cell in cells)
    if not trimmed or delimiter in ",;|" or (delimiter.isascii() and not quote):
        assert seen.trimmed == trimmed
    assert seen.quoted == bool(quote)
    assert seen.formulas == ('="' in text)
    assert seen.may_fail == ("#" in text or ":" in text)
    assert seen.lines == len(text.removesuffix(end).split(end))


@pytest.mark.parametrize(
    ("text", "lines", "quoted"),
    [
        ('a,b\n"c ",d\n', 2, True),
        ('a,b\n" c",d\n', 2, True),
        ('a\tb\n"c\t"\td\n', 2, True),
        ("a,b\r\nc,d\n", None, False),
        ("a,b\rc,d\r", None, False),
        ("a,b\n\rc,d\n", None, False),
    ],
)
def test_what_may_be_a_blank_and_odd_ends_of_lines(
    path: Path, text: str, lines: int | None, quoted: bool
) -> None:
    path.write_text(text, encoding="utf-8", newline="")
    assert look_through(path, "\t" if "\t" in text else ",") == Look(
        lines, quoted, formulas=False, may_fail=False, trimmed=False
    )
