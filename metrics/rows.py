"""The rows that a snapshot publishes: policies, targets, progress, windows, places and loads, typed.

Owns the row types, and how a row of a table becomes one. Made by `target_progress`, `declared` and
`allocation_checks`, read back by `published`. May import `etl.texts` only.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import RowMapping

from etl.texts import Text


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One policy: its area, its life and the last date that its records reach (`as_of`)."""

    policy: str
    name: Text
    document: Text
    area: str
    start: date
    by: date
    rule: str
    as_of: date | None
    note: Text | None


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target as it was declared when the snapshot was made.

    For a coverage, `required` is the share of units to reach in % and `inner_*` the requirement that
    one unit must meet. `datasets` lists the datasets read. `sql` is a statement that gives the
    value at a date and can be run by hand.
    """

    policy: str
    target: str
    position: int
    section: Text
    clause: str
    name: Text
    definition: Text
    kind: str
    averaged: bool
    require: str
    required: float
    required_max: float | None
    unit: Text
    inner_require: str | None
    inner_required: float | None
    inner_required_max: float | None
    inner_unit: Text | None
    start: date
    by: date
    recurs: str
    counted_per: str
    lead: tuple[str, ...]
    support: tuple[str, ...]
    datasets: tuple[str, ...]
    query: str
    sql: str
    note: Text | None


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One target at one place and date: the row of `milepost progress`. `None`: unknown.

    `status` is empty below the city where nothing says what the place owes. `note` is `late` (met
    after its deadline, on `noted_on`). `share` is the place's share of the policy's area in %,
    `rank` its rank among the `ranked` sister places with a value (1 is best). `window_start` and
    `window_end` are the window that the value counts in.
    """

    policy: str
    target: str
    place: str
    as_of: date
    value: float | None
    numerator: float | None
    denominator: float | None
    unit: str
    require: str
    required: float | None
    required_max: float | None
    expected: float | None
    percent: float | None
    pace: float | None
    status: str | None
    to_go: float | None
    needed_per_month: float | None
    rate_last_12_months: float | None
    note: str | None
    noted_on: date | None
    baseline: float | None
    share: float | None
    rank: int | None
    ranked: int | None
    window_start: date | None
    window_end: date | None


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One closed window of a recurring target at one place: `state` is `met` or `missed`."""

    policy: str
    target: str
    place: str
    window_start: date
    window_end: date
    value: float | None
    required: float | None
    state: str


@dataclass(frozen=True, slots=True)
class AllocationCheck:
    """What the parts of `parent` are asked for, added up, against what it owes; or a `problem`.

    `parts` places of `levels` are asked for `allocated` in the window. `shortfall` is what of the least
    required is asked of none, `excess` what goes beyond the most allowed; both are 0 where it adds up.
    A problem concerns `rows` rows (a `gap`: places), the first of which is in `source_file`; `detail`
    is the nearest id, the kind or the years.
    """

    policy: str
    target: str
    parent: str | None = None
    levels: str | None = None
    parts: int | None = None
    window_start: date | None = None
    window_end: date | None = None
    allocated: float | None = None
    required: float | None = None
    required_max: float | None = None
    shortfall: float | None = None
    excess: float | None = None
    problem: str | None = None
    detail: str | None = None
    rows: int | None = None
    source_file: str | None = None
    source_row: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place as the snapshot has it; `tile` is its cell (row, column) in its parent's grid."""

    code: str
    name: Text
    short_name: Text
    level: str
    kind: str
    parent: str | None
    tile: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class FreshnessRow:
    """How much a dataset holds of a place (not of those below it), and from when to when."""

    dataset: str
    place: str
    records: int
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class CompletenessRow:
    """Whether a place has reported a dataset for a month (its first day): how many `records`, with
    those of all places below it, and how many are `usual` where any are expected. `due` says why a
    report is: `declared` by the policy, or `usual`; nothing if none is. `state` is
    `received`, `low`, `missing`, `open` (the month is not over) or `none` (nothing, as expected).
    `files` names those that brought the records."""

    policy: str
    dataset: str
    place: str
    month: date
    records: int
    usual: float | None
    due: str | None
    state: str
    files: str | None


