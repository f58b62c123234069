"""Specification of trajectories: what is expected by a date."""

from __future__ import annotations

import pytest

from tests.spec.harness import measured

MONEY = """
    kind: cumulative
    require: {at_least: 1000, unit: record}
    query: {flow: spending, sum: amount}
"""
YEARLY_MONEY = """
    kind: annual
    recurs: yearly
    require: {at_least: 1000, unit: record}
    query: {flow: spending, sum: amount}
"""
STOCK = """
    kind: stock
    require: {at_least: 10, unit: record}
    query: {stock: institutions, count: records}
"""
ONE_PAYMENT = """
    amount | paid_on
    1      | 2021-01-01
"""


def test_a_flow_goes_from_nothing_to_the_target_by_days() -> None:
    """The first day is due its share, the last day all."""
    measured(MONEY, spending=ONE_PAYMENT).shows("""
        as_of      | expected
        2021-01-01 | 1000*1/1826
        2021-12-31 | 1000*365/1826
        2024-02-29 | 1000*1155/1826
        2025-12-31 | 1000
        2026-12-31 | 1000
    """)


def test_a_year_follows_the_citys_own_seasons() -> None:
    """Two full years have passed: a quarter of 2021 and half of 2022 came by 30 June; so the mean,
    three eighths, is due by 30 June 2023, not the pooled third and not half the days."""
    measured(
        YEARLY_MONEY,
        spending="""
            amount | paid_on
            10     | 2021-06-30
            30     | 2021-07-01
            10     | 2022-03-01
            10     | 2022-12-31
            300    | 2023-01-15
        """,
    ).shows("""
        as_of      | value | expected     | pace            | status
        2021-06-30 | 10    | 1000*181/365 | 10/1000*365/181 | off_track
        2022-06-30 | 10    | 1000*181/365 | 10/1000*365/181 | off_track
        2023-02-28 | 300   | 0            | -               | on_track
        2023-03-01 | 300   | 250          | 300/250         | on_track
        2023-06-29 | 300   | 250          | 300/250         | on_track
        2023-06-30 | 300   | 375          | 300/375         | at_risk
        2023-07-01 | 300   | 750          | 300/750         | off_track
        2023-12-31 | 300   | 1000         | 300/1000        | missed
    """)


def test_seasons_are_the_mean_of_all_earlier_years() -> None:
    """In the fourth year three years speak, each with the same weight."""
    measured(
        YEARLY_MONEY,
        spending="""
            amount | paid_on
            100    | 2021-01-31
            100    | 2021-12-01
            1      | 2022-01-31
            3      | 2022-12-01
            7      | 2023-12-01
            1      | 2024-01-01
        """,
    ).shows("""
        as_of      | expected
        2024-01-31 | 1000*1/3*3/4
    """)


def test_one_earlier_year_is_no_season() -> None:
    """A first year cut by the start is not full and does not count either; days decide."""
    measured(
        YEARLY_MONEY,
        policy="{start: 2021-02-01}",
        spending="""
            amount | paid_on
            10     | 2021-06-30
            10     | 2022-06-30
        """,
    ).shows("""
        as_of      | expected
        2023-03-31 | 1000*90/365
    """)


def test_a_year_with_nothing_has_no_season() -> None:
    """Of 2021 to 2023, two years had anything: in 2023 days decide, in 2024 those two years."""
    measured(
        YEARLY_MONEY,
        spending="""
            amount | paid_on
            1      | 2021-01-31
            1      | 2021-12-31
            1      | 2023-12-01
        """,
    ).shows("""
        as_of      | expected
        2023-03-31 | 1000*90/365
        2024-03-31 | 250
    """)


def test_the_leap_day_reads_earlier_years_up_to_28_february() -> None:
    """29 February 2024 is due what was reached by 28 February before; 1 March what was by 1 March."""
    measured(
        YEARLY_MONEY,
        spending="""
            amount | paid_on
            1      | 2021-02-28
            1      | 2021-03-01
            1      | 2022-02-28
            1      | 2022-03-01
        """,
    ).shows("""
        as_of      | expected
        2024-02-27 | 0
        2024-02-28 | 500
        2024-02-29 | 500
        2024-03-01 | 1000
    """)


