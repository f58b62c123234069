"""The way out for what the short form cannot say: `sql:`, one read-only SELECT.

Owns `check_sql`, `datasets_of`, `runnable` and `FreeSqlError`. The statement must give place, date and
value; it may read the dataset tables and nothing else, name no column that they lack, and call no
function that reads outside the snapshot. Called by the catalogue and by the measures. May import
`etl.datasets`, `etl.errors`, `etl.foreign_words`, `etl.spelling` and `etl.texts`.
"""

from __future__ import annotations

import re
from functools import cache

import sqlglot
from sqlglot import expressions as ast
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from etl.datasets import record_datasets
from etl.errors import Mistake
from etl.foreign_words import first_line
from etl.spelling import did_you_mean, nearest
from etl.texts import Text

_COLUMNS = ("place", "date", "value")

#: The column in sqlglot's complaints: "Column 'x' could not be resolved", "Unknown column: x".
_NAMED = re.compile(r"'(\w+)'|column: (\w+)")


class FreeSqlError(Exception):
    """A checked statement that the warehouse refuses; `measure` is its number."""

    def __init__(self, measure: int, text: Text) -> None:
        super().__init__(text.zh)
        self.measure = measure
        self.text = text


def check_sql(text: str) -> None:
    """Raises Mistake unless `text` is one SELECT of place, date and value over datasets."""
    statement = _parse(text)
    names = tuple(statement.named_selects)
    if names != _COLUMNS:
        found = ", ".join(names)
        raise Mistake(
            Text(
                f"应依次选出 place、date、value 三列，而不是 {found}",
                f"must select place, date and value in this order, not {found}",
            )
        )
    ctes = {cte.alias for cte in statement.find_all(ast.CTE)}
    for table in statement.find_all(ast.Table):
        if table.db or not isinstance(table.this, ast.Identifier):
            raise Mistake(
                Text(
                    f"不允许读取 {table.sql()}；只能读取数据集的表",
                    f"{table.sql()!r} is not allowed; read the dataset tables",
                )
            )
        if table.name not in record_datasets() and table.name not in ctes:
            near = nearest(table.name, record_datasets())
            raise Mistake(
                Text(f"没有数据集“{table.name}”{near.zh}", f"no dataset {table.name!r}{near.en}")
            )
    for function in statement.find_all(ast.Anonymous):
        raise Mistake(
            Text(f"不允许使用函数 {function.name}", f"the function {function.name!r} is not allowed")
        )
    _check_columns(statement)


def datasets_of(text: str) -> tuple[str, ...]:
    """The datasets that a checked statement reads."""
    names = (table.name for table in _parse(text).find_all(ast.Table))
    return tuple(dict.fromkeys(name for name in names if name in record_datasets()))


def runnable(text: str) -> str:
    """A checked statement as it can stand inside another one: no comment, no semicolon at its end."""
    return _parse(text).sql(dialect="duckdb", comments=False)


def _check_columns(statement: ast.Query) -> None:
    """Raises Mistake for a column that no table of the statement has, or more than one."""
    schema: dict[str, object] = {name: one.columns for name, one in record_datasets().items()}
    try:
        qualify(statement.copy(), schema=schema, dialect="duckdb")
    except SqlglotError as error:
        named = _NAMED.search(str(error))
        if named is None:
            said = first_line(error)
            raise Mistake(Text(f"语句有误（{said}）", f"wrong: {said}")) from error
        word = named[1] or named[2]
        read = {table.name for table in statement.find_all(ast.Table)} & set(record_datasets())
        known = sorted({column for name in read for column in record_datasets()[name].columns})
        if word in known:
            raise Mistake(
                Text(
                    f"列“{word}”不止一个表有；请在前面写明是哪个表的",
                    f"column {word!r}: write the table that it is of before it",
                )
            ) from error
        near = did_you_mean(word, known)
        raise Mistake(
            Text(
                f"所读的表中没有列“{word}”{near.zh}",
                f"no column {word!r} in the tables that it reads{near.en}",
            )
        ) from error


@cache
def _parse(text: str) -> ast.Query:
    try:
        statements = [one for one in sqlglot.parse(text, dialect="duckdb") if one is not None]
    except SqlglotError as error:
        said = first_line(error)
        raise Mistake(Text(f"不是有效的 SQL（{said}）", f"cannot be read: {said}")) from error
    if statements and isinstance(statements[-1], ast.Semicolon):
        statements.pop()  # what a comment after the last semicolon is read as
    if len(statements) != 1 or not isinstance(statements[0], ast.Query):
        raise Mistake(Text("应是一条 SELECT 语句", "must be one SELECT"))
    return statements[0]