@dataclass(frozen=True, slots=True)
class WarningRow:
    """Something suspicious that is loaded and counted all the same. `said` and `remedy` in words;
    `subject` is what it is about at `place` (a target, a month, an institution); `found` and `compared`
    are its figures; `rows` how many rows are concerned, the first of which is in `source_file`. A
    warning without `policy` concerns every policy that the place belongs to."""

    kind: str
    said_zh: str
    said_en: str
    remedy_zh: str
    remedy_en: str
    policy: str | None = None
    dataset: str | None = None
    place: str | None = None
    subject: str | None = None
    found: float | None = None
    compared: float | None = None
    rows: int | None = None
    source_file: str | None = None
    source_sheet: str | None = None
    source_row: int | None = None

    @property
    def said(self) -> Text:
        """What is suspicious, after what it is about and before the first row that it is about."""
        about = f"{self.subject}" if self.subject else ""
        where = ":".join(
            str(part) for part in (self.source_file, self.source_sheet, self.source_row) if part
        )
        return Text(
            (f"{about}：" if about else "") + self.said_zh + (f"（{where}）" if where else ""),
            (f"{about}: " if about else "") + self.said_en + (f" ({where})" if where else ""),
        )

    @property
    def plainly(self) -> Text:
        """What is suspicious, without what it is about."""
        return Text(self.said_zh, self.said_en)

    @property
    def remedy(self) -> Text:
        """What to do about it."""
        return Text(self.remedy_zh, self.remedy_en)


@dataclass(frozen=True, slots=True)
class LoadRow:
    """What came of one sheet of a load, whose places were looked for in `area`, and when its file was
    withdrawn, if it was."""

    load: int
    loaded_at: datetime
    source_file: str
    source_sheet: str
    dataset: str
    area: str
    rows_read: int
    loaded: int
    unchanged: int
    superseded: int
    rejected: int
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordTable:
    """Records behind a number: `columns` and rows in that order; `more` if a limit cut them off.

    `unlisted` names the parts of the number that are given as `sql:`, whose records nothing tells.
    """

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    more: bool
    unlisted: tuple[str, ...] = ()


def _text(row: RowMapping, name: str) -> Text:
    return Text(str(row[f"{name}_zh"]), str(row[f"{name}_en"]))


def _note(row: RowMapping) -> Text | None:
    return _text(row, "note") if row["note_zh"] is not None else None


def policy_row(row: RowMapping) -> PolicyRow:
    """A policy as its table has it."""
    return PolicyRow(
        policy=row["policy"],
        name=_text(row, "name"),
        document=_text(row, "document"),
        area=row["area"],
        start=row["start"],
        by=row["by"],
        rule=row["rule"],
        as_of=row["as_of"],
        note=_note(row),
    )


def target_row(row: RowMapping) -> TargetRow:
    """A target as its table has it."""
    return TargetRow(
        policy=row["policy"],
        target=row["target"],
        position=row["position"],
        section=_text(row, "section"),
        clause=row["clause"],
        name=_text(row, "name"),
        definition=_text(row, "definition"),
        kind=row["kind"],
        averaged=row["averaged"],
        require=row["require"],
        required=row["required"],
        required_max=row["required_max"],
        unit=_text(row, "unit"),
        inner_require=row["inner_require"],
        inner_required=row["inner_required"],
        inner_required_max=row["inner_required_max"],
        inner_unit=_text(row, "inner_unit") if row["inner_unit"] is not None else None,
        start=row["start"],
        by=row["by"],
        recurs=row["recurs"],
        counted_per=row["counted_per"],
        lead=_names(row["lead"]),
        support=_names(row["support"]),
        datasets=tuple(row["datasets"].split(",")),
        query=row["query"],
        sql=row["sql"],
        note=_note(row),
    )


def _names(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split("、")) if joined else ()


def place_row(row: RowMapping) -> PlaceRow:
    """A place as its table has it."""
    tile = None if row["tile_row"] is None else (row["tile_row"], row["tile_col"])
    return PlaceRow(
        code=row["code"],
        name=Text(row["name"], row["name_en"]),
        short_name=Text(row["short_name"], row["name_en"]),
        level=row["level"],
        kind=row["kind"],
        parent=row["parent"],
        tile=tile,
    )


#: The columns of progress in the order of `ProgressRow`, so that a row of them makes one.
PROGRESS_COLUMNS = tuple(field.name for field in fields(ProgressRow))
