"""Settling: refused rows that a later file makes good, or refuses anew, are open no longer.

Owns `settle`, and what tells that two rows have one key (`key_text`, `same_key`, `city_of`). A row of a
corrected rejects file says which refused row it was; any other row replaces the refused ones of its
key. Called by `loading`; `rejecting`, `merging` and `doubting` write the key. May import `datasets`,
`reading`, `rejects`.
"""

from __future__ import annotations

import duckdb

from etl.datasets import Dataset
from etl.reading import Sheet
from etl.rejects import ADDED

#: What stands between the parts of a key: no cell has it.
_BETWEEN = "chr(31)"

#: What says which refused row a row of a corrected file was.
_ORIGIN = ("load", "source_file", "source_sheet", "source_row")


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
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE settled AS SELECT DISTINCT load, source_file, source_sheet,"
        f" source_row FROM rejects WHERE {open_before} AND ({found})",
        [*asked, *values],
    )
    counted = connection.execute("SELECT count(*) FROM settled").fetchone()
    connection.execute(
        "DELETE FROM rejects USING settled WHERE rejects.load = settled.load"
        " AND rejects.source_file = settled.source_file"
        " AND rejects.source_sheet = settled.source_sheet"
        " AND rejects.source_row = settled.source_row"
    )
    connection.execute("DROP TABLE settled")
    assert counted is not None  # a count answers with one number
    return int(counted[0])


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
