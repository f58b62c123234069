"""What the interface for programs answers, as pydantic models: their JSON Schema is the contract.

Owns the models. Called by `routes` and `openapi`. Imports nothing of ours.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, RootModel

Row = TypeVar("Row")
Scalar = str | int | float | bool | None
Status = Literal[
    "achieved", "on_track", "at_risk", "off_track", "missed", "breached", "not_started", "no_data"
]
Require = Literal["at_least", "at_most", "between"]


class Model(BaseModel):
    """An object with these keys and no others."""

    model_config = ConfigDict(extra="forbid")


class Words(Model):
    """One text in both languages."""

    zh: str
    en: str


class Answer(Model, Generic[Row]):
    """Rows, and where they are from."""

    snapshot: str = Field(description="The id of the snapshot that answered.")
    published_at: datetime
    demo: bool = Field(description="Whether it holds made-up data.")
    citation: str = Field(description="One line to cite these rows by.")
    data: list[Row]


class Page(Answer[Row], Generic[Row]):
    """Some of the rows that were asked for."""

    total: int = Field(description="Rows of the table, whatever was asked.")
    matched: int = Field(description="Rows that meet the question.")
    page: int = Field(description="The number of this page, from 1 on.")
    rows: int = Field(description="Rows of a page.")
    pages: int


class Policy(Model):
    """A policy; `as_of` is the last date that its records reach."""

    policy: str
    name: Words
    document: Words
    area: str = Field(description="The code of the place that it is a policy of.")
    start: date
    by: date
    rule: str = Field(description="The rule of status: ratio or calendar-points.")
    as_of: date | None
    note: Words | None


class Target(Model):
    """A target as it was declared when the snapshot was made. `inner_*` is what one unit of a coverage
    must meet."""

    policy: str
    target: str
    section: Words
    clause: str
    name: Words
    definition: Words
    kind: str
    averaged: bool
    require: Require
    required: float
    required_max: float | None
    unit: Words
    inner_require: Require | None
    inner_required: float | None
    inner_required_max: float | None
    inner_unit: Words | None
    start: date
    by: date
    recurs: str
    counted_per: str
    lead: list[str]
    support: list[str]
    datasets: list[str]
    query: str = Field(description="The query of metrics.yaml.")
    sql: str = Field(description="The same as SQL, with $place and $as_of to fill in.")
    note: Words | None


class Place(Model):
    """A place under its official code."""

    code: str
    name: Words
    short_name: Words
    level: str
    kind: str
    parent: str | None


class Progress(Model):
    """One target at one place and date: what `milepost progress` prints. null: unknown."""

    policy: str
    target: str
    name: str
    kind: str
    place: str
    place_name: str
    place_level: str
    as_of: date
    value: float | None
    numerator: float | None
    denominator: float | None
    unit: str
    require: Require
    required: float | None
    required_max: float | None
    expected: float | None
    percent: float | None
    pace: float | None
    status: Status | None = Field(description="null: nothing says what this place owes.")
    to_go: float | None
    needed_per_month: float | None
    rate_last_12_months: float | None
    by: date


class Window(Model):
    """A closed window of a recurring target at one place."""

    policy: str
    target: str
    place: str
    window_start: date
    window_end: date
    value: float | None
    required: float | None
    state: Literal["met", "missed"]


class Completeness(Model):
    """Whether a place reported a dataset for a month."""

    policy: str
    dataset: str
    place: str
    place_name: str
    place_level: str
    month: str = Field(pattern=r"^\d{4}-\d{2}$")
    records: int
    usual: float | None
    due: Literal["declared", "usual"] | None
    state: Literal["received", "low", "missing", "open", "none"]
    files: str | None


class Warning(Model):
    """Something suspicious that is loaded and counted all the same."""

    kind: str
    policy: str | None
    dataset: str | None
    place: str | None
    place_name: str | None
    subject: str | None
    said: str
    remedy: str
    found: float | None
    compared: float | None
    rows: int | None
    source_file: str | None
    source_sheet: str | None
    source_row: int | None


class Snapshot(Model):
    """One published snapshot."""

    snapshot: str
    created_at: datetime
    demo: bool
    records: int
    published: bool = Field(description="Whether it is the one that readers see.")


class Column(Model):
    """One column of a table, and how rows may be chosen by it."""

    name: str
    title: Words
    type: Literal["VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN"]
    means: Words | None
    values: list[str] = Field(description="All that it takes; empty: anything of its type.")
    operations: list[str]


class Table(Model):
    """One table that can be asked."""

    table: str
    title: Words
    about: Words
    total: int
    columns: list[Column]


class CountedPart(Model):
    """One part of a number: the statement that counts it, and what it gives in this snapshot. The
    `sql:` of metrics.yaml (`is_free`) gives many places and dates at once, and is not run."""

    part: str
    sql: str
    result: float | None
    is_free: bool


class InputFile(Model):
    """One sheet of a file that brought records of a part of a number."""

    part: str
    dataset: str
    source_file: str
    source_sheet: str | None
    load: int
    records: int
    sha256: str | None
    loaded_at: datetime | None


class Entry(Model):
    """What metrics.yaml says, from its line `line` on."""

    key: str
    line: int
    text: str


class Figure(Model):
    """One number and what it rests on."""

    progress: Progress
    counted_up_to: date
    parts: list[CountedPart]
    files: list[InputFile]
    entries: list[Entry]
    commands: list[str]


class Problem(Model):
    """What is wrong with a request, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    problems: list[str] = Field(description="All that is wrong, one by one.")


class Record(RootModel[dict[str, Scalar]]):
    """A row of a table or a record: its columns by name."""
