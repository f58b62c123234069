"""Scenarios: the made-up story of a city, as `data/demo/<policy>.yaml` tells it.

Owns `Scenario` and its parts, each a pydantic model that refuses words it does not know. A scenario
says which places there are and how they fare, how the year goes, which flows of records there are, and
how offices write them down. Called by all of `etl.demo`. May import `datasets`, `declarations`,
`errors`, `foreign_words`, `spelling`, `texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from etl.datasets import datasets
from etl.declarations import read_declaration
from etl.errors import MilepostError, Mistake
from etl.foreign_words import of_value
from etl.spelling import nearest
from etl.texts import Text, lines

#: Datasets whose volume is people's, and so multiplied by the scale; others are counted one by one.
SCALED = ("trainings", "certifications")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Quiet(_Part):
    """Days on which less happened than the season says: an epidemic, a freeze of funds."""

    start: date = Field(alias="from")
    end: date = Field(alias="to")
    at: float


class Link(_Part):
    """Records made at the rows of another dataset: awards at competitions, trainings at bases.

    `where` picks the rows, `field` is the field that repeats their key. `each` is how many records a
    row has in all, on its own day; `yearly` how many it has in each year from its own on.
    """

    dataset: str
    field: str
    where: Mapping[str, str | list[str]] = {}
    each: tuple[int, int] | None = None
    yearly: Mapping[int, tuple[float, float]] = {}


class Upgrade(_Part):
    """Certificates of people who had one and gained the next level: what share of them, how many days
    later, up to which level, and between which days at all."""

    share: float
    days_after: tuple[int, int]
    at_most: str = "高级技师"
    since: date = date.min
    until: date = date.max


class Series(_Part):
    """A statistic by year, for the whole area and for its places by their weight."""

    indicator: str
    values: Mapping[int, float]
    by_place: bool = False


class Allot(_Part):
    """What a target asks of the scenario's places: so much in each year, by their weight and in whole
    `step`s, so that the parts of a year add up to it."""

    target_id: str
    yearly: Mapping[int, int]
    step: int = 1


class Flow(_Part):
    """Records of one kind. `feeds` names the targets that read them (ids of `targets.csv`).

    How many and when: `yearly` for whole years (a year that is not over gets its part), or `rows` one
    by one, or `at` rows of another dataset, or `upgrade`, or `series`, or `allot`. Where: every place
    by weight and pace, or the places of `only`, or `whole`; `each` leaves a place at most one, ever or
    a year. Who: the part of each place's people from `people[0]` to `people[1]`. `having` gives values
    of fields.
    """

    feeds: tuple[str, ...] = ()
    yearly: Mapping[int, float] = {}
    rows: tuple[Mapping[str, Any], ...] = ()
    at: Link | None = None
    upgrade: Upgrade | None = None
    series: Series | None = None
    allot: Allot | None = None
    each: Literal["once", "year"] | None = None
    only: tuple[str, ...] = ()
    whole: bool = False
    city_share: float | None = None
    below: float | None = None
    season: tuple[float, ...] | None = None
    pace: Mapping[str, float | Mapping[int, float]] = {}
    people: tuple[float, float] = (0.0, 1.0)
    scaled: bool | None = None
    having: Mapping[str, Any] = Field({}, alias="with")

    @model_validator(mode="after")
    def _one_way(self) -> Flow:
        ways = [self.yearly, self.rows, self.at, self.upgrade, self.series, self.allot]
        if sum(bool(way) for way in ways) != 1:
            raise Mistake(
                Text(
                    "一条流应且只应有 yearly、rows、at、upgrade、series、allot 之一",
                    "a flow has one of: yearly, rows, at, upgrade, series, allot",
                )
            )
        return self


class Hand(_Part):
    """How an office writes a sheet. `slips` is, by what is written, the share of cells with a slip of
    the hand that is no mistake (wide digits, a blank too many, a small x); `old_numbers` the share of
    15-digit identity numbers."""

    encoding: Literal["utf-8", "utf-8-sig", "gb18030", "utf-16"] = "utf-8"
    headers: Literal["official", "aliases"] = "official"
    dates: Literal["iso", "slashes", "dots", "chinese", "compact", "excel", "mixed"] = "iso"
    places: Literal["name", "short", "full", "code", "long code", "mixed"] = "name"
    levels: Literal["title", "grade", "both", "bracket", "mixed"] = "title"
    slips: Mapping[Literal["dates", "numbers", "persons", "places"], float] = {}
    old_numbers: float = 0.0


class CsvFiles(_Part):
    """One CSV a year of a dataset, `{year}` in `name`; what is from before a year goes in `stock`."""

    dataset: str
    name: str
    stock: str | None = None
    before: int = 0
    hand: Hand = Hand()
    by_year: Mapping[int, Hand] = {}


class BookSheet(_Part):
    """A sheet of a workbook; `title` stands merged over the headers."""

    dataset: str
    name: str
    title: str
    hand: Hand = Hand(dates="excel")


class Book(_Part):
    """A workbook of several sheets."""

    name: str
    sheets: tuple[BookSheet, ...]


class Change(_Part):
    """What a correction changes: fields of some rows that are as `where` says."""

    rows: int
    to: Mapping[str, Any]
    where: Mapping[str, str] = {}


class Correction(_Part):
    """A later file with some rows of a year again, changed. Its name sorts after the first one's."""

    dataset: str
    year: int
    name: str
    changes: tuple[Change, ...]
    hand: Hand = Hand()


