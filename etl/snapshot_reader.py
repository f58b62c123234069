"""Reading snapshots in a server: whatever is published now, taken up without a restart.

Owns `Reader`. Called by the web server and the command line. May import `snapshot_file`, `errors`,
`texts` and the type of `snapshots.Warehouse`.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from etl.errors import NothingLoadedError, SnapshotError
from etl.snapshot_file import open_snapshot
from etl.texts import Text

if TYPE_CHECKING:
    from etl.snapshots import Warehouse

#: How long an old snapshot stays open for requests that began on it, in seconds.
GRACE = 30.0
#: Old snapshots that a server keeps open for "as published on".
_OLD_OPEN = 4


class Reader:
    """The published snapshot for a server: each call gives the engine of what is published now.

    Safe for threads. An engine that was replaced is closed when requests on it have had their time.
    Each process of a server has a Reader of its own, made after the fork.
    """

    def __init__(self, warehouse: Warehouse, *, threads: int = 2) -> None:
        self.warehouse = warehouse
        self._threads = threads
        self._lock = threading.Lock()
        self._current: tuple[Path, Engine] | None = None
        self._old: dict[Path, Engine] = {}
        self._retired: list[tuple[float, Engine]] = []

    def engine(self) -> Engine:
        """The engine of the published snapshot. Raises SnapshotError: NothingLoadedError before the
        first load, OutdatedError for a snapshot of an older version."""
        failed: DBAPIError | None = None
        for _ in range(2):
            path = self.warehouse.current_path()
            if path is None:
                raise NothingLoadedError
            try:
                return self._engine_now(path)
            except DBAPIError as error:
                # Replaced and pruned between reading the pointer and opening: read it again.
                failed = error
        raise SnapshotError(
            Text(
                f"当前快照无法打开：{path}；请重新装载（milepost load 文件夹），或发布另一个快照："
                "milepost rollback 编号",
                f"the published snapshot cannot be opened: {path}; load again with: milepost load "
                "FOLDER, or publish another one with: milepost rollback ID",
            )
        ) from failed

    def engine_of(self, snapshot_id: str) -> Engine:
        """The engine of an older snapshot. Raises SnapshotError."""
        path = self.warehouse.path_of(snapshot_id)
        with self._lock:
            self._close_retired()
            if self._current is not None and self._current[0] == path:
                return self._current[1]
            engine = self._old.pop(path, None)
            if engine is None:
                try:
                    engine = self._open(path)
                except DBAPIError as error:
                    raise SnapshotError(
                        Text(
                            f"快照 {snapshot_id} 无法打开；请另选一个：milepost snapshots",
                            f"snapshot {snapshot_id} cannot be opened; choose another one of: "
                            "milepost snapshots",
                        )
                    ) from error
            self._old[path] = engine
            while len(self._old) > _OLD_OPEN:
                self._retire(self._old.pop(next(iter(self._old))))
            return engine

    def _engine_now(self, path: Path) -> Engine:
        with self._lock:
            self._close_retired()
            if self._current is None or self._current[0] != path:
                engine = self._old.pop(path, None) or self._open(path)
                if self._current is not None:
                    self._retire(self._current[1])
                self._current = (path, engine)
            return self._current[1]

    def _open(self, path: Path) -> Engine:
        return open_snapshot(path, self.warehouse.reads, threads=self._threads)

    def _retire(self, engine: Engine) -> None:
        self._retired.append((time.monotonic() + GRACE, engine))

    def _close_retired(self) -> None:
        now = time.monotonic()
        for at, engine in self._retired:
            if at <= now:
                engine.dispose()
        self._retired = [(at, engine) for at, engine in self._retired if at > now]
