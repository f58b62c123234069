"""A snapshot that rests on older ones holds what a copy would; a file stays as long as it is needed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text

from etl import parts
from etl.errors import SnapshotError
from etl.snapshot_file import glance, rests_on
from etl.snapshots import Building, Reader, Snapshot, Warehouse
from etl.withdrawal import find_loads, undo, withdraw
from tests.etl.offices import HEADER, LI, ZHANG, csv_file, load, rows_of
from tests.refusing import refusing

COMPUTED = ("changes", "places", "place_ancestors", "targets", "progress")
ENDLESS = 1 << 60


def publish(building: Building) -> Snapshot:
    """Publish a building, with what no figure of these tests depends on."""
    for table in COMPUTED:
        building.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT 1 AS n")
    return building.publish()


def file(folder: Path, name: str, rows: Mapping[str, tuple[str, int]]) -> Path:
    """A file of trainings: the person and the hours of each record."""
    lines = [f"{record},{who},,虎门,2023-05-01,{hours}," for record, (who, hours) in rows.items()]
    return csv_file(folder, HEADER, *lines, name=name)


def loaded(warehouse: Warehouse, *paths: Path) -> Snapshot:
    with warehouse.building() as building:
        assert not load(building, *paths).failures
        return publish(building)


def numbered(folder: Path, name: str, first: int, rows: int) -> Path:
    return file(folder, name, {f"T{n:06d}": (ZHANG, 8) for n in range(first, first + rows)})


#: New persons of one file are numbered in any order: who they are is their hash.
_TOLD = {
    "withdrawn_at": "withdrawn_at IS NULL",
    "person": "(SELECT hash FROM persons AS p WHERE p.person = t.person)",
}


def held(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a snapshot's tables that grow; of times only whether there is one."""
    found = {}
    with glance(path) as connection:
        for table in parts.growing():
            columns = connection.execute(
                "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND schema_name = 'main'"
                " AND database_name = current_database() AND column_name <> 'rowid'"
                " ORDER BY column_index",
                [table],
            ).fetchall()
            told = ", ".join(_TOLD.get(column, column) for (column,) in columns)
            found[table] = connection.execute(
                f"SELECT {told} FROM {table} AS t ORDER BY ALL"
            ).fetchall()
            numbers = connection.execute(f"SELECT rowid FROM {table}").fetchall()
            assert len(set(numbers)) == len(found[table])
    return found


@pytest.mark.parametrize("seed", range(6))
def test_loads_and_withdrawals_hold_what_they_would_in_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    copied, resting = Warehouse(tmp_path / "copied"), Warehouse(tmp_path / "resting")
    names: list[str] = []
    most = 0
    for step in range(14):
        paths, gone = [], chance.choice(names) if names and chance.random() < 0.3 else None
        if gone is None:
            for number in range(chance.randint(1, 2)):
                records = chance.sample(range(30), chance.randint(1, 12))
                rows = {f"T{n}": (chance.choice([ZHANG, LI]), chance.randint(1, 3)) for n in records}
                paths.append(file(tmp_path, f"{step}-{number}.csv", rows))
            names += [path.name for path in paths]
        else:
            names.remove(gone)
        came_of = []
        for warehouse, little in ((copied, ENDLESS), (resting, 0)):
            monkeypatch.setattr(parts, "LITTLE", little)
            with warehouse.building() as building:
                if gone is None:
                    report = load(building, *paths)
                    came_of.append(
                        [(one.loaded, one.unchanged, one.superseded) for one in report.sheets]
                    )
                else:
                    taken = withdraw(building.connection, find_loads(building.connection, gone))
                    came_of.append([(one.went, one.came_back, one.stayed) for one in taken])
                publish(building)
        assert came_of[0] == came_of[1]
        plain, rested = copied.current(), resting.current()
        assert plain is not None
        assert rested is not None
        assert held(plain.path) == held(rested.path)
        assert plain.records == rested.records
        assert not rests_on(plain.path)
        most = max(most, len(rests_on(rested.path)))
    assert most > 1


def test_a_file_is_undone_that_rests_on_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LITTLE", 0)
    warehouse = Warehouse(tmp_path / "warehouse")
    before = loaded(warehouse, numbered(tmp_path, "a.csv", 0, 9))
    with warehouse.building() as building:
        load(building, file(tmp_path, "b.csv", {"T000003": (LI, 5), "T000100": (LI, 5)}))
        assert rows_of(building, "SELECT count(*), sum(hours) FROM trainings") == [(10, 8 * 8 + 5 + 5)]
        undo(building.connection, 2)
        after = publish(building)
    assert rests_on(after.path) == [before.path]
    assert held(after.path) == held(before.path)


