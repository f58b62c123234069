"""Refused rows come back useful: a workbook to correct in place, whose rows replace their rejects."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from etl.rejects import ADDED, read_rejects, rejects_csv
from etl.rejects_book import rejects_xlsx
from etl.snapshots import Building
from etl.texts import LANGUAGES, Language
from tests.etl.offices import HEADER, LI, ZHANG, csv_file, load, rows_of

OPEN = "SELECT source_file, source_row, field FROM rejects ORDER BY load, source_row, field"


def returned(building: Building, language: Language = "zh") -> openpyxl.Workbook:
    """The workbook of what is refused, as a spreadsheet opens it."""
    with building.engine.connect() as connection:
        data = rejects_xlsx(read_rejects(connection), language)
    return openpyxl.load_workbook(io.BytesIO(data))


def column_of(sheet: Worksheet, header: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == header)


def correct(sheet: Worksheet, row: int, **cells: str) -> None:
    """Type into cells of a row what stands behind their headers."""
    for header, written in cells.items():
        sheet.cell(row, column_of(sheet, header)).value = written


def test_load_export_correct_load_again(building: Building, tmp_path: Path) -> None:
    """Two of four rows are refused, one in two cells; corrected, all four are there once."""
    first = csv_file(
        tmp_path,
        HEADER.replace("所属镇街", "镇街"),
        f"T1,{ZHANG},张三,虎门,2023-05-01,8,合格",
        f"T2,{ZHANG},张三,火门,2023-05-02,八,合格",
        f"T3,{LI[:-1]}9,李四,长安,2023-05-03,8,合格",
        f"T4,{ZHANG},张三,长安,2023-05-04,8,合格",
        name="五月.csv",
    )
    load(building, first)
    assert rows_of(building, OPEN) == [
        ("五月.csv", 3, "hours"),
        ("五月.csv", 3, "place"),
        ("五月.csv", 4, "person_id"),
    ]
    book = returned(building)
    (sheet,) = book.worksheets
    correct(sheet, 2, 镇街="虎门", 学时="8", 身份证号=ZHANG)
    correct(sheet, 3, 身份证号=LI)
    book.save(tmp_path / "更正.xlsx")
    (report,) = load(building, tmp_path / "更正.xlsx").sheets
    assert (report.rows_read, report.loaded, report.rejected, report.settled) == (2, 2, 0, 2)
    assert report.unknown_headers == ()
    assert rows_of(building, OPEN) == []
    assert rows_of(
        building, "SELECT record_no, place, hours, source_file FROM trainings ORDER BY 1"
    ) == [
        ("T1", "441900121", 8.0, "五月.csv"),
        ("T2", "441900121", 8.0, "更正.xlsx"),
        ("T3", "441900119", 8.0, "更正.xlsx"),
        ("T4", "441900119", 8.0, "五月.csv"),
    ]
    # Neither file says anything new when it is sent once more.
    for path in (first, tmp_path / "更正.xlsx"):
        (again,) = load(building, path).sheets
        assert (again.unchanged, again.settled) == (again.rows_read, 0)
    assert rows_of(building, "SELECT count(*) FROM trainings") == [(4,)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_bad_cells_are_filled_and_say_reason_and_remedy(
    building: Building, tmp_path: Path, language: Language
) -> None:
    load(building, csv_file(tmp_path, HEADER, f"T1,{ZHANG},张三,火门,2023-05-01,5001,合格"))
    (sheet,) = returned(building, language).worksheets
    said = {
        sheet.cell(1, cell.column).value: cell.comment.text
        for cell in sheet[2]
        if cell.comment is not None
    }
    assert said.keys() == {"身份证号", "所属镇街", "学时"}
    reasons = {
        "zh": "学时大于 5000\n请填写不大于 5000 的数",
        "en": "Hours is above 5000\nwrite a number that is 5000 or less",
    }
    assert said["学时"] == reasons[language]
    assert {"zh": "遮盖", "en": "covered"}[language] in said["身份证号"]
    fills = {cell.value: cell.fill.fgColor.rgb for cell in sheet[2] if cell.comment is not None}
    assert fills["火门"] == fills["5001"] == "FFFFC9B8"
    assert fills["110*************2X"] == "FFFFF2CC"
    # Whatever is typed keeps its digits: every cell is text, an empty one below the rows too.
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    assert sheet.column_dimensions["A"].number_format == "@"
    assert [cell.value for cell in sheet[1]][-8:] == [text.of(language) for text in ADDED.values()]
    assert "张三" not in str([[cell.value for cell in row] for row in sheet.rows])


def test_headers_with_stars_and_spaces_are_found_to_mark(building: Building, tmp_path: Path) -> None:
    header = HEADER.replace("所属镇街", "镇 街*")
    load(building, csv_file(tmp_path, header, f"T1,{ZHANG},,火门,2023-05-01,8,"))
    (sheet,) = returned(building).worksheets
    cell = sheet.cell(2, column_of(sheet, "镇 街*"))
    assert (cell.value, cell.comment is not None) == ("火门", True)


def test_files_that_name_a_column_differently_share_one(building: Building, tmp_path: Path) -> None:
    """Two aliases of one field side by side would leave each row with one of them empty."""
    load(building, csv_file(tmp_path, HEADER, f"T1,{ZHANG},,火门,2023-05-01,8,", name="a.csv"))
    other = HEADER.replace("所属镇街", "属地").replace("学时", "课时")
    load(building, csv_file(tmp_path, other, f"T2,{ZHANG},,水门,2023-05-01,8,", name="b.csv"))
    book = returned(building)
    (sheet,) = book.worksheets
    headers = [cell.value for cell in sheet[1]]
    assert headers[:7] == HEADER.split(",")
    for row in (2, 3):
        correct(sheet, row, 所属镇街="虎门", 身份证号=ZHANG)
    book.save(tmp_path / "c.xlsx")
    (report,) = load(building, tmp_path / "c.xlsx").sheets
    assert (report.loaded, report.rejected, report.settled) == (2, 0, 2)
    assert rows_of(building, OPEN) == []


def test_columns_of_a_sender_s_own_come_back_under_their_official_headers(
    building: Building, tmp_path: Path
) -> None:
    """Whoever corrects the rows has no `milepost.yaml`. 结业日期 means the beginning in this file, and
    a column that is not read has the name of one that is."""
    town = tmp_path / "虎门"
    town.mkdir()
    (town / "milepost.yaml").write_text(
        "columns:\n  学员证件: 身份证号\n  结业日期: started_on\n  止: completed_on\n", "utf-8"
    )
    header = "培训记录编号,身份证号,学员证件,镇街,结业日期,止,说明"
    load(building, csv_file(town, header, f"T1,本人,{ZHANG},火门,2023-04-01,2023-05-01,补报"))
    book = returned(building)
    (sheet,) = book.worksheets
    headers = [cell.value for cell in sheet[1]]
    assert headers[:6] == ["培训记录编号", "身份证号", "镇街", "开班日期", "结业日期", "说明"]
    assert sheet.cell(2, 2).value == "110*************2X"
    correct(sheet, 2, 镇街="虎门", 身份证号=ZHANG)
    book.save(tmp_path / "b.xlsx")
    (report,) = load(building, tmp_path / "b.xlsx").sheets
    assert (report.loaded, report.rejected, report.settled) == (1, 0, 1)
    assert rows_of(building, "SELECT started_on::VARCHAR, completed_on::VARCHAR FROM trainings") == [
        ("2023-04-01", "2023-05-01")
    ]


def test_a_row_that_is_still_wrong_replaces_its_reject(building: Building, tmp_path: Path) -> None:
    load(
        building,
        csv_file(tmp_path, HEADER, f",{ZHANG},,火门,2023-05-01,8,", f"T2,{ZHANG},,火门,2023-05-02,8,"),
    )
    book = returned(building)
    (sheet,) = book.worksheets
    correct(sheet, 2, 所属镇街="虎门", 身份证号=ZHANG)  # its number is missing still
    sheet.delete_rows(3)  # and the other row is left for later
    book.save(tmp_path / "b.xlsx")
    (report,) = load(building, tmp_path / "b.xlsx").sheets
    assert (report.rejected, report.settled) == (1, 1)
    assert rows_of(building, OPEN) == [("a.csv", 3, "place"), ("b.xlsx", 2, "record_no")]


def test_a_blank_behind_the_sign_that_kept_a_cell_from_being_run(
    building: Building, tmp_path: Path
) -> None:
    """Once the sign is taken away, a cell begins with a blank in which none did in the file."""
    added = ",".join(text.zh for text in ADDED.values())
    path = csv_file(
        tmp_path,
        f"{HEADER},{added}",
        f"'\tT1,{ZHANG},张三,虎门,2023-05-01,8,合格,1,五月.csv,,2,所属镇街,火门,-,-",
    )
    load(building, path)
    assert rows_of(building, "SELECT record_no FROM trainings") == [("T1",)]


def test_a_whole_file_sent_again_replaces_the_rejects_of_its_keys(
    building: Building, tmp_path: Path
) -> None:
    """The office corrects its own file: T1 is right now, T2 and a row without number are not."""
    nameless = f",{ZHANG},,虎门,2023-05-03,8,"
    bad = [f"T1,{ZHANG},,火门,2023-05-01,8,", f"T2,{ZHANG},,虎门,2023-05-02,八,", nameless]
    load(building, csv_file(tmp_path, HEADER, *bad))
    assert len(rows_of(building, OPEN)) == 3
    better = [f"T1,{ZHANG},,虎门,2023-05-01,8,", bad[1], nameless]
    (report,) = load(building, csv_file(tmp_path, HEADER, *better)).sheets
    assert (report.loaded, report.rejected, report.settled) == (1, 2, 3)
    assert rows_of(building, "SELECT load, source_row, field FROM rejects ORDER BY 2") == [
        (2, 3, "hours"),
        (2, 4, "record_no"),
    ]


def test_the_same_number_in_another_city_settles_nothing(building: Building, tmp_path: Path) -> None:
    load(building, csv_file(tmp_path, HEADER, f"T1,{ZHANG},,火门,2023-05-01,8,"))
    other = csv_file(tmp_path, HEADER, f"T1,{ZHANG},,蓬江,2023-05-01,8,", name="江门.csv")
    (report,) = load(building, other, areas=["440700"]).sheets
    assert (report.loaded, report.settled) == (1, 0)
    assert len(rows_of(building, OPEN)) == 1


def test_a_number_used_twice_is_settled_when_it_is_used_once(
    building: Building, tmp_path: Path
) -> None:
    twice = [f"T1,{ZHANG},,虎门,2023-05-01,8,", f"T1,{ZHANG},,长安,2023-05-01,8,"]
    load(building, csv_file(tmp_path, HEADER, *twice))
    assert rows_of(building, OPEN) == [("a.csv", 3, "record_no")]
    (report,) = load(building, csv_file(tmp_path, HEADER, twice[1])).sheets
    assert (report.superseded, report.settled) == (1, 1)
    assert rows_of(building, OPEN) == []


def test_a_key_that_had_to_be_covered_is_kept_nowhere(building: Building, tmp_path: Path) -> None:
    load(building, csv_file(tmp_path, HEADER, f"{LI},{ZHANG},,虎门,2023-05-01,8,"))
    assert rows_of(building, "SELECT key FROM rejects") == [(None,)]
    with building.engine.connect() as connection:
        assert LI not in rejects_csv(read_rejects(connection))


def test_two_dates_that_do_not_fit_are_both_named(building: Building, tmp_path: Path) -> None:
    header = "证书编号,身份证号,所属镇街,技能等级,发证日期,注销日期"
    load(building, csv_file(tmp_path, header, f"C1,{ZHANG},虎门,高级工,2023-05-02,2023-05-01"))
    assert rows_of(building, "SELECT field, reason_zh, reason_en, remedy_zh FROM rejects") == [
        (
            "revoked_on",
            "注销日期早于发证日期",
            "Revoked on is before issued on",
            "请核对这一行的注销日期和发证日期",
        )
    ]
