"""Cells: what people type into dates, numbers, levels and periods, and what it means.

Owns `read_cell`, which turns one spelling into its value or into a `Refusal`, `BLANKS`, and
`FORMULA_ERROR` with its refusal. Loading calls it once for each different spelling of a
column, never for each row. May import `datasets`, `texts`.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from etl.texts import Text

#: Blanks at the ends of a cell, and those that Chinese typing and copying from web pages leave there.
BLANKS = " \t\n\r\u3000\u00a0\u200b\ufeff"

#: What a cell holds that says that there is nothing to say: a stroke, or the word.
_NOTHING = re.compile(r"[-−–—―─/\\]*|无|暂无|n/?a", re.IGNORECASE)

#: Dates outside these years are slips of the hand: a birth date, a century missing.
FIRST_YEAR, LAST_YEAR = 1950, 2099

#: Nearly all dates are written so, those of workbooks with the first moment of their day.
_PLAIN_DAY = re.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})(?: 00:00:00)?")

#: Day 0 of Excel's calendar, chosen so that serials after 1900-02-28 come out right.
_EXCEL_EPOCH = date(1899, 12, 30)
#: Serials read as dates: 1954 to 2119. Smaller numbers are years, larger ones are 20230501.
_EXCEL_SERIALS = range(20_000, 80_400)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a cell cannot be read, and what to do about it."""

    reason: Text
    remedy: Text


#: What a spreadsheet shows of a formula that has no value, and saves as text. So that SQL can read it
#: too it has no more than what all kinds of regular expressions do.
FORMULA_ERROR = (
    "#(DIV/0!|N/A|NAME[?]|名称[?]|NULL!|NUM!|REF!|VALUE!|GETTING_DATA|SPILL!|CALC!|FIELD!|BLOCKED!"
    "|CONNECT!|UNKNOWN!|BUSY!)|(Err|错误):[0-9]{3}"
)
FORMULA_FAILED = Refusal(
    Text("公式出错，没有结果", "a formula has no result"),
    Text(
        "请修正公式，或直接填写；没有内容就留空",
        "correct the formula or write the value; else leave it empty",
    ),
)

#: Stands behind a number of a cell that is merged with others: which of them it counts nobody knows.
SHARED = "（合并单元格）"
NUMBER_SHARED = Refusal(
    Text(
        "数值写在跨行合并的单元格里，是各行的数还是合计并不清楚",
        "the number is in a cell merged over several rows: each row's, or their sum?",
    ),
    Text(
        "请取消合并，每行填写自己的数；若本是一条记录，请并为一行",
        "unmerge the cell and write each row's own number; one record is to be one row",
    ),
)

Value = date | float | int | bool | str | tuple[str, date]


def plain_cell(text: str) -> str:
    """A cell without what the eye does not see: width, spaces at the ends, invisible characters."""
    if text.isascii() and text.isprintable():
        return text.strip()
    normal = unicodedata.normalize("NFKC", text)
    return "".join(c for c in normal if unicodedata.category(c) not in {"Cf", "Cc"}).strip()


def says_nothing(text: str) -> bool:
    """Whether a cell is as good as empty: blank, a stroke, 无."""
    return _NOTHING.fullmatch(plain_cell(text)) is not None


def read_cell(kind: str, text: str) -> Value | Refusal:
    """The value of a cell whose field has type `kind` (date, number, integer, level, ...)."""
    return _READERS[kind](plain_cell(text))


def is_plain_day(text: str) -> bool:
    """Whether a date is written in the one way that SQL too reads it in."""
    return _PLAIN_DAY.fullmatch(text) is not None


def _date(text: str) -> date | Refusal:
    if plain := _PLAIN_DAY.fullmatch(text):
        return _day(text, *(int(part) for part in plain[1].split("-")))
    # The time of day says nothing: a record counts by its day.
    bare = re.sub(r"(?:T|\s+)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$", "", text)
    bare = re.sub(r"\s*(?:星期|周)[一二三四五六日天]$", "", bare)
    written = re.fullmatch(
        r"(\d{4})\s*[-/.、—–年]\s*(\d{1,2})\s*[-/.、—–月]\s*(\d{1,2})\s*[日号]?", _in_digits(bare)
    ) or re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:\.0)?", bare)
    if written is not None:
        return _day(text, *(int(part) for part in written.groups()))
    serial = re.fullmatch(r"(\d{5})(?:\.\d+)?", bare)
    if serial is not None and int(serial[1]) in _EXCEL_SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(serial[1]))
    return Refusal(
        Text(f"“{text}”不是日期", f"{text!r} is no date"),
        Text("请写成 2023-05-01 的样子，年份四位", "write it as 2023-05-01, the year in four digits"),
    )


