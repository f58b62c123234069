"""Specification of annual targets: the measure over the current window."""

from __future__ import annotations

from tests.spec.harness import measured

BUDGET = """
    kind: annual
    recurs: {recurs}
    require: {{at_least: 1000, unit: record}}
    query: {{flow: spending, sum: amount}}
"""


def test_each_calendar_year_begins_anew() -> None:
    """A year's records count in that year only; a year that closed short is missed on its last day,
    and the next year does not carry it."""
    found = measured(
        BUDGET.format(recurs="yearly"),
        spending="""
            amount | paid_on
            600    | 2021-03-01
            500    | 2021-12-31
            100    | 2022-01-01
            850    | 2022-06-30
            1      | 2023-06-30
        """,
    )
    found.shows("""
        as_of      | value | expected     | status    | window_start | window_end
        2021-03-01 | 600   | 1000*60/365  | on_track  | 2021-01-01   | 2021-12-31
        2021-12-30 | 600   | 1000*364/365 | off_track | 2021-01-01   | 2021-12-31
        2021-12-31 | 1100  | 1000         | achieved  | 2021-01-01   | 2021-12-31
        2022-01-01 | 100   | 1000*1/365   | on_track  | 2022-01-01   | 2022-12-31
        2022-06-30 | 950   | 1000*181/365 | on_track  | 2022-01-01   | 2022-12-31
        2022-12-31 | 950   | 1000         | missed    | 2022-01-01   | 2022-12-31
    """)
    found.windows("""
        window_start | window_end | value | required | state
        2021-01-01   | 2021-12-31 | 1100  | 1000     | met
        2022-01-01   | 2022-12-31 | 950   | 1000     | missed
    """)


def test_windows_are_clipped_to_the_life_of_the_policy() -> None:
    """The first window begins with the policy and the last ends with it; what is required of a
    window is not less for being short."""
    found = measured(
        BUDGET.format(recurs="yearly"),
        policy="{start: 2021-07-01, by: 2023-06-30}",
        spending="""
            amount | paid_on
            500    | 2021-06-30
            200    | 2021-07-01
            300    | 2021-12-31
            1000   | 2022-08-01
            700    | 2023-01-15
            200    | 2023-07-01
        """,
    )
    found.shows("""
        as_of      | value | expected     | pace | status
        2021-09-30 | 200   | 1000*92/184  | 2/5  | off_track
        2021-12-31 | 500   | 1000         | 1/2  | missed
        2022-07-31 | 0     | 1000*212/365 | 0    | off_track
        2022-08-01 | 1000  | 1000*213/365 | 365/213 | achieved
        2023-03-31 | 700   | 1000*90/181  | 700/1000*181/90 | on_track
        2023-06-30 | 700   | 1000         | 7/10 | missed
        2023-09-30 | 700   | 1000         | 7/10 | missed
    """)
    found.windows("""
        window_start | window_end | value | state
        2021-07-01   | 2021-12-31 | 500   | missed
        2022-01-01   | 2022-12-31 | 1000  | met
        2023-01-01   | 2023-06-30 | 700   | missed
    """)


def test_windows_of_two_years_are_counted_from_the_year_of_the_start() -> None:
    """From 30 October 2023: 2023 and 2024 are one window, what is left of 2025 and 2026 the next."""
    found = measured(
        BUDGET.format(recurs="every 2 years"),
        policy="{start: 2023-10-30, by: 2025-12-31}",
        spending="""
            amount | paid_on
            400    | 2023-10-29
            400    | 2023-10-30
            600    | 2024-12-31
            300    | 2025-06-01
        """,
    )
    found.shows("""
        as_of      | value | expected     | status    | window_start | window_end
        2023-12-31 | 400   | 1000*63/429  | on_track  | 2023-10-30   | 2024-12-31
        2024-06-30 | 400   | 1000*245/429 | off_track | 2023-10-30   | 2024-12-31
        2024-12-31 | 1000  | 1000         | achieved  | 2023-10-30   | 2024-12-31
        2025-06-01 | 300   | 1000*152/365 | off_track | 2025-01-01   | 2025-12-31
    """)
    found.windows("""
        window_start | window_end | value | state
        2023-10-30   | 2024-12-31 | 1000  | met
    """)


