"""Warnings: what is suspicious, and loaded and counted all the same."""

from __future__ import annotations

import pytest

from metrics import published
from metrics.rows import WarningRow
from tests.spec.harness import CODES, Measured, measured

GOAL = """
    kind: cumulative
    require: {at_least: 100, unit: enrolment}
    query: {flow: trainings, count: records}
"""


def found_of(measure: Measured, kind: str) -> list[WarningRow]:
    return published.warnings(measure.connection, kind=kind)


# Dates long before the policy, which starts in 2021: before 2011


def trainings(old: str, common: int) -> str:
    rows = [f"1 | mill | {old} | a.csv | 7", *(f"1 | mill | 2021-05-{n % 28 + 1:02d} | a.csv | {n + 8}"
            for n in range(common))]  # fmt: skip
    return "\n".join(["person | place | completed_on | source_file | source_row", *rows])


def test_a_date_long_before_the_policy_is_told_with_its_row() -> None:
    measure = measured(GOAL, trainings=trainings("2003-05-01", 99))
    (warning,) = found_of(measure, "early_date")
    assert warning.said.en == (
        "mill: Completed on before 2011 in 1 rows, the earliest 2003-05-01 (a.csv:7)"
    )
    assert warning.said.zh == "mill有 1 行的结业日期早于 2011 年，最早为 2003-05-01（a.csv:7）"
    assert (warning.dataset, warning.place, warning.rows) == ("trainings", CODES["mill"], 1)
    assert (warning.found, warning.compared) == (2003, 2011)
    # It is no reject: the record is there, and the target simply does not count it.
    measure.shows("""
        as_of | place | value
              | city  | 99
    """)


@pytest.mark.parametrize(("old", "common"), [("2011-01-01", 99), ("2003-05-01", 98)])
def test_a_date_that_is_near_or_common_is_none(old: str, common: int) -> None:
    """Ten years before are not long; of 99 records one is more than the hundredth part."""
    assert found_of(measured(GOAL, trainings=trainings(old, common)), "early_date") == []


# Months far above the usual


def monthly(*counts: int) -> str:
    rows = [
        f"1 | mill | 2021-{month:02d}-10 | {month}.csv"
        for month, count in enumerate(counts, 1)
        for _ in range(count)
    ]
    return "\n".join(["person | place | completed_on | source_file", *rows])


def test_a_town_with_ten_times_its_usual_month() -> None:
    """The median of 1 2 3 4 5 6 is 3.5: 35 are ten times that, 34 are not."""
    measure = measured(GOAL, trainings=monthly(1, 2, 3, 4, 5, 6, 35))
    (warning,) = found_of(measure, "unusual_month")
    assert (warning.subject, warning.place, warning.source_file) == ("2021-07", CODES["mill"], "7.csv")
    assert (warning.found, warning.compared) == (35, 3.5)
    assert warning.said.en == "2021-07: mill, Trainings: 35, where 3.5 a month are usual (7.csv)"
    assert found_of(measured(GOAL, trainings=monthly(1, 2, 3, 4, 5, 6, 34)), "unusual_month") == []


@pytest.mark.parametrize("counts", [(2, 2, 2, 2, 2, 2, 29), (3, 3, 3, 3, 3, 40)])
def test_few_records_or_few_months_say_nothing(counts: tuple[int, ...]) -> None:
    assert found_of(measured(GOAL, trainings=monthly(*counts)), "unusual_month") == []


# Institutions of like names


def alike(first: str, second: str, kind: str = "认定企业", place: str = "port") -> list[WarningRow]:
    measure = measured(
        GOAL,
        institutions=f"""
            institution_no | name     | type   | place   | recognised_on | revoked_on | source_file | source_row
            A              | {first}  | 认定企业 | mill    | 2021-03-01    |            | a.xlsx      | 4
            B              | {second} | {kind} | {place} | 2022-03-01    |            | a.xlsx      | 9
        """,
    )
    return found_of(measure, "like_name")


