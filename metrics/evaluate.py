"""Evaluating: from the records of a snapshot to the progress of every target, place and month.

Owns `evaluate`, which reads top to bottom: what to count, count it, judge it, write it. Called by the
load before a snapshot is published, and by the tests. May import all of `metrics`.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from sqlalchemy import Connection, Engine, Table, func, select, union_all

from etl.datasets import record_datasets
from etl.errors import MetricsError
from etl.spelling import did_you_mean
from etl.texts import Text
from metrics.allocation_checks import check_allocations
from metrics.allocations import AllocatedRow, allocated_rows, allocations_of
from metrics.catalogue import Catalogue, Policy
from metrics.changes import compute_changes
from metrics.completeness import complete, problems_of
from metrics.curves import Changes, Curves, read_changes
from metrics.declared import policy_rows, target_rows
from metrics.free_sql import FreeSqlError
from metrics.measures import Counted, measures_of
from metrics.places import AreaPlaces, area_places, place_names
from metrics.progress import PolicyProgress
from metrics.received import Received, receive
from metrics.rows import CompletenessRow, WindowRow
from metrics.scope import Scope, make_scope
from metrics.tables import (
    ALLOCATION_CHECKS,
    COMPLETENESS,
    FRESHNESS,
    MEASURES,
    PLACES,
    POLICIES,
    PROGRESS,
    RECORDS,
    TARGETS,
    WINDOWS,
    WRITTEN,
)
from metrics.unusual_months import unusual_months
from metrics.warnings import write_warnings
from metrics.writing import write_objects, write_rows, write_tables


def evaluate(engine: Engine, catalogue: Catalogue, *, today: date | None = None) -> None:
    """Write the tables of `metrics` into the snapshot that `engine` is open on, anew and whole.

    `today` bounds every as-of date; the machine's date if not given. Nobody must read the snapshot
    yet: steps are committed one by one. A policy has rows for all months of its life up to its as-of
    date, and for that date itself. Raises MetricsError for an area that is no place and for a
    `sql` that cannot be run.
    """
    today = today or date.today()
    parts, counted = measures_of(catalogue)
    policies = list(catalogue.policies.values())
    # A database leaves Python to itself while it counts: what was counted before is judged meanwhile.
    with engine.connect() as connection, ThreadPoolExecutor(max_workers=1) as aside:
        declared = aside.submit(lambda: list(_in_order(TARGETS, target_rows(catalogue))))
        for table in WRITTEN:
            table.drop(connection, checkfirst=True)
            table.create(connection)
        _check_areas(connection, catalogue)
        _check_senders(connection, policies)
        scope = make_scope(connection, (policy.area for policy in policies))
        received = receive(connection)
        lives = _lives(connection, policies, today)
        allocated = allocated_rows(connection)
        names = place_names(connection)
        completeness = aside.submit(_complete, received, lives, today)
        unusual = aside.submit(lambda: list(unusual_months(received, names)))
        evaluated = []
        for area in dict.fromkeys(policy.area for policy in policies):
            numbers = {n: one for n, one in enumerate(counted) if one.area == area}
            _count(connection, numbers, parts, scope)
            changes = read_changes(connection, numbers, scope.changes)
            of_area = [life for life in lives if life.policy.area == area]
            evaluated.append(aside.submit(_evaluate, of_area, changes, parts, allocated))
        scope.publish(connection)
        write_rows(connection, MEASURES, [(number, *part) for part, number in parts.items()])
        as_ofs = {life.policy.id: life.as_of for life in lives}
        write_rows(connection, POLICIES, _in_order(POLICIES, policy_rows(catalogue, as_ofs)))
        write_rows(connection, TARGETS, declared.result())
        write_objects(connection, COMPLETENESS, completeness.result())
        areas = {life.policy.id: life.places for life in lives}
        checks = list(check_allocations(allocated, catalogue, areas))
        write_objects(connection, ALLOCATION_CHECKS, checks)
        write_warnings(connection, catalogue, areas, names, unusual.result(), checks)
        for one in evaluated:
            progress, windows = one.result()
            write_tables(connection, PROGRESS, progress)
            write_objects(connection, WINDOWS, windows)
        connection.commit()


@dataclass(frozen=True)
class _Life:
    """A policy as its records have it: its places, the last date that they reach, and the datasets that
    hold any of its area."""

    policy: Policy
    places: AreaPlaces
    as_of: date | None
    known: frozenset[str]

    @property
    def last(self) -> date:
        """The last date that progress is computed for."""
        return self.as_of or self.policy.start

    @property
    def dates(self) -> list[date]:
        """The ends of all months of its life up to its last date, and that date."""
        days = month_ends(self.policy.start, self.last)
        return [*(day for day in days if day < self.last), self.last]


def _lives(connection: Connection, policies: Iterable[Policy], today: date) -> list[_Life]:
    lasts = last_days(connection, today)
    found = []
    for policy in policies:
        places = area_places(connection, policy.area)
        as_of = max((lasts[code] for code in places.codes if code in lasts), default=None)
        found.append(_Life(policy, places, as_of, known_datasets(connection, policy.area)))
    return found


def _count(
    connection: Connection,
    counted: Mapping[int, Counted],
    parts: Mapping[tuple[str, str], int],
    scope: Scope,
) -> None:
    """Find the changes of some measures; what a target's `sql` breaks is said with the target's id."""
    try:
        compute_changes(connection, counted, scope)
    except FreeSqlError as error:
        names = [target for (target, _), number in parts.items() if number == error.measure]
        problems = [Text(f"{n}：{error.text.zh}", f"{n}: {error.text.en}") for n in names]
        raise MetricsError(problems) from error


def _complete(received: Received, lives: Iterable[_Life], today: date) -> list[CompletenessRow]:
    return [
        row for life in lives for row in complete(received, life.policy, life.places, life.as_of, today)
    ]


def _evaluate(
    lives: Iterable[_Life],
    changes: Changes,
    parts: Mapping[tuple[str, str], int],
    allocated: Sequence[AllocatedRow],
) -> tuple[list[pa.Table], list[WindowRow]]:
    """Progress and closed windows of the policies of an area."""
    curves = Curves(changes)
    progress: list[pa.Table] = []
    windows: list[WindowRow] = []
    for life in lives:
        allocations = allocations_of(allocated, life.policy, life.places)
        one = PolicyProgress(life.policy, life.places, curves, parts, life.known, allocations)
        progress += one.tables(life.dates)
        windows += one.windows(life.last)
    return progress, windows


def _check_areas(connection: Connection, catalogue: Catalogue) -> None:
    known = set(connection.scalars(select(PLACES.c.code).where(PLACES.c.successor.is_(None))))
    problems = []
    for policy in catalogue.policies.values():
        if policy.area not in known:
            hint = did_you_mean(policy.area, sorted(known))
            if not hint.zh:
                hint = Text("；请填写区划代码，如 '441900'", "; give an official code such as '441900'")
            key = f"policies.{policy.id}.area"
            problems.append(
                Text(
                    f"{key}：没有地点“{policy.area}”{hint.zh}",
                    f"{key}: no place {policy.area!r}{hint.en}",
                )
            )
    if problems:
        raise MetricsError(problems)


def _check_senders(connection: Connection, policies: Iterable[Policy]) -> None:
    asking = [policy for policy in policies if policy.expects]
    problems = [
        one for policy in asking for one in problems_of(policy, area_places(connection, policy.area))
    ]
    if problems:
        raise MetricsError(problems)


def _in_order(table: Table, rows: Iterable[Mapping[str, object]]) -> Iterator[tuple[object, ...]]:
    """Named rows as tuples in the order of a table's columns."""
    names = table.c.keys()
    return (tuple(row[name] for name in names) for row in rows)


