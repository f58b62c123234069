"""What `milepost check` refuses: each mistake with its line, its key and what would be right."""

from __future__ import annotations

import pytest

from etl.errors import MetricsError
from metrics.reader import parse_catalogue
from tests.refusing import is_both

HEAD = """\
units:
  person: {zh: 人, en: persons}
  "%": {zh: "%", en: "%"}
policies:
  city:
    name: {zh: 市, en: City}
    document: {zh: 文件, en: Document}
    area: "441900"
    start: 2021-01-01
    by: 2025-12-31
    targets:
      goal:
        name: {zh: 目标, en: Goal}
        means: {zh: 人数, en: Persons}
        clause: "1"
        counted_per: city
"""
GOAL = "policies.city.targets.goal"
FLOW = "kind: cumulative; require: {at_least: 1, unit: person}"
RATE = "kind: annual; recurs: yearly; require: {at_least: 1, unit: person}"
COVERAGE = "kind: coverage; require: {at_least: 1, unit: person}"
STOCK = "kind: stock; require: {at_least: 1, unit: person}"
QUERY = "query: {flow: trainings, count: records}"
RATIO = (
    "kind: ratio; require: {at_least: 1, unit: '%'};"
    " query: {numerator: {stock: honours, count: records}, denominator: {statistic: 就业人员数}}"
)
NO_TEXT = "a key that is no text to YAML (a number, a date, yes, no, on): write it in quotes"
TRAINED = "query: {stock: trainings, count: persons, where: \"institution.level = 'city'\"}"
DONE = "kind: milestone; require: {at_least: 1, unit: person}"


def target(*said: str) -> str:
    """A file with one target that says so, one key a line."""
    lines = [line.strip() for part in said for line in part.split(";")]
    return HEAD + "".join(f"        {line}\n" for line in lines)


def where(condition: str, dataset: str = "trainings") -> str:
    """The query of what meets a condition."""
    return f'query: {{flow: {dataset}, count: records, where: "{condition}"}}'


def sql(statement: str) -> str:
    """The query of a statement."""
    return f'query: {{sql: "{statement}"}}'


def problems(text: str) -> list[str]:
    """What is wrong with a file, line by line; nothing if it is read."""
    try:
        parse_catalogue(text)
    except MetricsError as error:
        assert all(map(is_both, error.problems))
        return [problem.en for problem in error.problems]
    return []


