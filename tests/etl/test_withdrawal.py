"""A file that is withdrawn leaves the records as if it had never been loaded; nothing else is lost."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import xlsxwriter

from etl.errors import UnknownNameError
from etl.snapshots import Building, Warehouse
from etl.withdrawal import find_loads, undo, withdraw
from tests.etl.offices import HEADER, ZHANG, csv_file, load, rows_of
from tests.refusing import refusing

NOW = "SELECT record_no, hours, source_file FROM trainings ORDER BY 1"
HISTORY = "SELECT record_no, hours, source_file, superseded_by, withdrawn_at IS NOT NULL"
HISTORY += " FROM trainings_superseded ORDER BY record_no, load"


def file(folder: Path, name: str, **hours: int) -> Path:
    """A file of trainings: the hours of each record."""
    lines = [f"{record},{ZHANG},,虎门,2023-05-01,{number}," for record, number in hours.items()]
    return csv_file(folder, HEADER, *lines, name=name)


def take_back(building: Building, name: str, **options: object) -> list[tuple[int, int, int]]:
    found = find_loads(building.connection, name, **options)  # type: ignore[arg-type]
    return [(one.went, one.came_back, one.stayed) for one in withdraw(building.connection, found)]


def test_rows_go_what_they_superseded_comes_back_and_history_tells(
    building: Building, tmp_path: Path
) -> None:
    load(building, file(tmp_path, "五月.csv", T1=8, T2=8), file(tmp_path, "更正.csv", T2=9, T3=9))
    assert rows_of(building, NOW) == [
        ("T1", 8, "五月.csv"),
        ("T2", 9, "更正.csv"),
        ("T3", 9, "更正.csv"),
    ]
    assert take_back(building, "更正.csv") == [(2, 1, 0)]
    assert rows_of(building, NOW) == [("T1", 8, "五月.csv"), ("T2", 8, "五月.csv")]
    assert rows_of(building, HISTORY) == [
        ("T2", 9, "更正.csv", None, True),
        ("T3", 9, "更正.csv", None, True),
    ]
    told = rows_of(
        building, "SELECT source_file, loaded, withdrawn_at IS NOT NULL FROM loads ORDER BY 1"
    )
    assert told == [("五月.csv", 2, False), ("更正.csv", 1, True)]


def test_the_same_file_loads_anew_after_its_withdrawal(building: Building, tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", T1=8)
    load(building, path)
    assert load(building, path).sheets[0].unchanged == 1
    assert take_back(building, "a.csv") == [(1, 0, 0)]
    with refusing(UnknownNameError, "no file 'a.csv' is loaded"):
        find_loads(building.connection, "a.csv")
    (sheet,) = load(building, path).sheets
    assert (sheet.loaded, sheet.unchanged) == (1, 0)
    assert rows_of(building, NOW) == [("T1", 8, "a.csv")]


def test_a_row_that_another_file_said_too_stays_and_comes_from_that_file(
    building: Building, tmp_path: Path
) -> None:
    """Offices send in May what they sent in April, and more."""
    load(building, file(tmp_path, "四月.csv", T1=8, T2=8), file(tmp_path, "五月.csv", T1=8, T2=8, T3=8))
    load(building, file(tmp_path, "六月.csv", T1=8, T2=7))
    assert take_back(building, "四月.csv") == [(0, 0, 1)]
    assert rows_of(building, NOW) == [
        ("T1", 8, "五月.csv"),
        ("T2", 7, "六月.csv"),
        ("T3", 8, "五月.csv"),
    ]
    assert take_back(building, "六月.csv") == [(1, 1, 0)]
    assert rows_of(building, NOW) == [
        ("T1", 8, "五月.csv"),
        ("T2", 8, "五月.csv"),
        ("T3", 8, "五月.csv"),
    ]
    assert take_back(building, "五月.csv") == [(3, 0, 0)]
    assert rows_of(building, NOW) == []


def test_an_older_correction_that_came_after_a_newer_one_is_taken_back(
    building: Building, tmp_path: Path
) -> None:
    """What is loaded later holds; the newer correction holds again once the older one is withdrawn."""
    load(building, file(tmp_path, "原.csv", T1=1))
    load(building, file(tmp_path, "六月更正.csv", T1=6))
    load(building, file(tmp_path, "五月更正.csv", T1=5))
    assert rows_of(building, NOW) == [("T1", 5, "五月更正.csv")]
    take_back(building, "五月更正.csv")
    assert rows_of(building, NOW) == [("T1", 6, "六月更正.csv")]
    assert rows_of(building, HISTORY)[0] == ("T1", 1, "原.csv", 2, False)


def test_what_a_withdrawn_correction_had_superseded_is_superseded_by_the_next(
    building: Building, tmp_path: Path
) -> None:
    load(building, *(file(tmp_path, f"{n}.csv", T1=n) for n in (1, 2, 3)))
    take_back(building, "2.csv")
    assert rows_of(building, HISTORY) == [
        ("T1", 1, "1.csv", 3, False),
        ("T1", 2, "2.csv", 3, True),
    ]
    assert rows_of(building, NOW) == [("T1", 3, "3.csv")]


def test_rejects_of_a_withdrawn_file_go_with_it(building: Building, tmp_path: Path) -> None:
    load(building, file(tmp_path, "a.csv", T1=8, T2=9_999), file(tmp_path, "b.csv", T3=9_999))
    take_back(building, "a.csv")
    assert rows_of(building, "SELECT source_file FROM rejects") == [("b.csv",)]


def test_rejects_that_a_withdrawn_correction_had_settled_are_open_again(
    building: Building, tmp_path: Path
) -> None:
    load(building, file(tmp_path, "a.csv", T1=9_999, T2=9_999, T3=8))
    before = rows_of(building, "SELECT * FROM rejects ORDER BY source_row")
    load(building, file(tmp_path, "b.csv", T1=8), file(tmp_path, "c.csv", T1=8, T2=7))
    assert rows_of(building, "SELECT * FROM rejects") == []
    take_back(building, "b.csv")
    assert rows_of(building, "SELECT * FROM rejects") == []  # c.csv says T1 too
    take_back(building, "c.csv")
    assert rows_of(building, "SELECT * FROM rejects ORDER BY source_row") == before
    load(building, file(tmp_path, "d.csv", T1=8, T2=7))
    assert rows_of(building, "SELECT * FROM rejects") == []
    take_back(building, "a.csv")
    take_back(building, "d.csv")
    assert (
        rows_of(
            building, "SELECT * FROM rejects UNION SELECT * EXCLUDE settled_by FROM settled_rejects"
        )
        == []
    )


@pytest.mark.parametrize("seed", range(6))
def test_what_is_open_is_what_the_files_that_are_left_leave_open(
    building: Building, tmp_path: Path, seed: int
) -> None:
    """Files with right and wrong rows of the same keys, some withdrawn: against those that are left,
    loaded one after the other into an empty warehouse."""
    chance = random.Random(seed)
    left: list[Path] = []
    for number in range(12):
        if left and chance.random() < 0.4:
            path = left.pop(chance.randrange(len(left)))
            take_back(building, path.name)
            continue
        keys = chance.sample(["T1", "T2", "T3"], chance.randint(1, 3))
        hours = {key: chance.choice([1, 2, 9_999]) for key in keys}
        left.append(file(tmp_path, f"{number}.csv", **hours, **{f"X{number}": 1}))
        load(building, left[-1])
    asked = "SELECT source_file, source_row, key FROM rejects ORDER BY 1, 2"
    found, kept = rows_of(building, asked), rows_of(building, NOW)
    with Warehouse(tmp_path / "other").building() as other:
        load(other, *left)
        assert rows_of(other, asked) == found
        assert [row[:2] for row in rows_of(other, NOW)] == [row[:2] for row in kept]


def test_a_file_is_known_by_its_content_before_its_name(building: Building, tmp_path: Path) -> None:
    may, june = tmp_path / "五月", tmp_path / "六月"
    may.mkdir()
    june.mkdir()
    load(building, file(may, "虎门.csv", T1=5), file(june, "虎门.csv", T2=6))
    with refusing(UnknownNameError, "say which one with --load"):
        find_loads(building.connection, "虎门.csv")
    with refusing(UnknownNameError, "not loaded as number 9"):
        find_loads(building.connection, "虎门.csv", load=9)
    with refusing(UnknownNameError, "did you mean '虎门.csv'"):
        find_loads(building.connection, "虎门镇.csv")
    assert take_back(building, str(june / "虎门.csv")) == [(1, 0, 0)]
    assert rows_of(building, NOW) == [("T1", 5, "虎门.csv")]
    assert take_back(building, "虎门.csv", load=1) == [(1, 0, 0)]


def workbook(path: Path, **sheets: list[str]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line.split(","))
    return path


MILESTONES = ["编号,目标编号,所属镇街,完成日期", "M1,dg-x,441900,2023-05-01"]


def test_one_sheet_is_withdrawn_by_itself(building: Building, tmp_path: Path) -> None:
    trainings = [HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,"]
    path = workbook(tmp_path / "a.xlsx", 培训=trainings, 节点=MILESTONES)
    assert [sheet.loaded for sheet in load(building, path).sheets] == [1, 1]
    with refusing(UnknownNameError, "no sheet '培'"):
        find_loads(building.connection, "a.xlsx", sheet="培")
    assert take_back(building, "a.xlsx", sheet="培训") == [(1, 0, 0)]
    assert rows_of(building, "SELECT count(*) FROM trainings") == [(0,)]
    assert rows_of(building, "SELECT count(*) FROM milestones") == [(1,)]
    assert take_back(building, "a.xlsx") == [(1, 0, 0)]


def test_sheets_that_settled_each_others_rows_go_together(building: Building, tmp_path: Path) -> None:
    lines = [HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,"]
    load(building, workbook(tmp_path / "a.xlsx", 一=lines, 二=lines))
    with refusing(UnknownNameError, "withdraw the whole file"):
        find_loads(building.connection, "a.xlsx", sheet="一")
    assert take_back(building, "a.xlsx") == [(1, 0, 0)]


def test_a_load_that_is_undone_leaves_no_trace(building: Building, tmp_path: Path) -> None:
    load(building, file(tmp_path, "a.csv", T1=8, T2=8, T3=9_999))
    kept = ("loads", "rejects", "settled_rejects", "repeats", "persons")
    tables = ("trainings", "trainings_superseded", *kept)
    before = [sorted(map(str, rows_of(building, f"SELECT * FROM {table}"))) for table in tables]
    load(building, file(tmp_path, "b.csv", T1=8, T2=9, T3=9_999))
    undo(building.connection, 2)
    after = [sorted(map(str, rows_of(building, f"SELECT * FROM {table}"))) for table in tables]
    assert after == before


def test_rows_of_an_older_version_take_the_load_that_says_them_again(
    building: Building, tmp_path: Path
) -> None:
    path = file(tmp_path, "a.csv", T1=8, T2=8)
    load(building, path)
    building.connection.execute("UPDATE trainings SET load = NULL")
    building.connection.execute("UPDATE loads SET sha256 = NULL")
    assert load(building, path).sheets[0].unchanged == 2
    assert rows_of(building, "SELECT DISTINCT load FROM trainings") == [(2,)]
    assert rows_of(building, "SELECT * FROM repeats") == []
    assert take_back(building, "a.csv", load=2) == [(2, 0, 0)]


@pytest.mark.parametrize("seed", range(8))
def test_any_files_in_any_order_with_any_withdrawn(
    building: Building, tmp_path: Path, seed: int
) -> None:
    """Against the plainest model: the files that were not withdrawn, one after the other."""
    chance = random.Random(seed)
    said: dict[str, dict[str, int]] = {}
    for number in range(14):
        if said and chance.random() < 0.4:
            name = chance.choice(sorted(said))
            del said[name]
            take_back(building, name)
        else:
            name = f"{number}.csv"
            keys = chance.sample(["T1", "T2", "T3", "T4"], chance.randint(1, 4))
            # A record of its own makes each file another one.
            said[name] = {key: chance.randint(1, 2) for key in keys} | {f"X{number}": 1}
            load(building, file(tmp_path, name, **said[name]))
        expected: dict[str, int] = {}
        for rows in said.values():
            expected |= rows
        found = rows_of(building, NOW)
        assert {str(key): hours for key, hours, _ in found} == expected
        assert len(found) == len(expected)
        assert all(said[str(name)][str(key)] == hours for key, hours, name in found)
        held = rows_of(
            building,
            "SELECT s.source_file, l.source_file FROM trainings_superseded AS s"
            " LEFT JOIN loads AS l ON l.load = s.superseded_by WHERE s.withdrawn_at IS NULL",
        )
        assert all(name in said and by in said for name, by in held)
