"""Files that are written oddly: every row goes in where it belongs, or it is said what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import xlsxwriter

from etl.rejects import read_rejects, rejects_csv
from etl.snapshots import Building
from tests.etl.offices import HEADER, KEY, LI, ZHANG, csv_file, load, rows_of
from tests.refusing import is_both

LINEAGE = "SELECT record_no, source_row FROM trainings ORDER BY source_row"


def row(number: str, *, person: str = ZHANG, place: str = "虎门", hours: str = "8") -> str:
    return f"{number},{person},张三,{place},2023-05-01,{hours},合格"


def test_line_breaks_in_titles_take_no_row_away(building: Building, tmp_path: Path) -> None:
    path = csv_file(tmp_path, '"培训\n情况\n表",,,,,,', HEADER, row("T1"), row("T2"))
    assert load(building, path).sheets[0].loaded == 2
    assert rows_of(building, LINEAGE) == [("T1", 3), ("T2", 4)]


@pytest.mark.parametrize("blank", ["", "  ", ",,,,,,"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_are_counted(building: Building, tmp_path: Path, blank: str, end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(end.join([blank, HEADER, blank, row("T1"), blank, row("T2"), "", ""]).encode())
    (sheet,) = load(building, path).sheets
    assert (sheet.rows_read, sheet.rejected) == (2, 0)
    assert rows_of(building, LINEAGE) == [("T1", 4), ("T2", 6)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("closed", [True, False])
def test_lines_that_all_end_alike_are_proved_by_counting(
    building: Building, tmp_path: Path, end: str, closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In blocks that part the two characters of a line's end; only odd files are searched."""
    monkeypatch.setattr("etl.csv_bytes._BLOCK", 7)
    monkeypatch.setattr("etl.csv_files.mmap", None)
    text = end.join([HEADER, *(row(f"T{n}") for n in range(9))]) + end * closed
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert load(building, tmp_path / "a.csv").sheets[0].loaded == 9