class Mistakes(_Part):
    """A file of new rows: `good` ones, and one for each of `wrong`, which spoils a field or two."""

    dataset: str
    name: str
    good: int
    wrong: tuple[Mapping[str, Any], ...]
    hand: Hand = Hand()


class Scenario(_Part):
    """A city's story. `places` are weights by name; `pace` leads or lags, for good or by year; `lean`
    is the share of certificates above (or below, if negative) what is usual at a place; `below` the
    share of records that name a town of the place. `people` are at scale 1. `local` is the share of
    people whose identity number was given in the area, `permits` of those with another document."""

    policy: str
    area: str
    prefix: str
    last_on: date
    people: int
    born: tuple[int, int] = (1962, 2004)
    local: float = 0.4
    permits: float = 0.0
    strangers: float = 0.1
    season: tuple[float, ...]
    quiet: tuple[Quiet, ...] = ()
    places: Mapping[str, float]
    pace: Mapping[str, float | Mapping[int, float]] = {}
    lean: Mapping[str, float] = {}
    city_share: float = 0.03
    below: float = 0.0
    flows: Mapping[str, tuple[Flow, ...]]
    files: tuple[CsvFiles | Book, ...]
    corrections: tuple[Correction, ...] = ()
    mistakes: tuple[Mistakes, ...] = ()

    @model_validator(mode="after")
    def _declared(self) -> Scenario:
        """Datasets and fields are those of `datasets.yaml`."""
        for name, flows in self.flows.items():
            if name not in datasets():
                near = nearest(name, datasets())
                raise Mistake(Text(f"没有数据集“{name}”{near.zh}", f"no dataset {name!r}{near.en}"))
            known = {field.name for field in datasets()[name].fields}
            for flow in flows:
                named = {*flow.having, *(field for row in flow.rows for field in row)}
                if flow.at is not None:
                    named.add(flow.at.field)
                for unknown in sorted(named - known):
                    near = nearest(unknown, known)
                    raise Mistake(
                        Text(
                            f"{name} 没有字段“{unknown}”{near.zh}",
                            f"{name}: no field {unknown}{near.en}",
                        )
                    )
        return self

    def literals(self) -> dict[str, list[str]]:
        """For each target fed, what its flows write: `dataset: field=value|value; ...`, one a flow."""
        found: dict[str, list[str]] = {}
        for name, flows in self.flows.items():
            for flow in flows:
                values = "; ".join(f"{field}={_brief(value)}" for field, value in flow.having.items())
                for target in flow.feeds:
                    found.setdefault(target, []).append(f"{name}: {values}")
        return found


def _brief(value: Any) -> str:
    return "|".join(map(str, value)) if isinstance(value, Mapping) else str(value)


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file. Raises MilepostError that names the file and every key that is wrong."""
    content = read_declaration(path)
    try:
        return Scenario(policy=path.stem, **content)
    except ValidationError as error:
        problems = []
        for one in error.errors():
            key, said = ".".join(map(str, one["loc"])), of_value(one)
            problems.append(Text(f"{path.name}：{key}：{said.zh}", f"{path.name}: {key}: {said.en}"))
        raise MilepostError(lines(problems)) from error
