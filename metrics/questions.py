"""Questions: which rows of a table a reader wants, in which order, with which columns.

Owns `Question`, `read_question`, which checks one against the declared columns, `condition_of` (its
SQL) and `said_of` (its filter in words). A question is told by names and values, as an address or a
form gives them:

    level.is=3 (again: or), course.has=电, completed_on.from=2024-01-01, completed_on.to=2024-06-30,
    place.within=441900, institution_no.empty=no, where=<condition>, sort=-completed_on, columns=a,b

All that are given hold together. Values are bound, never pasted; a condition is parsed like those of
`metrics.yaml`. Called by `browsing`, and by who hands its answers out. May import `browsed`,
`conditions`, `tables`, `etl.datasets`, `etl.errors`, `etl.spelling`, `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from etl.datasets import Dataset
from etl.errors import MilepostError, Mistake, UnknownNameError
from etl.spelling import nearest
from etl.texts import Language, Text, lines
from metrics.browsed import Browsed, BrowsedColumn, browsed
from metrics.conditions import compile_filter
from metrics.tables import PERSONS, PLACE_ANCESTORS

#: What a question may say beside filters of columns.
WORDS = ("where", "sort", "columns")

#: How rows may be chosen by a column, in words; {column} and {value} are filled in.
OPERATIONS: Mapping[str, Text] = {
    "is": Text("{column} = {value}", "{column} = {value}"),
    "has": Text("{column}包含“{value}”", "{column} contains “{value}”"),
    "within": Text("{column}在 {value} 范围内", "{column} within {value}"),
    "from": Text("{column} ≥ {value}", "{column} ≥ {value}"),
    "to": Text("{column} ≤ {value}", "{column} ≤ {value}"),
    "empty": Text("{column}{value}", "{column} {value}"),
}
_EMPTY = {"yes": Text("为空", "is empty"), "no": Text("不为空", "is not empty")}
_FLAGS = {"true": True, "false": False, "是": True, "否": False}

#: What each type of value looks like, for messages.
_LOOKS: Mapping[str, Text] = {
    "BIGINT": Text("整数", "a whole number"),
    "INTEGER": Text("整数", "a whole number"),
    "DOUBLE": Text("数字", "a number"),
    "DATE": Text("日期，如 2025-06-30", "a date such as 2025-06-30"),
    "TIMESTAMP": Text("日期或时间，如 2025-06-30 08:00", "a date or time such as 2025-06-30 08:00"),
    "BOOLEAN": Text(" true 或 false", "true or false"),
}


class QuestionError(MilepostError):
    """A question that a table cannot answer; `problems` lists all that is wrong with it."""

    def __init__(self, problems: Sequence[Text]) -> None:
        super().__init__(lines(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Question:
    """A checked question. `filters` are names (`level.from`) and values, `sort` a column, with a minus
    before it for the greatest first; `columns` those wanted, all if empty."""

    table: str
    language: Language = "zh"
    filters: tuple[tuple[str, str], ...] = ()
    where: str = ""
    sort: str = ""
    columns: tuple[str, ...] = ()

    @property
    def browsed(self) -> Browsed:
        """The table that is asked."""
        return browsed(self.table, self.language)

    @property
    def shown(self) -> tuple[BrowsedColumn, ...]:
        """The columns of the answer."""
        table = self.browsed
        return tuple(table.columns[name] for name in self.columns or table.columns)

    @property
    def sorted_by(self) -> BrowsedColumn | None:
        """The column that rows are sorted by; None: in the order in which they were loaded."""
        return self.browsed.columns[self.sort.removeprefix("-")] if self.sort else None

    @property
    def descending(self) -> bool:
        """Whether the greatest comes first."""
        return self.sort.startswith("-")

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The question as names and values, as `read_question` takes them."""
        said = (("where", self.where), ("sort", self.sort), ("columns", ",".join(self.columns)))
        return (*self.filters, *(pair for pair in said if pair[1]))

    def but(self, **changes: Any) -> Question:
        """The same question with something changed."""
        return replace(self, **changes)


def read_question(table: str, pairs: Iterable[tuple[str, str]], language: Language = "zh") -> Question:
    """The question that names and values ask of a table. An empty value asks nothing.

    Raises UnknownNameError for a table that there is not, QuestionError for what it does not know.
    """
    there, problems = browsed(table, language), list[Text]()
    filters, said = [], dict.fromkeys(WORDS, "")
    for name, value in ((name, value.strip()) for name, value in pairs):
        if not value:
            continue
        if name in said:
            again = name == "columns" and said[name]
            said[name] = f"{said[name]},{value}" if again else value
        elif problem := _problem(there, name, value):
            problems.append(problem)
        else:
            filters.append((name, value))
    listed = (name.strip() for name in said["columns"].split(","))
    columns = tuple(dict.fromkeys(name for name in listed if name))
    for name in (*columns, *filter(None, [said["sort"].removeprefix("-")])):
        try:
            column = there.column(name)
        except UnknownNameError as error:
            problems.append(error.text)
            continue
        if column.is_person and name not in columns:
            problems.append(
                Text("人员标识不能用来排序", "the keyed hashes of persons say nothing to sort by")
            )
    question = Question(
        table, language, tuple(dict.fromkeys(filters)), said["where"], said["sort"], columns
    )
    try:
        _written(question)
    except Mistake as error:
        problems.append(Text(f"where：{error.text.zh}", f"where: {error.text.en}"))
    if problems:
        raise QuestionError(problems)
    return question


