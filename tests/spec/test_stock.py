"""Specification of stocks: what is in force at the date."""

from __future__ import annotations

from tests.spec.harness import measured

BASES = """
    kind: stock
    require: {at_least: 20, unit: record}
    query: {stock: institutions, count: records}
"""
HIGH_SKILLED = """
    kind: stock
    require: {at_least: 20, unit: person}
    query: {stock: certifications, count: persons, where: "level >= 3"}
"""
SKILLED = """
    kind: stock
    require: {at_least: 20, unit: person}
    query: {stock: certifications, count: persons}
"""


def test_what_began_before_the_start_counts_and_what_ended_does_not() -> None:
    """In force: began on or before the day and not ended by it. On its `revoked_on` it has left."""
    measured(
        BASES,
        institutions="""
            place | recognised_on | revoked_on
            mill  | 2010-05-01    |
            mill  | 2019-01-01    | 2021-03-15
            port  | 2021-03-16    |
            hill  | 2018-01-01    | 2020-12-31
            hill  | 2018-01-01    | 2021-01-01
            lake  | 2022-01-01    | 2022-01-02
        """,
    ).shows("""
        as_of      | place | value
        2020-12-30 | city  | 4
        2020-12-31 | city  | 3
        2021-01-01 | city  | 2
        2021-01-01 | mill  | 2
        2021-03-14 | city  | 2
        2021-03-15 | city  | 1
        2021-03-16 | city  | 2
        2021-03-16 | port  | 1
        2021-03-16 | mill  | 1
        2021-03-16 | hill  | 0
        2022-01-01 | city  | 3
        2022-01-02 | city  | 2
    """)


def test_the_stock_is_that_of_the_deadline_once_it_has_passed() -> None:
    """After `by` nothing that begins or ends changes the value."""
    measured(
        BASES,
        institutions="""
            recognised_on | revoked_on
            2021-05-01    | 2026-02-01
            2026-01-01    |
        """,
    ).shows("""
        as_of      | value | status
        2025-12-31 | 1     | missed
        2026-03-31 | 1     | missed
    """)


def test_highest_level_held_at_the_date_decides() -> None:
    """Upgrades, a revocation that throws back to the level below, a certificate issued anew."""
    measured(
        HIGH_SKILLED,
        SKILLED,
        certifications="""
            person | place | level | issued_on  | revoked_on
            1      | mill  | 2     | 2020-01-01 |
            1      | mill  | 3     | 2021-06-01 |
            2      | mill  | 2     | 2018-01-01 |
            2      | mill  | 3     | 2019-01-01 | 2021-09-01
            3      | mill  | 3     | 2021-02-01 | 2022-02-01
            3      | port  | 3     | 2022-02-01 |
            4      | hill  | 4     | 2015-01-01 | 2020-12-31
        """,
    ).shows("""
        target | as_of      | place | value
        goal   | 2021-01-01 | city  | 1
        goal-2 | 2021-01-01 | city  | 2
        goal   | 2021-02-01 | city  | 2
        goal-2 | 2021-02-01 | city  | 3
        goal   | 2021-05-31 | city  | 2
        goal   | 2021-06-01 | city  | 3
        goal-2 | 2021-06-01 | city  | 3
        goal   | 2021-08-31 | city  | 3
        goal   | 2021-09-01 | city  | 2
        goal-2 | 2021-09-01 | city  | 3
        goal   | 2022-01-31 | mill  | 2
        goal   | 2022-02-01 | mill  | 1
        goal-2 | 2022-02-01 | mill  | 2
        goal   | 2022-02-01 | port  | 1
        goal   | 2022-02-01 | east  | 2
        goal   | 2022-02-01 | city  | 2
        goal   | 2022-02-01 | hill  | 0
    """)


def test_a_gap_between_two_certificates_is_a_gap() -> None:
    """From the revocation to the new issue the person is in no stock."""
    measured(
        SKILLED,
        certifications="""
            person | level | issued_on  | revoked_on
            1      | 1     | 2021-01-01 | 2021-05-10
            1      | 1     | 2021-06-20 |
        """,
    ).shows("""
        as_of      | value
        2021-05-09 | 1
        2021-05-10 | 0
        2021-06-19 | 0
        2021-06-20 | 1
    """)


