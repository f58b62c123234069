"""Rejecting: a row that breaks a rule is written down with its reason and remedy, never just lost.

Owns `reject_rows` and `reject_repeated`. What is kept of a row is the row as it was sent, without the
person's name and with identity numbers masked. Called by `loading`. May import `checking`,
`identity`, `reading`, `spellings`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import duckdb

from etl.cells import Refusal
from etl.checking import Check
from etl.identity import mask, mask_number
from etl.reading import Sheet
from etl.spellings import Spellings
from etl.texts import Text

_INSERT = f"INSERT INTO rejects VALUES ({', '.join('?' * 13)})"


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
    fields = [dataset.field(name) for name in columns]
    meaningful = [f for f in fields if f.type not in {"text", "person_name"}]
    asked = [
        *(f"c{i}" for i in range(len(sheet.headers))),
        "source_row",
        *(f"u_{f.name}" for f in meaningful),
        *(f"coalesce({check.bad}, false)" for check in checks),
    ]
    found = connection.execute(f"SELECT {', '.join(asked)} FROM ({rows})").fetchall()
    for row in found:
        cells, source_row, flags = (
            row[: len(sheet.headers)],
            row[len(sheet.headers)],
            row[len(sheet.headers) + 1 :],
        )
        original = _original(sheet, cells)
        problems: list[tuple[str, Refusal]] = []
        for field, unread in zip(meaningful, flags, strict=False):
            if unread:
                problems.append((field.name, spellings.refusal(field.type, cells[columns[field.name]])))
        for check, bad in zip(checks, flags[len(meaningful) :], strict=True):
            if bad:
                problems.append((check.field, Refusal(check.reason, check.remedy)))
        for name, refusal in problems:
            _write(connection, load, sheet, source_row, name, cells[columns[name]], refusal, original)


def reject_repeated(
    connection: duckdb.DuckDBPyConnection,
    load: int,
    sheet: Sheet,
    rows: Sequence[tuple[int, int]],
) -> None:
    """Write the rejects of rows that repeat a key of the same file with other content."""
    key = sheet.match.dataset.key[0]
    for source_row, first_row in rows:
        cells = connection.execute(
            f"SELECT * FROM source LIMIT 1 OFFSET {source_row - sheet.first_row}"
        ).fetchone()
        assert cells is not None  # the row was read from there
        refusal = Refusal(
            Text(
                f"与第 {first_row} 行编号相同而内容不同",
                f"the same key as row {first_row} with other content",
            ),
            Text("请只保留正确的一行，或更正编号", "keep the right row only, or correct the key"),
        )
        value = cells[sheet.match.columns[key]]
        _write(connection, load, sheet, source_row, key, value, refusal, _original(sheet, cells))


def _write(
    connection: duckdb.DuckDBPyConnection,
    load: int,
    sheet: Sheet,
    source_row: int,
    name: str,
    value: str | None,
    refusal: Refusal,
    original: str,
) -> None:
    dataset = sheet.match.dataset
    person = dataset.field(name).type == "person_id"
    shown = None if value is None else mask_number(value) if person else mask(value)
    connection.execute(
        _INSERT,
        [
            load, dataset.name, sheet.file.name, sheet.sheet, source_row, name,
            dataset.field(name).header.zh, shown, mask(refusal.reason.zh), mask(refusal.reason.en),
            mask(refusal.remedy.zh), mask(refusal.remedy.en), original,
        ],
    )  # fmt: skip


def _original(sheet: Sheet, cells: Sequence[str | None]) -> str:
    """The row as it was sent, as JSON by header, fit to be kept."""
    types = {i: sheet.match.dataset.field(name).type for name, i in sheet.match.columns.items()}
    kept = {}
    for index, (header, cell) in enumerate(zip(sheet.headers, cells, strict=False)):
        if header.strip():
            covered = {"person_name": "", "person_id": mask_number(cell or "")}
            kept[header] = covered.get(types.get(index, ""), mask(cell or ""))
    return json.dumps(kept, ensure_ascii=False)
