"""Settling: refused rows that a later file makes good, or refuses anew, are open no longer.

Owns `settle`, `unsettle`, which a withdrawal asks for, and what tells that two rows have one key
(`key_text`, `same_key`, `city_of`). A row of a corrected rejects file says which refused row it was;
any other row replaces the refused ones of its key. Called by `loading` and `withdrawal`; `rejecting`,
`merging` and `doubting` write the key. May import `datasets`, `reading`, `rejects`.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from etl.datasets import Dataset
from etl.reading import Sheet
from etl.rejects import ADDED

#: What stands between the parts of a key: no cell has it.
_BETWEEN = "chr(31)"

#: What says which refused row a row of a corrected file was.
_ORIGIN = ("load", "source_file", "source_sheet", "source_row")
_ROW = ", ".join(_ORIGIN)


def key_parts(dataset: Dataset, prefix: str, city: str = "NULL") -> list[str]:
    """SQL for the parts of a row's key, whose columns begin with `prefix`: the city among them if no
    place is, by the code of its place, else `city`."""
    parts = [f"{prefix}{name}" for name in dataset.key]
    if "place" not in dataset.key:
        parts.append(f"coalesce(substr({prefix}place, 1, 4), {city})")
    return parts


def key_text(dataset: Dataset, prefix: str, city: str = "NULL") -> str:
    """SQL for the key of a row as one text; nothing if a part of it is missing."""
    return f" || {_BETWEEN} || ".join(key_parts(dataset, prefix, city))


def same_key(dataset: Dataset, prefix: str, key: str) -> str:
    """SQL for whether a row, whose columns begin with `prefix`, has a key written as a text."""
    return " AND ".join(
        f"{part} = split_part({key}, {_BETWEEN}, {n})"
        for n, part in enumerate(key_parts(dataset, prefix), 1)
    )


def city_of(area: str) -> str:
    """SQL for the city of a row whose place cannot be read, if its file can be of one city only."""
    return "NULL" if area[2:4] == "00" else f"'{area[:4]}'"


def settle(connection: duckdb.DuckDBPyConnection, load: int, sheet: Sheet, table: str) -> int:
    """Take out the rejects of earlier loads that this one replaces; returns of how many rows.

    `table` holds the good rows of the sheet, the rejects of its bad ones are written.
    """
    dataset = sheet.match.dataset
    open_before = "dataset = ? AND load < ?"
    asked = [dataset.name, load]
    there = connection.execute(f"SELECT count(*) FROM rejects WHERE {open_before}", asked).fetchone()
    if there == (0,):
        return 0
    # The refused rows are few: they are looked for among the new ones, whatever their number.
    replaced = (
        f"SELECT refused.key FROM (SELECT DISTINCT key FROM rejects WHERE {open_before}) AS refused"
        f" JOIN {table} AS good ON {same_key(dataset, 'good.', 'refused.key')}"
        " UNION SELECT key FROM rejects WHERE dataset = ? AND load = ?"
    )
    # A row whose key says nothing is the same if it stands where it stood and reads as it read.
    again = "source_file, source_sheet, source_row, original"
    found = (
        f"key IN ({replaced})"
        f" OR ({again}) IN (SELECT {again} FROM rejects WHERE dataset = ? AND load = ?)"
    )
    values = [*asked, *asked, *asked]
    origin = _origin(sheet)
    if origin is not None:
        found += f" OR (load, source_file, source_sheet, source_row) IN ({origin})"
    if sheet.spool is not None:
        # A database says again what is wrong still: that settles nothing.
        again = "load, source_sheet, source_row"
        open_before += f" AND ({again}) NOT IN (SELECT {again} FROM known_rejects)"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE settling AS SELECT DISTINCT {_ROW}, {load} AS settled_by"
        f" FROM rejects WHERE {open_before} AND ({found})",
        [*asked, *values],
    )
    (count,) = connection.execute("SELECT count(*) FROM settling").fetchone() or (0,)
    connection.execute(
        f"INSERT INTO settled_rejects SELECT * FROM rejects JOIN settling USING ({_ROW})"
    )
    connection.execute(f"DELETE FROM rejects WHERE ({_ROW}) IN (SELECT {_ROW} FROM settling)")
    connection.execute("DROP TABLE settling")
    return int(count)


def unsettle(connection: duckdb.DuckDBPyConnection, dataset: Dataset, loads: Sequence[int]) -> None:
    """Open again the rejects that `loads`, whose rows and rejects are taken back already, had settled,
    but for those that a later load would have settled in their place."""
    asked = {"dataset": dataset.name, "loads": list(loads)}
    taken = "dataset = $dataset AND settled_by IN (SELECT unnest($loads))"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE unsettled AS SELECT * FROM settled_rejects WHERE {taken}", asked
    )
    connection.execute(f"DELETE FROM settled_rejects WHERE {taken}", asked)
    # Who said a row of the key after the one that was refused, right (first, or again) or wrong.
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE settling_anew AS
        WITH there AS (
            SELECT DISTINCT key, good.load, good.source_sheet, good.source_row
            FROM unsettled JOIN {dataset.name} AS good ON {same_key(dataset, "good.", "key")}),
        said AS (
            SELECT key, load FROM there
            UNION ALL SELECT there.key, r.load FROM there JOIN repeats AS r
                ON r.dataset = $dataset AND r.of_load = there.load
                AND r.of_sheet = there.source_sheet AND r.of_row = there.source_row
            UNION ALL SELECT key, load FROM rejects WHERE dataset = $dataset
            UNION ALL SELECT key, load FROM settled_rejects WHERE dataset = $dataset
            UNION ALL SELECT key, load FROM unsettled)
        SELECT DISTINCT ON (u.load, u.source_file, u.source_sheet, u.source_row)
            u.load, u.source_file, u.source_sheet, u.source_row, said.load AS settled_by
        FROM unsettled AS u JOIN said ON said.key = u.key AND said.load > u.load
        ORDER BY said.load
        """,
        {"dataset": dataset.name},
    )
    refused = "SELECT u.* EXCLUDE (settled_by)"
    connection.execute(
        f"INSERT INTO settled_rejects {refused}, settling_anew.settled_by"
        f" FROM unsettled AS u JOIN settling_anew USING ({_ROW})"
    )
    connection.execute(
        f"INSERT INTO rejects {refused} FROM unsettled AS u ANTI JOIN settling_anew USING ({_ROW})"
    )
    connection.execute("DROP TABLE settling_anew")
    connection.execute("DROP TABLE unsettled")


def _origin(sheet: Sheet) -> str | None:
    """SQL for the refused rows that the rows of a corrected file were; None of any other file."""
    columns = {}
    for name in _ORIGIN:
        found = [n for n, header in enumerate(sheet.headers) if header.strip() in ADDED[name]]
        if not found:
            return None
        columns[name] = f"c{found[0]}"
    return (
        f"SELECT try_cast({columns['load']} AS BIGINT), {columns['source_file']},"
        f" coalesce({columns['source_sheet']}, ''), try_cast({columns['source_row']} AS BIGINT)"
        " FROM source"
    )
