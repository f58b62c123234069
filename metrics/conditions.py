"""Conditions of `metrics.yaml` (`where: level >= 3`): parsed, checked and turned into SQL.

Owns `compile_condition`, `compile_filter` for what readers ask of any table, and `named_in`. A
condition is parsed by sqlglot, never pasted: every node of it must be on the list below, every name a
stored field of its dataset or of one that it points at (an award's `competition.level`), every literal
of the field's type. What is refused is said with the offending word and the nearest right one. Called
by the catalogue (to check), by the measures (to build SQLAlchemy expressions), by `increment` and by
`questions`. May import `etl.datasets`, `etl.errors`, `etl.spelling`, `etl.texts` and `tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlglot
from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    case,
    false,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlglot import expressions as ast
from sqlglot.errors import SqlglotError

from etl.datasets import Dataset, Field, datasets
from etl.errors import Mistake
from etl.spelling import nearest
from etl.texts import Text
from metrics.tables import RECORDS, Columns, key_in_city

#: Fields that a condition may name beside the declared ones.
_EXTRA_FIELDS: Mapping[str, str] = {"period_end": "DATE"}

_SCOPES = ("town", "district", "city", "province", "national", "world")

_COMPARISONS: Mapping[type[ast.Expr], Callable[[ColumnElement[Any], object], ColumnElement[bool]]] = {
    ast.EQ: lambda left, right: left == right,
    ast.NEQ: lambda left, right: left != right,
    ast.GT: lambda left, right: left > right,
    ast.GTE: lambda left, right: left >= right,
    ast.LT: lambda left, right: left < right,
    ast.LTE: lambda left, right: left <= right,
}


class ConditionError(Mistake):
    """A condition that is refused; the message names the word and the remedy."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(Text(zh, en))


def compile_condition(text: str | None, table: FromClause, dataset: Dataset) -> ColumnElement[bool]:
    """The SQL expression of a condition over `table`, which holds records of `dataset`.

    An empty condition is true. The dataset's own rule of what counts is added to it. Raises
    ConditionError.
    """
    parts = [
        _Compiler(table.c, dataset).condition(_parse(part))
        for part in (text, dataset.counts_when)
        if part
    ]
    return and_(true(), *parts) if parts else true()


def check_condition(text: str, dataset_name: str) -> None:
    """Raises ConditionError unless `text` is a condition over the dataset's fields."""
    dataset = datasets()[dataset_name]
    _Compiler(None, dataset).condition(_parse(text))


def compile_filter(
    text: str, columns: Columns, kinds: Mapping[str, str], dataset: Dataset
) -> ColumnElement[bool]:
    """The SQL expression of a condition that a reader writes over `columns`, of the types in `kinds`;
    `dataset` knows which values a field takes. Raises ConditionError."""
    return _Compiler(columns, dataset, kinds).condition(_parse(text))


def least_level(text: str | None, dataset_name: str) -> bool:
    """Whether the condition speaks of skill levels only as "at least": then "the highest level held
    satisfies it" is the same as "some certificate in force satisfies it"."""
    if not text:
        return True
    fields = datasets()[dataset_name].fields
    levels = {field.name for field in fields if field.type == "level"}
    for column in _parse(text).find_all(ast.Column):
        if (
            column.name in levels
            and not column.table
            and not (
                isinstance(column.parent, (ast.GTE, ast.GT))
                and column.parent.this is column
                and not column.find_ancestor(ast.Not)
            )
        ):
            return False
    return True


@dataclass(frozen=True, slots=True)
class Named:
    """What a condition names: fields of its own dataset, and the datasets that these point at."""

    fields: frozenset[str]
    elsewhere: frozenset[str]


def named_in(text: str | None, dataset: Dataset) -> Named:
    """What a checked condition names, with the dataset's own rule of what counts."""
    pointers = _pointers(dataset)
    fields, elsewhere = set[str](), set[str]()
    for part in (text, dataset.counts_when):
        for column in _parse(part).find_all(ast.Column) if part else ():
            if column.table:
                pointer = pointers[column.table]
                fields.add(pointer.name)
                elsewhere.add(str(pointer.points_at))
            elif not _is_word(column):
                fields.add(column.name)
    return Named(frozenset(fields), frozenset(elsewhere))


@cache
def _parse(text: str) -> ast.Expr:
    try:
        statements = sqlglot.parse(f"SELECT 1 WHERE {text}", dialect="duckdb")
    except SqlglotError as error:
        raise ConditionError(f"不是条件：“{text}”", f"not a condition: {text!r}") from error
    whole = statements[0]
    clauses = {key for key, value in whole.args.items() if value} if whole is not None else set()
    if len(statements) != 1 or whole is None or clauses != {"expressions", "where"}:
        raise ConditionError(
            f"只能写一个条件，不能有别的：“{text}”", f"not one condition and nothing else: {text!r}"
        )
    condition: ast.Expr = whole.args["where"].this
    return condition


