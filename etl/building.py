"""Building: the next snapshot, from what it takes over of the one before to its publication.

Owns `Building`, and what it shares with `Warehouse`: `unwritable` and `sync_folder`. Called by
`snapshots`. May import `errors`, `foreign_words`, `parts`, `snapshot_file`, `texts` and the type of
`snapshots.Warehouse`.
"""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from sqlalchemy import create_engine

from etl import parts
from etl.errors import SnapshotError
from etl.foreign_words import first_line, of_system
from etl.snapshot_file import (
    STORAGE,
    Snapshot,
    check_snapshot,
    describe_snapshot,
    lacking_in,
    prepare_tables,
    tables,
    write_anew,
)
from etl.texts import Text

if TYPE_CHECKING:
    from etl.snapshots import Warehouse


class Building:
    """A snapshot that is being built, in a folder of its own that disappears with it. `outdated`: the
    published one, which it begins with, lacks something that readers rely on."""

    def __init__(
        self, warehouse: Warehouse, before: Path | None, kind: str, memory_limit: str, *, alone: bool
    ) -> None:
        self._warehouse = warehouse
        now = datetime.now(UTC)
        stamp = now.strftime("%Y%m%dT%H%M%S") + f"{now.microsecond // 1000:03d}"
        self.id = f"{stamp}-{secrets.token_hex(4)}"
        self._before = before
        self._folder = warehouse.files / f"{kind}-{self.id}"
        self.path = self._folder / f"{self.id}.duckdb"
        #: For files that a load needs for a while; whatever happens, the next load removes it.
        self.scratch = self._folder
        self.outdated = False
        try:
            self._folder.mkdir(mode=0o700)
            resting = None
            if before is not None:
                self.outdated = bool(lacking_in(before, warehouse.reads))
                resting = parts.resting_on(before, tables(), alone=alone)
                if resting is None:
                    shutil.copyfile(before, self.path)
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise unwritable(warehouse.folder, of_system(error)) from error
        except duckdb.Error as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise _unreadable(before, error) from error
        spill = str(self._folder / "spill")
        self.engine = create_engine(
            f"duckdb:///{self.path}",
            connect_args={
                "config": {
                    "memory_limit": memory_limit,
                    "temp_directory": spill,
                    "storage_compatibility_version": STORAGE,
                }
            },
        )
        self._pooled = self.engine.raw_connection()
        raw = self._pooled.driver_connection
        assert raw is not None
        #: DuckDB's own connection to the file, for what SQLAlchemy has no words for.
        self.connection: duckdb.DuckDBPyConnection = raw
        try:
            if resting is not None:
                parts.rest(self.connection, self.id, resting, without=warehouse.anew)
            prepare_tables(self.connection)
        except BaseException:
            self.discard()
            raise

    def describe(self, **facts: str) -> None:
        """Say something of the snapshot in its table `snapshot`."""
        for key, value in facts.items():
            self.connection.execute("DELETE FROM snapshot WHERE key = ?", [key])
            self.connection.execute("INSERT INTO snapshot VALUES (?, ?)", [key, value])

    def publish(self, *, written_anew: bool = False) -> Snapshot:
        """Check the file, make it immutable, and let readers have it. Raises SnapshotError.

        `written_anew`: what was changed or deleted must not be found in free blocks of the file.
        """
        created_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.describe(id=self.id, created_at=created_at, duckdb=duckdb.__version__)
        self.connection.execute("CHECKPOINT")
        self._close()
        if self.path.with_name(self.path.name + ".wal").exists():
            raise SnapshotError(
                Text(
                    f"{self.path.name}：没有写完；请重新装载",
                    f"{self.path.name}: not written to the end; load again",
                )
            )
        if written_anew:
            write_anew(self.path)
        check_snapshot(self.path, self._warehouse.reads, self._warehouse.files)
        final = self._warehouse.files / self.path.name
        try:
            self.path.chmod(0o444)
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
            self.path.rename(final)
            sync_folder(final.parent)
            self._warehouse.point_to(final)
        except OSError as error:
            if self._warehouse.current_path() != final:
                final.unlink(missing_ok=True)
            raise unwritable(self._warehouse.folder, of_system(error)) from error
        self.discard()
        self._warehouse.prune(self._before)
        return describe_snapshot(final, published=True)

    def discard(self) -> None:
        """Close and remove what was built, if it was not published."""
        self._close()
        # What cannot be removed now is removed when the next load begins.
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close(self) -> None:
        # Not given back to the pool, which would roll back what a full disk has ended already.
        if self._pooled.is_valid:
            self._pooled.invalidate()
        self.engine.dispose()


def unwritable(folder: Path, why: Text) -> SnapshotError:
    """What is said of a warehouse that nothing can be written to."""
    return SnapshotError(
        Text(
            f"{folder}：无法写入（{why.zh}）；请检查磁盘空间以及该文件夹的属主和权限。"
            "原来发布的快照仍可使用",
            f"{folder}: cannot be written ({why.en}); see to free space and to the folder's "
            "owner and mode. What was published before is still served",
        )
    )


def _unreadable(path: Path | None, error: Exception) -> SnapshotError:
    said = first_line(error)
    return SnapshotError(
        Text(
            f"当前快照无法读取：{path}（{said}）；请先发布另一个快照：milepost rollback 编号，"
            "或移走仓库文件夹 warehouse 后重新装载全部文件",
            f"the published snapshot cannot be read: {path} ({said}); publish another one with: "
            "milepost rollback ID, or move the warehouse away and load all files again",
        )
    )


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
