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
from etl.csv_bytes import look_through
from etl.csv_files import DELIMITERS

SEEN = BLANKS.replace("\n", "").replace("\r", "")
#: Letters, some with bytes like those of a blank, and blanks between them.
CELLS = st.text("a1é中。、﹀\u2009\u2000\u200a·À\ufefe" + SEEN, max_size=4).map(
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
    end=st.sampled_from(["\n", "\r\n"]),
    closed=st.booleans(),
    marked=st.booleans(),
    block=st.integers(1, 9),
)
@example(
    rows=[["a", "b"]],
    place=(0, 1, " ", False),
    delimiter=",",
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
    end: str,
    closed: bool,
    marked: bool,
    block: int,
) -> None:
    """However the blocks part it. Of a delimiter of one byte nothing else is seen either."""
    if place is not None:
        number, column, blank, first = place
        row = rows[number % len(rows)]
        cell = row[column % len(row)]
        row[column % len(row)] = blank + cell if first else cell + blank
    written = end.join(delimiter.join(row) for row in rows) + end * closed
    path.write_bytes(written.encode("utf-8-sig" if marked else "utf-8"))
    with patch("etl.csv_bytes._BLOCK", block):
        seen = look_through(path, delimiter)
    text = path.read_bytes().decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in row]
    trimmed = all(cell == cell.strip(BLANKS) for cell in cells)
    if not trimmed or delimiter.isascii():
        assert seen.trimmed == trimmed
    assert seen.lines == len(text.removesuffix(end).split(end))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('a,b\n"c ",d\n', 2),
        ('a,b\n"c\n",d\n', 3),
        ('a,"b"\nc,d\n', 2),
        ("a,b\r\nc,d\n", None),
        ("a,b\rc,d\r", None),
        ("a,b\n\rc,d\n", None),
    ],
)
def test_of_quotation_marks_and_of_odd_ends_of_lines_nothing_is_said(
    path: Path, text: str, lines: int | None
) -> None:
    path.write_text(text, encoding="utf-8", newline="")
    seen = look_through(path, ",")
    assert (seen.lines, seen.quoted, seen.trimmed) == (lines, '"' in text, False)
