"""Snapshots: immutable DuckDB files, one of them published by a one-line pointer.

Owns `Warehouse` (list, roll back, build) and `begun_at`; `Building` is the next snapshot. A load builds
the next file beside the published one and swaps the pointer in one atomic step: killed at any point,
the last published snapshot still serves and the next load starts clean. A file once published is never
written again: replacing one in place would go on serving the old data for ever, since DuckDB keeps open
files by their path. Called by the command line and the web server. May import `building`,
`snapshot_file`, `snapshot_reader`, `errors`, `foreign_words`, `texts`.

    <warehouse>/snapshots/20261121T051657123-3f9a1c2e.duckdb   mode 0444; see `parts`
    <warehouse>/snapshots/building-<id>/                       mode 0700, there until <id> is published
    <warehouse>/snapshots/asking-<id>/                         mode 0700, a copy that is never published
    <warehouse>/current                                        one line: the published file's name
    <warehouse>/lock                                           held by the one load that writes
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from sqlalchemy.exc import DBAPIError

from etl.building import Building, sync_folder, unwritable
from etl.errors import BusyError, NothingLoadedError, SnapshotError
from etl.foreign_words import of_system, refused_by_machine
from etl.snapshot_file import (
    Reads,
    Snapshot,
    check_snapshot,
    describe_snapshot,
    rests_on,
    tables,
)
from etl.snapshot_reader import Reader
from etl.texts import Text, listed

__all__ = ["Building", "Reader", "Snapshot", "Warehouse", "begun_at"]

#: Old snapshots that stay: the newest ones, the last of every month, and the one published before.
KEEP_NEWEST = 10
#: A load's memory; what does not fit is spilled beside the file that is built.
MEMORY_LIMIT = "3GB"
#: Copies that nobody removed, since their process was killed, are old after so many seconds.
ASIDE_AT_MOST = 24 * 3600

_ID = r"\d{8}T\d{9}-[0-9a-f]{8}"


class Warehouse:
    """A folder of snapshots. `keep`: how many of the newest stay. `computed`: the tables and columns
    that readers rely on beside those that a load writes. `anew`: those of them that every load makes
    without looking at what they were."""

    def __init__(
        self,
        folder: Path,
        *,
        keep: int = KEEP_NEWEST,
        computed: Reads | None = None,
        anew: Collection[str] = (),
    ) -> None:
        self.folder = folder
        self.anew = anew
        #: What a snapshot must have to be read by this version.
        self.reads: Reads = {**tables(), **(computed or {})}
        self._snapshots = folder / "snapshots"
        self._pointer = folder / "current"
        self._keep = keep

    def current_path(self) -> Path | None:
        """The file that is published now; None before the first load. Raises SnapshotError."""
        try:
            name = self._pointer.read_text("utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        if not re.fullmatch(_ID + r"\.duckdb", name):
            raise SnapshotError(
                Text(
                    f"{self._pointer}：内容“{name[:80]}”不是快照名；请重新发布一个快照："
                    "milepost rollback 编号（milepost snapshots 列出编号）",
                    f"{self._pointer}: names no snapshot, but {name[:80]!r}; publish one again with: "
                    "milepost rollback ID (milepost snapshots lists them)",
                )
            )
        return self._snapshots / name

    def current(self) -> Snapshot | None:
        """The published snapshot; None before the first load. Raises SnapshotError."""
        path = self.current_path()
        return None if path is None else describe_snapshot(path, published=True)

    def snapshots(self) -> list[Snapshot]:
        """All snapshots that are kept, newest first. Raises SnapshotError."""
        found = []
        current = self._pointed()
        for path in self._kept():
            try:
                found.append(describe_snapshot(path, published=path == current))
            except SnapshotError:
                if path.exists():
                    raise
                # Pruned by a load while the list was made: it is no longer kept.
        return found

    def ids(self) -> list[str]:
        """The ids of all snapshots that are kept, newest first, told without opening any."""
        return [path.stem for path in self._kept()]

    def path_of(self, snapshot_id: str) -> Path:
        """The file of a snapshot. Raises SnapshotError with the ids that there are."""
        path = self._snapshots / f"{snapshot_id}.duckdb"
        kept = self._kept()
        if path not in kept:
            known = listed(one.stem for one in kept)
            raise SnapshotError(
                Text(
                    f"没有快照“{snapshot_id}”（现有：{known.zh or '无'}）",
                    f"no snapshot {snapshot_id!r} (there are: {known.en or 'none yet'})",
                )
            )
        return path

    def rollback(self, snapshot_id: str) -> Snapshot:
        """Publish an older snapshot again. Raises SnapshotError, BusyError."""
        with self._writing():
            path = self.path_of(snapshot_id)
            check_snapshot(path, self.reads)
            self._clean()
            self.point_to(path)
        return describe_snapshot(path, published=True)

    @contextmanager
    def building(self, *, memory_limit: str = MEMORY_LIMIT, alone: bool = False) -> Iterator[Building]:
        """The next snapshot, to be filled and published. Raises BusyError if another load writes.

        It begins with what the published one holds. `alone`: it rests on no other and can be written
        anew. Leaving the block without `publish` drops it.
        """
        with self._writing():
            self._clean()
            with self._begun(self.current_path(), "building", memory_limit, alone=alone) as building:
                yield building

    @contextmanager
    def aside(
        self, snapshot_id: str | None = None, *, memory_limit: str = MEMORY_LIMIT
    ) -> Iterator[Building]:
        """A copy of a snapshot, by default of the published one, to try out what is never published: no
        load waits for it. Raises NothingLoadedError, SnapshotError."""
        path = self.current_path() if snapshot_id is None else self.path_of(snapshot_id)
        if path is None:
            raise NothingLoadedError
        with self._begun(path, "asking", memory_limit) as building:
            yield building

    @contextmanager
    def _begun(
        self, before: Path | None, kind: str, memory_limit: str, *, alone: bool = False
    ) -> Iterator[Building]:
        try:
            building = Building(self, before, kind, memory_limit, alone=alone)
            try:
                yield building
            finally:
                building.discard()
        except (duckdb.Error, DBAPIError, OSError) as error:
            reason = refused_by_machine(error)
            if reason is None:
                raise
            raise unwritable(self.folder, reason) from error

    def point_to(self, path: Path) -> None:
        """The one atomic step. Only the holder of the lock may."""
        temporary = self.folder / "current.new"
        with temporary.open("w", encoding="ascii") as file:
            file.write(path.name + "\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._pointer)
        sync_folder(self.folder)

    def prune(self, before: Path | None) -> None:
        """Remove what is neither new, nor the last of a month, nor published, now or `before`, and what
        none of these rests on.

        A server may have read the pointer to the one before and not yet opened it.
        """
        paths = self._kept()
        last_of_month = {path.name[:6]: path for path in reversed(paths)}
        keep = {*paths[: self._keep], *last_of_month.values(), self._pointed(), before}
        old = [path for path in paths if path not in keep]
        needed = {file for path in keep if old and path in paths for file in rests_on(path)}
        for path in old:
            if path not in needed:
                path.unlink()

    def drop_old(self) -> int:
        """Remove all snapshots but the published one, which rests on none of them; how many. Only the
        holder of the lock may."""
        old = [path for path in self._kept() if path != self._pointed()]
        for path in old:
            path.unlink()
        return len(old)

    @property
    def files(self) -> Path:
        """The folder that the snapshots' files are in."""
        return self._snapshots

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._snapshots.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("a")
        except OSError as error:
            raise unwritable(self.folder, of_system(error)) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(
                    Text(
                        f"{self.folder}：另一次装载正在写入；请等它完成后再试",
                        f"{self.folder}: another load is writing; try again when it is done",
                    )
                ) from error
            yield

    def _pointed(self) -> Path | None:
        """The published file, or None when the pointer names none."""
        try:
            return self.current_path()
        except SnapshotError:
            return None

    def _kept(self) -> list[Path]:
        """The files of snapshots, newest first, without one whose load was killed at publishing."""
        current = self._pointed()
        return [
            path
            for path in sorted(self._snapshots.glob("*.duckdb"), reverse=True)
            if path == current or not (self._snapshots / f"building-{path.stem}").exists()
        ]

    def _clean(self) -> None:
        """Remove what killed loads and servers left. Only the holder of the lock may."""
        for stray in self._snapshots.glob("building-*"):
            finished = self._snapshots / f"{stray.name.removeprefix('building-')}.duckdb"
            if finished != self._pointed():
                finished.unlink(missing_ok=True)
            shutil.rmtree(stray)
        for copied in self._snapshots.glob("asking-*"):
            with suppress(FileNotFoundError):  # its process has just removed it
                if time.time() - copied.stat().st_mtime > ASIDE_AT_MOST:
                    shutil.rmtree(copied)
        for spilled in self._snapshots.glob("*.duckdb.*tmp"):
            if not (self._snapshots / f"{spilled.name.partition('.')[0]}.duckdb").exists():
                shutil.rmtree(spilled)


def begun_at(snapshot_id: str) -> datetime:
    """When the load that made a snapshot began, in UTC, as its id says. ValueError for no id."""
    return datetime.strptime(snapshot_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
