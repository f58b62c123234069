"""Progress and what else is said of places as tables to hand out, and what the command line prints.

Owns `Table`, `progress_table`, `completeness_table`, `warnings_table`, `plain` (a value as text),
`to_csv` and `to_json`. The columns of progress are a contract that checks from outside rely on. Called
by the command line, the downloads and `handouts`, which makes files. May import `published`,
`etl.rejects` (what makes a cell harmless).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from etl.rejects import harmless
from etl.texts import Language
from metrics import published
from metrics.rows import CompletenessRow, PlaceRow, ProgressRow, WarningRow

#: `milepost progress --format csv`, in this order; an empty cell is unknown.
PROGRESS_COLUMNS = (
    "policy", "target", "name", "kind", "place", "place_name", "place_level", "as_of", "value",
    "numerator", "denominator", "unit", "require", "required", "required_max", "expected",
    "percent", "pace", "status", "to_go", "needed_per_month", "rate_last_12_months", "by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of plain values."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def progress_table(
    connection: Connection, rows: Sequence[ProgressRow], language: Language = "zh"
) -> Table:
    """Progress rows with the names of their targets and places, in the contract's columns."""
    targets = {row.target: row for row in published.targets(connection)}
    names = _places(connection)
    found = []
    for row in rows:
        target, place = targets[row.target], names[row.place]
        named = {
            "name": target.name.of(language),
            "kind": target.kind,
            "place_name": place.name.of(language),
            "place_level": place.level,
            "by": target.by,
        }
        found.append(tuple(named[c] if c in named else getattr(row, c) for c in PROGRESS_COLUMNS))
    return Table(PROGRESS_COLUMNS, found)


def completeness_table(
    connection: Connection, rows: Sequence[CompletenessRow], language: Language = "zh"
) -> Table:
    """Who has reported what, a row for each dataset, place and month."""
    names = _places(connection)
    columns = (
        "policy", "dataset", "place", "place_name", "place_level", "month", "records", "usual",
        "due", "state", "files",
    )  # fmt: skip
    found: list[tuple[object, ...]] = [
        (
            row.policy, row.dataset, row.place, names[row.place].name.of(language),
            names[row.place].level, f"{row.month:%Y-%m}", row.records, row.usual,
            row.due, row.state, row.files,
        )
        for row in rows
    ]  # fmt: skip
    return Table(columns, found)


def warnings_table(
    connection: Connection, rows: Sequence[WarningRow], language: Language = "zh"
) -> Table:
    """What is suspicious, a row for each warning."""
    names = _places(connection)
    columns = (
        "kind", "policy", "dataset", "place", "place_name", "subject", "said", "remedy", "found",
        "compared", "rows", "source_file", "source_sheet", "source_row",
    )  # fmt: skip
    found: list[tuple[object, ...]] = []
    for row in rows:
        place = names.get(row.place or "")
        named = {
            "place_name": place.name.of(language) if place else None,
            "said": row.plainly.of(language),
            "remedy": row.remedy.of(language),
        }
        found.append(tuple(named[c] if c in named else getattr(row, c) for c in columns))
    return Table(columns, found)


def _places(connection: Connection) -> dict[str, PlaceRow]:
    """The places of all policies by code."""
    return {
        place.code: place
        for policy in published.policies(connection)
        for place in published.places(connection, policy.area)
    }


def plain(value: object) -> str:
    """A value as text: whole numbers without a point, the others with every digit they have."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def to_csv(table: Table) -> str:
    """CSV with a header row."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([harmless(plain(value)) for value in row] for row in table.rows)
    return sink.getvalue()


def to_json(table: Table) -> str:
    """A JSON list of objects; dates as ISO text, unknown as null."""
    objects = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return json.dumps(objects, ensure_ascii=False, default=_json_value, indent=1)


def _json_value(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else plain(value)
