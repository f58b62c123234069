"""Loads from the file to the pages' figures, killed at any moment: nothing lost, nothing doubled.

Every snapshot rests on older ones where it can, however small they are. Each file corrects one record,
adds one and has a bad row, so that every table of a snapshot says how many files went in. After each
kill the published snapshot must say one number throughout, that of the last load that was published or
of the one killed before it could say so; and the next load, of the file whose load was killed, must
succeed.
"""

from __future__ import annotations

import os
import random
import signal
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from etl import parts
from etl.settings import Settings
from etl.snapshot_file import glance
from etl.snapshots import Warehouse
from milepost import verbs
from tests.commands.small import METRICS
from tests.etl.children import started

KILLS = 100
PERSON = "11010519491231002X"
HEADER = "培训记录编号,身份证号,姓名,所属镇街,结业日期,学时,考核结果"
#: What is done with one file; a withdrawal has the last two.
STAGES = ("read", "check", "merge", "evaluate", "publish")


def settings_of(home: Path) -> Settings:
    return Settings(
        home=home, metrics=home / "metrics.yaml", key="a key of these tests", _env_file=None
    )


def file(home: Path, number: int) -> Path:
    """File `number`; every other one has to be copied to be read."""
    rows = [("T0", number), (f"N{number}", 8), (f"N{number}", 9_999)]
    lines = [f"{record},{PERSON},张三测试,441900121,2023-05-01,{hours}," for record, hours in rows]
    path = home / "inbox" / f"{number}.csv"
    text = "\n".join([HEADER, *lines, ""])
    path.write_bytes(text.encode("gb18030" if number % 2 else "utf-8"))
    return path


def load_for_ever(home: str, number: int, said: Connection) -> None:
    """The child that is killed at a moment of chance: says each number once it is published."""
    parts.LITTLE = 0
    folder = Path(home)
    while True:
        verbs.load(settings_of(folder), [file(folder, number)])
        said.send(number)
        number += 1


def load_until(home: str, number: int, stage: str) -> None:
    """One load that is killed when a stage begins."""

    def watch(_: Path, begun: str, __: int) -> None:
        if begun == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    parts.LITTLE = 0
    folder = Path(home)
    verbs.load(settings_of(folder), [file(folder, number)], watch=watch)


def withdraw_until(home: str, number: int, stage: str) -> None:
    """One withdrawal that is killed when a stage begins."""

    def watch(_: Path, begun: str, __: int) -> None:
        if begun == stage:
            os.kill(os.getpid(), signal.SIGKILL)

    parts.LITTLE = 0
    verbs.withdraw(settings_of(Path(home)), f"{number}.csv", watch=watch)


def number_published(home: Path) -> int:
    """The number that all tables of the published snapshot say."""
    path = Warehouse(home / "warehouse").current_path()
    assert path is not None
    with glance(path) as connection:

        def one(statement: str) -> object:
            return (connection.execute(statement).fetchone() or [None])[0]

        number = one("SELECT hours FROM trainings WHERE record_no = 'T0'")
        assert isinstance(number, float)
        said = {
            one("SELECT count(*) - 2 FROM trainings"),
            one("SELECT count(DISTINCT record_no) - 2 FROM trainings"),
            one("SELECT count(*) FROM trainings_superseded"),
            one("SELECT count(*) - 1 FROM rejects"),
            one("SELECT count(*) - 1 FROM loads"),
            one("SELECT value - 2 FROM progress WHERE place = '441900' ORDER BY as_of DESC LIMIT 1"),
            one("SELECT count(*) - 1 FROM persons") == 0 and number,
        }
    assert said == {number}
    return int(number)


@pytest.fixture(autouse=True)
def rest_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the loads between those that are killed rest too."""
    monkeypatch.setattr(parts, "LITTLE", 0)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home in which file 0 is published."""
    (tmp_path / "inbox").mkdir()
    (tmp_path / "metrics.yaml").write_text(METRICS, "utf-8")
    verbs.load(settings_of(tmp_path), [file(tmp_path, 0)])
    return tmp_path


def nothing_is_left(home: Path) -> None:
    """After a load that was not killed, of those that were."""
    assert {path.suffix for path in (home / "warehouse" / "snapshots").iterdir()} == {".duckdb"}
    assert {path.name for path in (home / "warehouse").iterdir()} == {"current", "lock", "snapshots"}


def test_loads_killed_at_moments_of_chance(home: Path) -> None:
    chance = random.Random(20261121)
    number = 0
    for _ in range(KILLS):
        hears, says = Pipe(duplex=False)
        began = time.monotonic()
        child = started(load_for_ever, str(home), number + 1, says)
        says.close()
        assert hears.poll(120), "the load after a kill did not succeed"
        assert hears.recv() == number + 1
        took = time.monotonic() - began
        time.sleep(chance.uniform(0, took))
        child.kill()
        child.join()
        last = number + 1
        while hears.poll():
            try:
                last = hears.recv()
            except EOFError:
                break
        hears.close()
        number = number_published(home)
        assert number in (last, last + 1)
    verbs.load(settings_of(home), [file(home, number + 1)])
    assert number_published(home) == number + 1
    nothing_is_left(home)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("number", [1, 2])
def test_loads_killed_at_every_stage(home: Path, stage: str, number: int) -> None:
    """Of a file that is read as it is, and of one that is copied first."""
    if number == 2:
        verbs.load(settings_of(home), [file(home, 1)])
    child = started(load_until, str(home), number, stage)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert number_published(home) == number - 1
    verbs.load(settings_of(home), [file(home, number)])
    assert number_published(home) == number
    nothing_is_left(home)


@pytest.mark.parametrize("stage", STAGES[-2:])
def test_withdrawals_killed_at_every_stage(home: Path, stage: str) -> None:
    verbs.load(settings_of(home), [file(home, 1)])
    child = started(withdraw_until, str(home), 1, stage)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert number_published(home) == 1
    (withdrawn,), _ = verbs.withdraw(settings_of(home), "1.csv")
    assert (withdrawn.went, withdrawn.came_back) == (2, 1)
    nothing_is_left(home)
