"""What can be undone from the command line: a file withdrawn, the key changed."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from etl.keys import read_key_file
from etl.settings import Settings
from etl.snapshot_file import glance
from milepost import verbs
from tests.commands.small import CSV, Run


def value(run: Run) -> float:
    _, out, _ = run("progress", "--place", "441900", "--format", "csv")
    return float(next(csv.DictReader(io.StringIO(out)))["value"])


def test_a_file_is_withdrawn_and_loaded_anew(run: Run, home: Path) -> None:
    run("load", home / "training.csv")
    (home / "更正.csv").write_text(CSV.replace("T2", "T9"), "utf-8")
    run("load", home / "更正.csv")
    assert value(run) == 3  # T1, T2 and T9
    code, out, _ = run("withdraw", "training.csv")
    assert code == 0
    assert "撤出" in out
    assert "已发布快照" in out
    assert value(run) == 2  # T1 and T9, which the other file said too
    _, loads, _ = run("rejects")
    assert "training.csv" not in loads
    code, out, _ = run("load", home / "training.csv", lang="en")
    assert code == 0
    assert "nothing new" not in out
    assert value(run) == 3


def test_the_last_file_may_be_withdrawn(run: Run, home: Path) -> None:
    run("load", home / "training.csv")
    code, out, _ = run("withdraw", home / "training.csv", lang="en")
    assert code == 0
    assert "came back" in out
    _, out, _ = run("progress", "--place", "441900", "--format", "csv")
    assert next(csv.DictReader(io.StringIO(out)))["status"] == "no_data"


def test_a_file_that_was_not_loaded(run: Run, home: Path) -> None:
    code, _, err = run("withdraw", "training.csv")
    assert code == 6
    assert "还没有装载数据" in err
    run("load", home / "training.csv")
    code, _, err = run("withdraw", "trainings.csv")
    assert code == 8
    assert "没有装载过文件“trainings.csv”；是否为“training.csv”？" in err


def hashes(path: Path) -> list[str]:
    with glance(path) as connection:
        return [h for (h,) in connection.execute("SELECT hash FROM persons").fetchall()]


@pytest.fixture
def key_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home with its key in a file."""
    monkeypatch.delenv("MILEPOST_KEY")
    return home / "home" / "key"


def published(home: Path) -> Path:
    folder = home / "home" / "warehouse"
    return folder / "snapshots" / (folder / "current").read_text().strip()


def test_the_key_is_changed_and_persons_stay_the_same(run: Run, home: Path, key_file: Path) -> None:
    run("load", home / "training.csv")
    old = hashes(published(home))
    code, out, _ = run("rotate-key")
    assert code == 0
    assert "rotate-key --drop-old" in out
    key = read_key_file(key_file)
    assert len(key.chain) == 2
    expected = [key.hashed("11010519491231002X")]
    assert hashes(published(home)) == expected
    assert old != expected
    assert old[0].encode() not in published(home).read_bytes()
    # The same person in another file is the same person.
    (home / "b.csv").write_text(CSV.replace("T", "U"), "utf-8")
    run("load", home / "b.csv")
    assert hashes(published(home)) == expected
    assert value(run) == 4


@pytest.mark.usefixtures("key_file")
def test_old_snapshots_are_dropped_with_the_old_key(run: Run, home: Path) -> None:
    run("load", home / "training.csv")
    (home / "b.csv").write_text(CSV.replace("T", "U"), "utf-8")
    run("load", home / "b.csv")
    code, out, _ = run("rotate-key", "--drop-old", lang="en")
    assert code == 0
    assert "older snapshots removed: 2" in out
    assert list((home / "home" / "warehouse" / "snapshots").iterdir()) == [published(home)]
    assert value(run) == 4


