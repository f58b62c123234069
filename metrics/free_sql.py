"""The way out for what the short form cannot say: `sql:`, one read-only SELECT.

Owns `check_sql`, `datasets_of`, `runnable` and `FreeSqlError`. The statement must give place, date and
value; it may read the dataset tables and nothing else, name no column that they lack, and call no
function that reads outside the snapshot. Called by the catalogue and by the measures. May import
`etl.datasets` and `etl.spelling`.
"""

from __future__ import annotations

import re
from functools import cache

import sqlglot
from sqlglot import expressions as ast
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from etl.datasets import datasets
from etl.spelling import close_to, nearest

_COLUMNS = ("place", "date", "value")

#: The column in sqlglot's complaints: "Column 'x' could not be resolved", "Unknown column: x".
_NAMED = re.compile(r"'(\w+)'|column: (\w+)")


class FreeSqlError(Exception):
    """A checked statement that the warehouse refuses; `measure` is its number."""

    def __init__(self, measure: int, problem: str) -> None:
        super().__init__(problem)
        self.measure = measure


def check_sql(text: str) -> None:
    """Raises ValueError unless `text` is one SELECT of place, date and value over datasets."""
    statement = _parse(text)
    names = tuple(statement.named_selects)
    if names != _COLUMNS:
        raise ValueError(f"must select place, date and value in this order, not {', '.join(names)}")
    ctes = {cte.alias for cte in statement.find_all(ast.CTE)}
    for table in statement.find_all(ast.Table):
        if table.db or not isinstance(table.this, ast.Identifier):
            raise ValueError(f"{table.sql()!r} is not allowed; read the dataset tables")
        if table.name not in datasets() and table.name not in ctes:
            raise ValueError(f"no dataset {table.name!r}" + nearest(table.name, datasets()))
    for function in statement.find_all(ast.Anonymous):
        raise ValueError(f"the function {function.name!r} is not allowed")
    _check_columns(statement)


def datasets_of(text: str) -> tuple[str, ...]:
    """The datasets that a checked statement reads."""
    names = (table.name for table in _parse(text).find_all(ast.Table))
    return tuple(dict.fromkeys(name for name in names if name in datasets()))


def runnable(text: str) -> str:
    """A checked statement as it can stand inside another one: no comment, no semicolon at its end."""
    return _parse(text).sql(dialect="duckdb", comments=False)


def _check_columns(statement: ast.Query) -> None:
    """Raises ValueError for a column that no table of the statement has, or more than one."""
    schema: dict[str, object] = {name: one.columns for name, one in datasets().items()}
    try:
        qualify(statement.copy(), schema=schema, dialect="duckdb")
    except SqlglotError as error:
        named = _NAMED.search(str(error))
        if named is None:
            raise ValueError(str(error)) from error
        word = named[1] or named[2]
        read = {table.name for table in statement.find_all(ast.Table)} & set(datasets())
        known = sorted({column for name in read for column in datasets()[name].columns})
        if word in known:
            raise ValueError(f"column {word!r}: write the table that it is of before it") from error
        near = close_to(word, known)
        hint = f"; did you mean {near!r}?" if near is not None else ""
        raise ValueError(f"no column {word!r} in the tables that it reads{hint}") from error


@cache
def _parse(text: str) -> ast.Query:
    try:
        statements = [one for one in sqlglot.parse(text, dialect="duckdb") if one is not None]
    except SqlglotError as error:
        raise ValueError(f"cannot be read: {str(error).splitlines()[0]}") from error
    if statements and isinstance(statements[-1], ast.Semicolon):
        statements.pop()  # what a comment after the last semicolon is read as
    if len(statements) != 1 or not isinstance(statements[0], ast.Query):
        raise ValueError("must be one SELECT")
    return statements[0]
