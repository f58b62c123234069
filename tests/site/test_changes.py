"""Two dates, two snapshots, places that moved, where targets are heading: held against DuckDB's own
arithmetic over the tables of the snapshot."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from flask.testing import FlaskClient
from typer.testing import CliRunner

from dashboard.site import create_app
from dashboard.words import texts
from etl.texts import Text
from milepost import verbs
from milepost.cli import app
from tests.asking import markup_of
from tests.conftest import KEY, settings_of

AREA = "441900"
RANKED = """
    SELECT now.place, now.target, then_.rank AS was, now.rank AS is_
    FROM progress now JOIN progress then_ USING (policy, target, place)
    JOIN places ON places.code = now.place
    WHERE policy = 'dongguan' AND now.as_of = ? AND then_.as_of = ? AND places.parent = '441900'
      AND places.level <> 'park' AND now.rank IS NOT NULL AND then_.rank IS NOT NULL
      AND now.window_start = then_.window_start
"""


@pytest.fixture(scope="module")
def raw(
    published_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB itself on a copy of the published snapshot, which the site has open."""
    warehouse = published_home / "warehouse"
    name = (warehouse / "current").read_text("utf-8").strip()
    copied = tmp_path_factory.mktemp("raw") / "copied.duckdb"
    shutil.copyfile(warehouse / "snapshots" / name, copied)
    with duckdb.connect(str(copied), read_only=True) as connection:
        yield connection


def words(key: str, language: Any = "zh", **slots: object) -> str:
    """A declared text."""
    return Text(**texts()[key]).of(language).format(**slots)


def plain(markup: str) -> str:
    """The text of a piece of HTML."""
    said = re.sub("</?data[^>]*>", "", markup)  # figures stand in the middle of words
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", said)).split())


def commanded(home: Path, line: str) -> list[dict[str, str]]:
    """What a command prints as CSV."""
    environment = {"MILEPOST_HOME": str(home), "MILEPOST_KEY": KEY}
    result = CliRunner().invoke(app, line.split(), env=environment)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout)))


def section(markup: str, anchor: str) -> str:
    """The section of a page that can be gone to by `anchor`."""
    found = re.search(rf'<section[^>]* id="{anchor}".*?</section>', markup, re.S)
    assert found is not None, anchor
    return found[0]


