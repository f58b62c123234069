"""Jiangmen's 15 targets."""

from tests.oracle.goals import (
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

_MODEL = {"省级以上示范专业", "示范或重点职业院校"}
_EXCHANGE = "购买社会组织交流服务"
_HIGH = {"level": at_least(3)}

JIANGMEN = policy(
    "jiangmen", "440700", "2018-01-01", "2020-12-31",
    stock("jm-high-skilled-stock", 151_000, persons("certifications", **_HIGH)),
    ratio("jm-high-skilled-share", 30, persons("certifications", **_HIGH), persons("certifications")),
    cumulative("jm-model-college", 1, institutions("全国示范性高等职业学院")),
    cumulative("jm-model-schools", 5, institutions(_MODEL, level={"province", "national"}), most=10),
    annual("jm-chief-technicians", 20, persons("honours", title="首席技师", level="city"), cap=True),
    annual("jm-competitions", 1, rows("competitions", level="city")),
    annual("jm-exchange-budget", 20, total("spending", "amount", 1e-4, item=_EXCHANGE)),
    coverage("jm-service-windows", 1, institutions("高技能领军人才服务窗口"), "district"),
    milestone("jm-technician-college"),
    milestone("jm-xinhui-upgrade"),
    milestone("jm-taishan-upgrade"),
    milestone("jm-national-base"),
    milestone("jm-worldskills-base"),
    milestone("jm-shortage-catalogue"),
    milestone("jm-talent-database"),
    more=(milestone("jm-incubation-base"),),
)  # fmt: skip
