"""Evaluating: from the records of a snapshot to the progress of every target, place and month.

Owns `evaluate`, which reads top to bottom: what to count, count it, judge it, write it. Called by the
load before a snapshot is published, and by the tests. May import all of `metrics`.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from sqlalchemy import Connection, Engine, Table, func, select, union_all

from etl.datasets import record_datasets
from etl.errors import MetricsError
from etl.spelling import did_you_mean
from etl.texts import Text
from metrics.allocation_checks import check_allocations
from metrics.allocations import allocated_rows, allocations_of
from metrics.catalogue import Catalogue, Policy
from metrics.changes import compute_changes
from metrics.completeness import complete
from metrics.curves import Curves, read_changes
from metrics.declared import policy_rows, target_rows
from metrics.free_sql import FreeSqlError
from metrics.measures import measures_of
from metrics.places import area_places
from metrics.progress import PolicyProgress
from metrics.received import receive
from metrics.scope import make_scope
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
from metrics.warnings import write_warnings
from metrics.writing import BackgroundWriter, write_objects, write_rows, write_tables


def evaluate(engine: Engine, catalogue: Catalogue, *, today: date | None = None) -> None:
    """Write the tables of `metrics` into the snapshot that `engine` is open on, anew and whole.

    `today` bounds every as-of date; the machine's date if not given. Nobody must read the snapshot
    yet: steps are committed one by one. A policy has rows for all months of its life up to its as-of
    date, and for that date itself. Raises MetricsError for an area that is no place and for a
    `sql` that cannot be run.
    """
    today = today or date.today()
    parts, counted = measures_of(catalogue)
    with engine.connect() as connection:
        for table in WRITTEN:
            table.drop(connection, checkfirst=True)
            table.create(connection)
        _check_areas(connection, catalogue)
        scope = make_scope(connection, (policy.area for policy in catalogue.policies.values()))
        try:
            compute_changes(connection, counted, scope)
        except FreeSqlError as error:
            names = [target for (target, _), number in parts.items() if number == error.measure]
            problems = [Text(f"{n}：{error.text.zh}", f"{n}: {error.text.en}") for n in names]
            raise MetricsError(problems) from error
        received = receive(connection)
        policies = catalogue.policies.values()
        areas = {policy.id: area_places(connection, policy.area) for policy in policies}
        known = {policy.id: known_datasets(connection, policy.area) for policy in policies}
        lasts = last_days(connection, today)
        as_ofs = {
            name: max((lasts[code] for code in places.codes if code in lasts), default=None)
            for name, places in areas.items()
        }
        allocated = allocated_rows(connection)
        changes = read_changes(connection, scope.changes)
        with BackgroundWriter(connection) as writer:
            writer.write(scope.publish)
            numbers = [(number, target, part) for (target, part), number in parts.items()]
            writer.write(write_rows, MEASURES, numbers)
            writer.write(write_rows, POLICIES, _in_order(POLICIES, policy_rows(catalogue, as_ofs)))
            writer.write(write_rows, TARGETS, list(_in_order(TARGETS, target_rows(catalogue))))
            checks = list(check_allocations(allocated, catalogue, areas))
            writer.write(write_objects, ALLOCATION_CHECKS, checks)
            curves = Curves(changes)
            for policy in policies:
                places, as_of = areas[policy.id], as_ofs[policy.id]
                allocations = allocations_of(allocated, policy, places)
                progress = PolicyProgress(policy, places, curves, parts, known[policy.id], allocations)
                last = as_of or policy.start
                dates = [*(day for day in month_ends(policy.start, last) if day < last), last]
                writer.write(write_tables, PROGRESS, list(progress.tables(dates)))
                writer.write(write_objects, WINDOWS, list(progress.windows(last)))
                rows = complete(received, policy, places, as_of, today)
                writer.write(write_objects, COMPLETENESS, list(rows))
        write_warnings(connection, catalogue, areas, received, checks)
        connection.commit()


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
