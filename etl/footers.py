"""Footers: rows that stand in a table for whoever reads it on paper, and are no records.

Owns `is_footer`: a head that is repeated on every page, totals, titles of a part, the lines for
signatures and notes, and rows of a form that were numbered and never filled in. They are left out and
counted, not refused. Only rows that break a rule are ever asked, so that no record can be taken for
one; and `gets_nothing`, which is asked sooner, of rows with gaps below a merged cell. Called by
`loading`, `reading`. May import `cells`, `datasets`, `headers`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from etl.cells import FORMULA_ERROR
from etl.datasets import Dataset
from etl.headers import Header

_SPACES = "[ \\t\\n\\v\\f\\r\u00a0\u3000\u200b\ufeff]"
_BLANK = r"[\s\x{00A0}\x{3000}\x{200B}\x{FEFF}]"

#: A cell of a line of totals: 合计, 本页小计, 虎门镇合计：23人.
_SUM = r"[:：]?[约共]?[\d,.，]*[人次名个项家条笔元万学课时]{0,4}"
_TOTAL = f"[^,，;；]{{0,12}}(合计|总计|小计|共计|累计|总数){_SUM}"
#: One that can be nothing else, as 技能人才总数 may be, which a record of statistics is about.
_PLACE = "本[页表月季年]|[^,，;；]{0,6}[镇街道区市县省]"
_SURELY_TOTAL = f"([^,，;；]{{0,12}}小计|({_PLACE})?(合计|总计|共计|累计|总数)){_SUM}"

#: What a line of signatures or notes begins with, before a colon or a bracket.
_SIGNED = (
    "填表|制表|填报|审核|审批|复核|校对|经办|负责|联系|签字|签名|签章|盖章|公章|单位|部门|领导|日期|时间"
    "|电话|手机|邮箱|注|备注|附注|说明|填表说明|填报说明|主管部门|报送|统计|填表时间"
)
#: The same, where the word says it all.
_SIGNED_BY = (
    "填表人|制表人|填报人|统计人|报送人|审核人|审批人|复核人|校对人|经办人|负责人|联系人|单位负责人|部门负责人"
    "|填表单位|制表单位|填报单位|报送单位|填表日期|制表日期|填报日期|报送日期|联系电话|联系方式|分管领导"
    "|主管领导|主要领导|单位盖章|以下空白|以下无正文|此页无正文|以上数据|以上信息|以上内容|以上共"
)
#: The only cell of a row that begins a part of a table: 一、虎门镇; （二）长安镇; 表2 续.
_TITLE = (
    r"[(（]?[一二三四五六七八九十]{1,3}[)）、.．].*|第[一二三四五六七八九十]{1,3}[章节部].*"
    r"|附?表[一二三四五六七八九十\d]{1,3}([^-\d].*)?|附件.*"
)
_SIGNATURE = rf"[(（]?((注|备注|说明)\d*[:：.、].*|({_SIGNED})[()（）:：].*|({_SIGNED_BY}).*)"


def is_footer(header: Header) -> str:
    """SQL for a row of text columns c0, c1, ... below a header that is no record."""
    label = f"list_filter({_FILLED}, lambda cell: NOT regexp_full_match(cell, '[\\d.、]+'))[1]"
    signed = f"regexp_full_match(coalesce({label}, ''), '{_SIGNATURE}')"
    title = f"len({_FILLED}) = 1 AND regexp_full_match({_FILLED}[1], '{_TITLE}')"
    said = f"{_nobody(header)} AND ({_is_total(header, _TOTAL)} OR {signed} OR {title})"
    return _of_row(header, f"{_repeats(header)} OR {_only_numbered(header)} OR {said}")


def gets_nothing(header: Header) -> str:
    """SQL for a row below a header that is no record whatever cell is merged over it and rows above,
    and would be taken for one if it got what that holds."""
    total = f"{_nobody(header)} AND {_is_total(header, _SURELY_TOTAL)}"
    return _of_row(header, f"{_repeats(header)} OR {_only_numbered(header)} OR {total}")


_FILLED = "list_filter(cells, lambda cell: cell <> '')"


def _of_row(header: Header, said: str) -> str:
    """SQL for what is `said` of `cells`, those of a row without any blank."""
    # They are named by a lambda: written out wherever they are looked at, they would take longer to
    # plan than a small file to read.
    cells = ", ".join(f"c{i}" for i in range(len(header.headers)))
    bare = f"lambda cell: regexp_replace(coalesce(cell, ''), '{_BLANK}', '', 'g')"
    return f"list_transform([list_transform([{cells}], {bare})], lambda cells: {said})[1]"


def _nobody(header: Header) -> str:
    """SQL for `cells` without an identity number: one makes a record that somebody must correct."""
    person = header.match.columns.get("person_id")
    return f"NOT regexp_matches({_bare(person)}, '[0-9*]{{14}}')" if person is not None else "true"


def _is_total(header: Header, total: str) -> str:
    """SQL for `cells` without a date, one of which is that of a line of totals."""
    date = header.match.columns.get(_date_field(header.match.dataset))
    undated = f"{_bare(date)} = ''" if date is not None else "true"
    totals = f"list_filter({_FILLED}, lambda cell: regexp_full_match(cell, '{total}'))"
    return f"({undated} AND len({totals}) > 0)"


def _date_field(dataset: Dataset) -> str:
    """The field that a record has its date from."""
    return "period" if dataset.date == "period_end" else dataset.date


def _repeats(header: Header) -> str:
    """SQL for `cells` that say what one of the rows of the head says."""
    width = len(header.headers)
    rows = {
        "\x1f".join(re.sub(_SPACES, "", cell) for cell in [*row, *[""] * width][:width])
        for row in [*header.rows, header.headers]
    }
    told = ", ".join(_quoted(row) for row in sorted(rows) if row.strip("\x1f"))
    return f"array_to_string(cells, chr(31)) IN ({told})"


def _only_numbered(header: Header) -> str:
    """SQL for `cells` with nothing but their row's number in a column that is no field's; or with a
    short one, and formulas without a result, as far down as they were drawn."""
    fields = set(header.match.columns.values())
    others = set(range(len(header.headers))) - fields
    found = []
    for number, error in (("\\d*", ""), ("\\d{0,4}", f"|{FORMULA_ERROR}")):
        parts = ((fields, error.removeprefix("|")), (others, number + error))
        found.append(" AND ".join(_all_are(columns, said) for columns, said in parts))
    return f"({found[0]} OR {found[1]})"


def _all_are(columns: Collection[int], said: str) -> str:
    """SQL for whether all `cells` of some columns are empty or as it is `said`."""
    if not columns:
        return "true"
    told = "chr(31) || ".join(f"{_bare(index)} || " for index in sorted(columns)) + "chr(31)"
    return f"regexp_full_match({told}, '(({said})?\\x1f)*')"


def _bare(column: int) -> str:
    """SQL for a cell without any blank, of `cells`."""
    return f"cells[{column + 1}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
