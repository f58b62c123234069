"""Doubting: what only the raw row can tell to be suspicious, noted before its identity number is gone.

Owns `doubt_sexes`. A doubt is a kind, a key and a row of a file, never what stood in it; `metrics`
makes it a warning while there is a record of the key. Called by `loading`. May import `identity`,
`reading`, `settling`.

A person is known by one identity number, and a number states one sex: two are told only by a column
`性别` beside it. It is held against the number; of a permit or a passport, which states none, the rows
of one sheet are held against each other. Of a file without that column no row is looked at.
"""

from __future__ import annotations

import duckdb

from etl.identity import stated_sex
from etl.reading import Sheet
from etl.settling import key_text, same_key

#: The row states another sex than its identity number, or than an earlier row of the same person.
OTHER_SEX = "other_sex"

_SEXES = {"男": "M", "男性": "M", "M": "M", "女": "F", "女性": "F", "F": "F"}


def doubt_sexes(connection: duckdb.DuckDBPyConnection, load: int, sheet: Sheet, table: str) -> int:
    """Note the good rows of a sheet, in `table`, whose sex is not that of the person, in place of what
    was noted of their keys before; returns how many notes came and went. The temporary table
    `spelled_person` says who a person is."""
    gone = come = 0
    dataset, columns = sheet.match.dataset, sheet.match.columns
    if connection.execute("SELECT 1 FROM doubts WHERE dataset = ?", [dataset.name]).fetchone():
        (gone,) = connection.execute(
            f"DELETE FROM doubts USING {table} AS good"
            f" WHERE doubts.dataset = ? AND {same_key(dataset, 'good.', 'doubts.key')}",
            [dataset.name],
        ).fetchone() or (0,)
    if "sex" not in columns or "person_id" not in columns:
        return int(gone)
    told = " ".join(f"WHEN '{word}' THEN '{sex}'" for word, sex in _SEXES.items())
    raw = f"coalesce(c{columns['person_id']}, '')"
    (come,) = connection.execute(
        f"""
        INSERT INTO doubts
        WITH told AS (
            SELECT row_number() OVER () + {sheet.first_row - 1} AS source_row, {raw} AS raw,
                CASE upper(trim(c{columns["sex"]}, ' \t　')) {told} END AS sex
            FROM source),
        known AS (
            SELECT source_row, sex, coalesce({stated_sex("raw")}, first_value(sex) OVER (
                PARTITION BY value ORDER BY source_row)) AS right_sex
            FROM told JOIN spelled_person USING (raw)
            WHERE sex IS NOT NULL AND value IS NOT NULL)
        SELECT ?, ?, ?, {key_text(dataset, "good.")}, ?, ?, source_row
        FROM known JOIN {table} AS good USING (source_row)
        WHERE sex <> right_sex ORDER BY source_row
        """,
        [load, dataset.name, OTHER_SEX, sheet.name, sheet.sheet],
    ).fetchone() or (0,)
    return int(gone + come)
