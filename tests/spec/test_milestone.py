"""Specification of milestones: recorded as achieved, or not."""

from __future__ import annotations

from tests.spec.harness import measured

FOUNDED = """
    kind: milestone
    require: {at_least: 1, unit: done}
"""


def test_achieved_from_its_day_on() -> None:
    """1 if recorded as achieved on or before the day, else 0; not late before its deadline."""
    measured(
        FOUNDED,
        milestones="""
            achieved_on
            2022-05-18
        """,
    ).shows("""
        as_of      | value | status
        2020-06-30 | 0     | not_started
        2021-01-01 | 0     | on_track
        2022-05-17 | 0     | on_track
        2022-05-18 | 1     | achieved
        2026-03-31 | 1     | achieved
    """)


def test_each_milestone_has_records_of_its_own() -> None:
    """Another target's record is not this one's; two records of one are still one."""
    measured(
        FOUNDED,
        FOUNDED,
        milestones="""
            target_id | achieved_on
            goal-2    | 2022-05-18
            goal-2    | 2022-06-18
        """,
    ).shows("""
        target | as_of      | value | status
        goal   | 2022-12-31 | 0     | on_track
        goal-2 | 2022-12-31 | 1     | achieved
    """)


def test_missed_at_the_deadline_and_late_afterwards() -> None:
    """Recorded after `by`, a milestone reads achieved with the note `late` and its date, and nothing is
    left to do; its value stays that of the deadline."""
    measured(
        FOUNDED,
        milestones="""
            achieved_on
            2026-02-03
        """,
    ).shows("""
        as_of      | value | to_go | status   | note | noted_on
        2025-12-30 | 0     | 1     | on_track | -    | -
        2025-12-31 | 0     | 1     | missed   | -    | -
        2026-02-02 | 0     | 1     | missed   | -    | -
        2026-02-03 | 0     | 0     | achieved | late | 2026-02-03
        2026-05-31 | 0     | 0     | achieved | late | 2026-02-03
    """)


def test_before_the_start_it_may_have_been_achieved() -> None:
    """Recorded as achieved on or before the day: however long ago."""
    measured(
        FOUNDED,
        milestones="""
            achieved_on
            2019-11-11
        """,
    ).shows("""
        as_of      | value | status
        2021-01-01 | 1     | achieved
    """)
