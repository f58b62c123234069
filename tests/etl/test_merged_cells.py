"""Merged cells: what one says of several rows is read in each, in all kinds of workbooks.

`files/merged.xls` was written by a program for Excel 97: two blank rows with borders, column A too; a
title, a header, and three made-up rows, of which two share a person and a town; the hours of the third
are a formula that has no result.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter
from hypothesis import example, given
from hypothesis import strategies as st

from etl import book_pieces, unpacking
from etl.merged_cells import Merged, sources, spread
from etl.snapshots import Building
from tests.etl.offices import HEADER, LI, ZHANG, load, rows_of
from tests.refusing import is_both

OLD_BOOK = Path(__file__).with_name("files") / "merged.xls"
TOWNS = "SELECT record_no, place, source_row FROM trainings ORDER BY source_row"
HUMEN, CHANGAN = "441900121", "441900119"


def row(number: str, *, place: str | None, person: str | None = ZHANG) -> list[str | None]:
    return [number, person, None, place, "2023-05-01", "8", "合格"]


def workbook(
    path: Path,
    merged: str,
    *rows: list[str | None],
    left: int = 0,
    covered: Mapping[str, str] | None = None,
    header: str = HEADER,
) -> Path:
    """`merged`: such as D2:D3, each with the value that its first cell has in the rows; `covered`: what
    other cells of them hold."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate([header.split(","), *rows]):
            for column, cell in enumerate(cells, left):
                sheet.write(number, column, cell)
        for place in merged.split():
            sheet.merge_range(place, None)
            first = place.partition(":")[0]
            column, number = ord(first[0]) - ord("A"), int(first[1:])
            sheet.write(first, rows[number - 2][column - left])
        for cell, text in (covered or {}).items():
            sheet.write(cell, text)
    return path


@pytest.mark.parametrize("left", [0, 2])
def test_a_town_that_is_written_once_for_all_its_people(
    building: Building, tmp_path: Path, left: int
) -> None:
    rows = [row("T1", place="虎门"), row("T2", place=None), row("T3", place="长安")]
    rows += [row("T4", place=None), row("T5", place=None), row("T6", place=None)]
    towns = "F2:F3 F4:F6" if left else "D2:D3 D4:D6"
    report = load(building, workbook(tmp_path / "a.xlsx", towns, *rows, left=left))
    assert rows_of(building, TOWNS) == [
        ("T1", HUMEN, 2),
        ("T2", HUMEN, 3),
        ("T3", CHANGAN, 4),
        ("T4", CHANGAN, 5),
        ("T5", CHANGAN, 6),
    ]
    assert rows_of(building, "SELECT source_row, reason_en FROM rejects") == [(7, "Place is missing")]
    (note,) = report.notes
    assert note.en.endswith("read with what is in a cell that is merged with rows above: rows 3, 5, 6")
    assert is_both(note)