#: Chinese numerals as they stand in a written date: those of the year one by one, 十 for tens.
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


#: A month in words, as a spreadsheet shows it: 12-五月-2023, 12-May-2023, 2023-五月-12.
_DAY_FIRST = re.compile(r"(\d{1,2})[-/ ]([^-/\d\s]+)[-/ ](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/ ]([^-/\d\s]+)[-/ ](\d{1,2})")
_MONTH_NAMES = (
    *(
        "一月",
        "二月",
        "三月",
        "四月",
        "五月",
        "六月",
        "七月",
        "八月",
        "九月",
        "十月",
        "十一月",
        "十二月",
    ),
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
)
_MONTHS = {name: 1 + position % 12 for position, name in enumerate(_MONTH_NAMES)}


def _in_digits(text: str) -> str:
    """二〇二三年五月十二日 as 2023年5月12日: only the year, the month and the day; 12-五月-2023 as
    2023-5-12."""
    if found := _DAY_FIRST.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        day, year = (found[1], found[3]) if len(found[3]) == 4 else (found[3], found[1])
        number = _MONTHS.get(found[2].casefold())
        return f"{year}-{number}-{day}" if number else text
    found = re.fullmatch(r"([〇○零一二三四五六七八九\d]{4})年(.{1,3})月(.{1,3})[日号]", text)
    if found is None:
        return text
    year, month, day = found[1].translate(_DIGITS), _tens(found[2]), _tens(found[3])
    return f"{year}年{month}月{day}日"


def _tens(text: str) -> str:
    """十二 as 12, 三十 as 30, 二十一 as 21; anything else as it is."""
    found = re.fullmatch(r"([二三]?)十([一二三四五六七八九]?)", text)
    if found is None:
        return text.translate(_DIGITS) if len(text) == 1 or text[0] in "〇○零" else text
    return f"{found[1] or '一'}{found[2] or '零'}".translate(_DIGITS)


def _day(text: str, year: int, month: int, day: int) -> date | Refusal:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Refusal(
            Text(f"“{text}”的年份不对", f"{text!r}: the year cannot be right"),
            Text(
                f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间",
                f"a year from {FIRST_YEAR} to {LAST_YEAR} is expected",
            ),
        )
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return Refusal(
            Text(f"没有“{text}”这一天", f"{text!r}: there is no such day"),
            Text("请核对月份和日期", "check the month and the day"),
        )
    return date(year, month, day)


_UNITS = {
    "元", "元整", "元人民币", "学时", "个学时", "课时", "个课时", "小时", "个小时", "时", "人",
    "人次", "名", "个", "位", "家", "h", "H",
}  # fmt: skip
_TIMES = {"": 1, "千": 1_000, "万": 10_000, "亿": 100_000_000}


def _number(text: str) -> float | Refusal:
    found = re.fullmatch(
        r"(?:人民币|RMB|CNY)?[¥￥]?([+-]?\d[\d,]*(?:\.\d+)?)([千万亿]?)([^\d\s]*)",
        text.replace(" ", ""),
    )
    if found is None or (found[3] and found[3] not in _UNITS) or not _grouped(found[1]):
        return Refusal(
            Text(f"“{text}”不是数字", f"{text!r} is no number"),
            Text("请只填写数字，例如 1234.5", "write digits only, such as 1234.5"),
        )
    # round: 1.2 x 10000 must be 12000, whatever a float makes of 1.2.
    value = float(found[1].replace(",", ""))
    return round(value * _TIMES[found[2]], 6) if found[2] else value


def _grouped(digits: str) -> bool:
    """Whether commas stand where thousands are parted, so that 1,5 is not read as 15."""
    return "," not in digits or re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", digits) is not None


_NUMERALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
_TITLES = {
    "学徒工": 0, "学徒": 0, "初级工": 1, "初级": 1, "中级工": 2, "中级": 2, "高级工": 3, "高级": 3,
    "技师": 4, "高级技师": 5, "特级技师": 6, "首席技师": 7,
}  # fmt: skip


