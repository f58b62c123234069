"""Places resolve however they are written: each way of writing each place, with the noise of offices.

What a spelling must mean is worked out here from the reference table's rows alone.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.placenames import plain
from etl.places import Gazetteer, Place, Unresolved

TABLE = Path(__file__).parents[2] / "data" / "reference" / "places.csv"
GAZETTEER = Gazetteer.read()
AREAS = ["441900", "440700", "440000", "210200", "330800"]

with TABLE.open(encoding="utf-8") as _file:
    ROWS = {row["code"]: row for row in csv.DictReader(_file)}


def now(code: str) -> str:
    while ROWS[code]["successor"]:
        code = ROWS[code]["successor"]
    return code


def above(code: str) -> list[str]:
    found = []
    while ROWS[code]["parent"]:
        code = ROWS[code]["parent"]
        found.append(code)
    return found


def names(code: str) -> list[str]:
    row = ROWS[code]
    return [row["name"], row["short_name"], *filter(None, row["aliases"].split(";"))]


def meant(area: str) -> dict[str, set[str]]:
    """Each declared name of an area with the places that it may mean."""
    found: dict[str, set[str]] = defaultdict(set)
    for code in ROWS:
        if area in (now(code), *above(now(code))):
            for name in names(code):
                found[plain(name)].add(now(code))
    return found


MEANT = {area: meant(area) for area in AREAS}


def expected(area: str, name: str) -> str | None:
    """The code that a declared name means in an area; None if it is ambiguous."""
    codes = MEANT[area][plain(name)]
    outermost = [code for code in codes if not codes & set(above(code))]
    return outermost[0] if len(outermost) == 1 else None


@pytest.mark.parametrize("area", AREAS)
def test_every_name_and_code_of_every_place(area: str) -> None:
    ambiguous = set()
    inside = [code for code in ROWS if area in (now(code), *above(now(code)))]
    for code in inside:
        for written in (code, code.ljust(9, "0"), code.ljust(12, "0"), f"{code}.0"):
            found = GAZETTEER.resolve(written, area)
            assert isinstance(found, Place), (written, found)
            assert found.code == now(code)
        for name in names(code):
            found = GAZETTEER.resolve(name, area)
            if isinstance(found, Unresolved):
                assert set(found.candidates) >= {now(code)}
                ambiguous.add(name)
            else:
                assert found.code == expected(area, name)
    assert ambiguous == {name for name in ambiguous if expected(area, name) is None}
    # What is ambiguous is known; a new name of the table that clashes must be looked at.
    allowed = {
        "441900": set(),
        "440700": {"白沙"},
        "330800": set(),
        "210200": {"得胜", "得胜街道", "新华", "新华街道", "泡崖"},
    }
    if area in allowed:
        assert ambiguous == allowed[area]


@pytest.mark.parametrize("area", AREAS)
def test_every_place_resolves_with_the_names_above_it(area: str) -> None:
    for code in ROWS:
        city = next((one for one in above(code) if ROWS[one]["level"] == "city"), None)
        if ROWS[code]["successor"] or area not in (code, *above(code)) or city is None:
            continue
        between = [
            ROWS[one]["name"] for one in reversed(above(code)) if ROWS[one]["level"] != "province"
        ]
        whole = "".join([*between, ROWS[code]["name"]])
        found = GAZETTEER.resolve(whole, area)
        assert isinstance(found, Place), (whole, found)
        assert found.code == code


@settings(deadline=None)
@given(
    area=st.sampled_from(AREAS),
    data=st.data(),
    noise=st.lists(
        st.sampled_from([" ", "　", "\u200b", "\ufeff", "\t", "·", "（", "）", "-"]), max_size=4
    ),
)
def test_noise_changes_nothing(area: str, data: st.DataObject, noise: list[str]) -> None:
    spelling = data.draw(st.sampled_from(sorted(MEANT[area])))
    written = spelling
    for mark in noise:
        at = data.draw(st.integers(0, len(written)))
        written = written[:at] + mark + written[at:]
    clean, noisy = GAZETTEER.resolve(spelling, area), GAZETTEER.resolve(written, area)
    if isinstance(clean, Place):
        assert noisy == clean
    else:
        assert isinstance(noisy, Unresolved)
        assert noisy.candidates == clean.candidates


@settings(deadline=None)
@given(area=st.sampled_from(AREAS), text=st.text(max_size=12))
def test_any_text_is_a_place_of_the_area_or_refused_with_a_reason(area: str, text: str) -> None:
    found = GAZETTEER.resolve(text, area)
    if isinstance(found, Place):
        assert area in (found.code, *above(found.code))
        assert found.successor is None
    else:
        assert found.reason.zh and found.reason.en and found.remedy.zh and found.remedy.en
        assert set(found.candidates) <= set(ROWS)


@settings(deadline=None)
@given(area=st.sampled_from(AREAS), code=st.integers(0, 10**12 - 1).map(str))
def test_codes_are_known_or_refused_never_rounded(area: str, code: str) -> None:
    found = GAZETTEER.resolve(code, area)
    if isinstance(found, Place):
        assert code.startswith(found.code)
        assert len(code) in (6, 9, 12)


@pytest.mark.parametrize("area", AREAS)
def test_spellings_mean_what_resolve_says(area: str) -> None:
    spellings = GAZETTEER.spellings(area)
    assert len(spellings) > 100
    for spelling, code in list(spellings.items())[:: max(1, len(spellings) // 500)]:
        assert plain(spelling) == spelling
        found = GAZETTEER.resolve(spelling, area)
        assert isinstance(found, Place)
        assert found.code == code
