"""The page of a place, the trail and the own place: held against DuckDB's own arithmetic."""

from __future__ import annotations

import html
import re

import duckdb
import pytest
from flask.testing import FlaskClient

from dashboard.address import parse
from tests.asking import markup_of
from tests.site.test_changes import cells, first_number, plain, raw, section, words

__all__ = ["raw"]  # a fixture

TOWN = "441900121"
PATHS = [
    "/changes", "/data", "/quality", "/policy/dongguan", "/agency/市教育局", f"/place/{TOWN}",
    "/target/dg-studios", f"/target/dg-studios?place={TOWN}", f"/changes?place={TOWN}",
]  # fmt: skip


def rows_of(page: str, name: str) -> list[str]:
    """The cells of the row of a target in the tables of a page."""
    (row,) = [row for row in cells(page) if row and row[0].startswith(name)]
    return row


def test_what_sister_places_come_to_on_the_mean(
    client: FlaskClient, raw: duckdb.DuckDBPyConnection
) -> None:
    page = section(markup_of(client, f"/place/{TOWN}"), "judged")
    for target, name in (
        ("dg-studios", "新增技能大师工作室"),
        ("dg-town-sites", "每个镇街一个技能宣传阵地"),
    ):
        told = raw.execute(
            "SELECT avg(value) FROM progress JOIN places ON code = place WHERE target = ?"
            " AND parent = '441900' AND level <> 'park' AND as_of = '2025-06-30'",
            [target],
        ).fetchone()
        assert told is not None
        assert first_number(rows_of(page, name)[2]) == pytest.approx(told[0], abs=0.006)
    # The mean of ratios is no ratio: the city's own is shown.
    whole = raw.execute(
        "SELECT value FROM progress WHERE target = 'dg-high-skilled-share' AND place = '441900'"
        " AND as_of = '2025-06-30'"
    ).fetchone()
    assert whole is not None
    shown = rows_of(page, "高技能人才占技能人才比例")[2]
    assert first_number(shown) == pytest.approx(whole[0], abs=0.06)


def test_a_sister_place_may_be_chosen_to_compare_with(
    client: FlaskClient, raw: duckdb.DuckDBPyConnection
) -> None:
    told = raw.execute(
        "SELECT value FROM progress WHERE target = 'dg-studios' AND place = '441900119'"
        " AND as_of = '2025-06-30'"
    ).fetchone()
    assert told is not None
    page = section(markup_of(client, f"/place/{TOWN}?beside=441900119"), "judged")
    assert first_number(rows_of(page, "新增技能大师工作室")[2]) == told[0]
    name = raw.execute("SELECT name FROM places WHERE code = '441900119'").fetchone()
    assert name is not None
    assert cells(page)[0][2] == name[0]
    itself = markup_of(client, f"/place/{TOWN}?beside={TOWN}")
    assert cells(section(itself, "judged"))[0][2] == words("beside_mean")


def test_what_is_allocated_stands_against_what_was_done(
    client: FlaskClient, raw: duckdb.DuckDBPyConnection
) -> None:
    told = raw.execute(
        "SELECT value, required FROM progress WHERE target = 'dg-studios' AND place = ?"
        " AND as_of = '2025-06-30'",
        [TOWN],
    ).fetchone()
    assert told is not None
    page = markup_of(client, f"/place/{TOWN}")
    judged = section(page, "judged")
    allocated = judged[judged.index(words("allocated")) : judged.index(words("held_alike"))]
    row = rows_of(allocated, "新增技能大师工作室")
    assert first_number(row[1]) == told[0]
    assert row[3] == f"不少于 {told[1]:.0f} 个"
    assert cells(allocated)[0][3] == words("asked_here")


def test_what_to_do_begins_with_the_worst(client: FlaskClient, raw: duckdb.DuckDBPyConnection) -> None:
    behind = raw.execute(
        """
        SELECT targets.name_zh, expected - value FROM progress JOIN targets USING (target)
        WHERE place = ? AND as_of = '2025-06-30' AND status IN ('off_track', 'at_risk')
        ORDER BY status = 'at_risk', pace
        """,
        [TOWN],
    ).fetchall()
    assert len(behind) > 1
    listed = section(markup_of(client, f"/place/{TOWN}"), "to-do")
    items = [plain(item) for item in re.findall(r"<li>(.*?)</li>", listed, re.S)]
    assert [name for (name, _), item in zip(behind, items, strict=True) if name in item] == [
        name for name, _ in behind
    ]
    for (_, short), item in zip(behind, items, strict=True):
        said = re.findall(r"离序时进度还差 ([\d.,]+)(万?)", item)
        if short > 0:
            number, ten_thousands = said[0]
            shown = first_number(number) * (10_000 if ten_thousands else 1)
            assert shown == pytest.approx(short, rel=0.01, abs=0.006)