def cells(markup: str) -> list[list[str]]:
    """The cells of the rows of tables in a piece of HTML."""
    rows = re.findall(r"<tr>(.*?)</tr>", markup, re.S)
    return [
        [plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in rows
    ]


def first_number(said: str) -> float:
    """The number that a cell begins with, grouped and in 万 as it may be."""
    found = re.match(r"[+−]?([\d,.]+)(万)?", said)
    assert found is not None, said
    number = float(found[1].replace(",", "")) * (10_000 if found[2] else 1)
    return -number if said.startswith("−") else number


@pytest.mark.parametrize(
    ("since", "as_of"),
    [("2025-05-31", "2025-06-30"), ("2023-11-30", "2024-02-29"), ("2024-12-31", "2025-01-31")],
)
def test_how_statuses_turned(
    client: FlaskClient, raw: duckdb.DuckDBPyConnection, since: str, as_of: str
) -> None:
    told = raw.execute(
        """
        WITH standing AS (
          SELECT target, as_of, window_start, list_position(
            ['breached', 'missed', 'off_track', 'at_risk', 'on_track', 'achieved'], status) AS n
          FROM progress WHERE policy = 'dongguan' AND place = '441900')
        SELECT count(*) FILTER (now.n > was.n), count(*) FILTER (now.n < was.n)
        FROM standing now JOIN standing was USING (target, window_start)
        WHERE now.as_of = ? AND was.as_of = ?
        """,
        [as_of, since],
    ).fetchone()
    assert told is not None
    better, worse = told
    for language in ("zh", "en"):
        page = markup_of(client, f"/changes?since={since}&as_of={as_of}&lang={language}")
        lead = words("changes_lead", language, then=since, now=as_of, better=better, worse=worse)
        assert lead in plain(page)
        overview = markup_of(client, f"/?since={since}&as_of={as_of}&lang={language}")
        listed = section(overview, "since")
        assert words("changes_since", language, day=since) in plain(listed)
        assert listed.count('class="turn better"') + listed.count('class="turn worse"') == min(
            better + worse, 4
        )


def test_every_value_then_and_now(client: FlaskClient, raw: duckdb.DuckDBPyConnection) -> None:
    since, as_of = "2024-03-31", "2024-06-30"
    rows = cells(section(markup_of(client, f"/changes?since={since}&as_of={as_of}"), "targets"))
    told = raw.execute(
        """
        SELECT targets.kind, then_.value, now.value, now.window_start = then_.window_start
        FROM targets JOIN progress now USING (target) JOIN progress then_ USING (target, place)
        WHERE targets.policy = 'dongguan' AND place = '441900' AND now.as_of = ? AND then_.as_of = ?
        ORDER BY targets.position
        """,
        [as_of, since],
    ).fetchall()
    assert len(rows) == len(told) + 1 == 28
    assert rows[0][1:3] == [f"截至 {since}", f"截至 {as_of}"]
    checked = 0
    for row, (kind, then, now, same_window) in zip(rows[1:], told, strict=True):
        if kind == "milestone" or None in (then, now):
            continue
        assert first_number(row[1]) == pytest.approx(then, rel=0.005, abs=0.06), row
        assert first_number(row[2]) == pytest.approx(now, rel=0.005, abs=0.06), row
        assert same_window
        assert first_number(row[3]) == pytest.approx(now - then, rel=0.005, abs=0.06), row
        checked += 1
    assert checked > 15


def test_a_window_that_began_anew_has_no_change(client: FlaskClient) -> None:
    page = section(markup_of(client, "/changes?since=2024-12-31&as_of=2025-01-31"), "targets")
    (row,) = [row for row in cells(page) if row[0].startswith("公益性实训人次")]
    assert row[3] == words("changes_anew")


def test_any_two_days_inside_months(client: FlaskClient, raw: duckdb.DuckDBPyConnection) -> None:
    """No date of the two is stored: studios are counted from the records themselves."""
    since, as_of = "2023-11-17", "2024-02-10"
    counts = [
        raw.execute(
            """
            SELECT count(*) FROM institutions
            WHERE type = '技能大师工作室' AND recognised_on BETWEEN '2021-01-01' AND ?
              AND place IN (SELECT place FROM place_ancestors WHERE ancestor = '441900')
            """,
            [day],
        ).fetchone()
        for day in (since, as_of)
    ]
    then, now = (one[0] for one in counts if one is not None)
    assert now > then > 0
    page = section(markup_of(client, f"/changes?since={since}&as_of={as_of}"), "targets")
    (row,) = [row for row in cells(page) if row[0].startswith("新增技能大师工作室")]
    assert row[1:4] == [f"{then} 个", f"{now} 个", f"+{now - then} 个"]


def test_the_places_that_moved_most(
    client: FlaskClient, raw: duckdb.DuckDBPyConnection, published_home: Path
) -> None:
    since, as_of = "2025-05-31", "2025-06-30"
    moved = raw.execute(
        f"SELECT short_name, climbed FROM (SELECT place, avg(was) - avg(is_) AS climbed FROM ({RANKED})"
        " GROUP BY place) JOIN places ON code = place ORDER BY climbed DESC",
        [as_of, since],
    ).fetchall()
    assert len(moved) == 33
    printed = commanded(published_home, "changes --movers --policy dongguan --format csv")
    assert [float(row["climbed"]) for row in printed] == pytest.approx([one[1] for one in moved])
    assert printed[0]["place_name"].startswith(moved[0][0])
    up, down = moved[:3], moved[:-4:-1]
    assert up[0][1] > 0 > down[0][1]
    lists = re.findall(r"<ul>(.*?)</ul>", section(markup_of(client, "/"), "moved"), re.S)
    assert len(lists) == 2
    for listed, told in zip(lists, (up, down), strict=True):
        items = [plain(item) for item in re.findall(r"<li>(.*?)</li>", listed, re.S)]
        said = [float(re.findall(r"[升降] ([\d.]+)", item)[0]) for item in items]
        assert said == [pytest.approx(abs(climbed), abs=0.006) for _, climbed in told if climbed]
        names = {name for name, climbed in moved if abs(climbed) >= min(said) - 0.006}
        assert {item.split()[0] for item in items} <= names


def test_a_reason_says_what_the_deadline_will_see(
    client: FlaskClient, raw: duckdb.DuckDBPyConnection
) -> None:
    """Value + rate x months left, in whole units; dates are subtracted by DuckDB."""
    told = raw.execute(
        """
        SELECT floor(round(value + rate_last_12_months * (window_end - as_of) / (365.25 / 12), 6)),
          required, window_end
        FROM progress WHERE target = 'dg-training-enrolments' AND place = '441900'
          AND as_of = '2025-06-30'
        """
    ).fetchone()
    assert told is not None
    reaches, required, end = told
    assert reaches < required == 1_000_000
    assert 10_000 <= reaches < 100_000
    assert f"照此到 {end} 只有 {reaches / 10_000:.2f}万人次，要求 100万人次" in plain(
        markup_of(client, "/")
    )
    assert f"at this rate {reaches:,.0f} of 1,000,000 enrolments by {end}" in plain(
        markup_of(client, "/?lang=en")
    )


def test_what_was_published_then_against_now(published_home: Path, tmp_path: Path) -> None:
    """A load brings a milestone: by the new snapshot it is achieved, at the same date."""
    home = tmp_path / "home"
    shutil.copytree(published_home, home)
    settings = settings_of(home)
    before = (home / "warehouse" / "current").read_text("utf-8").strip().removesuffix(".duckdb")
    extra = tmp_path / "更多里程碑.csv"
    extra.write_text(
        "编号,目标编号,完成日期,依据,所属镇街\nX9,dg-technician-college,2025-06-20,演示,东莞市\n",
        "utf-8",
    )
    assert verbs.load(settings, [extra], policy="dongguan").changed
    with create_app(settings).server.test_client() as client:
        page = markup_of(client, f"/changes?against={before}")
        assert "1 项好转，0 项变差" in plain(page)
        rows = cells(section(page, "targets"))
        (row,) = [row for row in rows if "→" in row[5]]
        assert row[1:3] == ["未完成", "已完成"]
        assert rows[0][1].startswith("截至 2025-06-30（")
        # The commands of the page print the same.
        typed = re.findall(r"milepost (changes [^<\n]*)", page)
        assert [f"--against {before}" in line for line in typed] == [True, True]
        printed = commanded(home, f"{typed[0]} --format csv")
        (turned,) = [row for row in printed if row["turn"]]
        assert (turned["target"], turned["turn"]) == ("dg-technician-college", "better")
        assert (turned["value_then"], turned["value"], turned["since"]) == ("0", "1", "2025-06-30")
        menu = re.search(r'<details class="menu snapshots">.*?</details>', markup_of(client), re.S)
        assert menu is not None
        kept = list((home / "warehouse" / "snapshots").glob("*.duckdb"))
        assert menu[0].count("<li>") == len(kept) > 1
        assert f"snapshot={before}" in menu[0]
        # By the old one it is as it was, and every page says that it is old.
        old = markup_of(client, f"/target/dg-technician-college?snapshot={before}")
        assert "未完成" in plain(old)
        assert words("back_to_current") in plain(old)
        # What the old one says is had again from the command line, and so are the records behind it.
        assert f"--as-of 2025-06-30 --snapshot {before}" in old
        figure = markup_of(client, f"/figure/dg-technician-college?snapshot={before}")
        typed = re.findall(rf"milepost (\w+ .*--snapshot {before} --format csv)", figure)
        assert [line.split()[0] for line in typed] == ["progress", "records"]
        printed = [commanded(home, line) for line in typed]
        assert printed[0][0]["value"] == "0"
        assert printed[1] == []
        now = [line.replace(f" --snapshot {before}", "") for line in typed]
        assert commanded(home, now[0])[0]["value"] == "1"
        assert [row["milestone_no"] for row in commanded(home, now[1])] == ["X9"]
        for verb in ("completeness", "warnings", "rejects"):
            assert commanded(home, f"{verb} --snapshot {before} --format csv") == commanded(
                published_home, f"{verb} --format csv"
            )
        unknown = markup_of(client, "/changes?against=20200101T000000000-00000000")
        assert words("no_snapshot") in plain(unknown)


@pytest.mark.parametrize(
    "asked", ["since=2025-06-30&as_of=2025-06-30", "since=2025-07-01", "since=2020-01-01"]
)
def test_two_dates_that_do_not_compare_are_said(client: FlaskClient, asked: str) -> None:
    page = plain(markup_of(client, f"/changes?{asked}"))
    assert words("changes_earlier") in page
    assert words("changes_from") in page
    # The overview falls back to the month before, and says so.
    assert words("changes_since", day="2025-05-31") in plain(markup_of(client, f"/?{asked}"))


def test_in_the_first_month_nothing_lies_before(client: FlaskClient) -> None:
    assert 'id="since"' not in markup_of(client, "/?as_of=2021-01-20")
    assert words("changes_earlier") in plain(markup_of(client, "/changes?as_of=2021-01-20"))


def test_a_place_is_compared_at_two_dates_too(
    client: FlaskClient, raw: duckdb.DuckDBPyConnection
) -> None:
    path = "/changes?place=441900121&since=2024-06-30&as_of=2024-12-31"
    page = markup_of(client, path)
    (row,) = [row for row in cells(section(page, "targets")) if row[0].startswith("新增技能大师工作室")]
    told = raw.execute(
        "SELECT value FROM progress WHERE target = 'dg-studios' AND place = '441900121'"
        " AND as_of IN ('2024-06-30', '2024-12-31') ORDER BY as_of"
    ).fetchall()
    assert row[1:3] == [f"{value:.0f} 个" for (value,) in told]
    assert "虎门镇" in plain(page)
    assert words("not_found") in plain(markup_of(client, "/changes?place=nowhere"))
