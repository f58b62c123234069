"""Specification of the outlook: what the window would end with if the last 12 months went on."""

from __future__ import annotations

from datetime import date

import pytest

from metrics import published
from metrics.outlook import behind_by, outlook
from tests.spec.drawing import number
from tests.spec.harness import CODES, Measured, measured

STUDIOS = """
    kind: cumulative
    require: {at_least: 40, unit: record}
    query: {flow: courses, count: records}
"""


def heading(found: Measured, as_of: str, place: str = "city") -> tuple[float, str, bool] | None:
    """Where the goal is heading: the value, the last day, whether it suffices."""
    (row,) = published.progress(
        found.connection, target="goal", place=CODES[place], as_of=date.fromisoformat(as_of)
    )
    ahead = outlook(published.target(found.connection, "goal"), row)
    return None if ahead is None else (ahead.reaches, ahead.by.isoformat(), ahead.suffices)


def by_hand(said: str) -> float:
    """A number worked out in the test."""
    found = number(said)
    assert found is not None
    return found


def courses(*days: str) -> str:
    """One course published on each day."""
    return "published_on\n" + "\n".join(days)


def test_value_and_rate_of_the_last_12_months_to_the_deadline() -> None:
    """18 by the middle of 2024, 12 of them in the last 12 months: one a month. 549 days of 365.25 / 12
    days each are 18.04 months: 36.04, which is 36 whole ones, and 40 are required."""
    earlier = ["2022-03-01"] * 6
    last_year = [f"2023-{month:02d}-15" for month in range(7, 13)]
    this_year = [f"2024-{month:02d}-15" for month in range(1, 7)]
    found = measured(STUDIOS, courses=courses(*earlier, *last_year, *this_year))
    assert (date(2025, 12, 31) - date(2024, 6, 30)).days == 549
    assert heading(found, "2024-06-30") == (36.0, "2025-12-31", False)


def test_a_third_a_month_for_twelve_months_is_four_and_not_three() -> None:
    """A rate of 1/3 is no float: 4 in 12 months, and 1461 days are 48 months: 4 + 16 = 20."""
    found = measured(
        STUDIOS.replace("40", "20"),
        policy="{start: 2021-01-01, by: 2025-12-31}",
        courses=courses(*["2021-06-01"] * 4),
    )
    assert (date(2025, 12, 31) - date(2021, 12, 31)).days == 1461
    assert heading(found, "2021-12-31") == (20.0, "2025-12-31", True)


def test_a_year_ends_with_its_own_window() -> None:
    """1,200 in the last 12 months are 100 a month; 600 this year; 184 days are 6.045 months: 1,204."""
    found = measured(
        """
        kind: annual
        recurs: yearly
        require: {at_least: 1000, unit: record}
        query: {flow: spending, sum: amount}
        """,
        spending="""
            amount | paid_on
            600    | 2022-09-01
            600    | 2023-03-01
        """,
    )
    assert heading(found, "2023-06-30") == (1204.0, "2023-12-31", True)


def test_a_yearly_average_is_that_of_the_whole_life() -> None:
    """Life 2021-01-01 to 2024-12-31: 1461 days, 4 years. By 2022-12-31 come 100, all of them in the last
    12 months; 731 days are left: 100 + 100 / 12 x 731 / 30.4375 = 300.137, a quarter of it a year."""
    found = measured(
        """
        kind: annual
        averaged: true
        recurs: yearly
        require: {at_least: 50, unit: record}
        query: {flow: spending, sum: amount}
        """,
        policy="{start: 2021-01-01, by: 2024-12-31}",
        spending="""
            amount | paid_on
            100    | 2022-05-01
        """,
    )
    said = heading(found, "2022-12-31")
    assert said is not None
    assert said[0] == pytest.approx(by_hand("100/4+100*731/365.25/4"), abs=1e-6)
    assert said[1:] == ("2024-12-31", True)


CAP = """
    kind: annual
    recurs: yearly
    require: {at_most: 12, unit: record}
    query: {flow: courses, count: records}
"""


