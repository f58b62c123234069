"""Every figure on a page is the command line's, to the last digit.

A figure stands in the HTML element `data`: its `value` has every digit, its attributes say of which
target, place and date it is. Here each is compared with what `milepost progress --format csv` prints;
and what stands in the place of a figure without being one is found.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from typer.testing import CliRunner

from dashboard.words import Words
from milepost.cli import app
from tests.conftest import KEY
from tests.site.reading import Element, Page, read

#: Pages that show figures; towns with and without allocations, every kind of target, another date.
PATHS = [
    "/", "/?as_of=2023-12-31", "/?as_of=2024-02-17", "/policy/dongguan", "/agency/市人力资源社会保障局",
    "/target/dg-studios", "/target/dg-studios?as_of=2024-02-17", "/target/dg-high-skilled-share",
    "/target/dg-training-enrolments", "/target/dg-town-sites", "/target/dg-public-practice",
    "/target/dg-studios?place=441900121", "/target/dg-high-skilled-share?place=441900121&lang=en",
    "/place/441900?show=dg-studios", "/place/441900121", "/place/441900119?as_of=2023-12-31",
]  # fmt: skip

Printed = Callable[[str], dict[tuple[str, str], dict[str, str]]]


@pytest.fixture(scope="module")
def printed(published_home: Path) -> Printed:
    """What the command line prints of a date, by target and place."""
    known: dict[str, dict[tuple[str, str], dict[str, str]]] = {}

    def of(day: str) -> dict[tuple[str, str], dict[str, str]]:
        if day not in known:
            result = CliRunner().invoke(
                app,
                ["progress", "--policy", "dongguan", "--as-of", day, "--format", "csv"],
                env={"MILEPOST_HOME": str(published_home), "MILEPOST_KEY": KEY},
            )
            assert result.exit_code == 0, result.output
            rows = csv.DictReader(io.StringIO(result.stdout))
            known[day] = {(row["target"], row["place"]): row for row in rows}
        return known[day]

    return of


def figures(page: Page) -> list[Element]:
    return [one for one in page.elements if one.tag == "data"]


@pytest.mark.parametrize("path", PATHS)
def test_figures_are_the_command_lines(client: FlaskClient, printed: Printed, path: str) -> None:
    shown = figures(read(client, path))
    assert len(shown) > 5
    different = []
    for one in shown:
        of = one.attributes
        row = printed(of["data-day"])[of["data-target"], of["data-place"]]
        if of["value"] != row[of["data-figure"]]:
            different.append((of, row[of["data-figure"]]))
    assert different == []


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/place")])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_number_of_progress_is_bare(client: FlaskClient, path: str, lang: Any) -> None:
    """Wherever a table has a column of progress, its cells hold figures."""
    words = Words(lang)
    labels = {words(key) for key in ("value", "expected", "requirement", "progress")}
    page = read(client, f"{path}{'&' if '?' in path else '?'}lang={lang}")
    cells = [one for one in page.elements if one.attributes.get("data-label") in labels]
    bare = [one.text for one in cells if re.search(r"\d", one.text) and not one.figures]
    assert len(cells) > 10
    assert bare == []


@pytest.mark.parametrize("path", PATHS)
def test_what_is_read_is_the_figure_rounded(client: FlaskClient, path: str) -> None:
    """A figure in words must not stray from the number behind it by more than its last digit."""
    for one in figures(read(client, path)):
        number = re.search(r"\d[\d,]*(\.\d+)?", one.text)
        if number is None:
            assert one.text in {"–", "—", "无数据", "No data", "已完成", "未完成", "Done", "Not done"}
            continue
        scale = 10**8 if "亿" in one.text else 10**4 if "万" in one.text else 1
        scale = 1000 if re.search(r"\dk$", one.text) else scale
        digits = len((number[1] or ".")[1:])
        read_as = float(number[0].replace(",", "")) * scale
        off = abs(read_as - float(one.attributes["value"]))
        # `序时应达` of what is counted is rounded to whole units before it is shortened.
        assert off <= max(0.5, 0.5 * scale) * 10**-digits * (1 + 1e-9) + (0.5 if scale > 1 else 0), one


@pytest.mark.parametrize(
    "path", ["/target/dg-studios", "/target/dg-high-skilled-share", "/target/dg-training-enrolments"]
)
def test_all_of_a_targets_months_and_places_are_there(
    client: FlaskClient, printed: Printed, path: str
) -> None:
    """Of the value, the page shows every month of the whole and every place at its date."""
    target = path.rpartition("/")[2]
    months = client.get(f"/download/months.json?target={target}").get_json()
    shown = {
        (one.attributes["data-place"], one.attributes["data-day"])
        for one in figures(read(client, path))
        if one.attributes["data-figure"] == "value"
    }
    wanted = {("441900", month["as_of"]) for month in months}
    # Parks lie within towns and take no part in rankings.
    rows = printed("2025-06-30").values()
    wanted |= {(row["place"], row["as_of"]) for row in rows if row["place_level"] != "park"}
    assert wanted <= shown
