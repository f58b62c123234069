"""What a snapshot says: the one door for pages, downloads and the command line.

Owns the questions that readers ask of a snapshot. All take a SQLAlchemy connection that is open on it;
what they return are typed rows, never frames. Called by the dashboard and by the command line. May
import `etl` and all of `metrics`; knows nothing of the web.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, select

from etl.datasets import record_datasets
from etl.errors import UnknownNameError
from etl.texts import Text
from metrics.allocation_checks import allocation_checks, finding_of
from metrics.catalogue import Catalogue, Target
from metrics.completeness import Reported, read_completeness
from metrics.completeness import read_reported as reported
from metrics.curves import read_curves
from metrics.evaluate import progress_of
from metrics.known import check_known, unknown, unknown_place
from metrics.progress import PolicyProgress
from metrics.reader import parse_catalogue
from metrics.record_rows import RecordRows, first_records
from metrics.record_rows import record_rows as rows_behind
from metrics.remembered import Remembered
from metrics.rows import (
    PROGRESS_COLUMNS,
    AllocationCheck,
    CompletenessRow,
    FreshnessRow,
    LoadRow,
    PlaceRow,
    PolicyRow,
    ProgressRow,
    RecordTable,
    TargetRow,
    WarningRow,
    WindowRow,
    place_row,
    policy_row,
    target_row,
)
from metrics.tables import (
    FRESHNESS,
    LOADS,
    MEASURES,
    PLACE_ANCESTORS,
    PLACES,
    POLICIES,
    PROGRESS,
    SNAPSHOT,
    TARGETS,
    WINDOWS,
)
from metrics.warnings import warnings

__all__ = [
    "AllocationCheck",
    "CompletenessRow",
    "FreshnessRow",
    "LoadRow",
    "PlaceRow",
    "PolicyRow",
    "ProgressRow",
    "RecordTable",
    "Reported",
    "TargetRow",
    "WarningRow",
    "WindowRow",
    "allocation_checks",
    "ancestors",
    "behind",
    "catalogue",
    "completeness",
    "curve",
    "curves",
    "finding_of",
    "freshness",
    "loads",
    "place",
    "place_curves",
    "places",
    "policies",
    "progress",
    "record_rows",
    "records",
    "reported",
    "snapshot_facts",
    "target",
    "targets",
    "units",
    "warnings",
    "windows",
]


def snapshot_facts(connection: Connection) -> dict[str, str]:
    """What the snapshot says of itself: id, created_at, demo, metrics, versions."""
    return {key: value for key, value in connection.execute(select(SNAPSHOT))}  # noqa: C416


def policies(connection: Connection) -> list[PolicyRow]:
    """All policies, in the order of `metrics.yaml`."""
    found = connection.execute(select(POLICIES).order_by(POLICIES.c.position)).mappings()
    return [policy_row(row) for row in found]


def targets(connection: Connection, policy: str | None = None) -> list[TargetRow]:
    """The targets of a policy, or of all, in the order of `metrics.yaml`."""
    statement = select(TARGETS).order_by(TARGETS.c.position)
    if policy is not None:
        statement = statement.where(TARGETS.c.policy == policy)
    return [target_row(row) for row in connection.execute(statement).mappings()]


def target(connection: Connection, name: str) -> TargetRow:
    """One target. Raises UnknownNameError with the nearest id."""
    row = connection.execute(select(TARGETS).where(TARGETS.c.target == name)).mappings().first()
    if row is None:
        known = connection.scalars(select(TARGETS.c.target))
        raise unknown(Text("目标", "target"), name, known)
    return target_row(row)


def places(connection: Connection, area: str) -> list[PlaceRow]:
    """The current places of an area, itself first, in the gazetteer's order."""
    statement = (
        select(PLACES)
        .join_from(PLACES, PLACE_ANCESTORS, PLACE_ANCESTORS.c.place == PLACES.c.code)
        .where(and_(PLACE_ANCESTORS.c.ancestor == area, PLACES.c.successor.is_(None)))
        .order_by(PLACES.c.position)
    )
    rows = [place_row(row) for row in connection.execute(statement).mappings()]
    return sorted(rows, key=lambda row: row.code != area)


def place(connection: Connection, code: str) -> PlaceRow:
    """One place. Raises UnknownNameError."""
    return place_row(_place_row(connection, code))


def _place_row(connection: Connection, code: str) -> RowMapping:
    row = connection.execute(select(PLACES).where(PLACES.c.code == code)).mappings().first()
    if row is None:
        raise unknown_place(code)
    return row


