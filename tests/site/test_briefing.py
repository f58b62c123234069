"""Briefings: every figure against the snapshot's tables, read by SQL of the tests' own.

What a briefing says is read back from its bytes: text of the PDF, cells of the DOCX, HTML of the page.
"""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from flask.testing import FlaskClient
from sqlalchemy import Connection
from typer.testing import CliRunner

from milepost.cli import app
from tests.asking import plainly
from tests.conftest import KEY
from tests.site.briefings import (
    CITY,
    LAST,
    ORDER,
    ROWS,
    TOWN,
    WORDS,
    amount,
    asked,
    limit,
    number,
    pages,
    paragraphs,
    sql,
    table_with,
    tables,
    tight,
)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("place", [CITY, TOWN])
def test_every_target_has_its_line(
    client: FlaskClient, published_connection: Connection, place: str, lang: str
) -> None:
    """Value, requirement's number and status of each target are those of the table `progress`."""
    rows = sql(published_connection, ROWS, place=place, day=LAST)
    data = asked(client, "docx", f"place={place}&lang={lang}")
    lines = (
        {row[1]: row for row in table_with(data, "条款" if lang == "zh" else "Clause")}
        if (place == CITY)
        else {
            row[1]: row for table in tables(data) if table[0][0] in ("条款", "Clause") for row in table
        }
    )
    seen = 0
    whole = tight("".join(pages(asked(client, "pdf", f"place={place}&lang={lang}"))))
    for row in rows:
        if row.kind == "milestone" and place != CITY:
            assert row[3 if lang == "zh" else 4] not in lines
            continue
        seen += 1
        name = row.name_zh if lang == "zh" else row.name_en
        line = lines[name]
        assert line[0] == row.clause
        judged = row.status is not None
        value = line[3 if judged else 2].split("\n")[0]
        unit = row.unit_zh if lang == "zh" else row.unit_en
        if row.kind == "coverage" and place != CITY:
            assert value.startswith(number(row.value, lang) + " ")
        elif row.value != 1 or row.unit == "%" or row.kind == "milestone" or lang == "zh":
            assert value == amount(row.value, unit, lang, row.kind), name
        else:
            assert value.startswith("1 ")  # one of an English unit is singular
        if judged:
            assert line[5].split("\n")[0] == WORDS[lang][row.status]
            assert line[6] == row.by.isoformat()
            if row.required is not None and row.kind != "milestone" and row.unit != "%":
                assert limit(row.required, lang) in line[2]
        else:
            assert line[4] == (f"{row.share:,.1f}%" if row.share is not None else "—")
            between = " / " if lang == "zh" else " of "
            assert line[5] == (f"{row.rank}{between}{row.ranked}" if row.rank else "—")
        assert tight("".join(line[:3])) in whole, name
    assert seen > 15


@pytest.mark.parametrize("place", [CITY, TOWN])
@pytest.mark.parametrize("day", [LAST, date(2023, 12, 31)])
def test_the_headlines_count_what_the_snapshot_says(
    client: FlaskClient, published_connection: Connection, place: str, day: date
) -> None:
    counted: Counter[str] = Counter()
    for row in sql(published_connection, ROWS, place=place, day=day):
        if row.status is not None and (row.kind != "milestone" or place == CITY):
            counted[row.status] += 1
    first = pages(asked(client, "pdf", f"place={place}&as_of={day}"))[0]
    assert f"{sum(counted.values())}项目标中" in first
    for status, word in WORDS["zh"].items():
        assert (f"{word}{counted[status]}项" in first) == bool(counted[status]), status
    behind = sum(counted[status] for status in ("breached", "missed", "off_track", "at_risk"))
    assert f"需要关注的有{behind}项" in first
    assert f"还有{(date(2025, 12, 31) - day).days}天" in first


def test_what_turned_since_the_month_before(
    client: FlaskClient, published_connection: Connection
) -> None:
    """Month by month over a year: which statuses got better or worse within a window."""
    seen: Counter[str] = Counter()
    days = [row.as_of for row in sql(
        published_connection,
        "SELECT DISTINCT as_of FROM progress WHERE policy = 'dongguan' AND as_of > '2024-05-01'"
        " ORDER BY as_of",
    )]  # fmt: skip
    for then, now in itertools.pairwise(days):
        found = sql(
            published_connection,
            "SELECT t.name_zh, a.status AS was, b.status AS is_now,"
            " a.window_start = b.window_start AS same"
            " FROM progress a JOIN progress b USING (target, place) JOIN targets t USING (target)"
            " WHERE place = :place AND a.as_of = :then AND b.as_of = :now AND a.status <> b.status",
            place=CITY, then=then, now=now,
        )  # fmt: skip
        expected = {}
        for row in found:
            comparable = row.same is not False and {row.was, row.is_now} <= set(ORDER)
            better = comparable and ORDER.index(row.is_now) < ORDER.index(row.was)
            expected[row.name_zh] = (
                "好转" if better else "变差" if comparable else "其他",
                WORDS["zh"][row.was],
                WORDS["zh"][row.is_now],
            )
        data = asked(client, "docx", f"as_of={now}")
        written = {
            row[0]: (row[1], row[2].split("\n")[0], row[3].split("\n")[0])
            for table in tables(data)
            if table[0][1] == "变化"
            for row in table[1:]
        }
        assert written == expected, now
        seen.update(turn for turn, _, _ in expected.values())
        if not expected:
            assert any("各项目标状态没有变化" in said for said in paragraphs(data)), now
    assert seen["好转"] and seen["变差"]


