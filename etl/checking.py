"""Checking: the rules of a dataset's declaration as SQL over parsed rows.

Owns `Check` and `checks_of`. Each check is one column and one condition that is true for a bad cell,
with the reason and the remedy that its row is refused with. Called by `loading`. May import `cells`,
`datasets`, `identity`, `texts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from etl.cells import FORMULA_ERROR, FORMULA_FAILED
from etl.datasets import PERSONAL, Dataset, Field
from etl.identity import SHORTEST_NUMBER, holds_number
from etl.texts import Text

#: The largest whole number that a spreadsheet keeps exactly.
LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: `bad` is SQL over the parsed row, in which a field is `v_<name>`
    and `u_<name>` says that its cell cannot be read. No `field`: the row as a whole is bad.
    `alone`: it looks at no other field. `passed_below`: a cell of fewer bytes passes. `of_formulas`: it
    finds only what a formula without a result shows."""

    field: str
    bad: str
    reason: Text
    remedy: Text
    alone: bool = True
    passed_below: int = 0
    of_formulas: bool = False


def overflow_check(column: str) -> Check:
    """The check of a row that has cells beyond the last header, in `column`."""
    return Check(
        "",
        f"{column} <> ''",
        Text("这一行比表头多出单元格", "the row has cells beyond the last header"),
        Text(
            "请核对是否有多余的逗号，或给含逗号的内容加引号",
            "look for a comma too many; quote what has commas",
        ),
        alone=False,
    )


def checks_of(dataset: Dataset, columns: frozenset[str], today: date) -> Iterator[Check]:
    """The checks of a dataset for a sheet that has `columns` (names of fields)."""
    for field in dataset.fields:
        if field.name in columns and field.type not in PERSONAL:
            yield from _checks_of_field(dataset, field, columns, today)


def _checks_of_field(
    dataset: Dataset, field: Field, columns: frozenset[str], today: date
) -> Iterator[Check]:
    value, header = f"v_{field.name}", field.header
    if field.required:
        yield Check(
            field.name,
            f"{value} IS NULL AND NOT u_{field.name}",
            Text(f"缺少{header.zh}", f"{header.en} is missing"),
            Text("请补填", "fill it in"),
        )
    if field.type == "text":
        yield Check(
            field.name,
            holds_number(value),
            Text(f"{header.zh}中有身份证号", f"{header.en} holds an identity number"),
            Text(
                "请改用其他编号，身份证号只填在证件列",
                "identity numbers belong in their own column only",
            ),
            passed_below=SHORTEST_NUMBER,
        )
        yield Check(
            field.name,
            # Of nearly all texts comparing shows, which is sooner done than looking into them.
            f"CASE WHEN {value} < '$' OR {value} >= 'Err:' AND {value} < 'Err;' OR {value} >= '错误:'"
            f" AND {value} < '错误;' THEN regexp_full_match({value}, '{FORMULA_ERROR}') ELSE false END",
            FORMULA_FAILED.reason,
            FORMULA_FAILED.remedy,
            of_formulas=True,
        )
    if field in dataset.numbers and field.type == "text":
        yield Check(
            field.name,
            # Searched for the plainest part first: nearly no number has it.
            f"CASE WHEN contains({value}, 'E+') THEN"
            f" regexp_full_match({value}, '[0-9](\\.[0-9]+)?E\\+[0-9]+') ELSE false END",
            Text(
                f"{header.zh}被存成了数字，后几位已丢失",
                f"{header.en} was kept as a number: digits are lost",
            ),
            Text(
                "请把单元格设为文本格式，再重新填写完整编号",
                "format the cells as text, then write it whole again",
            ),
        )
    if field.type == "integer":
        yield Check(
            field.name,
            f"{value} <> floor({value}) OR abs({value}) > {LARGEST}",
            Text(f"{header.zh}不是整数", f"{header.en} is no whole number"),
            Text("请填写整数", "write a whole number"),
        )
    if field.whole_years:
        yield Check(
            field.name,
            f"length({value}) <> 4",
            Text(f"{header.zh}不是一个年份", f"{header.en} is no whole year"),
            Text("请填写年份，例如 2023", "write a year, such as 2023"),
        )
    if field.minimum is not None:
        yield Check(
            field.name,
            f"{value} < {field.minimum}",
            Text(f"{header.zh}小于 {field.minimum:g}", f"{header.en} is below {field.minimum:g}"),
            Text(
                f"请填写不小于 {field.minimum:g} 的数",
                f"write a number that is {field.minimum:g} or more",
            ),
        )
    if field.maximum is not None:
        yield Check(
            field.name,
            f"{value} > {field.maximum}",
            Text(f"{header.zh}大于 {field.maximum:g}", f"{header.en} is above {field.maximum:g}"),
            Text(
                f"请填写不大于 {field.maximum:g} 的数",
                f"write a number that is {field.maximum:g} or less",
            ),
        )
    if field.closed:
        yield Check(
            field.name,
            f"NOT {_is_among(value, field.values)}",
            Text(f"{header.zh}不在允许的取值中", f"{header.en} is none of the values allowed"),
            Text(f"请填写：{'、'.join(field.values)}", f"write one of {', '.join(field.values)}"),
        )
    if field.not_in_future:
        yield Check(
            field.name,
            f"{value} > DATE '{today.isoformat()}'",
            Text(f"{header.zh}在将来", f"{header.en} is in the future"),
            Text(f"应不晚于 {today}", f"it must not be after {today}"),
        )
    if field.not_before is not None and field.not_before in columns:
        earlier = dataset.field(field.not_before).header
        yield Check(
            field.name,
            f"{value} < v_{field.not_before}",
            Text(f"{header.zh}早于{earlier.zh}", f"{header.en} is before {earlier.en.lower()}"),
            Text(
                f"请核对这一行的{header.zh}和{earlier.zh}",
                f"check both dates of the row: {header.en} and {earlier.en}",
            ),
            alone=False,
        )


def _is_among(value: str, texts: Iterable[str]) -> str:
    """SQL for whether a value is one of some texts. Of IN with five or more DuckDB makes a join, which
    does not keep the rows in the order of the file."""
    constants = ", ".join(f"'{text}'" for text in texts)
    return f"list_contains([{constants}], {value})"