def progress(
    connection: Connection,
    *,
    policy: str | None = None,
    target: str | None = None,
    place: str | None = None,
    level: str | None = None,
    as_of: date | None = None,
) -> list[ProgressRow]:
    """Progress rows, by policy, target and place in their declared order.

    `as_of` None: each policy's own last date. Any other date is computed from the changes that the
    snapshot keeps, exactly as the stored ones were. Raises UnknownNameError for a name that the
    snapshot does not know.
    """
    check_known(connection, policy, target, place)
    found: list[ProgressRow] = []
    for one in policies(connection):
        if policy not in (None, one.policy):
            continue
        codes = [
            row.code
            for row in places(connection, one.area)
            if place in (None, row.code) and level in (None, row.level)
        ]
        day = as_of or one.as_of or one.start
        stored = _stored(connection, one.policy, day, target, place)
        if stored is None:
            chosen = frozenset([target]) if target is not None else None
            stored = list(_progress_of(connection, one.policy).rows([day], targets=chosen))
        order = {code: position for position, code in enumerate(codes)}
        found += [row for row in stored if row.place in order]
    return found


def curve(
    connection: Connection, target: str, place: str, as_of: date | None = None
) -> list[ProgressRow]:
    """A target's rows at a place in order of time: all month ends and the last date; up to `as_of`, if
    it is given, which then is the last of them."""
    statement = (
        _rows_of_progress()
        .where(and_(PROGRESS.c.target == target, PROGRESS.c.place == place))
        .order_by(PROGRESS.c.as_of)
    )
    rows = [ProgressRow(*row) for row in connection.execute(statement)]
    if as_of is None or not rows:
        return rows
    last = progress(connection, policy=rows[0].policy, target=target, place=place, as_of=as_of)
    return [*(row for row in rows if row.as_of < as_of), *last]


def curves(connection: Connection, policy: str, place: str) -> dict[str, list[ProgressRow]]:
    """The stored rows of all targets of a policy at a place, by target, in order of time."""
    statement = (
        _rows_of_progress()
        .where(and_(PROGRESS.c.policy == policy, PROGRESS.c.place == place))
        .order_by(PROGRESS.c.as_of)
    )
    found: dict[str, list[ProgressRow]] = {}
    for cells in connection.execute(statement):
        row = ProgressRow(*cells)
        found.setdefault(row.target, []).append(row)
    return found


def place_curves(
    connection: Connection, target: str, within: str, as_of: date | None = None
) -> dict[str, list[ProgressRow]]:
    """The same of a target at the places right below one, by place."""
    statement = (
        _rows_of_progress()
        .join_from(PROGRESS, PLACES, PLACES.c.code == PROGRESS.c.place)
        .where(
            and_(PROGRESS.c.target == target, PLACES.c.parent == within, PLACES.c.successor.is_(None))
        )
        .order_by(PLACES.c.position, PROGRESS.c.as_of)
    )
    rows = [ProgressRow(*cells) for cells in connection.execute(statement)]
    found: dict[str, list[ProgressRow]] = {row.place: [] for row in rows}
    if as_of is not None and rows:
        last = progress(connection, policy=rows[0].policy, target=target, as_of=as_of)
        rows = [row for row in rows if row.as_of < as_of] + [row for row in last if row.place in found]
    for row in rows:
        found[row.place].append(row)
    return found


def ancestors(connection: Connection, code: str) -> list[PlaceRow]:
    """The places above a place, from the top, the place itself last."""
    found = []
    at: str | None = code
    while at is not None:
        found.append(place(connection, at))
        at = found[-1].parent
    return found[::-1]


def loads(connection: Connection) -> list[LoadRow]:
    """What was loaded, newest first."""
    names = [field.name for field in fields(LoadRow)]
    statement = select(*(LOADS.c[name] for name in names)).order_by(
        LOADS.c.load.desc(), LOADS.c.source_file, LOADS.c.source_sheet
    )
    return [LoadRow(**row) for row in connection.execute(statement).mappings()]


def windows(
    connection: Connection, target: str | None = None, place: str | None = None
) -> list[WindowRow]:
    """Closed windows, in order of time."""
    statement = select(WINDOWS).order_by(WINDOWS.c.target, WINDOWS.c.place, WINDOWS.c.window_start)
    if target is not None:
        statement = statement.where(WINDOWS.c.target == target)
    if place is not None:
        statement = statement.where(WINDOWS.c.place == place)
    return [WindowRow(**row) for row in connection.execute(statement).mappings()]


def freshness(connection: Connection, area: str) -> list[FreshnessRow]:
    """How much each dataset holds of each place of an area."""
    statement = (
        select(FRESHNESS)
        .join_from(FRESHNESS, PLACE_ANCESTORS, PLACE_ANCESTORS.c.place == FRESHNESS.c.place)
        .where(PLACE_ANCESTORS.c.ancestor == area)
        .order_by(FRESHNESS.c.dataset, FRESHNESS.c.place)
    )
    return [FreshnessRow(**row) for row in connection.execute(statement).mappings()]