#: What stands around a grade and says nothing of it.
_AROUND_GRADE = re.compile(
    r"国家|职业资格|职业技能等级|职业技能|技能等级|技能人才|等级(?!$)|(?<=级)技能|(?<=[一二三四五1-5]级)工"
)
#: One name of a level after the other; the longest first, so that 高级技师 is not 高级.
_LEVEL = re.compile(
    rf"({'|'.join(sorted(_TITLES, key=len, reverse=True))})|(?<!第)([一二三四五1-5]|I{{1,3}}|IV|V)级"
)
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5}


def _level(text: str) -> int | Refusal:
    # A bare digit may be the grade or the rank; only where both mean the same is it taken.
    if text in {"0", "3", "6", "7"}:
        return int(text)
    bare = _AROUND_GRADE.sub("", re.sub(r"[/、,;|+()\[\]【】\s—–-]", "", text))
    # 五级 is the lowest grade, 一级 the highest.
    ranks = {
        _TITLES[title] if title else 6 - (_NUMERALS.get(grade) or _ROMAN.get(grade) or int(grade))
        for title, grade in _LEVEL.findall(bare)
    }
    if len(ranks) == 1 and not _LEVEL.sub("", bare):
        return ranks.pop()
    return Refusal(
        Text(f"没有“{text}”这个技能等级", f"{text!r} is no skill level"),
        Text(
            "请填写：学徒工、初级工（五级）、中级工（四级）、高级工（三级）、技师（二级）、"
            "高级技师（一级）、特级技师或首席技师",
            "write 学徒工, 初级工, 中级工, 高级工, 技师, 高级技师, 特级技师, 首席技师, or 五级 to 一级",
        ),
    )


_SCOPES = {
    "town": ("镇街", "镇级", "镇街级", "镇(街道)级", "乡镇", "街道", "镇", "town"),
    "district": ("县区", "区县", "县级", "区级", "县区级", "县(市、区)级", "县", "区", "district"),
    "city": ("市级", "地市级", "市", "city"),
    "province": ("省级", "省", "province"),
    "national": ("国家级", "国家", "全国", "national"),
    "world": ("世界级", "国际级", "国际", "世界", "world"),
}
_SCOPE_OF: Mapping[str, str] = {word: scope for scope, words in _SCOPES.items() for word in words}


def _scope(text: str) -> str | Refusal:
    return _SCOPE_OF.get(text) or Refusal(
        Text(f"没有“{text}”这个级别", f"{text!r} is no level of government"),
        Text(
            "请填写：镇街、县区、市级、省级、国家级或世界级",
            "write 镇街, 县区, 市级, 省级, 国家级 or 世界级",
        ),
    )


_YES = {"是", "有", "y", "yes", "true", "1", "√", "对"}
_NO = {"否", "无", "没有", "n", "no", "false", "0", "×", "不是"}


def _boolean(text: str) -> bool | Refusal:
    word = text.casefold()
    if word in _YES | _NO:
        return word in _YES
    return Refusal(
        Text(f"“{text}”既不是“是”也不是“否”", f"{text!r} is neither yes nor no"),
        Text("请填写“是”或“否”", "write 是 (yes) or 否 (no)"),
    )


_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}


def _period(text: str) -> tuple[str, date] | Refusal:
    bare = text.replace(" ", "").removesuffix(".0")
    if found := re.fullmatch(r"((?:19|20)\d\d)年?度?", bare):
        return found[1], date(int(found[1]), 12, 31)
    if found := re.fullmatch(r"((?:19|20)\d\d)年?-?[第Qq]([一二三四1-4])(?:季度?)?", bare):
        year, quarter = int(found[1]), _QUARTERS[found[2]]
        last = calendar.monthrange(year, quarter * 3)[1]
        return f"{year}Q{quarter}", date(year, quarter * 3, last)
    month = re.fullmatch(r"((?:19|20)\d\d)[-/.年]?(\d{1,2})月?", bare)
    if month is not None and 1 <= int(month[2]) <= 12:
        year, number = int(month[1]), int(month[2])
        return f"{year}-{number:02d}", date(year, number, calendar.monthrange(year, number)[1])
    return Refusal(
        Text(f"“{text}”不是统计期", f"{text!r} is no period"),
        Text("请写成 2023、2023Q1 或 2023-05", "write 2023, 2023Q1 or 2023-05"),
    )


_READERS: Mapping[str, Callable[[str], Value | Refusal]] = {
    "date": _date,
    "number": _number,
    "integer": _number,
    "level": _level,
    "scope": _scope,
    "boolean": _boolean,
    "period": _period,
}
