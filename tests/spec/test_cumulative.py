"""Specification of cumulative targets: the measure over start..end."""

from __future__ import annotations

from datetime import date

import pytest

from metrics import published
from tests.spec.harness import CODES, measured


def test_value_expected_percent_and_pace() -> None:
    """400 of 1,000 after 730 of 1,826 days: 399.78 were due."""
    measured(
        """
        kind: cumulative
        require: {at_least: 1000, unit: record}
        query: {flow: spending, sum: amount}
        """,
        spending="""
            amount | paid_on
            150    | 2021-06-01
            250    | 2022-12-31
        """,
    ).shows("""
        as_of      | value | required | expected      | percent | pace                 | to_go | status
        2022-12-31 | 400   | 1000     | 1000*730/1826 | 40      | 400/1000*1826/730    | 600   | on_track
    """)


def test_trainings_count_when_passed_or_unmarked() -> None:
    """合格 or empty counts; 不合格 and anything else does not, neither as enrolment nor as person."""
    measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: enrolment}
        query: {flow: trainings, count: records}
        """,
        """
        kind: cumulative
        require: {at_least: 100, unit: person}
        query: {flow: trainings, count: persons}
        """,
        trainings="""
            person | completed_on | result
            1      | 2021-03-01   | 合格
            2      | 2021-03-01   |
            3      | 2021-03-01   | 不合格
            2      | 2021-03-02   | 不合格
            4      | 2021-03-01   | 缺考
        """,
    ).shows("""
        target | as_of      | value
        goal   | 2021-03-31 | 2
        goal-2 | 2021-03-31 | 2
    """)


def test_what_was_revoked_stays_in_the_flow_of_its_period() -> None:
    """A studio that was set up was set up, and a certificate that was given was given."""
    measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: record}
        query: {flow: institutions, count: records}
        """,
        """
        kind: cumulative
        require: {at_least: 100, unit: person}
        query: {flow: certifications, count: persons}
        """,
        institutions="""
            recognised_on | revoked_on
            2021-03-01    | 2021-06-30
            2021-03-01    |
        """,
        certifications="""
            person | level | issued_on  | revoked_on
            1      | 3     | 2021-03-01 | 2021-06-30
            2      | 3     | 2021-03-01 |
        """,
    ).shows("""
        target | as_of      | value
        goal   | 2021-06-29 | 2
        goal   | 2021-06-30 | 2
        goal   | 2024-12-31 | 2
        goal-2 | 2021-06-30 | 2
        goal-2 | 2024-12-31 | 2
    """)


def test_persons_over_two_datasets_are_distinct_over_both() -> None:
    """Who was trained and then certified raised his skills once."""
    measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: person}
        query: {flow: [trainings, certifications], count: persons}
        """,
        trainings="""
            person | place | completed_on | result
            1      | mill  | 2021-03-01   |
            2      | mill  | 2021-03-01   | 不合格
            3      | mill  | 2021-03-01   | 合格
        """,
        certifications="""
            person | place | level | issued_on  | revoked_on
            1      | port  | 1     | 2021-06-01 |
            2      | port  | 1     | 2021-06-01 | 2021-07-01
            4      | port  | 1     | 2021-02-01 |
        """,
    ).shows("""
        as_of      | place | value
        2021-02-28 | city  | 1
        2021-03-31 | city  | 3
        2021-06-01 | city  | 4
        2021-12-31 | city  | 4
        2021-12-31 | mill  | 2
        2021-12-31 | port  | 3
        2021-12-31 | east  | 4
    """)


def test_only_records_that_meet_the_condition_count() -> None:
    """Conditions read text, levels as ranks, scopes and yes or no; an empty field meets none."""
    measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: record}
        query: {flow: institutions, count: records, where: "type = '基地' and level = 'city'"}
        """,
        """
        kind: cumulative
        require: {at_least: 100, unit: record}
        query: {flow: certifications, count: records, where: "level >= 3 and sector = '制造业'"}
        """,
        """
        kind: cumulative
        require: {at_least: 100, unit: record}
        query: {flow: courses, count: records, where: "free"}
        """,
        institutions="""
            type   | level    | recognised_on
            基地   | city     | 2021-03-01
            基地   | province | 2021-03-01
            基地   |          | 2021-03-01
            工作室 | city     | 2021-03-01
        """,
        certifications="""
            person | level | sector | issued_on
            1      | 2     | 制造业 | 2021-03-01
            1      | 3     | 制造业 | 2021-03-01
            1      | 4     | 制造业 | 2021-03-01
            1      | 5     | 康养   | 2021-03-01
            1      | 5     |        | 2021-03-01
        """,
        courses="""
            free  | published_on
            true  | 2021-03-01
            false | 2021-03-01
                  | 2021-03-01
        """,
    ).shows("""
        target | as_of      | value
        goal   | 2021-03-31 | 1
        goal-2 | 2021-03-31 | 2
        goal-3 | 2021-03-31 | 1
    """)


