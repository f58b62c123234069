"""Rejecting: a row that breaks a rule is written down with its reason and remedy, never just lost.

Owns `reject_rows`, `reject_repeated` and `forget_known`. What is kept of a row is what `privacy` leaves
of it. Called by `loading`. May import `checking`, `headers`, `merging`, `privacy`, `reading`,
`rejects`, `settling`, `spellings`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from etl.cells import Refusal
from etl.checking import Check
from etl.datasets import PERSONAL
from etl.headers import known_headers, plain_header
from etl.merging import Repeated
from etl.privacy import covered_row
from etl.reading import Sheet
from etl.rejects import ADDED_HEADERS
from etl.settling import city_of, key_text
from etl.spellings import Spellings
from etl.texts import Text

_COLUMNS = (
    "load", "dataset", "source_file", "source_sheet", "source_row", "field", "header", "value",
    "reason_zh", "reason_en", "remedy_zh", "remedy_en", "original", "key",
)  # fmt: skip

#: Rows are written by the batch, so that a file of a million bad rows needs no more memory.
_BATCH = 10_000

#: The header of cells that stand beyond the last one.
_BEYOND = "（多余的单元格）"


def reject_rows(
    connection: duckdb.DuckDBPyConnection,
    load: int,
    sheet: Sheet,
    rows: str,
    checks: Sequence[Check],
    spellings: Spellings,
) -> None:
    """Write the rejects of the refused rows that the parsing SELECT gives: one for each bad cell."""
    dataset, columns = sheet.match.dataset, sheet.match.columns
    meaningful = [f for f in map(dataset.field, columns) if f.type not in {"text", *PERSONAL}]
    cells = [f"c{i}" for i in range(sheet.width)]
    flags = [*(f"u_{f.name}" for f in meaningful), *(f"coalesce({c.bad}, false)" for c in checks)]
    key = key_text(dataset, "v_", city_of(spellings.area))
    asked = ", ".join([*cells, "source_row", f"{key} AS key_text", *flags])
    # The rows are found once, then written by the batch.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE refused_cells AS SELECT {asked},"
        f" row_number() OVER (ORDER BY source_row) AS place_in_line FROM ({rows})"
    )
    begun = 0
    while batch := connection.execute(
        "SELECT * EXCLUDE (place_in_line) FROM refused_cells"
        " WHERE place_in_line > ? AND place_in_line <= ? ORDER BY place_in_line",
        [begun, begun + _BATCH],
    ).fetchall():
        begun += _BATCH
        written: list[tuple[Any, ...]] = []
        for row in batch:
            texts, said = row[: sheet.width], row[sheet.width + 2 :]
            source_row, key_of_row = row[sheet.width : sheet.width + 2]
            problems = [
                (field.name, spellings.refusal(field.type, texts[columns[field.name]] or ""))
                for field, unread in zip(meaningful, said, strict=False)
                if unread
            ]
            problems += [
                (check.field, Refusal(check.reason, check.remedy))
                for check, bad in zip(checks, said[len(meaningful) :], strict=True)
                if bad
            ]
            written += _rejects(load, sheet, source_row, texts, problems, key_of_row)
        _write(connection, written)
    connection.execute("DROP TABLE refused_cells")


def reject_repeated(
    connection: duckdb.DuckDBPyConnection,
    load: int,
    sheet: Sheet,
    repeated: Sequence[Repeated],
) -> None:
    """Write the rejects of rows that repeat a key of the same file with other content."""
    if not repeated:
        return
    key = sheet.match.dataset.key[0]
    first = {row.source_row: row for row in repeated}
    connection.register("repeated", pa.table({"source_row": pa.array(first, pa.int64())}))
    numbered = f"SELECT *, row_number() OVER () + {sheet.first_row - 1} AS source_row FROM source"
    found = connection.execute(
        f"SELECT * FROM ({numbered}) SEMI JOIN repeated USING (source_row) ORDER BY source_row"
    ).fetchall()
    connection.unregister("repeated")
    written: list[tuple[Any, ...]] = []
    for *texts, source_row in found:
        where = first[source_row].where
        refusal = Refusal(
            Text(f"与{where.zh}编号相同而内容不同", f"the same key as {where.en} with other content"),
            Text("请只保留正确的一行，或更正编号", "keep the right row only, or correct the key"),
        )
        written += _rejects(load, sheet, source_row, texts, [(key, refusal)], first[source_row].key)
    _write(connection, written)


def forget_known(connection: duckdb.DuckDBPyConnection, load: int, source: str) -> int:
    """Drop a load's rejects of rows that an earlier load of the same source refused for the same
    reason; gives how many rows. A database says again what nobody has corrected yet. The temporary
    table `known_rejects` names the earlier ones: nothing has settled them."""
    # Where the first row of a key stands is said by number, and a database numbers as it likes.
    reason = "regexp_replace({}.reason_zh, '第 [0-9]+ 行', '')"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE said_again AS
        SELECT new.source_row AS new_row, old.load, old.source_sheet, old.source_row
        FROM rejects AS new LEFT JOIN rejects AS old
        ON old.load < new.load AND old.source_file = new.source_file AND new.dataset = old.dataset
            AND new.field IS NOT DISTINCT FROM old.field AND new.original = old.original
            AND {reason.format("new")} = {reason.format("old")}
        WHERE new.load = ? AND new.source_file = ?
        QUALIFY bool_and(old.load IS NOT NULL) OVER (PARTITION BY new.source_row)
        """,
        [load, source],
    )
    (known,) = connection.execute("SELECT count(DISTINCT new_row) FROM said_again").fetchone() or (0,)
    connection.execute(
        "DELETE FROM rejects WHERE load = ? AND source_row IN (SELECT new_row FROM said_again)", [load]
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known_rejects AS"
        " SELECT DISTINCT load, source_sheet, source_row FROM said_again"
    )
    connection.execute("DROP TABLE said_again")
    return int(known)


