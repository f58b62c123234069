"""What Milepost does, one function per verb, callable from Python.

Owns the verbs; each takes its settings and keyword arguments and returns what came of it, so that the
command line only parses and prints. Called by `cli`, `asking` and by tests. May import every room.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

import etl
import metrics
from dashboard.briefing.draft import Question
from dashboard.briefing.routes import written
from etl.databases import DatabaseSource
from etl.errors import NothingLoadedError, SettingsError, UnknownNameError
from etl.keys import lengthen_key_file, settle_key
from etl.load_report import LoadReport, SheetReport, Watch, unwatched
from etl.loading import load_files
from etl.places import REFERENCE, Gazetteer, write_places
from etl.settings import Settings
from etl.snapshots import Building, Reader, Snapshot, Warehouse
from etl.source_files import no_such_path
from etl.spelling import nearest
from etl.texts import Language, Text
from etl.withdrawal import Withdrawn, find_loads
from etl.withdrawal import withdraw as taken_back
from metrics import following, published
from metrics.before import last_load
from metrics.catalogue import Catalogue
from metrics.evaluate import evaluate
from metrics.export import Table
from metrics.movements import moved_by
from metrics.reader import read_catalogue
from metrics.rows import WarningRow
from metrics.tables import COMPUTED, MADE_ANEW

VERSION = "0.1.0"

#: What makes progress of records: code, and the declarations beside it.
_CODE = [
    path
    for room in (etl, metrics)
    for path in sorted(Path(room.__path__[0]).iterdir())
    if path.suffix in {".py", ".yaml"}
]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a load. `snapshot` is the one published now; `changed`: it is a new one;
    `rebuilt`: the one before was of an older version and has been brought to this one. `warnings`:
    what is suspicious in all that is loaded."""

    report: LoadReport
    snapshot: Snapshot | None
    changed: bool
    rebuilt: bool = False
    warnings: tuple[WarningRow, ...] = ()


def warehouse(settings: Settings) -> Warehouse:
    """The warehouse that the settings name."""
    return Warehouse(settings.warehouse_folder, computed=COMPUTED, anew=MADE_ANEW)


