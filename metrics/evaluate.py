"""Evaluating: from the records of a snapshot to the progress of every target, place and month.

Owns `evaluate`, which a load calls before its snapshot is published: `prepare` finds what was received,
then `evaluate_targets` counts, judges and writes, while what assesses the records runs beside it; and
`progress_of`, which answers for any date. May import all of `metrics`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from sqlalchemy import Connection, Engine, Table, select
from sqlalchemy.schema import DropTable

from etl.errors import MetricsError
from etl.spelling import did_you_mean
from etl.texts import Text
from metrics.allocations import AllocatedRow, allocated_rows, allocations_of
from metrics.assess import assess
from metrics.before import Before, read_before
from metrics.catalogue import Catalogue, Policy
from metrics.changes import compute_changes
from metrics.completeness import problems_of
from metrics.curves import Changes, Curves, positions_of_places
from metrics.declared import policy_rows, target_rows
from metrics.found import Amounts, changes_of
from metrics.free_sql import FreeSqlError
from metrics.increment import Increment, increment_of
from metrics.lives import Life, known_datasets, lives_of
from metrics.measures import Counted, measures_of
from metrics.places import area_places
from metrics.progress import PolicyProgress
from metrics.received import Received, count_days, receive
from metrics.rows import WindowRow
from metrics.scope import Scope, make_scope
from metrics.tables import (
    CHANGES,
    MEASURES,
    PLACES,
    POLICIES,
    PROGRESS,
    TARGETS,
    WINDOWS,
    WRITTEN,
)
from metrics.writing import write_objects, write_rows, write_tables


def evaluate(
    engine: Engine, catalogue: Catalogue, *, today: date | None = None, since: int | None = None
) -> None:
    """Write the tables of `metrics` into the snapshot that `engine` is open on, anew and whole.

    `today` bounds every as-of date; the machine's date if not given. Nobody must read the snapshot
    yet: steps are committed one by one. A policy has rows for all months of its life up to its as-of
    date, and for that date itself. `since`: the tables were last written after that load, by the same
    catalogue, places and version, and only loads came after: what these did not touch is not counted
    again, with the same result. Raises MetricsError for an area that is no place and for a
    `sql` that cannot be run.
    """
    today = today or date.today()
    before = read_before(engine, since) if since is not None else None
    received, lives = prepare(engine, catalogue, today, before)
    with ThreadPoolExecutor(max_workers=1) as beside:
        assessed = beside.submit(assess, engine, catalogue, received, lives, today)
        declared = beside.submit(_declare, engine, catalogue, lives)
        evaluate_targets(engine, catalogue, lives, before)
        assessed.result()
        declared.result()


def prepare(
    engine: Engine, catalogue: Catalogue, today: date, before: Before | None = None
) -> tuple[Received, list[Life]]:
    """Make all tables anew; find what was received, and with it how far each policy's life reaches."""
    with engine.connect() as connection:
        days = count_days(connection, before)
        for table in WRITTEN:
            connection.execute(DropTable(table, if_exists=True))
            table.create(connection, checkfirst=False)
        _check_areas(connection, catalogue)
        received = receive(connection, days)
        lives = lives_of(connection, catalogue.policies.values(), today)
        _check_senders(lives)
        connection.commit()
    return received, lives


def evaluate_targets(
    engine: Engine, catalogue: Catalogue, lives: Sequence[Life], before: Before | None = None
) -> None:
    """Write the progress of every target at all places, at the dates of its policy's life, with the
    changes that it was found from; of what was evaluated `before`, only those that loads touched since
    are counted again."""
    parts, counted = measures_of(catalogue)
    # A database leaves Python to itself while it counts: what was counted before is judged meanwhile.
    with engine.connect() as connection, ThreadPoolExecutor(max_workers=1) as aside:
        scope = make_scope(connection, (life.policy.area for life in lives))
        allocated = allocated_rows(connection)
        positions = positions_of_places(connection)
        increment = increment_of(connection, before, counted, scope) if before is not None else None
        found, evaluated = [], []
        for area in _largest_first(life.policy for life in lives):
            numbers = {n: one for n, one in enumerate(counted) if one.area == area}
            changes = aside.submit(changes_of, _count(connection, numbers, parts, scope, increment))
            of_area = [life for life in lives if life.policy.area == area]
            evaluated.append(aside.submit(_evaluate, of_area, changes, positions, parts, allocated))
            found.append(changes)
        written = aside.submit(_write, engine, evaluated)
        write_tables(connection, CHANGES, [table for one in found for table in one.result()])
        write_rows(connection, MEASURES, [(number, *part) for part, number in parts.items()])
        connection.commit()
        written.result()


def _declare(engine: Engine, catalogue: Catalogue, lives: Sequence[Life]) -> None:
    """Write what the catalogue says of policies and targets."""
    as_ofs = {life.policy.id: life.as_of for life in lives}
    with engine.connect() as connection:
        write_rows(connection, POLICIES, _in_order(POLICIES, policy_rows(catalogue, as_ofs)))
        write_rows(connection, TARGETS, _in_order(TARGETS, target_rows(catalogue)))
        connection.commit()


def _largest_first(policies: Iterable[Policy]) -> list[str]:
    """The areas, those with most targets first: little is left to be judged when all is counted."""
    targets = Counter[str]()
    for policy in policies:
        targets[policy.area] += len(policy.targets)
    return [area for area, _ in targets.most_common()]


def _count(
    connection: Connection,
    counted: Mapping[int, Counted],
    parts: Mapping[tuple[str, str], int],
    scope: Scope,
    increment: Increment | None,
) -> list[pa.Table | Amounts]:
    """The changes of some measures; what a target's `sql` breaks is said with the target's id."""
    try:
        if increment is not None:
            return list(increment.changes(connection, counted, scope))
        return list(compute_changes(connection, counted, scope))
    except FreeSqlError as error:
        names = [target for (target, _), number in parts.items() if number == error.measure]
        problems = [Text(f"{n}：{error.text.zh}", f"{n}: {error.text.en}") for n in names]
        raise MetricsError(problems) from error


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """Progress and closed windows of the policies of an area."""

    progress: list[pa.Table]
    windows: list[WindowRow]


def _evaluate(
    lives: Iterable[Life],
    changes: Future[list[pa.Table]],
    positions: Mapping[str, int],
    parts: Mapping[tuple[str, str], int],
    allocated: Sequence[AllocatedRow],
) -> _Evaluated:
    """Evaluate the policies of an area."""
    curves, found = Curves(Changes.of(changes.result(), positions)), _Evaluated([], [])
    for life in lives:
        allocations = allocations_of(allocated, life.policy, life.places)
        one = PolicyProgress(life.policy, life.places, curves, parts, life.known, allocations)
        found.progress.extend(one.tables(life.dates))
        found.windows.extend(one.windows(life.last))
    return found


def _write(engine: Engine, evaluated: Iterable[Future[_Evaluated]]) -> None:
    """Write what was evaluated, all at once: small parts of a table would be written twice."""
    found = [one.result() for one in evaluated]
    with engine.connect() as connection:
        write_tables(connection, PROGRESS, [table for one in found for table in one.progress])
        write_objects(connection, WINDOWS, [row for one in found for row in one.windows])
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


def _check_senders(lives: Iterable[Life]) -> None:
    if problems := [one for life in lives for one in problems_of(life.policy, life.places)]:
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
