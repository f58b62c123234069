"""The table of places, and the ways that offices write them, by hand."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest

from etl.errors import ReferenceTableError, UnknownNameError
from etl.placenames import plain
from etl.places import REFERENCE, Gazetteer, Place, Unresolved, write_places
from tests.refusing import refusing

GAZETTEER = Gazetteer.read()
AREAS = {
    "dongguan": "441900",
    "jiangmen": "440700",
    "guangdong": "440000",
    "dalian": "210200",
    "quzhou": "330800",
}

# Written down from `research/geo.md` sections 6 and 8, `_` an empty cell.
GRIDS = {
    "441900": """
        _ 中堂 高埗 石碣 石龙 石排 企石 桥头
        麻涌 望牛墩 万江 莞城 东城 茶山 横沥 _
        洪梅 道滘 南城 _ 寮步 东坑 常平 谢岗
        沙田 厚街 _ 大岭山 松山湖 大朗 樟木头 _
        _ 虎门 长安 _ _ 黄江 塘厦 清溪
        _ _ _ _ _ _ 凤岗 _""",
    "440000": """
        _ _ _ 清远 韶关 河源 梅州 _
        _ 云浮 肇庆 佛山 广州 惠州 揭阳 潮州
        茂名 阳江 江门 中山 东莞 汕尾 汕头 _
        湛江 _ _ 珠海 深圳 _ _ _""",
    "440700": """
        _ 鹤山 蓬江 _
        恩平 开平 新会 江海
        _ 台山 _ _""",
    "210200": """
        _ _ 瓦房店 普兰店 庄河
        _ _ _ 金州 长海
        旅顺口 甘井子 沙河口 西岗 中山""",
    "330800": """
        开化 _ _ _
        常山 柯城 衢江 龙游
        江山 _ _ _""",
}

DONGGUAN = """
    003 东城 Dongcheng|004 南城 Nancheng|005 万江 Wanjiang|006 莞城 Guancheng|101 石碣 Shijie
    102 石龙 Shilong|103 茶山 Chashan|104 石排 Shipai|105 企石 Qishi|106 横沥 Hengli|107 桥头 Qiaotou
    108 谢岗 Xiegang|109 东坑 Dongkeng|110 常平 Changping|111 寮步 Liaobu|112 樟木头 Zhangmutou
    113 大朗 Dalang|114 黄江 Huangjiang|115 清溪 Qingxi|116 塘厦 Tangxia|117 凤岗 Fenggang
    118 大岭山 Dalingshan|119 长安 Chang'an|121 虎门 Humen|122 厚街 Houjie|123 沙田 Shatian
    124 道滘 Daojiao|125 洪梅 Hongmei|126 麻涌 Machong|127 望牛墩 Wangniudun|128 中堂 Zhongtang
    129 高埗 Gaobu|401 松山湖 Songshan Lake"""


def test_dongguan_has_33_towns_and_no_districts() -> None:
    levels = Counter(place.level for place in GAZETTEER.under("441900"))
    assert levels == {"city": 1, "town": 33, "park": 2}
    expected = {}
    for entry in DONGGUAN.replace("\n", "|").split("|"):
        if entry.strip():
            digits, short, english = entry.strip().split(maxsplit=2)
            expected[f"441900{digits}"] = (short, english)
    towns = [place for place in GAZETTEER.under("441900") if place.level == "town"]
    assert {place.code: (place.short_name, place.name_en) for place in towns} == expected
    assert Counter(place.kind for place in towns) == {"镇": 28, "街道": 4, "园区": 1}


@pytest.mark.parametrize(
    ("area", "level", "count"),
    [
        ("440000", "city", 21),
        ("440700", "district", 7),
        ("210200", "district", 10),
        ("330800", "district", 6),
    ],
)
def test_the_other_areas_are_whole(area: str, level: str, count: int) -> None:
    found = [p for p in GAZETTEER.under(area) if p.level == level and p.parent == area]
    assert len(found) == count


def test_towns_are_as_many_as_the_cities_have() -> None:
    # 61 towns and 12 streets in Jiangmen; 149 in Dalian; Quzhou's 100 and two new streets.
    towns = {area: sum(p.level == "town" for p in GAZETTEER.under(area)) for area in AREAS.values()}
    assert towns["440700"] == 73
    assert towns["210200"] == 149
    assert towns["330800"] == 102
    assert all(p.level != "town" or p.kind != "园区" for p in GAZETTEER.under("440700"))


@pytest.mark.parametrize("area", GRIDS)
def test_tile_grids(area: str) -> None:
    expected = {
        name: (row, column)
        for row, line in enumerate(GRIDS[area].strip().splitlines())
        for column, name in enumerate(line.split())
        if name != "_"
    }
    tiles = {
        place.short_name: (place.tile_row, place.tile_col)
        for place in GAZETTEER.under(area)
        if place.parent == area and place.tile_row is not None
    }
    assert tiles == expected
    assert len(set(tiles.values())) == len(tiles)


def test_codes_parents_and_levels_are_sound() -> None:
    order = ("province", "city", "district", "town", "park")
    for place in GAZETTEER.places.values():
        assert re.fullmatch(r"\d{6}(\d{3})?", place.code)
        assert (place.level in ("town", "park")) == (len(place.code) == 9)
        assert (place.parent is None) == (place.level == "province")
        if place.parent is not None:
            parent = GAZETTEER.places[place.parent]
            assert order.index(parent.level) < order.index(place.level)
            assert place.code.startswith(parent.code.rstrip("0")[:6])
        assert (place.successor is None) == (place.valid_to is None)
        assert place.name.startswith(place.short_name) or place.code == "441900403"
        assert re.fullmatch(r"[A-Zü][A-Za-zü' ]+", place.name_en)


def test_short_names_are_unambiguous_inside_a_city() -> None:
    for city in (place for place in GAZETTEER.current.values() if place.level == "city"):
        short = Counter(place.short_name for place in GAZETTEER.under(city.code))
        # Dalian has two streets of one full name, twice.
        assert {name for name, count in short.items() if count > 1} <= {"得胜街道", "新华街道"}


SPELLINGS = [
    ("虎门", "441900", "441900121"),
    ("虎门镇", "441900", "441900121"),
    (" 东莞市虎门镇 ", "441900", "441900121"),
    ("东莞虎门", "441900", "441900121"),
    ("广东省东莞市虎门镇", "441900", "441900121"),
    ("东莞市／虎门镇", "441900", "441900121"),
    ("虎门镇人民政府", "441900", "441900121"),
    ("虎　门　镇", "441900", "441900121"),
    ("\ufeff虎门镇\u200b", "441900", "441900121"),
    ("Humen", "441900", "441900121"),
    ("Chang'an", "441900", "441900119"),
    ("CHANGAN", "441900", "441900119"),
    ("４４１９００１２１", "441900", "441900121"),
    ("441900 121", "441900", "441900121"),
    ("441900121.0", "441900", "441900121"),
    ("441900121000", "441900", "441900121"),
    ("441900121000.0", "441900", "441900121"),
    ("441900121203", "441900", "441900121"),
    ("441900121 虎门镇", "441900", "441900121"),
    ("虎门镇（441900121）", "441900", "441900121"),
    ("441900000000", "441900", "441900"),
    ("东城", "441900", "441900003"),
    ("东城区", "441900", "441900003"),
    ("东城街道", "441900", "441900003"),
    ("东城办事处", "441900", "441900003"),
    ("东城街道办事处", "441900", "441900003"),
    ("东城街道办", "441900", "441900003"),
    ("东莞市东城区", "441900", "441900003"),
    ("松山湖", "441900", "441900401"),
    ("松山湖高新区", "441900", "441900401"),
    ("松山湖园区", "441900", "441900401"),
    ("松山湖（生态园）", "441900", "441900401"),
    ("松山湖(生态园)", "441900", "441900401"),
    ("东莞松山湖高新技术产业开发区", "441900", "441900401"),
    ("东莞生态园", "441900", "441900401"),
    ("441900403", "441900", "441900401"),
    ("沙田（虎门港）", "441900", "441900123"),
    ("东莞港", "441900", "441900402"),
    ("滨海湾", "441900", "441900404"),
    ("东莞滨海湾新区", "441900", "441900404"),
    ("市本级", "441900", "441900"),
    ("市直", "441900", "441900"),
    ("全市", "441900", "441900"),
    ("东莞市直", "441900", "441900"),
    ("东莞市本级", "441900", "441900"),
    ("东莞市", "441900", "441900"),
    ("东莞", "440000", "441900"),
    ("广东省", "440000", "440000"),
    ("省本级", "440000", "440000"),
    ("广州市本级", "440000", "440100"),
    ("潮安县", "440000", "445103"),
    ("江门市蓬江区环市街道", "440700", "440703006"),
    ("蓬江区环市街道", "440700", "440703006"),
    ("江门环市", "440700", "440703006"),
    ("蓬江区白沙", "440700", "440703002"),
    ("白沙镇", "440700", "440781103"),
    ("台山白沙", "440700", "440781103"),
    ("江门市区", "440700", "440700"),
    ("江门高新区（江海区）", "440700", "440704"),
    ("新会市", "440700", "440705"),
    ("新会县", "440700", "440705"),
    ("440782", "440700", "440705"),
    ("蓬江区直", "440700", "440703"),
    ("普兰店市", "210200", "210214"),
    ("210282", "210200", "210214"),
    ("新金县", "210200", "210214"),
    ("金县", "210200", "210213"),
    ("金普新区", "210200", "210213"),
    ("甘井子", "210200", "210211"),
    ("甘井子街道", "210200", "210211004"),
    ("金州区得胜街道", "210200", "210213025"),
    ("旅顺", "210200", "210212"),
    ("南沙河口街道", "210200", "210204009"),
    ("中山", "210200", "210202"),
    ("中山", "440000", "442000"),
    ("江山", "330800", "330881"),
    ("衢县", "330800", "330803"),
    ("330821", "330800", "330803"),
    ("黄家乡", "330800", "330802205"),
]


@pytest.mark.parametrize(("written", "area", "code"), SPELLINGS)
def test_spellings(written: str, area: str, code: str) -> None:
    found = GAZETTEER.resolve(written, area)
    assert isinstance(found, Place), found
    assert found.code == code
    assert GAZETTEER.knows(written, area)


@pytest.mark.parametrize(
    ("written", "area"),
    [
        ("", "441900"),
        ("、", "441900"),
        ("东城、南城", "441900"),
        ("虎门镇长安镇", "441900"),
        ("东城南", "441900"),
        ("441900120", "441900"),
        ("441900120001", "441900"),
        ("441900121.5", "441900"),
        ("4.419E+11", "441900"),
        ("441900121 长安镇", "441900"),
        ("市本级", "440000"),
        ("全省", "441900"),
        ("广东省", "441900"),
        ("大连高新区", "210200"),
    ],
)
def test_what_is_not_there_is_never_guessed(written: str, area: str) -> None:
    found = GAZETTEER.resolve(written, area)
    assert isinstance(found, Unresolved), found
    assert all(found.reason) and all(found.remedy)


def test_a_wrong_name_is_refused_with_the_nearest() -> None:
    for written in ("长按镇", "东莞市长按镇", "广东省东莞市长按镇"):
        found = GAZETTEER.resolve(written, "441900")
        assert isinstance(found, Unresolved)
        assert found.candidates == ("441900119",)
        assert "长安镇" in found.remedy.zh
        assert "长安镇" in found.remedy.en
        assert not GAZETTEER.knows(written, "441900")


def test_a_place_of_another_city_is_told_apart_from_a_wrong_name() -> None:
    for written in ("蓬江区", "440703"):
        found = GAZETTEER.resolve(written, "441900")
        assert isinstance(found, Unresolved)
        assert "江门市蓬江区" in found.reason.zh
        assert "not in Dongguan" in found.reason.en
        assert found.candidates == ()


@pytest.mark.parametrize(
    ("written", "area", "codes"),
    [
        ("白沙", "440700", ("440703002", "440781103")),
        ("得胜街道", "210200", ("210212003", "210213025")),
        ("新华", "210200", ("210281001", "210283002")),
        ("赤坎", "440000", ("440783109", "440802")),
    ],
)
def test_a_name_of_two_places_is_never_guessed(written: str, area: str, codes: tuple[str, ...]) -> None:
    found = GAZETTEER.resolve(written, area)
    assert isinstance(found, Unresolved)
    assert found.candidates == codes
    assert all(code in found.remedy.zh and code in found.remedy.en for code in codes)
    assert plain(written) not in GAZETTEER.spellings(area)


def test_the_tree() -> None:
    assert [p.code for p in GAZETTEER.ancestors("440703006")] == [
        "440703006",
        "440703",
        "440700",
        "440000",
    ]
    assert [p.code for p in GAZETTEER.ancestors("441900121")] == ["441900121", "441900", "440000"]
    assert GAZETTEER.under("441900")[0].code == "441900"
    assert GAZETTEER.successor("210222").code == "210214"  # by way of 210282
    assert GAZETTEER.successor("441900121").code == "441900121"
    for call in (GAZETTEER.under, GAZETTEER.ancestors, GAZETTEER.successor, GAZETTEER.spellings):
        with pytest.raises(UnknownNameError, match="999999"):
            call("999999")


def test_tables_of_a_snapshot() -> None:
    with duckdb.connect() as connection:
        for _ in range(2):  # written anew, not added to
            write_places(connection, GAZETTEER)
        with REFERENCE.open(encoding="utf-8") as file:
            rows = sum(1 for _ in file) - 1
        ask = lambda statement: connection.execute(statement).fetchall()  # noqa: E731
        assert ask("SELECT count(*), count(DISTINCT code) FROM places") == [(rows, rows)]
        assert ask("SELECT valid_to, successor, position > 0 FROM places WHERE code = '330821'") == [
            (date(2001, 12, 31), "330803", True)
        ]
        assert ask("SELECT tile_row, tile_col FROM places WHERE code = '441900401'") == [(3, 4)]
        assert ask("SELECT ancestor FROM place_ancestors WHERE place = '440703006' ORDER BY 1") == [
            ("440000",),
            ("440700",),
            ("440703",),
            ("440703006",),
        ]
        towns = "SELECT count(*) FROM place_ancestors JOIN places ON place = code WHERE ancestor ="
        assert ask(f"{towns} '441900' AND level = 'town'") == [(33,)]
        gone = "SELECT count(*) FROM place_ancestors JOIN places ON place = code"
        assert ask(f"{gone} WHERE successor IS NOT NULL") == [(0,)]


HEADER = REFERENCE.read_text("utf-8").partition("\n")[0]
ROW = "441900,东莞市,东莞,Dongguan,city,市,,,,,,,"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (ROW, "line 3: code 441900 is there twice"),
        (
            "441900121,虎门镇,虎门,Humen,twon,镇,441900,,,,,,",
            "line 3: level 'twon'; did you mean 'town'",
        ),
        (
            "441900121,虎门镇,虎门,Humen,town,镇,441901,,,,,,",
            "line 3: parent 441901 of 441900121 is not",
        ),
        (
            "441900121,虎门镇,虎门,Humen,town,镇,441900,,,9,,,",
            "line 3: successor 9 of 441900121 is not",
        ),
        (
            "441900121,虎门镇,虎门,Humen,town,镇,441900121,,,,,,",
            "line 3: parent of 441900121 leads back",
        ),
        ("441900121,虎门镇,虎门,Humen,town,镇,441900,2001,,,,,", "line 3: cannot be read"),
        ("441900121,虎门镇", "line 3: level ''"),
        ("44190012,虎门镇,虎门,Humen,town,镇,441900,,,,,,", "line 3: code '44190012' is not of 6 or 9"),
        ("441900121,,虎门,Humen,town,镇,441900,,,,,,", "line 3: 441900121 has no name"),
    ],
)
def test_a_table_with_mistakes_is_refused_line_by_line(tmp_path: Path, row: str, problem: str) -> None:
    path = tmp_path / "places.csv"
    path.write_text(f"{HEADER}\n{ROW}\n{row}\n", encoding="utf-8")
    with refusing(ReferenceTableError, problem):
        Gazetteer.read(path)