def load(
    settings: Settings,
    paths: Sequence[Path],
    *,
    dataset: str | None = None,
    policy: str | None = None,
    today: date | None = None,
    watch: Watch = unwatched,
    database: DatabaseSource | None = None,
) -> Loaded:
    """Load files and a database, evaluate every target, publish. Nothing is published if nothing
    changed.

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
        key = settings.hashing_key()
        settle_key(building.connection, key)
        as_before = _fact(building, "computed_with") == _stamp(settings) and not building.outdated
        with building.engine.connect() as connection:
            since = last_load(connection) if as_before else None
        report = load_files(
            building.connection,
            paths,
            gazetteer=gazetteer,
            key=key,
            areas=areas,
            scratch=building.scratch,
            dataset=dataset,
            today=today,
            watch=watch,
            database=database,
        )
        if as_before and not any(map(_says_anything, report.sheets)):
            return Loaded(report, house.current(), changed=False)
        if not report.sheets and house.current() is None:
            return Loaded(report, None, changed=False)
        demo = report.demo or _fact(building, "demo") == "true"
        building.describe(demo="true" if demo else "false")
        snapshot, warnings = _publish(
            building, settings, catalogue, gazetteer, today, watch, since=since
        )
        return Loaded(report, snapshot, True, building.outdated, warnings)


def withdraw(
    settings: Settings,
    file: str,
    *,
    sheet: str | None = None,
    number: int | None = None,
    today: date | None = None,
    watch: Watch = unwatched,
) -> tuple[list[Withdrawn], Snapshot]:
    """Take back what a file said, evaluate every target, publish. `number` is that of its load, if
    several files had its name.

    Raises MetricsError, BusyError, UnknownNameError, SnapshotError.
    """
    catalogue = read_catalogue(settings.metrics)
    with _rebuilding(warehouse(settings)) as building:
        found = find_loads(building.connection, file, sheet=sheet, load=number)
        withdrawn = taken_back(building.connection, found)
        snapshot, _ = _publish(building, settings, catalogue, Gazetteer.read(), today, watch)
        return withdrawn, snapshot


def moved(
    settings: Settings,
    file: str,
    *,
    sheet: str | None = None,
    number: int | None = None,
    policy: str | None = None,
    place: str | None = None,
    as_of: date | None = None,
    language: Language = "zh",
    today: date | None = None,
    watch: Watch = unwatched,
) -> Table:
    """Every number that a file moved: what it was before its load and after, without the files that
    were loaded later. `number` is that of its load, if several files had its name.

    The records are brought to both in a copy that is never published; no load waits for it. Raises
    MetricsError, UnknownNameError, SnapshotError.
    """
    watch(Path(file), "evaluate", 0)
    with warehouse(settings).aside() as building:
        if building.outdated:  # its targets are those of another version
            building.describe(metrics=settings.metrics.read_text("utf-8"))
        found = find_loads(building.connection, file, sheet=sheet, load=number)
        return moved_by(
            building, found, policy=policy, place=place, as_of=as_of, language=language, today=today
        )


@contextmanager
def _rebuilding(house: Warehouse, *, alone: bool = False) -> Iterator[Building]:
    """A building that begins with what is published. Raises NothingLoadedError, BusyError."""
    with house.building(alone=alone) as building:
        if house.current() is None:
            raise NothingLoadedError
        yield building


def _publish(
    building: Building,
    settings: Settings,
    catalogue: Catalogue,
    gazetteer: Gazetteer,
    today: date | None,
    watch: Watch,
    *,
    since: int | None = None,
) -> tuple[Snapshot, tuple[WarningRow, ...]]:
    """Evaluate every target over the records of a building, and publish it; with its warnings. `since`:
    the last load before those that changed it, if nothing else did."""
    watch(Path("metrics.yaml"), "evaluate", 0)
    write_places(building.connection, gazetteer)
    evaluate(building.engine, catalogue, today=today, since=since)
    with building.engine.connect() as connection:
        warnings = tuple(published.warnings(connection))
    building.describe(
        metrics=settings.metrics.read_text("utf-8"), computed_with=_stamp(settings), milepost=VERSION
    )
    watch(Path("metrics.yaml"), "publish", 0)
    return building.publish(), warnings


def changes(
    settings: Settings,
    *,
    policy: str | None = None,
    place: str | None = None,
    since: date | None = None,
    as_of: date | None = None,
    against: str | None = None,
    snapshot: str | None = None,
    movers: bool = False,
    language: Language = "zh",
) -> Table:
    """What changed from `since` (by default the end of the month before) to `as_of`, of all targets and
    places or of one place; against another snapshot, if it is named. `movers`: instead the places right
    below that one, and how far they climbed or fell among their sisters.

    Raises UnknownNameError, SnapshotError.
    """
    with ExitStack() as opened:
        connection = opened.enter_context(published_engine(settings, snapshot).connect())
        before = None
        if against is not None:
            before = opened.enter_context(published_engine(settings, against).connect())
        found = following.changes(connection, policy=policy, since=since, as_of=as_of, before=before)
        if not movers:
            every = [change for of_policy in found.values() for change in of_policy]
            return following.changes_table(connection, every, language, place=place)
        tables = [
            following.movers_table(connection, of_policy, name, language, place=place)
            for name, of_policy in found.items()
        ]
        return Table(following.MOVERS_COLUMNS, [row for table in tables for row in table.rows])


def rotate_key(settings: Settings, *, drop_old: bool = False) -> tuple[Snapshot, int]:
    """Put a new key after those that persons are hashed with, and publish their new hashes. Gives the
    snapshot and how many older ones were dropped, on which the old keys can still be tried.

    Raises SettingsError, SnapshotError, BusyError.
    """
    house = warehouse(settings)
    with _rebuilding(house, alone=True) as building:
        # A key was added to the setting, or a rotation was killed: what is left to do is done.
        if not settle_key(building.connection, settings.hashing_key()):
            if settings.key is not None:
                raise _key_in_setting()
            settle_key(building.connection, lengthen_key_file(settings.key_file))
        snapshot = building.publish(written_anew=True)
        return snapshot, house.drop_old() if drop_old else 0


def _key_in_setting() -> SettingsError:
    return SettingsError(
        Text(
            "密钥由 MILEPOST_KEY 设定：请把新密钥写在原密钥之后（MILEPOST_KEY=原密钥|新密钥），"
            "再运行 milepost rotate-key",
            "the key is set by MILEPOST_KEY: write the new one after the old one "
            "(MILEPOST_KEY=OLD|NEW), then run milepost rotate-key again",
        )
    )


def briefing(
    settings: Settings,
    file: Path | None = None,
    *,
    kind: str = "pdf",
    policy: str | None = None,
    place: str | None = None,
    as_of: date | None = None,
    snapshot: str | None = None,
    issue: int | None = None,
    language: Language = "zh",
) -> Path:
    """Write a briefing (通报) to a file, by default one of the working folder that is named after what
    it is about. Gives the file.

    Raises UnknownNameError, SnapshotError, SettingsError.
    """
    question = Question(policy, place, as_of, language, settings.office, issue)
    with published_engine(settings, snapshot).connect() as connection:
        name, content = written(connection, question, kind, settings)
    path = file or Path(name)
    path.write_bytes(content)
    return path


def published_engine(settings: Settings, snapshot: str | None = None) -> Engine:
    """A read-only engine on the published snapshot, or on the one named. Raises SnapshotError."""
    reader = Reader(warehouse(settings))
    return reader.engine() if snapshot is None else reader.engine_of(snapshot)


def _says_anything(sheet: SheetReport) -> bool:
    """Whether a sheet changed anything: its rows, or what is refused or doubted of those before."""
    return sheet.unchanged != sheet.rows_read or sheet.settled > 0 or sheet.doubts > 0


def _areas(catalogue: Catalogue, policy: str | None) -> list[str]:
    if policy is None:
        return [one.area for one in catalogue.policies.values()]
    if policy not in catalogue.policies:
        near = nearest(policy, catalogue.policies)
        raise UnknownNameError(Text(f"没有政策“{policy}”{near.zh}", f"no policy {policy!r}{near.en}"))
    return [catalogue.policies[policy].area]


def _stamp(settings: Settings) -> str:
    """What progress was computed with: the targets, the places, and the code and declarations that it
    rests on, whatever version they call themselves."""
    digest = hashlib.sha256()
    for path in (settings.metrics, REFERENCE, *_CODE):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _fact(building: Building, key: str) -> str | None:
    row = building.connection.execute("SELECT value FROM snapshot WHERE key = ?", [key]).fetchone()
    return None if row is None else str(row[0])
