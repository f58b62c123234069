"""Publishing is one atomic step: readers see whole snapshots, killed loads leave the last one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from etl.errors import BusyError, SnapshotError
from etl.snapshots import Building, Reader, Snapshot, Warehouse

TABLES = ("changes", "places", "place_ancestors", "targets", "progress")


def fill(building: Building, number: int) -> None:
    """Give a building what a snapshot must have, all of it saying `number`."""
    for table in TABLES:
        building.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {number} AS n")
    building.connection.execute(
        f"CREATE OR REPLACE TABLE bulk AS SELECT {number} AS n FROM range(20000)"
    )


def publish(warehouse: Warehouse, number: int) -> Snapshot:
    with warehouse.building() as building:
        fill(building, number)
        return building.publish()


def test_a_snapshot_is_immutable_and_listed(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    assert warehouse.current() is None
    first, second = publish(warehouse, 1), publish(warehouse, 2)
    assert [s.id for s in warehouse.snapshots()] == [second.id, first.id]
    assert [s.published for s in warehouse.snapshots()] == [True, False]
    assert first.path.stat().st_mode & 0o777 == 0o444
    assert warehouse.rollback(first.id).published
    assert warehouse.current_path() == first.path
    with pytest.raises(SnapshotError, match=second.id):
        warehouse.rollback("20200101T000000-none")


def test_what_is_not_published_is_gone(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    kept = publish(warehouse, 1)
    with warehouse.building() as building:
        fill(building, 2)
    assert warehouse.current_path() == kept.path
    assert [p.name for p in (tmp_path / "snapshots").iterdir()] == [kept.path.name]


def test_an_incomplete_snapshot_is_not_published(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    kept = publish(warehouse, 1)
    with warehouse.building() as building:
        building.connection.execute("DROP TABLE progress")
        with pytest.raises(SnapshotError, match="progress"):
            building.publish()
    assert warehouse.current_path() == kept.path


def test_two_loads_at_once(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with warehouse.building(), pytest.raises(BusyError), Warehouse(tmp_path).building():
        pass


def test_readers_take_up_new_snapshots_without_a_failed_read(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    publish(warehouse, 0)
    reader = Reader(Warehouse(tmp_path), threads=1)
    seen: list[set[int]] = [set() for _ in range(4)]
    failures: list[Exception] = []
    stop = threading.Event()

    def read(mine: set[int]) -> None:
        while not stop.is_set():
            try:
                with reader.engine().connect() as connection:
                    row = connection.execute(text("SELECT min(n), max(n), count(*) FROM bulk")).one()
            except Exception as error:  # noqa: BLE001  # any failure at all fails the test below
                failures.append(error)
                return
            assert row[0] == row[1]
            assert row[2] == 20000
            mine.add(row[0])

    threads = [threading.Thread(target=read, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    for number in range(1, 5):
        publish(warehouse, number)
        deadline = time.monotonic() + 20
        while not all(number in mine for mine in seen) and time.monotonic() < deadline:
            time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert all(mine >= {1, 2, 3, 4} for mine in seen)


def test_a_reader_reaches_nothing_outside_its_snapshot(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    publish(warehouse, 1)
    with Reader(warehouse).engine().connect() as connection:
        for attack in ("SELECT * FROM read_csv('/etc/passwd')", "CREATE TABLE t (a INTEGER)"):
            with pytest.raises(Exception, match=r"disabled|read-only|Permission"):
                connection.execute(text(attack))
            connection.rollback()


CHILD = """
import sys
from pathlib import Path
from etl.snapshots import Warehouse
from tests.etl.test_snapshots import fill
number = int(sys.argv[2])
while True:
    with Warehouse(Path(sys.argv[1])).building() as building:
        fill(building, number)
        building.publish()
    number += 1
    print(number, flush=True)
"""


def test_killed_at_any_point_the_published_snapshot_serves(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    publish(warehouse, 0)
    chance = random.Random(20261121)
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[2]))
    number = 0
    for _ in range(25):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path), str(number + 1)],
            env=environment,
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        child.stdout.readline()  # it has published once: now somewhere in the next build
        time.sleep(chance.uniform(0, 0.25))
        child.send_signal(signal.SIGKILL)
        child.wait()
        path = warehouse.current_path()
        assert path is not None
        with duckdb.connect(str(path), read_only=True) as connection:
            counted = connection.execute("SELECT min(n), max(n), count(*) FROM bulk").fetchone()
        assert counted is not None
        assert counted[0] == counted[1] > number
        assert counted[2] == 20000
        number = counted[0]
    publish(warehouse, number + 1)
    left = {p.name for p in (tmp_path / "snapshots").iterdir()}
    assert all(name.endswith(".duckdb") and not name.startswith("building") for name in left)
