"""Workbooks: what is hidden in them, how they count days, and numbers that lost their digits.

`files/1904.xls` was written by a program for Excel 97: days counted from 1904, a title, a header and
four made-up rows on the first sheet, one on a hidden second. `files/hidden.xls` likewise: of four rows
on the sheet 一月 the third is hidden; below those of February two are, which hold nothing.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from etl.book_pieces import OpenBook
from etl.rejects import read_rejects, rejects_csv
from etl.snapshots import Building
from etl.source_files import SourceFile
from tests.etl.offices import HEADER, ZHANG, csv_file, load, rows_of
from tests.refusing import is_both

FILES = Path(__file__).with_name("files")
OLD_BOOK = FILES / "1904.xls"
#: 18 digits: as a number, the last ones are gone.
RESIDENT = 110105194912310021
#: 15 digits, the most that a number keeps.
OLD_FORM = 440524800101001
KEPT = "SELECT record_no, completed_on, source_sheet, source_row FROM trainings ORDER BY source_row"
REFUSED = "SELECT source_row, field, reason_en FROM rejects ORDER BY source_row"
LOST = "the identity number was kept as a number: digits are lost"
DAY = date(2023, 5, 1)


def cells(number: object, person: object = ZHANG, day: object = "2023-05-01") -> list[object]:
    return [number, person, "张三", "虎门", day, 8, "合格"]


def workbook(
    path: Path, *rows: Sequence[object], hidden: Sequence[int] = (), **options: object
) -> Path:
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("一月")
        style = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate([HEADER.split(","), *rows]):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, column, cell, style)
                else:
                    sheet.write(number, column, cell)
        for number in hidden:
            sheet.set_row(number, None, None, {"hidden": True})
    return path


def open_document(path: Path, *, hidden_sheet: bool, filtered: bool) -> Path:
    """A small ODS file with an identity number that is a number in its second row."""

    def row(*found: object, visibility: str = "") -> str:
        return f"<table:table-row{visibility}>{''.join(map(cell, found))}</table:table-row>"

    def cell(value: object) -> str:
        if isinstance(value, int):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        text = f"<text:p>{value}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'

    shut = ' table:visibility="filter"' if filtered else ""
    table = row(*HEADER.split(",")) + row(*cells("T1"), visibility=shut) + row(*cells("T2", RESIDENT))
    style = ' table:style-name="gone"' if hidden_sheet else ""
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "style")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{spaces} office:version="1.2">'
        '<office:automatic-styles><style:style style:name="gone" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
        f'<office:body><office:spreadsheet><table:table table:name="一月">{table}</table:table>'
        f'<table:table table:name="二月"{style}>{table.replace("T1", "T3").replace("T2", "T4")}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("META-INF/manifest.xml", "<manifest/>")
        file.writestr("content.xml", content)
    return path


@pytest.mark.parametrize("name", ["a.xlsx", "a.xlsm", "a.xls"])
def test_numbers_that_lost_their_digits_are_refused(
    building: Building, tmp_path: Path, name: str
) -> None:
    """Never guessed: as written they would be another person's, or another record's. `a.xls` is a
    workbook of today under an old name."""
    path = workbook(
        tmp_path / "a.xlsx",
        cells("T1", RESIDENT),
        cells("T2", OLD_FORM),
        cells("T3"),
        cells(2023441900000012345),
        cells("2023441900000012345"),
        cells(202344190000001),
    ).rename(tmp_path / name)
    (sheet,) = load(building, path).sheets
    assert (sheet.loaded, sheet.rejected) == (4, 2)
    assert rows_of(building, REFUSED) == [
        (2, "person_id", LOST),
        (5, "record_no", "Training record number was kept as a number: digits are lost"),
    ]
    assert [row[0] for row in rows_of(building, KEPT)] == [
        "T2", "T3", "2023441900000012345", "202344190000001",
    ]  # fmt: skip
    assert str(RESIDENT)[6:14] not in str(rows_of(building, "SELECT * FROM rejects"))


@pytest.mark.parametrize("value", ["110105194912310021", "1.1010519491231002E+17", "1.1E17", "11e+16"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_however_a_workbook_writes_a_long_number(
    building: Building, tmp_path: Path, value: str, sign: str
) -> None:
    """As Excel, LibreOffice and programs write it into the XML; the digits of a text are all there."""
    path = workbook(tmp_path / "a.xlsx", cells("T1"), cells("T2", 12345))
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert sheet.count(b"<v>12345</v>") == 1
    changed = sheet.replace(b"<v>12345</v>", f"<v>{sign}{value}</v>".encode())
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, changed if part is sheet else part)
    book = OpenBook(SourceFile.of(path))
    assert [book.texts(one).long_numbers for one in book.sheets if one.name == "一月"] == [True]
    (report,) = load(building, path).sheets
    assert (report.loaded, report.rejected) == (1, 1)


@pytest.mark.parametrize("written", ["1.10105E+17", "1.10105194912310E+17", "110105194912310021.0"])
def test_numbers_that_a_csv_shows_without_their_digits(
    building: Building, tmp_path: Path, written: str
) -> None:
    good = ",".join(map(str, cells("T1")))
    lines = [good.replace("T1", "2.02344E+18"), good.replace(ZHANG, written), good.replace("T1", "E+1")]
    (sheet,) = load(building, csv_file(tmp_path, HEADER, *lines)).sheets
    assert (sheet.loaded, sheet.rejected) == (1, 2)
    assert [row[1:] for row in rows_of(building, REFUSED)] == [
        ("record_no", "Training record number was kept as a number: digits are lost"),
        ("person_id", LOST),
    ]


@pytest.mark.parametrize("from_1904", [False, True])
def test_days_are_counted_as_the_workbook_counts_them(
    building: Building, tmp_path: Path, from_1904: bool
) -> None:
    serial = (DAY - (date(1904, 1, 1) if from_1904 else date(1899, 12, 30))).days
    path = workbook(
        tmp_path / "a.xlsx",
        cells("T1", day=datetime(2023, 5, 1)), cells("T2", day=serial), cells("T3", day=str(serial)),
        date_1904=from_1904,
    )  # fmt: skip
    load(building, path)
    assert rows_of(building, KEPT) == [(f"T{n}", DAY, "一月", n + 1) for n in (1, 2, 3)]


def test_days_of_refused_rows_mean_the_same_when_they_are_loaded_again(
    building: Building, tmp_path: Path
) -> None:
    """Corrected rows come in a file that counts its days in another way."""
    serial = (DAY - date(1904, 1, 1)).days
    bad = cells("T1", RESIDENT, serial)
    load(building, workbook(tmp_path / "a.xlsx", bad, date_1904=True))
    with building.engine.connect() as connection:
        text = rejects_csv(read_rejects(connection))
    again = tmp_path / "again.csv"
    again.write_text(text.replace("1*1******17", ZHANG), "utf-8-sig")
    load(building, again)
    assert rows_of(building, KEPT) == [("T1", DAY, "", 2)]


def test_a_workbook_of_excel_97(building: Building, tmp_path: Path) -> None:
    """Its second row is a plain number; its third row's identity number is one, and lost digits."""
    report = load(building, Path(shutil.copy(OLD_BOOK, tmp_path)))
    (sheet,) = report.sheets
    assert (sheet.loaded, sheet.rejected) == (3, 1)
    assert rows_of(building, KEPT) == [(f"T{n}", DAY, "一月", n + 2) for n in (1, 2, 4)]
    assert rows_of(building, REFUSED) == [(5, "person_id", LOST)]
    (note,) = report.notes
    assert "底稿" in note.zh
    assert "hidden" in note.en