def condition_of(question: Question) -> ColumnElement[bool]:
    """Which rows a question wants."""
    table = question.browsed
    by_name: dict[str, list[ColumnElement[bool]]] = {}
    for name, value in question.filters:
        column, _, operation = name.rpartition(".")
        met = _meets(table, table.columns[column], operation, value)
        by_name.setdefault(name, []).append(met)
    return and_(true(), *(or_(false(), *met) for met in by_name.values()), _written(question))


def said_of(question: Question) -> str:
    """The filter of a question in words; empty if it wants all rows."""
    language, parts = question.language, list[str]()
    for name, value in question.filters:
        column, _, operation = name.rpartition(".")
        title = question.browsed.columns[column].title.of(language)
        shown = _EMPTY[value].of(language) if operation == "empty" else value
        parts.append(OPERATIONS[operation].of(language).format(column=title, value=shown))
    if question.where:
        parts.append(question.where)
    return ("；" if language == "zh" else "; ").join(parts)


def _problem(table: Browsed, name: str, value: str) -> Text | None:
    """What is wrong with one filter, if anything is."""
    column, dot, operation = name.rpartition(".")
    if not dot:
        filters = [f"{one.name}.{o}" for one in table.columns.values() for o in one.operations]
        near = nearest(f"{name}.is" if name in table.columns else name, [*WORDS, *filters])
        return Text(f"不认识的参数“{name}”{near.zh}", f"unknown parameter {name!r}{near.en}")
    try:
        found = table.column(column)
    except UnknownNameError as error:
        return error.text
    if operation not in found.operations:
        near = nearest(operation, found.operations)
        return Text(
            f"列“{column}”不能用“{operation}”筛选{near.zh}",
            f"column {column!r} cannot be filtered by {operation!r}{near.en}",
        )
    known = [*_EMPTY] if operation == "empty" else found.values if operation == "is" else ()
    if known and value not in known:
        near = nearest(value, known)
        return Text(f"{name}：没有“{value}”{near.zh}", f"{name}: no {value!r}{near.en}")
    if operation != "empty" and found.kind in _LOOKS:
        try:
            _value(found.kind, value)
        except ValueError:
            looks = _LOOKS[found.kind]
            return Text(f"{name}：“{value}”不是{looks.zh}", f"{name}: {value!r} is not {looks.en}")
    return None


def _value(kind: str, text: str) -> Any:
    """A value as its type. Raises ValueError."""
    readers: Mapping[str, Callable[[str], Any]] = {
        "BIGINT": _whole, "INTEGER": _whole, "DOUBLE": _finite, "DATE": date.fromisoformat,
        "TIMESTAMP": datetime.fromisoformat, "VARCHAR": str,
    }  # fmt: skip
    if kind == "BOOLEAN":
        if text not in _FLAGS:
            raise ValueError(text)
        return _FLAGS[text]
    return readers[kind](text)


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) >= 2**63:
        raise ValueError(text)
    return number


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _meets(table: Browsed, column: BrowsedColumn, operation: str, text: str) -> ColumnElement[bool]:
    expression: Any = table.table.c.person if column.is_person else column.expression
    met: ColumnElement[bool] = _compared(expression, column, operation, text)
    return met


def _compared(expression: Any, column: BrowsedColumn, operation: str, text: str) -> Any:
    if operation == "empty":
        return expression.is_(None) if text == "yes" else expression.is_not(None)
    if operation == "has":
        return expression.icontains(text, autoescape=True)
    if operation == "within":
        below = PLACE_ANCESTORS.c
        return expression.in_(select(below.place).where(below.ancestor == text))
    if column.is_person:  # looked up once: to look up the hash of every row would take seconds
        return expression.in_(select(PERSONS.c.person).where(PERSONS.c.hash == text))
    value = _value(column.kind, text)
    if operation == "from":
        return expression >= value
    if operation == "to":
        if column.kind == "TIMESTAMP" and len(text) == len("2025-06-30"):
            return expression < value + timedelta(days=1)  # the whole day
        return expression <= value
    return expression == value


def _written(question: Question) -> ColumnElement[bool]:
    """What the condition that a reader wrote says. Raises Mistake."""
    if not question.where:
        return true()
    table = question.browsed
    columns = {name: one.expression for name, one in table.columns.items() if not one.is_person}
    kinds = {name: one.kind for name, one in table.columns.items() if not one.is_person}
    dataset = table.dataset or Dataset(table.name, table.title, (), (), "")
    return compile_filter(question.where, columns, kinds, dataset)
