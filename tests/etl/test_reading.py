"""Source files as offices send them: encodings, headers, spellings, mistakes, lineage, corrections."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from etl.keys import HashingKey
from etl.loading import load_files
from etl.places import Gazetteer
from etl.rejects import read_rejects, rejects_csv
from etl.rejects_book import rejects_xlsx
from etl.snapshots import Building, Warehouse
from tests.etl.offices import HEADER, KEY, LI, ZHANG, csv_file, load, rows_of
from tests.refusing import is_both


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_told_apart(building: Building, tmp_path: Path, encoding: str) -> None:
    path = csv_file(tmp_path, HEADER, f"T1,{ZHANG},张𠮷,虎门镇,2023-05-01,8,合格", encoding=encoding)
    (sheet,) = load(building, path).sheets
    assert (sheet.dataset, sheet.rows_read, sheet.loaded, sheet.rejected) == ("trainings", 1, 1, 0)
    assert rows_of(building, "SELECT record_no, place, completed_on, hours, result FROM trainings") == [
        ("T1", "441900121", date(2023, 5, 1), 8.0, "合格")
    ]


def test_bytes_of_no_encoding_are_refused_whole(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(HEADER.encode("gb18030") + b"\n\xff\xff\x00\x81")
    report = load(building, path)
    assert report.sheets == []
    assert "neither UTF-8 nor GB18030" in report.failures[0].en
    assert is_both(report.failures[0])


def test_a_person_is_a_keyed_hash_and_nothing_else(building: Building, tmp_path: Path) -> None:
    fifteen = "440524800101001"
    path = csv_file(
        tmp_path,
        HEADER,
        f"T1,{ZHANG},张三,虎门,2023-05-01,8,合格",
        "T2,１１０１０５１９４９１２３１００２ｘ,张三,长安,2023-05-02,8,",
        f"T3,{fifteen},李四,长安,2023-05-02,8,",
        "T4,H1234567801,王五,长安,2023-05-02,8,",
        "T5,H1234567802,王五,长安,2023-05-02,8,",
    )
    load(building, path)
    found = rows_of(building, "SELECT record_no, hash FROM trainings JOIN persons USING (person)")
    hashes = dict(found)

    def expected(number: str) -> str:
        return hmac.new(KEY, number.encode(), hashlib.sha256).hexdigest()[:32]

    # 440524 19800101 001: weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2 give 189, 189 % 11 = 2 -> X.
    digits = [int(d) for d in "44052419800101001"]
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(d * w for d, w in zip(digits, weights, strict=True))
    eighteen = "44052419800101001" + "10X98765432"[total % 11]
    assert hashes["T1"] == hashes["T2"] == expected(ZHANG)
    assert hashes["T3"] == expected(eighteen)
    assert hashes["T4"] == hashes["T5"] == expected("H12345678")


def test_one_person_keeps_one_number_over_loads(building: Building, tmp_path: Path) -> None:
    load(building, csv_file(tmp_path, HEADER, f"T1,{ZHANG},张三,虎门,2023-05-01,8,", name="a.csv"))
    load(building, csv_file(tmp_path, HEADER, f"T2,{ZHANG},张三,虎门,2023-06-01,8,", name="b.csv"))
    assert rows_of(building, "SELECT count(*), count(DISTINCT person) FROM trainings") == [(2, 1)]
    assert rows_of(building, "SELECT count(*) FROM persons") == [(1,)]


MISTAKES = [
    # cell by cell: number, person, place, date, hours, result -> the column that is refused
    (f",{ZHANG},,虎门,2023-05-01,8,", "record_no"),
    (f"T1,{ZHANG[:-1]}1,,虎门,2023-05-01,8,", "person_id"),
    ("T1,110105194913310020,,虎门,2023-05-01,8,", "person_id"),
    ("T1,1.10105E+17,,虎门,2023-05-01,8,", "person_id"),
    ("T1,,,虎门,2023-05-01,8,", "person_id"),
    (f"T1,{ZHANG},,蓬江区,2023-05-01,8,", "place"),
    (f"T1,{ZHANG},,,2023-05-01,8,", "place"),
    (f"T1,{ZHANG},,虎门,2026-01-02,8,", "completed_on"),
    (f"T1,{ZHANG},,虎门,23-5-1,8,", "completed_on"),
    (f"T1,{ZHANG},,虎门,2023-02-29,8,", "completed_on"),
    (f"T1,{ZHANG},,虎门,,8,", "completed_on"),
    (f"T1,{ZHANG},,虎门,2023-05-01,-1,", "hours"),
    (f"T1,{ZHANG},,虎门,2023-05-01,5001,", "hours"),
    (f"T1,{ZHANG},,虎门,2023-05-01,八,", "hours"),
    (f'T1,{ZHANG},,虎门,2023-05-01,"1,5",', "hours"),
    (f"T1,{ZHANG},,虎门,2023-05-01,8,优", "result"),
]


@pytest.mark.parametrize(("line", "column"), MISTAKES)
def test_a_bad_cell_is_refused_with_its_column(
    building: Building, tmp_path: Path, line: str, column: str
) -> None:
    good = f"T9,{ZHANG},张三,长安镇,2023-05-02,8,合格"
    (sheet,) = load(building, csv_file(tmp_path, HEADER, line, good)).sheets
    assert (sheet.rows_read, sheet.loaded, sheet.rejected) == (2, 1, 1)
    found = rows_of(building, "SELECT field, source_row, reason_zh <> '', remedy_en <> '' FROM rejects")
    assert found == [(column, 2, True, True)]
    assert rows_of(building, "SELECT record_no, source_row FROM trainings") == [("T9", 3)]


def test_rows_keep_their_numbers_under_titles_and_line_breaks(
    building: Building, tmp_path: Path
) -> None:
    path = csv_file(
        tmp_path,
        "东莞市培训情况,,,,,,",
        "填报单位：虎门,,,,,,",
        HEADER,
        f'T1,{ZHANG},"张\n三",虎门,2023-05-01,8,',
        ",,,,,,",
        f"T2,{ZHANG},张三,虎门,2023-05-02,8,",
    )
    (sheet,) = load(building, path).sheets
    assert (sheet.rows_read, sheet.loaded) == (2, 2)
    # As a spreadsheet counts: the header is row 3, a cell with a line break is still one row.
    assert rows_of(building, "SELECT record_no, source_row FROM trainings ORDER BY 1") == [
        ("T1", 4),
        ("T2", 6),
    ]


DATES = [
    "2023-05-01",
    "2023/5/1",
    "2023.5.1",
    "20230501",
    "2023年5月1日",
    "２０２３年５月１日",
    "45047",
]


@pytest.mark.parametrize("written", DATES)
def test_dates_as_people_type_them(building: Building, tmp_path: Path, written: str) -> None:
    load(building, csv_file(tmp_path, HEADER, f"T1,{ZHANG},,虎门,{written},40学时,"))
    assert rows_of(building, "SELECT completed_on, hours FROM trainings") == [(date(2023, 5, 1), 40.0)]


def test_a_workbook_with_title_rows_sheets_and_real_dates(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "竞赛.xlsx"
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("赛事")
        sheet.merge_range(0, 0, 0, 4, "竞赛情况表")
        sheet.write_row(2, 0, ["赛事编号", "赛事 名称", "级别*", "属地", "比赛日期"])
        sheet.write_row(3, 0, ["K1", "焊工赛", "市级", "东莞市"])
        sheet.write_datetime(3, 4, datetime(2024, 3, 9), day)
        awards = book.add_worksheet("获奖")
        awards.write_row(
            0, 0, ["获奖编号", "竞赛编号", "身份证号", "姓名", "所属镇街", "奖项", "获奖日期"]
        )
        awards.write_row(1, 0, ["A1", "K1", ZHANG, "张三", "441900119000", "金", "2024.3.9"])
        book.add_worksheet("说明").write(0, 0, "请按格式填写")
    report = load(building, path)
    assert [(s.sheet, s.dataset, s.loaded) for s in report.sheets] == [
        ("赛事", "competitions", 1),
        ("获奖", "competition_awards", 1),
    ]
    assert rows_of(
        building, "SELECT competition_no, level, place, held_on, source_row FROM competitions"
    ) == [("K1", "city", "441900", date(2024, 3, 9), 4)]
    assert rows_of(building, "SELECT place, prize, source_sheet FROM competition_awards") == [
        ("441900119", "金", "获奖")
    ]


def test_a_header_that_is_missing_is_named_with_the_nearest(building: Building, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "培训记录编号,身份证号,所属镇街,结业日子", f"T1,{ZHANG},虎门,2023-05-01")
    report = load(building, path)
    for said in report.failures[0]:
        assert "结业日期" in said
        assert "结业日子" in said
    assert rows_of(building, "SELECT count(*) FROM trainings") == [(0,)]


def test_the_same_file_twice_changes_nothing(building: Building, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path, HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,", f"T2,{ZHANG},,虎门,2023-05-02,8,"
    )
    load(building, path)
    before = rows_of(building, "SELECT * FROM trainings")
    copy = tmp_path / "the same under another name.csv"
    copy.write_bytes(path.read_bytes())
    (sheet,) = load(building, copy).sheets
    assert (sheet.loaded, sheet.unchanged, sheet.superseded) == (0, 2, 0)
    assert rows_of(building, "SELECT * FROM trainings") == before


def test_a_corrected_row_supersedes_and_the_old_one_is_kept(building: Building, tmp_path: Path) -> None:
    load(
        building,
        csv_file(
            tmp_path, HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,", f"T2,{ZHANG},,虎门,2023-05-02,8,"
        ),
    )
    later = csv_file(
        tmp_path, HEADER, f"T1,{ZHANG},,长安,2023-05-01,8,", f"T2,{ZHANG},,虎门,2023-05-02,8,",
        f"T3,{ZHANG},,虎门,2023-05-03,8,", name="b.csv",
    )  # fmt: skip
    (sheet,) = load(building, later).sheets
    assert (sheet.loaded, sheet.unchanged, sheet.superseded) == (1, 1, 1)
    assert rows_of(building, "SELECT record_no, place, source_file FROM trainings ORDER BY 1") == [
        ("T1", "441900119", "b.csv"),
        ("T2", "441900121", "a.csv"),
        ("T3", "441900121", "b.csv"),
    ]
    kept = "SELECT record_no, place, source_file, superseded_by FROM trainings_superseded"
    assert rows_of(building, kept) == [("T1", "441900121", "a.csv", 2)]


def test_a_key_twice_in_a_file(building: Building, tmp_path: Path) -> None:
    same = f"T1,{ZHANG},,虎门,2023-05-01,8,"
    other = f"T1,{ZHANG},,长安,2023-05-01,8,"
    (sheet,) = load(building, csv_file(tmp_path, HEADER, same, same, other)).sheets
    assert (sheet.loaded, sheet.unchanged, sheet.rejected) == (1, 1, 1)
    assert rows_of(building, "SELECT field, source_row, reason_zh FROM rejects") == [
        ("record_no", 4, "与第 2 行编号相同而内容不同")
    ]


@pytest.mark.parametrize(
    ("numbers", "repeated"),
    [
        ("1 2 3 4 5 6", []),  # each above the one before
        ("1 2 2 3 4 5", [4]),
        ("1 2 3 4 5 1", [7]),
        ("6 5 4 3 2 1", []),
        ("3 1 2 6 2 3", [6, 7]),
        ("10 9 10", [4]),
    ],
)
def test_a_number_is_found_again_however_far_down(
    building: Building, tmp_path: Path, numbers: str, repeated: list[int]
) -> None:
    rows = [f"T{number},{ZHANG},,虎门,2023-05-01,{n + 1}," for n, number in enumerate(numbers.split())]
    (sheet,) = load(building, csv_file(tmp_path, HEADER, *rows)).sheets
    assert (sheet.loaded, sheet.rejected) == (len(rows) - len(repeated), len(repeated))
    found = rows_of(building, "SELECT source_row FROM rejects ORDER BY source_row")
    assert [row for (row,) in found] == repeated


def test_a_broken_file_leaves_the_others(building: Building, tmp_path: Path) -> None:
    broken = tmp_path / "a.xlsx"
    broken.write_bytes(b"PK\x03\x04 not a workbook")
    good = csv_file(tmp_path, HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,", name="b.csv")
    report = load(building, broken, good)
    assert len(report.failures) == 1
    assert all("a.xlsx" in said for said in report.failures[0])
    assert is_both(report.failures[0])
    assert rows_of(building, "SELECT count(*) FROM trainings") == [(1,)]


def test_rejects_can_be_corrected_and_loaded_again(building: Building, tmp_path: Path) -> None:
    load(building, csv_file(tmp_path, HEADER, f"T1,{ZHANG},张三,火门,2023-05-01,8,"))
    with building.engine.connect() as connection:
        rejects = read_rejects(connection)
    text = rejects_csv(rejects)
    assert "张三" not in text
    assert ZHANG not in text
    corrected = text.replace("火门", "虎门", 1).replace("110*************2X", ZHANG, 1)
    again = tmp_path / "corrected.csv"
    again.write_text(corrected, "utf-8")
    (sheet,) = load(building, again).sheets
    assert (sheet.loaded, sheet.rejected) == (1, 0)
    assert rejects_xlsx(rejects)[:2] == b"PK"


def test_a_masked_number_is_refused_by_name(building: Building, tmp_path: Path) -> None:
    load(building, csv_file(tmp_path, HEADER, "T1,110*************2X,,虎门,2023-05-01,8,"))
    assert rows_of(building, "SELECT reason_zh FROM rejects") == [("身份证号仍被遮盖",)]


def test_no_number_or_name_is_kept_anywhere(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse")
    with warehouse.building() as building:
        path = csv_file(
            tmp_path, HEADER, f"T1,{ZHANG},欧阳测试,虎门,2023-05-01,8,",
            f"T2,{LI},欧阳测试,火门,2023-05-01,8,", f"T3,{ZHANG[:-1]}9,欧阳测试,虎门,{ZHANG},8,",
        )  # fmt: skip
        report = load(building, path)
        assert (report.sheets[0].loaded, report.sheets[0].rejected) == (1, 2)
        building.connection.execute("CHECKPOINT")
        kept = b"".join(p.read_bytes() for p in building._folder.rglob("*") if p.is_file())
        dumped = "".join(
            str(building.connection.execute(f'SELECT * FROM "{name}"').fetchall())
            for (name,) in building.connection.execute(
                "SELECT table_name FROM duckdb_tables()"
            ).fetchall()
        )
    for secret in (ZHANG, LI, ZHANG[:-1] + "9", "欧阳测试"):
        assert secret.encode() not in kept
        assert secret not in dumped
        assert secret not in str(report)


def test_two_cities_may_number_their_records_alike(building: Building, tmp_path: Path) -> None:
    path = csv_file(
        tmp_path, HEADER, f"T1,{ZHANG},,东莞市,2023-05-01,8,", f"T1,{ZHANG},,江门市,2023-05-01,8,"
    )
    report = load_files(
        building.connection, [path], gazetteer=Gazetteer.read(), key=HashingKey((KEY,)),
        areas=["441900", "440000"], scratch=tmp_path, today=date(2026, 1, 1),
    )  # fmt: skip
    assert report.sheets[0].area == "440000"
    assert rows_of(building, "SELECT place FROM trainings ORDER BY 1") == [("440700",), ("441900",)]


def test_duckdb_reads_what_the_declaration_promises(building: Building) -> None:
    found = {
        name
        for (name,) in building.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    }
    assert {"trainings", "trainings_superseded", "persons", "loads", "rejects"} <= found


def test_ragged_rows_and_late_gb18030_are_read_by_a_closer_look(
    building: Building, tmp_path: Path
) -> None:
    ragged = csv_file(
        tmp_path, HEADER, f"T1,{ZHANG},,虎门,2023-05-01", f"T2,{ZHANG},,虎门,2023-05-02,8,合格"
    )
    assert load(building, ragged).sheets[0].loaded == 2
    plain = b"record_no,person_id,place,completed_on\n"
    rows = "".join(f"A{n},{ZHANG},441900121,2023-05-01\n" for n in range(130_000)).encode()
    late = tmp_path / "late.csv"
    late.write_bytes(plain + rows + f"A130000,{ZHANG},虎门,2023-05-01\n".encode("gb18030"))
    assert late.stat().st_size > 4 * 1024 * 1024
    assert load(building, late).sheets[0].loaded == 130_001


def test_row_numbers_are_right_in_a_file_that_is_read_on_many_cores(
    building: Building, tmp_path: Path
) -> None:
    count = 600_000
    towns = ("虎门", "长安镇", "东莞市", "松山湖")
    with (tmp_path / "large.csv").open("w", encoding="utf-8") as file:
        file.write("培训记录编号,身份证号,所属镇街,结业日期\n")
        for n in range(count):
            place = "" if n % 50_000 == 7 else towns[n % 4]
            file.write(f"A{n},{(ZHANG, LI)[n % 2]},{place},2023-05-{1 + n % 28:02}\n")
    (sheet,) = load(building, tmp_path / "large.csv").sheets
    assert (sheet.rows_read, sheet.rejected) == (count, 12)
    wrong = (
        "SELECT count(*) FROM trainings WHERE CAST(substr(record_no, 2) AS BIGINT) + 2 <> source_row"
    )
    assert rows_of(building, wrong) == [(0,)]
    assert rows_of(building, "SELECT source_row FROM rejects ORDER BY 1") == [
        (n + 2,) for n in range(count) if n % 50_000 == 7
    ]


def test_allocations_are_read_like_any_file(building: Building, tmp_path: Path) -> None:
    """A table of the city's plan: told from its headers, checked, refused, superseded, traced."""
    header = "目标编号,所属镇街,年度,任务数"
    first = csv_file(
        tmp_path,
        header,
        "dg-studios,长安,2024,4",
        "dg-studios,虎门镇,2024年,3",
        "no-target,441900121,2025,12.5",
        "dg-studios,长安,2024Q1,1",
        "dg-studios,长安,2025,-1",
        "dg-studios,长按镇,2025,1",
        "dg-studios,长安,2026,",
        name="分解任务.csv",
    )
    (sheet,) = load(building, first).sheets
    assert (sheet.dataset, sheet.loaded, sheet.rejected) == ("allocations", 3, 4)
    kept = "SELECT target_id, place, period, period_end, value, source_row FROM allocations ORDER BY 6"
    assert rows_of(building, kept) == [
        ("dg-studios", "441900119", "2024", date(2024, 12, 31), 4.0, 2),
        ("dg-studios", "441900121", "2024", date(2024, 12, 31), 3.0, 3),
        ("no-target", "441900121", "2025", date(2025, 12, 31), 12.5, 4),
    ]
    why = "SELECT source_row, field, reason_en FROM rejects ORDER BY 1"
    assert rows_of(building, why)[:2] == [
        (5, "period", "Year is no whole year"),
        (6, "value", "Allocated is below 0"),
    ]
    assert [row[:2] for row in rows_of(building, why)[2:]] == [(7, "place"), (8, "value")]
    again = csv_file(tmp_path, header, "dg-studios,长安,2024,5", name="更正.csv")
    (sheet,) = load(building, again).sheets
    assert (sheet.superseded, sheet.loaded) == (1, 0)
    assert rows_of(building, "SELECT value FROM allocations_superseded") == [(4.0,)]
