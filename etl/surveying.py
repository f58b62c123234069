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
    """How many rows a sheet has, the different spellings in the columns of its fields, and how many
    bytes the longest cell of its fields of text has."""

    rows: int
    spellings: Mapping[str, frozenset[str]]
    longest: Mapping[str, int]


def survey(connection: duckdb.DuckDBPyConnection, select: str, width: int, match: Match) -> Survey:
    """Read all rows of a SELECT of text columns c0 to c<width-1>. Raises duckdb.Error."""
    types = {name: match.dataset.field(name).type for name in match.columns}
    spelled = [name for name, kind in types.items() if kind not in _WITHOUT_SPELLINGS]
    texts = [name for name, kind in types.items() if kind == "text"]
    asked = [f"list(DISTINCT {spelling(types[name], f'c{match.columns[name]}')})" for name in spelled]
    asked += [f"max(strlen(c{match.columns[name]}))" for name in texts]
    # A column that nobody asks for is not read: counting asks for all others.
    others = set(range(width)) - {match.columns[name] for name in (*spelled, *texts)}
    asked += [f"count(c{index})" for index in sorted(others)]
    row = connection.execute(f"SELECT {', '.join(['count(*)', *asked])} FROM ({select})").fetchone()
    assert row is not None  # an aggregate without groups gives one row
    rows, lists, longest = row[0], row[1:], row[1 + len(spelled) :]
    return Survey(
        int(rows),
        {name: frozenset(found or ()) for name, found in zip(spelled, lists, strict=False)},
        {name: int(found or 0) for name, found in zip(texts, longest, strict=False)},
    )


def plain_number(column: str) -> str:
    """SQL for the numbers that need no reading."""
    return f"CASE WHEN isfinite(try_cast({column} AS DOUBLE)) THEN try_cast({column} AS DOUBLE) END"


def spelling(kind: str, column: str) -> str:
    """SQL for what a cell is looked up by: as it was written, empty for nothing or plain digits."""
    if kind in PLAIN_NUMBERS:
        return f"CASE WHEN {plain_number(column)} IS NULL THEN coalesce({column}, '') ELSE '' END"
    return f"coalesce({column}, '')"