def test_a_person_with_certificates_in_two_towns_is_one_of_the_city() -> None:
    """The city keeps the person until the last certificate ends; overlaps count once."""
    measured(
        SKILLED,
        certifications="""
            person | place | level | issued_on  | revoked_on
            1      | mill  | 1     | 2021-01-01 | 2021-05-10
            1      | hill  | 1     | 2021-03-01 | 2021-08-10
            1      | hill  | 2     | 2021-04-01 | 2021-07-10
        """,
    ).shows("""
        as_of      | place | value
        2021-04-30 | city  | 1
        2021-04-30 | mill  | 1
        2021-04-30 | hill  | 1
        2021-05-10 | city  | 1
        2021-05-10 | mill  | 0
        2021-07-10 | hill  | 1
        2021-08-09 | city  | 1
        2021-08-10 | city  | 0
        2021-08-10 | hill  | 0
    """)


def test_honours_and_courses_end_too() -> None:
    """An honour ends on its `ended_on`, a course on its `withdrawn_on`."""
    measured(
        """
        kind: stock
        require: {at_least: 20, unit: person}
        query: {stock: honours, count: persons, where: "title = '工匠'"}
        """,
        """
        kind: stock
        require: {at_least: 20, unit: record}
        query: {stock: courses, count: records}
        """,
        honours="""
            person | title | awarded_on | ended_on
            1      | 工匠  | 2019-01-01 | 2021-06-30
            1      | 工匠  | 2021-03-01 |
            2      | 工匠  | 2020-01-01 | 2021-06-30
            3      | 能手  | 2020-01-01 |
        """,
        courses="""
            published_on | withdrawn_on
            2019-01-01   | 2021-06-30
            2019-01-01   |
        """,
    ).shows("""
        target | as_of      | value
        goal   | 2021-06-29 | 2
        goal   | 2021-06-30 | 1
        goal-2 | 2021-06-29 | 2
        goal-2 | 2021-06-30 | 1
    """)


def test_the_records_behind_a_stock_are_those_in_force() -> None:
    """Their distinct persons are the value."""
    found = measured(
        HIGH_SKILLED,
        certifications="""
            person | place | level | issued_on  | revoked_on
            1      | mill  | 3     | 2020-01-01 |
            1      | mill  | 4     | 2020-01-01 |
            2      | mill  | 3     | 2020-01-01 | 2021-01-31
            3      | mill  | 2     | 2020-01-01 |
            4      | hill  | 3     | 2021-02-01 |
        """,
    )
    assert {row["person"] for row in found.behind("2021-01-31")} == {"hash of 1"}
    assert len(found.behind("2021-01-31")) == 2
    assert {row["person"] for row in found.behind("2021-02-01")} == {"hash of 1", "hash of 4"}
    assert {row["person"] for row in found.behind("2021-02-01", "west")} == {"hash of 4"}


def test_a_stock_given_as_sql_is_what_its_rows_add_up_to() -> None:
    """Each row is what a day adds at a place or takes away; however long before the start it was."""
    measured(
        """
        kind: stock
        require: {at_least: 3, unit: record}
        query:
          sql: |
            -- A base counts for its capacity in hundreds.
            SELECT place, recognised_on AS date, capacity / 100 AS value FROM institutions
            UNION ALL
            SELECT place, revoked_on, -capacity / 100 FROM institutions;
        """,
        institutions="""
            place | capacity | recognised_on | revoked_on
            mill  | 100      | 2015-01-01    |
            hill  | 200      | 2021-03-01    | 2022-01-01
        """,
    ).shows("""
        as_of      | place | value | baseline | status
        2021-01-31 | city  | 1     | 1        | off_track
        2021-12-31 | city  | 3     | 1        | achieved
        2022-06-30 | city  | 1     | 1        | off_track
        2021-12-31 | mill  | 1     | -        | -
    """)


def test_titles_have_a_level_of_government_and_no_skill_level() -> None:
    """Only a skill level is bound to `level >= n` in a stock of persons."""
    measured(
        """
        kind: stock
        require: {at_least: 3, unit: person}
        query: {stock: honours, count: persons, where: "level = 'city'"}
        """,
        honours="""
            person | level    | awarded_on
            1      | city     | 2019-01-01
            1      | city     | 2020-01-01
            2      | province | 2020-01-01
        """,
    ).shows("""
        as_of      | value
        2021-01-31 | 1
    """)
