"""Spellings: each different way that a cell was written, read once and joined to all its rows.

Owns `Spellings`, the temporary tables of raw text and meaning for one sheet. The common spellings of
numbers are read by SQL; every other one by `cells` and `places`, once, however many rows have it.
Called by `loading` and `rejecting`. May import `cells`, `identity`, `places`.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from etl.cells import Refusal, plain_cell, read_cell
from etl.datasets import STORED_AS
from etl.identity import REFUSED
from etl.places import Gazetteer, Place

_ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "INTEGER": pa.int64(),
    "BIGINT": pa.float64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
}


class Spellings:
    """What the spellings of one sheet mean, by type of field."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, gazetteer: Gazetteer, area: str) -> None:
        self._connection = connection
        self._gazetteer = gazetteer
        self._area = area
        self._known: dict[str, dict[str, object]] = {}
        self._refused: dict[tuple[str, str], Refusal] = {}

    def learn(self, table: str, columns: Mapping[str, tuple[str, str]]) -> None:
        """Read the spellings in `table` that are new; `columns` maps fields to type and column."""
        for kind, column in columns.values():
            if kind in {"text", "person_name", "person_id"}:
                continue
            known = self._known.setdefault(kind, {})
            unread = "" if kind not in {"number", "integer"} else f" AND {_number(column)} IS NULL"
            if unread and not known:
                self._store(kind)
            found = self._connection.execute(
                f"SELECT DISTINCT {column} FROM {table} WHERE trim({column}) <> ''{unread}"
            ).fetchall()
            new = {text: self._read(kind, text) for (text,) in found if text not in known}
            known |= new
            if new or len(known) == 0:
                self._store(kind)

    def forget(self) -> None:
        """Drop the tables: a cell in the wrong column may hold what must not be kept."""
        for kind in self._known:
            self._connection.execute(f"DROP TABLE IF EXISTS spelled_{kind}")

    def meaning(self, field: str, kind: str, column: str) -> tuple[str, str]:
        """SQL for what a column means, and the join that it needs."""
        if kind in {"text", "person_name"}:
            return f"nullif(trim({column}, ' \t\u3000\u00a0'), '')", ""
        alias = f"s_{field}"
        table = "spelled_person" if kind == "person_id" else f"spelled_{kind}"
        join = f"LEFT JOIN {table} AS {alias} ON {alias}.raw = {column}"
        if kind in {"number", "integer"}:
            return f"coalesce({_number(column)}, {alias}.value)", join
        return f"{alias}.value", join

    def refusal(self, kind: str, text: str) -> Refusal:
        """Why a spelling was not read."""
        if kind == "person_id":
            row = self._connection.execute(
                "SELECT problem FROM spelled_person WHERE raw = ?", [text]
            ).fetchone()
            return REFUSED[row[0] if row is not None and row[0] is not None else "form"]
        return self._refused[kind, text]

    def _read(self, kind: str, text: str) -> object:
        if kind == "place":
            place = self._gazetteer.resolve(plain_cell(text), self._area)
            if isinstance(place, Place):
                return place.code
            self._refused[kind, text] = Refusal(place.reason, place.remedy)
            return None
        value = read_cell(kind, text)
        if isinstance(value, Refusal):
            self._refused[kind, text] = value
            return None
        return value

    def _store(self, kind: str) -> None:
        """The temporary table of a type, with all of its spellings known so far."""
        known = self._known[kind]
        columns = {"raw": pa.array(list(known), pa.string())}
        values = list(known.values())
        if kind == "period":
            parts = [value if isinstance(value, tuple) else (None, None) for value in values]
            columns["value"] = pa.array([part[0] for part in parts], pa.string())
            columns["ends"] = pa.array([part[1] for part in parts], pa.date32())
        else:
            columns["value"] = pa.array(values, _ARROW[STORED_AS[kind]])
        self._connection.register("spellings_read", pa.table(columns))
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE spelled_{kind} AS SELECT * FROM spellings_read"
        )
        self._connection.unregister("spellings_read")


def _number(column: str) -> str:
    """SQL for the numbers that need no reading: plain digits."""
    return f"CASE WHEN {column} NOT LIKE '%e%' THEN try_cast({column} AS DOUBLE) END"