def test_what_is_missing_from_whom(client: FlaskClient, raw: duckdb.DuckDBPyConnection) -> None:
    """The place with the most missing months says them; the city names whose they are."""
    place, missing = raw.execute(
        """
        SELECT place, count(*) FROM completeness
        WHERE policy = 'dongguan' AND state = 'missing' AND place <> '441900'
          AND month BETWEEN '2024-07-01' AND '2025-06-30' GROUP BY place ORDER BY 2 DESC, 1
        """
    ).fetchone() or ("", 0)
    assert missing > 0
    said = plain(section(markup_of(client, f"/place/{place}"), "missing"))
    listed = sum(len(re.findall(r"\d{4}年\d+月", part)) for part in re.split("偏少", said)[:1])
    assert listed == missing
    whole = plain(section(markup_of(client, "/place/441900"), "missing"))
    longest = raw.execute(
        """
        SELECT short_name FROM completeness JOIN places ON code = place
        WHERE policy = 'dongguan' AND state = 'missing' AND month BETWEEN '2024-07-01' AND '2025-06-30'
        GROUP BY place, short_name, dataset HAVING count(*) = (SELECT max(n) FROM (SELECT count(*) n
          FROM completeness WHERE policy = 'dongguan' AND state = 'missing'
          AND month BETWEEN '2024-07-01' AND '2025-06-30' GROUP BY place, dataset))
        """
    ).fetchall()
    assert whole.split()[1] in {name for (name,) in longest}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_page_says_the_way_back(client: FlaskClient, path: str, lang: str) -> None:
    """Its first step is the policy's overview, its last the page itself; dates stay as they are."""
    asked = f"{path}{'&' if '?' in path else '?'}as_of=2024-06-30&since=2024-03-31&lang={lang}"
    page = markup_of(client, asked)
    (way,) = re.findall(rf'<nav aria-label="{words("breadcrumb", lang)}">(.*?)</nav>', page, re.S)
    steps = re.findall(r"<li([^>]*)>(.*?)</li>", way, re.S)
    assert len(steps) > 1
    links = [html.unescape(one) for one in re.findall(r'href="([^"]*)"', way)]
    assert len(links) == len(steps) - 1
    assert "aria-current" in steps[-1][0]
    back = parse(*links[0].partition("?")[::2])
    assert (back.page, back.policy, back.lang) == ("", "dongguan", lang)
    for address in links:
        view = parse(address.partition("?")[0], address.partition("?")[2].partition("#")[0])
        assert (str(view.as_of), str(view.since)) == ("2024-06-30", "2024-03-31")


def test_the_way_back_from_a_target_at_a_place_is_the_place(client: FlaskClient) -> None:
    page = markup_of(client, f"/target/dg-studios?place={TOWN}")
    way = re.findall(r'<nav aria-label="所在位置">(.*?)</nav>', page, re.S)[0]
    assert [plain(step) for step in re.findall(r"<li[^>]*>(.*?)</li>", way, re.S)] == [
        "东莞“技能人才之都”", "东莞市", "虎门镇", "新增技能大师工作室",
    ]  # fmt: skip
    assert f"/place/{TOWN}?policy=dongguan&amp;show=dg-studios" in way


@pytest.mark.parametrize("path", ["/", *PATHS])
def test_no_link_leads_to_the_bare_address(client: FlaskClient, path: str) -> None:
    """It alone may lead to a reader's own place."""
    links = re.findall(r'<a[^>]*href="([^"]*)"[^>]*>', markup_of(client, path))
    bare = [address for address in links if address in {"/", ""}]
    assert bare == ["/"]  # the way to the own place, which the browser fills in
    assert len(links) > 10


def test_a_place_may_be_made_the_own_one_and_the_whole_may_not(client: FlaskClient) -> None:
    page = markup_of(client, f"/place/{TOWN}?as_of=2024-06-30&lang=en")
    assert f'data-own="/place/{TOWN}?policy=dongguan&amp;lang=en"' in page
    assert "data-own" not in markup_of(client, "/place/441900")


def test_the_date_field_knows_the_life_of_the_policy(client: FlaskClient) -> None:
    page = markup_of(client, f"/place/{TOWN}?as_of=2024-02-10&show=dg-studios&lang=en")
    (field,) = re.findall(r'<input type="date" name="as_of"[^>]*>', page)
    for said in ('min="2021-01-01"', 'max="2025-06-30"', 'value="2024-02-10"', "required"):
        assert said in field
    kept = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page))
    assert kept == {"policy": "dongguan", "show": "dg-studios", "lang": "en"}
    assert f'action="/place/{TOWN}"' in page
