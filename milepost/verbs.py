"""What Milepost does, one function per verb, callable from Python.

Owns the verbs; each takes its settings and keyword arguments and returns what came of it, so that the
command line only parses and prints. Called by `cli` and by tests. May import every room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from etl.errors import UnknownNameError
from etl.loading import LoadReport, Watch, load_files, unwatched
from etl.places import REFERENCE, Gazetteer, write_places
from etl.settings import Settings
from etl.snapshots import Building, Reader, Snapshot, Warehouse
from etl.source_files import no_such_path
from etl.spelling import nearest
from etl.texts import Text
from metrics import published
from metrics.catalogue import Catalogue
from metrics.evaluate import evaluate
from metrics.reader import read_catalogue
from metrics.tables import COMPUTED

VERSION = "0.1.0"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a load. `snapshot` is the one published now; `changed`: it is a new one;
    `rebuilt`: the one before was of an older version and has been brought to this one. `warnings`:
    what is asked of places and does not add up, or cannot be used."""

    report: LoadReport
    snapshot: Snapshot | None
    changed: bool
    rebuilt: bool = False
    warnings: tuple[Text, ...] = ()


def warehouse(settings: Settings) -> Warehouse:
    """The warehouse that the settings name."""
    return Warehouse(settings.warehouse_folder, computed=COMPUTED)


def load(
    settings: Settings,
    paths: Sequence[Path],
    *,
    dataset: str | None = None,
    policy: str | None = None,
    today: date | None = None,
    watch: Watch = unwatched,
) -> Loaded:
    """Load files, evaluate every target, publish. Nothing is published if nothing changed.

    Raises MetricsError, SourceError, BusyError, UnknownNameError.
    """
    catalogue = read_catalogue(settings.metrics)
    areas = _areas(catalogue, policy)
    for path in paths:
        if not path.exists():
            raise no_such_path(path)
    house = warehouse(settings)
    gazetteer = Gazetteer.read()
    with house.building() as building:
        report = load_files(
            building.connection,
            paths,
            gazetteer=gazetteer,
            key=settings.hashing_key(),
            areas=areas,
            scratch=building.scratch,
            dataset=dataset,
            today=today,
            watch=watch,
        )
        stamp = _stamp(settings)
        as_before = _fact(building, "computed_with") == stamp and not building.outdated
        if as_before and all(s.unchanged == s.rows_read for s in report.sheets):
            return Loaded(report, house.current(), changed=False)
        if not report.sheets and house.current() is None:
            return Loaded(report, None, changed=False)
        watch(Path("metrics.yaml"), "evaluate", 0)
        write_places(building.connection, gazetteer)
        evaluate(building.engine, catalogue, today=today)
        with building.engine.connect() as connection:
            warnings = tuple(published.allocation_warnings(connection))
        demo = report.demo or _fact(building, "demo") == "true"
        building.describe(
            demo="true" if demo else "false",
            metrics=settings.metrics.read_text("utf-8"),
            computed_with=stamp,
            milepost=VERSION,
        )
        watch(Path("metrics.yaml"), "publish", 0)
        return Loaded(report, building.publish(), True, building.outdated, warnings)


def published_engine(settings: Settings, snapshot: str | None = None) -> Engine:
    """A read-only engine on the published snapshot, or on the one named. Raises SnapshotError."""
    reader = Reader(warehouse(settings))
    return reader.engine() if snapshot is None else reader.engine_of(snapshot)


def _areas(catalogue: Catalogue, policy: str | None) -> list[str]:
    if policy is None:
        return [one.area for one in catalogue.policies.values()]
    if policy not in catalogue.policies:
        near = nearest(policy, catalogue.policies)
        raise UnknownNameError(Text(f"没有政策“{policy}”{near.zh}", f"no policy {policy!r}{near.en}"))
    return [catalogue.policies[policy].area]


def _stamp(settings: Settings) -> str:
    """What progress was computed with: the targets, the places and the version."""
    digest = hashlib.sha256(VERSION.encode())
    for path in (settings.metrics, REFERENCE):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _fact(building: Building, key: str) -> str | None:
    row = building.connection.execute("SELECT value FROM snapshot WHERE key = ?", [key]).fetchone()
    return None if row is None else str(row[0])