def progress_of(
    connection: Connection, policy: Policy, curves: Curves, parts: Mapping[tuple[str, str], int]
) -> PolicyProgress:
    """The progress of a policy, from the curves of its measures and what its places are asked for."""
    places = area_places(connection, policy.area)
    return PolicyProgress(
        policy,
        places,
        curves,
        parts,
        known_datasets(connection, policy.area),
        allocations_of(allocated_rows(connection), policy, places),
    )


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, calendar.monthrange(year, month)[1])


def month_ends(start: date, last: date) -> Iterator[date]:
    """The last days of the months from that of `start` on, none after `last`."""
    year, month = start.year, start.month
    while True:
        day = last_day(year, month)
        if day > last:
            return
        yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def known_datasets(connection: Connection, area: str) -> frozenset[str]:
    """The datasets that hold any record of a place of the area."""
    inside = FRESHNESS.c.place.in_(area_places(connection, area).codes)
    return frozenset(connection.scalars(select(FRESHNESS.c.dataset).where(inside)))


def last_days(connection: Connection, today: date) -> dict[str, date]:
    """The last date, by place, on which any of its records falls, never later than `today`.

    Statistics are left out: their periods end when the year does, not when something happened.
    """
    days = []
    for name, table in RECORDS.items():
        if name != "statistics":
            day = table.c[record_datasets()[name].date]
            days.append(
                select(table.c.place, func.max(day)).where(day <= today).group_by(table.c.place)
            )
    found: dict[str, date] = {}
    for place, day in connection.execute(union_all(*days)):
        found[place] = max(day, found.get(place, day))
    return found
