"""The datasets that offices send: fields, headers, types, rules and keys, declared once.

Owns `Dataset` and `Field`, read from `datasets.yaml` beside this file. Called by reading, checking,
the tables of a snapshot, the data dictionary, the demo writer and the conditions of `metrics.yaml`.
May import `declarations` and `texts` only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from etl.declarations import read_declaration
from etl.texts import Text

FieldType = Literal[
    "text", "person_id", "person_name", "person_sex", "place", "level", "scope",
    "date", "number", "integer", "boolean", "period",
]  # fmt: skip

#: Types of what is a person's own and refuses no row: read if at all, never stored.
PERSONAL = frozenset({"person_name", "person_sex"})

#: The column type that a field's meaning is stored as; fields of persons' own are not stored.
STORED_AS: Mapping[str, str] = {
    "text": "VARCHAR",
    "place": "VARCHAR",
    "level": "INTEGER",
    "scope": "VARCHAR",
    "date": "DATE",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "period": "VARCHAR",
}

#: Columns that every stored record carries beside its fields: which file said it, where, and when the
#: file was loaded: files of one name may come again and again.
LINEAGE = {
    "source_file": "VARCHAR",
    "source_sheet": "VARCHAR",
    "source_row": "BIGINT",
    "load": "BIGINT",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a dataset, as offices name it and as Milepost keeps it.

    `header` is the official header; `aliases` are other headers that mean it. `values` lists the
    values that the field is known to take: all of them if `closed`, examples otherwise. `minimum`
    and `maximum` are inclusive. `not_before` names a date field of the same row. `points_at` names
    the dataset whose key this field repeats. `whole_years`: of periods only years are taken.
    """

    name: str
    header: Text
    type: FieldType
    required: bool = False
    aliases: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    closed: bool = False
    minimum: float | None = None
    maximum: float | None = None
    not_before: str | None = None
    not_in_future: bool = False
    points_at: str | None = None
    whole_years: bool = False
    note: Text | None = None

    @property
    def stored(self) -> bool:
        """Whether the field becomes a column of the snapshot under its own name."""
        return self.type in STORED_AS


@dataclass(frozen=True, slots=True)
class Dataset:
    """One kind of record. `date` is the column that says when a record counts; `ends` the column
    that takes it out of a stock; `counts_when` the condition without which a record is kept but
    counted nowhere (a training that was failed). `plan`: what a city means to do, and no record of
    what was done, so that no target counts it and no date follows from it."""

    name: str
    title: Text
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    date: str
    ends: str | None = None
    counts_when: str | None = None
    plan: bool = False

    def field(self, name: str) -> Field:
        """The field called `name`. Raises KeyError if there is none."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def has_person(self) -> bool:
        """Whether a record of this dataset is about a person."""
        return any(field.type == "person_id" for field in self.fields)

    @property
    def numbers(self) -> tuple[Field, ...]:
        """The fields that say by a number who or which one: all digits of it count."""
        return tuple(
            field
            for field in self.fields
            if field.type == "person_id"
            or (field.type == "text" and (field.name in self.key or field.points_at is not None))
        )

    @property
    def columns(self) -> dict[str, str]:
        """The stored columns and their types, in order: fields, person, end of period, lineage.

        `person` is the number of the person in the `persons` table, which holds the keyed hash.
        """
        columns = {f.name: STORED_AS[f.type] for f in self.fields if f.stored}
        if any(field.type == "period" for field in self.fields):
            columns["period_end"] = "DATE"
        if self.has_person:
            columns["person"] = "BIGINT"
        return columns | LINEAGE


@cache
def datasets() -> Mapping[str, Dataset]:
    """All declared datasets by name, in the order of the declaration."""
    declared = read_declaration(Path(__file__).with_name("datasets.yaml"))
    shared = declared["shared_fields"]
    return {
        name: Dataset(
            name=name,
            title=Text(**entry["title"]),
            fields=tuple(
                _field(field, shared.get(raw.pop("use", None), {}) | raw)
                for field, raw in entry["fields"].items()
            ),
            key=tuple(entry["key"]),
            date=entry["date"],
            ends=entry.get("ends"),
            counts_when=entry.get("counts_when"),
            plan=entry.get("plan", False),
        )
        for name, entry in declared["datasets"].items()
    }


@cache
def record_datasets() -> Mapping[str, Dataset]:
    """The datasets that hold records of what was done: all but a city's plans."""
    return {name: dataset for name, dataset in datasets().items() if not dataset.plan}


def _field(name: str, raw: dict[str, Any]) -> Field:
    if raw["type"] not in get_args(FieldType):
        raise ValueError(f"datasets.yaml: field {name}: no such type {raw['type']!r}")
    options = {key: raw[key] for key in raw if key not in {"header", "note", "aliases", "values"}}
    return Field(
        name=name,
        header=Text(**raw["header"]),
        aliases=tuple(raw.get("aliases", ())),
        values=tuple(raw.get("values", ())),
        note=Text(**raw["note"]) if "note" in raw else None,
        **options,
    )
