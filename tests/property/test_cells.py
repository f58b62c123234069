"""Properties of what people type: dates, numbers, identity numbers, places."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.cells import Refusal, is_plain_day, read_cell, says_nothing
from etl.identity import number_persons
from etl.keys import HashingKey
from etl.places import Gazetteer, Place, Unresolved
from etl.privacy import mask

GAZETTEER = Gazetteer.read()
DAYS = st.dates(date(1955, 1, 1), date(2090, 12, 31))
ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@given(DAYS)
def test_a_date_reads_the_same_however_it_is_written(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    serial = (day - date(1899, 12, 30)).days
    written = [
        f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}{m:02}{d:02}", f"{y}年{m}月{d}日",
        f" {y} 年 {m} 月 {d} 日", f"{y}-{m:02}-{d:02} 00:00:00", f"{serial}", f"{serial}.0",
        f"{y}-{m:02}-{d:02}".translate(FULL_WIDTH), f"\u200b{y}/{m}/{d}\ufeff",
        f"{y}/{m}/{d} 0:00", f"{y}-{m:02}-{d:02} 10:30", f"{y}-{m:02}-{d:02}T10:30:00.5",
        f"{y}{m:02}{d:02}.0", f"{y}-{m}-{d} 星期一", f"{y}\u00a0年{m}月{d}号",
        *(f"{numerals(y, zero)}年{tens(m)}月{tens(d)}日" for zero in "〇零○"), f"{y}年{tens(m)}月{d}日",
        f"{d}-{tens(m)}月-{y}", f"{d:02}-{tens(m)}月-{y} 0:00", f"{y}-{tens(m)}月-{d}",
        f"{d} {tens(m)}月 {y}", f"{d}-{ENGLISH[m - 1]}-{y}", f"{d:02}/{ENGLISH[m - 1].upper()}/{y}",
        f"{y}—{m}—{d}", f"{y}、{m}、{d}",
    ]  # fmt: skip
    assert {read_cell("date", text) for text in written} == {day}


@given(st.from_regex(r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]( 00:00:00)?", fullmatch=True))
def test_a_plain_day_is_to_sql_what_it_is_to_the_reader_of_cells(text: str) -> None:
    """Such days are read by SQL, if all of a sheet can be read."""
    assert is_plain_day(text)
    read = read_cell("date", text)
    said = duckdb.execute("SELECT try_cast(? AS DATE)", [text]).fetchone()
    assert isinstance(read, Refusal) or said == (read,)


def numerals(year: int, zero: str) -> str:
    return "".join((zero, *"一二三四五六七八九")[int(digit)] for digit in str(year))


def tens(number: int) -> str:
    """A number below 40 as it is said: 三, 十, 十二, 二十, 三十一."""
    ten, one = divmod(number, 10)
    said = ("", *"一二三四五六七八九")
    return f"{said[ten] if ten > 1 else ''}{'十' if ten else ''}{said[one]}"


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_a_refusal_never_a_crash(text: str) -> None:
    for kind in ("date", "number", "level", "scope", "boolean", "period"):
        found = read_cell(kind, text)
        if isinstance(found, Refusal):
            assert found.reason.zh
            assert found.remedy.en


@given(st.integers(0, 99), st.integers(1, 12), st.integers(1, 28))
def test_two_digit_years_are_refused(year: int, month: int, day: int) -> None:
    for text in (
        f"{year:02}-{month}-{day}",
        f"{year:02}.{month}.{day}",
        f"{year:02}年{month}月{day}日",
        f"{numerals(year, '〇')}年{tens(month)}月{tens(day)}日",
        f"二〇{numerals(year, '〇')[0]}年{tens(month)}月{tens(day)}日",
        f"{day}-{tens(month)}月-{year:02}",
        f"{day}-{ENGLISH[month - 1]}-{year:02}",
    ):
        assert isinstance(read_cell("date", text), Refusal)


@given(st.decimals(0, 10**9, places=2))
def test_numbers_with_commas_units_and_width(number: object) -> None:
    plain = f"{number:.2f}"
    for text in (plain, f"{number:,.2f}", f"{plain}元", plain.translate(FULL_WIDTH), f"¥{plain}"):
        assert read_cell("number", text) == float(plain)


TODAY = date(2030, 1, 1)


def check_character(body: str) -> str:
    """ISO 7064 MOD 11-2 by its recursive definition, not by weights."""
    product = 0
    for digit in body:
        product = ((product + int(digit)) * 2) % 11
    check = (12 - product) % 11
    return "X" if check == 10 else str(check)


def judged(*numbers: str) -> dict[str, tuple[int | None, str | None]]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE persons (person BIGINT, hash VARCHAR)")
        connection.execute("CREATE TEMP TABLE raw_persons (raw VARCHAR)")
        connection.executemany("INSERT INTO raw_persons VALUES (?)", [[n] for n in set(numbers)])
        number_persons(connection, HashingKey((b"key",)), TODAY)
        rows = connection.execute(
            "SELECT raw, value, problem FROM spelled_person WHERE raw <> ''"
        ).fetchall()
    return {raw: (value, problem) for raw, value, problem in rows}


BODIES = st.builds(
    lambda area, born, serial: f"{area}{born:%Y%m%d}{serial:03}",
    st.integers(110000, 659999),
    st.dates(date(1930, 1, 1), date(1999, 12, 31)),
    st.integers(0, 999),
)


@settings(max_examples=40, deadline=None)
@given(BODIES)
def test_only_the_right_check_character_passes(body: str) -> None:
    right = check_character(body)
    found = judged(*(body + check for check in "0123456789X"))
    for check in "0123456789X":
        value, problem = found[body + check]
        assert (problem is None) == (check == right)
        assert (value is not None) == (check == right)


@settings(max_examples=40, deadline=None)
@given(BODIES)
def test_the_old_form_is_the_same_person(body: str) -> None:
    whole, old = body + check_character(body), body[:6] + body[8:]
    found = judged(whole, old, f" {whole[:6]} {whole[6:]} ", whole.translate(FULL_WIDTH), whole.lower())
    assert {value for value, _ in found.values()} == {1}


@given(BODIES, st.text("甲乙丙, ", max_size=4), st.text("，。 乙", max_size=4))
def test_a_mask_covers_every_number(body: str, before: str, after: str) -> None:
    whole = body + check_character(body)
    covered = mask(before + whole + after)
    assert whole not in covered
    assert body[6:14] not in covered


@given(st.sampled_from(sorted(GAZETTEER.current)), st.text(" 　\u200b", max_size=3))
def test_a_place_is_found_by_code_name_and_prefixed_name(code: str, blank: str) -> None:
    place = GAZETTEER.places[code]
    above = GAZETTEER.ancestors(code)
    area = next((p.code for p in above if p.level == "city"), above[-1].code)
    prefix = "".join(p.name for p in reversed(above[1:]) if p.level in {"city", "district"})
    for written in (code, place.name, place.short_name, prefix + place.name, *place.aliases):
        found = GAZETTEER.resolve(blank + written, area)
        if isinstance(found, Unresolved):
            assert code in found.candidates
        elif found.code != code:
            # A short name that a higher place also has means the higher one.
            assert isinstance(found, Place)
            assert found.level != place.level
    assert GAZETTEER.resolve(prefix + place.name, area) == place


def test_serials_of_both_ends() -> None:
    assert read_cell("date", "45047") == date(1899, 12, 30) + timedelta(days=45047)
    assert isinstance(read_cell("date", "2023"), Refusal)


#: Ranks as the dictionary declares them: 学徒工 0, 初级工 1, ... 首席技师 7.
LEVELS = [
    (0, ["学徒工", "学徒"]),
    (1, ["初级工", "初级", "五级", "5级", "五级/初级工", "初级工/五级", "国家职业资格五级", "Ⅴ级"]),
    (2, ["中级工", "中级", "四级", "4级", "中级工（四级）", "四级中级工", "职业资格四级"]),
    (
        3,
        [
            "高级工", "高级", "三级", "3级", "３级", "高级工/三级", "三级/高级工", "三级（高级工）",
            "国家职业资格三级", "国家职业资格三级（高级技能）", "职业技能等级三级", "三级工", "三 级",
            "高级工三级", "高级工、三级", "高级技能人才", "Ⅲ级", "III级", "高级工\n（三级）", "3",
        ],
    ),
    (4, ["技师", "二级", "2级", "技师/二级", "二级技师"]),
    (5, ["高级技师", "一级", "1级", "一级/高级技师", "高级技师（国家职业资格一级）"]),
    (6, ["特级技师", "6"]),
    (7, ["首席技师", "7"]),
]  # fmt: skip


@pytest.mark.parametrize(("rank", "written"), LEVELS)
def test_levels_in_every_usual_spelling(rank: int, written: list[str]) -> None:
    assert {text: read_cell("level", text) for text in written} == dict.fromkeys(written, rank)


@pytest.mark.parametrize(
    "text",
    [
        "高级工/四级",
        "技师/高级技师",
        "一、二级",
        "1-3级",
        "第三级",
        "六级",
        "5",
        "首席技师一级",
        "高级职称",
        "级",
    ],
)
def test_levels_that_are_two_or_none_are_refused(text: str) -> None:
    assert isinstance(read_cell("level", text), Refusal)


NUMBERS = [
    ("40学时", 40), ("40 个学时", 40), ("1.2万元", 12_000), ("1.2 万", 12_000), ("3,000元", 3_000),
    ("￥3，000．5", 3_000.5), ("人民币3000元整", 3_000), ("RMB 3,000.00", 3_000),
    ("0.35亿元", 35_000_000),
    ("2千", 2_000), ("１２人次", 12), ("\u200b8\ufeff", 8), ("-3.5", -3.5),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_numbers_with_units_inside(text: str, value: float) -> None:
    assert read_cell("number", text) == value


@pytest.mark.parametrize(
    "text", ["约40", "40-50", "12万3", "3天", "四十", "1,5", "1，50元", "万元", "40+"]
)
def test_numbers_that_are_not_clear_are_refused(text: str) -> None:
    assert isinstance(read_cell("number", text), Refusal)


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("", True),
        ("—", True),
        ("－", True),
        ("/", True),
        ("无", True),
        ("N/A", True),
        ("0", False),
        ("无锡", False),
    ],
)
def test_strokes_say_nothing(text: str, nothing: bool) -> None:
    assert says_nothing(text) == nothing
