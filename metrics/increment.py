"""The increment: what loads have changed since a snapshot was evaluated, and what follows for changes.

Owns `last_load`, `Before`, `read_before`, `Increment` and `increment_of`. A person's part in a measure
rests on that person's records only, and a record's part on itself. So the changes of a measure are
those that were found before, less what the records of the persons that loads touched gave then, plus
what they give now. This is exact: all of them are whole numbers. Sums of a column, statistics and `sql`
are counted anew where loads changed what they read. Called by `evaluate` and, for `last_load`, by the
verbs. May import `changes`, `conditions`, `found`, `measures`, `reading`, `scope`, `tables`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from fractions import Fraction

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, func, select, union_all

from etl.datasets import datasets
from metrics.changes import compute_changes
from metrics.conditions import named_in
from metrics.found import SCHEMA, Amounts, changes_of, summed
from metrics.measures import Counted
from metrics.reading import read_columns
from metrics.scope import Scope, temporary
from metrics.tables import CHANGES, HISTORY, LOADS, RECORDS

#: Of more rows than these, in number and as a share of all, it is sooner to count all anew: each brings
#: the other records of its person with it, to be counted twice.
FEW_ROWS, FEW_SHARE = 10_000, Fraction(1, 20)


def last_load(connection: Connection) -> int | None:
    """The number of the last load; None before the first, and if a record, one of an older version,
    does not know its load, so that a later one may take it for its own."""
    for table in RECORDS.values():
        if connection.execute(select(table.c.load).where(table.c.load.is_(None)).limit(1)).first():
            return None
    last: int | None = connection.scalar(select(func.max(LOADS.c.load)))
    return last


@dataclass(frozen=True, slots=True)
class Before:
    """What a snapshot was evaluated to when `load` was its last one: the `changes` that were found;
    and which `datasets` loads have changed since."""

    load: int
    datasets: frozenset[str]
    changes: pa.Table

    def added(self, records: Table) -> ColumnElement[bool]:
        """The records that loads brought since."""
        return records.c.load > self.load

    def removed(self, history: Table) -> ColumnElement[bool]:
        """The records, by now history, that loads said otherwise since."""
        return and_(history.c.superseded_by > self.load, history.c.load <= self.load)


def read_before(engine: Engine, load: int) -> Before | None:
    """What was evaluated after `load`, if few records changed since."""
    with engine.connect() as connection:
        before = Before(load, frozenset(), SCHEMA.empty_table())
        moved = {
            name: sum(
                connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
                for table, condition in (
                    (records, before.added(records)),
                    (HISTORY[name], before.removed(HISTORY[name])),
                )
            )
            for name, records in RECORDS.items()
        }
        counts = (select(func.count()).select_from(records) for records in RECORDS.values())
        rows = sum(connection.scalar(count) or 0 for count in counts)
        if sum(moved.values()) > max(FEW_ROWS, int(rows * FEW_SHARE)):
            return None
        found = read_columns(connection, select(*CHANGES.c)).cast(SCHEMA)
        return Before(load, frozenset(name for name, count in moved.items() if count), found)


@dataclass(frozen=True, slots=True)
class Increment:
    """What was found before, and the records of all persons that loads touched since: as they were
    `then` and as they are `now`, by dataset, with the columns that are counted by."""

    before: Before
    then: Mapping[str, Table]
    now: Mapping[str, Table]

    def changes(
        self, connection: Connection, counted: Mapping[int, Counted], scope: Scope
    ) -> Iterator[pa.Table | Amounts]:
        """The changes of some measures, by their numbers."""
        changed = self.before.datasets
        moved = {number: one for number, one in counted.items() if _is_moved(one, changed)}
        anew = {
            number: one
            for number, one in counted.items()
            if number not in moved and changed & {*one.declared.datasets, *_elsewhere(one)}
        }
        yield from compute_changes(connection, anew, scope)
        yield from _by_kind(self._found(counted.keys() - anew.keys() - moved.keys()))
        then, now = (
            changes_of(compute_changes(connection, moved, replace(scope, records=records)))
            for records in (self.then, self.now)
        )
        yield from _by_kind(summed([self._found(moved), *map(_negative, then), *now]))

    def _found(self, measures: Iterable[int]) -> pa.Table:
        changes = self.before.changes
        return changes.filter(pc.is_in(changes["measure"], pa.array(list(measures), pa.int32())))


def increment_of(connection: Connection, before: Before, counted: Iterable[Counted]) -> Increment:
    """The increment since `before` for what is counted. Its records are temporary tables of
    `connection`."""
    fields: dict[str, set[str]] = defaultdict(set)
    for one in counted:
        if _is_moved(one, before.datasets):
            for name in one.declared.datasets:
                fields[name] |= _fields(one, name)
    persons = _touched_persons(connection, before)
    then, now = {}, {}
    for name, named in sorted(fields.items()):
        dataset, records, history = datasets()[name], RECORDS[name], HISTORY[name]
        key = {"load", "place", dataset.date, dataset.ends or dataset.date}
        columns = sorted(key | named | ({"person"} if dataset.has_person else set()))
        rows = select(*(records.c[column] for column in columns))
        touched = [rows.where(before.added(records))]
        if dataset.has_person:
            of_no_person = touched[0].where(records.c.person.is_(None))
            touched = [rows.where(records.c.person.in_(select(persons.c.person))), of_no_person]
        now[name] = temporary(connection, union_all(*touched))
        removed = select(*(history.c[column] for column in columns)).where(before.removed(history))
        stood = select(now[name]).where(now[name].c.load <= before.load)
        then[name] = temporary(connection, union_all(stood, removed))
    return Increment(before, then, now)


def _touched_persons(connection: Connection, before: Before) -> Table:
    """The persons of all records that were added or removed."""
    told = []
    for name, records in RECORDS.items():
        if datasets()[name].has_person:
            history = HISTORY[name]
            told.append(select(records.c.person).where(before.added(records)))
            told.append(select(history.c.person).where(before.removed(history)))
    person = union_all(*told).subquery().c.person
    return temporary(connection, select(person).where(person.is_not(None)).group_by(person))


def _is_moved(one: Counted, changed: Set[str]) -> bool:
    """Whether loads changed what a measure counts, but nothing that this points at, and the measure
    adds up from persons or records."""
    measure = one.declared
    adds_up = measure.sum is None and measure.statistic is None and measure.sql is None
    counts_changed = not _elsewhere(one) & changed and bool(set(measure.datasets) & changed)
    return adds_up and counts_changed


def _elsewhere(one: Counted) -> set[str]:
    """The datasets that the conditions of a measure look into, beside those that it counts."""
    measure = one.declared
    named = (named_in(measure.condition(name), datasets()[name]) for name in measure.datasets)
    return {name for condition in named for name in condition.elsewhere}


def _fields(one: Counted, name: str) -> set[str]:
    """The fields of a dataset that a measure goes by."""
    named = set(named_in(one.declared.condition(name), datasets()[name]).fields)
    return named | ({one.unit_field} if one.unit_field is not None else set())


def _by_kind(changes: pa.Table) -> Iterator[pa.Table]:
    """Changes by place alone, and those by unit."""
    by_place = pc.equal(changes["unit"], "")
    yield changes.filter(by_place)
    yield changes.filter(pc.invert(by_place))


def _negative(changes: pa.Table) -> pa.Table:
    column = SCHEMA.get_field_index("change")
    return changes.set_column(column, "change", pc.negate(changes["change"]))
