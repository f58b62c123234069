"""The tables of a snapshot as SQLAlchemy knows them: those read (records, places) and those written.

Owns one `Table` per table; their columns come from the dataset declarations and from the row types of
`published`. Called by every module of `metrics` that speaks SQL. May import `etl.datasets`.

Owns `key_in_city` too: what an office numbers is unique within its city only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Integer,
    MetaData,
    String,
    Table,
    func,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import TypeEngine

from etl.datasets import Dataset, datasets, record_datasets

METADATA = MetaData()

_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "VARCHAR": String,
    "INTEGER": Integer,
    "BIGINT": BigInteger,
    "DOUBLE": Double,
    "DATE": Date,
    "BOOLEAN": Boolean,
}


def _record_table(dataset: Dataset) -> Table:
    columns = [Column(name, _TYPES[kind]()) for name, kind in dataset.columns.items()]
    return Table(dataset.name, METADATA, *columns)


RECORDS: dict[str, Table] = {name: _record_table(one) for name, one in record_datasets().items()}

#: The rows of each dataset that later ones said otherwise, or whose file was withdrawn.
HISTORY: dict[str, Table] = {
    name: Table(
        f"{name}_superseded",
        METADATA,
        *(Column(column.name, column.type) for column in table.c),
        Column("superseded_by", BigInteger),
        Column("withdrawn_at", DateTime),
    )
    for name, table in RECORDS.items()
}

#: What a city asks of its places, by target and year: a plan, which nothing counts.
ALLOCATIONS = _record_table(datasets()["allocations"])

#: A place code begins with its city's: two cities number (and name) their records alike.
CITY_DIGITS = 4


#: Columns by their names.
Columns = Mapping[str, ColumnElement[Any]] | ReadOnlyColumnCollection[str, Any]


def key_in_city(columns: Columns, field: str) -> ColumnElement[str]:
    """What `field` says after the city of the record: the same number in two cities is not the same."""
    city: ColumnElement[str] = func.substr(columns["place"], 1, CITY_DIGITS, type_=String)
    return city + " " + columns[field]


def without_city(key: str) -> str:
    """What `key_in_city` was made of."""
    return key[CITY_DIGITS + 1 :]


PERSONS = Table("persons", METADATA, Column("person", BigInteger), Column("hash", String))

PLACES = Table(
    "places",
    METADATA,
    *(Column(n, String) for n in ("code", "name", "short_name", "name_en", "level", "kind")),
    Column("parent", String),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("successor", String),
    Column("aliases", String),
    Column("tile_row", Integer),
    Column("tile_col", Integer),
    Column("position", Integer),
)

PLACE_ANCESTORS = Table(
    "place_ancestors", METADATA, Column("place", String), Column("ancestor", String)
)

LOADS = Table(
    "loads",
    METADATA,
    Column("load", BigInteger),
    Column("loaded_at", DateTime),
    *(Column(n, String) for n in ("source_file", "source_sheet", "sha256", "dataset", "area")),
    *(Column(n, BigInteger) for n in ("rows_read", "loaded", "unchanged", "superseded", "rejected")),
    Column("withdrawn_at", DateTime),
)

#: What was refused, a row for each bad cell.
REJECTS = Table(
    "rejects",
    METADATA,
    Column("load", BigInteger),
    *(Column(n, String) for n in ("dataset", "source_file", "source_sheet")),
    Column("source_row", BigInteger),
    *(Column(n, String) for n in ("field", "header", "value")),
    *(Column(n, String) for n in ("reason_zh", "reason_en", "remedy_zh", "remedy_en")),
)

#: Rows that loading found suspicious before their identity numbers were gone.
DOUBTS = Table(
    "doubts",
    METADATA,
    Column("load", BigInteger),
    *(Column(n, String) for n in ("dataset", "kind", "key", "source_file", "source_sheet")),
    Column("source_row", BigInteger),
)

SNAPSHOT = Table("snapshot", METADATA, Column("key", String), Column("value", String))

#: How each measure moved: the heart of a snapshot. `change` is what `day` added (or took) at the place
#: of that `position` (a number sorts four times as fast as a code); summed up to a date it gives the
#: value at that date, exactly. `unit` is empty but for coverages whose units are no places; what is a
#: unit's wherever it was recorded has no position.
CHANGES = Table(
    "changes",
    METADATA,
    Column("measure", Integer),
    Column("position", Integer),
    Column("unit", String),
    Column("day", Date),
    Column("change", Double),
)

#: Which measure is which part of which target.
MEASURES = Table(
    "measures",
    METADATA,
    Column("measure", Integer),
    Column("target", String),
    Column("part", String),
)

#: How many records of each dataset every place has of every day, and from which files. Only the next
#: evaluation reads it.
RECEIVED = Table(
    "received",
    METADATA,
    *(Column(n, String) for n in ("dataset", "place")),
    Column("day", Date),
    Column("source_file", String),
    Column("records", BigInteger),
)

#: How much each dataset holds of each place, and from when to when: tells no data from a true 0.
FRESHNESS = Table(
    "freshness",
    METADATA,
    Column("dataset", String),
    Column("place", String),
    Column("records", BigInteger),
    Column("first_on", Date),
    Column("last_on", Date),
)

POLICIES = Table(
    "policies",
    METADATA,
    Column("policy", String),
    Column("position", Integer),
    *(Column(n, String) for n in ("name_zh", "name_en", "document_zh", "document_en", "area")),
    Column("start", Date),
    Column("by", Date),
    Column("rule", String),
    Column("as_of", Date),
    *(Column(n, String) for n in ("note_zh", "note_en")),
)

TARGETS = Table(
    "targets",
    METADATA,
    Column("policy", String),
    Column("target", String),
    Column("position", Integer),
    *(
        Column(n, String)
        for n in (
            "section_zh", "section_en", "clause", "name_zh", "name_en", "definition_zh",
            "definition_en", "kind",
        )
    ),
    Column("averaged", Boolean),
    Column("require", String),
    Column("required", Double),
    Column("required_max", Double),
    *(Column(n, String) for n in ("unit", "unit_zh", "unit_en", "inner_require")),
    Column("inner_required", Double),
    Column("inner_required_max", Double),
    *(Column(n, String) for n in ("inner_unit", "inner_unit_zh", "inner_unit_en")),
    Column("start", Date),
    Column("by", Date),
    *(
        Column(n, String)
        for n in (
            "recurs", "counted_per", "lead", "support", "datasets", "query", "sql", "note_zh",
            "note_en",
        )
    ),
)  # fmt: skip

PROGRESS = Table(
    "progress",
    METADATA,
    Column("policy", String),
    Column("target", String),
    Column("place", String),
    Column("as_of", Date),
    Column("value", Double),
    Column("numerator", Double),
    Column("denominator", Double),
    Column("unit", String),
    Column("require", String),
    *(Column(n, Double) for n in ("required", "required_max", "expected", "percent", "pace")),
    Column("status", String),
    *(Column(n, Double) for n in ("to_go", "needed_per_month", "rate_last_12_months")),
    Column("note", String),
    Column("noted_on", Date),
    *(Column(n, Double) for n in ("baseline", "share")),
    Column("rank", Integer),
    Column("ranked", Integer),
    Column("window_start", Date),
    Column("window_end", Date),
)

WINDOWS = Table(
    "windows",
    METADATA,
    *(Column(n, String) for n in ("policy", "target", "place")),
    Column("window_start", Date),
    Column("window_end", Date),
    Column("value", Double),
    Column("required", Double),
    Column("state", String),
)

#: What places are asked for, added up and held against what the place above them owes; and what of
#: the allocations cannot be used (`problem`), with the first row that says so.
ALLOCATION_CHECKS = Table(
    "allocation_checks",
    METADATA,
    *(Column(n, String) for n in ("policy", "target", "parent", "levels")),
    Column("parts", Integer),
    Column("window_start", Date),
    Column("window_end", Date),
    *(Column(n, Double) for n in ("allocated", "required", "required_max", "shortfall", "excess")),
    *(Column(n, String) for n in ("problem", "detail")),
    Column("rows", Integer),
    Column("source_file", String),
    Column("source_row", BigInteger),
)

#: Which place has reported which dataset for which month, and which was expected (`completeness`).
COMPLETENESS = Table(
    "completeness",
    METADATA,
    *(Column(n, String) for n in ("policy", "dataset", "place")),
    Column("month", Date),
    Column("records", BigInteger),
    Column("usual", Double),
    *(Column(n, String) for n in ("due", "state", "files")),
)

#: What is suspicious and loaded all the same (`warnings`).
WARNINGS = Table(
    "warnings",
    METADATA,
    Column("position", Integer),
    Column("kind", String),
    *(Column(n, String) for n in ("said_zh", "said_en", "remedy_zh", "remedy_en")),
    *(Column(n, String) for n in ("policy", "dataset", "place", "subject")),
    *(Column(n, Double) for n in ("found", "compared")),
    Column("rows", BigInteger),
    *(Column(n, String) for n in ("source_file", "source_sheet")),
    Column("source_row", BigInteger),
)

#: The tables that evaluating writes anew, whole.
WRITTEN = (
    RECEIVED, CHANGES, MEASURES, FRESHNESS, COMPLETENESS, POLICIES, TARGETS, PROGRESS, WINDOWS,
    ALLOCATION_CHECKS, WARNINGS,
)  # fmt: skip

#: What a snapshot must have, beside what a load writes, to be read by this version.
COMPUTED = {table.name: tuple(table.c.keys()) for table in (*WRITTEN[1:], PLACES, PLACE_ANCESTORS)}

#: Those of them that are written without a look at what they were before.
MADE_ANEW = frozenset(table.name for table in WRITTEN) - {
    "received", "changes", "measures", "policies", "targets",
}  # fmt: skip