def _pointers(dataset: Dataset) -> dict[str, Field]:
    """The fields that point at another dataset, by the word that a condition reaches it with."""
    return {field.name.removesuffix("_no"): field for field in dataset.fields if field.points_at}


def _types(dataset: Dataset) -> dict[str, str]:
    """The fields that a condition may name, each with the type of its column."""
    names = {field.name for field in dataset.fields if field.stored} | set(_EXTRA_FIELDS)
    return {name: kind for name, kind in dataset.columns.items() if name in names}


class _Compiler:
    """Walks one parsed condition. Without columns it only checks."""

    def __init__(
        self, columns: Columns | None, dataset: Dataset, kinds: Mapping[str, str] | None = None
    ) -> None:
        self._columns = columns
        self._dataset = dataset
        self._types = _types(dataset) if kinds is None else kinds
        self._pointers = _pointers(dataset)

    def _reachable(self) -> list[str]:
        """The fields of this dataset, and of those that it points at, as a condition writes them."""
        return list(self._types) + [
            f"{prefix}.{name}"
            for prefix, pointer in self._pointers.items()
            for name in _types(datasets()[str(pointer.points_at)])
        ]

    def condition(self, node: ast.Expr) -> ColumnElement[bool]:
        if isinstance(node, ast.Paren):
            return self.condition(node.this)
        if isinstance(node, ast.And):
            return and_(self.condition(node.left), self.condition(node.right))
        if isinstance(node, ast.Or):
            return or_(self.condition(node.left), self.condition(node.right))
        if isinstance(node, ast.Not):
            return not_(self.condition(node.this))
        column = node if isinstance(node, ast.Column) else node.this
        if isinstance(column, ast.Column) and column.table in self._pointers:
            return self._elsewhere(node, column.table)
        return self._comparison(node)

    def _elsewhere(self, node: ast.Expr, prefix: str) -> ColumnElement[bool]:
        """A comparison of the record that this one points at: unknown where it points at none.

        Two lists of keys, those that meet it and those that do not, instead of a lookup per record.
        """
        if any(column.table != prefix and not _is_word(column) for column in node.find_all(ast.Column)):
            raise ConditionError(
                f"“{node.sql()}”：“{prefix}”的字段只能与值比较",
                f"{node.sql()!r}: compare a field of {prefix!r} with a value",
            )
        bare = node.copy()
        for column in bare.find_all(ast.Column):
            column.set("table", None)
        pointer = self._pointers[prefix]
        pointed = datasets()[str(pointer.points_at)]
        if self._columns is None:
            return _Compiler(None, pointed)._comparison(bare)
        there = RECORDS[pointed.name].alias()
        met = _Compiler(there.c, pointed)._comparison(bare)
        here, keys = key_in_city(self._columns, pointer.name), key_in_city(there.c, pointed.key[0])
        return case(
            (here.in_(select(keys).where(met)), true()),
            (here.in_(select(keys).where(not_(met))), false()),
        )

    def _comparison(self, node: ast.Expr) -> ColumnElement[bool]:
        if isinstance(node, ast.Is):
            return self._is(node)
        if isinstance(node, ast.In):
            return self._in(node)
        if isinstance(node, ast.Between) and not node.args.get("symmetric"):
            column, kind = self._column(node.this)
            low = self._value(node.args["low"], node.this.name, kind)
            return column.between(low, self._value(node.args["high"], node.this.name, kind))
        if isinstance(node, ast.Like):
            return self._like(node)
        if isinstance(node, ast.Column):
            return self._flag(node)
        compare = _COMPARISONS.get(type(node))
        if compare is not None:
            return self._compare(node, compare)
        raise ConditionError(
            f"条件中不能写“{node.sql()}”", f"{node.sql()!r} is not allowed in a condition"
        )

    def _compare(
        self,
        node: ast.Expr,
        compare: Callable[[ColumnElement[Any], object], ColumnElement[bool]],
    ) -> ColumnElement[bool]:
        if not isinstance(node.this, ast.Column):
            raise ConditionError(
                f"“{node.sql()}”：请先写字段，再写值",
                f"{node.sql()!r}: write the field first, then the value",
            )
        column, kind = self._column(node.this)
        if isinstance(node.expression, ast.Column) and not _is_word(node.expression):
            other, other_kind = self._column(node.expression)
            if other_kind != kind:
                raise ConditionError(
                    f"“{node.sql()}”：{kind} 与 {other_kind} 不能比较",
                    f"{node.sql()!r}: {kind} cannot be compared with {other_kind}",
                )
            return compare(column, other)
        return compare(column, self._value(node.expression, node.this.name, kind))

    def _is(self, node: ast.Is) -> ColumnElement[bool]:
        column, _ = self._column(node.this)
        if not isinstance(node.expression, ast.Null):
            raise ConditionError(
                f"“{node.sql()}”：IS 之后只能写 NULL 或 NOT NULL",
                f"{node.sql()!r}: only IS NULL and IS NOT NULL are allowed",
            )
        return column.is_(None)

    def _in(self, node: ast.In) -> ColumnElement[bool]:
        column, kind = self._column(node.this)
        if node.args.get("query") is not None or not node.expressions:
            raise ConditionError(
                f"“{node.sql()}”：IN 之后应是一列值", f"{node.sql()!r}: IN takes a list of values"
            )
        return column.in_([self._value(v, node.this.name, kind) for v in node.expressions])

    def _like(self, node: ast.Like) -> ColumnElement[bool]:
        column, kind = self._column(node.this)
        if kind != "VARCHAR":
            raise ConditionError(
                f"“{node.sql()}”：LIKE 只能用于文字字段", f"{node.sql()!r}: LIKE needs a text field"
            )
        return column.like(str(self._value(node.expression, node.this.name, "PATTERN")))

    def _flag(self, node: ast.Column) -> ColumnElement[bool]:
        column, kind = self._column(node)
        if kind != "BOOLEAN":
            raise ConditionError(
                f"“{node.name}”不是是否字段；请与值比较",
                f"{node.name!r} is no yes-or-no field; compare it with a value",
            )
        return column == true()

    def _column(self, node: ast.Expr) -> tuple[ColumnElement[Any], str]:
        if not isinstance(node, ast.Column):
            raise ConditionError(
                f"这里应是字段，不能写“{node.sql()}”",
                f"{node.sql()!r} is not allowed where a field is expected",
            )
        if node.table or node.name not in self._types:
            word = node.sql().replace('"', "")
            known = self._reachable() if node.table else list(self._types)
            near = nearest(word, known)
            raise ConditionError(
                f"{self._dataset.name} 没有字段“{word}”{near.zh}",
                f"{self._dataset.name} has no field {word!r}{near.en}",
            )
        if self._columns is None:
            return literal(None), self._types[node.name]
        return self._columns[node.name], self._types[node.name]

    def _value(self, node: ast.Expr, name: str, kind: str) -> object:
        value = _literal(node)
        expected = _WORDS[kind]
        wrong = ConditionError(
            f"字段“{name}”需要{expected.zh}，而不是“{node.sql()}”",
            f"{node.sql()!r} is no {expected.en}, which {name!r} needs",
        )
        if kind in {"INTEGER", "BIGINT", "DOUBLE"}:
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise wrong
            return value
        if kind == "BOOLEAN":
            if not isinstance(value, bool):
                raise wrong
            return value
        if not isinstance(value, str):
            raise wrong
        if kind in {"DATE", "TIMESTAMP"}:
            read: type[date] = date if kind == "DATE" else datetime
            try:
                return read.fromisoformat(value)
            except ValueError as error:
                raise wrong from error
        if kind == "VARCHAR":
            self._check_known(name, value)
        return value

    def _check_known(self, name: str, value: str) -> None:
        field = next((one for one in self._dataset.fields if one.name == name), None)
        if field is None:
            return
        known = _SCOPES if field.type == "scope" else field.values if field.closed else ()
        if known and value not in known:
            near = nearest(value, known)
            raise ConditionError(
                f"“{value}”不是字段“{name}”的取值{near.zh}",
                f"{value!r} is no value of {name!r}{near.en}",
            )


