"""Described: what a column of a table that is handed out means.

Owns `Described` and what there is to say of the tables that pages and commands give. Called by
`handouts` and the downloads. May import `browsed`, `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from etl.texts import Text
from metrics.browsed import BrowsedColumn, browsed, of_lineage


@dataclass(frozen=True, slots=True)
class Described:
    """One column: its name in the file, its title, the type of its values, what they mean, and all of
    them if only some are known."""

    name: str
    title: Text
    kind: str
    means: Text | None = None
    values: tuple[str, ...] = ()


def described(columns: Iterable[BrowsedColumn]) -> tuple[Described, ...]:
    """Columns that may be browsed."""
    return tuple(Described(one.name, one.title, one.kind, one.means, one.values) for one in columns)


def of_table(name: str) -> tuple[Described, ...]:
    """All columns of a table that may be browsed."""
    return described(browsed(name, "zh").columns.values())


def of_records(datasets: Iterable[str]) -> tuple[Described, ...]:
    """The columns of the records behind a number, which may be of several datasets."""
    found = {one.name: one for one in described(map(of_lineage, ("part", "dataset")))}
    for name in datasets:
        for column in of_table(name):
            found.setdefault(column.name, column)
    return tuple(found.values())
