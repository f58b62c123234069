"""Snapshots: immutable DuckDB files, one of them published by a one-line pointer.

Owns `Warehouse` (list, roll back, build and publish) and `Reader` (what a server reads from). A load
builds the next file beside the published one and swaps the pointer in one atomic step: killed at any
point, the last published snapshot still serves and the next load starts clean. A file once published
is never written again: replacing one in place would go on serving the old data for ever, since DuckDB
keeps open files by their path. Called by the command line and the web server. May import `datasets`,
`errors`.

    <warehouse>/snapshots/20261121T051657123-3f9a1c2e.duckdb   mode 0444
    <warehouse>/current                                        one line: the published file's name
    <warehouse>/lock                                           held by the one load that writes
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from sqlalchemy import Engine, create_engine, event

from etl.datasets import datasets
from etl.errors import BusyError, SnapshotError

#: Old snapshots that stay: the newest ones, and the last of every month.
KEEP_NEWEST = 10
#: A load's memory; what does not fit is spilled beside the file that is built.
MEMORY_LIMIT = "3GB"
#: How long an old snapshot stays open for requests that began on it, in seconds.
GRACE = 30.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published file. `demo`: it holds made-up data."""

    id: str
    path: Path
    created_at: datetime
    demo: bool
    records: int
    published: bool = False


class Warehouse:
    """A folder of snapshots."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._snapshots = folder / "snapshots"
        self._pointer = folder / "current"

    def current_path(self) -> Path | None:
        """The file that is published now; None before the first load."""
        try:
            name = self._pointer.read_text("ascii").strip()
        except FileNotFoundError:
            return None
        return self._snapshots / name

    def current(self) -> Snapshot | None:
        """The published snapshot; None before the first load."""
        path = self.current_path()
        return None if path is None else _describe(path, published=True)

    def snapshots(self) -> list[Snapshot]:
        """All snapshots that are kept, newest first."""
        current = self.current_path()
        paths = sorted(self._snapshots.glob("*.duckdb"), reverse=True)
        return [_describe(path, published=path == current) for path in paths]

    def path_of(self, snapshot_id: str) -> Path:
        """The file of a snapshot. Raises SnapshotError with the ids that there are."""
        path = self._snapshots / f"{snapshot_id}.duckdb"
        if path.parent != self._snapshots or not path.exists():
            known = ", ".join(p.stem for p in sorted(self._snapshots.glob("*.duckdb"), reverse=True))
            raise SnapshotError(f"no snapshot {snapshot_id!r} (there are: {known or 'none yet'})")
        return path

    def rollback(self, snapshot_id: str) -> Snapshot:
        """Publish an older snapshot again. Raises SnapshotError, BusyError."""
        path = self.path_of(snapshot_id)
        with self._writing():
            self._point_to(path)
        return _describe(path, published=True)

    @contextmanager
    def building(self) -> Iterator[Building]:
        """The next snapshot, to be filled and published. Raises BusyError if another load writes.

        It begins as a copy of the published one. Leaving the block without `publish` drops it.
        """
        with self._writing():
            self._snapshots.mkdir(parents=True, exist_ok=True)
            self._clean()
            building = Building(self)
            try:
                yield building
            finally:
                building.discard()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(
                    f"{self.folder}: another load is writing; try again when it is done"
                ) from error
            yield

    def _clean(self) -> None:
        """Remove what killed loads left. Only the holder of the lock may."""
        for stray in self._snapshots.glob("building-*"):
            shutil.rmtree(stray)

    def _point_to(self, path: Path) -> None:
        """The one atomic step."""
        temporary = self.folder / "current.new"
        with temporary.open("w", encoding="ascii") as file:
            file.write(path.name + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._pointer)
        _sync_folder(self.folder)

    def _prune(self) -> None:
        """Remove snapshots that are neither new, nor the last of a month, nor published."""
        paths = sorted(self._snapshots.glob("*.duckdb"), reverse=True)
        last_of_month = {path.name[:6]: path for path in reversed(paths)}
        keep = {*paths[:KEEP_NEWEST], *last_of_month.values(), self.current_path()}
        for path in paths:
            if path not in keep:
                path.unlink()


class Building:
    """A snapshot that is being built, in a folder of its own that disappears with it."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        now = datetime.now(UTC)
        stamp = now.strftime("%Y%m%dT%H%M%S") + f"{now.microsecond // 1000:03d}"
        self.id = f"{stamp}-{secrets.token_hex(4)}"
        self._folder = warehouse._snapshots / f"building-{self.id}"
        self._folder.mkdir(mode=0o700)
        self.path = self._folder / f"{self.id}.duckdb"
        current = warehouse.current_path()
        if current is not None:
            shutil.copyfile(current, self.path)
        self.engine = create_engine(
            f"duckdb:///{self.path}",
            connect_args={
                "config": {"memory_limit": MEMORY_LIMIT, "temp_directory": str(self._folder / "spill")}
            },
        )
        self._pooled = self.engine.raw_connection()
        raw = self._pooled.driver_connection
        assert raw is not None
        #: DuckDB's own connection to the file, for what SQLAlchemy has no words for.
        self.connection: duckdb.DuckDBPyConnection = raw
        if current is None:
            _create_tables(self.connection)

    def describe(self, **facts: str) -> None:
        """Say something of the snapshot in its table `snapshot`."""
        for key, value in facts.items():
            self.connection.execute("DELETE FROM snapshot WHERE key = ?", [key])
            self.connection.execute("INSERT INTO snapshot VALUES (?, ?)", [key, value])

    def publish(self) -> Snapshot:
        """Check the file, make it immutable, and let readers have it. Raises SnapshotError."""
        created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.describe(id=self.id, created_at=created_at, duckdb=duckdb.__version__)
        self.connection.execute("CHECKPOINT")
        self._close()
        if self.path.with_name(self.path.name + ".wal").exists():
            raise SnapshotError(f"{self.path.name}: not written to the end; load again")
        _check(self.path)
        self.path.chmod(0o444)
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        final = self._warehouse._snapshots / self.path.name
        self.path.rename(final)
        _sync_folder(final.parent)
        self._warehouse._point_to(final)
        self._warehouse._prune()
        return _describe(final, published=True)

    def discard(self) -> None:
        """Close and remove what was built, if it was not published."""
        self._close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        self._pooled.close()
        self.engine.dispose()


