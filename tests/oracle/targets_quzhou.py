"""Quzhou's 37 targets."""

from tests.oracle.goals import (
    Goal,
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
)

_HELD = persons("certifications")
_BODIES = {"认定企业", "社会评价组织"}
_SCHOOLS = Institutions(institutions("职业院校"), "name")
#: Lines of the annex: enrolments a year, by programme.
_ANNEX = {
    "annual-training": 50_000, "smart-manufacturing": 5000, "ecommerce-housekeeping": 4000,
    "elderly-care": 500, "childcare": 750, "culture-tourism": 3000, "road-transport": 1800,
    "post-express": 100, "rural-talent": 6000, "entrepreneurship": 2600, "apprentices": 1500,
    "school-leavers": 1000, "veterans": 444, "disabled": 1600, "state-enterprises": 900,
    "small-firms": 3000, "construction": 20_000, "safety": 8000,
}  # fmt: skip


def _craftsmen(name: str, required: int, title: str) -> Goal:
    return cumulative(name, required, persons("honours", title=title))


def _annex(line: int, programme: str, required: int) -> Goal:
    return annual(f"qz-annex-{line:02d}-{programme}", required, rows("trainings", programme=programme))


QUZHOU = policy(
    "quzhou", "330800", "2021-01-01", "2025-12-31",
    ratio("qz-skilled-share", 35, _HELD, Statistic("就业人员数")),
    ratio("qz-high-skilled-share", 35, persons("certifications", level=at_least(3)), _HELD),
    _craftsmen("qz-grand-craftsmen", 10, "衢州大工匠"),
    _craftsmen("qz-outstanding-craftsmen", 50, "衢州杰出工匠"),
    _craftsmen("qz-craftsmen", 150, "衢州工匠"),
    _craftsmen("qz-young-craftsmen", 500, "衢州青年工匠"),
    cumulative("qz-training-enrolments", 250_000, rows("trainings")),
    cumulative("qz-certifications", 120_000, rows("certifications")),
    cumulative("qz-studios", 75, institutions("技能大师工作室", level="city")),
    cumulative("qz-model-enterprises", 75, institutions("技能等级认定示范企业", level="city")),
    cumulative("qz-technician-college", 1, institutions("技师学院", capacity=at_least(10_000))),
    cumulative("qz-brand-majors", 10, institutions("品牌专业"), most=20),
    annual("qz-exchange-people", 50, persons("trainings", kind="研修交流")),
    annual("qz-city-competition", 1, rows("competitions", level="city", organiser="衢州市人民政府")),
    annual("qz-local-competitions", 20, rows("competitions", local=True)),
    stock("qz-evaluating-bodies", 350, institutions(_BODIES)),
    coverage("qz-school-bases", 1, institutions("公共实训基地", level="city"), _SCHOOLS),
    ratio("qz-per-student-funding", 2, Statistic("生均公用经费(职业)"),
          Statistic("生均公用经费(普通高中)"), times=1),
    milestone("qz-craftsman-day"),
    *(_annex(line, name, required) for line, (name, required) in enumerate(_ANNEX.items(), 1)),
)  # fmt: skip
