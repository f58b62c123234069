"""What charts are drawn from: scales, courses of places, changes; and pages that could not be made."""

from __future__ import annotations

import csv
import io
import logging
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
from typer.testing import CliRunner

from dashboard import site
from dashboard.scales import Scale, value_scale, value_ticks
from dashboard.words import texts
from etl.settings import Settings
from metrics import published
from milepost import verbs
from milepost.cli import app
from tests.asking import plainly
from tests.conftest import KEY
from tests.site.reading import graphs, lines, read

VALUES = st.lists(st.floats(0, 1e9) | st.none(), max_size=30)


@given(VALUES, st.booleans())
def test_every_value_lies_on_its_scale_in_order(values: list[float | None], level: bool) -> None:
    scale = value_scale(values, level=level)
    known = sorted(value for value in values if value is not None)
    assert scale.low < scale.high
    assert all(scale.low <= value <= scale.high for value in known)
    places = [scale.at(value) for value in known]
    assert places == sorted(places)
    assert level or scale.low == 0


@given(VALUES, st.booleans())
def test_ticks_are_few_even_and_on_the_scale(values: list[float | None], level: bool) -> None:
    scale = value_scale(values, level=level)
    ticks = value_ticks(scale)
    assert 1 <= len(ticks) <= 7
    assert all(scale.low - 1e-9 <= tick <= scale.high * (1 + 1e-9) for tick in ticks)


def test_ticks_that_were_drawn_by_hand() -> None:
    assert value_ticks(Scale(0, 212)) == [0, 50, 100, 150, 200]
    assert value_ticks(Scale(28.5, 41)) == [30, 32.5, 35, 37.5, 40]
    assert value_ticks(Scale(0, 1.06)) == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_the_courses_of_places_are_those_of_each_place(published_connection: Connection) -> None:
    curves = published.place_curves(published_connection, "dg-studios", "441900")
    places = published.places(published_connection, "441900")
    assert list(curves) == [place.code for place in places if place.parent == "441900"]
    for place, rows in curves.items():
        assert rows == published.curve(published_connection, "dg-studios", place)
    early = published.place_curves(published_connection, "dg-studios", "441900", date(2022, 1, 15))
    ends = {tuple(row.as_of for row in rows[-2:]) for rows in early.values()}
    assert ends == {(date(2021, 12, 31), date(2022, 1, 15))}


@pytest.mark.parametrize(
    "target, place, as_of",
    [
        ("dg-studios", "441900", "2025-06-30"),
        ("dg-studios", "441900121", "2023-12-31"),
        ("dg-high-skilled-share", "441900", "2025-06-30"),
        ("dg-town-sites", "441900", "2025-06-30"),
    ],
)
def test_the_plotted_points_are_the_stored_ones(
    client: FlaskClient,
    published_settings: Settings,
    tmp_path: Path,
    target: str,
    place: str,
    as_of: str,
) -> None:
    """Value, expected and required by date, as one who opens the file with DuckDB finds them."""
    drawn = graphs(client, f"/target/{target}?place={place}&as_of={as_of}")[0]
    path = verbs.warehouse(published_settings).current_path()
    assert path is not None
    # A copy: the site has the file open in this process, with settings of its own.
    stored = stored_points(shutil.copy(path, tmp_path), target, place, as_of)
    assert len(stored) > 20
    start, *_ = drawn["layout"]["xaxis"]["range"]
    for kind, column in (("value", 1), ("expected", 2)):
        known = {str(row[0]): row[column] for row in stored if row[column] is not None}
        (line,) = (
            one for one in lines(drawn) if one["meta"] == kind and "text" in one and one["text"][0]
        )
        assert plotted(line) == pytest.approx(known), kind
    required = {str(row[0]): row[3] for row in stored if row[3] is not None}
    level = plotted(next(one for one in lines(drawn) if one["meta"] == "required"))
    assert {day: level[day] for day in required} == pytest.approx(required)
    # It is drawn on from the first day of the policy to its last.
    assert level[start] == stored[0][3]
    assert set(level) - set(required) <= set(drawn["layout"]["xaxis"]["range"])


def stored_points(path: Path, target: str, place: str, as_of: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(
            "select as_of, value, expected, required from progress"
            " where target = ? and place = ? and as_of <= ? order by as_of",
            [target, place, as_of],
        ).fetchall()


def plotted(line: Any) -> dict[str, float]:
    """The points of a line, without its gaps."""
    return {day: value for day, value in zip(line["x"], line["y"], strict=True) if value is not None}


def test_the_months_of_all_places_can_be_downloaded(client: FlaskClient) -> None:
    rows = client.get("/download/months.json?target=dg-studios&within=441900").get_json()
    months = client.get("/download/months.json?target=dg-studios&place=441900121").get_json()
    assert [row for row in rows if row["place"] == "441900121"] == months
    assert set(Counter(row["place"] for row in rows).values()) == {len(months)}


@pytest.mark.parametrize("day", ["2025-06-30", "2023-03-15"])
def test_a_page_says_how_complete_its_records_are(
    client: FlaskClient, published_home: Path, day: str
) -> None:
    """Counted from what the command line prints of who has reported."""
    result = CliRunner().invoke(
        app,
        ["completeness", "--policy", "dongguan", "--as-of", day, "--format", "csv"],
        env={"MILEPOST_HOME": str(published_home), "MILEPOST_KEY": KEY},
    )
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    due = sum(row["due"] != "" for row in rows)
    missing = sum(row["state"] == "missing" for row in rows)
    assert due > missing > 0
    page = read(client, f"/?as_of={day}")
    (source,) = [one.text for one in page.elements if one.attributes.get("class") == "source"]
    assert f"应报 {due} 次，缺报 {missing} 次" in source
    assert day in source
    assert texts()["demo"]["zh"] in source


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_that_could_not_be_made_says_what_to_do(
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    lang: str,
) -> None:
    def broken(*_: object) -> tuple[str, list[object]]:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setitem(site._PAGES, "quality", broken)  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR):
        page = plainly(client, f"/quality?lang={lang}")
    assert texts()["failed"][lang] in page
    assert "fault of ours" not in page
    (entry,) = caplog.records
    number = entry.getMessage().split()[1]
    assert number in page
    assert entry.exc_info is not None
    assert texts()["quality"][lang] in plainly(client, f"/?lang={lang}")