def completeness(
    connection: Connection,
    *,
    policy: str | None = None,
    dataset: str | None = None,
    place: str | None = None,
    as_of: date | None = None,
) -> list[CompletenessRow]:
    """Who has reported what, and what is missing, in the last months up to `as_of` (by default each
    policy's own last date). Raises UnknownNameError."""
    check_known(connection, policy, None, place)
    if dataset is not None and dataset not in record_datasets():
        raise unknown(Text("数据集", "dataset"), dataset, record_datasets())
    found: list[CompletenessRow] = []
    for one in policies(connection):
        day = as_of or one.as_of
        if policy in (None, one.policy) and day is not None:
            found += read_completeness(connection, one, day, dataset)
    return [row for row in found if place in (None, row.place)]


def units(connection: Connection, target: str, place: str, as_of: date) -> dict[str, bool]:
    """The units of a coverage at a place, each with whether it meets the inner requirement."""
    policy = connection.scalar(select(TARGETS.c.policy).where(TARGETS.c.target == target))
    return _progress_of(connection, str(policy)).units_met(target, place, as_of)


def records(
    connection: Connection,
    target: str,
    place: str | None = None,
    as_of: date | None = None,
    limit: int | None = None,
) -> RecordTable:
    """The records behind a target's value at a place (by default the policy's area).

    `part` says which part of the value a row makes up; `person` is the keyed hash. The rows of a part
    come to its value: by number, by distinct persons or by sum. What a part given as `sql:` is made of
    cannot be listed: `unlisted` names such parts.
    """
    declared, area, end = behind(connection, target, place, as_of)
    return first_records(connection, declared, area, end, limit)


def record_rows(
    connection: Connection, target: str, place: str | None = None, as_of: date | None = None
) -> RecordRows:
    """The same records, to be read in batches however many there are. Raises UnknownNameError too where
    the number is given as `sql:` alone, which names no records."""
    declared, area, end = behind(connection, target, place, as_of)
    found = rows_behind(connection, declared, area, end)
    if not found.datasets:
        raise UnknownNameError(
            Text(
                f"目标 {target} 由 `sql:` 计算，没有可逐条列出的记录",
                f"{target} is counted by `sql:`, which names no records to list",
            )
        )
    return found


def behind(
    connection: Connection, target: str, place: str | None, as_of: date | None
) -> tuple[Target, str, date]:
    """The declared target, the place (by default the policy's area) and the date that are asked for."""
    check_known(connection, None, target, place)
    every = catalogue(connection)
    policy, declared = every.policy_of(target), every.targets[target]
    row = next(one for one in policies(connection) if one.policy == policy.id)
    return declared, place or policy.area, min(as_of or row.as_of or policy.start, declared.by)


def _stored(
    connection: Connection, policy: str, day: date, target: str | None, place: str | None
) -> list[ProgressRow] | None:
    """The rows of a date that the snapshot holds; None if it holds none of that date."""
    conditions = [PROGRESS.c.policy == policy, PROGRESS.c.as_of == day]
    if target is not None:
        conditions.append(PROGRESS.c.target == target)
    if place is not None:
        conditions.append(PROGRESS.c.place == place)
    held = select(func.count()).where(and_(*conditions[:2]))
    if not connection.scalar(held):
        return None
    statement = (
        _rows_of_progress()
        .join_from(PROGRESS, TARGETS, TARGETS.c.target == PROGRESS.c.target)
        .join(PLACES, PLACES.c.code == PROGRESS.c.place)
        .where(and_(*conditions))
        .order_by(TARGETS.c.position, PLACES.c.position)
    )
    return [ProgressRow(*row) for row in connection.execute(statement)]


def _rows_of_progress() -> Select[Any]:
    """The columns of progress that make a row each."""
    return select(*(PROGRESS.c[name] for name in PROGRESS_COLUMNS))


#: Progress that answers for any date, by snapshot and policy.
_progress: Remembered[PolicyProgress] = Remembered(8)


def _progress_of(connection: Connection, policy: str) -> PolicyProgress:
    def made() -> PolicyProgress:
        whole, there = catalogue(connection).policies[policy], targets(connection, policy)
        # What a file moved is found by evaluating some of the targets only.
        declared = whole.model_copy(
            update={"targets": {one.target: whole.targets[one.target] for one in there}}
        )
        parts = {(row.target, row.part): row.measure for row in connection.execute(select(MEASURES))}
        needed = {number for (name, _), number in parts.items() if name in declared.targets}
        return progress_of(connection, declared, read_curves(connection, needed), parts)

    snapshot = snapshot_facts(connection).get("id")
    return _progress.of((snapshot, policy), made) if snapshot else made()


def catalogue(connection: Connection) -> Catalogue:
    """The catalogue that the snapshot was computed with."""
    return _parsed(snapshot_facts(connection)["metrics"])


@lru_cache(maxsize=8)
def _parsed(text: str) -> Catalogue:
    return parse_catalogue(text)