@pytest.mark.parametrize("odd", ["\n\r\n", "\r\n\n", "\n\n", "\r\n\r\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_that_end_in_both_ways_hide_no_blank_one(
    building: Building, tmp_path: Path, end: str, odd: str
) -> None:
    text = end.join([HEADER, row("T1"), row("T2")]) + odd + row("T3") + end
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert load(building, tmp_path / "a.csv").sheets[0].loaded == 3
    assert rows_of(building, LINEAGE) == [("T1", 2), ("T2", 3), ("T3", 5)]


def test_line_ends_of_old_machines(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("\r".join([HEADER, row("T1"), row("T2")]).encode("gb18030"))
    assert load(building, path).sheets[0].loaded == 2
    assert rows_of(building, LINEAGE) == [("T1", 2), ("T2", 3)]


def copies_seen(building: Building, path: Path) -> dict[str, int]:
    """The copies that lie about while a file is loaded, and who may read them."""
    seen: dict[str, int] = {}

    def watch(_path: Path, _stage: str, _rows: int) -> None:
        seen.update({copy.name: copy.stat().st_mode for copy in building.scratch.glob("copy-*")})

    assert load(building, path, watch=watch).sheets[0].loaded == 1
    assert not list(building.scratch.glob("copy-*"))
    return seen


def test_copies_have_no_name_that_a_killed_load_would_leave(building: Building, tmp_path: Path) -> None:
    odd = csv_file(tmp_path, HEADER, "", row("T1"), encoding="gb18030")
    assert copies_seen(building, odd) == {}


def test_copies_that_need_a_name_are_their_owners_only(
    building: Building, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a system does not show open files; the next load removes what a killed one leaves."""
    monkeypatch.setattr("etl.csv_files._OPEN_FILES", tmp_path / "none")
    odd = csv_file(tmp_path, HEADER, "", row("T1"), encoding="gb18030")
    seen = copies_seen(building, odd)
    assert seen and all(mode & 0o077 == 0 for mode in seen.values())


@pytest.mark.parametrize("short", [True, False])
def test_a_quotation_mark_that_is_never_closed_is_named(
    building: Building, tmp_path: Path, short: bool
) -> None:
    lines = [HEADER, row("T1"), row("T2").replace("虎门", '"虎门'), row("T3"), row("T4")]
    if short:
        lines.insert(2, f"T9,{ZHANG},,虎门,2023-05-01")
    report = load(building, csv_file(tmp_path, *lines))
    assert rows_of(building, "SELECT count(*) FROM trainings") == [(0,)]
    (failure,) = report.failures
    assert f"row {4 if short else 3} (line {4 if short else 3})" in failure.en
    assert "quotation mark" in failure.en
    assert is_both(failure)


def test_a_comma_too_many_does_not_shift_a_row(building: Building, tmp_path: Path) -> None:
    path = csv_file(tmp_path, HEADER, row("T1") + ",", row("T2") + ",多", row("T3"))
    (sheet,) = load(building, path).sheets
    assert (sheet.loaded, sheet.rejected) == (2, 1)
    assert rows_of(building, "SELECT source_row, field, value FROM rejects") == [(3, "", "多")]


def test_the_delimiter_is_the_one_that_makes_headers(building: Building, tmp_path: Path) -> None:
    text = [line.replace(",", "\t") for line in (HEADER, row("T1"), row("T2"))]
    path = csv_file(tmp_path, "说明：一,二,三,四,五,六,七,八,九,十", *text)
    assert load(building, path).sheets[0].loaded == 2


def test_a_cell_beyond_all_measure_ends_nothing_but_its_row(building: Building, tmp_path: Path) -> None:
    header = "载体编号,载体名称,载体类型,所属镇街,认定日期,规模（人）"
    good = "I1,某工作室,技能大师工作室,虎门,2023-05-01,8"
    path = csv_file(tmp_path, header, good, good.replace("I1", "I2").replace(",8", ",1E30"))
    (sheet,) = load(building, path).sheets
    assert (sheet.dataset, sheet.loaded, sheet.rejected) == ("institutions", 1, 1)
    huge = csv_file(tmp_path, HEADER, row("T1"), row("T2") + "," + "长" * 200_000, name="huge.csv")
    report = load(building, huge, csv_file(tmp_path, HEADER, row("T3"), name="next.csv"))
    assert len(report.failures) == 1
    assert "huge.csv: row 3" in report.failures[0].en
    assert is_both(report.failures[0])
    assert rows_of(building, LINEAGE) == [("T3", 2)]


def test_a_folder_with_the_name_of_a_file(building: Building, tmp_path: Path) -> None:
    (tmp_path / "inbox" / "old.csv").mkdir(parents=True)
    csv_file(tmp_path / "inbox", HEADER, row("T1"))
    assert load(building, tmp_path / "inbox").sheets[0].loaded == 1


def test_a_sheet_that_nearly_fits_is_reported(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, header in (("一月", HEADER), ("二月", HEADER.replace("结业日期", "何时"))):
            sheet = book.add_worksheet(name)
            sheet.write_row(2, 0, header.split(","))
            sheet.write_row(3, 0, row(f"T-{name}").split(","))
        book.add_worksheet("说明").write_row(0, 0, ["所属镇街", "姓名", "电话"])
    report = load(building, path)
    assert [sheet.sheet for sheet in report.sheets] == ["一月"]
    assert len(report.failures) == 1
    for said in report.failures[0]:
        assert "二月" in said
        assert "结业日期" in said
    assert rows_of(building, "SELECT source_row FROM trainings") == [(4,)]


def test_one_key_on_two_sheets_of_a_file(building: Building, tmp_path: Path) -> None:
    def workbook(name: str, *sheets: list[str]) -> Path:
        with xlsxwriter.Workbook(tmp_path / name) as book:
            for lines in sheets:
                sheet = book.add_worksheet()
                for number, line in enumerate([HEADER, *lines]):
                    sheet.write_row(number, 0, line.split(","))
        return tmp_path / name

    first = workbook("a.xlsx", [row("T1"), row("T2")], [row("T1", place="长安"), row("T2"), row("T3")])
    one, two = load(building, first).sheets
    assert (one.loaded, two.loaded, two.unchanged, two.rejected) == (2, 1, 1, 1)
    assert rows_of(building, "SELECT source_row, reason_zh FROM rejects") == [
        (2, "与工作表“Sheet1”第 2 行编号相同而内容不同")
    ]
    # In a newer file the key may stand on the other sheet: that is a correction.
    (_, moved) = load(building, workbook("b.xlsx", [row("T9")], [row("T1", place="长安")])).sheets
    assert (moved.superseded, moved.rejected) == (1, 0)


def test_rejects_of_several_columns_load_again_and_add_no_columns(
    building: Building, tmp_path: Path
) -> None:
    load(building, csv_file(tmp_path, HEADER, row("=T1", place="火门"), row("T2", hours="八")))
    for name in ("一.csv", "二.csv"):
        with building.engine.connect() as connection:
            text = rejects_csv(read_rejects(connection))
        again = tmp_path / name
        again.write_text(text.replace("110*************2X", ZHANG), "utf-8-sig")
        load(building, again)
    originals = rows_of(building, "SELECT DISTINCT original FROM rejects")
    assert {tuple(json.loads(text)) for (text,) in originals} == {tuple(HEADER.split(","))}
    corrected = tmp_path / "三.csv"
    corrected.write_text(
        again.read_text("utf-8-sig").replace("火门", "虎门").replace("八", "8"), "utf-8"
    )
    assert load(building, corrected).sheets[0].loaded == 2
    assert rows_of(building, "SELECT record_no FROM trainings ORDER BY 1") == [("=T1",), ("T2",)]


SECRET = [
    # the row as sent; what must not be kept of it
    (f"T1,{LI},欧阳测试,火门,2023-05-01,8,", [LI, "欧阳测试"]),
    (f"{LI},{ZHANG},欧阳测试,虎门,2023-05-01,8,", [LI]),
    (f"T1,欧阳测试,{LI},虎门,2023-05-01,8,", [LI, "欧阳测试"]),
    (f"T1,x,{LI},欧阳测试,2023-05-01,8,", [LI, "欧阳测试"]),
    (f"T1,{LI},欧阳测试,欧阳测试,2023-05-01,8,", ["欧阳测试"]),
    (f"T1,{LI},欧阳测试,虎门,{LI[:6]} {LI[6:14]} {LI[14:]},8,", [LI, LI[6:14]]),
    (f"T1,{LI},欧阳测试,虎门,{LI.translate({48 + i: 0xFF10 + i for i in range(10)})},8,", ["１９８０"]),
    (f"T1,{LI[:-1]}9,欧阳测试,虎门,2023-05-01,8,", [LI[:-1], "欧阳测试"]),
]


@pytest.mark.parametrize(("line", "secrets"), SECRET)
def test_a_refused_row_keeps_no_person(
    building: Building, tmp_path: Path, line: str, secrets: list[str]
) -> None:
    (sheet,) = load(building, csv_file(tmp_path, HEADER, line)).sheets
    assert (sheet.loaded, sheet.rejected) == (0, 1)
    kept = str(rows_of(building, "SELECT * FROM rejects"))
    assert not [secret for secret in secrets if secret in kept]
    assert KEY.decode() not in kept


def test_numbers_that_are_no_identity_numbers_are_texts(building: Building, tmp_path: Path) -> None:
    numbers = ["2023050100000012345", "Y000044190023000001234", f"{LI[:-1]}5", "20230501-441900-001"]
    assert load(building, csv_file(tmp_path, HEADER, *map(row, numbers))).sheets[0].loaded == 4


@pytest.mark.parametrize(
    "cell", ["\t虎门中心 ", "\u200b虎门中心\u3000", "\u00a0虎门中心\t", "\ufeff虎门中心"]
)
def test_texts_lose_the_blanks_at_their_ends(building: Building, tmp_path: Path, cell: str) -> None:
    path = csv_file(tmp_path, HEADER + ",培训机构", row("T1") + f",{cell}")
    load(building, path)
    assert rows_of(building, "SELECT provider FROM trainings") == [("虎门中心",)]


@pytest.mark.parametrize("typed", ["Ｔ１０", "T\u200b10", " Ｔ10\ufeff", "\u00a0T10\u3000"])
def test_a_number_is_the_same_however_it_was_typed(
    building: Building, tmp_path: Path, typed: str
) -> None:
    load(building, csv_file(tmp_path, HEADER, row("T10")))
    (sheet,) = load(building, csv_file(tmp_path, HEADER, row(typed), name="b.csv")).sheets
    assert (sheet.loaded, sheet.unchanged) == (0, 1)


def test_invisible_characters_everywhere(building: Building, tmp_path: Path) -> None:
    def spoilt(line: str) -> str:
        return ",".join(f"\u200b{cell}\u00a0" for cell in line.split(","))

    path = csv_file(tmp_path, spoilt(HEADER), spoilt(row("T1", place="虎\u200b门")))
    (sheet,) = load(building, path).sheets
    assert (sheet.loaded, sheet.rejected) == (1, 0)
    assert rows_of(building, "SELECT record_no, place, hours, result FROM trainings") == [
        ("T1", "441900121", 8.0, "合格")
    ]


@pytest.mark.parametrize("stroke", ["—", "/", "无", "-"])
def test_a_stroke_is_an_empty_cell(building: Building, tmp_path: Path, stroke: str) -> None:
    (sheet,) = load(
        building, csv_file(tmp_path, HEADER, row("T1", hours=stroke), row("T2", place=stroke))
    ).sheets
    assert (sheet.loaded, sheet.rejected) == (1, 1)
    assert rows_of(building, "SELECT hours FROM trainings") == [(None,)]
    assert rows_of(building, "SELECT reason_zh FROM rejects") == [("缺少所属镇街",)]


def test_many_rejects_cost_one_reading(building: Building, tmp_path: Path) -> None:
    lines = [row(f"T{n % 4000}", hours=str(n)) for n in range(12_000)]
    (sheet,) = load(building, csv_file(tmp_path, HEADER, *lines)).sheets
    assert (sheet.loaded, sheet.rejected) == (4_000, 8_000)
    assert rows_of(
        building, "SELECT min(source_row), max(source_row), count(DISTINCT source_row) FROM rejects"
    ) == [(4_002, 12_001, 8_000)]


@pytest.mark.parametrize("text", ["inf", "-Infinity", "nan", "1e999"])
def test_what_only_a_machine_takes_for_a_number_is_refused(
    building: Building, tmp_path: Path, text: str
) -> None:
    """The database would read each of them as a number that is none, if it were asked."""
    header = HEADER + ",补贴金额（元）"  # which has no upper limit that would refuse it anyhow
    rows = [f"T{n},{ZHANG},,虎门,2023-05-01,8,合格,{paid}" for n, paid in enumerate(("8", text, "9"))]
    (sheet,) = load(building, csv_file(tmp_path, header, *rows)).sheets
    assert (sheet.loaded, sheet.rejected) == (2, 1)
    assert rows_of(building, "SELECT subsidy FROM trainings ORDER BY subsidy") == [(8,), (9,)]
    assert rows_of(building, "SELECT source_row, field FROM rejects") == [(3, "subsidy")]


@pytest.mark.parametrize("name", ["五月[1].csv", "五月*.csv", "五月?.csv", "五月[!0].csv"])
def test_a_name_is_no_pattern(building: Building, tmp_path: Path, name: str) -> None:
    """Browsers put a number behind what is downloaded again: another file must not be read for it."""
    csv_file(tmp_path, HEADER, row("X1"), name="五月1.csv")
    folder = tmp_path / "[五月]"
    folder.mkdir()
    for path in (csv_file(tmp_path, HEADER, row("T1"), name=name), folder / name):
        path.write_text(f"{HEADER}\n{row('T1')}\n", encoding="utf-8")
        load(building, path)
    assert rows_of(building, "SELECT DISTINCT record_no FROM trainings") == [("T1",)]


def test_the_name_of_a_folder_is_no_column(building: Building, tmp_path: Path) -> None:
    """To DuckDB `year=2023` is one, whatever is said of the columns of the file in it."""
    folder = tmp_path / "c0=五月"
    folder.mkdir()
    load(building, csv_file(folder, HEADER, row("T1")))
    assert rows_of(building, "SELECT record_no, hours FROM trainings") == [("T1", 8)]


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_formulas_of_texts_are_the_texts(
    building: Building, tmp_path: Path, ragged: bool, encoding: str
) -> None:
    """Systems write ="123" so that a spreadsheet keeps all digits; quoted, or not."""
    lines = [
        '="培训记录编号",身份证号,所属镇街,结业日期,学时,考核结果,课程名称',
        f'="T1",="{ZHANG}",虎门,="2023-05-01",="8",合格,="焊工"',
        f'T2,"=""{LI}""",虎门,2023-05-01,8,合格,"=""甲""""乙"", 丙"',
        f'T3,{LI},虎门,2023-05-01,8,合格,"=""甲""""乙"""',
        f"T4,{ZHANG},虎门,2023-05-01,8,合格,a=b",
        f'="T6" ,{ZHANG},虎门,2023-05-01,8,合格, ="丁"',
        f'T7,{ZHANG},虎门,2023-05-01,8,合格,="a"&"b"',
        *[f"T5,{ZHANG},虎门,2023-05-01,8,合格"] * ragged,
    ]
    load(building, csv_file(tmp_path, *lines, encoding=encoding))
    assert rows_of(building, "SELECT record_no, hours, course FROM trainings ORDER BY source_row") == [
        ("T1", 8, "焊工"),
        ("T2", 8, '="甲""乙", 丙'),
        ("T3", 8, '甲"乙'),
        ("T4", 8, "a=b"),
        ("T6", 8, "丁"),
        ("T7", 8, '="a"&"b"'),
        *[("T5", 8, None)] * ragged,
    ]
    persons = dict(rows_of(building, "SELECT record_no, person FROM trainings"))
    assert persons["T1"] == persons["T4"] != persons["T2"] == persons["T3"]


@pytest.mark.parametrize("error", ["#N/A", "#名称?", "Err:508", "错误:502"])
def test_what_a_formula_without_a_result_shows_is_refused(
    building: Building, tmp_path: Path, error: str
) -> None:
    good = row("T1") + ",焊工 N/A"
    bad = [row("T2") + f",{error}", row("T3", hours=error) + ",焊工", row("T4", place=error) + ",焊工"]
    load(building, csv_file(tmp_path, HEADER + ",课程名称", good, *bad))
    assert rows_of(building, "SELECT record_no, course FROM trainings") == [("T1", "焊工 N/A")]
    why = "a formula has no result"
    refused = "SELECT source_row, field, reason_en FROM rejects ORDER BY source_row"
    assert rows_of(building, refused) == [(3, "course", why), (4, "hours", why), (5, "place", why)]


@pytest.mark.parametrize("delimiter", [",", "，"])
def test_quoted_cells_across_the_ends_of_what_is_read_at_a_time(
    building: Building, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, delimiter: str
) -> None:
    """Ends of lines and doubled quotation marks in cells, wherever a piece for another core begins."""
    monkeypatch.setattr("etl.csv_files.LONGEST_LINE", 500)
    monkeypatch.setattr("etl.csv_files._PIECE", 2_000)
    header = ["所属镇街", "培训记录编号", "身份证号", "结业日期", "学时", "考核结果", "课程名称"]
    places = ['"\n虎门"', "长安", "长安"]
    written = [
        [places[n % 3], f"T{n}", ZHANG, "2023-05-01", "8", "合格", f'"{n}""a{"b" * (n % 7)}"']
        for n in range(3_000)
    ]
    text = "\n".join(delimiter.join(cells) for cells in [header, *written]) + "\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert load(building, tmp_path / "a.csv").sheets[0].loaded == 3_000
    found = rows_of(building, "SELECT record_no, place, course FROM trainings ORDER BY source_row")
    humen, changan = "441900121", "441900119"
    assert found == [
        (f"T{n}", humen if n % 3 == 0 else changan, f'{n}"a{"b" * (n % 7)}') for n in range(3_000)
    ]
