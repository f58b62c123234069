"""Guangdong's 13 targets."""

from tests.oracle.goals import (
    Listed,
    annual,
    coverage,
    cumulative,
    institutions,
    milestone,
    persons,
    policy,
    rows,
)

#: The province's strategic industry clusters: ten pillars, ten emerging.
_CLUSTERS = (
    "新一代电子信息", "绿色石化", "智能家电", "汽车产业", "先进材料", "现代轻工纺织",
    "软件与信息服务", "超高清视频显示", "生物医药与健康", "现代农业与食品",
    "半导体与集成电路", "高端装备制造", "智能机器人", "区块链与量子信息", "前沿新材料",
    "新能源", "激光与增材制造", "数字创意", "安全应急与环保", "精密仪器设备",
)  # fmt: skip
_CHAIN = institutions("产教评技能生态链")
_BASES = {"高技能人才培训基地", "技能大师工作室"}
_CHIEFS = {"首席技师", "特级技师"}

GUANGDONG = policy(
    "guangdong", "440000", "2024-01-01", "2028-12-31",
    coverage("gd-chain-cities", 1, _CHAIN, "city"),
    coverage("gd-chain-clusters", 1, _CHAIN, Listed("cluster", _CLUSTERS)),
    cumulative("gd-quality-majors", 100, institutions("省级优质专业")),
    cumulative("gd-backbone-teachers", 1000, persons("honours", title="教学骨干")),
    cumulative("gd-principals", 1, persons("honours", title="名校长")),
    cumulative("gd-degree-technicians", 1000, persons("certifications", pathway="学制", level=4)),
    annual("gd-master-selection", 1, rows("milestones", target_id="gd-master-selection"), years=3),
    cumulative("gd-provincial-competition", 1,
               rows("competitions", level="province", organiser="广东省人民政府")),
    annual("gd-bases-yearly", 1, institutions(_BASES, level="province")),
    annual("gd-chief-technicians-yearly", 1, persons("honours", title=_CHIEFS, level="province")),
    milestone("gd-pay-guidance"),
    milestone("gd-training-catalogue"),
    milestone("gd-model-schools-list"),
)  # fmt: skip
