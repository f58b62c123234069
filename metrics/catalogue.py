"""The catalogue of targets: what `metrics.yaml` declares, as frozen typed objects.

Owns `Catalogue`, `Policy`, `Target`, `Requirement`, `Query` and their rules. `reader` makes them from
the file and turns every broken rule into a message with file and line. Called by everything in
`metrics` that needs to know what a target is. May import `etl.texts`, `etl.datasets`, `etl.spelling`,
`conditions`, `free_sql` and `windows`.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from etl.datasets import datasets
from etl.spelling import nearest
from etl.texts import Text
from metrics.conditions import ConditionError, check_condition, least_level
from metrics.free_sql import check_sql, datasets_of
from metrics.windows import Window, windows_of

Kind = Literal["cumulative", "annual", "stock", "ratio", "coverage", "milestone"]
Recurs = Literal["", "yearly", "every 2 years", "every 3 years"]
Require = Literal["at_least", "at_most", "between"]

RECURS_YEARS: dict[Recurs, int | None] = {
    "": None,
    "yearly": 1,
    "every 2 years": 2,
    "every 3 years": 3,
}

#: Kinds whose value grows from 0 inside a window; the others are levels (semantics.md).
FLOW_KINDS = frozenset({"cumulative", "annual"})
#: Kinds whose value at a place is part of the whole's, so that no status below it is invented.
ADDITIVE_KINDS = frozenset({"cumulative", "annual", "stock", "milestone"})


def _fraction(value: object) -> Fraction:
    """A number as written: 40, 2.5 or "100/3", kept exact."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Fraction)):
        raise ValueError("expected a number such as 40, 2.5 or 100/3")
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"{value!r} is no number; write 40, 2.5 or 100/3") from error