def line(text: str, words: str) -> int:
    """The line on which the words first stand."""
    return text.count("\n", 0, text.index(words)) + 1


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        # conditions
        ((FLOW, where("level >= 3 order by 1 limit 2")),
         "query.where: not one condition and nothing else: 'level >= 3 order by 1 limit 2'"),
        ((FLOW, where("level >= 3 group by 1")),
         "query.where: not one condition and nothing else: 'level >= 3 group by 1'"),
        ((FLOW, where("level >= 3) or (1 = 1")),
         "query.where: not a condition: 'level >= 3) or (1 = 1'"),
        ((FLOW, "query: {flow: trainings, count: records, where: {certifications: 'level >= 3'}}"),
         "query.where: the query does not read 'certifications' (there are trainings)"),
        ((FLOW, "query: {flow: trainings, count: records, where: 3}"),
         'query.where: expected a condition such as "level >= 3", or one for each dataset'),
        ((FLOW, where("result = 'passed'")),
         "query.where: 'passed' is no value of 'result' (there are 合格, 不合格)"),
        ((FLOW, where("hours between symmetric 9 and 1")), "query.where: '(hours BETWEEN 9 AND 1 OR"
         " hours BETWEEN 1 AND 9)' is not allowed in a condition"),
        ((FLOW, where("competition.levl = 'city'", "competition_awards")),
         "query.where: competitions has no field 'levl'; did you mean 'level'?"),
        ((FLOW, where("competitions.level = 'city'", "competition_awards")), "query.where:"
         " competition_awards has no field 'competitions.level'; did you mean 'competition.level'?"),
        ((FLOW, where("competition.held_on = awarded_on", "competition_awards")), "query.where:"
         " 'competition.held_on = awarded_on': compare a field of 'competition' with a value"),
        ((STOCK, "query: {stock: certifications, count: persons, where: 'level = 3'}"), "query.where:"
         " a stock of persons goes by the highest level held: use level only as level >= n"),
        # measures
        ((FLOW, "query: {flow: spending, sum: amount, per: 0}"), "query.per: must be above 0"),
        ((FLOW, "query: {flow: spending, count: records, per: 10}"),
         "query.per: divides a sum; without sum it does nothing"),
        ((FLOW, "query: {flow: [spending, spending], count: records}"),
         "query.flow: a dataset is named twice"),
        ((FLOW, "query: {flow: spending, sum: amuont}"),
         "query.sum: spending has no number 'amuont'; did you mean 'amount'?"),
        # sql
        ((FLOW, sql("SELECT place, held_n AS date, 1 AS value FROM competitions")),
         "query.sql: no column 'held_n' in the tables that it reads; did you mean 'held_on'?"),
        ((FLOW, sql("SELECT place, held_on AS date, 1 AS value FROM compettions")),
         "query.sql: no dataset 'compettions'; did you mean 'competitions'?"),
        ((FLOW, sql("SELECT place, held_on AS date, 1 AS value FROM competitions"
                    " JOIN competition_awards USING (competition_no)")),
         "query.sql: column 'place': write the table that it is of before it"),
        ((FLOW, sql("SELECT * FROM competitions")),
         "query.sql: must select place, date and value in this order, not *"),
        # units
        ((COVERAGE, QUERY, "units: {field: clutser, values: [a]}"),
         "units: trainings has no text field 'clutser'; did you mean 'course'?"),
        ((COVERAGE, QUERY, "units: {field: hours, values: [a]}"),
         "units: trainings has no text field 'hours'; did you mean 'course'?"),
        ((COVERAGE, QUERY.replace("trainings", "spending"), "units: {institutions: \"type = '基地'\"}"),
         "units: spending has no text field 'institution_no' (there are payment_no, item, payee_type)"),
        ((COVERAGE, "query: {statistic: 就业人员数}", "units: {field: sector, values: [a]}"),
         "units: need a query that counts records: flow or stock"),
        ((COVERAGE, QUERY, "units: {institutions: \"type = '基地'\", values: [a]}"),
         "units.values: institutions in force are the units: list no values"),
        ((COVERAGE, QUERY, "units: {field: sector}"),
         "units: a field's units need their values listed"),
        ((COVERAGE, QUERY, "units: village"),
         "units: 'village' is no level of places (there are town, district, city)"),
        ((COVERAGE, QUERY, "units: {feild: sector}"),
         "units.feild: unknown key 'feild'; did you mean 'field'?"),
        # keys that do not go with the kind
        ((FLOW, QUERY, "averaged: true"), "averaged: only an annual target is averaged over the years"),
        ((FLOW, QUERY, "recurs: yearly"),
         "recurs: a cumulative target is not measured anew in windows of time"),
        ((STOCK, "query: {stock: honours, count: records}", "recurs: yearly"),
         "recurs: a stock target is not measured anew in windows of time"),
        ((DONE, "recurs: yearly"),
         "recurs: a milestone target is not measured anew in windows of time"),
        ((FLOW, QUERY, "share: 80"), "share: only a coverage has a share of units to reach"),
        ((COVERAGE, QUERY, "units: town", "share: 101"),
         "share: is a share of the units: above 0 and at most 100"),
        ((COVERAGE, QUERY, "units: town", "share: 0"),
         "share: is a share of the units: above 0 and at most 100"),
        ((RATE, QUERY, "baseline: 3"), "baseline: an annual target begins at 0"),
        (("kind: milestone", "require: {at_least: 2, unit: person}"),
         "require: a milestone is done or not: at_least 1"),
        (("kind: milestone", "require: {at_most: 1, unit: person}"),
         "require: a milestone is done or not: at_least 1"),
        ((RATIO, "units: town"), "units: a coverage, and only a coverage, has units"),
        # ids
        ((FLOW, QUERY, "id: goal"), "id: the key above is the id: leave this out"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_target(said: tuple[str, ...], problem: str) -> None:
    text = target(*said)
    key = problem.split(":")[0].split(".")[0]
    where_it_stands = line(text, f"        {key}: ")
    assert problems(text) == [f"metrics.yaml:{where_it_stands}: {GOAL}.{problem}"]


@pytest.mark.parametrize(
    "said",
    [
        (FLOW, QUERY),
        (RATE, QUERY),
        (COVERAGE, QUERY, "units: town"),
        (RATIO,),
        (DONE,),
        (STOCK, TRAINED),
    ],
)
def test_what_is_right_is_read(said: tuple[str, ...]) -> None:
    assert problems(target(*said)) == []


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("{name: ratio, on_track: 0.7, at_risk: 0.8}",
         "on_track (7/10) must be a pace no lower than at_risk (4/5)"),
        ("{on_track: 0.7}", "on_track (7/10) must be a pace no lower than at_risk (4/5)"),
        ("{name: calendar-points, on_track: 30, at_risk: 10}",
         "on_track (30) must be no more points behind than at_risk (10)"),
    ],
)  # fmt: skip
def test_thresholds_that_are_not_in_order(rule: str, problem: str) -> None:
    text = target(FLOW, QUERY).replace("    targets:\n", f"    status: {rule}\n    targets:\n")
    assert problems(text) == [f"metrics.yaml:11: policies.city.status: {problem}"]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("{dataset: traning, from: town, every: month}",
         "11: policies.city.expects.0.dataset: no dataset of records 'traning'; did"
         " you mean 'trainings'?"),
        ("{dataset: [trainings, allocations], from: town, every: month}",
         "11: policies.city.expects.0.dataset: no dataset of records 'allocations'; did"
         " you mean 'certifications'?"),
        ("{dataset: trainings, from: twon, every: month}",
         "11: policies.city.expects.0.from: 'twon' is neither a level of places nor the code of a"
         " place; did you mean 'town'?"),
        ("{dataset: trainings, from: town, every: week}",
         "11: policies.city.expects.0.every: 'week' is not allowed here: Input should be 'month',"
         " 'quarter' or 'year'"),
        ("{dataset: trainings, form: town, every: month}",
         "11: policies.city.expects.0.form: unknown key 'form'; did you mean 'from'?"),
        ("{dataset: trainings, from: town, every: month, since: 2026-01-01}",
         "11: policies.city.expects.0.since: after the policy's by"),
        ("{dataset: [trainings, courses, trainings], from: town, every: month}",
         "11: policies.city.expects.0: trainings from town is declared above"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_expected_report(entry: str, problem: str) -> None:
    expects = f"    expects: [{entry}]\n    targets:\n"
    found = problems(target(FLOW, QUERY).replace("    targets:\n", expects))
    if "form:" in entry:
        assert found.pop() == "metrics.yaml:11: policies.city.expects.0: missing 'from'"
    assert found == [f"metrics.yaml:{problem}"]


def test_an_id_inside_a_policy() -> None:
    text = target(FLOW, QUERY).replace("    targets:\n", "    id: town\n    targets:\n")
    assert problems(text) == [
        "metrics.yaml:11: policies.city.id: the key above is the id: leave this out"
    ]


def test_a_coverage_without_words_for_percent() -> None:
    text = target(COVERAGE, QUERY, "units: town").replace('  "%": {zh: "%", en: "%"}\n', "")
    assert problems(text) == ['metrics.yaml:1: units: no words for "%", in which a coverage is told']


def test_clauses_and_sections_go_together() -> None:
    sections = """\
    sections:
      - clauses: ["2", "3"]
        title: {zh: 一, en: I}
    targets:
"""
    text = (
        target(FLOW, QUERY).replace("    targets:\n", sections).replace('clause: "1"', 'clause: "1；2"')
    )
    assert problems(text) == [
        "metrics.yaml:12: policies.city.sections.0.clauses: no target is of the clause '3'",
        f"metrics.yaml:18: {GOAL}.clause: no section has the clause '1' (there are 2, 3)",
    ]


def test_all_problems_at_once() -> None:
    """Also those between declarations, which need no more than the names: units, ids, clauses."""
    text = target(FLOW.replace("person", "persn"), QUERY, "averaged: true; share: 7; lede: 市")
    text += """\
  other:
    name: {zh: 市, en: City}
    document: {zh: 文件, en: Document}
    area: 441900
    by: 2025-12-31
    targets:
      goal: {kind: cumulative}
"""
    assert problems(text) == [
        f"metrics.yaml:18: {GOAL}.require.unit: no unit 'persn'; did you mean 'person'?",
        f"metrics.yaml:22: {GOAL}.lede: unknown key 'lede'; did you mean 'lead'?",
        "metrics.yaml:23: policies.other: missing 'start'",
        "metrics.yaml:26: policies.other.area: Input should be a valid string",
        "metrics.yaml:29: policies.other.targets.goal: already declared in city",
        "metrics.yaml:29: policies.other.targets.goal: missing 'clause'",
        "metrics.yaml:29: policies.other.targets.goal: missing 'counted_per'",
        "metrics.yaml:29: policies.other.targets.goal: missing 'means'",
        "metrics.yaml:29: policies.other.targets.goal: missing 'name'",
        "metrics.yaml:29: policies.other.targets.goal: missing 'require'",
    ]
    text = target(STOCK, QUERY, "averaged: true; share: 7")
    assert problems(text) == [
        f"metrics.yaml:19: {GOAL}.query: a stock target counts a stock",
        f"metrics.yaml:20: {GOAL}.averaged: only an annual target is averaged over the years",
        f"metrics.yaml:21: {GOAL}.share: only a coverage has a share of units to reach",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "metrics.yaml:1: expected keys and their values"),
        ("policies: []\n", "metrics.yaml:1: policies: expected keys and their values"),
        (target(FLOW, QUERY).replace("      goal:", "      7:"),
         f"metrics.yaml:11: policies.city.targets.7: {NO_TEXT}"),
        (target(FLOW, QUERY, "trajectory: [{on: 2022-01-01, value: 1, by: 2023-01-01}]"),
         f"metrics.yaml:20: {GOAL}.trajectory.0: {NO_TEXT}"),
        (target(FLOW, QUERY).replace("    targets:", "    sections: [{titel: x}]\n    targets:"),
         "metrics.yaml:11: policies.city.sections.0.titel: unknown key 'titel'; did you mean 'title'?"),
        (target(RATIO.replace("numerator", "numertor")),
         f"metrics.yaml:19: {GOAL}.query.numertor: unknown key 'numertor'; did you mean 'numerator'?"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_right_form(text: str, problem: str) -> None:
    assert problem in problems(text)


def test_one_target_under_two_names() -> None:
    """YAML hands the same content to both; each keeps its own id."""
    text = target(FLOW, QUERY).replace("      goal:", "      goal: &goal") + "      other: *goal\n"
    read = parse_catalogue(text)
    assert {name: one.id for name, one in read.targets.items()} == {"goal": "goal", "other": "other"}
