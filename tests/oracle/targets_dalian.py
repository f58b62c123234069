"""Dalian's 30 targets."""

from tests.oracle.goals import (
    Institutions,
    Statistic,
    annual,
    at_least,
    coverage,
    cumulative,
    institutions,
    milestone,
    persons,
    policy,
    ratio,
    rows,
    stock,
    total,
)

_HELD = persons("certifications")
_HIGH = {"level": at_least(3)}
_MEDALS = {"金", "银", "铜"}
_STUDIO, _STATION, _BASE = "技能大师工作室", "技能大师工作站", "高技能人才培训基地"
_FRONT, _OTHER = "职工教育经费（一线职工）", "职工教育经费（其他）"
_ALLIANCES = {"技能人才培养联盟", "技工教育联盟"}
_NATIONAL_BASES = Institutions(institutions(_BASE, level="national"), "institution_no")
_STUDIOS = Institutions(institutions({_STUDIO, _STATION}), "institution_no")

DALIAN = policy(
    "dalian", "210200", "2023-10-30", "2025-12-31",
    ratio("dl-skilled-share", 40, _HELD, Statistic("就业人员数")),
    ratio("dl-high-skilled-share", 100 / 3, persons("certifications", **_HIGH), _HELD),
    stock("dl-leading-talents", 260, persons("honours", title="高技能领军人才")),
    cumulative("dl-manufacturing-talents", 10_000, persons("certifications", sector="制造业", **_HIGH)),
    cumulative("dl-digital-talents", 10_000, persons("certifications", sector="数字")),
    cumulative("dl-care-talents", 10_000, persons("certifications", sector="康养")),
    cumulative("dl-digital-bases", 3, institutions("数字技能培育基地"), most=5),
    cumulative("dl-national-bases", 2, institutions(_BASE, level="national")),
    cumulative("dl-provincial-bases", 5, institutions("职业技能培训示范基地", level="province")),
    coverage("dl-base-output", 1000, persons("trainings", **_HIGH), _NATIONAL_BASES, years=1),
    cumulative("dl-national-studios", 2, institutions(_STUDIO, level="national")),
    cumulative("dl-provincial-stations", 5, institutions(_STATION, level="province")),
    cumulative("dl-city-studios", 15, institutions(_STUDIO, level="city")),
    coverage("dl-studio-output", 5, persons("trainings", programme="青年技能骨干"), _STUDIOS, years=1),
    annual("dl-labour-studios", 50, institutions("劳模创新工作室", level="city")),
    annual("dl-apprentices", 2000, persons("trainings", kind="新型学徒制")),
    annual("dl-technicians", 1000, persons("certifications", level={4, 5})),
    cumulative("dl-key-brands", 6, institutions("重点培训品牌"), most=8),
    coverage("dl-district-brands", 2, institutions("地区特色培训品牌"), "district", most=3),
    cumulative("dl-alliances", 2, institutions(_ALLIANCES), most=3),
    cumulative("dl-vocational-schools", 8, institutions("优秀职业院校")),
    cumulative("dl-quality-majors", 30, institutions("优质专业")),
    cumulative("dl-special-technicians", 15, persons("certifications", level={6, 7})),
    cumulative("dl-ability-standards", 10, rows("courses", type="专项职业能力考核规范")),
    ratio("dl-self-evaluation", 100, institutions("认定企业"), Statistic("符合条件企业数")),
    annual("dl-competitions", 30, rows("competitions", category={"行业", "专项"})),
    cumulative("dl-national-medal", 1, rows("competition_awards", prize=_MEDALS, held_at="national")),
    annual("dl-craftsmen-biennial", 20, persons("honours", title="大连工匠"), years=2),
    stock("dl-craftsmen-total", 90, persons("honours", title="大连工匠")),
    ratio("dl-frontline-education-share", 60, total("spending", "amount", item=_FRONT),
          total("spending", "amount", item={_FRONT, _OTHER}), years=1),
    more=(
        milestone("dl-shortage-catalogue"), milestone("dl-talent-database"), milestone("dl-talent-map"),
    ),
)  # fmt: skip
