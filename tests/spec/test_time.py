"""Specification of time: when a record counts."""

from __future__ import annotations

from datetime import date

from tests.spec.harness import TODAY, measured

STUDIOS = """
    kind: cumulative
    require: {at_least: 100, unit: record}
    query: {flow: institutions, count: records}
"""


def test_a_record_counts_from_its_own_day_on() -> None:
    """As-of is inclusive: what happens on a day counts on that day, and not on the day before."""
    measured(
        STUDIOS,
        institutions="""
            recognised_on
            2021-05-09
            2021-05-10
            2021-05-10
        """,
    ).shows("""
        as_of      | value
        2021-05-08 | 0
        2021-05-09 | 1
        2021-05-10 | 3
        2021-05-31 | 3
    """)


def test_start_and_by_are_inclusive() -> None:
    """A policy runs from `start` to `by`, both days included; what lies outside is not its doing."""
    measured(
        STUDIOS,
        institutions="""
            recognised_on
            2020-12-31
            2021-01-01
            2025-12-31
            2026-01-01
        """,
    ).shows("""
        as_of      | value
        2020-12-31 | 0
        2021-01-01 | 1
        2025-12-30 | 1
        2025-12-31 | 2
        2026-01-01 | 2
        2026-06-30 | 2
    """)


def test_a_leap_day_is_a_day() -> None:
    """A record of 29 February counts on 29 February, and is not yet there on the 28th."""
    measured(
        STUDIOS,
        institutions="""
            recognised_on
            2024-02-28
            2024-02-29
            2024-03-01
        """,
    ).shows("""
        as_of      | value
        2024-02-28 | 1
        2024-02-29 | 2
        2024-03-01 | 3
    """)


def test_by_default_as_of_is_the_last_day_that_records_reach() -> None:
    """Whatever dataset the last record is in, and whether or not a target reads it."""
    found = measured(
        STUDIOS,
        institutions="""
            recognised_on
            2021-05-09
        """,
        spending="""
            amount | paid_on
            10     | 2021-07-04
        """,
    )
    assert found.default_date() == date(2021, 7, 4)
    found.shows("""
        as_of | value | expected
              | 1     | 100*185/1826
    """)


def test_statistics_do_not_carry_the_as_of_date() -> None:
    """The year that a statistic is about ends when the calendar says, not when something happened."""
    found = measured(
        STUDIOS,
        institutions="""
            recognised_on
            2021-05-09
        """,
        statistics="""
            indicator  | period | period_end | value
            就业人员数 | 2021   | 2021-12-31 | 100
        """,
    )
    assert found.default_date() == date(2021, 5, 9)


def test_records_from_elsewhere_do_not_carry_the_as_of_date() -> None:
    """Only records of the policy's own area do."""
    found = measured(
        STUDIOS,
        institutions="""
            place  | recognised_on
            hill   | 2021-05-09
            abroad | 2022-08-01
        """,
    )
    assert found.default_date() == date(2021, 5, 9)


def test_as_of_is_never_later_than_today() -> None:
    """A record dated in the future does not pull the date there."""
    found = measured(
        STUDIOS,
        institutions="""
            recognised_on
            2021-05-09
            2031-01-01
        """,
    )
    as_of = found.default_date()
    assert as_of is not None
    assert as_of <= TODAY
