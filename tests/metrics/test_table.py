"""metrics.yaml against the table of targets, which was drawn up apart from it, field by field.

`targets.csv` is that table. Where metrics.yaml says otherwise it follows the text of the policy:
`DEVIATIONS` has each such field with its reason, and `ADDED` the targets that the table leaves out.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from etl.settings import PROJECT
from metrics.catalogue import Policy, Target
from metrics.reader import read_catalogue

CATALOGUE = read_catalogue(PROJECT / "metrics.yaml")
#: Columns of the table that are in words only, for whoever writes the query.
IN_WORDS = {"records", "what_counts"}
with Path(__file__).with_name("targets.csv").open(encoding="utf-8", newline="") as opened:
    TABLE = {row["id"]: row for row in csv.DictReader(opened)}

#: By field and reason: what metrics.yaml says, and of which targets. A clause alone means that the
#: text of that clause names these agencies.
DEVIATIONS: dict[tuple[str, str], tuple[str, str]] = {
    ("name_en", "（6） asks for both"): (
        "Taishan school becomes a senior technical and a national key school",
        "jm-taishan-upgrade",
    ),
    ("value", "一 says 1/3"): ("100/3", "dl-high-skilled-share"),
    # Dongguan
    ("lead_agency", "9"): ("市教育局、市人力资源社会保障局", "dg-courses dg-three-libraries"),
    ("support_agencies", "9 has both as leads"): ("", "dg-courses"),
    ("support_agencies", "6"): ("各园区、镇街", "dg-technician-college"),
    ("support_agencies", "8"): (
        "市教育局、市住房城乡建设局、市文化广电旅游体育局、市民政局、市市场监管局、市卫生健康局、市应急管理局、"
        "市总工会、团市委、市妇联、各园区、镇街",
        "dg-training-enrolments",
    ),
    ("support_agencies", "17"): ("市教育局", "dg-evaluation-alliance"),
    ("support_agencies", "19"): ("市教育局、东莞职业技术学院", "dg-talent-map"),
    ("support_agencies", "23"): (
        "市人大、市政协、市委组织部、市委宣传部、市科技局、团市委、市妇联、市总工会",
        "dg-honours-skilled-share",
    ),
    ("lead_agency", "八（一）"): ("市人力资源社会保障局、市教育局", "dg-steering-group"),
    ("support_agencies", "八（一）"): ("各园区、镇街、相关部门", "dg-steering-group"),
    ("support_agencies", "八（四）"): (
        "各园区、镇街、市委宣传部、市水务局、市教育局",
        "dg-skills-festival",
    ),
    # Dalian
    ("support_agencies", "二（二）"): (
        "市委网信办、市教育局、市工业和信息化局、市民政局、市财政局、市住房城乡建设局、市农业农村局、市商务局、"
        "市文化和旅游局、市卫生健康委、市国资委、市总工会、各区市县政府、先导区管委会",
        "dl-manufacturing-talents dl-digital-bases dl-digital-talents dl-care-talents",
    ),
    ("lead_agency", "二（三）"): ("市人力资源社会保障局", "dl-labour-studios"),
    ("support_agencies", "二（三）"): (
        "市教育局、市财政局、市农业农村局、市国资委、市总工会",
        "dl-national-bases dl-provincial-bases dl-base-output dl-national-studios"
        " dl-provincial-stations dl-city-studios dl-studio-output dl-labour-studios",
    ),
    ("support_agencies", "二（四）"): (
        "市教育局、市财政局、市农业农村局、市国资委、市总工会、各区市县政府、先导区管委会",
        "dl-apprentices dl-technicians dl-key-brands dl-district-brands dl-alliances",
    ),
    ("lead_agency", "二（五）"): (
        "市教育局、市人力资源社会保障局",
        "dl-vocational-schools dl-quality-majors",
    ),
    ("support_agencies", "二（五）"): (
        "市委编办、市发展改革委、市财政局、市国资委",
        "dl-vocational-schools dl-quality-majors",
    ),
    ("support_agencies", "四（十）"): (
        "市教育局、市工业和信息化局、市财政局、市农业农村局、市国资委",
        "dl-special-technicians",
    ),
    ("support_agencies", "四（十一）"): ("市市场监管局", "dl-ability-standards"),
    ("support_agencies", "四（十二）"): ("市工业和信息化局、市国资委", "dl-self-evaluation"),
    ("lead_agency", "四（十四）"): (
        "市人力资源社会保障局、市教育局、市工业和信息化局、市农业农村局、市总工会",
        "dl-competitions dl-national-medal",
    ),
    ("support_agencies", "四（十四）"): (
        "市科技局、市民政局、市财政局、市国资委、团市委、市妇联、大连中华职教社、各区市县政府、先导区管委会",
        "dl-competitions dl-national-medal",
    ),
    ("lead_agency", "五（十五）"): (
        "市委组织部、市人力资源社会保障局",
        "dl-craftsmen-biennial dl-craftsmen-total",
    ),
    ("support_agencies", "五（十五）"): (
        "市科技局、市工业和信息化局、市财政局、市农业农村局、市国资委、市总工会、团市委、市妇联、各区市县政府、"
        "先导区管委会",
        "dl-craftsmen-biennial dl-craftsmen-total",
    ),
    ("lead_agency", "六（十八）"): ("市人力资源社会保障局、市财政局", "dl-frontline-education-share"),
    ("support_agencies", "六（十八）"): (
        "市教育局、市国资委、市税务局",
        "dl-frontline-education-share",
    ),
    # Quzhou
    ("support_agencies", "5"): (
        "市总工会、市财政局、各主管部门",
        "qz-city-competition qz-local-competitions",
    ),
    ("support_agencies", "14"): ("市人力社保局、市总工会、团市委、市教育局", "qz-craftsman-day"),
    ("support_agencies", "15, in the text's order"): (
        "市财政局、市人力社保局、市教育局",
        "qz-technician-college qz-brand-majors qz-per-student-funding",
    ),
    ("support_agencies", "附件 13"): ("市教育局、市人力社保局", "qz-annex-13-veterans"),
}
DEVIATING = {
    (target, field): said for (field, _), (said, ids) in DEVIATIONS.items() for target in ids.split()
}

#: Targets that the table does not have, and the words of the policy that set them.
ADDED = {
    "jm-incubation-base": "（6） 建设世界技能竞赛集训基地和技术技能创业孵化基地",
    "dl-shortage-catalogue": "二（二） 发布急需紧缺技能人才职业工种目录",
    "dl-talent-database": "六（十九） 建立高技能人才库",
    "dl-talent-map": "六（十九） 绘制高技能人才行业和区域分布地图",
}


def test_every_target_of_the_table_is_declared_and_no_other_but_the_added() -> None:
    assert set(CATALOGUE.targets) == set(TABLE) | set(ADDED)
    assert not set(TABLE) & set(ADDED)


@pytest.mark.parametrize("target_id", TABLE)
def test_a_target_is_that_of_the_table(target_id: str) -> None:
    target, row = CATALOGUE.targets[target_id], TABLE[target_id]
    said = fields_of(CATALOGUE.policy_of(target_id), target)
    assert set(said) == set(row) - {"id"} - IN_WORDS
    for field, value in said.items():
        expected = DEVIATING.get((target_id, field), row[field])
        assert equal(value, expected), f"{field}: {value!r}, not {expected!r}"


@pytest.mark.parametrize(("target_id", "field"), DEVIATING)
def test_a_deviation_deviates(target_id: str, field: str) -> None:
    assert not equal(DEVIATING[target_id, field], TABLE[target_id][field])


def test_no_field_deviates_twice() -> None:
    assert len(DEVIATING) == sum(len(ids.split()) for _, ids in DEVIATIONS.values())


@pytest.mark.parametrize("policy", CATALOGUE.policies.values(), ids=CATALOGUE.policies)
def test_a_policy_reads_like_its_text(policy: Policy) -> None:
    """Each clause stands in one section; targets follow sections and, in them, clauses."""
    clauses = [clause for section in policy.sections for clause in section.clauses]
    assert len(set(clauses)) == len(clauses)
    named = [target.clause.split("；") for target in policy.targets.values()]
    assert {clause for several in named for clause in several} <= set(clauses)
    order = [clauses.index(first) for first, *_ in named]
    assert order == sorted(order)


@pytest.mark.parametrize("policy", CATALOGUE.policies.values(), ids=CATALOGUE.policies)
def test_every_section_has_a_target(policy: Policy) -> None:
    used = {policy.section_of(target) for target in policy.targets.values()}
    assert used == {section.title for section in policy.sections}


def fields_of(policy: Policy, target: Target) -> dict[str, str]:
    """A target as the table would write it."""
    require = target.require
    return {
        "policy": policy.id,
        "clause": target.clause,
        "name_zh": target.name.zh,
        "name_en": target.name.en,
        "kind": target.kind,
        "direction": require.require,
        "value": str(require.value),
        "value_max": "" if require.between is None else str(require.between[1]),
        "unit": require.unit,
        "start": target.start.isoformat(),
        "by": target.by.isoformat(),
        "recurs": target.recurs,
        "counted_per": target.counted_per,
        "lead_agency": "、".join(target.lead),
        "support_agencies": "、".join(target.support),
    }


def equal(one: str, other: str) -> bool:
    """Whether two cells say the same; 33.33 is not 100/3."""
    try:
        return Fraction(one) == Fraction(other)
    except ValueError:
        return one == other