@pytest.mark.parametrize("left", [0, 2])
def test_a_sheet_that_is_read_in_pieces(
    building: Building, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    for name in ("LEAST", "USUAL", "MOST"):
        monkeypatch.setattr(book_pieces, name, 4_000)
    monkeypatch.setattr(unpacking, "LONGEST_TEXT", 500)
    towns = ["虎门", "长安", "石龙"]
    rows = [row(f"T{n}", place=None if n % 100 else towns[n // 100]) for n in range(300)]
    places = "F2:F101 F102:F201 F202:F301" if left else "D2:D101 D102:D201 D202:D301"
    load(building, workbook(tmp_path / "a.xlsx", places, *rows, left=left))
    found = "SELECT place, count(*), max(source_row) FROM trainings GROUP BY ALL ORDER BY 3"
    assert rows_of(building, found) == [
        (HUMEN, 100, 101),
        (CHANGAN, 100, 201),
        ("441900102", 100, 301),
    ]


def test_a_person_with_several_records_and_what_a_covered_cell_holds(
    building: Building, tmp_path: Path
) -> None:
    """Some programs merge cells and keep what was in them: it belongs to its own row."""
    rows = [row("T1", place="虎门"), row("T2", place=None, person=None), row("T3", place=None)]
    load(building, workbook(tmp_path / "a.xlsx", "B2:B4 D2:D4", *rows, covered={"B4": LI}))
    persons = dict(rows_of(building, "SELECT record_no, person FROM trainings"))
    assert persons["T1"] == persons["T2"] != persons["T3"]
    assert rows_of(building, "SELECT count(*) FROM rejects") == [(0,)]


def test_a_number_that_lost_its_digits_is_refused_in_each_of_its_rows(
    building: Building, tmp_path: Path
) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(
            [HEADER.split(","), row("T1", place="虎门"), row("T2", place="虎门", person=None)]
        ):
            sheet.write_row(number, 0, cells)
        sheet.merge_range("B2:B3", None)
        sheet.write_number("B2", 110105194912310021)
    load(building, tmp_path / "a.xlsx")
    lost = "the identity number was kept as a number: digits are lost"
    assert rows_of(building, "SELECT source_row, reason_en FROM rejects ORDER BY 1") == [
        (2, lost),
        (3, lost),
    ]


def test_of_columns_that_are_no_field_nothing_is_said(building: Building, tmp_path: Path) -> None:
    rows = [[*row(f"T{n}", place="虎门"), "一组" if n == 1 else None] for n in (1, 2)]
    path = workbook(tmp_path / "a.xlsx", "H2:H3", *rows, header=HEADER + ",分组")
    report = load(building, path)
    assert report.sheets[0].loaded == 2
    assert not report.notes


def test_a_subtotal_among_merged_cells_is_no_record(building: Building, tmp_path: Path) -> None:
    """Nor are rows that were only numbered, whatever is merged over them."""
    rows = [
        ["1", "P1", "培训补贴", "虎门", "2023-05-01", "100"],
        ["2", "P2", None, None, None, "200"],
        [None, "小计", None, None, None, "300"],
        ["4", None, None, None, None, None],
    ]
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        header = ["序号", "支付编号", "支出项目", "所属镇街", "支付日期", "金额（元）"]
        for number, cells in enumerate([header, *rows]):
            sheet.write_row(number, 0, cells)
        for column, said in zip("CDE", rows[0][2:5], strict=True):
            sheet.merge_range(f"{column}2:{column}5", said)
    (report,) = load(building, tmp_path / "a.xlsx").sheets
    assert (report.loaded, report.rejected, report.left_out) == (2, 0, 2)
    paid = "SELECT payment_no, item, amount, place FROM spending ORDER BY 1"
    assert rows_of(building, paid) == [("P1", "培训补贴", 100, HUMEN), ("P2", "培训补贴", 200, HUMEN)]


def test_what_only_sounds_like_a_total_is_a_record(building: Building, tmp_path: Path) -> None:
    """Statistics are about sums; the towns and periods of several are written once."""
    rows = [
        ["就业人员数", "虎门", "2023", "100"],
        ["技能人才总数", None, None, "500"],
        ["高技能人才累计", None, None, "50"],
        ["虎门镇合计", None, None, "650"],
    ]
    header = "指标,所属镇街,统计期,数值"
    path = workbook(tmp_path / "a.xlsx", "B2:B5 C2:C5", *rows, header=header)
    (report,) = load(building, path).sheets
    assert (report.loaded, report.rejected, report.left_out) == (3, 0, 1)
    found = "SELECT indicator, place, period, value FROM statistics ORDER BY source_row"
    assert rows_of(building, found) == [
        (measure, HUMEN, "2023", int(value)) for measure, _, _, value in rows[:3]
    ]


@pytest.mark.parametrize("nothing", ["无", "/", "—", " "])
def test_no_number_of_several_rows_is_none(building: Building, tmp_path: Path, nothing: str) -> None:
    rows = [[*row(f"T{n}", place="虎门"), nothing if n == 1 else None] for n in range(1, 3)]
    path = workbook(tmp_path / "a.xlsx", "H2:H3", *rows, header=HEADER + ",补贴金额（元）")
    assert load(building, path).sheets[0].loaded == 2


def test_a_name_in_the_wrong_column_is_kept_nowhere(building: Building, tmp_path: Path) -> None:
    rows: list[list[str | None]] = [
        ["T1", "虎门", "张测", ZHANG, "2023-05-01"],
        ["T2", "虎门", None, LI, "2023-05-01"],
    ]
    header = "培训记录编号,身份证号,学时,所属镇街,结业日期"
    load(building, workbook(tmp_path / "a.xlsx", "C2:C3", *rows, header=header))
    dumped = str(rows_of(building, "SELECT * FROM rejects"))
    assert "T2" in dumped
    assert "张测" not in dumped


def test_a_number_of_several_rows_is_refused(building: Building, tmp_path: Path) -> None:
    """Nobody knows whether it is each row's, or their sum."""
    rows = [[*row(f"T{n}", place="虎门"), "30000" if n == 1 else None] for n in range(1, 4)]
    path = workbook(tmp_path / "a.xlsx", "H2:H3", *rows, header=HEADER + ",补贴金额（元）")
    load(building, path)
    assert rows_of(building, "SELECT record_no, subsidy FROM trainings") == [("T3", None)]
    why = "the number is in a cell merged over several rows: each row's, or their sum?"
    found = "SELECT source_row, field, value, reason_en FROM rejects ORDER BY 1"
    assert rows_of(building, found) == [
        (number, "subsidy", "30000（合并单元格）", why) for number in (2, 3)
    ]


def test_a_text_that_is_too_long_for_all_its_rows(
    building: Building, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.reading._MOST_SPREAD", 1_000)
    rows = [[*row(f"T{n}", place="虎门"), None if n else "焊" * 100] for n in range(9)]
    path = workbook(tmp_path / "a.xlsx", "H2:H10", *rows, header=HEADER + ",课程名称")
    report = load(building, path)
    assert report.sheets == []
    assert "too much for all of its rows" in report.failures[0].en
    assert is_both(report.failures[0])


def test_more_merged_cells_than_anybody_makes(
    building: Building, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.unpacking.MOST_MERGED", 1)
    path = workbook(tmp_path / "a.xlsx", "D2:D3", row("T1", place="虎门"), row("T2", place=None))
    assert load(building, path).sheets[0].loaded == 2
    (tmp_path / "more").mkdir()
    rows = [row(f"T{n}", place="虎门") for n in (1, 2)]
    report = load(building, workbook(tmp_path / "more" / "b.xlsx", "D2:D3 E2:E3", *rows))
    assert report.sheets == []
    assert "more than 1 merged cells" in report.failures[0].en
    assert is_both(report.failures[0])


def test_notes_over_several_rows_make_none(building: Building, tmp_path: Path) -> None:
    """A block of notes below the table, and one over the header, are in no row of a record."""
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:G3", "培训情况表")
        for number, cells in enumerate([HEADER.split(","), row("T1", place="虎门")], 3):
            sheet.write_row(number, 0, cells)
        sheet.merge_range("A6:G9", "注：本表由各镇街填写")
    (sheet_report,) = load(building, tmp_path / "a.xlsx").sheets
    assert (sheet_report.loaded, sheet_report.rejected, sheet_report.left_out) == (1, 0, 1)


def test_a_workbook_of_excel_97(building: Building) -> None:
    report = load(building, OLD_BOOK)
    assert rows_of(building, TOWNS) == [("T1", HUMEN, 4), ("T2", HUMEN, 5)]
    (person,) = {person for (person,) in rows_of(building, "SELECT person FROM trainings")}
    assert person is not None
    refused = "SELECT source_row, field, value, reason_en FROM rejects"
    assert rows_of(building, refused) == [(6, "hours", "#N/A", "a formula has no result")]
    assert "rows 5" in report.notes[0].en


def test_an_open_document(building: Building, tmp_path: Path) -> None:
    def cell(text: str | None, rows: int = 1) -> str:
        if text is None:
            return "<table:covered-table-cell/>"
        spanned = f' table:number-columns-spanned="1" table:number-rows-spanned="{rows}"'
        kind = ' office:value-type="string"' + spanned * (rows > 1)
        return f"<table:table-cell{kind}><text:p>{text}</text:p></table:table-cell>"

    def line(*cells: str) -> str:
        blank = '<table:table-cell table:number-columns-repeated="2"/>'
        return f"<table:table-row>{blank}{''.join(cells)}</table:table-row>"

    first = ["T1", ZHANG, "张三", "虎门", "2023-05-01", "8", "合格"]
    other = ["T2", ZHANG, "张三", None, "2023-05-01", "8", "合格"]
    table = '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
    table += line(*map(cell, HEADER.split(",")))
    table += line(*(cell(text, 2 if text == "虎门" else 1) for text in first))
    table += line(*map(cell, other)) + line(*map(cell, ["T3", *other[1:]])).replace("covered-", "")
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("META-INF/manifest.xml", "<manifest/>")
        file.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content{spaces}><office:body><office:spreadsheet>'
            f'<table:table table:name="甲">{line(cell("说明", 3))}</table:table>'
            f'<table:table table:name="一月">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    load(building, tmp_path / "a.ods")
    assert rows_of(building, TOWNS) == [("T1", HUMEN, 4), ("T2", HUMEN, 5)]
    assert rows_of(building, "SELECT source_row FROM rejects") == [(6,)]


ROWS = st.lists(st.tuples(*[st.sampled_from([None, "", " ", "无", "8"])] * 3), min_size=3, max_size=8)
PLACES = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=4
)


@given(rows=ROWS, places=PLACES)
@example(
    rows=[("8", "无", "8"), (None, " ", " "), ("8", "8", "无")], places=[(0, 2, n) for n in range(3)]
)
def test_spreading_is_what_a_reader_of_the_screen_does(
    rows: list[tuple[str | None, ...]], places: list[tuple[int, int, int]]
) -> None:
    """Against a loop over the cells; of cells that overlap, as none do, only the first is looked at."""
    merged: list[Merged] = []
    taken: set[tuple[int, int]] = set()
    for first, height, column in sorted(places):
        over = {(number, column) for number in range(first, first + height + 1)}
        if not over & taken:
            merged.append(Merged(first, first + height, column))
            taken |= over
    expected, shared = [list(row) for row in rows], set()
    for first, last, column in merged:
        for number in range(first + 1, min(last, len(rows) - 1) + 1):
            above = rows[first][column] if first < len(rows) else None
            if not (rows[number][column] or "").strip() and (above or "").strip():
                expected[number][column] = above
                shared |= {(first, column), (number, column)}
    for number, column in shared:
        if column == 2 and expected[number][column] == "8":
            expected[number][column] = "8（合并单元格）"
    names = ["c0", "c1", "c2"]
    table = pa.table(
        {
            name: pa.array(cells, pa.string())
            for name, cells in zip(names, zip(*rows, strict=True), strict=True)
        }
    )
    found = spread(table, sources(table, merged), {2}, 1_000_000)
    assert [list(row.values()) for row in found.to_pylist()] == expected
