"""The SQL of a target as a person would write it, to be read on its page and run by hand.

Owns `statement_of`, and `statements_at` with a place and a date filled in. They ask the records
straight, place by place and one date at a time: not the way that progress is computed, and so a check
of it that anyone can run. Called by `declared` and `figures`. May import `catalogue`, `records`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import add

import sqlglot
from duckdb_sqlalchemy import Dialect
from sqlalchemy import String, func, literal_column, select, union_all
from sqlalchemy.types import Date

from metrics.catalogue import Target
from metrics.records import Selection, amount_of, selections

#: The place and the as-of date of a statement, as DuckDB's named parameters.
PLACE = literal_column("$place", String())
AS_OF = literal_column("$as_of", Date())


def statement_of(target: Target, as_of: date | None = None) -> str:
    """The statement of each part of a target, with `$place` and `$as_of` to fill in.

    The window is the one of `as_of`, by default the last. A target that is given as `sql:` shows it.
    """
    if free := [m.sql for m in target.measures.values() if m.sql is not None]:
        return "\n\n".join(free)
    day = min(as_of or target.by, target.by)
    window = next(w for w in target.windows if day <= w.end)
    parts = _by_part(selections(target, PLACE, AS_OF, window))
    return "\n\n".join(f"-- {part}\n{_sql(found)};" for part, found in parts.items())


def statements_at(target: Target, place: str, end: date) -> dict[str, str]:
    """The statement of each part of a target that is not given as `sql:`, at a place (a code) and as of
    `end`, which is not after the deadline."""
    return {part: _sql(found) for part, found in _by_part(selections(target, place, end)).items()}


def _by_part(selected: Iterable[Selection]) -> dict[str, list[Selection]]:
    parts: dict[str, list[Selection]] = {}
    for one in selected:
        parts.setdefault(one.part, []).append(one)
    return parts


def _sql(found: list[Selection]) -> str:
    first = found[0]
    if len(found) == 1:
        statement = select(amount_of(first).label("value")).where(first.condition)
    elif first.measure.count != "persons":
        amounts = (
            func.coalesce(select(amount_of(one)).where(one.condition).scalar_subquery(), 0)
            for one in found
        )
        statement = select(reduce(add, amounts).label("value"))
    else:
        # Distinct persons over several datasets: a person counts once in all of them.
        rows = union_all(*(select(one.table.c.person).where(one.condition) for one in found)).subquery(
            "persons_of_all"
        )
        statement = select(func.count(rows.c.person.distinct()).label("value"))
    compiled = statement.compile(dialect=Dialect(), compile_kwargs={"literal_binds": True})
    return sqlglot.transpile(str(compiled), read="duckdb", write="duckdb", pretty=True)[0]
