"""Text files in every encoding that offices use: told apart by their bytes, never guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from etl.snapshots import Building
from tests.etl.offices import HEADER, ZHANG, csv_file, load, rows_of
from tests.refusing import is_both

#: The usual header in traditional characters, as an institution across the border writes it.
TRADITIONAL = "培訓記錄編號,身份證號,姓名,所屬鎮街,結業日期,學時,考核結果,培訓機構"
PLAIN = "record_no,person_id,name,place,completed_on,hours,result,provider"
KEPT = "SELECT place, completed_on, provider, source_row FROM trainings"


def simplified(number: int = 1) -> str:
    return f"T{number},{ZHANG},张三,虎门镇,2023-05-01,8,合格,东莞市技能人才培训中心"


def traditional(number: int = 1) -> str:
    return f"T{number},{ZHANG},張三,虎門鎮,2023-05-01,8,合格,東莞市技能人才培訓中心"


FILES = [
    # the encoding; the bytes before the text; the header and the row
    ("utf-8", b"", HEADER + ",培训机构", simplified()),
    ("utf-8", b"\xef\xbb\xbf", HEADER + ",培训机构", simplified()),
    ("gb18030", b"", HEADER + ",培训机构", simplified()),
    ("utf-16-le", b"\xff\xfe", HEADER + ",培训机构", simplified()),
    ("utf-16-be", b"\xfe\xff", HEADER + ",培训机构", simplified()),
    ("utf-16-le", b"", HEADER + ",培训机构", simplified()),
    ("utf-16-be", b"", HEADER + ",培训机构", simplified()),
    ("big5", b"", TRADITIONAL, traditional()),
    # Headers that are the same bytes in all of them: only the rows tell.
    ("gb18030", b"", PLAIN, simplified()),
    ("big5", b"", PLAIN, traditional()),
]


@pytest.mark.parametrize(("encoding", "mark", "header", "row"), FILES)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
def test_every_encoding_and_delimiter(
    building: Building,
    tmp_path: Path,
    encoding: str,
    mark: bytes,
    header: str,
    row: str,
    delimiter: str,
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(mark + f"{header}\r\n{row}\r\n".replace(",", delimiter).encode(encoding))
    (sheet,) = load(building, path).sheets
    assert (sheet.loaded, sheet.rejected) == (1, 0)
    # Traditional characters are read as the simplified ones of every other file.
    assert rows_of(building, KEPT) == [("441900121", date(2023, 5, 1), "东莞市技能人才培训中心", 2)]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("areas", [["441900"], ["330800", "441900"]])
def test_traditional_characters_in_any_encoding(
    building: Building, tmp_path: Path, encoding: str, areas: list[str]
) -> None:
    """Headers, places and dates are known; a text, whose words are the sender's, stays as it is."""
    header = TRADITIONAL + ",培訓等級"
    row = f"T1,{ZHANG},張三,虎門鎮,二〇二三年五月一號,8學時,合格,東莞市技能人才培訓中心,高級技師"
    path = tmp_path / "a.csv"
    path.write_bytes(f"{header}\n{row}\n".encode(encoding))
    (sheet,) = load(building, path, areas=areas).sheets
    assert (sheet.area, sheet.loaded, sheet.unknown_headers) == ("441900", 1, ())
    assert rows_of(building, "SELECT place, completed_on, hours, level, provider FROM trainings") == [
        ("441900121", date(2023, 5, 1), 8.0, 5, "東莞市技能人才培訓中心")
    ]


@pytest.mark.parametrize(("encoding", "row"), [("gb18030", simplified), ("big5", traditional)])
def test_what_is_plain_for_long_and_then_is_not(
    building: Building, tmp_path: Path, encoding: str, row: object
) -> None:
    plain = "".join(f"A{n},{ZHANG},,441900121,2023-05-01,8,,\n" for n in range(7_000))
    last = simplified() if row is simplified else traditional()
    path = tmp_path / "a.csv"
    path.write_bytes(f"{PLAIN}\n{plain}{last}\n".encode(encoding))
    assert len(plain) > 256 * 1024
    assert load(building, path).sheets[0].loaded == 7_001
    assert rows_of(building, f"{KEPT} WHERE record_no = 'T1'") == [
        ("441900121", date(2023, 5, 1), "东莞市技能人才培训中心", 7_002)
    ]


def test_half_of_utf_16_is_refused_whole(building: Building, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\n{simplified()}\n".encode("utf-16-le")[:-1])
    report = load(building, path)
    assert report.sheets == []
    assert "Big5" in report.failures[0].zh
    assert is_both(report.failures[0])


def test_a_row_number_counts_rows_not_lines_in_any_encoding(building: Building, tmp_path: Path) -> None:
    quoted = simplified().replace("张三", '"张\n三"')
    path = csv_file(tmp_path, HEADER + ",培训机构", quoted, simplified(2), encoding="utf-16-be")
    assert load(building, path).sheets[0].loaded == 2
    assert rows_of(building, "SELECT record_no, source_row FROM trainings ORDER BY 2") == [
        ("T1", 2),
        ("T2", 3),
    ]
