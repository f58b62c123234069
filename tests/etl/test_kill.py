"""A load that is killed, at any point, leaves the last published snapshot serving.

After each kill: the published snapshot opens and is whole (its numbers add up to the sum that it was
published with), the numbers published never go back, and the next load begins clean. Two ways to choose
the point: every single step that a load takes in the file system, and moments drawn by chance.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.snapshot_file import glance
from etl.snapshots import Building, Warehouse
from tests.etl.children import started

COMPUTED = ("changes", "places", "place_ancestors", "targets", "progress")
ROWS = 5_000
#: Beside those of whole loads, in `test_killed_loads`: two hundred and more in all.
KILLS_BY_CHANCE = 100


def fill(building: Building, number: int) -> None:
    for table in COMPUTED:
        building.connection.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {number} AS n")
    building.connection.execute(
        f"CREATE OR REPLACE TABLE bulk AS SELECT n + {number} AS n FROM range({ROWS}) AS r(n)"
    )
    building.describe(number=str(number), sum=str(ROWS * (ROWS - 1) // 2 + ROWS * number))


def publish_for_ever(folder: str, number: int) -> None:
    """The load of a child process that is killed at a moment of chance."""
    while True:
        with Warehouse(Path(folder)).building() as building:
            fill(building, number)
            building.publish()
        number += 1


def publish_until(folder: str, number: int, step: int, counter: str | None = None) -> None:
    """One load that is killed just before its file-system step `step`; counts them, if asked."""
    taken = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal taken
        changes = event.startswith(("os.", "shutil.")) or event == "open"
        if changes and any(str(argument).startswith(folder) for argument in arguments):
            taken += 1
            if taken == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    with Warehouse(Path(folder)).building() as building:
        fill(building, number)
        building.publish()
    if counter is not None:
        Path(counter).write_text(str(taken))


def number_published(folder: Path) -> int:
    """What the published snapshot says, after checking that it is whole."""
    path = Warehouse(folder).current_path()
    assert path is not None
    with glance(path) as connection:
        facts = dict(connection.execute("SELECT key, value FROM snapshot").fetchall())
        found = connection.execute("SELECT count(*), sum(n), min(n) FROM bulk").fetchone()
    assert found == (ROWS, int(facts["sum"]), int(facts["number"]))
    return int(facts["number"])


def load_after_a_kill(folder: Path) -> int:
    """The next load: begins from what is published, leaves nothing of the killed one."""
    warehouse = Warehouse(folder)
    number = number_published(folder) + 1
    with warehouse.building() as building:
        begun = building.connection.execute("SELECT min(n) FROM bulk").fetchone()
        assert begun == (number - 1,)
        fill(building, number)
        building.publish()
    assert number_published(folder) == number
    assert {path.suffix for path in warehouse.files.iterdir()} == {".duckdb"}
    assert {path.name for path in folder.iterdir()} <= {"current", "lock", "snapshots"}
    listed = warehouse.snapshots()
    assert [snapshot.published for snapshot in listed] == [True] + [False] * (len(listed) - 1)
    return number


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A warehouse that has published number 0."""
    home = tmp_path / "warehouse"
    with Warehouse(home).building() as building:
        fill(building, 0)
        building.publish()
    yield home


def test_killed_at_every_step_in_the_file_system(folder: Path, tmp_path: Path) -> None:
    counter = tmp_path / "steps"
    child = started(publish_until, str(folder), 1, 0, str(counter))
    child.join()
    steps = int(counter.read_text())
    assert steps > 10, "the load's steps are not seen any more"
    number = number_published(folder)
    assert number == 1
    for step in range(1, steps + 1):
        child = started(publish_until, str(folder), number + 1, step)
        child.join()
        assert child.exitcode == -signal.SIGKILL
        assert number_published(folder) in (number, number + 1)
        number = load_after_a_kill(folder)


def test_killed_at_moments_of_chance(folder: Path) -> None:
    chance = random.Random(20261121)
    number = 0
    for _ in range(KILLS_BY_CHANCE):
        child = started(publish_for_ever, str(folder), number + 1)
        time.sleep(chance.uniform(0.0, 0.2))
        child.kill()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        assert number_published(folder) >= number
        number = load_after_a_kill(folder)
