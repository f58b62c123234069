"""What senders call their columns: told in a small file beside theirs, with nearest names."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from etl.snapshots import Building
from tests.etl.offices import HEADER, ZHANG, csv_file, load, rows_of
from tests.refusing import is_both

#: A sender's own words for the person and the day.
OWN = HEADER.replace("身份证号", "学员证件").replace("结业日期", "培训止")
ROW = f"T1,{ZHANG},张三,虎门,2023-05-01,8,合格"
SAID = "columns:\n  学员证件: 身份证号  # an official header\n  培训 止: completed_on\n"


def test_headers_of_a_sender_s_own(building: Building, tmp_path: Path) -> None:
    town = tmp_path / "虎门"
    (town / "2023").mkdir(parents=True)
    path = csv_file(town / "2023", OWN, ROW)
    report = load(building, path)
    assert "结业日期" in report.failures[0].zh
    assert "milepost.yaml" in report.failures[0].en
    (town / "milepost.yaml").write_text(SAID, "utf-8")
    elsewhere = csv_file(tmp_path, OWN, ROW, name="elsewhere.csv")
    report = load(building, path, elsewhere)
    assert [(sheet.file, sheet.loaded) for sheet in report.sheets] == [("a.csv", 1)]
    assert [failure.zh.split("：")[0] for failure in report.failures] == ["elsewhere.csv"]


def test_the_nearest_file_counts_and_that_of_an_archive_lies_beside_it(
    building: Building, tmp_path: Path
) -> None:
    (tmp_path / "milepost.yaml").write_text("columns: {学员证件: person_id}", "utf-8")
    (tmp_path / "虎门").mkdir()
    (tmp_path / "虎门" / "milepost.yaml").write_text(SAID, "utf-8")
    path = tmp_path / "虎门" / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("b.csv", f"{OWN}\n{ROW}\n")
    assert load(building, path).sheets[0].loaded == 1


def test_a_file_is_read_again_when_its_headers_have_come_to_mean_more(
    building: Building, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, HEADER.replace("学时", "时长"), ROW)
    assert load(building, path).sheets[0].unknown_headers == ("时长",)
    (tmp_path / "milepost.yaml").write_text("columns: {时长: hours}", "utf-8")
    (sheet,) = load(building, path).sheets
    assert (sheet.superseded, sheet.unchanged) == (1, 0)
    assert rows_of(building, "SELECT hours FROM trainings") == [(8.0,)]
    assert load(building, path).sheets[0].unchanged == 1


WRONG = [
    ("colums:\n  a: hours\n", ["'colums'", "'columns'"]),
    ("columns:\n  甲: 结业日子\n", ["甲", "'结业日子'", "'结业日期'"]),
    ("columns:\n  甲: completd_on\n", ["'completed_on'"]),
    ("columns:\n  金额（万元）: 金额（元）\n", ["金额（万元）", "another unit"]),
    ("columns:\n  5: hours\n", ["quote numbers"]),
    ("columns:\n  甲: 课程名称\n  乙: [hours]\n", ["乙", "must be text"]),
    ("columns: 学时\n", ["header: field"]),
    ("- 学时\n", ["write columns:"]),
    ("columns:\n  - [\n", ["line 3"]),
]


@pytest.mark.parametrize(("said", "named"), WRONG)
def test_what_is_wrong_with_a_sender_s_file(
    building: Building, tmp_path: Path, said: str, named: list[str]
) -> None:
    (tmp_path / "milepost.yaml").write_text(said, "utf-8")
    report = load(
        building, csv_file(tmp_path, HEADER, ROW), csv_file(tmp_path, HEADER, ROW, name="b.csv")
    )
    assert report.sheets == []
    (failure,) = report.failures  # once, not for each file
    assert str(tmp_path / "milepost.yaml") in failure.en
    assert [word for word in named if word not in failure.en] == []
    assert is_both(failure)


def test_all_that_is_wrong_is_said_at_once(building: Building, tmp_path: Path) -> None:
    (tmp_path / "milepost.yaml").write_text("colum: 1\ncolumns: {甲: x, 乙: y}\n", "utf-8")
    (failure,) = load(building, csv_file(tmp_path, HEADER, ROW)).failures
    assert len(failure.en.splitlines()) == 3


def test_an_empty_file_and_one_that_is_no_text(building: Building, tmp_path: Path) -> None:
    path = csv_file(tmp_path, HEADER, ROW)
    (tmp_path / "milepost.yaml").write_bytes("columns: {甲: 学时}".encode("gb18030"))
    assert "not in UTF-8" in load(building, path).failures[0].en
    for said in ("", "columns:\n"):
        (tmp_path / "milepost.yaml").write_text(said, "utf-8")
        assert load(building, path).failures == []


def test_what_a_form_says_beside_its_headers(building: Building, tmp_path: Path) -> None:
    header = HEADER.replace("身份证号", "*身份证号【必填】").replace(
        "结业日期", "结业日期\u200b （必填）"
    )
    assert load(building, csv_file(tmp_path, header, ROW)).sheets[0].loaded == 1


def test_a_header_with_a_unit_is_asked_about(building: Building, tmp_path: Path) -> None:
    """Nobody guesses what it does to the numbers; nor is a required one guessed."""
    (note,) = load(building, csv_file(tmp_path, HEADER.replace("学时", "学时（小时）"), ROW)).notes
    assert note.zh.endswith("学时（小时）: hours")
    assert rows_of(building, "SELECT hours FROM trainings") == [(None,)]
    lacking = csv_file(tmp_path, HEADER.replace("结业日期", "结业日期（起）"), ROW, name="b.csv")
    assert "结业日期 (is it '结业日期（起）'?)" in load(building, lacking).failures[0].en


@pytest.mark.parametrize("other", ["所属镇街", "镇街"])
def test_of_two_columns_of_a_field_it_is_said_which_one_is_read(
    building: Building, tmp_path: Path, other: str
) -> None:
    (note,) = load(building, csv_file(tmp_path, f"{HEADER},{other}", f"{ROW},长安")).notes
    assert f"column {other!r} is not used" in note.en
    assert is_both(note)
    assert rows_of(building, "SELECT place FROM trainings") == [("441900121",)]


def test_a_header_that_is_close_to_a_known_one_is_asked_about(
    building: Building, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, HEADER.replace("学时", "学时数") + ",备注,结业日期2", f"{ROW},,")
    report = load(building, path)
    assert report.sheets[0].unknown_headers == ("学时数", "备注", "结业日期2")
    (note,) = report.notes  # there is a column of 结业日期, and nothing is like 备注
    assert "学时数: hours" in note.zh
    assert "'学时'" in note.en
    assert is_both(note)