_WORDS: Mapping[str, Text] = {
    "INTEGER": Text("整数", "whole number"),
    "BIGINT": Text("整数", "whole number"),
    "DOUBLE": Text("数字", "number"),
    "BOOLEAN": Text(" true 或 false", "true or false"),
    "DATE": Text("日期，如 '2023-05-01'", "date such as '2023-05-01'"),
    "TIMESTAMP": Text("时间，如 '2023-05-01 08:00'", "time such as '2023-05-01 08:00'"),
    "VARCHAR": Text("'单引号'中的文字", "text in 'quotes'"),
    "PATTERN": Text("'单引号'中的文字", "text in 'quotes'"),
}


def _is_word(node: ast.Expr) -> bool:
    """Whether a "column" is really a text in double quotes, the commonest slip."""
    return isinstance(node, ast.Column) and bool(node.this.args.get("quoted"))


def _literal(node: ast.Expr) -> str | int | float | bool | None:
    if isinstance(node, ast.Neg):
        number = _literal(node.this)
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return -number
    if isinstance(node, ast.Boolean):
        return bool(node.this)
    if isinstance(node, ast.Literal):
        if node.is_string:
            return str(node.this)
        return int(node.this) if node.is_int else float(node.this)
    if isinstance(node, ast.Cast) and isinstance(node.this, ast.Literal):
        return str(node.this.this)
    if _is_word(node):
        return node.name
    raise ConditionError(
        f"这里应是值，不能写“{node.sql()}”", f"{node.sql()!r} is not allowed where a value is expected"
    )
