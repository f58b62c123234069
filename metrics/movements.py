"""Movements: which numbers a file moved, from before its load to after it.

Owns `Standing`, what all targets stood at, and `moved_table`, which compares two of them. Called by the
verb `moved`, which brings the records to both. May import `export`, `known`,
`published`, `rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from etl.texts import Language
from metrics import export, published
from metrics.export import Table
from metrics.known import check_known
from metrics.rows import ProgressRow

#: What is compared: two ratios may be alike of which both parts moved.
_COMPARED = ("value", "numerator", "denominator", "status")

MOVED_COLUMNS = (
    "policy", "target", "name", "place", "place_name", "as_of", "unit",
    *(f"{column}_{when}" for column in _COMPARED for when in ("before", "after")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """What targets stood at: of each policy the date, and its rows with the names of their places."""

    days: Mapping[str, date]
    rows: Mapping[tuple[str, str], ProgressRow]
    names: Mapping[tuple[str, str], tuple[object, ...]]


def read_standing(
    connection: Connection,
    *,
    policy: str | None = None,
    place: str | None = None,
    days: Mapping[str, date] | None = None,
    as_of: date | None = None,
    language: Language = "zh",
) -> Standing:
    """What the targets of a policy, or of all, stand at: at `days`, else at `as_of`, else at each
    policy's own last date. Raises UnknownNameError."""
    check_known(connection, policy, None, place)
    found: dict[tuple[str, str], ProgressRow] = {}
    names: dict[tuple[str, str], tuple[object, ...]] = {}
    asked: dict[str, date] = {}
    for one in published.policies(connection):
        if policy not in (None, one.policy):
            continue
        day = (days or {}).get(one.policy) or as_of or one.as_of or one.start
        asked[one.policy] = day
        rows = published.progress(connection, policy=one.policy, place=place, as_of=day)
        table = export.progress_table(connection, rows, language)
        for row, cells in zip(rows, table.rows, strict=True):
            named = dict(zip(table.columns, cells, strict=True))
            found[row.target, row.place] = row
            names[row.target, row.place] = tuple(named[column] for column in MOVED_COLUMNS[:7])
    return Standing(asked, found, names)


def moved_table(before: Standing, after: Standing) -> Table:
    """The rows of `after` that are not what they were `before`, at the same dates."""
    moved: list[tuple[object, ...]] = []
    for key, row in after.rows.items():
        old = before.rows[key]
        pairs = [(getattr(old, column), getattr(row, column)) for column in _COMPARED]
        if any(was != now for was, now in pairs):
            moved.append((*after.names[key], *(value for pair in pairs for value in pair)))
    return Table(MOVED_COLUMNS, moved)
