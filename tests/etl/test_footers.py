"""Heads and feet of tables: headers in one row or two, and rows that are no records."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from etl.rejects import read_rejects, rejects_csv
from etl.snapshots import Building
from tests.etl.offices import HEADER, LI, ZHANG, csv_file, load, rows_of
from tests.refusing import is_both


def row(number: str, *, person: str = ZHANG, place: str = "虎门", day: str = "2023-05-01") -> str:
    return f"{number},{person},张三,{place},{day},8,合格"


NO_RECORDS = [
    HEADER,
    "培训记录编号, 身份证号 ,姓名,所属镇街,结业日期,学时,考核结果",
    "东莞市培训情况表,,,,,,",
    "合计,,,,,16,",
    "合 计：,2人,,,,16,",
    "虎门镇小计,,,,,16,",
    ",,,总计,,16,",
    "本页小计,,,,,,",
    "共计2人,,,,,,",
    "填表人：王五,,审核人：赵六,,2023年12月31日,,联系电话：0769-88888888",
    "填表人,王五,审核人,赵六,,,",
    "单位负责人（签字）：,,,,制表日期：2023.12.31,,",
    "联系电话：13800138000,,,,,,",
    "注：1．本表按月报送。,,,,,,",
    "备注：无,,,,,,",
    "（盖章）：,,,,,,",
    "以下空白,,,,,,",
    "一、虎门镇,,,,,,",
    "（十二） 长安镇,,,,,,",
    ",,第二部分 企业,,,,",
    "表2（续）,,,,,,",
]


@pytest.mark.parametrize("line", NO_RECORDS)
def test_rows_that_are_no_records_are_left_out_and_counted(
    building: Building, tmp_path: Path, line: str
) -> None:
    path = csv_file(tmp_path, "东莞市培训情况表,,,,,,", HEADER, row("T1"), line, row("T2"))
    report = load(building, path)
    (sheet,) = report.sheets
    assert (sheet.rows_read, sheet.loaded, sheet.rejected, sheet.left_out) == (2, 2, 0, 1)
    assert rows_of(building, "SELECT record_no, source_row FROM trainings ORDER BY 2") == [
        ("T1", 3),
        ("T2", 5),
    ]
    assert rows_of(building, "SELECT rows_read, rejected, left_out FROM loads") == [(2, 0, 1)]
    (note,) = report.notes
    assert "第 4 行" in note.zh
    assert "rows 4" in note.en
    assert is_both(note)


RECORDS = [
    # What looks like a footer and is a row that somebody must correct: the column refused first.
    (f"合计,{LI},张三,虎门,,8,合格", "completed_on"),
    (f"合计,{LI[:-1]}9,张三,虎门,,8,合格", "person_id"),
    ("合计,,,虎门,2023-05-01,8,合格", "person_id"),
    (f"T3,{LI},小计,虎门,2023-13-01,8,合格", "completed_on"),
    (f"T3,{LI},统计员,,2023-05-01,8,合格", "place"),
    (f"T3,{LI},备注,虎门,,8,合格", "completed_on"),
    (f",{LI},张三,虎门,2023-05-01,8,合格", "record_no"),
    ("T3,,,,,,", "person_id"),
    ("一、虎门镇,,,虎门,,,", "person_id"),
    ("表T3,,,,,,", "person_id"),
    ("表10-001,,,,,,", "person_id"),
    (",,,,,,二部合唱", "record_no"),
]


@pytest.mark.parametrize(("line", "field"), RECORDS)
def test_a_record_with_mistakes_is_never_left_out(
    building: Building, tmp_path: Path, line: str, field: str
) -> None:
    report = load(building, csv_file(tmp_path, HEADER, row("T1"), line))
    (sheet,) = report.sheets
    assert (sheet.loaded, sheet.rejected, sheet.left_out) == (1, 1, 0)
    assert report.notes == []
    assert (field,) in rows_of(building, "SELECT field FROM rejects")


def test_a_total_that_is_a_good_row_is_loaded(building: Building, tmp_path: Path) -> None:
    """Only rows that break a rule are asked whether they are records at all."""
    path = csv_file(tmp_path, HEADER, row("合计"), row("备注：二"))
    assert load(building, path).sheets[0].loaded == 2


def test_rows_of_a_form_that_were_only_numbered(building: Building, tmp_path: Path) -> None:
    path = csv_file(tmp_path, "序号," + HEADER, "1," + row("T1"), "2,,,,,,,", "3,,,,,,,")
    (sheet,) = load(building, path).sheets
    assert (sheet.rows_read, sheet.loaded, sheet.rejected, sheet.left_out) == (1, 1, 0, 2)


def test_names_in_signatures_are_kept_nowhere(building: Building, tmp_path: Path) -> None:
    load(building, csv_file(tmp_path, HEADER, row("T1"), "填表人：欧阳测试,,,,,,", row("T2", day="x")))
    dumped = "".join(
        str(rows_of(building, f'SELECT * FROM "{name}"'))
        for (name,) in rows_of(building, "SELECT table_name FROM duckdb_tables()")
    )
    assert "T2" in dumped
    assert "欧阳测试" not in dumped


def test_the_quarter_s_sums_of_another_dataset(building: Building, tmp_path: Path) -> None:
    header = "支付编号,支出项目,所属镇街,金额,支付日期"
    path = csv_file(
        tmp_path, header, "Z1,补贴,虎门,1.2万元,2023-05-01",
        'Z2,补贴,虎门,"3,000元",二〇二三年五月二日',
        "合计,,,15000元,", "制表：王五,,审核：赵六,,",
    )  # fmt: skip
    (sheet,) = load(building, path).sheets
    assert (sheet.dataset, sheet.loaded, sheet.rejected, sheet.left_out) == ("spending", 2, 0, 2)
    assert rows_of(building, "SELECT amount, paid_on FROM spending ORDER BY payment_no") == [
        (12000.0, date(2023, 5, 1)),
        (3000.0, date(2023, 5, 2)),
    ]


# Headers in two rows

UPPER = "培训记录编号,身份证号,姓名,所属镇街,培训,,学时,鉴定,"
LOWER = ",,,,开始日期,结束日期,,考核结果,费用"
BELOW = f"T1,{ZHANG},张三,虎门,2023-04-01,2023-05-01,8,合格,100"


@pytest.mark.parametrize("above", [[], ["培训情况表,,,,,,,,", "填报单位：虎门,,,,,,,,"]])
def test_a_header_in_two_rows(building: Building, tmp_path: Path, above: list[str]) -> None:
    bad = BELOW.replace("T1", "T2").replace("虎门", "火门")
    path = csv_file(tmp_path, *above, UPPER, LOWER, BELOW, UPPER, LOWER, bad)
    (sheet,) = load(building, path).sheets
    assert (sheet.rows_read, sheet.loaded, sheet.rejected, sheet.left_out) == (2, 1, 1, 2)
    assert sheet.unknown_headers == ("鉴定费用",)
    kept = "SELECT started_on, completed_on, hours, result, source_row FROM trainings"
    first = len(above) + 3
    assert rows_of(building, kept) == [(date(2023, 4, 1), date(2023, 5, 1), 8.0, "合格", first)]
    assert rows_of(building, "SELECT source_row FROM rejects") == [(first + 3,)]
    # What was refused comes back under headers that are read again.
    with building.engine.connect() as connection:
        text = rejects_csv(read_rejects(connection))
    again = tmp_path / "again.csv"
    again.write_text(text.replace("火门", "虎门").replace("110*************2X", ZHANG), "utf-8-sig")
    assert load(building, again).sheets[0].loaded == 1
    assert rows_of(building, f"{kept} WHERE record_no = 'T2'")[0][:2] == (
        date(2023, 4, 1),
        date(2023, 5, 1),
    )


def test_a_header_said_again_in_english(building: Building, tmp_path: Path) -> None:
    english = "record_no,person_id,name,place,completed_on,hours,result"
    (sheet,) = load(building, csv_file(tmp_path, HEADER, english, row("T1"))).sheets
    assert (sheet.rows_read, sheet.loaded) == (1, 1)
    assert rows_of(building, "SELECT source_row FROM trainings") == [(3,)]


def test_the_first_record_is_no_second_row_of_headers(building: Building, tmp_path: Path) -> None:
    """Though one of its cells says what a header says."""
    header = "培训记录编号,身份证号,所属镇街,结业日期,备注"
    load(building, csv_file(tmp_path, header, f"T1,{ZHANG},虎门,2023-05-01,学时"))
    assert rows_of(building, "SELECT record_no, hours, source_row FROM trainings") == [("T1", None, 2)]
