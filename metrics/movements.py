"""Movements: which numbers a file moved, from before its load to after it.

Owns `moved_by`, which brings a copy of a snapshot to what it was after a file's load and before it, and
compares the two. Only what the file can have moved is evaluated: the targets that read its datasets, of
the policies whose area its places lie in or above. Called by the verb `moved` and the site. May import
`evaluate`, `export`, `known`, `published`, `rows`, and of `etl` what withdraws files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, and_, func, select

from etl.places import Gazetteer, write_places
from etl.snapshots import Building
from etl.texts import Language, Text
from etl.withdrawal import LoadedSheet, loads_after, withdraw
from metrics import export, published
from metrics.catalogue import Catalogue
from metrics.evaluate import evaluate
from metrics.export import Table
from metrics.known import check_known, unknown
from metrics.rows import ProgressRow
from metrics.tables import LOADS, PLACE_ANCESTORS

#: What is compared: two ratios may be alike of which both parts moved.
_COMPARED = ("value", "numerator", "denominator", "status")

MOVED_COLUMNS = (
    "policy", "target", "name", "place", "place_name", "as_of", "unit",
    *(f"{column}_{when}" for column in _COMPARED for when in ("before", "after")),
)  # fmt: skip


def moved_by(
    building: Building,
    found: Sequence[LoadedSheet],
    *,
    policy: str | None = None,
    place: str | None = None,
    as_of: date | None = None,
    language: Language = "zh",
    today: date | None = None,
) -> Table:
    """Every number that a file moved: what it was before its load and after, without the files that
    were loaded later, by the targets as the snapshot knows them. `found` are its sheets, `building` is
    a copy that is never published. Raises MetricsError, UnknownNameError."""
    building.describe(id="")  # it is no snapshot whose figures may be remembered
    write_places(building.connection, Gazetteer.read())
    with building.engine.connect() as connection:
        catalogue = published.catalogue(connection)
        check_known(connection, None, None, place)
        if policy is not None and policy not in catalogue.policies:
            raise unknown(Text("政策", "policy"), policy, catalogue.policies)
        touched = _touched(connection, catalogue, found, policy)
    if not touched.policies:
        return Table(MOVED_COLUMNS, [])
    withdraw(building.connection, loads_after(building.connection, found[0].load))
    evaluate(building.engine, touched, today=today)
    with building.engine.connect() as connection:
        after = _standing(connection, place=place, as_of=as_of, language=language)
    withdraw(building.connection, found)
    evaluate(building.engine, touched, today=today)
    with building.engine.connect() as connection:
        before = _standing(connection, place=place, days=after.days)
    return _compared(before, after)


def _touched(
    connection: Connection, catalogue: Catalogue, found: Sequence[LoadedSheet], policy: str | None
) -> Catalogue:
    """The part of a catalogue that the sheets of a file can have moved anything of."""
    read = {one.dataset for one in found}
    columns = PLACE_ANCESTORS.c
    areas = set(connection.scalars(select(LOADS.c.area).where(LOADS.c.load == found[0].load)))
    policies = {}
    for name, one in catalogue.policies.items():
        ends = (columns.place, columns.ancestor)
        lies = [and_(a == one.area, b.in_(areas)) for a, b in (ends, ends[::-1])]
        inside = any(connection.scalar(select(func.count()).where(way)) for way in lies)
        # What places are asked for is judged, whatever a target reads.
        targets = {
            key: target
            for key, target in one.targets.items()
            if "allocations" in read or read.intersection(target.datasets)
        }
        if inside and targets and policy in (None, name):
            policies[name] = one.model_copy(update={"targets": targets})
    return Catalogue.model_construct(units=catalogue.units, policies=policies)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What targets stood at: of each policy the date, and its rows with the names of their places."""

    days: Mapping[str, date]
    rows: Mapping[tuple[str, str], ProgressRow]
    names: Mapping[tuple[str, str], tuple[object, ...]]


def _standing(
    connection: Connection,
    *,
    place: str | None = None,
    days: Mapping[str, date] | None = None,
    as_of: date | None = None,
    language: Language = "zh",
) -> _Standing:
    """What all targets stand at: at `days`, else at `as_of`, else at each policy's own last date."""
    found: dict[tuple[str, str], ProgressRow] = {}
    names: dict[tuple[str, str], tuple[object, ...]] = {}
    asked: dict[str, date] = {}
    for one in published.policies(connection):
        day = (days or {}).get(one.policy) or as_of or one.as_of or one.start
        asked[one.policy] = day
        rows = published.progress(connection, policy=one.policy, place=place, as_of=day)
        table = export.progress_table(connection, rows, language)
        for row, cells in zip(rows, table.rows, strict=True):
            named = dict(zip(table.columns, cells, strict=True))
            found[row.target, row.place] = row
            names[row.target, row.place] = tuple(named[column] for column in MOVED_COLUMNS[:7])
    return _Standing(asked, found, names)


def _compared(before: _Standing, after: _Standing) -> Table:
    """The rows of `after` that are not what they were `before`, at the same dates."""
    moved: list[tuple[object, ...]] = []
    for key, row in after.rows.items():
        old = before.rows[key]
        pairs = [(getattr(old, column), getattr(row, column)) for column in _COMPARED]
        if any(was != now for was, now in pairs):
            moved.append((*after.names[key], *(value for pair in pairs for value in pair)))
    return Table(MOVED_COLUMNS, moved)
