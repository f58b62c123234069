"""Warnings: what is suspicious in what was loaded, and counted all the same.

Owns `KINDS`, `write_warnings`, which gathers all of them into the table `warnings`, and `warnings`,
which reads them back. Called by `evaluate` and `published`. May import the modules that find them
(`allocation_checks`, `early_dates`, `like_names`, `two_sexes`), `rows`, `tables`,
`writing`.

What cannot be right is refused by loading and goes to `rejects`; what may be right is a warning. All
are found when a load is evaluated, so that a warning goes when its row is corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields

from sqlalchemy import Connection, and_, or_, select

from etl.errors import UnknownNameError
from etl.spelling import nearest
from etl.texts import Text
from metrics.allocation_checks import warnings_of
from metrics.catalogue import Catalogue
from metrics.early_dates import early_dates
from metrics.like_names import like_names
from metrics.places import AreaPlaces
from metrics.rows import AllocationCheck, WarningRow
from metrics.tables import PLACE_ANCESTORS, POLICIES, WARNINGS
from metrics.two_sexes import two_sexes
from metrics.writing import write_rows

#: The kinds of warning, in the order in which they are told.
KINDS: Mapping[str, Text] = {
    "allocation": Text("分解任务核对", "Allocations that do not add up"),
    "early_date": Text("日期远早于政策", "Dates long before the policy"),
    "unusual_month": Text("某月数量异常", "Months far above the usual"),
    "two_sexes": Text("性别与身份证号不符", "Sexes that do not fit the identity number"),
    "like_name": Text("名称相近的载体", "Institutions of like names"),
}

_FIELDS = [field.name for field in fields(WarningRow)]


def write_warnings(
    connection: Connection,
    catalogue: Catalogue,
    areas: Mapping[str, AreaPlaces],
    names: Mapping[str, Text],
    unusual: Iterable[WarningRow],
    checks: Sequence[AllocationCheck],
) -> None:
    """Find all warnings but those of `unusual` months, which are given, and write them. `names` are
    those of all places."""

    def found() -> Iterator[WarningRow]:
        yield from warnings_of(checks, names)
        yield from early_dates(connection, catalogue.policies.values(), areas, names)
        yield from unusual
        yield from two_sexes(connection)
        yield from like_names(connection)

    rows: Iterable[WarningRow] = list(found())
    numbered = (
        (position, *(getattr(row, name) for name in WARNINGS.c.keys()[1:]))
        for position, row in enumerate(rows)
    )
    write_rows(connection, WARNINGS, numbered)


def warnings(
    connection: Connection,
    policy: str | None = None,
    kind: str | None = None,
    limit: int | None = None,
) -> list[WarningRow]:
    """All warnings, or the first ones: of a policy (with those of its places), of a kind. Raises
    UnknownNameError for a kind that there is not."""
    if kind is not None and kind not in KINDS:
        near = nearest(kind, KINDS)
        raise UnknownNameError(
            Text(f"没有“{kind}”这一类提醒{near.zh}", f"no kind of warning {kind!r}{near.en}")
        )
    statement = select(*(WARNINGS.c[name] for name in _FIELDS)).order_by(WARNINGS.c.position)
    if policy is not None:
        area = select(POLICIES.c.area).where(POLICIES.c.policy == policy).scalar_subquery()
        inside = select(PLACE_ANCESTORS.c.place).where(PLACE_ANCESTORS.c.ancestor == area)
        of_no_policy = and_(
            WARNINGS.c.policy.is_(None),
            or_(WARNINGS.c.place.is_(None), WARNINGS.c.place.in_(inside)),
        )
        statement = statement.where(or_(WARNINGS.c.policy == policy, of_no_policy))
    if kind is not None:
        statement = statement.where(WARNINGS.c.kind == kind)
    if limit is not None:
        statement = statement.limit(limit)
    return [WarningRow(**row) for row in connection.execute(statement).mappings()]
