"""Dongguan's 27 targets."""

from tests.oracle.goals import (
    annual,
    at_least,
    averaged,
    contains,
    coverage,
    cumulative,
    institutions,
    milestone,
    persons,
    policy,
    ratio,
    rows,
    stock,
)

_CHAMPION = "世界技能大赛冠军"
_HELD = persons("certifications")
_GIVEN = rows("honours", level="city")


DONGGUAN = policy(
    "dongguan", "441900", "2021-01-01", "2025-12-31",
    cumulative("dg-champion-introduced", 1, persons("honours", title=_CHAMPION, origin="引进")),
    cumulative("dg-champion-trained", 1, persons("honours", title=_CHAMPION, origin="培养")),
    cumulative("dg-brand-actions", 10, institutions("技能生态品牌行动")),
    ratio("dg-high-skilled-share", 40, persons("certifications", level=at_least(3)), _HELD),
    cumulative("dg-leading-talents", 100, persons("honours", title="技能领军人才")),
    cumulative("dg-studios", 200, institutions("技能大师工作室")),
    cumulative("dg-courses", 1000, rows("courses", free=True, type="培训课程")),
    cumulative("dg-people-upskilled", 1_000_000, persons("trainings"), persons("certifications")),
    cumulative("dg-training-enrolments", 1_000_000, rows("trainings")),
    cumulative("dg-coop-bases", 50, institutions("校企合作基地", level="city")),
    coverage("dg-town-sites", 1, institutions("技能宣传阵地"), "town"),
    coverage("dg-town-competitions", 1, rows("competitions"), "town", years=1),
    coverage("dg-town-brands", 1, institutions("培训品牌"), "town"),
    averaged("dg-centre-certifications", 3000, persons("certifications", issuer_type="公共实训中心")),
    stock("dg-sub-bases", 20, institutions("公共实训中心分基地")),
    annual("dg-public-practice", 200_000, rows("trainings", kind="公益性实训")),
    annual("dg-new-courses", 5, rows("courses", type="培训课程", provider=contains("公共实训中心"))),
    annual("dg-purchased-course-people", 3000, persons("trainings", funding="购买课程服务")),
    cumulative("dg-evaluating-enterprises", 500, institutions("认定企业")),
    cumulative("dg-evaluating-organisations", 20, institutions("社会评价组织")),
    ratio("dg-honours-skilled-share", 20, rows("honours", level="city", skilled=True), _GIVEN, years=1),
    milestone("dg-steering-group"),
    milestone("dg-skills-festival"),
    milestone("dg-three-libraries"),
    milestone("dg-evaluation-alliance"),
    milestone("dg-talent-map"),
    milestone("dg-technician-college"),
)  # fmt: skip
