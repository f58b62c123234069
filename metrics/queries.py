"""What a target counts: measures, ratios of two, and the units of a coverage that are no places.

Owns `Measure`, `Ratio` and `Units` with their rules. Called by `catalogue`, which binds them to
targets, and by everything that computes. May import `etl.datasets`, `etl.errors`, `etl.spelling`,
`etl.texts`, `notation`, `conditions` and `free_sql`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal

from pydantic import field_validator

from etl.datasets import datasets, record_datasets
from etl.errors import Mistake
from etl.spelling import nearest
from etl.texts import Text
from metrics.conditions import check_condition, least_level
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
            raise Mistake(
                Text(
                    '应为条件，如 "level >= 3"，或为每个数据集各写一个条件',
                    'expected a condition such as "level >= 3", or one for each dataset',
                )
            )
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

    def problems(self) -> Iterator[tuple[str, Text]]:
        given = [self.flow, self.stock, self.statistic, self.sql]
        if sum(bool(one) for one in given) != 1:
            yield (
                "",
                Text(
                    "flow、stock、statistic、sql 应且只应写一个",
                    "give exactly one of flow, stock, statistic or sql",
                ),
            )
            return
        if "per" in self.model_fields_set and self.sum is None:
            yield (
                "per",
                Text("是除合计用的；没有 sum 时不起作用", "divides a sum; without sum it does nothing"),
            )
        if self.per <= 0:
            yield "per", Text("应大于 0", "must be above 0")
        if self.flow or self.stock:
            yield from self._problems_of_records()
            return
        if self.count or self.sum or self.where:
            yield (
                "",
                Text(
                    "statistic 和 sql 不用写 count、sum 或 where",
                    "statistic and sql take no count, sum or where",
                ),
            )
        if self.sql is not None:
            try:
                check_sql(self.sql)
            except Mistake as error:
                yield "sql", error.text

    def _problems_of_records(self) -> Iterator[tuple[str, Text]]:
        key = "flow" if self.flow else "stock"
        if (self.count is None) == (self.sum is None):
            yield (
                "",
                Text(
                    "请写 count: records、count: persons 或 sum: <列> 之一",
                    "give either count: records, count: persons or sum: <column>",
                ),
            )
        if len(set(self.datasets)) < len(self.datasets):
            yield key, Text("同一数据集写了两次", "a dataset is named twice")
        for name in self.where if isinstance(self.where, dict) else ():
            if name not in self.datasets:
                near = nearest(name, self.datasets)
                yield (
                    "where",
                    Text(
                        f"查询没有读取数据集“{name}”{near.zh}",
                        f"the query does not read {name!r}{near.en}",
                    ),
                )
        for name in self.datasets:
            if name in record_datasets():
                yield from self._problems_of(name)
            elif name in datasets():
                yield (
                    key,
                    Text(
                        f"{name} 是计划，没有可计数的记录",
                        f"{name} is a plan and holds no records to count",
                    ),
                )
            else:
                near = nearest(name, record_datasets())
                yield key, Text(f"没有数据集“{name}”{near.zh}", f"no dataset {name!r}{near.en}")

    def _problems_of(self, name: str) -> Iterator[tuple[str, Text]]:
        dataset = datasets()[name]
        if self.count == "persons" and not dataset.has_person:
            yield (
                "count",
                Text(
                    f"{name} 不记人员；请写 count: records",
                    f"{name} holds no persons; write count: records",
                ),
            )
        if self.sum is not None and dataset.columns.get(self.sum) not in {"DOUBLE", "BIGINT"}:
            numbers = [f.name for f in dataset.fields if f.type in {"number", "integer"}]
            near = nearest(self.sum, numbers)
            yield (
                "sum",
                Text(
                    f"{name} 没有数值字段“{self.sum}”{near.zh}",
                    f"{name} has no number {self.sum!r}{near.en}",
                ),
            )
        if self.stock and name == "statistics":
            yield (
                "stock",
                Text("统计数据请写 statistic: <指标>", "for statistics write statistic: <indicator>"),
            )
        condition = self.condition(name)
        try:
            if condition is not None:
                check_condition(condition, name)
            if self.stock and self.count == "persons" and not least_level(condition, name):
                raise Mistake(
                    Text(
                        "按人计的存量以所持最高等级为准：level 只能写成 level >= n",
                        "a stock of persons goes by the highest level held:"
                        " use level only as level >= n",
                    )
                )
        except Mistake as error:
            yield "where", error.text


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

    def problems(self) -> Iterator[tuple[str, Text]]:
        if self.institutions is None and self.field is None:
            yield (
                "",
                Text(
                    "单位应是地点级别、institutions: <条件>，或 field 加 values",
                    "units are places, institutions: <condition>, or field with values",
                ),
            )
        elif self.institutions is None and not self.values:
            yield "", Text("以字段为单位时应列出 values", "a field's units need their values listed")
        elif self.institutions is not None and self.values:
            yield (
                "values",
                Text(
                    "单位是有效的机构：不要写 values",
                    "institutions in force are the units: list no values",
                ),
            )
        if self.institutions is not None:
            try:
                check_condition(self.institutions, "institutions")
            except Mistake as error:
                yield "institutions", error.text

    def problems_with(self, query: Measure) -> Iterator[tuple[str, Text]]:
        """Why what `query` counts cannot be told apart by these units."""
        if not (query.flow or query.stock):
            yield (
                "units",
                Text(
                    "需要一个计记录的查询：flow 或 stock",
                    "need a query that counts records: flow or stock",
                ),
            )
            return
        for name in query.datasets:
            fields = [f.name for f in datasets()[name].fields if f.type == "text"]
            if self.key not in fields:
                near = nearest(self.key, fields)
                yield (
                    "units",
                    Text(
                        f"{name} 没有文字字段“{self.key}”{near.zh}",
                        f"{name} has no text field {self.key!r}{near.en}",
                    ),
                )