def _text(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if not isinstance(value, dict) or set(value) != {"zh", "en"} or not all(value.values()):
        raise ValueError("expected both languages: {zh: ..., en: ...}")
    return Text(str(value["zh"]).strip(), str(value["en"]).strip())


def _many(value: object) -> object:
    """One name or a list of names."""
    return (value,) if isinstance(value, str) else value


Number = Annotated[Fraction, BeforeValidator(_fraction)]
Bilingual = Annotated[Text, BeforeValidator(_text)]
Names = Annotated[tuple[str, ...], BeforeValidator(_many)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Measure(_Declared):
    """What is counted: records, distinct persons or the sum of a column, as a flow or in stock.

    Exactly one of `flow`, `stock`, `statistic` and `sql`. `where` is a condition over the fields of
    each dataset named; with several datasets it may be given for each. `per` divides a sum (10000
    for 万元). `sql` is one SELECT that gives place, date and value, each row a flow.
    """

    flow: Names = ()
    stock: Names = ()
    statistic: str | None = None
    sql: str | None = None
    count: Literal["records", "persons"] | None = None
    sum: str | None = None
    per: Number = Fraction(1)
    where: str | dict[str, str] | None = None

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that the measure reads; of `sql`, those that it names."""
        if self.sql is not None:
            return datasets_of(self.sql)
        return ("statistics",) if self.statistic is not None else self.flow or self.stock

    def condition(self, dataset: str) -> str | None:
        """The condition on the records of `dataset`."""
        return self.where.get(dataset) if isinstance(self.where, dict) else self.where

    @model_validator(mode="after")
    def _check(self) -> Measure:
        given = [self.flow, self.stock, self.statistic, self.sql]
        if sum(bool(one) for one in given) != 1:
            raise ValueError("give exactly one of flow, stock, statistic or sql")
        if self.statistic is not None or self.sql is not None:
            if self.count or self.sum or self.where:
                raise ValueError("statistic and sql take no count, sum or where")
            if self.sql is not None:
                check_sql(self.sql)
            return self
        if (self.count is None) == (self.sum is None):
            raise ValueError("give either count: records, count: persons or sum: <column>")
        for name in self.datasets:
            self._check_dataset(name)
        return self

    def _check_dataset(self, name: str) -> None:
        if name not in datasets():
            raise ValueError(f"no dataset {name!r}" + nearest(name, datasets()))
        dataset = datasets()[name]
        if self.count == "persons" and not dataset.has_person:
            raise ValueError(f"{name} holds no persons; write count: records")
        if self.sum is not None and dataset.columns.get(self.sum) not in {"DOUBLE", "BIGINT"}:
            raise ValueError(f"{name} has no number {self.sum!r}" + nearest(self.sum, dataset.columns))
        if self.stock and dataset.name == "statistics":
            raise ValueError("for statistics write statistic: <indicator>")
        condition = self.condition(name)
        try:
            if condition is not None:
                check_condition(condition, name)
            if self.stock and self.count == "persons" and not least_level(condition):
                raise ConditionError(
                    "a stock of persons goes by the highest level held: use level only as level >= n"
                )
        except ConditionError as error:
            raise ValueError(f"where: {error}") from error


class Ratio(_Declared):
    """The query of a ratio: two measures."""

    numerator: Measure
    denominator: Measure


class Units(_Declared):
    """The units of a coverage that are no places: institutions in force, or the values of a field.

    `institutions` is a condition on the register of institutions; `field` a text field of the
    measure's dataset whose `values` are the units.
    """

    institutions: str | None = None
    field: str | None = None
    values: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Units:
        if (self.institutions is None) == (self.field is None):
            raise ValueError("units are places, institutions: <condition>, or field with values")
        if self.field is not None and not self.values:
            raise ValueError("a field's units need their values listed")
        if self.institutions is not None:
            try:
                check_condition(self.institutions, "institutions")
            except ConditionError as error:
                raise ValueError(f"institutions: {error}") from error
        return self


class Requirement(_Declared):
    """What is required: `at_least`, `at_most`, or `between` two values, in `unit`."""

    at_least: Number | None = None
    at_most: Number | None = None
    between: tuple[Number, Number] | None = None
    unit: str

    @model_validator(mode="after")
    def _check(self) -> Requirement:
        given = [self.at_least, self.at_most, self.between]
        if sum(one is not None for one in given) != 1:
            raise ValueError("give exactly one of at_least, at_most or between")
        if self.between is not None and self.between[0] >= self.between[1]:
            raise ValueError("between: the first value must be below the second")
        return self

    @property
    def require(self) -> Require:
        """The word of the contract: at_least, at_most or between."""
        if self.between is not None:
            return "between"
        return "at_least" if self.at_least is not None else "at_most"

    @property
    def low(self) -> Fraction | None:
        """The value to reach; None for a cap."""
        return self.between[0] if self.between is not None else self.at_least

    @property
    def high(self) -> Fraction | None:
        """The value not to exceed; None without one."""
        return self.between[1] if self.between is not None else self.at_most

    @property
    def value(self) -> Fraction:
        """The one value that the requirement is named by."""
        value = self.low if self.low is not None else self.high
        assert value is not None  # the validator gives exactly one
        return value


class Point(_Declared):
    """A dated point of a declared trajectory."""

    by: date
    value: Number


class Target(_Declared):
    """One target of a policy, read as a signed document.

    `means` says in words what is counted. `lead` answers for it, `support` helps. `units` (coverage)
    is a level of places or `Units`; `share` the share of units to reach, in %. `baseline` and
    `trajectory` replace the observed baseline and the straight line.
    """

    id: str
    name: Bilingual
    means: Bilingual
    clause: str
    kind: Kind
    averaged: bool = False
    require: Requirement
    start: date
    by: date
    recurs: Recurs = ""
    counted_per: str
    lead: str = ""
    support: Names = ()
    query: Measure | Ratio | None = None
    units: Literal["town", "district", "city"] | Units | None = None
    share: Number = Fraction(100)
    baseline: Number | None = None
    trajectory: tuple[Point, ...] = ()
    note: Bilingual | None = None

    @field_validator("query", mode="before")
    @classmethod
    def _query(cls, value: Any) -> Any:
        """Decide by the keys, so that a mistake is reported for the form that was meant."""
        if isinstance(value, dict):
            ratio = {"numerator", "denominator"} & set(value)
            return Ratio.model_validate(value) if ratio else Measure.model_validate(value)
        return value

    @field_validator("units", mode="before")
    @classmethod
    def _units(cls, value: Any) -> Any:
        return Units.model_validate(value) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _check(self) -> Target:
        if self.by < self.start:
            raise ValueError("by: before start")
        if (self.kind == "ratio") != isinstance(self.query, Ratio):
            raise ValueError("query: a ratio, and only a ratio, has numerator and denominator")
        if self.kind == "milestone":
            if self.query is not None:
                raise ValueError("query: a milestone is read from the milestones by its id")
        elif self.query is None:
            raise ValueError("query: missing")
        if (self.kind == "coverage") != (self.units is not None):
            raise ValueError("units: a coverage, and only a coverage, has units")
        if self.kind == "annual" and not self.recurs:
            raise ValueError("recurs: an annual target is yearly or every n years")
        if isinstance(self.query, Measure):
            if self.kind in FLOW_KINDS and not (self.query.flow or self.query.sql):
                raise ValueError(f"query: a {self.kind} target counts a flow")
            if self.kind == "stock" and self.query.flow:
                raise ValueError("query: a stock target counts a stock")
        dates = [point.by for point in self.trajectory]
        if dates != sorted(set(dates)):
            raise ValueError("trajectory: dates must rise")
        return self

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The windows that its flows are measured in."""
        years = None if self.averaged else RECURS_YEARS[self.recurs]
        return windows_of(self.start, self.by, years)

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """Its measures by part: `value`, or `numerator` and `denominator`; none of a milestone."""
        if isinstance(self.query, Ratio):
            return {"numerator": self.query.numerator, "denominator": self.query.denominator}
        return {"value": self.query} if self.query is not None else {}

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that it reads, each once, in the order of use."""
        if self.kind == "milestone":
            return ("milestones",)
        found = [name for measure in self.measures.values() for name in measure.datasets]
        if isinstance(self.units, Units) and self.units.institutions is not None:
            found.append("institutions")
        return tuple(dict.fromkeys(found))

    @property
    def is_flow(self) -> bool:
        """Whether the value grows from 0 inside a window (semantics.md: flow kinds)."""
        return self.kind in FLOW_KINDS


class StatusRule(_Declared):
    """How pace becomes a status: `ratio` with two thresholds, or `calendar-points` (序时进度)."""

    name: Literal["ratio", "calendar-points"] = "ratio"
    on_track: Number | None = None
    at_risk: Number | None = None

    @property
    def thresholds(self) -> tuple[Fraction, Fraction]:
        """On track and at risk: least pace (`ratio`), or most points behind (`calendar-points`)."""
        ratio = self.name == "ratio"
        on_track = Fraction("0.95") if ratio else Fraction(10)
        at_risk = Fraction("0.80") if ratio else Fraction(30)
        return (
            on_track if self.on_track is None else self.on_track,
            at_risk if self.at_risk is None else self.at_risk,
        )


class Section(_Declared):
    """A section of the policy's text, as the policy page is divided."""

    clauses: Names
    title: Bilingual


class Policy(_Declared):
    """One policy: its area (a place code), its life, its rule of status and its targets."""

    id: str
    name: Bilingual
    document: Bilingual
    area: str
    start: date
    by: date
    status: StatusRule = StatusRule()
    sections: tuple[Section, ...] = ()
    note: Bilingual | None = None
    targets: dict[str, Target]

    def section_of(self, target: Target) -> Text:
        """The section of the policy whose clauses the target's first clause belongs to."""
        clause = target.clause.split("；")[0]
        for section in self.sections:
            if clause in section.clauses:
                return section.title
        return Text(clause, clause)


class Catalogue(_Declared):
    """All policies, and the words for the units that their requirements are counted in."""

    units: dict[str, Bilingual] = Field(default_factory=dict)
    policies: dict[str, Policy]

    @cached_property
    def targets(self) -> dict[str, Target]:
        """All targets by id, policy by policy."""
        return {key: t for policy in self.policies.values() for key, t in policy.targets.items()}

    def policy_of(self, target: str) -> Policy:
        """The policy that declares the target. Raises KeyError."""
        for policy in self.policies.values():
            if target in policy.targets:
                return policy
        raise KeyError(target)