def test_a_hidden_sheet_is_skipped_and_hidden_rows_are_read(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("一月", "底稿"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER.split(","))
            sheet.write_row(1, 0, cells(f"T-{name}"))
            sheet.write_row(2, 0, cells(f"T2-{name}"))
        book.get_worksheet_by_name("一月").set_row(1, None, None, {"hidden": True})
        book.get_worksheet_by_name("底稿").hide()
        choices = book.add_worksheet("选项")
        choices.write_row(0, 0, ["所属镇街", "考核结果"])
        choices.hide()
    report = load(building, path)
    assert [(sheet.sheet, sheet.loaded) for sheet in report.sheets] == [("一月", 2)]
    assert rows_of(building, "SELECT record_no FROM trainings ORDER BY source_row") == [
        ("T-一月",),
        ("T2-一月",),
    ]
    skipped, read = report.notes
    assert "底稿" in skipped.zh
    assert "was not loaded" in skipped.en
    assert "filtered" in read.en
    assert all(map(is_both, report.notes))


def test_hidden_rows_without_cells_are_nothing_to_speak_of(building: Building, tmp_path: Path) -> None:
    assert load(building, workbook(tmp_path / "a.xlsx", cells("T1"), hidden=[5])).notes == []


def test_hidden_rows_of_excel_97(building: Building, tmp_path: Path) -> None:
    report = load(building, Path(shutil.copy(FILES / "hidden.xls", tmp_path)))
    assert [(sheet.sheet, sheet.loaded) for sheet in report.sheets] == [("一月", 3), ("February", 3)]
    (note,) = report.notes
    assert note.en.startswith("hidden.xls, sheet 一月: rows that are hidden")
    assert is_both(note)


@pytest.mark.parametrize("cut", [512, 1_000, 2_000, 3_000, 4_000, 5_000])
def test_a_workbook_of_excel_97_that_was_cut_off(building: Building, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes((FILES / "hidden.xls").read_bytes()[:cut])
    (failure,) = load(building, path).failures
    assert failure.en.startswith("a.xls: ")


def test_a_workbook_whose_sheets_are_all_hidden(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        draft = book.add_worksheet("底稿")
        draft.write_row(0, 0, HEADER.split(","))
        draft.write_row(1, 0, cells("T1"))
        book.add_worksheet("说明").activate()
        draft.hide()
    report = load(building, path)
    assert report.sheets == []
    assert "unhide" in report.failures[0].en
    assert is_both(report.failures[0])


@pytest.mark.parametrize("hidden_sheet", [False, True])
@pytest.mark.parametrize("filtered", [False, True])
def test_open_documents(building: Building, tmp_path: Path, hidden_sheet: bool, filtered: bool) -> None:
    path = open_document(tmp_path / "a.ods", hidden_sheet=hidden_sheet, filtered=filtered)
    report = load(building, path)
    kept = ["T1"] if hidden_sheet else ["T1", "T3"]
    assert [row[0] for row in rows_of(building, KEPT)] == kept
    assert rows_of(building, REFUSED) == [(3, "person_id", LOST)] * len(kept)
    assert len(report.notes) == (1 if hidden_sheet else filtered) + filtered


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#SPILL!"])
def test_formulas_without_a_result_are_refused(building: Building, tmp_path: Path, error: str) -> None:
    """A lookup that found nothing is no empty cell, in whatever field it stands."""
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [*HEADER.split(","), "课程名称"])
        for number in range(1, 5):
            sheet.write_row(number, 0, [*cells(f"T{number}"), "焊工"])
        for place in ("F2", "H3", "D4"):
            sheet.write_formula(place, "=VLOOKUP(1,K:L,2)", None, error)
    load(building, tmp_path / "a.xlsx")
    assert [row[0] for row in rows_of(building, KEPT)] == ["T4"]
    why = "a formula has no result"
    assert rows_of(building, REFUSED) == [(2, "hours", why), (3, "course", why), (4, "place", why)]
    shown = "SELECT DISTINCT value FROM rejects"
    assert rows_of(building, shown) == [(error,)]


def test_formulas_drawn_further_than_the_rows_make_none(building: Building, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["序号", *HEADER.split(","), "年龄"])
        sheet.write_row(1, 0, [1, *cells("T1")])
        for number in range(3, 8):
            sheet.write(f"A{number}", number)
            sheet.write_formula(f"E{number}", "=VLOOKUP(1,K:L,2)", None, "#N/A")
            sheet.write_formula(f"I{number}", "=1/0", None, "#DIV/0!")
        sheet.write_row("A8", [10022, *["#N/A"] * 7])  # somebody's number, of whom nothing was found
    (sheet_report,) = load(building, tmp_path / "a.xlsx").sheets
    assert (sheet_report.loaded, sheet_report.rejected, sheet_report.left_out) == (1, 1, 5)


@pytest.mark.parametrize(
    ("said", "shown", "value"),
    [
        (
            'office:value-type="string" office:string-value="" calcext:value-type="error"',
            "#N/A",
            "#N/A",
        ),
        ('office:value-type="float" office:value="0" calcext:value-type="error"', "错误", "#VALUE!"),
        ('office:value-type="string"', "Err:502", "Err:502"),
        ('office:value-type="string"', "错误:502", "错误:502"),
    ],
)
def test_formulas_without_a_result_in_open_documents(
    building: Building, tmp_path: Path, said: str, shown: str, value: str
) -> None:
    path = open_document(tmp_path / "a.ods", hidden_sheet=True, filtered=False)
    hours = '<table:table-cell office:value-type="float" office:value="8"/>'
    comment = "<office:annotation><text:p>批注</text:p></office:annotation>"
    failed = f'<table:table-cell table:formula="of:=1/0" {said}>{comment}<text:p>{shown}</text:p>'
    failed += "</table:table-cell>"
    space = ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    content = parts["content.xml"].replace(hours, failed, 1)
    parts["content.xml"] = content.replace(" office:version", f"{space} office:version", 1)
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    load(building, path)
    assert rows_of(building, KEPT) == []
    assert rows_of(
        building, "SELECT source_row, value, reason_en FROM rejects WHERE field = 'hours'"
    ) == [(2, value, "a formula has no result")]


def test_a_header_in_two_merged_rows_and_a_foot(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("一月")
        sheet.merge_range(0, 0, 0, 6, "培训情况表")
        for column, header in enumerate(["培训记录编号", "身份证号", "所属镇街"]):
            sheet.merge_range(1, column, 2, column, header)
        sheet.merge_range(1, 3, 1, 4, "培训")
        sheet.write_row(2, 3, ["开始日期", "结束日期"])
        sheet.merge_range(1, 5, 2, 5, "学时")
        sheet.write_row(3, 0, ["T1", ZHANG, "虎门", "2023-04-01", "2023-05-01", "40学时"])
        sheet.merge_range(5, 0, 5, 4, "合计")
        sheet.write(5, 5, 40)
        sheet.merge_range(6, 0, 6, 5, "填表人：王五    审核人：赵六")
    (sheet_report,) = load(building, path).sheets
    assert (sheet_report.loaded, sheet_report.rejected, sheet_report.left_out) == (1, 0, 2)
    assert rows_of(building, "SELECT started_on, completed_on, hours, source_row FROM trainings") == [
        (date(2023, 4, 1), DAY, 40.0, 4)
    ]


def test_what_a_file_is_is_told_by_its_content(building: Building, tmp_path: Path) -> None:
    """Systems export text as `.xls`, and people rename workbooks to `.csv`."""
    text = tmp_path / "导出.xls"
    lines = [HEADER, ",".join(map(str, cells("T1")))]
    text.write_bytes("\r\n".join(lines).replace(",", "\t").encode("gb18030"))
    book = workbook(tmp_path / "b.xlsx", cells("T2")).rename(tmp_path / "b.csv")
    page = tmp_path / "c.xls"
    page.write_text("\ufeff<html><table><tr><td>培训记录编号</td></tr></table></html>", "utf-8")
    report = load(building, text, book, page)
    assert [(sheet.file, sheet.loaded) for sheet in report.sheets] == [("导出.xls", 1), ("b.csv", 1)]
    (failure,) = report.failures
    assert "c.xls" in failure.zh
    assert "web page" in failure.en
    assert is_both(failure)


def test_a_workbook_that_would_fill_the_memory(building: Building, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", cells("T1"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet2.xml", b" " * 100_000_000)
    report = load(building, path)
    assert report.sheets == []
    assert "more than a table would" in report.failures[0].en
    assert is_both(report.failures[0])