def test_a_course_withdrawn_stays_developed() -> None:
    """The flow of courses counts their publication."""
    measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: record}
        query: {flow: courses, count: records}
        """,
        courses="""
            published_on | withdrawn_on
            2021-03-01   | 2021-03-15
        """,
    ).shows("""
        as_of      | value
        2021-12-31 | 1
    """)


def test_a_sum_in_ten_thousands() -> None:
    """204,999.50 yuan are 20.49995 万元; a refund is taken off."""
    measured(
        """
        kind: cumulative
        require: {at_least: 20, unit: 10k CNY}
        query: {flow: spending, sum: amount, per: 10000, where: "item = '购买服务'"}
        """,
        spending="""
            item     | place | amount    | paid_on
            购买服务 | mill  | 150000    | 2021-03-01
            购买服务 | city  | 55000.50  | 2021-04-01
            购买服务 | mill  | -1        | 2021-05-01
            其他     | mill  | 1000000   | 2021-03-01
        """,
    ).shows("""
        as_of      | place | value    | status
        2021-03-31 | city  | 15       | on_track
        2021-04-30 | city  | 20.50005 | achieved
        2021-05-31 | city  | 20.49995 | achieved
        2021-05-31 | mill  | 14.9999  | -
    """)


def test_the_records_behind_the_number_come_to_it() -> None:
    """By number, or by distinct persons; persons are shown by their keyed hash."""
    found = measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: person}
        query: {flow: trainings, count: persons, where: "kind = '技能提升'"}
        """,
        trainings="""
            person | place | kind     | completed_on | result
            1      | mill  | 技能提升 | 2021-03-01   |
            1      | port  | 技能提升 | 2021-03-02   | 合格
            2      | hill  | 技能提升 | 2021-03-02   |
            3      | mill  | 研修交流 | 2021-03-01   |
            4      | mill  | 技能提升 | 2021-03-01   | 不合格
            5      | mill  | 技能提升 | 2020-03-01   |
        """,
    )
    in_the_city = found.behind("2021-12-31")
    assert len(in_the_city) == 3
    assert {row["person"] for row in in_the_city} == {"hash of 1", "hash of 2"}
    assert {row["person"] for row in found.behind("2021-12-31", "east")} == {"hash of 1"}
    assert len(found.behind("2021-03-01")) == 1
    assert found.behind("2020-12-31") == []


