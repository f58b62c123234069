"""Invented records: written as source files, reckoned by the oracle, and compared with Milepost.

Owns `Records`, `check` and `written`. When the two disagree, records are taken away one by one as long
as they still do, and what is left is shown as the files that one could load.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from etl.datasets import datasets
from tests.oracle.goals import Goal, Policy
from tests.oracle.ledger import Ledger
from tests.oracle.measured import declaration, measured, progress
from tests.oracle.policies import differences
from tests.oracle.reckoning import Reckoning
from tests.oracle.sources import LEVELS, SCOPES, YES_OR_NO, read_sources
from tests.oracle.worlds import world_of

Row = dict[str, Any]
#: A day, what Milepost says, what the oracle says, and targets that lack a dataset.
Said = tuple[pd.Timestamp, pd.DataFrame, pd.DataFrame, set[str]]
#: Every record is from before this day, which is after every deadline.
TODAY = pd.Timestamp(2030, 6, 30)


@dataclass(frozen=True)
class Table:
    """The rows of one file: what each field holds, by its name."""

    dataset: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, repr=False)
class Records:
    """Files of a policy in the order of loading, and the days to look at what they come to. What
    targets ask for is lowered to `most`, so that a few records can reach it."""

    policy: str
    tables: tuple[Table, ...]
    days: tuple[pd.Timestamp, ...]
    most: int | None = None

    def __repr__(self) -> str:
        rows = ", ".join(f"{len(one.rows)} {one.dataset}" for one in self.tables)
        return f"<{self.policy}: {rows}>"

    def __str__(self) -> str:
        files = [f"{number} {one.dataset}\n{_text(one)}" for number, one in enumerate(self.tables, 1)]
        days = ", ".join(f"{day:%Y-%m-%d}" for day in self.days)
        return f"{self.policy}, no target above {self.most}, on {days}\n" + "\n".join(files)


def check(records: Records) -> None:
    """Assert that Milepost and the oracle say the same of all targets, places and days."""
    wrong = compared(records)
    if wrong.empty:
        return
    first = wrong.iloc[0]
    least = _least(replace(records, days=(first["day"],)), first["target"])
    raise AssertionError(
        f"{len(wrong)} cells differ, among them\n{wrong.head(20).to_string()}\n\n"
        f"The least that does: {least}\n{compared(least, first['target']).to_string()}"
    )


def compared(records: Records, target: str | None = None) -> pd.DataFrame:
    """The cells of all targets, or of one, in which Milepost and the oracle differ."""
    wrong = []
    for day, found, expected, half in both(records, target):
        differing = differences(found, expected)
        # Where part of a share was never loaded, what is known of the other may be shown or not.
        parts = differing["cell"].isin({"numerator", "denominator"})
        some = differing[~(parts & differing.index.get_level_values("target").isin(half))]
        wrong.append(some.assign(day=day))
    return pd.concat(wrong).reset_index()


def both(records: Records, target: str | None = None) -> Iterator[Said]:
    """Each day with what Milepost says, what the oracle does, and the targets of which some dataset
    was never loaded."""
    world = world_of(records.policy)
    goals = [one for one in lowered(world.policy, records.most) if target in (None, one.id)]
    text = _declaration(records.policy, records.most, target)
    policy = replace(world.policy, goals=tuple(goals), more=())
    with tempfile.TemporaryDirectory() as folder:
        paths = written(records.tables, Path(folder))
        sources = read_sources(Path(folder), world.tree, TODAY)
        reckoning = Reckoning(policy, Ledger(sources, world.tree))
        empty = {name for name, frame in sources.items() if frame.empty}
        half = {one.id for one in goals if one.datasets & empty}
        with measured(
            policy, paths, gazetteer=world.gazetteer, today=TODAY.date(), declared=text
        ) as connection:
            for day in records.days:
                found = progress(connection, records.policy, day)
                yield day, found, reckoning.progress(day), half


def lowered(policy: Policy, most: int | None) -> list[Goal]:
    """The goals, with nothing asked that is above `most`; a yearly average and a share stay."""
    return [
        replace(one, required=most)
        if most is not None and one.required > most and one.kind != "ratio" and not one.averaged
        else one
        for one in (*policy.goals, *policy.more)
    ]


@cache
def _declaration(name: str, most: int | None, target: str | None) -> str:
    """The policy as `metrics.yaml` declares it, with nothing asked that is above `most`."""
    policy = world_of(name).policy
    before = {one.id: one.required for one in lowered(policy, None)}
    changed = {one.id: one.required for one in lowered(policy, most) if one.required != before[one.id]}
    return declaration(name, changed, None if target is None else {target})


def _least(records: Records, target: str) -> Records:
    """As few of the records as still make the two differ over a target."""

    def differ(some: Records) -> bool:
        return not compared(some, target).empty

    tables = list(records.tables)
    for number, table in enumerate(tables):
        size = len(table.rows)
        while size:
            start = 0
            while start < len(tables[number].rows):
                rows = tables[number].rows
                fewer = [*tables]
                fewer[number] = replace(table, rows=rows[:start] + rows[start + size :])
                if differ(replace(records, tables=tuple(fewer))):
                    tables = fewer
                else:
                    start += size
            size //= 2
    return replace(records, tables=tuple(one for one in tables if one.rows))


def written(tables: Iterable[Table], folder: Path) -> list[Path]:
    """The tables as source files in a folder, in order."""
    paths = []
    for number, one in enumerate(tables):
        paths.append(folder / f"{number:02d} {one.dataset}.csv")
        paths[-1].write_text(_text(one), "utf-8")
    return paths


def _text(table: Table) -> str:
    """A table as a source file, with the official headers of the fields that its dataset may have."""
    dataset = datasets()[table.dataset]
    given = {name for row in table.rows for name in row}
    fields = [field for field in dataset.fields if field.required or field.name in given]
    lines = [[field.header.zh for field in fields]]
    for n, row in enumerate(table.rows):
        lines.append([_cell(field.type, row.get(field.name), n) for field in fields])
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(lines)
    return file.getvalue()


def _cell(kind: str, value: Any, n: int) -> str:
    """A value as offices write it, a level now by one name, now by another; text as it is."""
    if value is None or value == "":
        return ""
    if isinstance(value, str) and kind != "scope":
        return value
    if kind == "level":
        names = sorted(LEVELS[value])
        return names[n % len(names)]
    if kind == "scope":
        return next(text for text, scope in SCOPES.items() if scope == value)
    if kind == "boolean":
        return next(text for text, truth in YES_OR_NO.items() if truth == value)
    return f"{value:%Y-%m-%d}" if kind == "date" else str(value)
