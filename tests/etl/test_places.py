"""The table of places, and the ways that offices write them."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from etl.places import Gazetteer, Place, Unresolved

GAZETTEER = Gazetteer.read()
AREAS = {
    "dongguan": "441900",
    "jiangmen": "440700",
    "guangdong": "440000",
    "dalian": "210200",
    "quzhou": "330800",
}


def test_dongguan_has_33_towns_and_no_districts() -> None:
    levels = Counter(place.level for place in GAZETTEER.under("441900"))
    assert levels == {"city": 1, "town": 33, "park": 2}


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
    assert all(p.tile_row is not None for p in found)


def test_codes_parents_and_tiles_are_sound() -> None:
    tiles = Counter()
    for place in GAZETTEER.places.values():
        assert re.fullmatch(r"\d{6}(\d{3})?", place.code)
        assert place.parent is None or place.parent in GAZETTEER.places
        assert place.successor is None or place.successor in GAZETTEER.places
        if place.tile_row is not None:
            tiles[place.parent, place.tile_row, place.tile_col] += 1
    assert set(tiles.values()) == {1}
    assert sum(parent == "441900" for parent, _, _ in tiles) == 33


@pytest.mark.parametrize("area", AREAS.values())
def test_every_code_and_full_name_means_its_own_place(area: str) -> None:
    for place in GAZETTEER.under(area):
        for written in (place.code, place.code.ljust(12, "0")):
            found = GAZETTEER.resolve(written, area)
            assert isinstance(found, Place)
            assert found.code == place.code
        found = GAZETTEER.resolve(place.name, area)
        if isinstance(found, Unresolved):
            assert place.code in found.candidates


SPELLINGS = [
    ("虎门", "441900", "441900121"),
    ("虎门镇", "441900", "441900121"),
    (" 东莞市虎门镇 ", "441900", "441900121"),
    ("东莞虎门", "441900", "441900121"),
    ("４４１９００１２１", "441900", "441900121"),
    ("441900121.0", "441900", "441900121"),
    ("东城", "441900", "441900003"),
    ("东城区", "441900", "441900003"),
    ("东城街道", "441900", "441900003"),
    ("松山湖园区", "441900", "441900401"),
    ("东莞生态园", "441900", "441900401"),
    ("市本级", "441900", "441900"),
    ("东莞市直", "441900", "441900"),
    ("东莞市", "441900", "441900"),
    ("东莞", "440000", "441900"),
    ("江门市蓬江区环市街道", "440700", "440703006"),
    ("新会市", "440700", "440705"),
    ("普兰店市", "210200", "210214"),
    ("210282", "210200", "210214"),
    ("金普新区", "210200", "210213"),
    ("中山", "210200", "210202"),
    ("中山", "440000", "442000"),
    ("江山", "330800", "330881"),
    ("衢县", "330800", "330803"),
]


@pytest.mark.parametrize(("written", "area", "code"), SPELLINGS)
def test_spellings(written: str, area: str, code: str) -> None:
    found = GAZETTEER.resolve(written, area)
    assert isinstance(found, Place), found
    assert found.code == code


def test_what_is_not_there_is_refused_with_the_nearest() -> None:
    found = GAZETTEER.resolve("长按镇", "441900")
    assert isinstance(found, Unresolved)
    assert "长安镇" in found.remedy.zh
    assert isinstance(GAZETTEER.resolve("蓬江区", "441900"), Unresolved)


def test_a_name_of_two_places_is_never_guessed() -> None:
    twice = Counter(p.name for p in GAZETTEER.under("440700") if p.level == "town")
    for name in [name for name, count in twice.items() if count > 1]:
        found = GAZETTEER.resolve(name, "440700")
        assert isinstance(found, Unresolved)
        assert len(found.candidates) == twice[name]