def test_places_are_ranked_as_in_the_snapshot(
    client: FlaskClient, published_connection: Connection
) -> None:
    """Ranks of the date and of the month before, values and statuses, for every target that judges."""
    rows = sql(
        published_connection,
        "SELECT t.name_zh, t.position, t.kind, l.short_name,"
        " p.rank, p.value, p.status, p.unit, p.required,"
        " CASE WHEN q.window_start = p.window_start THEN q.rank END AS rank_before"
        " FROM progress p JOIN targets t USING (target) JOIN places l ON l.code = p.place"
        " LEFT JOIN progress q ON q.target = p.target AND q.place = p.place AND q.as_of = '2025-05-31'"
        " WHERE p.as_of = :day AND l.parent = :city AND l.level <> 'park' AND t.kind <> 'milestone'"
        " AND p.target IN (SELECT target FROM progress JOIN places ON code = place WHERE as_of = :day"
        "  AND parent = :city AND level <> 'park' AND status IS NOT NULL AND status <> 'no_data')",
        day=LAST, city=CITY,
    )  # fmt: skip
    data = asked(client, "docx")
    ranked = [table for table in tables(data) if table[0][0] == "排名"]
    names = dict.fromkeys(row.name_zh for row in sorted(rows, key=lambda row: row.position))
    assert len(ranked) == len(names) >= 4
    for name, table in zip(names, ranked, strict=True):
        expected = {row.short_name: row for row in rows if row.name_zh == name}
        halves = [row[:5] for row in table[1:]] + [row[5:] for row in table[1:] if row[5]]
        assert len(halves) == len(expected) == 33
        ranks = [int(row[0]) for row in halves if row[0] != "—"]
        assert ranks == sorted(ranks)
        for rank, place, value, status, before in halves:
            row = expected[place]
            assert rank == (str(row.rank) if row.rank else "—"), (name, place)
            assert before == (str(row.rank_before) if row.rank_before else "—"), (name, place)
            assert status == WORDS["zh"][row.status], (name, place)
            if row.value is not None and row.unit != "%":
                assert value.split(" / ")[0] == number(row.value, "zh"), (name, place)
            if row.kind in {"cumulative", "annual", "stock"}:
                assert value.split(" / ")[1] == limit(row.required, "zh"), (name, place)


def test_the_town_is_marked_among_its_sisters(client: FlaskClient) -> None:
    document = docx.Document(io.BytesIO(asked(client, "docx", f"place={TOWN}")))
    ranked = [table for table in document.tables if table.rows[0].cells[0].text == "排名"]
    assert ranked
    for table in ranked:
        marked = [
            {cell.text for cell in row.cells}
            for row in table.rows[1:]
            if row.cells[0].paragraphs[0].runs[0]._element.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"
        ]
        assert len(marked) == 1
        assert "虎门" in marked[0]