def test_records_and_sums_over_two_datasets_add_up() -> None:
    """What each dataset holds, together; the statement that is shown says the same."""
    found = measured(
        """
        kind: cumulative
        require: {at_least: 10, unit: record}
        query: {flow: [courses, competitions], count: records, where: {courses: free}}
        """,
        """
        kind: cumulative
        require: {at_least: 10, unit: record}
        query: {flow: [competitions], sum: entrants}
        """,
        courses="""
            place | free  | published_on
            mill  | true  | 2021-03-01
            mill  | false | 2021-03-01
        """,
        competitions="""
            place | held_on    | entrants
            mill  | 2021-03-01 | 20
            hill  | 2021-04-01 |
        """,
    )
    found.shows("""
        target | as_of      | place | value
        goal   | 2021-03-31 | city  | 2
        goal   | 2021-04-30 | city  | 3
        goal   | 2021-04-30 | mill  | 2
        goal-2 | 2021-04-30 | city  | 20
    """)
    assert len(found.behind("2021-04-30")) == 3
    statement = published.target(found.connection, "goal").sql
    raw = found.connection.connection.driver_connection
    assert raw is not None
    asked = {"place": CODES["city"], "as_of": date(2021, 4, 30)}
    assert raw.execute(statement, asked).fetchall() == [(3,)]


MEDALS = """
    kind: cumulative
    require: {at_least: 5, unit: record}
    query: {flow: competition_awards, count: records, where: "COND"}
"""
COMPETITIONS = """
    competition_no | place  | level    | held_on
    C1             | city   | national | 2021-02-01
    C2             | city   | city     | 2021-02-01
    C1             | abroad | city     | 2021-02-01
    C4             | city   |          | 2021-02-01
"""
AWARDS = """
    award_no | competition_no | place  | person | prize | awarded_on
    A1       | C1             | mill   | 1      | 金    | 2021-03-01
    A2       | C1             | mill   | 2      | 优胜  | 2021-03-01
    A3       | C2             | mill   | 1      | 金    | 2021-03-01
    A4       | C1             | abroad | 1      | 金    | 2021-03-01
    A5       | C3             | mill   | 1      | 金    | 2021-03-01
    A6       | C4             | mill   | 1      | 金    | 2021-03-01
"""


@pytest.mark.parametrize(
    ("condition", "awards"),
    [
        ("competition.level = 'national' and prize in ('金', '银', '铜')", ["A1"]),
        ("competition.level <> 'national'", ["A3", "A4"]),
        ("not competition.level = 'national'", ["A3", "A4"]),
        ("competition.level is null", ["A6"]),
        ("competition.level in ('national', 'city')", ["A1", "A2", "A3", "A4"]),
        ("competition.held_on between '2021-01-01' and '2021-12-31'", ["A1", "A2", "A3", "A4", "A6"]),
    ],
)
def test_a_condition_on_what_a_record_points_at(condition: str, awards: list[str]) -> None:
    """An award is of a competition of its own city; one that points at none meets no condition on it,
    nor the opposite. The records behind the number are listed."""
    found = measured(
        MEDALS.replace("COND", condition),
        policy="area: '990000'",
        competitions=COMPETITIONS,
        competition_awards=AWARDS,
    )
    (row,) = published.progress(found.connection, place=CODES["province"], as_of=date(2021, 12, 31))
    assert row.value == len(awards)
    assert sorted(str(one["award_no"]) for one in found.behind("2021-12-31", "province")) == awards


def test_reached_after_the_deadline() -> None:
    """Achieved late, on the day that filled it: nothing is left to do. The value stays that of the
    deadline (nothing after `by` counts), of the whole and of every place."""
    measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: record}
        query: {flow: spending, sum: amount}
        """,
        spending="""
            place | amount | paid_on
            mill  | 60     | 2025-11-01
            mill  | 30     | 2026-01-10
            hill  | 20     | 2026-02-10
        """,
    ).shows("""
        as_of      | place | value | percent | to_go | needed_per_month | status   | note | noted_on
        2025-12-31 | city  | 60    | 60      | 40    | -                | missed   | -    | -
        2026-02-09 | city  | 60    | 60      | 40    | -                | missed   | -    | -
        2026-02-10 | city  | 60    | 60      | 0     | -                | achieved | late | 2026-02-10
        2026-02-10 | mill  | 60    | -       | -     | -                | -        | -    | -
    """)
