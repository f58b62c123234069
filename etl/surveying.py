"""Surveying: one reading of a sheet to its end, before any of its rows is loaded.

Owns `Survey` and `survey`. The reading shows that every cell can be read, counts the rows, and finds
the different spellings of the columns whose meaning is read once for each (`spellings`), and of a file
that is not too large those of its persons. Called by `reading`; `spellings` says the same of a row with
`spelling`. May import `datasets`, `headers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from etl.datasets import PERSONAL
from etl.headers import Match

#: Types whose cells are taken as they are, and types whose plain spelling SQL reads by itself.
_WITHOUT_SPELLINGS = frozenset({"text", "person_id", *PERSONAL})
PLAIN_NUMBERS = frozenset({"number", "integer"})


@dataclass(frozen=True, slots=True)
class Survey:
    """How many rows a sheet has, the different spellings in the columns of its fields, how many bytes
    the longest cell of its fields of text has, and the spellings of its persons if asked for."""

    rows: int
    spellings: Mapping[str, frozenset[str]]
    longest: Mapping[str, int]
    persons: pa.Array | None = field(default=None, repr=False)


def survey(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    width: int,
    match: Match,
    *,
    with_persons: bool = False,
) -> Survey:
    """Read all rows of a SELECT of text columns c0 to c<width-1>. Raises duckdb.Error.

    `with_persons`: keep the spellings of all persons in memory, which spares a reading.
    """
    types = {name: match.dataset.field(name).type for name in match.columns}
    spelled = [name for name, kind in types.items() if kind not in _WITHOUT_SPELLINGS]
    texts = [name for name, kind in types.items() if kind == "text"]
    asked = [_spellings(types[name], f"c{match.columns[name]}") for name in spelled]
    asked += [f"max(strlen(c{match.columns[name]}))" for name in texts]
    persons = match.columns.get("person_id") if with_persons else None
    # A column that nobody asks for is not read: counting asks for all others.
    others = set(range(width)) - {match.columns[name] for name in (*spelled, *texts)} - {persons}
    asked += [f"count(c{index})" for index in sorted(others)]
    everybody = "NULL" if persons is None else f"list(DISTINCT coalesce(c{persons}, ''))"
    columns = ", ".join(["count(*)", *asked, everybody])
    # As Arrow: persons, who may be millions, need not become objects of Python one by one.
    *row, found = connection.execute(f"SELECT {columns} FROM ({select})").to_arrow_table().columns
    rows, *answers = (column[0].as_py() for column in row)
    return Survey(
        rows,
        {name: frozenset(written or ()) for name, written in zip(spelled, answers, strict=False)},
        {name: size or 0 for name, size in zip(texts, answers[len(spelled) :], strict=False)},
        None if persons is None else pc.list_flatten(found).combine_chunks(),
    )


def _spellings(kind: str, column: str) -> str:
    """SQL for the different spellings of a column."""
    written = f"list(DISTINCT coalesce({column}, ''))"
    if kind not in PLAIN_NUMBERS:
        return written
    # Nearly all numbers are plain ones, which need not even be compared: all have the spelling ''.
    return f"list_append({written} FILTER ({plain_number(column)} IS NULL), '')"


def plain_number(column: str) -> str:
    """SQL for the numbers that need no reading."""
    return f"CASE WHEN isfinite(try_cast({column} AS DOUBLE)) THEN try_cast({column} AS DOUBLE) END"


def spelling(kind: str, column: str) -> str:
    """SQL for what a cell is looked up by: as it was written, empty for nothing or plain digits."""
    if kind in PLAIN_NUMBERS:
        return (
            f"CASE WHEN isfinite(try_cast({column} AS DOUBLE)) THEN '' ELSE coalesce({column}, '') END"
        )
    return f"coalesce({column}, '')"