def test_the_season_is_that_of_persons_where_persons_are_counted() -> None:
    """Distinct persons of each earlier year by the day: the first record of the year decides."""
    measured(
        """
        kind: annual
        recurs: yearly
        require: {at_least: 1000, unit: person}
        query: {flow: trainings, count: persons}
        """,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-01-31
            1      | hill  | 2021-12-31
            2      | mill  | 2021-12-31
            1      | mill  | 2022-01-31
            1      | mill  | 2022-12-31
        """,
    ).shows("""
        as_of      | expected
        2023-01-31 | 750
        2023-12-31 | 1000
    """)


@pytest.mark.parametrize("years", ["every 2 years", "every 3 years"])
def test_windows_of_several_years_go_by_days(years: str) -> None:
    """A season is a matter of one year."""
    measured(
        YEARLY_MONEY.replace("yearly", years),
        policy="{start: 2018-01-01, by: 2025-12-31}",
        spending="""
            amount | paid_on
            1      | 2018-01-31
            1      | 2019-01-31
            1      | 2020-01-31
            1      | 2021-01-31
            1      | 2022-01-31
            1      | 2023-01-31
        """,
    ).shows(
        """
        as_of      | expected
        2024-01-31 | 1000*31/731
        """
        if years == "every 2 years"
        else """
        as_of      | expected
        2024-01-31 | 1000*31/731
        2023-12-31 | 1000
        """
    )


def test_a_level_goes_from_its_baseline_to_the_target() -> None:
    """4 in force at the start, 10 due at the deadline: linear in days, not in whole units."""
    measured(
        STOCK,
        institutions="""
            recognised_on
            2015-01-01
            2015-01-01
            2015-01-01
            2021-01-01
            2021-01-02
        """,
    ).shows("""
        as_of      | value | baseline | expected       | pace           | status
        2021-01-01 | 4     | 4        | 4              | -              | on_track
        2021-01-02 | 5     | 4        | 4+6*1/1825     | 1/6*1825       | on_track
        2021-12-31 | 5     | 4        | 4+6*364/1825   | 1/6*1825/364   | at_risk
        2022-12-31 | 5     | 4        | 4+6*729/1825   | 1/6*1825/729   | off_track
        2025-12-31 | 5     | 4        | 10             | 1/6            | missed
    """)


def test_a_declared_baseline_goes_before_the_observed_one() -> None:
    """As the policy's text states it."""
    measured(
        STOCK + "    baseline: 2\n",
        institutions="""
            recognised_on
            2015-01-01
            2015-01-01
            2015-01-01
            2015-01-01
        """,
    ).shows("""
        as_of      | value | baseline | expected     | pace           | status
        2021-12-31 | 4     | 2        | 2+8*364/1825 | 2/8*1825/364   | on_track
    """)


def test_a_baseline_that_meets_the_requirement_asks_to_hold_the_line() -> None:
    """The requirement itself is expected at every date; below it is off track at once."""
    measured(
        """
        kind: stock
        require: {at_least: 2, unit: record}
        query: {stock: institutions, count: records}
        """,
        institutions="""
            recognised_on | revoked_on
            2015-01-01    |
            2015-01-01    | 2021-03-01
            2015-01-01    | 2021-02-01
            2021-05-01    |
        """,
    ).shows("""
        as_of      | value | baseline | expected | status
        2021-01-01 | 3     | 3        | 2        | achieved
        2021-02-01 | 2     | 3        | 2        | achieved
        2021-03-01 | 1     | 3        | 2        | off_track
        2021-05-01 | 2     | 3        | 2        | achieved
    """)


def test_a_declared_trajectory_goes_through_its_points() -> None:
    """Little in the first two years and the rest after them, in straight lines."""
    measured(
        MONEY
        + """
    trajectory:
      - {by: 2021-01-01, value: 0}
      - {by: 2022-12-31, value: 200}
      - {by: 2025-12-31, value: 1000}
        """,
        spending=ONE_PAYMENT,
    ).shows("""
        as_of      | expected
        2022-01-01 | 200*365/729
        2022-12-31 | 200
        2024-07-01 | 200+800*548/1096
        2025-12-31 | 1000
    """)


def test_a_declared_trajectory_of_a_level() -> None:
    """Points replace the straight line from the baseline."""
    measured(
        STOCK
        + """
    trajectory:
      - {by: 2021-01-01, value: 4}
      - {by: 2021-12-31, value: 9}
      - {by: 2025-12-31, value: 10}
        """,
        institutions="""
            recognised_on
            2015-01-01
            2015-01-01
            2015-01-01
            2015-01-01
            2021-03-01
        """,
    ).shows("""
        as_of      | value | expected    | pace         | status
        2021-07-02 | 5     | 6.5         | 1/2.5        | off_track
    """)


def test_few_are_due_in_whole_units() -> None:
    """Of 20 or fewer, only whole ones are due; of 21, fractions are."""
    measured(
        """
        kind: cumulative
        require: {at_least: 20, unit: record}
        query: {flow: institutions, count: records}
        """,
        """
        kind: cumulative
        require: {at_least: 21, unit: record}
        query: {flow: institutions, count: records}
        """,
        institutions="""
            recognised_on
            2021-01-01
        """,
    ).shows("""
        target | as_of      | expected
        goal   | 2022-06-30 | 5
        goal   | 2025-12-30 | 19
        goal   | 2025-12-31 | 20
        goal-2 | 2022-06-30 | 21*546/1826
    """)


@pytest.mark.parametrize(
    ("required", "life", "days"),
    [
        (11, "{start: 2021-01-01, by: 2025-12-31}", 1826),
        (8, "{start: 2018-01-01, by: 2020-12-31}", 1096),
        (7, "{start: 2024-01-01, by: 2028-12-31}", 1827),
    ],
)
def test_a_unit_is_due_on_the_very_day(required: int, life: str, days: int) -> None:
    """Where the days divide into as many parts, each part's last day is due a whole unit more: no
    rounding of a fraction comes in between."""
    from datetime import date, timedelta

    found = measured(
        f"""
        kind: cumulative
        require: {{at_least: {required}, unit: record}}
        query: {{flow: institutions, count: records}}
        """,
        policy=life,
        institutions="""
            recognised_on
            2016-01-01
        """,
    )
    start = date.fromisoformat(life[8:18])
    assert days % required == 0
    for units in range(1, required):
        day = start + timedelta(days=days // required * units - 1)
        found.shows(f"""
            as_of                     | expected
            {day - timedelta(days=1)} | {units - 1}
            {day}                     | {units}
        """)


def test_one_champion_is_not_late_until_the_deadline() -> None:
    """Nothing is due until all of it is; or until the day that was declared."""
    one = """
    kind: cumulative
    require: {at_least: 1, unit: person}
    query: {flow: honours, count: persons, where: "title = '冠军'"}
"""
    by_2023 = "    trajectory: [{by: 2021-01-01, value: 0}, {by: 2023-06-30, value: 1}]\n"
    measured(
        one,
        one + by_2023,
        honours="""
            person | title | awarded_on
            1      | 能手  | 2021-01-01
        """,
    ).shows("""
        target | as_of      | value | expected | status
        goal   | 2025-12-30 | 0     | 0        | on_track
        goal   | 2025-12-31 | 0     | 1        | missed
        goal-2 | 2023-06-29 | 0     | 0        | on_track
        goal-2 | 2023-06-30 | 0     | 1        | off_track
    """)


def test_money_does_not_come_in_whole_units() -> None:
    """What is expected of twenty persons is rounded down to whole ones, of 200,000 yuan it is not."""
    found = measured(
        """
        kind: cumulative
        require: {at_least: 20, unit: 10k CNY}
        query: {flow: spending, sum: amount, per: 10000}
        """,
        """
        kind: cumulative
        require: {at_least: 20, unit: record}
        query: {flow: spending, count: records}
        """,
        spending="""
            amount | paid_on
            50000  | 2021-02-01
        """,
    )
    found.shows("""
        target | as_of      | value | expected    | pace          | status
        goal   | 2021-12-31 | 5     | 20*365/1826 | 5/20*1826/365 | on_track
        goal-2 | 2021-12-31 | 1     | 3           | 1/3           | off_track
    """)
