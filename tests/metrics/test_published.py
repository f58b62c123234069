"""What a snapshot says of a declaration: notes, leads, statements, and records that nothing lists."""

from __future__ import annotations

import pytest

from etl.errors import MetricsError, UnknownNameError
from etl.texts import Text
from metrics import published
from tests.refusing import is_both, refusing
from tests.spec.harness import CODES, measured

SQL = """
    kind: cumulative
    require: {{at_least: 1, unit: record}}
    query: {{sql: "{statement}"}}
"""
COURSES = """
    kind: cumulative
    require: {at_least: 1, unit: record}
    query: {flow: courses, count: records}
"""


def test_notes_of_policy_and_target_are_published() -> None:
    found = measured(
        COURSES + "    note: {zh: 注, en: target's}\n",
        COURSES,
        policy="note: {zh: 政策, en: policy's}",
    )
    (policy,) = published.policies(found.connection)
    assert policy.note == Text("政策", "policy's")
    assert [one.note for one in published.targets(found.connection)] == [Text("注", "target's"), None]


def test_a_policy_without_a_note() -> None:
    (policy,) = published.policies(measured(COURSES).connection)
    assert policy.note is None


def test_several_leads_are_each_an_agency() -> None:
    found = measured(COURSES + "    lead: [市教育局, 市总工会]\n", COURSES + "    lead: 市教育局\n")
    leads = [one.lead for one in published.targets(found.connection)]
    assert leads == [("市教育局", "市总工会"), ("市教育局",)]


def test_records_behind_a_sql_are_refused_in_words() -> None:
    found = measured(
        SQL.format(statement="SELECT place, held_on AS date, 1 AS value FROM competitions"),
        competitions="""
            held_on
            2021-02-01
        """,
    )
    assert published.records(found.connection, "goal").unlisted == ("value",)
    with refusing(UnknownNameError, "goal is counted by `sql:`, which names no records"):
        published.record_rows(found.connection, "goal")


def test_no_records_behind_a_number_is_an_empty_table() -> None:
    found = published.record_rows(measured(COURSES).connection, "goal")
    assert (found.count, found.page(0, 10), list(found.batches())) == (0, [], [])
    assert "course_no" in found.schema.names


def test_a_sql_that_the_warehouse_refuses_names_its_targets() -> None:
    """Every column is there and yet it cannot be run: a place is no number."""
    statement = "SELECT place, held_on AS date, place + 1 AS value FROM competitions"
    with pytest.raises(MetricsError) as refused:
        measured(
            COURSES,
            SQL.format(statement=statement),
            SQL.format(statement=statement),
            competitions="""
                held_on
                2021-02-01
            """,
        )
    assert [one.en.split(": sql: ")[0] for one in refused.value.problems] == ["goal-2", "goal-3"]


@pytest.mark.parametrize(
    "ending", [";", "; ", " -- as the office counts", "; -- as the office counts", " /* : */"]
)
def test_what_ends_a_sql_is_no_part_of_it(ending: str) -> None:
    statement = "SELECT place, held_on AS date, 1 AS value FROM competitions WHERE name <> ' :name'"
    measured(
        SQL.format(statement=statement + ending),
        competitions="""
            name | held_on
            赛   | 2021-02-01
        """,
    ).shows("""
        as_of      | value
        2021-12-31 | 1
    """)


@pytest.mark.parametrize(
    ("area", "problem"),
    [
        ("东莞", "policies.spec.area: no place '东莞'; give an official code such as '441900'"),
        ("9901000", f"policies.spec.area: no place '9901000'; did you mean '{CODES['city']}'?"),
    ],
)
def test_an_area_that_is_no_place(area: str, problem: str) -> None:
    with pytest.raises(MetricsError) as refused:
        measured(COURSES, policy=f"area: '{area}'")
    (said,) = refused.value.problems
    assert said.en == problem
    assert is_both(said)
