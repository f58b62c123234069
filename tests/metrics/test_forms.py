"""Forms: what targets have in common is written once, and a mistake is reported where it is written."""

from __future__ import annotations

from fractions import Fraction

import pytest

from etl.errors import MetricsError
from etl.texts import Text
from metrics.catalogue import Measure
from metrics.reader import parse_catalogue
from tests.refusing import is_both

GOOD = """\
units:
  person: {zh: 人, en: persons}
policies:
  quzhou:
    name: {zh: 衢州, en: Quzhou}
    document: {zh: 实施办法, en: Measures}
    area: "330800"
    start: 2021-01-01
    by: 2025-12-31
    forms:
      craftsmen:
        name: {zh: "{zh}", en: "Craftsmen: {en}"}
        means: {zh: "第 {clause} 条的称号", en: Holders of the title}
        clause: "{clause}"
        kind: cumulative
        require: {at_least: "{number}", unit: person}
        counted_per: city
        lead: 市委组织部
        support: "{support}"
        query: {flow: honours, count: persons, where: "title = '{zh}'"}
    targets:
      qz-grand: {form: craftsmen, zh: 大工匠, en: grand, number: 10, clause: "2", support: [市总工会]}
      qz-between:
        name: {zh: 写全的, en: Written in full}
        means: {zh: 人数, en: Persons}
        clause: "3"
        kind: cumulative
        require: {at_least: 1, unit: person}
        counted_per: city
        query: {flow: honours, count: persons}
      qz-young:
        form: craftsmen
        zh: 青年工匠
        en: young
        number: 100/3
        clause: "2"
        support: 团市委
        lead: 团市委
        start: 2022-01-01
"""


def test_a_target_of_a_form_is_the_form_with_its_words() -> None:
    target = parse_catalogue(GOOD).targets["qz-grand"]
    assert target.id == "qz-grand"
    assert target.name == Text("大工匠", "Craftsmen: grand")
    assert target.means.zh == "第 2 条的称号"
    assert target.require.at_least == 10  # one word alone is what is given for it, not text
    assert target.support == ("市总工会",)
    assert target.query == Measure(flow=("honours",), count="persons", where="title = '大工匠'")


def test_its_own_keys_go_before_those_of_the_form() -> None:
    targets = parse_catalogue(GOOD).targets
    assert targets["qz-young"].lead == ("团市委",)
    assert targets["qz-grand"].lead == ("市委组织部",)
    assert targets["qz-young"].start.year == 2022
    assert targets["qz-young"].require.at_least == Fraction(100, 3)


def test_what_replaces_a_part_of_the_form_needs_no_word_of_it() -> None:
    text = GOOD.replace("number: 10,", "require: {at_most: 5, unit: person},")
    assert parse_catalogue(text).targets["qz-grand"].require.at_most == 5


def test_targets_keep_the_order_they_are_written_in() -> None:
    assert list(parse_catalogue(GOOD).targets) == ["qz-grand", "qz-between", "qz-young"]


def test_forms_are_of_one_policy() -> None:
    other = GOOD[GOOD.index("  quzhou:") :].replace("quzhou:", "other:").replace("qz-", "ot-")
    other = other[: other.index("    forms:")] + other[other.index("    targets:") :]
    assert problems(GOOD + other) == (
        f"metrics.yaml:{line(GOOD + other, 'ot-grand')}: policies.other.targets.ot-grand.form:"
        " no form 'craftsmen'; the policy has none",
        f"metrics.yaml:{line(GOOD + other, 'form: craftsmen', last=True)}:"
        " policies.other.targets.ot-young.form: no form 'craftsmen'; the policy has none",
    )


GRAND, YOUNG = "policies.quzhou.targets.qz-grand", "policies.quzhou.targets.qz-young"
FORM = "policies.quzhou.forms.craftsmen"


