"""Moves: which numbers each loaded file moved, found when somebody asks.

Owns `Moves`. Called by the page of a file's moves and its downloads. May import `etl.snapshots`,
`etl.withdrawal`, `metrics.movements`. To find them a copy of the snapshot is counted twice: one reader
at a time has that done in a process, and it is remembered, since nothing of a snapshot changes.
"""

from __future__ import annotations

import threading
from datetime import date

from sqlalchemy import Connection

from etl.snapshots import Warehouse
from etl.texts import Language
from etl.withdrawal import sheets_of
from metrics import published
from metrics.export import Table
from metrics.movements import moved_by
from metrics.remembered import Remembered


class Moves:
    """The moves of the files that the snapshots of a warehouse hold."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._known = Remembered[Table](64)
        self._counting = threading.Lock()

    def of(
        self,
        connection: Connection,
        file: str,
        load: int,
        *,
        policy: str | None,
        as_of: date | None,
        language: Language,
    ) -> Table:
        """What `milepost moved` lists of a file (by its whole name) that a load brought into the
        snapshot that `connection` is open on. Raises UnknownNameError, SnapshotError."""
        snapshot = published.snapshot_facts(connection)["id"]

        def count() -> Table:
            with self._warehouse.aside(snapshot) as building:
                found = sheets_of(building.connection, file, load)
                return moved_by(
                    building, found, policy=policy, as_of=as_of, language=language,
                )  # fmt: skip

        with self._counting:
            return self._known.of((snapshot, file, load, policy, as_of, language), count)