def test_a_rotation_that_was_killed_is_ended_by_the_next_load(
    run: Run, home: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load", home / "training.csv")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("etl.snapshots.Building.publish", killed)
    with pytest.raises(KeyboardInterrupt):
        verbs.rotate_key(Settings())
    monkeypatch.undo()
    monkeypatch.setenv("MILEPOST_HOME", str(home / "home"))
    monkeypatch.setenv("MILEPOST_METRICS", str(home / "metrics.yaml"))
    assert hashes(published(home)) != [read_key_file(key_file).hashed("11010519491231002X")]
    (home / "b.csv").write_text(CSV.replace("T", "U"), "utf-8")
    run("load", home / "b.csv")
    assert hashes(published(home)) == [read_key_file(key_file).hashed("11010519491231002X")]


def test_a_key_of_the_setting_is_changed_there(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load", home / "training.csv")
    code, _, err = run("rotate-key")
    assert code == 3
    assert "MILEPOST_KEY=原密钥|新密钥" in err
    monkeypatch.setenv("MILEPOST_KEY", "0123456789abcdef|fedcba9876543210")
    assert run("rotate-key")[0] == 0
    assert hashes(published(home)) == [Settings().hashing_key().hashed("11010519491231002X")]


def test_a_wrong_key_is_refused_before_it_doubles_anyone(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load", home / "training.csv")
    before = published(home)
    (home / "b.csv").write_text(CSV.replace("T", "U"), "utf-8")
    monkeypatch.setenv("MILEPOST_KEY", "another key of sixteen")
    code, _, err = run("load", home / "b.csv")
    assert code == 3
    assert "密钥不对" in err
    assert published(home) == before
    monkeypatch.setenv("MILEPOST_KEY", "0123456789abcdef")
    assert run("load", home / "b.csv")[0] == 0
    assert len(hashes(published(home))) == 1


def test_nothing_is_loaded_whose_key_could_be_changed(run: Run, home: Path) -> None:
    code, _, err = run("rotate-key", lang="en")
    assert code == 6
    assert re.search("nothing is loaded yet", err)
    assert not (home / "home" / "key").exists()


def moved(run: Run, *words: object) -> list[dict[str, str]]:
    code, out, _ = run("moved", *words, "--format", "csv")
    assert code == 0
    return list(csv.DictReader(io.StringIO(out)))


def test_every_number_that_a_file_moved(run: Run, home: Path) -> None:
    """Of two files loaded at once and a later one, each by itself: before its load and after."""
    row = "{},11010519491231002X,,{},2023-0{}-01,8,合格,\n"
    header = CSV.splitlines()[0] + "\n"
    folder = home / "两镇"
    folder.mkdir()
    (folder / "a.csv").write_text(header + row.format("A1", "虎门", 5) + row.format("A2", "虎门", 5))
    (folder / "b.csv").write_text(header + row.format("B1", "长安", 5))
    run("load", folder)
    (home / "c.csv").write_text(header + row.format("A1", "长安", 6) + row.format("C1", "长安", 6))
    run("load", home / "c.csv")
    before = published(home)

    def figures(name: str) -> set[tuple[str, str, str, str]]:
        rows = moved(run, name)
        return {(r["place_name"], r["as_of"], r["value_before"], r["value_after"]) for r in rows}

    # Before the first file nothing was known, which is not 0.
    first = {row[0]: row for row in figures("a.csv")}
    assert first["东莞市"] == ("东莞市", "2023-05-01", "", "2")
    assert first["虎门镇"] == ("虎门镇", "2023-05-01", "", "2")
    assert figures("b.csv") == {
        ("东莞市", "2023-05-01", "2", "3"),
        ("长安镇", "2023-05-01", "0", "1"),
    }
    assert figures("c.csv") == {
        ("东莞市", "2023-06-01", "3", "4"),
        ("虎门镇", "2023-06-01", "2", "1"),
        ("长安镇", "2023-06-01", "1", "3"),
    }
    (row_of_city,) = moved(run, "c.csv", "--place", "441900", "--as-of", "2023-05-31")
    assert (row_of_city["value_before"], row_of_city["value_after"]) == ("3", "2")
    assert published(home) == before


def test_a_file_that_moved_no_number_and_what_people_read(run: Run, home: Path) -> None:
    run("load", home / "training.csv")
    (home / "again.csv").write_text(CSV.replace(",备注", ",说明"), "utf-8")
    run("load", home / "again.csv")
    assert "没有改变任何目标数值" in run("moved", "again.csv")[1]
    code, out, _ = run("moved", "training.csv", lang="en")
    assert code == 0
    assert all(word in out for word in ("before", "after", "Dongguan", "No data"))
    code, _, err = run("moved", "training.csv", "--place", "999", lang="en")
    assert code == 8
    assert "no place '999'" in err
