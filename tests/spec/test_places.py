"""Specification of places: what counts where."""

from __future__ import annotations

from tests.spec.harness import measured

ENROLMENTS = """
    kind: cumulative
    require: {at_least: 100, unit: enrolment}
    query: {flow: trainings, count: records}
"""
PERSONS = """
    kind: cumulative
    require: {at_least: 100, unit: person}
    query: {flow: trainings, count: persons}
"""


def test_a_record_belongs_to_its_place_and_to_all_above_it() -> None:
    """Town to district to city; a town in no district straight to the city."""
    measured(
        ENROLMENTS,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-03-01
            2      | mill  | 2021-03-01
            3      | port  | 2021-03-01
            4      | hill  | 2021-03-01
            5      | lake  | 2021-03-01
        """,
    ).shows("""
        as_of      | place | value
        2021-03-31 | mill  | 2
        2021-03-31 | port  | 1
        2021-03-31 | east  | 3
        2021-03-31 | hill  | 1
        2021-03-31 | west  | 1
        2021-03-31 | lake  | 1
        2021-03-31 | bay   | 0
        2021-03-31 | city  | 5
    """)


def test_what_is_recorded_above_the_towns_counts_there_and_above() -> None:
    """A district's value is what its towns have and what is recorded at the district itself."""
    measured(
        ENROLMENTS,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-03-01
            2      | east  | 2021-03-01
            3      | east  | 2021-03-01
            4      | city  | 2021-03-01
        """,
    ).shows("""
        as_of      | place | value
        2021-03-31 | mill  | 1
        2021-03-31 | port  | 0
        2021-03-31 | east  | 3
        2021-03-31 | west  | 0
        2021-03-31 | city  | 4
    """)


def test_records_from_outside_the_area_count_nowhere_in_it() -> None:
    """Another city's, or the province's own, are not the city's."""
    measured(
        ENROLMENTS,
        trainings="""
            person | place    | completed_on
            1      | mill     | 2021-03-01
            2      | abroad   | 2021-03-01
            3      | province | 2021-03-01
        """,
    ).shows("""
        as_of      | place | value
        2021-03-31 | city  | 1
    """)


def test_persons_are_counted_once_at_every_level() -> None:
    """One person trained five times in three towns: five enrolments, one person in each of the three
    towns, one in each district, one in the city; from the first training on."""
    measured(
        ENROLMENTS,
        PERSONS,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-02-10
            1      | mill  | 2021-05-20
            1      | port  | 2021-05-20
            1      | hill  | 2022-01-05
            1      | hill  | 2023-07-31
        """,
    ).shows("""
        target | as_of      | place | value
        goal   | 2021-02-09 | city  | 0
        goal-2 | 2021-02-09 | city  | 0
        goal   | 2021-02-10 | city  | 1
        goal-2 | 2021-02-10 | city  | 1
        goal-2 | 2021-02-10 | port  | 0
        goal   | 2021-05-20 | city  | 3
        goal-2 | 2021-05-20 | city  | 1
        goal-2 | 2021-05-20 | port  | 1
        goal   | 2023-12-31 | mill  | 2
        goal-2 | 2023-12-31 | mill  | 1
        goal   | 2023-12-31 | port  | 1
        goal-2 | 2023-12-31 | port  | 1
        goal   | 2023-12-31 | east  | 3
        goal-2 | 2023-12-31 | east  | 1
        goal   | 2023-12-31 | hill  | 2
        goal-2 | 2023-12-31 | hill  | 1
        goal   | 2023-12-31 | west  | 2
        goal-2 | 2023-12-31 | west  | 1
        goal   | 2023-12-31 | lake  | 0
        goal-2 | 2023-12-31 | lake  | 0
        goal   | 2023-12-31 | city  | 5
        goal-2 | 2023-12-31 | city  | 1
    """)


def test_persons_recorded_at_the_city_and_in_a_town_are_one() -> None:
    """A person whose records name once a town and once only the city is one person of the city."""
    measured(
        PERSONS,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-02-10
            1      | city  | 2021-02-11
            2      | city  | 2021-02-11
        """,
    ).shows("""
        as_of      | place | value
        2021-02-28 | mill  | 1
        2021-02-28 | city  | 2
    """)


def test_a_persons_first_record_is_its_first_here() -> None:
    """A person counts in each place from the first day there, however early elsewhere."""
    measured(
        PERSONS,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-02-10
            1      | hill  | 2022-09-30
        """,
    ).shows("""
        as_of      | place | value
        2022-09-29 | hill  | 0
        2022-09-29 | west  | 0
        2022-09-30 | hill  | 1
        2022-09-30 | west  | 1
        2022-09-30 | city  | 1
    """)


def test_a_person_seen_before_the_start_counts_when_seen_again() -> None:
    """Only what a person did within the policy's life counts, and then it does count."""
    measured(
        PERSONS,
        trainings="""
            person | place | completed_on
            1      | mill  | 2020-11-11
            1      | mill  | 2021-04-04
            2      | mill  | 2020-11-11
        """,
    ).shows("""
        as_of      | value
        2021-04-03 | 0
        2021-04-04 | 1
        2025-12-31 | 1
    """)


def test_below_the_city_an_additive_value_is_shown_and_not_judged() -> None:
    """With no allocation no requirement and no status is invented; the share of the city's and the
    rank among sisters are shown."""
    measured(
        ENROLMENTS,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-03-01
            2      | mill  | 2021-03-01
            3      | mill  | 2021-03-01
            4      | port  | 2021-03-01
            5      | city  | 2021-03-01
        """,
    ).shows("""
        as_of      | place | value | required | expected | pace | status | share | rank | ranked
        2023-03-01 | mill  | 3     | -        | -        | -    | -      | 60    | 1    | 3
        2023-03-01 | port  | 1     | -        | -        | -    | -      | 20    | 2    | 3
        2023-03-01 | ford  | 0     | -        | -        | -    | -      | 0     | 3    | 3
    """)


def test_equal_sisters_share_a_rank() -> None:
    """Nobody is second by the alphabet; where all sisters are alike, there is no rank."""
    measured(
        ENROLMENTS,
        trainings="""
            person | place | completed_on
            1      | mill  | 2021-03-01
            2      | port  | 2021-03-01
            3      | ford  | 2021-04-01
        """,
    ).shows("""
        as_of      | place | value | rank | ranked
        2021-03-31 | mill  | 1     | 1    | 3
        2021-03-31 | port  | 1     | 1    | 3
        2021-03-31 | ford  | 0     | 3    | 3
        2021-04-30 | mill  | 1     | -    | -
    """)
