"""The way out for what the short form cannot say: `sql:`, one read-only SELECT.

Owns `check_sql` and `datasets_of`. The statement must give place, date and value; it may read the
dataset tables and nothing else, and call no function that reads outside the snapshot. Called by the
catalogue and by the measures. May import `etl.datasets` and `conditions`.
"""

from __future__ import annotations

from functools import cache

import sqlglot
from sqlglot import expressions as ast
from sqlglot.errors import SqlglotError

from etl.datasets import datasets

_COLUMNS = ("place", "date", "value")


def check_sql(text: str) -> None:
    """Raises ValueError unless `text` is one SELECT of place, date and value over datasets."""
    statement = _parse(text)
    names = tuple(statement.named_selects)
    if names != _COLUMNS:
        raise ValueError(f"sql: must select place, date and value in this order, not {names}")
    ctes = {cte.alias for cte in statement.find_all(ast.CTE)}
    for table in statement.find_all(ast.Table):
        if table.db or not isinstance(table.this, ast.Identifier):
            raise ValueError(f"sql: {table.sql()!r} is not allowed; read the dataset tables")
        if table.name not in datasets() and table.name not in ctes:
            raise ValueError(f"sql: no dataset {table.name!r} (there are {', '.join(datasets())})")
    for function in statement.find_all(ast.Anonymous):
        raise ValueError(f"sql: the function {function.name!r} is not allowed")


def datasets_of(text: str) -> tuple[str, ...]:
    """The datasets that a checked statement reads."""
    names = (table.name for table in _parse(text).find_all(ast.Table))
    return tuple(dict.fromkeys(name for name in names if name in datasets()))


@cache
def _parse(text: str) -> ast.Query:
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError as error:
        raise ValueError(f"sql: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], ast.Query):
        raise ValueError("sql: must be one SELECT")
    return statements[0]