class Reader:
    """The published snapshot for a server: each call gives the engine of what is published now.

    Safe for threads. An engine that was replaced is closed when requests on it have had their time.
    """

    def __init__(self, warehouse: Warehouse, *, threads: int = 2) -> None:
        self.warehouse = warehouse
        self._threads = threads
        self._engines: dict[Path, Engine] = {}
        self._retired: list[tuple[float, Engine]] = []
        self._lock = threading.Lock()
        self._current: Path | None = None

    def engine(self) -> Engine:
        """The engine of the published snapshot. Raises SnapshotError before the first load."""
        for _ in range(2):
            path = self.warehouse.current_path()
            if path is None:
                raise SnapshotError("nothing is loaded yet; run: milepost load PATH")
            try:
                return self._open(path, current=True)
            except duckdb.IOException:
                # Published and pruned between reading the pointer and opening: read it again.
                continue
        raise SnapshotError(f"the published snapshot cannot be opened: {path}")

    def engine_of(self, snapshot_id: str) -> Engine:
        """The engine of an older snapshot. Raises SnapshotError."""
        return self._open(self.warehouse.path_of(snapshot_id), current=False)

    def _open(self, path: Path, *, current: bool) -> Engine:
        with self._lock:
            self._close_retired()
            if path not in self._engines:
                engine = open_snapshot(path, threads=self._threads)
                with engine.connect():
                    self._engines[path] = engine
            if current and path != self._current:
                if self._current is not None:
                    old = self._engines.pop(self._current, None)
                    if old is not None:
                        self._retired.append((time.monotonic() + GRACE, old))
                self._current = path
            return self._engines[path]

    def _close_retired(self) -> None:
        now = time.monotonic()
        for at, engine in self._retired:
            if at <= now:
                engine.dispose()
        self._retired = [(at, engine) for at, engine in self._retired if at > now]


def open_snapshot(path: Path, *, threads: int = 2) -> Engine:
    """A read-only engine on a snapshot file that can read nothing outside it."""
    engine = create_engine(
        f"duckdb:///{path}",
        connect_args={"read_only": True, "config": {"threads": threads}},
        pool_size=16,
        max_overflow=16,
    )

    @event.listens_for(engine, "connect")
    def _lock_down(raw: duckdb.DuckDBPyConnection, _record: object) -> None:
        if raw.execute("SELECT current_setting('enable_external_access')").fetchone() == (True,):
            raw.execute("SET enable_external_access = false")

    return engine


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    for name, dataset in datasets().items():
        columns = ", ".join(f'"{column}" {kind}' for column, kind in dataset.columns.items())
        connection.execute(f"CREATE TABLE {name} ({columns})")
        connection.execute(f"CREATE TABLE {name}_superseded ({columns}, superseded_by BIGINT)")
    connection.execute("CREATE TABLE persons (person BIGINT, hash VARCHAR)")
    connection.execute(
        "CREATE TABLE loads (load BIGINT, loaded_at TIMESTAMP, source_file VARCHAR,"
        " source_sheet VARCHAR, sha256 VARCHAR, dataset VARCHAR, area VARCHAR, rows_read BIGINT,"
        " loaded BIGINT, unchanged BIGINT, superseded BIGINT, rejected BIGINT)"
    )
    connection.execute(
        "CREATE TABLE rejects (load BIGINT, dataset VARCHAR, source_file VARCHAR,"
        " source_sheet VARCHAR, source_row BIGINT, field VARCHAR, header VARCHAR, value VARCHAR,"
        " reason_zh VARCHAR, reason_en VARCHAR, remedy_zh VARCHAR, remedy_en VARCHAR,"
        " original VARCHAR)"
    )
    connection.execute("CREATE TABLE snapshot (key VARCHAR, value VARCHAR)")


#: What every published snapshot must have; the row counts of the last three must not be 0.
_PROMISED = (*datasets(), "persons", "loads", "rejects", "changes", "places", "targets", "progress")


@contextmanager
def _glance(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own to a snapshot, whatever engines of this process have it open."""
    quoted = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{quoted}' AS snapshot_file (READ_ONLY)")
        connection.execute("USE snapshot_file")
        yield connection


def _check(path: Path) -> None:
    with _glance(path) as connection:
        for table in _PROMISED:
            try:
                counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            except duckdb.Error as error:
                raise SnapshotError(f"{path.name}: no table {table}; load again") from error
            if table in _PROMISED[-3:] and counted == (0,):
                raise SnapshotError(f"{path.name}: table {table} is empty; load again")


def _describe(path: Path, *, published: bool) -> Snapshot:
    try:
        with _glance(path) as connection:
            facts = dict(connection.execute("SELECT key, value FROM snapshot").fetchall())
            counts = [
                row[0]
                for name in datasets()
                if (row := connection.execute(f"SELECT count(*) FROM {name}").fetchone())
            ]
    except duckdb.Error as error:
        raise SnapshotError(f"{path}: cannot be read: {error}") from error
    return Snapshot(
        id=path.stem,
        path=path,
        created_at=datetime.fromisoformat(facts["created_at"]),
        demo=facts.get("demo") == "true",
        records=sum(counts),
        published=published,
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