def test_what_is_missing_is_said_with_names(
    client: FlaskClient, published_connection: Connection
) -> None:
    rows = sql(
        published_connection,
        "SELECT dataset, l.short_name, count(*) AS months FROM completeness c"
        " JOIN places l ON l.code = c.place WHERE c.policy = 'dongguan' AND state = 'missing'"
        " AND month > '2024-06-30' AND month <= :day AND dataset = 'institutions'"
        " GROUP BY ALL ORDER BY months DESC",
        day=LAST,
    )
    assert rows
    (note,) = (one for one in paragraphs(asked(client, "docx")) if "载体名录" in one)
    assert f"缺报 {sum(row.months for row in rows)} 次" in note
    assert f"{rows[0].short_name} {rows[0].months} 个月" in note
    (refused,) = sql(
        published_connection,
        "SELECT count(*) AS n FROM (SELECT DISTINCT load, source_file, source_sheet, source_row"
        " FROM rejects)",
    )
    assert any(f"有 {refused.n} 行被退回" in one for one in paragraphs(asked(client, "docx")))
    (every,) = sql(published_connection, "SELECT count(*) AS n FROM warnings")
    said = [one for one in paragraphs(asked(client, "docx")) if "条可疑内容" in one]
    assert bool(said) == bool(every.n)
    assert not every.n or f"有 {every.n} 条可疑内容" in said[0]


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_the_same_question_gives_the_same_bytes(client: FlaskClient, kind: str) -> None:
    first = asked(client, kind, f"place={TOWN}&as_of=2024-02-29")
    assert first == asked(client, kind, f"place={TOWN}&as_of=2024-02-29")
    assert first != asked(client, kind, f"place={TOWN}&as_of=2024-03-31")


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_the_command_line_writes_the_same_file(
    client: FlaskClient, published_home: Path, tmp_path: Path, kind: str
) -> None:
    written = tmp_path / f"briefing.{kind}"
    result = CliRunner().invoke(
        app,
        ["briefing", "--place", TOWN, "--as-of", "2024-05-17", "--issue", "6", "--lang", "en",
         "--format", kind, "-o", str(written)],
        env={"MILEPOST_HOME": str(published_home), "MILEPOST_KEY": KEY},
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    query = f"place={TOWN}&as_of=2024-05-17&issue=6&lang=en"
    assert written.read_bytes() == asked(client, kind, query)
    assert "No. 6" in paragraphs(asked(client, "docx", query))


def test_a_day_within_a_month_is_counted_to_that_day(
    client: FlaskClient, published_connection: Connection
) -> None:
    """A date that the snapshot holds no rows of: trainings counted one by one from the records."""
    (row,) = sql(
        published_connection,
        "SELECT count(*) AS n FROM trainings WHERE completed_on BETWEEN '2021-01-01' AND '2024-05-17'"
        " AND (result = '合格' OR result IS NULL OR result = '')",
    )
    lines = {line[1]: line for line in table_with(asked(client, "docx", "as_of=2024-05-17"), "条款")}
    assert lines["职业技能提升培训人次"][3].split("\n")[0] == f"{number(row.n, 'zh')} 人次"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("place", ["", TOWN])
def test_the_page_says_what_the_file_says(client: FlaskClient, place: str, lang: str) -> None:
    query = f"lang={lang}" + (f"&place={place}" if place else "")
    page = plainly(client, f"/briefing?{query}")
    cells = {
        part
        for table in tables(asked(client, "docx", query))
        for row in table
        for cell in row
        for part in cell.split("\n")
        if part
    }
    assert len(cells) > 100
    whole = re.sub(r"</?data[^>]*>", "", page).replace("&amp;", "&").replace("&#x27;", "'")
    shown = re.sub(r"&[a-z#0-9]+;|<[^>]*>", "\n", whole)
    assert [cell for cell in cells if cell not in shown and " / " not in cell] == []
    assert f"/download/briefing.pdf?policy=dongguan&amp;{'place=' if place else 'as_of='}" in page
    assert "/present/1" in page


def test_a_slide_is_told_by_its_address(client: FlaskClient) -> None:
    first = plainly(client, "/present/1?as_of=2024-06-30")
    found = re.search(r"1 / (\d+)", first)
    assert found is not None
    last = int(found[1])
    assert last > 15
    assert "演示数据" in first
    assert re.search(r'href=\\?"/present/2\?[^"]*as_of=2024-06-30\\?" rel=\\?"next', first)
    assert "2024年6月30日" in first
    assert 'rel=\\"next' not in plainly(client, f"/present/{last}?as_of=2024-06-30")
    for wrong in ("0", str(last + 1), "x", "²"):
        assert "没有这个页面" in plainly(client, f"/present/{wrong}?as_of=2024-06-30")


def test_slides_show_every_target_and_every_place(
    client: FlaskClient, published_connection: Connection
) -> None:
    first = plainly(client, "/present/1")
    last = int(re.findall(r"1 / (\d+)", first)[0])
    every = "".join(plainly(client, f"/present/{n}") for n in range(1, last + 1))
    for row in sql(published_connection, ROWS, place=CITY, day=LAST):
        assert row.name_zh in every
    for row in sql(published_connection, "SELECT short_name FROM places WHERE level = 'town'"
                   " AND parent = '441900' AND successor IS NULL"):  # fmt: skip
        assert row.short_name in every


def test_the_way_to_the_briefing_keeps_the_place(client: FlaskClient) -> None:
    way = re.compile(rf'"/briefing\?[^"]*place={TOWN}')
    assert way.search(plainly(client, f"/place/{TOWN}"))
    assert not way.search(plainly(client, "/quality"))


def test_a_policy_without_records_is_told_as_unknown(client: FlaskClient) -> None:
    """The place of a policy of which nothing is loaded: no value of it is zero, nothing is invented."""
    data = asked(client, "docx", "place=330802")
    assert "关于柯城区落实新时代衢州工匠培育工程目标情况的通报" in paragraphs(data)
    lines = [row for table in tables(data) if table[0][0] == "条款" for row in table[1:]]
    values = {row[2 if len(row) == 6 else 3].split("\n")[0] for row in lines if row[0] != row[1]}
    assert values == {"无数据"}
    assert any("按未知列示，不作零" in said for said in paragraphs(data))
    assert len(pages(asked(client, "pdf", "place=330802"))) >= 2
