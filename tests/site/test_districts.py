"""A city of districts with towns below them: the way down in four clicks, whose reports count, the
mean of the towns of a district."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from flask.testing import FlaskClient

from etl.settings import Settings
from tests.asking import markup_of
from tests.conftest import settings_of
from tests.site.test_changes import cells, first_number, plain, section, words

CITY = "330800"


@pytest.fixture(scope="module")
def quzhou(home_of_others: Path) -> Settings:
    """Settings of a home that has a city of districts."""
    return settings_of(home_of_others)


@pytest.fixture(scope="module")
def city(client_of_others: FlaskClient) -> FlaskClient:
    return client_of_others


@pytest.fixture(scope="module")
def tables(
    quzhou: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB itself on a copy of the snapshot, which the site has open."""
    folder = Path(quzhou.warehouse_folder)
    name = (folder / "current").read_text("utf-8").strip()
    copied = tmp_path_factory.mktemp("copied") / name
    copied.write_bytes((folder / "snapshots" / name).read_bytes())
    with duckdb.connect(str(copied), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def most(tables: duckdb.DuckDBPyConnection) -> tuple[str, str, str, float, str]:
    """The town with most of a target that is counted by records: target, its name, the town, its value,
    its district."""
    found = tables.execute(
        """
        SELECT target, name_zh, place, value, parent
        FROM progress JOIN targets USING (policy, target) JOIN places ON code = place
        WHERE policy = 'quzhou' AND targets.kind = 'cumulative' AND level = 'town'
          AND unit_en <> 'persons'
          AND as_of = (SELECT as_of FROM policies WHERE policy = 'quzhou') AND value > 0
        ORDER BY value DESC, target, place LIMIT 1
        """
    ).fetchone()
    assert found is not None
    return found  # type: ignore[return-value]


def follow(client: FlaskClient, page: str, part: str) -> tuple[str, str]:
    """Click the first link whose address has `part`: where it leads, and what is there."""
    links = [html.unescape(found) for found in re.findall(r'href="([^"]*)"', page)]
    address = next(one for one in links if re.search(part, one))
    return address, markup_of(client, address.partition("#")[0])


def test_from_the_city_to_the_records_of_a_town_in_four_clicks(
    city: FlaskClient, tables: duckdb.DuckDBPyConnection, most: tuple[str, str, str, float, str]
) -> None:
    target, name, town, _, district = most
    overview = markup_of(city, "/?policy=quzhou")
    _, page = follow(city, section(overview, "matrix"), f"/place/{district}.*show={target}")  # 1
    _, page = follow(city, section(page, "map"), f"/place/{town}.*show={target}")  # 2
    _, page = follow(city, page, rf"/target/{target}\?.*place={town}")  # 3
    way = re.findall(rf'<nav aria-label="{words("breadcrumb")}">(.*?)</nav>', page, re.S)[0]
    steps = [plain(step) for step in re.findall(r"<li[^>]*>(.*?)</li>", way, re.S)]
    named = [
        (tables.execute("SELECT name FROM places WHERE code = ?", [code]).fetchone() or ("",))[0]
        for code in (CITY, district, town)
    ]
    assert steps[1:] == [*named, name]
    _, page = follow(city, way, f"/place/{town}.*show={target}")  # 4
    assert len(cells(section(page, "records"))) > 1


def test_towns_that_are_on_no_map_are_ranked_by_a_target(
    city: FlaskClient, tables: duckdb.DuckDBPyConnection, most: tuple[str, str, str, float, str]
) -> None:
    target, _, _, _, district = most
    told = tables.execute(
        """
        SELECT short_name, value, rank FROM progress JOIN places ON code = place
        WHERE target = ? AND parent = ? AND level = 'town' AND tile_row IS NULL AND value IS NOT NULL
          AND as_of = (SELECT as_of FROM policies WHERE policy = 'quzhou')
        ORDER BY value DESC
        """,
        [target, district],
    ).fetchall()
    assert len(told) > 3
    page = section(markup_of(city, f"/place/{district}?policy=quzhou&show={target}"), "map")
    (listed,) = re.findall(r'<ol class="ranking[^>]*>(.*?)</ol>', page, re.S)
    items = [plain(one).split() for one in re.findall(r"<li[^>]*>(.*?)</li>", listed, re.S)]
    assert [first_number(item[2]) for item in items] == [value for _, value, _ in told]
    assert {(name, int(rank)) for rank, name, *_ in items} == {(name, rank) for name, _, rank in told}


def test_the_mean_is_that_of_the_towns_of_the_district(
    city: FlaskClient, tables: duckdb.DuckDBPyConnection, most: tuple[str, str, str, float, str]
) -> None:
    target, name, town, value, district = most
    told = tables.execute(
        """
        SELECT avg(value) FROM progress JOIN places ON code = place
        WHERE target = ? AND parent = ? AND level <> 'park'
          AND as_of = (SELECT as_of FROM policies WHERE policy = 'quzhou')
        """,
        [target, district],
    ).fetchone()
    assert told is not None
    page = markup_of(city, f"/place/{town}?policy=quzhou")
    (row,) = [row for row in cells(section(page, "contributed")) if row[0].startswith(name)]
    assert first_number(row[1]) == pytest.approx(value, rel=0.005)
    assert first_number(row[2]) == pytest.approx(told[0], rel=0.01, abs=0.006)


def test_reports_of_a_town_are_those_of_its_district(
    city: FlaskClient, most: tuple[str, str, str, float, str], tables: duckdb.DuckDBPyConnection
) -> None:
    _, _, town, _, district = most
    (name,) = tables.execute("SELECT name FROM places WHERE code = ?", [district]).fetchone() or ("",)
    said = plain(section(markup_of(city, f"/place/{town}?policy=quzhou"), "missing"))
    assert words("missing_of", place=name) in said
    own = plain(section(markup_of(city, f"/place/{district}?policy=quzhou"), "missing"))
    assert words("missing_of", place=name) not in own
    assert said.replace(words("missing_of", place=name), "").split() == own.split()
