"""What is to be reported: which places send which datasets how often, as a policy declares it.

Owns `Expects` and what follows from it alone: whom it names (`names`) and when a report is due
(`periods`). `catalogue` makes it a part of a policy, `completeness` holds what was received against it.
May import `etl.datasets`, `etl.errors`, `etl.spelling`, `etl.texts`, `notation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from etl.datasets import record_datasets
from etl.errors import Mistake
from etl.spelling import nearest
from etl.texts import Text
from metrics.notation import Declared, Names

Every = Literal["month", "quarter", "year"]

#: How many months a report is about.
MONTHS: Mapping[Every, int] = {"month": 1, "quarter": 3, "year": 12}
#: Levels of places that may be asked for reports.
LEVELS = ("town", "district", "city", "province")
_CODE = re.compile(r"\d{6}(\d{3}){0,2}")


def _datasets(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in record_datasets():
            near = nearest(name, record_datasets())
            raise Mistake(
                Text(f"没有记录类数据集“{name}”{near.zh}", f"no dataset of records {name!r}{near.en}")
            )
    return names


def _senders(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in LEVELS and not _CODE.fullmatch(name):
            near = nearest(name, LEVELS)
            raise Mistake(
                Text(
                    f"“{name}”既不是地点的级别，也不是区划代码{near.zh}",
                    f"{name!r} is neither a level of places nor the code of a place{near.en}",
                )
            )
    return names


class Expects(Declared):
    """Reports that a policy expects: of one dataset or several, from each place of a level or from
    single places (codes), for every month, quarter or year from the first that begins on `since`."""

    dataset: Annotated[Names, AfterValidator(_datasets)]
    senders: Annotated[Names, AfterValidator(_senders)] = Field(alias="from")
    every: Every
    since: date | None = None

    def names(self, code: str, level: str) -> bool:
        """Whether a place is asked for these reports."""
        return code in self.senders or level in self.senders

    def periods(self, start: date, last_month: int) -> Iterator[range]:
        """The spans of months that a report is due for: of a policy that begins on `start`, up to and
        with `last_month`. A month is a number, that of its year times 12 and its own, from 0."""
        since, length = self.since or start, MONTHS[self.every]
        first = since.year * 12 + since.month - (1 if since.day == 1 else 0)
        whole = -(-first // length) * length
        for begin in range(whole, last_month - length + 2, length):
            yield range(begin, begin + length)
