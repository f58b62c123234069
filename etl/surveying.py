"""Surveying: one reading of a sheet to its end, before any of its rows is loaded.

Owns `Survey` and `survey`. The reading shows that every cell can be read, counts the rows, and finds
the different spellings of the columns whose meaning is read once for each (`spellings`). Called by
`reading`; `spellings` says the same of a row with `spelling`. May import `datasets`, `headers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from etl.datasets import PERSONAL
from etl.headers import Match

#: Types whose cells are taken as they are, and types whose plain spelling SQL reads by itself.
_WITHOUT_SPELLINGS = frozenset({"text", "person_id", *PERSONAL})
PLAIN_NUMBERS = frozenset({"number", "integer"})


@dataclass(frozen=True, slots=True)
class Survey:
    """How many rows a sheet has, and the different spellings in the columns of its fields."""

    rows: int
    spellings: Mapping[str, frozenset[str]]


def survey(connection: duckdb.DuckDBPyConnection, select: str, width: int, match: Match) -> Survey:
    """Read all rows of a SELECT of text columns c0 to c<width-1>. Raises duckdb.Error."""
    fields = [
        (name, spelling(match.dataset.field(name).type, f"c{index}"))
        for name, index in match.columns.items()
        if match.dataset.field(name).type not in _WITHOUT_SPELLINGS
    ]
    asked = [f"list(DISTINCT {spelled})" for _, spelled in fields]
    # A column that nobody asks for is not read: counting asks for all.
    asked += [f"count(c{index})" for index in range(width)]
    row = connection.execute(f"SELECT count(*), {', '.join(asked)} FROM ({select})").fetchone()
    assert row is not None  # an aggregate without groups gives one row
    found = {name: frozenset(texts or ()) for (name, _), texts in zip(fields, row[1:], strict=False)}
    return Survey(int(row[0]), found)


def plain_number(column: str) -> str:
    """SQL for the numbers that need no reading."""
    return f"CASE WHEN isfinite(try_cast({column} AS DOUBLE)) THEN try_cast({column} AS DOUBLE) END"


def spelling(kind: str, column: str) -> str:
    """SQL for what a cell is looked up by: as it was written, empty for nothing or plain digits."""
    if kind in PLAIN_NUMBERS:
        return f"CASE WHEN {plain_number(column)} IS NULL THEN coalesce({column}, '') ELSE '' END"
    return f"coalesce({column}, '')"