def test_a_cap_suffices_while_it_is_kept() -> None:
    """10 in the last 12 months, all of this year; 184 days: 10 + 5.04, which breaks a cap of 12."""
    found = measured(CAP, courses=courses(*["2023-02-01"] * 10))
    assert heading(found, "2023-06-30") == (15.0, "2023-12-31", False)
    assert heading(measured(CAP, courses=courses(*["2023-02-01"] * 6)), "2023-06-30") == (
        9.0,
        "2023-12-31",
        True,
    )


def test_more_than_the_upper_end_of_a_range_does_not_suffice() -> None:
    said = STUDIOS.replace("at_least: 40", "between: [6, 8]")
    found = measured(said, courses=courses(*["2024-05-01"] * 4))
    assert heading(found, "2024-12-31") == (7.0, "2025-12-31", True)  # 4 + 4 x 365 / 365.25
    found = measured(said, courses=courses(*["2024-05-01"] * 5))
    assert heading(found, "2024-12-31") == (9.0, "2025-12-31", False)


RATIO = """
    kind: ratio
    {recurs}
    require: {{at_least: 60, unit: "%"}}
    query:
      numerator: {{flow: courses, count: records, where: free}}
      denominator: {{flow: courses, count: records}}
"""
MIXED = """
    free  | published_on
    true  | 2021-03-01
    false | 2021-03-01
    false | 2021-03-01
    false | 2021-03-01
    true  | 2023-03-01
    true  | 2023-03-01
    true  | 2023-03-01
    false | 2023-03-01
"""


def test_a_share_moves_by_points() -> None:
    """25 % at the end of 2022, 50 % a year later: 25 points in 12 months, and 731 days are 24.016."""
    found = measured(RATIO.format(recurs=""), courses=MIXED)
    said = heading(found, "2023-12-31")
    assert said is not None
    assert said[0] == pytest.approx(by_hand("50+25*731/365.25"), abs=1e-6)
    assert said[1:] == ("2025-12-31", True)


def test_a_share_that_is_measured_anew_every_year_heads_nowhere() -> None:
    found = measured(RATIO.format(recurs="recurs: yearly"), courses=MIXED)
    assert heading(found, "2023-06-30") is None


def test_a_share_of_units_ends_at_a_hundred() -> None:
    """None of the five towns in 2021, three in 2022: 60 points in 12 months, and three years to come."""
    found = measured(
        """
        kind: coverage
        require: {at_least: 1, unit: record}
        units: town
        query: {flow: courses, count: records}
        """,
        courses="""
            place | published_on
            mill  | 2022-03-01
            port  | 2022-03-01
            hill  | 2022-03-01
        """,
    )
    assert heading(found, "2022-12-31") == (100.0, "2025-12-31", True)


@pytest.mark.parametrize("as_of", ["2020-12-31", "2025-12-31", "2026-03-31"])
def test_outside_the_window_there_is_nothing_ahead(as_of: str) -> None:
    found = measured(STUDIOS, courses=courses("2021-03-01"))
    assert heading(found, as_of) is None


def test_of_a_milestone_and_of_the_unknown_nothing_is_said() -> None:
    found = measured(
        """
        kind: milestone
        require: {at_least: 1, unit: done}
        """
    )
    assert heading(found, "2022-12-31") is None
    assert heading(measured(STUDIOS), "2022-12-31") is None  # nothing was ever loaded


def test_short_of_what_is_expected_by_now() -> None:
    """Half of the days of 2021 to 2025 are over after 913 of 1826: 20 of 40 are expected, 5 are there."""
    found = measured(STUDIOS, courses=courses(*["2021-03-01"] * 5))
    (row,) = published.progress(
        found.connection, target="goal", place=CODES["city"], as_of=date(2023, 7, 2)
    )
    assert behind_by(row) == by_hand("40*913/1826+-5")
    (row,) = published.progress(
        found.connection, target="goal", place=CODES["city"], as_of=date(2021, 3, 1)
    )
    assert row.expected is not None
    assert row.expected < 5
    assert behind_by(row) is None
    capped = measured(CAP, courses=courses("2023-02-01"))
    (row,) = published.progress(
        capped.connection, target="goal", place=CODES["city"], as_of=date(2023, 6, 30)
    )
    assert behind_by(row) is None