def test_windows_of_three_years() -> None:
    """2024 to 2026 is the first, 2027 and 2028 are the second, cut by the deadline."""
    found = measured(
        BUDGET.format(recurs="every 3 years"),
        policy="{start: 2024-01-01, by: 2028-12-31}",
        spending="""
            amount | paid_on
            900    | 2026-12-31
            1100   | 2027-01-01
            1      | 2028-12-31
        """,
    )
    found.shows("""
        as_of      | value | expected      | status
        2026-12-30 | 0     | 1000*1095/1096 | off_track
        2026-12-31 | 900   | 1000          | missed
        2027-01-01 | 1100  | 1000*1/731    | achieved
    """)
    found.windows("""
        window_start | window_end | value | state
        2024-01-01   | 2026-12-31 | 900   | missed
        2027-01-01   | 2028-12-31 | 1101  | met
    """)


def test_persons_are_distinct_within_a_window() -> None:
    """Trained twice in a year is one person of that year; trained again next year is one of that."""
    found = measured(
        """
        kind: annual
        recurs: yearly
        require: {at_least: 2, unit: person}
        query: {flow: trainings, count: persons}
        """,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-02-01
            1      | port  | 2021-11-30
            2      | mill  | 2021-11-30
            1      | mill  | 2022-01-01
            1      | hill  | 2022-12-31
            3      | mill  | 2023-01-01
        """,
    )
    found.shows("""
        as_of      | place | value
        2021-10-31 | city  | 1
        2021-12-31 | city  | 2
        2021-12-31 | mill  | 2
        2021-12-31 | port  | 1
        2021-12-31 | east  | 2
        2022-01-01 | city  | 1
        2022-12-31 | city  | 1
        2022-12-31 | mill  | 1
        2022-12-31 | hill  | 1
        2022-12-31 | port  | 0
        2023-01-01 | city  | 1
        2023-01-01 | hill  | 0
    """)
    found.windows("""
        window_start | value | state
        2021-01-01   | 2     | met
        2022-01-01   | 1     | missed
    """)


def test_an_average_over_the_years() -> None:
    """Distinct persons since the start, by the years that have passed, of 365.25 days each; the whole
    of the requirement is expected at every date."""
    measured(
        """
        kind: annual
        averaged: true
        recurs: yearly
        require: {at_least: 2, unit: person}
        query: {flow: certifications, count: persons, where: "issuer_type = '公共实训中心'"}
        """,
        certifications="""
            person | issuer_type  | level | issued_on  | revoked_on
            1      | 公共实训中心 | 1     | 2021-02-01 |
            2      | 公共实训中心 | 1     | 2021-12-31 | 2022-01-31
            1      | 公共实训中心 | 2     | 2022-03-01 |
            3      | 公共实训中心 | 1     | 2022-07-01 |
            4      | 企业         | 1     | 2022-07-01 |
        """,
    ).shows("""
        as_of      | value         | expected | pace              | status
        2021-12-30 | 1*365.25/364  | 2        | 1/2*365.25/364    | off_track
        2021-12-31 | 2*365.25/365  | 2        | 365.25/365        | achieved
        2022-12-31 | 3*365.25/730  | 2        | 3/2*365.25/730    | off_track
        2025-12-31 | 3*365.25/1826 | 2        | 3/2*365.25/1826   | missed
        2026-03-31 | 3*365.25/1826 | 2        | 3/2*365.25/1826   | missed
    """)


def test_an_average_is_too_early_to_tell_in_the_first_weeks() -> None:
    """One certificate on the tenth day would be 36 a year, none would be off track: neither says much,
    while less than a tenth of the policy's life has passed."""
    measured(
        """
        kind: annual
        averaged: true
        recurs: yearly
        require: {at_least: 2, unit: person}
        query: {flow: certifications, count: persons}
        """,
        certifications="""
            person | level | issued_on
            1      | 1     | 2024-02-01
        """,
    ).shows("""
        as_of      | value | status
        2021-01-10 | 0     | on_track
        2021-07-01 | 0     | on_track
        2021-07-02 | 0     | off_track
    """)
