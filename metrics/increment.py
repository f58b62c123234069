"""The increment: what loads have changed since a snapshot was evaluated, and what follows for changes.

Owns `Increment` and `increment_of`. A person's part in a measure rests on that person's records only,
and a record's part on itself. So the changes of a measure are those that were found before, less what
the records of the persons that loads touched gave then, plus what they give now. This is exact: all of
them are whole numbers. Sums of a column, statistics and `sql` are counted anew where loads changed what
they read. Called by `evaluate`. May import `before`, `changes`, `conditions`, `found`, `measures`,
`scope`, `tables`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Table, select, union, union_all

from etl.datasets import datasets
from metrics.before import Before
from metrics.changes import compute_changes
from metrics.conditions import named_in
from metrics.found import SCHEMA, Amounts, changes_of, summed
from metrics.measures import Counted
from metrics.scope import Scope, temporary
from metrics.tables import HISTORY, RECORDS


@dataclass(frozen=True, slots=True)
class Increment:
    """What was found before, and the records of all persons that loads touched since: as they were
    `then` and as they are `now`, by dataset, with the columns that are counted by. `areas`: where any
    of them are."""

    before: Before
    then: Mapping[str, Table]
    now: Mapping[str, Table]
    areas: frozenset[str]

    def changes(
        self, connection: Connection, counted: Mapping[int, Counted], scope: Scope
    ) -> Iterator[pa.Table | Amounts]:
        """The changes of some measures, by their numbers."""
        changed = self.before.datasets
        moved, anew = dict[int, Counted](), dict[int, Counted]()
        for number, one in counted.items():
            if _is_moved(one, changed):
                if one.area in self.areas:
                    moved[number] = one
            elif changed & {*one.declared.datasets, *_elsewhere(one)}:
                anew[number] = one
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


def increment_of(
    connection: Connection, before: Before, counted: Iterable[Counted], scope: Scope
) -> Increment:
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
        chosen = [rows.where(before.added(records))]
        if dataset.has_person:
            of_no_person = chosen[0].where(records.c.person.is_(None))
            chosen = [rows.where(records.c.person.in_(select(persons.c.person))), of_no_person]
        now[name] = temporary(connection, union_all(*chosen))
        removed = select(*(history.c[column] for column in columns)).where(before.removed(history))
        stood = select(now[name]).where(now[name].c.load <= before.load)
        then[name] = temporary(connection, union_all(stood, removed))
    touched = (*then.values(), *now.values())
    inside = (
        select(scope.places.c.area).join(one, one.c.place == scope.places.c.place) for one in touched
    )
    areas = connection.scalars(union(*inside)) if touched else ()
    return Increment(before, then, now, frozenset(areas))


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
