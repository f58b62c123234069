"""Persons of two sexes: rows whose sex is not the one that their identity number states.

Owns `two_sexes`. Loading notes such rows (`etl.doubting`), since neither the number nor the sex is
kept; here they become warnings, while there is a record of their key. Called by `warnings`. May import
`rows`, `tables`.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, literal, select

from etl.datasets import record_datasets
from etl.doubting import OTHER_SEX
from metrics.rows import WarningRow
from metrics.tables import CITY_DIGITS, DOUBTS, RECORDS


def two_sexes(connection: Connection) -> Iterator[WarningRow]:
    """One warning for each key."""
    doubted = connection.scalars(select(DOUBTS.c.dataset).distinct())
    there = set(doubted)
    for name, dataset in record_datasets().items():
        if name not in there:
            continue
        table, number = RECORDS[name], RECORDS[name].c[dataset.key[0]]
        # As `etl.settling` writes a key: its parts, and the city last.
        key = number + literal("\x1f") + func.substr(table.c.place, 1, CITY_DIGITS)
        same = and_(DOUBTS.c.dataset == name, DOUBTS.c.kind == OTHER_SEX, DOUBTS.c.key == key)
        where = (DOUBTS.c.source_file, DOUBTS.c.source_sheet, DOUBTS.c.source_row)
        rows = select(number, table.c.place, *where).join_from(DOUBTS, table, same)
        for subject, place, file, sheet, row in connection.execute(rows.order_by(*where)):
            yield WarningRow(
                kind="two_sexes",
                said_zh="性别与身份证号不符，或同一人前后不一",
                said_en="the sex is not that of the identity number, or of the person's earlier rows",
                remedy_zh="请核对身份证号是否为本人的",
                remedy_en="check that the identity number is the person's own",
                dataset=name,
                place=place,
                subject=subject,
                rows=1,
                source_file=file,
                source_sheet=sheet or None,
                source_row=row,
            )
