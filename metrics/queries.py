"""What a target counts: measures, ratios of two, and the units of a coverage that are no places.

Owns `Measure`, `Ratio` and `Units` with their rules. Called by `catalogue`, which binds them to
targets, and by everything that computes. May import `etl.datasets`, `etl.spelling`, `notation`,
`conditions` and `free_sql`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

from pydantic import field_validator

from etl.datasets import datasets
from etl.spelling import nearest
from metrics.conditions import ConditionError, check_condition, least_level
from metrics.free_sql import check_sql, datasets_of
from metrics.notation import Declared, Names, Number

#: What says which institution a record is about.
INSTITUTION_NO = "institution_no"


class Measure(Declared):
    """What is counted: records, distinct persons or the sum of a column, as a flow or in stock.

    Exactly one of `flow`, `stock`, `statistic` and `sql`. `where` is a condition over the fields of
    each dataset named; with several datasets it may be given for each. `per` divides a sum (10000
    for 万元). `sql` is one SELECT that gives place, date and value: what is added at a place on a day.
    """

    flow: Names = ()
    stock: Names = ()
    statistic: str | None = None
    sql: str | None = None
    count: Literal["records", "persons"] | None = None
    sum: str | None = None
    per: Number = Fraction(1)
    where: str | dict[str, str] | None = None

    @field_validator("where", mode="before")
    @classmethod
    def _where(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, (str, dict)):
            raise ValueError('expected a condition such as "level >= 3", or one for each dataset')
        return value

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that the measure reads; of `sql`, those that it names."""
        if self.sql is not None:
            return datasets_of(self.sql)
        return ("statistics",) if self.statistic is not None else self.flow or self.stock

    def condition(self, dataset: str) -> str | None:
        """The condition on the records of `dataset`."""
        return self.where.get(dataset) if isinstance(self.where, dict) else self.where

    def problems(self) -> Iterator[tuple[str, str]]:
        given = [self.flow, self.stock, self.statistic, self.sql]
        if sum(bool(one) for one in given) != 1:
            yield "", "give exactly one of flow, stock, statistic or sql"
            return
        if "per" in self.model_fields_set and self.sum is None:
            yield "per", "divides a sum; without sum it does nothing"
        if self.per <= 0:
            yield "per", "must be above 0"
        if self.flow or self.stock:
            yield from self._problems_of_records()
            return
        if self.count or self.sum or self.where:
            yield "", "statistic and sql take no count, sum or where"
        if self.sql is not None:
            try:
                check_sql(self.sql)
            except ValueError as error:
                yield "sql", str(error)

    def _problems_of_records(self) -> Iterator[tuple[str, str]]:
        key = "flow" if self.flow else "stock"
        if (self.count is None) == (self.sum is None):
            yield "", "give either count: records, count: persons or sum: <column>"
        if len(set(self.datasets)) < len(self.datasets):
            yield key, "a dataset is named twice"
        for name in self.where if isinstance(self.where, dict) else ():
            if name not in self.datasets:
                yield "where", f"the query does not read {name!r}" + nearest(name, self.datasets)
        for name in self.datasets:
            if name in datasets():
                yield from self._problems_of(name)
            else:
                yield key, f"no dataset {name!r}" + nearest(name, datasets())

    def _problems_of(self, name: str) -> Iterator[tuple[str, str]]:
        dataset = datasets()[name]
        if self.count == "persons" and not dataset.has_person:
            yield "count", f"{name} holds no persons; write count: records"
        if self.sum is not None and dataset.columns.get(self.sum) not in {"DOUBLE", "BIGINT"}:
            numbers = [f.name for f in dataset.fields if f.type in {"number", "integer"}]
            yield "sum", f"{name} has no number {self.sum!r}" + nearest(self.sum, numbers)
        if self.stock and name == "statistics":
            yield "stock", "for statistics write statistic: <indicator>"
        condition = self.condition(name)
        try:
            if condition is not None:
                check_condition(condition, name)
            if self.stock and self.count == "persons" and not least_level(condition, name):
                raise ConditionError(
                    "a stock of persons goes by the highest level held: use level only as level >= n"
                )
        except ConditionError as error:
            yield "where", str(error)


class Ratio(Declared):
    """The query of a ratio: two measures."""

    numerator: Measure
    denominator: Measure


class Units(Declared):
    """The units of a coverage that are no places: institutions in force, or the values of a field.

    `institutions` is a condition on the register of institutions. The records counted bear their
    number, or their name in `field` (a base that is registered under its school's name). Without
    `institutions`, `field` is a text field of the records counted and its `values` are the units.
    """

    institutions: str | None = None
    field: str | None = None
    values: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The field of the records counted that says which unit they are about."""
        return self.field or INSTITUTION_NO

    @property
    def register_key(self) -> str:
        """The field of the register that `key` repeats."""
        return "name" if self.field is not None else INSTITUTION_NO

    @property
    def register(self) -> Measure | None:
        """The institutions in force that are the units, as a measure."""
        if self.institutions is None:
            return None
        return Measure(stock=("institutions",), count="records", where=self.institutions)

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.institutions is None and self.field is None:
            yield "", "units are places, institutions: <condition>, or field with values"
        elif self.institutions is None and not self.values:
            yield "", "a field's units need their values listed"
        elif self.institutions is not None and self.values:
            yield "values", "institutions in force are the units: list no values"
        if self.institutions is not None:
            try:
                check_condition(self.institutions, "institutions")
            except ConditionError as error:
                yield "institutions", str(error)

    def problems_with(self, query: Measure) -> Iterator[tuple[str, str]]:
        """Why what `query` counts cannot be told apart by these units."""
        if not (query.flow or query.stock):
            yield "units", "need a query that counts records: flow or stock"
            return
        for name in query.datasets:
            fields = [f.name for f in datasets()[name].fields if f.type == "text"]
            if self.key not in fields:
                yield "units", f"{name} has no text field {self.key!r}" + nearest(self.key, fields)
