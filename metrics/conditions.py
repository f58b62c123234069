"""Conditions of `metrics.yaml` (`where: level >= 3`): parsed, checked and turned into SQL.

Owns `compile_condition`. A condition is parsed by sqlglot, never pasted: every node of it must be on
the list below, every name a stored field of its dataset, every literal of the field's type. What is
refused is said with the offending word and the nearest right one. Called by the catalogue (to check)
and by the measures (to build SQLAlchemy expressions). May import `etl.datasets` and `etl.spelling`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

import sqlglot
from sqlalchemy import ColumnElement, FromClause, and_, literal, not_, or_, true
from sqlglot import expressions as ast
from sqlglot.errors import SqlglotError

from etl.datasets import Dataset, datasets
from etl.spelling import nearest

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


class ConditionError(ValueError):
    """A condition that is refused; the message names the word and the remedy."""


def compile_condition(text: str | None, table: FromClause, dataset: Dataset) -> ColumnElement[bool]:
    """The SQL expression of a condition over `table`, which holds records of `dataset`.

    An empty condition is true. The dataset's own rule of what counts is added to it. Raises
    ConditionError.
    """
    parts = [
        _Compiler(table, dataset).condition(_parse(part))
        for part in (text, dataset.counts_when)
        if part
    ]
    return and_(true(), *parts) if parts else true()


def check_condition(text: str, dataset_name: str) -> None:
    """Raises ConditionError unless `text` is a condition over the dataset's fields."""
    dataset = datasets()[dataset_name]
    _Compiler(None, dataset).condition(_parse(text))


def least_level(text: str | None) -> bool:
    """Whether the condition speaks of `level` only as "at least": then "the highest level held
    satisfies it" is the same as "some certificate in force satisfies it"."""
    if not text:
        return True
    for column in _parse(text).find_all(ast.Column):
        if column.name == "level" and not (
            isinstance(column.parent, (ast.GTE, ast.GT))
            and column.parent.this is column
            and not column.find_ancestor(ast.Not)
        ):
            return False
    return True


@cache
def _parse(text: str) -> ast.Expr:
    try:
        where: ast.Where = sqlglot.parse_one(f"SELECT 1 WHERE {text}", dialect="duckdb").args["where"]
        condition: ast.Expr = where.this
        return condition
    except (SqlglotError, KeyError, AttributeError) as error:
        raise ConditionError(f"not a condition: {text!r}") from error


class _Compiler:
    """Walks one parsed condition. Without a table it only checks."""

    def __init__(self, table: FromClause | None, dataset: Dataset) -> None:
        self._table = table
        self._dataset = dataset
        self._types = {
            name: kind for name, kind in dataset.columns.items() if name in self._names(dataset)
        }

    @staticmethod
    def _names(dataset: Dataset) -> set[str]:
        return {field.name for field in dataset.fields if field.stored} | set(_EXTRA_FIELDS)

    def condition(self, node: ast.Expr) -> ColumnElement[bool]:
        if isinstance(node, ast.Paren):
            return self.condition(node.this)
        if isinstance(node, ast.And):
            return and_(self.condition(node.left), self.condition(node.right))
        if isinstance(node, ast.Or):
            return or_(self.condition(node.left), self.condition(node.right))
        if isinstance(node, ast.Not):
            return not_(self.condition(node.this))
        if isinstance(node, ast.Is):
            return self._is(node)
        if isinstance(node, ast.In):
            return self._in(node)
        if isinstance(node, ast.Between):
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
        raise ConditionError(f"{node.sql()!r} is not allowed in a condition")

    def _compare(
        self,
        node: ast.Expr,
        compare: Callable[[ColumnElement[Any], object], ColumnElement[bool]],
    ) -> ColumnElement[bool]:
        if not isinstance(node.this, ast.Column):
            raise ConditionError(f"{node.sql()!r}: write the field first, then the value")
        column, kind = self._column(node.this)
        if isinstance(node.expression, ast.Column) and not _is_word(node.expression):
            other, other_kind = self._column(node.expression)
            if other_kind != kind:
                raise ConditionError(f"{node.sql()!r}: {kind} cannot be compared with {other_kind}")
            return compare(column, other)
        return compare(column, self._value(node.expression, node.this.name, kind))

    def _is(self, node: ast.Is) -> ColumnElement[bool]:
        column, _ = self._column(node.this)
        if not isinstance(node.expression, ast.Null):
            raise ConditionError(f"{node.sql()!r}: only IS NULL and IS NOT NULL are allowed")
        return column.is_(None)

    def _in(self, node: ast.In) -> ColumnElement[bool]:
        column, kind = self._column(node.this)
        if node.args.get("query") is not None or not node.expressions:
            raise ConditionError(f"{node.sql()!r}: IN takes a list of values")
        return column.in_([self._value(v, node.this.name, kind) for v in node.expressions])

    def _like(self, node: ast.Like) -> ColumnElement[bool]:
        column, kind = self._column(node.this)
        if kind != "VARCHAR":
            raise ConditionError(f"{node.sql()!r}: LIKE needs a text field")
        return column.like(str(self._value(node.expression, node.this.name, "PATTERN")))

    def _flag(self, node: ast.Column) -> ColumnElement[bool]:
        column, kind = self._column(node)
        if kind != "BOOLEAN":
            raise ConditionError(f"{node.name!r} is no yes-or-no field; compare it with a value")
        return column == true()

    def _column(self, node: ast.Expr) -> tuple[ColumnElement[Any], str]:
        if not isinstance(node, ast.Column):
            raise ConditionError(f"{node.sql()!r} is not allowed where a field is expected")
        if node.table or node.name not in self._types:
            raise ConditionError(
                f"{self._dataset.name} has no field {node.sql()!r}" + nearest(node.name, self._types)
            )
        if self._table is None:
            return literal(None), self._types[node.name]
        return self._table.c[node.name], self._types[node.name]

    def _value(self, node: ast.Expr, name: str, kind: str) -> object:
        value = _literal(node)
        wrong = ConditionError(f"{node.sql()!r} is no {_WORDS[kind]}, which {name!r} needs")
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
        if kind == "DATE":
            try:
                return date.fromisoformat(value)
            except ValueError as error:
                raise wrong from error
        if kind == "VARCHAR":
            self._check_known(name, value)
        return value

    def _check_known(self, name: str, value: str) -> None:
        if name in _EXTRA_FIELDS:
            return
        field = self._dataset.field(name)
        known = _SCOPES if field.type == "scope" else field.values if field.closed else ()
        if known and value not in known:
            raise ConditionError(
                f"{value!r} is no value of {name!r} (allowed: {', '.join(known)})"
                + nearest(value, known)
            )


_WORDS: Mapping[str, str] = {
    "INTEGER": "whole number",
    "BIGINT": "whole number",
    "DOUBLE": "number",
    "BOOLEAN": "true or false",
    "DATE": "date such as '2023-05-01'",
    "VARCHAR": "text in 'quotes'",
    "PATTERN": "text in 'quotes'",
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
    raise ConditionError(f"{node.sql()!r} is not allowed where a value is expected")
