"""The data dictionary: every dataset and every field that offices send, as one Markdown page.

Owns `data_dictionary`, all of it from the declarations in `datasets.yaml`. Called by whoever writes
the page (`python -m etl.dictionary > docs/data-dictionary.md`) and by the test that keeps it fresh.
May import `cells`, `datasets`, `texts`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from etl.cells import FIRST_YEAR, LAST_YEAR
from etl.datasets import LINEAGE, Dataset, Field, FieldType, datasets
from etl.texts import Text

_LINEAGE = ", ".join(f"`{name}`" for name in LINEAGE)

_INTRODUCTION = f"""\
# 数据字典 Data dictionary

由 `etl/datasets.yaml` 生成，请勿手改。重写：`python -m etl.dictionary > docs/data-dictionary.md`<br>
Made from `etl/datasets.yaml`; do not edit it, write it anew with that command.

- 表头用中文、英文、字段名或“其他表头”均可，不计全角半角、空格、换行、大小写和 `*`、`:`、`_`<br>
  A header may be the Chinese or the English one, the field's name or any of the others; width, spaces,
  line breaks, case and `*`, `:`, `_` make no difference
- 缺少必填字段的列，整张表不能载入；单元格有误，只退回该行<br>
  A sheet without the column of a required field is not loaded; a bad cell refuses its row only
- 主键在一个市内唯一：后载入的行替代先载入的；同一张表内主键重复而内容不同的行退回<br>
  A key is unique within a city: a row loaded later supersedes the earlier one; a key used again in one
  sheet with other content is refused
- “指向”：该字段重复所指数据集的主键，载入时不核对<br>
  "Key of": the field repeats the key of that dataset; loading does not look it up
- 每条记录另存来源文件、工作表、行号和装载号<br>
  Each record also keeps the file, sheet, row and load that it came from: {_LINEAGE}
"""

_TYPES: Mapping[FieldType, Text] = {
    "text": Text("任意文字，去掉首尾空格", "Any text, without blanks at its ends"),
    "person_id": Text(
        "证件号码；只保存加密标识，作为 `person` 列",
        "An identity number; only its keyed hash is kept, behind the column `person`",
    ),
    "person_name": Text("姓名；不保存", "A name; not stored"),
    "person_sex": Text("男或女；不保存", "男 (male) or 女 (female); not stored"),
    "place": Text("区划代码或地名；保存为代码", "A place code or name; stored as the code"),
    "level": Text(
        "技能等级名称，或五级至一级，或两者（高级工/三级、国家职业资格三级）；"
        "单独的数字只认 0、3、6、7",
        "A skill level's name, or 五级 to 一级, or both (高级工/三级, 国家职业资格三级); of bare "
        "digits only 0, 3, 6 and 7 are clear",
    ),
    "scope": Text("政府级别", "A level of government"),
    "date": Text(
        "如 2023-05-01、2023/5/1、2023.5.1、2023年5月1日、二〇二三年五月一日、1-五月-2023、1-May-2023、"
        f"20230501 或 Excel 日期；{FIRST_YEAR} 至 {LAST_YEAR} 年",
        "Such as 2023-05-01, 2023/5/1, 2023.5.1, 2023年5月1日, 二〇二三年五月一日, 1-五月-2023, "
        f"1-May-2023, 20230501 or a date of Excel; years {FIRST_YEAR} to {LAST_YEAR}",
    ),
    "number": Text(
        "如 1234.5、1,234.5、1.2万元、40学时；可带 ¥ 和单位",
        "Such as 1234.5, 1,234.5, 1.2万元 or 40学时; ¥ and a unit may stand beside it",
    ),
    "integer": Text("整数，写法同 number", "A whole number, written as a number"),
    "boolean": Text("是或否", "是 (yes) or 否 (no)"),
    "period": Text("如 2023、2023Q1、2023-05", "Such as 2023, 2023Q1 or 2023-05"),
}

_FIELD_HEADERS = (
    "字段 Field",
    "表头",
    "Header",
    "其他表头 Also",
    "类型 Type",
    "必填 Required",
    "取值 Values",
    "规则 Rules",
    "说明 Note",
)


def data_dictionary() -> str:
    """The page, in Markdown."""
    parts = [_INTRODUCTION, *_types()]
    for dataset in datasets().values():
        parts += _section(dataset)
    return "\n".join(parts)


def _types() -> Iterator[str]:
    used = {field.type for dataset in datasets().values() for field in dataset.fields}
    yield "## 类型 Types\n"
    yield _table(
        ("类型 Type", "单元格可写 What a cell may hold"),
        ((f"`{name}`", _both(text)) for name, text in _TYPES.items() if name in used),
    )


def _section(dataset: Dataset) -> Iterator[str]:
    yield f"## {dataset.name} {dataset.title.zh} {dataset.title.en}\n"
    yield f"- 主键 Key: {', '.join(f'`{name}`' for name in dataset.key)}"
    if dataset.plan:
        yield "- 是计划，不是记录：不计入任何目标 A plan and no record: counted by no target"
    yield f"- 计入日期 Counts from: `{dataset.date}`"
    if dataset.ends is not None:
        yield f"- 存量终止 Leaves a stock on: `{dataset.ends}`"
    if dataset.counts_when is not None:
        yield f"- 计入条件 Counts only when: `{dataset.counts_when}`"
    yield ""
    yield _table(_FIELD_HEADERS, (_field(field, dataset) for field in dataset.fields))


def _field(field: Field, dataset: Dataset) -> Sequence[str]:
    return (
        f"`{field.name}`",
        field.header.zh,
        field.header.en,
        "、".join(field.aliases),
        f"`{field.type}`",
        "是 yes" if field.required else "",
        _values(field),
        _rules(field, dataset),
        _both(field.note) if field.note is not None else "",
    )


def _values(field: Field) -> str:
    """The values: all of them where nothing else is accepted, examples otherwise."""
    if not field.values:
        return ""
    only = field.closed or field.type == "scope"
    return ("仅限 only: " if only else "例如 such as: ") + "、".join(field.values)


def _rules(field: Field, dataset: Dataset) -> str:
    """What a cell is refused for, and what it means to other records."""
    rules = []
    if field.name in dataset.key:
        rules.append(Text("主键", "key"))
    if field.minimum is not None:
        rules.append(Text(f"不小于 {field.minimum:g}", f"at least {field.minimum:g}"))
    if field.maximum is not None:
        rules.append(Text(f"不大于 {field.maximum:g}", f"at most {field.maximum:g}"))
    if field.not_before is not None:
        rules.append(Text(f"不早于 `{field.not_before}`", f"not before `{field.not_before}`"))
    if field.whole_years:
        rules.append(Text("只认年份", "years only"))
    if field.not_in_future:
        rules.append(Text("不晚于载入当日", "not after the day of loading"))
    if field.points_at is not None:
        rules.append(Text(f"指向 `{field.points_at}`", f"key of `{field.points_at}`"))
    if not rules:
        return ""
    return _both(Text("；".join(rule.zh for rule in rules), "; ".join(rule.en for rule in rules)))


def _both(text: Text) -> str:
    return f"{text.zh}<br>{text.en}"


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    """A cell of a Markdown table, which a line break or a bar would end."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    # Bytes: a terminal's encoding must not decide what the page is written in.
    sys.stdout.buffer.write(data_dictionary().encode("utf-8"))
