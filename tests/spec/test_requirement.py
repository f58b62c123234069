"""Specification of requirements: at least, at most, between."""

from __future__ import annotations

from tests.spec.harness import measured

CAP = """
    kind: annual
    recurs: yearly
    require: {at_most: 20, unit: record}
    query: {flow: spending, sum: amount}
"""
RANGE = """
    kind: cumulative
    require: {between: [50, 100], unit: record}
    query: {flow: spending, sum: amount}
"""


def test_a_cap_is_kept_until_it_is_broken() -> None:
    """20 a year at most: 21 break it from that day to the year's end; it is met when the year has
    closed at 20 or fewer."""
    found = measured(
        CAP,
        spending="""
            amount | paid_on
            5      | 2021-06-01
            15     | 2021-12-20
            1      | 2021-12-31
            20     | 2022-12-31
            3      | 2023-02-01
            1      | 2024-01-01
        """,
    )
    found.shows("""
        as_of      | value | required | percent | status   | to_go | needed_per_month
        2021-06-30 | 5     | 20       | 25      | on_track | -     | -
        2021-12-31 | 21    | 20       | 105     | breached | -     | -
        2022-01-01 | 0     | 20       | 0       | on_track | -     | -
        2022-12-30 | 0     | 20       | 0       | on_track | -     | -
        2022-12-31 | 20    | 20       | 100     | achieved | -     | -
        2023-12-31 | 3     | 20       | 15      | achieved | -     | -
    """)
    found.windows("""
        window_start | window_end | value | state
        2021-01-01   | 2021-12-31 | 21    | missed
        2022-01-01   | 2022-12-31 | 20    | met
        2023-01-01   | 2023-12-31 | 3     | met
    """)


def test_a_cap_used_up_early_is_at_risk() -> None:
    """At risk when more than 1.05 times the share of the year has been used, and at least four fifths
    of the cap. 16 of 20: that is 0.80; 0.80 = 1.05 x 278.1 / 365."""
    measured(
        CAP,
        spending="""
            amount | paid_on
            15     | 2021-02-01
            1      | 2021-03-01
            1      | 2021-12-01
        """,
    ).shows("""
        as_of      | value | status
        2021-02-28 | 15    | on_track
        2021-03-01 | 16    | at_risk
        2021-10-05 | 16    | at_risk
        2021-10-06 | 16    | on_track
        2021-12-01 | 17    | on_track
        2021-12-31 | 17    | achieved
    """)


def test_what_a_cap_still_allows_at_the_date() -> None:
    """The cap's share by then, in no need of whole units."""
    measured(
        CAP,
        spending="""
            amount | paid_on
            1      | 2021-02-01
        """,
    ).shows("""
        as_of      | expected
        2021-07-01 | 20*182/365
        2021-12-31 | 20
    """)


def test_a_cap_of_the_whole_period() -> None:
    """Met when the policy has run out; what comes after it does not break it."""
    measured(
        """
        kind: cumulative
        require: {at_most: 20, unit: record}
        query: {flow: spending, sum: amount}
        """,
        spending="""
            amount | paid_on
            20     | 2025-11-01
            5      | 2026-01-01
        """,
    ).shows("""
        as_of      | value | status
        2025-10-31 | 0     | on_track
        2025-12-30 | 20    | on_track
        2025-12-31 | 20    | achieved
        2026-01-31 | 20    | achieved
    """)


def test_a_range_is_met_when_the_period_closes_inside_it() -> None:
    """Pace is told by the lower end; inside the range it is on track and met at the deadline."""
    measured(
        RANGE,
        spending="""
            amount | paid_on
            40     | 2021-06-01
            20     | 2025-06-01
            40     | 2025-12-31
        """,
    ).shows("""
        as_of      | value | required | required_max | expected      | status
        2022-12-31 | 40    | 50       | 100          | 50*730/1826   | on_track
        2025-05-31 | 40    | 50       | 100          | 50*1612/1826  | at_risk
        2025-06-30 | 60    | 50       | 100          | 50*1642/1826  | on_track
        2025-12-30 | 60    | 50       | 100          | 50*1825/1826  | on_track
        2025-12-31 | 100   | 50       | 100          | 50            | achieved
    """)


def test_a_range_can_be_broken_at_its_upper_end() -> None:
    """At any time, for good while the value stays above."""
    measured(
        RANGE,
        spending="""
            amount | paid_on
            100    | 2021-06-01
            0.5    | 2022-06-01
        """,
    ).shows("""
        as_of      | value | status
        2021-06-01 | 100   | on_track
        2022-06-01 | 100.5 | breached
        2025-12-31 | 100.5 | breached
        2026-05-31 | 100.5 | breached
    """)


def test_a_range_not_reached_is_missed() -> None:
    """At the deadline with less than the lower end."""
    measured(
        RANGE,
        spending="""
            amount | paid_on
            49     | 2021-06-01
        """,
    ).shows("""
        as_of      | value | status
        2025-12-30 | 49    | on_track
        2025-12-31 | 49    | missed
    """)


def test_at_least_is_met_when_it_is_reached() -> None:
    """Exactly reached is met, and long before the deadline too."""
    measured(
        """
        kind: cumulative
        require: {at_least: 100, unit: record}
        query: {flow: spending, sum: amount}
        """,
        spending="""
            amount | paid_on
            99.5   | 2021-02-01
            0.5    | 2021-02-02
        """,
    ).shows("""
        as_of      | value | status   | to_go | needed_per_month
        2021-02-01 | 99.5  | on_track | 0.5   | 0.5*30.4375/1794
        2021-02-02 | 100   | achieved | 0     | -
    """)
