"""The catalogue of targets: what `metrics.yaml` declares, as frozen typed objects.

Owns `Catalogue`, `Policy`, `Target`, `Requirement` and their rules; what a target counts (`Measure`,
`Ratio`, `Units`) comes from `queries`. `reader` makes them from the file and turns every broken rule
into a message with file and line. Called by everything in `metrics` that needs to know what a target
is. May import `etl.errors`, `etl.spelling`, `etl.texts`, `expects`, `notation`, `queries` and
`windows`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from etl.errors import Mistake
from etl.spelling import nearest
from etl.texts import Text
from metrics.expects import Expects
from metrics.notation import Bilingual, Declared, Names, Number
from metrics.queries import Measure, Ratio, Units
from metrics.windows import Window, windows_of

__all__ = [
    "ADDITIVE_KINDS",
    "FLOW_KINDS",
    "RECURS_YEARS",
    "Catalogue",
    "Expects",
    "Kind",
    "Measure",
    "Point",
    "Policy",
    "Ratio",
    "Recurs",
    "Require",
    "Requirement",
    "Section",
    "StatusRule",
    "Target",
    "Units",
]

Kind = Literal["cumulative", "annual", "stock", "ratio", "coverage", "milestone"]
Recurs = Literal["", "yearly", "every 2 years", "every 3 years"]
Require = Literal["at_least", "at_most", "between"]
PlaceUnits = Literal["town", "district", "city"]

RECURS_YEARS: dict[Recurs, int | None] = {"": None, "yearly": 1, "every 2 years": 2, "every 3 years": 3}

#: Kinds whose value grows from 0 inside a window; the others are levels (semantics.md).
FLOW_KINDS = frozenset({"cumulative", "annual"})
#: Kinds whose value at a place is part of the whole's, so that no status below it is invented.
ADDITIVE_KINDS = frozenset({"cumulative", "annual", "stock", "milestone"})
#: Kinds that may be measured anew in every window.
RECURRING_KINDS = frozenset({"annual", "ratio", "coverage"})
#: Kinds whose way to the target begins at a baseline.
BASELINE_KINDS = frozenset({"stock", "ratio", "coverage"})

_BEFORE_START = Text("早于 start", "before start")


class Requirement(Declared):
    """What is required: `at_least`, `at_most`, or `between` two values, in `unit`."""

    at_least: Number | None = None
    at_most: Number | None = None
    between: tuple[Number, Number] | None = None
    unit: str

    def problems(self) -> Iterator[tuple[str, Text]]:
        given = [self.at_least, self.at_most, self.between]
        if sum(one is not None for one in given) != 1:
            yield (
                "",
                Text(
                    "at_least、at_most、between 应且只应写一个",
                    "give exactly one of at_least, at_most or between",
                ),
            )
        if self.between is not None and self.between[0] >= self.between[1]:
            yield "between", Text("前一个值应小于后一个值", "the first value must be below the second")

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


class Point(Declared):
    """A dated point of a declared trajectory."""

    by: date
    value: Number


class Target(Declared):
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
    lead: Names = ()
    support: Names = ()
    query: Measure | Ratio | None = None
    units: PlaceUnits | Units | None = None
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
        if isinstance(value, dict):
            return Units.model_validate(value)
        if value is not None and not isinstance(value, Units) and value not in get_args(PlaceUnits):
            near = nearest(str(value), get_args(PlaceUnits))
            raise Mistake(
                Text(f"“{value}”不是地点的级别{near.zh}", f"{value!r} is no level of places{near.en}")
            )
        return value

    def problems(self) -> Iterator[tuple[str, Text]]:
        if self.by < self.start:
            yield "by", _BEFORE_START
        yield from self._problems_of_query()
        yield from self._problems_of_kind()
        require, dates = self.require, [point.by for point in self.trajectory]
        if self.kind == "milestone" and require.at_least != 1:
            yield (
                "require",
                Text("里程碑只有完成与未完成：at_least 1", "a milestone is done or not: at_least 1"),
            )
        if not 0 < self.share <= 100:
            yield (
                "share",
                Text(
                    "是应达单位的比例：大于 0，不超过 100",
                    "is a share of the units: above 0 and at most 100",
                ),
            )
        if dates != sorted(set(dates)):
            yield "trajectory", Text("日期应依次递增", "dates must rise")

    def _problems_of_query(self) -> Iterator[tuple[str, Text]]:
        if (self.kind == "ratio") != isinstance(self.query, Ratio):
            yield (
                "query",
                Text(
                    "ratio（比例）目标才有 numerator 和 denominator，也必须有",
                    "a ratio, and only a ratio, has numerator and denominator",
                ),
            )
        elif self.kind == "milestone" and self.query is not None:
            yield (
                "query",
                Text(
                    "里程碑按目标 id 从 milestones 读取，不写查询",
                    "a milestone is read from the milestones by its id",
                ),
            )
        elif self.kind != "milestone" and self.query is None:
            yield "query", Text("缺少此项", "missing")
        if isinstance(self.query, Measure):
            if self.kind in FLOW_KINDS and not (self.query.flow or self.query.sql):
                yield (
                    "query",
                    Text(
                        f"{self.kind} 目标应统计 flow（流量）", f"{_a(self.kind)} target counts a flow"
                    ),
                )
            if self.kind == "stock" and self.query.flow:
                yield "query", Text("stock 目标应统计 stock（存量）", "a stock target counts a stock")
            if isinstance(self.units, Units):
                yield from self.units.problems_with(self.query)

    def _problems_of_kind(self) -> Iterator[tuple[str, Text]]:
        """Keys that say nothing of a target of this kind, or that it cannot be without."""
        given = self.model_fields_set
        if (self.kind == "coverage") != (self.units is not None):
            yield (
                "units",
                Text(
                    "coverage（覆盖）目标才有 units，也必须有",
                    "a coverage, and only a coverage, has units",
                ),
            )
        if "share" in given and self.kind != "coverage":
            yield (
                "share",
                Text(
                    "只有 coverage 目标才有应达单位的比例",
                    "only a coverage has a share of units to reach",
                ),
            )
        if self.averaged and self.kind != "annual":
            yield (
                "averaged",
                Text("只有 annual 目标才按年平均", "only an annual target is averaged over the years"),
            )
        if self.kind == "annual" and not self.recurs:
            yield (
                "recurs",
                Text(
                    "annual 目标应写 yearly 或 every n years",
                    "an annual target is yearly or every n years",
                ),
            )
        if self.recurs and self.kind not in RECURRING_KINDS:
            yield (
                "recurs",
                Text(
                    f"{self.kind} 目标不按周期重新计算",
                    f"a {self.kind} target is not measured anew in windows of time",
                ),
            )
        if self.baseline is not None and self.kind not in BASELINE_KINDS:
            yield "baseline", Text(f"{self.kind} 目标从 0 开始", f"{_a(self.kind)} target begins at 0")

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The windows that its flows are measured in."""
        years = None if self.averaged else RECURS_YEARS[self.recurs]
        return windows_of(self.start, self.by, years)

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """Its measures by part: `value`, or `numerator` and `denominator`."""
        if isinstance(self.query, Ratio):
            return {"numerator": self.query.numerator, "denominator": self.query.denominator}
        if self.query is not None:
            return {"value": self.query}
        named = self.id.replace("'", "''")
        achieved = f"target_id = '{named}'"
        return {"value": Measure(stock=("milestones",), count="records", where=achieved)}

    def is_level(self, part: str) -> bool:
        """Whether a part is what it has come to by a date, however long ago it began; else it is what
        the days of a window add up to. What `sql` adds up to is the level of a stock."""
        measure = self.measures[part]
        return bool(measure.stock) or measure.statistic is not None or self.kind == "stock"

    @property
    def in_units(self) -> bool:
        """Whether its value is a count, which comes in whole units, and no sum (semantics.md)."""
        return all(measure.sum is None for measure in self.measures.values())

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that it reads, each once, in the order of use."""
        found = [name for measure in self.measures.values() for name in measure.datasets]
        if isinstance(self.units, Units) and self.units.institutions is not None:
            found.append("institutions")
        return tuple(dict.fromkeys(found))

    @property
    def is_flow(self) -> bool:
        """Whether the value grows from 0 inside a window (semantics.md: flow kinds)."""
        return self.kind in FLOW_KINDS


class StatusRule(Declared):
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

    def problems(self) -> Iterator[tuple[str, Text]]:
        on_track, at_risk = self.thresholds
        if self.name == "ratio" and not on_track >= at_risk >= 0:
            yield (
                "",
                Text(
                    f"on_track（{on_track}）的进度比不应低于 at_risk（{at_risk}）",
                    f"on_track ({on_track}) must be a pace no lower than at_risk ({at_risk})",
                ),
            )
        if self.name == "calendar-points" and not 0 <= on_track <= at_risk:
            yield (
                "",
                Text(
                    f"on_track（{on_track}）落后的百分点不应多于 at_risk（{at_risk}）",
                    f"on_track ({on_track}) must be no more points behind than at_risk ({at_risk})",
                ),
            )


class Section(Declared):
    """A section of the policy's text, as the policy page is divided."""

    clauses: Names
    title: Bilingual


class Policy(Declared):
    """One policy: its area (a place code), its life, its rule of status, the reports that it expects
    (of several that name a place and a dataset, the last holds) and its targets."""

    id: str
    name: Bilingual
    document: Bilingual
    area: str
    start: date
    by: date
    status: StatusRule = StatusRule()
    sections: tuple[Section, ...] = ()
    expects: tuple[Expects, ...] = ()
    note: Bilingual | None = None
    targets: dict[str, Target]

    def problems(self) -> Iterator[tuple[str, Text]]:
        if self.by < self.start:
            yield "by", _BEFORE_START

    def section_of(self, target: Target) -> Text:
        """The section of the policy whose clauses the target's first clause belongs to."""
        clause = target.clause.split("；")[0]
        for section in self.sections:
            if clause in section.clauses:
                return section.title
        return Text(clause, clause)


class Catalogue(Declared):
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


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