@pytest.mark.parametrize(
    ("first", "second", "differs"),
    [
        ("长安精密模具有限公司", "长安精密模具有限公司", "has the same name as"),
        (
            "长安（精密）模具有限公司",
            "长安(精密)模具 有限公司",
            "differs by punctuation, spaces or width only",
        ),
        ("ＡＢＣ精密模具厂", "ABC精密模具厂", "differs by punctuation, spaces or width only"),
        ("长安精密模具有限公司", "长安精密模具股份有限公司", "differs by its city or its ending only"),
        ("长安精密模具有限公司", "city长安精密模具公司", "differs by its city or its ending only"),
        ("长安精密模具有限公司", "长安精蜜模具有限公司", "differs by one character only"),
        ("长安精密模具有限公司", "长安精密模具具有限公司", "differs by one character only"),
        ("长安精密塑金模具厂", "长安精密金模具厂", "differs by one character only"),
    ],
)
def test_names_that_differ_by_next_to_nothing(first: str, second: str, differs: str) -> None:
    (warning,) = alike(first, second)
    assert differs in warning.said.en
    assert (warning.subject, warning.source_row, warning.place) == ("B", 9, CODES["port"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("长安第一职业技术学校", "长安第二职业技术学校"),
        ("长安精密模具厂（2）", "长安精密模具厂（3）"),
        ("长安精密模具A厂区", "长安精密模具B厂区"),
        ("长安东校区实训基地", "长安西校区实训基地"),
        ("王明工坊", "王铭工坊"),
        ("长安精密模具有限公司", "长安五金塑胶有限公司"),
    ],
)
def test_names_that_are_told_apart(first: str, second: str) -> None:
    assert alike(first, second) == []


def test_other_types_other_cities_and_what_is_over_are_not_compared() -> None:
    name = "长安精密模具有限公司"
    assert alike(name, name, kind="培训品牌") == []
    assert alike(name, name, place="abroad") == []
    measure = measured(
        GOAL,
        institutions=f"""
            institution_no | name   | type   | place | recognised_on | revoked_on
            A              | {name} | 认定企业 | mill  | 2021-03-01    | 2022-01-01
            B              | {name} | 认定企业 | mill  | 2022-03-01    |
        """,
    )
    assert found_of(measure, "like_name") == []


def test_a_slip_in_the_words_of_the_type_is_found_in_a_short_name() -> None:
    """Of two studios that are named after two persons one character is no slip."""
    kind = "技能大师工作室"
    measure = measured(
        GOAL,
        institutions=f"""
            institution_no | name                | type   | place | recognised_on
            A              | 虎门焊工技能大师工作室  | {kind} | mill  | 2021-03-01
            B              | 虎门焊工技能大师工做室  | {kind} | mill  | 2021-03-02
            C              | 虎门茶工技能大师工作室  | {kind} | mill  | 2021-03-03
        """,
    )
    assert [warning.subject for warning in found_of(measure, "like_name")] == ["B"]


# All kinds


def test_a_policy_is_told_what_concerns_it_and_its_places() -> None:
    name = "长安精密模具有限公司"
    measure = measured(
        GOAL,
        institutions=f"""
            institution_no | name   | type   | place  | recognised_on
            A              | {name} | 认定企业 | abroad | 2021-03-01
            B              | {name} | 认定企业 | abroad | 2022-03-01
            C              | {name} | 认定企业 | mill   | 2022-03-01
            D              | {name} | 认定企业 | mill   | 2022-03-02
        """,
        allocations="""
            period | place | value
            2022   | mill  | 4
        """,
    )
    every = published.warnings(measure.connection)
    assert [(one.kind, one.subject) for one in every] == [
        ("allocation", "goal"), ("allocation", "goal"), ("like_name", "B"), ("like_name", "D"),
    ]  # fmt: skip
    assert [one.subject for one in published.warnings(measure.connection, "spec")] == [
        "goal", "goal", "D",
    ]  # fmt: skip
