"""The tables of a snapshot that anyone may browse, each with its columns: name, title, type, meaning.

Owns `Browsed`, `BrowsedColumn`, `browsed` and `of_lineage`. Datasets say by themselves what their
columns are; the other tables are declared in `browsed.yaml` beside this file. Called by `questions`,
`described` and `record_rows`. May import `tables`, `table_rows`, `known`, `etl.datasets`,
`etl.declarations`, `etl.texts`.

A person appears by the keyed hash, as in every other table that is handed out, and can be looked for by
the whole of it only: neither sorted by nor searched for by a part, which would tell nothing but help to
guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Integer,
    Table,
    literal,
    select,
)

from etl.datasets import Dataset, datasets
from etl.declarations import read_declaration
from etl.texts import Language, Text
from metrics.known import unknown
from metrics.table_rows import hash_of
from metrics.tables import (
    ALLOCATIONS,
    COMPLETENESS,
    LOADS,
    PLACES,
    PROGRESS,
    RECORDS,
    REJECTS,
    TARGETS,
    WARNINGS,
    WINDOWS,
)

_TABLES: Mapping[str, Table] = {
    "progress": PROGRESS,
    "windows": WINDOWS,
    "completeness": COMPLETENESS,
    "warnings": WARNINGS,
    "rejects": REJECTS,
    "loads": LOADS,
    "places": PLACES,
    "targets": TARGETS,
}

_KINDS: tuple[tuple[type, str], ...] = (
    (BigInteger, "BIGINT"), (Integer, "INTEGER"), (Double, "DOUBLE"), (DateTime, "TIMESTAMP"),
    (Date, "DATE"), (Boolean, "BOOLEAN"),
)  # fmt: skip

#: Types of which one value is less than another by more than its spelling.
MEASURED = frozenset({"BIGINT", "INTEGER", "DOUBLE", "TIMESTAMP", "DATE"})

#: Columns that hold the code of a place, in any table.
PLACE_COLUMNS = frozenset({"place", "area", "parent"})


@dataclass(frozen=True, slots=True)
class BrowsedColumn:
    """One column: `kind` is the type of its values (VARCHAR, BIGINT, INTEGER, DOUBLE, DATE, TIMESTAMP
    or BOOLEAN), `values` all that it takes if only some are known, `expression` what it is in SQL."""

    name: str
    title: Text
    kind: str
    means: Text | None
    values: tuple[str, ...]
    expression: ColumnElement[Any]

    @property
    def is_place(self) -> bool:
        """Whether it holds codes of places."""
        return self.name in PLACE_COLUMNS

    @property
    def is_person(self) -> bool:
        """Whether it holds the keyed hashes of persons."""
        return self.name == "person"

    @property
    def operations(self) -> tuple[str, ...]:
        """How rows may be chosen by it: is, has, within, from, to, empty."""
        if self.is_person:
            return ("is", "empty")
        if self.is_place:
            return ("is", "within", "empty")
        if self.kind in MEASURED:
            return ("is", "from", "to", "empty")
        return ("is", "empty") if self.kind == "BOOLEAN" else ("is", "has", "empty")


@dataclass(frozen=True, slots=True)
class Browsed:
    """One table: `dataset` if it holds the records of one."""

    name: str
    title: Text
    about: Text
    table: Table
    columns: Mapping[str, BrowsedColumn]
    dataset: Dataset | None

    def column(self, name: str) -> BrowsedColumn:
        """The column of that name. Raises UnknownNameError with the nearest one."""
        if name not in self.columns:
            raise unknown(Text("列", "column"), name, self.columns)
        return self.columns[name]


def browsed_names() -> tuple[str, ...]:
    """The names of all tables: the datasets, then what was made of them."""
    return (*datasets(), *_TABLES)


@cache
def browsed(name: str, language: Language) -> Browsed:
    """A table with its names and texts in `language`. Raises UnknownNameError with the nearest one."""
    if name in datasets():
        return _of_dataset(datasets()[name])
    if name not in _TABLES:
        raise unknown(Text("数据表", "table"), name, browsed_names())
    entry, table = _declared()["tables"][name], _TABLES[name]
    columns = {
        column: _declared_column(column, said, _expression(table, column, language))
        for column, said in entry["columns"].items()
    }
    return Browsed(name, Text(**entry["title"]), Text(**entry["about"]), table, columns, None)


def of_lineage(name: str) -> BrowsedColumn:
    """A column that records carry whatever their dataset; it is of no table."""
    return _declared_column(name, _declared()["lineage"][name], literal(""))


def _of_dataset(dataset: Dataset) -> Browsed:
    table = RECORDS.get(dataset.name, ALLOCATIONS)
    about = Text("全部记录，每条注明来源文件和行号", "All records, each with its file and row")
    return Browsed(
        dataset.name, dataset.title, about, table, dict(_columns_of(dataset, table)), dataset
    )


def _columns_of(dataset: Dataset, table: Table) -> Iterator[tuple[str, BrowsedColumn]]:
    for name, kind in dataset.columns.items():
        if name in _declared()["lineage"]:
            expression = hash_of(table) if name == "person" else table.c[name]
            yield name, _declared_column(name, _declared()["lineage"][name], expression)
        else:
            field = dataset.field(name)
            known = field.values if field.closed else ()
            yield name, BrowsedColumn(name, field.header, kind, field.note, known, table.c[name])


def _declared_column(name: str, said: dict[str, Any], expression: ColumnElement[Any]) -> BrowsedColumn:
    kind = next((kind for type_, kind in _KINDS if isinstance(expression.type, type_)), "VARCHAR")
    means = Text(**said["means"]) if "means" in said else None
    known = tuple(said.get("values", ()))
    return BrowsedColumn(name, Text(said["zh"], said["en"]), kind, means, known, expression)


def _expression(table: Table, column: str, language: Language) -> ColumnElement[Any]:
    """What a declared column is: one of the table, or one looked up by what the table has."""
    lookup = _LOOKED_UP.get((table.name, column)) or _LOOKED_UP.get(("", column))
    if lookup is not None:
        return lookup(table, language)
    if column not in table.c:
        return table.c[f"{column}_{language}"]
    return table.c[column]


def _of_target(column: str) -> Callable[[Table, Language], ColumnElement[Any]]:
    def lookup(table: Table, language: Language) -> ColumnElement[Any]:
        named = f"{column}_{language}" if column == "name" else column
        there = TARGETS.alias()
        return select(there.c[named]).where(there.c.target == table.c.target).scalar_subquery()

    return lookup


def _of_place(column: str) -> Callable[[Table, Language], ColumnElement[Any]]:
    def lookup(table: Table, language: Language) -> ColumnElement[Any]:
        named = "name_en" if column == "name" and language == "en" else column
        there = PLACES.alias()
        return select(there.c[named]).where(there.c.code == table.c.place).scalar_subquery()

    return lookup


#: Columns that a table lacks, and how they are found; for one table or for any.
_LOOKED_UP: Mapping[tuple[str, str], Callable[[Table, Language], ColumnElement[Any]]] = {
    ("progress", "name"): _of_target("name"),
    ("windows", "name"): _of_target("name"),
    ("progress", "kind"): _of_target("kind"),
    ("progress", "by"): _of_target("by"),
    ("", "place_name"): _of_place("name"),
    ("", "place_level"): _of_place("level"),
}


@cache
def _declared() -> dict[str, Any]:
    declared: dict[str, Any] = read_declaration(Path(__file__).with_name("browsed.yaml"))
    return declared
