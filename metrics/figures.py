"""Figures: all that one number rests on, so that anybody can make it again.

Owns `Figure` and `figure_of`: the number, the statements that count it straight from the records and
what they give, the files that its records came in, and the entry of `metrics.yaml` that declares it.
Called by the page of a figure and the interface for programs. May import `published`, `known`,
`records`, `statement`, `tables`, `etl.declarations` (its loader of YAML).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from textwrap import dedent
from typing import Any

import yaml
from sqlalchemy import Connection, and_, func, select

from etl.declarations import LOADER
from metrics import published
from metrics.known import unknown_place
from metrics.records import selections
from metrics.rows import ProgressRow, TargetRow
from metrics.statement import statements_at
from metrics.tables import LOADS


@dataclass(frozen=True, slots=True)
class CountedPart:
    """One part of a number: the statement that counts it, and what that gives. `is_free`: it is the
    `sql:` of `metrics.yaml`, which gives many places and dates at once and is not run here."""

    part: str
    sql: str
    result: float | None
    is_free: bool = False


@dataclass(frozen=True, slots=True)
class InputFile:
    """One sheet of a file that brought records of a part of a number; `sha256` is the file's."""

    part: str
    dataset: str
    source_file: str
    source_sheet: str | None
    load: int
    records: int
    sha256: str | None
    loaded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What `metrics.yaml` says, from its line `line` on."""

    key: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One number and what it rests on. `end` is the date up to which records count."""

    target: TargetRow
    row: ProgressRow
    end: date
    parts: tuple[CountedPart, ...]
    files: tuple[InputFile, ...]
    entries: tuple[Entry, ...]

    def commands(self, snapshot: str) -> tuple[str, ...]:
        """What to type to have the number again, and the records behind it, of a snapshot."""
        at = f"--place {self.row.place} --as-of {self.row.as_of} --snapshot {snapshot}"
        return (
            f"milepost progress --target {self.row.target} {at} --format csv",
            f"milepost records {self.row.target} {at} --format csv",
        )


def figure_of(
    connection: Connection, target: str, place: str | None = None, as_of: date | None = None
) -> Figure:
    """The figure of a target at a place (by default the policy's area) and date (by default its last).
    Raises UnknownNameError."""
    declared, at, end = published.behind(connection, target, place, as_of)
    rows = published.progress(connection, target=target, place=at, as_of=as_of)
    if not rows:
        raise unknown_place(at)
    parts = [
        CountedPart(part, sql, connection.exec_driver_sql(sql).scalar())
        for part, sql in statements_at(declared, at, end).items()
    ]
    parts += [
        CountedPart(part, measure.sql, None, is_free=True)
        for part, measure in declared.measures.items()
        if measure.sql is not None
    ]
    files: list[InputFile] = []
    for one in selections(declared, at, end):
        columns = one.table.c
        by = (columns.load, columns.source_file, columns.source_sheet)
        counted = (
            select(*by, func.count().label("records"))
            .where(one.condition)
            .group_by(*by)
            .subquery("counted")
        )
        loaded = and_(
            LOADS.c.load == counted.c.load,
            LOADS.c.source_file == counted.c.source_file,
            LOADS.c.source_sheet == counted.c.source_sheet,
            LOADS.c.dataset == one.dataset.name,
        )
        statement = (
            select(counted, LOADS.c.sha256, LOADS.c.loaded_at)
            .select_from(counted.outerjoin(LOADS, loaded))
            .order_by(counted.c.load, counted.c.source_file, counted.c.source_sheet)
        )
        for row in connection.execute(statement).mappings():
            files.append(InputFile(part=one.part, dataset=one.dataset.name, **row))
    text = published.snapshot_facts(connection)["metrics"]
    return Figure(
        published.target(connection, target), rows[0], end, tuple(parts), tuple(files),
        entries_of(text, target),
    )  # fmt: skip


@lru_cache(maxsize=256)
def entries_of(text: str, target: str) -> tuple[Entry, ...]:
    """What a `metrics.yaml` says of a target: the form that it fills in, if any, and its own entry."""
    for name, policy in _keys(_keys(yaml.compose(text, Loader=LOADER))["policies"]).items():
        parts = _keys(policy)
        own = _keys(parts["targets"]).get(target)
        if own is None:
            continue
        at = f"policies.{name}"
        found = [_entry(text, f"{at}.targets.{target}", own)]
        form = _keys(own).get("form")
        if form is not None:
            declared = _keys(parts["forms"])[form.value]
            found.insert(0, _entry(text, f"{at}.forms.{form.value}", declared))
        return tuple(found)
    return ()


def _keys(node: Any) -> dict[str, Any]:
    """What stands under each key of a mapping."""
    return {key.value: value for key, value in node.value}


def _entry(text: str, key: str, node: Any) -> Entry:
    lines = text.splitlines()[node.start_mark.line : node.end_mark.line]
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        lines.pop()
    return Entry(key, node.start_mark.line + 1, dedent("\n".join(lines)))