def _rejects(
    load: int,
    sheet: Sheet,
    source_row: int,
    texts: Sequence[str | None],
    problems: Sequence[tuple[str, Refusal]],
    key: str | None,
) -> Iterator[tuple[Any, ...]]:
    """The rejects of one row: what is wrong with each bad cell, and what may be kept of the row."""
    dataset, columns = sheet.match.dataset, sheet.match.columns
    cells, secrets = covered_row(texts, columns.get("person_id"), columns.get("name"))
    original = json.dumps(_named(sheet, cells), ensure_ascii=False)
    if any(cells[columns[name]] != (texts[columns[name]] or "") for name in dataset.key):
        key = None  # what was covered must be kept nowhere
    for name, refusal in problems:
        said = [*refusal.reason, *refusal.remedy]
        for secret in secrets:
            said = [text.replace(secret, "*" * len(secret)) for text in said]
        yield (
            load, dataset.name, sheet.name, sheet.sheet, source_row, name,
            dataset.field(name).header.zh if name else _BEYOND,
            cells[columns[name] if name else -1] or None, *said, original, key,
        )  # fmt: skip


def _named(sheet: Sheet, cells: Sequence[str]) -> dict[str, str]:
    """The cells of a row by header. A column that only its sender's own words name has the official
    header: corrected, the row must be known without them."""
    dataset, columns = sheet.match.dataset, sheet.match.columns
    known = known_headers(dataset.name)
    official = {
        index: dataset.field(name).header.zh
        for name, index in columns.items()
        if known.get(plain_header(sheet.headers[index]), ("",))[0] != name
    }
    headers = [official.get(index, header) for index, header in enumerate(sheet.headers)]
    # Of two columns of one name the first is read, so that its cell is the one to be corrected; but
    # one that was read under its sender's words goes before any that was not.
    named = dict(reversed([*zip(headers, cells, strict=False)]))
    named |= {header: cells[index] for index, header in official.items()}
    return {h: named[h] for h in dict.fromkeys(headers) if h.strip() not in {"", *ADDED_HEADERS}}


def _write(connection: duckdb.DuckDBPyConnection, rejects: Sequence[tuple[Any, ...]]) -> None:
    if rejects:
        columns = zip(*rejects, strict=True)
        batch = pa.table(dict(zip(_COLUMNS, map(list, columns), strict=True)))
        connection.register("refused", batch)
        connection.execute(f"INSERT INTO rejects ({', '.join(_COLUMNS)}) SELECT * FROM refused")
        connection.unregister("refused")