def test_few_files_are_rested_on_and_a_row_is_copied_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LITTLE", 20)
    warehouse = Warehouse(tmp_path / "warehouse", keep=100)
    last = loaded(warehouse, numbered(tmp_path, "0.csv", 0, 1_000))
    written = 0
    for number in range(1, 33):
        last = loaded(warehouse, numbered(tmp_path, f"{number}.csv", number * 1_000, 10))
        files = [*rests_on(last.path), last.path]
        with glance(last.path) as connection:
            lengths = [
                connection.execute(f'SELECT count(*) FROM "{path.stem}".{schema}.trainings').fetchone()
                for path, schema in zip(files, ["main", *["own"] * 9], strict=False)
            ]
        rows = [length[0] for length in lengths if length is not None]
        assert sum(rows) == 1_000 + 10 * number
        assert all(one >= 2 * other for one, other in pairwise(rows[:-1]))
        assert len(files) <= 6
        written += rows[-1]
    # Ten rows each time, of which each is copied once while it is among twenty, and once for each
    # doubling after that: of 320 there are five.
    assert written <= 320 * 7


def test_what_little_there_is_is_copied(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    loaded(warehouse, numbered(tmp_path, "a.csv", 0, 9))
    assert rests_on(loaded(warehouse, numbered(tmp_path, "b.csv", 100, 9)).path) == []


def test_a_file_that_another_rests_on_is_not_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LITTLE", 0)
    warehouse = Warehouse(tmp_path / "warehouse", keep=1)
    first = loaded(warehouse, numbered(tmp_path, "0.csv", 0, 500))
    for number in range(1, 6):
        last = loaded(warehouse, numbered(tmp_path, f"{number}.csv", number * 1_000, 1))
        kept = {snapshot.path for snapshot in warehouse.snapshots()}
        assert {first.path, last.path, *rests_on(last.path)} <= kept
    assert len(kept) < 6
    older = min(kept - {first.path})
    assert warehouse.rollback(older.stem).path == older
    with warehouse.building(alone=True) as building:
        alone = publish(building)
    assert rests_on(alone.path) == []
    assert held(alone.path) == held(older)
    loaded(warehouse, numbered(tmp_path, "z.csv", 90_000, 1_500))  # as many as make all others few
    loaded(warehouse, numbered(tmp_path, "y.csv", 99_000, 1))
    assert first.path not in {snapshot.path for snapshot in warehouse.snapshots()}


def test_readers_see_through_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LITTLE", 0)
    warehouse = Warehouse(tmp_path / "warehouse")
    first = loaded(warehouse, numbered(tmp_path, "a.csv", 0, 50))
    last = loaded(warehouse, file(tmp_path, "b.csv", {"T000003": (LI, 5)}))
    assert rests_on(last.path) == [first.path]
    reader = Reader(Warehouse(tmp_path / "warehouse"))
    for engine in (reader.engine(), Reader(warehouse).engine()):  # two of one process
        with engine.connect() as one, engine.connect() as other:
            for connection in (one, other):
                found = connection.execute(text("SELECT count(*), sum(hours) FROM trainings")).one()
                assert tuple(found) == (50, 49 * 8 + 5)
            with pytest.raises(Exception, match=r"Permission|disabled"):
                one.execute(text(f"SELECT * FROM read_csv('{tmp_path / 'a.csv'}')"))
    with reader.engine_of(first.id).connect() as connection:
        assert connection.execute(text("SELECT sum(hours) FROM trainings")).scalar_one() == 400


def test_a_disk_that_is_full_is_said_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "LITTLE", 0)
    warehouse = Warehouse(tmp_path / "warehouse")
    first = loaded(warehouse, numbered(tmp_path, "a.csv", 0, 50))

    def full(*_: object, **__: object) -> None:
        raise duckdb.IOException('Could not write file "x.duckdb": No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(parts, "rest", full)
        with refusing(SnapshotError, "cannot be written"), warehouse.building():
            pass
    assert warehouse.current() == first
    assert [path.name for path in warehouse.files.iterdir()] == [first.path.name]


def test_a_file_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LITTLE", 0)
    warehouse = Warehouse(tmp_path / "warehouse")
    first = loaded(warehouse, numbered(tmp_path, "a.csv", 0, 50))
    last = loaded(warehouse, numbered(tmp_path, "b.csv", 100, 1))
    first.path.unlink()
    for ask in (warehouse.current, warehouse.snapshots, lambda: warehouse.rollback(last.id)):
        with refusing(SnapshotError, first.id):
            ask()
    with refusing(SnapshotError, first.id), warehouse.building():
        pass
    with refusing(SnapshotError, "milepost rollback"):
        Reader(warehouse).engine()