@pytest.mark.parametrize(
    ("was", "now", "at", "problem"),
    [
        pytest.param(
            "{form: craftsmen", "{form: craftsman", "qz-grand",
            f"{GRAND}.form: no form 'craftsman'; did you mean 'craftsmen'?",
            id="another name",
        ),
        pytest.param(
            "en: grand, ", "", "qz-grand",
            f"{GRAND}: missing 'en', a word of the form 'craftsmen'",
            id="a word missing",
        ),
        pytest.param(
            "en: grand,", "en: grand, lede: 团市委,", "qz-grand",
            f"{GRAND}.lede: unknown key 'lede'; did you mean 'lead'?",
            id="neither a word nor a key",
        ),
        pytest.param(
            "        zh: 青年工匠", "        zh: [青年工匠]", "zh: [青年",
            f"{YOUNG}.zh: expected a text or a number, which stands inside a text",
            id="a list inside a text",
        ),
        pytest.param(
            "number: 10,", "number: ten,", "qz-grand",
            f"{GRAND}.require.at_least: 'ten' is no number; write 40, 2.5 or 100/3",
            id="a word that does not fit",
        ),
        pytest.param(
            'cumulative\n        require: {at_least: "', 'all\n        require: {at_least: "', "all",
            f"{FORM}.kind: 'all' is not allowed here: Input should be 'cumulative', 'annual', 'stock', "
            "'ratio', 'coverage' or 'milestone'",
            id="a mistake in the form, reported once",
        ),
        pytest.param(
            '"{number}", unit: person', '"{number}", unit: persons', "unit: persons",
            f"{FORM}.require.unit: no unit 'persons'; did you mean 'person'?",
            id="a unit without words in the form",
        ),
        pytest.param(
            'at_least: "{number}"', "at_least: {number}", "at_least: {number}",
            f'{FORM}.require.at_least: write the word in quotes: "{{number}}"',
            id="braces without quotes",
        ),
        pytest.param(
            "    forms:\n", "    forms:\n      spare: {lead: 团市委}\n", "spare",
            "policies.quzhou.forms.spare: no target is of this form",
            id="a form without targets",
        ),
        pytest.param(
            "    forms:\n", "    forms:\n      spare: 团市委\n", "spare",
            "policies.quzhou.forms.spare: expected the keys of a target",
            id="a form that is a text",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(was: str, now: str, at: str, problem: str) -> None:
    assert GOOD.count(was) == 1
    text = GOOD.replace(was, now)
    assert f"metrics.yaml:{line(text, at)}: {problem}" in problems(text)


def test_a_mistake_in_a_form_is_reported_once() -> None:
    text = GOOD.replace(
        'require: {at_least: "{number}", unit: person}', "require: {at_least: x, unit: person}"
    )
    text = text.replace("number: 10, ", "").replace("        number: 100/3\n", "")
    assert problems(text) == (
        f"metrics.yaml:{line(text, 'at_least: x')}: {FORM}.require.at_least:"
        " 'x' is no number; write 40, 2.5 or 100/3",
    )


def test_forms_that_are_a_list() -> None:
    text = GOOD.replace("    forms:\n      craftsmen:\n", "    forms:\n      - craftsmen: craftsmen\n")
    at = line(text, "forms:")
    assert problems(text) == (f"metrics.yaml:{at}: policies.quzhou.forms: expected forms by name",)


def test_a_row_written_twice() -> None:
    row = next(row for row in GOOD.splitlines(keepends=True) if "qz-grand" in row)
    text = GOOD.replace(row, row + row)
    at = line(text, "qz-grand") + 1
    assert problems(text) == (f"metrics.yaml:{at}: 'qz-grand' is written twice",)


def problems(text: str) -> tuple[str, ...]:
    """What is wrong with a file."""
    with pytest.raises(MetricsError) as refused:
        parse_catalogue(text)
    assert all(map(is_both, refused.value.problems))
    return tuple(problem.en for problem in refused.value.problems)


def line(text: str, words: str, *, last: bool = False) -> int:
    """The line on which the words stand, for the first or the last time."""
    at = text.rindex(words) if last else text.index(words)
    return text.count("\n", 0, at) + 1
