"""Publishing is one atomic step: readers see whole snapshots; the rest of what a warehouse promises.

What a load killed at any point leaves behind is in `test_kill`.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from etl import snapshot_reader
from etl.datasets import datasets
from etl.errors import BusyError, OutdatedError, SnapshotError
from etl.snapshots import Building, Reader, Snapshot, Warehouse
from tests.refusing import refusing

COMPUTED = ("changes", "places", "place_ancestors", "targets", "progress")
ROWS = 20_000


def fill(building: Building, number: int) -> None:
    """Give a building what a snapshot must have, all of it saying `number`."""
    for table in COMPUTED:
        building.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {number} AS n")
    building.connection.execute(
        f"CREATE OR REPLACE TABLE bulk AS SELECT {number} AS n FROM range({ROWS})"
    )


def publish(warehouse: Warehouse, number: int) -> Snapshot:
    with warehouse.building() as building:
        fill(building, number)
        return building.publish()


def names_in(warehouse: Warehouse) -> set[str]:
    return {path.name for path in warehouse.files.iterdir()}


def number_in(reader: Reader) -> int:
    with reader.engine().connect() as connection:
        return int(connection.execute(text("SELECT min(n) FROM bulk")).scalar_one())


def age(warehouse: Warehouse, snapshot: Snapshot, when: datetime) -> Snapshot:
    """Make a snapshot look as if it had been published at `when`, as its name says."""
    stamp = when.strftime("%Y%m%dT%H%M%S") + "000"
    path = snapshot.path.rename(snapshot.path.with_name(f"{stamp}-{snapshot.id.split('-')[1]}.duckdb"))
    if warehouse.current_path() == snapshot.path:
        (warehouse.folder / "current").write_text(path.name + "\n")
    return Snapshot(path.stem, path, when, demo=False, records=0)


def test_a_snapshot_is_immutable_and_listed(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    assert warehouse.current() is None
    assert warehouse.snapshots() == []
    first, second = publish(warehouse, 1), publish(warehouse, 2)
    assert [s.id for s in warehouse.snapshots()] == [second.id, first.id]
    assert [s.published for s in warehouse.snapshots()] == [True, False]
    assert warehouse.current() == second
    assert first.path.stat().st_mode & 0o777 == 0o444
    assert (tmp_path / "current").read_text() == second.path.name + "\n"


def test_a_listed_snapshot_says_when_it_was_made_of_what(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    began = datetime.now(UTC) - timedelta(milliseconds=1)
    with warehouse.building() as building:
        fill(building, 1)
        building.connection.execute(
            "INSERT INTO milestones (target_id, place) VALUES ('a', '441900'), ('b', '441900')"
        )
        building.describe(demo="true")
        building.publish()
    (listed,) = warehouse.snapshots()
    assert listed.demo
    assert listed.records == 2
    assert began <= listed.created_at <= datetime.now(UTC)


def test_rollback_publishes_an_older_snapshot_and_the_next_load_goes_on_from_it(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    first, second = publish(warehouse, 1), publish(warehouse, 2)
    assert warehouse.rollback(first.id).published
    assert warehouse.current_path() == first.path
    with warehouse.building() as building:
        assert building.connection.execute("SELECT min(n) FROM bulk").fetchone() == (1,)
    with refusing(SnapshotError, second.id):
        warehouse.rollback("20200101T000000000-00000000")
    with refusing(SnapshotError, "no snapshot"):
        warehouse.rollback("../current")


def test_a_damaged_snapshot_is_not_published_again(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    first, second = publish(warehouse, 1), publish(warehouse, 2)
    first.path.chmod(0o644)
    os.truncate(first.path, first.path.stat().st_size // 2)
    with refusing(SnapshotError, first.id):
        warehouse.rollback(first.id)
    assert warehouse.current_path() == second.path


def test_a_pointer_that_names_no_snapshot_says_what_to_do(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    first = publish(warehouse, 1)
    (tmp_path / "current").write_text("../../etc/passwd\n")
    with refusing(SnapshotError, "milepost rollback"):
        warehouse.current()
    with refusing(SnapshotError, "milepost rollback"), warehouse.building():
        pass
    assert [s.published for s in warehouse.snapshots()] == [False]
    assert warehouse.rollback(first.id) == warehouse.current()


def test_what_is_not_published_is_gone(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    kept = publish(warehouse, 1)
    with warehouse.building() as building:
        fill(building, 2)
    with pytest.raises(ZeroDivisionError), warehouse.building() as building:
        fill(building, 3)
        raise ZeroDivisionError
    assert warehouse.current_path() == kept.path
    assert names_in(warehouse) == {kept.path.name}


@pytest.mark.parametrize("missing", [*COMPUTED, "persons", "trainings_superseded"])
def test_an_incomplete_snapshot_is_not_published(tmp_path: Path, missing: str) -> None:
    warehouse = Warehouse(tmp_path)
    kept = publish(warehouse, 1)
    with warehouse.building() as building:
        building.connection.execute(f"DROP TABLE {missing}")
        with refusing(SnapshotError, missing):
            building.publish()
    assert warehouse.current_path() == kept.path
    assert names_in(warehouse) == {kept.path.name}


def test_a_snapshot_without_progress_is_not_published(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with warehouse.building() as building:
        fill(building, 1)
        building.connection.execute("DELETE FROM progress")
        with refusing(SnapshotError, "progress is empty"):
            building.publish()
    assert warehouse.current_path() is None


def test_a_connection_still_in_use_stops_publishing(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with warehouse.building() as building:
        fill(building, 1)
        with building.engine.connect(), refusing(SnapshotError, "already attached"):
            building.publish()
    assert warehouse.current_path() is None


def test_two_loads_at_once(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    published = publish(warehouse, 1)
    with warehouse.building() as building:
        fill(building, 2)
        with refusing(BusyError, "another load"), Warehouse(tmp_path).building():
            pass
        with pytest.raises(BusyError):
            Warehouse(tmp_path).rollback(published.id)
        assert building.publish().published
    with Warehouse(tmp_path).building():
        pass  # the lock is free again


def alter(snapshot: Snapshot, *statements: str) -> None:
    """Make a published snapshot one of an older version."""
    snapshot.path.chmod(0o644)
    with duckdb.connect(str(snapshot.path)) as connection:
        for statement in statements:
            connection.execute(statement)
    snapshot.path.chmod(0o444)


def test_tables_of_an_older_version_get_the_declared_columns(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    alter(
        publish(warehouse, 1),
        "CREATE OR REPLACE TABLE milestones AS SELECT 't' AS target_id, 7 AS gone, 3 AS source_row",
    )
    with warehouse.building() as building:
        assert building.outdated
        found = building.connection.execute("SELECT * FROM milestones").fetchone()
        columns = [column[0] for column in building.connection.description or ()]
    assert columns == list(datasets()["milestones"].columns)
    assert found is not None
    expected = dict.fromkeys(columns) | {"target_id": "t", "source_row": 3}
    assert dict(zip(columns, found, strict=True)) == expected


def test_what_of_an_older_version_has_grown_is_read_again(tmp_path: Path) -> None:
    """The files of a dataset with a new column count as not loaded yet; the others as loaded."""
    warehouse = Warehouse(tmp_path)
    alter(
        publish(warehouse, 1),
        "ALTER TABLE milestones DROP COLUMN achieved_on",
        "INSERT INTO loads (load, sha256, dataset) VALUES (1, 'a', 'milestones'), (2, 'b', 'honours')",
    )
    with warehouse.building() as building:
        found = building.connection.execute("SELECT load, sha256 FROM loads ORDER BY 1").fetchall()
    assert found == [(1, None), (2, "b")]


@pytest.mark.parametrize(
    ("statement", "lacks"),
    [
        ("DROP TABLE progress", "progress"),
        ("ALTER TABLE progress DROP COLUMN n", "progress.n"),
        ("DROP TABLE honours", "honours"),
        ("ALTER TABLE honours DROP COLUMN place", "honours.place"),
    ],
)
def test_a_snapshot_of_an_older_version_is_refused_until_the_next_load(
    tmp_path: Path, statement: str, lacks: str
) -> None:
    warehouse = Warehouse(tmp_path, computed={"progress": ("n",)})
    old = publish(warehouse, 1)
    publish(warehouse, 2)
    if statement == "ALTER TABLE progress DROP COLUMN n":
        alter(old, "ALTER TABLE progress ADD COLUMN m INTEGER")
    alter(old, statement)
    with refusing(OutdatedError, f"no table or column {lacks}; load again"):
        warehouse.rollback(old.id)
    with refusing(OutdatedError, lacks):
        Reader(warehouse).engine_of(old.id)
    (tmp_path / "current").write_text(old.path.name + "\n")
    with refusing(OutdatedError, lacks):
        Reader(warehouse).engine()
    assert {snapshot.id for snapshot in warehouse.snapshots()} >= {old.id}
    assert warehouse.current() is not None
    now = publish(warehouse, 3)
    assert number_in(Reader(warehouse)) == 3
    assert warehouse.current() == now


def test_a_published_file_that_cannot_be_read_stops_the_load_in_words(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    broken = publish(warehouse, 1)
    broken.path.chmod(0o644)
    broken.path.write_bytes(b"no database")
    with refusing(SnapshotError, "cannot be read"), warehouse.building():
        pass
    assert names_in(warehouse) == {broken.path.name}


def test_a_table_that_cannot_be_converted_is_named(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    kept = publish(warehouse, 1)
    alter(kept, "CREATE OR REPLACE TABLE loads AS SELECT 'first' AS load")
    with refusing(SnapshotError, "table loads"), warehouse.building():
        pass
    assert names_in(warehouse) == {kept.path.name}


def test_old_snapshots_are_pruned_but_never_the_one_before(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    days = [datetime(2026, 1, 5), datetime(2026, 1, 20), datetime(2026, 2, 3), datetime(2026, 2, 4)]
    aged = [age(warehouse, publish(warehouse, n), day) for n, day in enumerate(days)]
    warehouse = Warehouse(tmp_path, keep=2)
    warehouse.rollback(aged[0].id)
    before = publish(warehouse, 9)  # the one before is the oldest of all
    now = {s.id for s in warehouse.snapshots()}
    assert now == {before.id, aged[3].id, aged[1].id, aged[0].id}
    publish(warehouse, 10)
    assert aged[0].id not in {s.id for s in warehouse.snapshots()}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "warehouse").write_text("a file in the way")
    with (
        refusing(SnapshotError, "cannot be written"),
        Warehouse(tmp_path / "warehouse").building(),
    ):
        pass


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("step", ["copy", "point"])
def test_a_full_disk_leaves_what_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    warehouse = Warehouse(tmp_path)
    kept = publish(warehouse, 1)
    if step == "copy":
        monkeypatch.setattr(shutil, "copyfile", full_disk)
    else:
        monkeypatch.setattr(warehouse, "point_to", full_disk)
    with refusing(SnapshotError, "No space left"):
        publish(warehouse, 2)
    monkeypatch.undo()
    assert warehouse.current() == kept
    assert names_in(warehouse) == {kept.path.name}
    assert publish(warehouse, 2).published


def test_a_failure_after_the_atomic_step_leaves_the_new_snapshot_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(tmp_path)
    publish(warehouse, 1)
    point_to = warehouse.point_to

    def point_and_fail(path: Path) -> None:
        point_to(path)
        full_disk()

    monkeypatch.setattr(warehouse, "point_to", point_and_fail)
    with refusing(SnapshotError, "No space left"):
        publish(warehouse, 2)
    assert number_in(Reader(warehouse)) == 2


def test_a_file_not_written_to_the_end_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(tmp_path)
    with warehouse.building() as building:
        fill(building, 1)
        close = building._close

        def close_with_a_log_left() -> None:
            close()
            Path(f"{building.path}.wal").touch()

        monkeypatch.setattr(building, "_close", close_with_a_log_left)
        with refusing(SnapshotError, "not written to the end"):
            building.publish()
        monkeypatch.undo()
    assert warehouse.current_path() is None


def test_the_next_load_removes_what_killed_servers_spilled(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    kept = publish(warehouse, 1)
    gone = warehouse.files / "20200101T000000000-00000000.duckdb.4711.tmp"
    in_use = Path(f"{kept.path}.4712.tmp")
    gone.mkdir()
    in_use.mkdir()
    with warehouse.building():
        pass
    assert names_in(warehouse) == {kept.path.name, in_use.name}


def test_a_snapshot_pruned_while_the_list_is_made_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(tmp_path)
    first, second = publish(warehouse, 1), publish(warehouse, 2)
    kept = warehouse._kept()
    first.path.unlink()
    monkeypatch.setattr(warehouse, "_kept", lambda: kept)
    assert [snapshot.id for snapshot in warehouse.snapshots()] == [second.id]


def test_a_file_that_is_no_snapshot_is_named(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    old, now = publish(warehouse, 1), publish(warehouse, 2)
    for snapshot in (old, now):
        snapshot.path.chmod(0o644)
        snapshot.path.write_bytes(b"no database")
    with refusing(SnapshotError, now.id):
        warehouse.current()
    with refusing(SnapshotError, now.id):
        warehouse.snapshots()
    with refusing(SnapshotError, old.id):
        Reader(warehouse).engine_of(old.id)


def test_readers_take_up_new_snapshots_without_a_failed_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_reader, "GRACE", 0.05)
    warehouse = Warehouse(tmp_path, keep=1)
    publish(warehouse, 0)
    reader = Reader(Warehouse(tmp_path), threads=1)
    seen: list[set[int]] = [set() for _ in range(4)]
    failures: list[BaseException] = []
    stop = threading.Event()

    def read(mine: set[int]) -> None:
        while not stop.is_set():
            try:
                with reader.engine().connect() as connection:
                    row = connection.execute(text("SELECT min(n), max(n), count(*) FROM bulk")).one()
                assert row[0] == row[1]
                assert row[2] == ROWS
            except BaseException as error:  # noqa: BLE001  # any failure at all fails the test below
                failures.append(error)
                return
            mine.add(row[0])

    threads = [threading.Thread(target=read, args=(mine,)) for mine in seen]
    for thread in threads:
        thread.start()
    for number in range(1, 9):
        publish(warehouse, number)
        deadline = time.monotonic() + 20
        while not all(number in mine for mine in seen) and time.monotonic() < deadline:
            time.sleep(0.005)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert all(mine >= set(range(1, 9)) for mine in seen)


def test_a_request_in_flight_ends_on_the_snapshot_it_began_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_reader, "GRACE", 0.0)
    warehouse = Warehouse(tmp_path, keep=1)
    publish(warehouse, 1)
    reader = Reader(warehouse)
    with reader.engine().connect() as connection:
        for number in (2, 3, 4):
            publish(warehouse, number)
            assert number_in(reader) == number
        assert connection.execute(text("SELECT min(n), count(*) FROM bulk")).one() == (1, ROWS)


def test_a_snapshot_pruned_before_it_was_opened_is_looked_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = Warehouse(tmp_path)
    gone, now = publish(warehouse, 1), publish(warehouse, 2)
    gone.path.unlink()
    answers = iter([gone.path, now.path])
    reader = Reader(warehouse)
    monkeypatch.setattr(warehouse, "current_path", lambda: next(answers))
    assert number_in(reader) == 2


def test_a_published_snapshot_that_is_gone_says_what_to_do(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    with refusing(SnapshotError, "milepost load"):
        Reader(warehouse).engine()
    publish(warehouse, 1).path.unlink()
    with refusing(SnapshotError, "milepost rollback"):
        Reader(warehouse).engine()


def test_as_published_on(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    kept = [publish(warehouse, number) for number in range(7)]
    reader = Reader(warehouse)
    assert reader.engine_of(kept[-1].id) is not reader.engine_of(kept[0].id)
    for number, snapshot in enumerate(kept):
        with reader.engine_of(snapshot.id).connect() as connection:
            assert connection.execute(text("SELECT min(n) FROM bulk")).scalar_one() == number
    assert number_in(reader) == 6
    assert reader.engine_of(kept[-1].id) is reader.engine()
    with refusing(SnapshotError, kept[0].id):
        reader.engine_of("20200101T000000000-00000000")
    # While readers have them open, the list can still be made, by this process too.
    assert len(warehouse.snapshots()) == 7


def test_a_reader_reaches_nothing_outside_its_snapshot(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path)
    publish(warehouse, 1)
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    attacks = {
        f"SELECT * FROM read_csv('{outside}')": "Permission|disabled",
        f"COPY bulk TO '{tmp_path / 'copied.csv'}'": "Permission|disabled",
        f"ATTACH '{tmp_path / 'other.duckdb'}' AS other": "Permission|disabled|read-only",
        "INSTALL httpfs": "Permission|disabled|not found",
        "SET enable_external_access = true": "locked|Cannot change",
        "CREATE TABLE t (a INTEGER)": "read-only",
    }
    for attack, refusal in attacks.items():
        with Reader(warehouse).engine().connect() as connection:
            with pytest.raises(Exception, match=refusal):
                connection.execute(text(attack))
            connection.rollback()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "current", "lock", "outside.csv", "snapshots",
    ]  # fmt: skip
