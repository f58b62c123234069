"""Specification of comparisons: what changed between two dates, who moved, how sisters do on the mean."""

from __future__ import annotations

from datetime import date

import pytest

from metrics import published
from metrics.comparison import Change, compare, month_before
from metrics.movers import movers
from metrics.peers import mean_of_peers
from tests.spec.harness import CODES, Measured, measured

NAMES = {code: name for name, code in CODES.items()}


def changes(found: Measured, since: str, as_of: str) -> dict[tuple[str, str], Change]:
    """What changed between two dates, by target and name of place."""
    then, now = (
        published.progress(found.connection, as_of=date.fromisoformat(day)) for day in (since, as_of)
    )
    return {(target, NAMES[place]): one for (target, place), one in compare(then, now).items()}


YEARLY = """
    kind: annual
    recurs: yearly
    require: {at_least: 100, unit: record}
    query: {flow: spending, sum: amount}
"""
IN_ALL = """
    kind: cumulative
    require: {at_least: 100, unit: record}
    query: {flow: spending, sum: amount}
"""


def test_a_value_grows_and_a_status_turns() -> None:
    """100 in 1826 days: 60 on the 1095th of them, the last of 2023, are on track; 30 a month before
    are not."""
    found = measured(
        IN_ALL,
        spending="""
            amount | paid_on
            30     | 2021-06-01
            30     | 2023-12-15
            40     | 2024-01-15
        """,
    )
    one = changes(found, "2023-11-30", "2023-12-31")["goal", "city"]
    assert one.then is not None
    assert (one.then.value, one.now.value, one.difference) == (30.0, 60.0, 30.0)
    assert (one.then.status, one.now.status, one.turn) == ("off_track", "on_track", "better")
    one = changes(found, "2023-12-31", "2024-01-31")["goal", "city"]
    assert (one.now.status, one.turn, one.difference) == ("achieved", "better", 40.0)
    one = changes(found, "2022-06-30", "2022-11-30")["goal", "city"]
    assert (one.turn, one.difference) == ("worse", 0.0)
    one = changes(found, "2024-01-31", "2024-02-29")["goal", "city"]
    assert (one.turn, one.difference) == (None, 0.0)


def test_a_new_year_is_neither_better_nor_worse() -> None:
    found = measured(
        YEARLY,
        spending="""
            amount | paid_on
            30     | 2021-06-01
            5      | 2022-01-10
        """,
    )
    one = changes(found, "2021-12-31", "2022-01-31")["goal", "city"]
    assert one.then is not None
    assert (one.then.status, one.now.status) == ("missed", "on_track")
    assert (one.is_anew, one.turn, one.difference) == (True, "other", None)


def test_what_was_not_begun_or_not_known_did_not_turn_better() -> None:
    found = measured(
        IN_ALL,
        spending="""
            amount | paid_on
            100    | 2021-06-01
        """,
    )
    one = changes(found, "2020-12-31", "2021-06-30")["goal", "city"]
    assert one.then is not None
    assert (one.then.status, one.now.status, one.turn) == ("not_started", "achieved", "other")
    (row,) = published.progress(found.connection, place=CODES["city"], as_of=date(2021, 6, 30))
    there_was_none = Change(None, row)
    assert (there_was_none.turn, there_was_none.difference, there_was_none.is_anew) == (
        "other",
        None,
        False,
    )
    unknown = changes(measured(IN_ALL), "2021-05-31", "2021-06-30")["goal", "city"]
    assert (unknown.turn, unknown.difference) == (None, None)


@pytest.mark.parametrize(
    ("day", "before"),
    [("2025-06-30", "2025-05-31"), ("2025-06-01", "2025-05-31"), ("2024-03-31", "2024-02-29"),
     ("2025-01-15", "2024-12-31")],
)  # fmt: skip
def test_a_month_compares_with_the_end_of_the_one_before(day: str, before: str) -> None:
    assert month_before(date.fromisoformat(day)) == date.fromisoformat(before)


def test_places_move_by_the_mean_of_their_ranks() -> None:
    """In 2021 mill has 3, port 2 and ford 1; then ford gets 9 more and port 2. In the second target
    mill and port change places, and ford keeps the last one. Ranks then: mill 1 and 1, port 2 and 2,
    ford 3 and 3. Now: ford 1 and 3, port 2 and 1, mill 3 and 2. Means: mill 1 to 2.5, port 2 to 1.5,
    ford 3 to 2."""
    found = measured(
        IN_ALL,
        """
        kind: cumulative
        require: {at_least: 100, unit: record}
        query: {flow: courses, count: records}
        """,
        YEARLY,
        spending="""
            place | amount | paid_on
            mill  | 3      | 2021-06-01
            port  | 2      | 2021-06-01
            ford  | 1      | 2021-06-01
            ford  | 9      | 2022-01-10
            port  | 2      | 2022-01-10
        """,
        courses="""
            place | published_on
            mill  | 2021-06-01
            mill  | 2021-06-01
            mill  | 2021-06-01
            port  | 2021-06-01
            port  | 2021-06-01
            ford  | 2021-06-01
            port  | 2022-01-10
            port  | 2022-01-10
        """,
    )
    towns = [CODES[name] for name in ("mill", "port", "ford")]
    moved = movers(changes(found, "2021-12-31", "2022-01-31").values(), towns)
    assert [
        (NAMES[one.place], one.then, one.now, one.climbed, one.targets, one.most.now.target)
        for one in moved
    ] == [
        ("ford", 3.0, 2.0, 1.0, 2, "goal"),
        ("port", 2.0, 1.5, 0.5, 2, "goal-2"),
        ("mill", 1.0, 2.5, -1.5, 2, "goal"),
    ]


def test_places_without_ranks_did_not_move() -> None:
    found = measured(
        IN_ALL,
        spending="""
            place | amount | paid_on
            mill  | 3      | 2021-06-01
        """,
    )
    towns = [CODES[name] for name in ("mill", "port", "ford", "hill")]
    moved = movers(changes(found, "2021-06-30", "2021-07-31").values(), towns)
    # West has one town: without sisters there is no rank.
    assert [(NAMES[one.place], one.climbed) for one in moved] == [
        ("mill", 0.0),
        ("port", 0.0),
        ("ford", 0.0),
    ]
    assert movers([], towns) == []


def test_the_mean_of_sisters() -> None:
    """Of amounts, their mean, those with nothing included; of a ratio, the ratio of the whole."""
    found = measured(
        IN_ALL,
        """
        kind: ratio
        require: {at_least: 50, unit: "%"}
        query:
          numerator: {flow: courses, count: records, where: free}
          denominator: {flow: courses, count: records}
        """,
        spending="""
            place | amount | paid_on
            mill  | 30     | 2021-06-01
            port  | 6      | 2021-06-01
        """,
        courses="""
            place | free  | published_on
            mill  | true  | 2021-06-01
            port  | false | 2021-06-01
            port  | false | 2021-06-01
            port  | false | 2021-06-01
        """,
    )
    rows = {
        target: {
            row.place: row
            for row in published.progress(found.connection, target=target, as_of=date(2021, 12, 31))
        }
        for target in ("goal", "goal-2")
    }
    towns = [CODES[name] for name in ("mill", "port", "ford")]
    assert mean_of_peers("cumulative", rows["goal"], towns, CODES["east"]) == 12.0
    assert mean_of_peers("ratio", rows["goal-2"], towns, CODES["east"]) == 25.0
    assert mean_of_peers("ratio", rows["goal-2"], towns, None) is None
    assert mean_of_peers("stock", {}, towns, CODES["east"]) is None
