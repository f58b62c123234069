"""Briefings as files: every figure against the snapshot's tables, read by SQL of the tests' own.

What a file says is read back from its bytes: text of the PDF, cells of the DOCX. How figures are
written is worked out here once more, by hand.
"""

from __future__ import annotations

import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pylopdf_fonts_zh_cn
import pytest
from docx.oxml.ns import qn
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from dashboard.briefing import typefaces
from dashboard.briefing.content import Briefing
from dashboard.briefing.draft import Question, draft
from dashboard.briefing.headings import chinese
from dashboard.briefing.pdf import to_pdf
from dashboard.site import create_app
from etl.errors import SettingsError
from etl.settings import Settings
from milepost.cli import app
from tests.asking import plainly
from tests.conftest import KEY

CITY, TOWN = "441900", "441900121"
LAST = date(2025, 6, 30)
WORDS = {
    "zh": {"achieved": "已达成", "on_track": "进度正常", "at_risk": "有风险", "off_track": "落后",
           "missed": "未达成", "breached": "超出上限", "not_started": "未开始", "no_data": "无数据"},
    "en": {"achieved": "Achieved", "on_track": "On track", "at_risk": "At risk",
           "off_track": "Off track", "missed": "Missed", "breached": "Breached",
           "not_started": "Not started", "no_data": "No data"},
}  # fmt: skip
#: From the best to the worst.
ORDER = ["achieved", "on_track", "at_risk", "off_track", "missed", "breached"]


def asked(client: FlaskClient, kind: str, query: str = "") -> bytes:
    answer = client.get(f"/download/briefing.{kind}?{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.data


def pages(data: bytes) -> list[str]:
    """The text of each page of a PDF, without any space: lines break where they must."""
    found = (page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return [re.sub(r"\s", "", page) for page in found]


def tight(said: str) -> str:
    return re.sub(r"\s", "", said)


def tables(data: bytes) -> list[list[list[str]]]:
    """The cells of each table of a DOCX; a cell that spans columns is there once for each."""
    found = docx.Document(io.BytesIO(data)).tables
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in found]


def paragraphs(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


def table_with(data: bytes, header: str) -> list[list[str]]:
    """The one table that has a header."""
    (found,) = (table for table in tables(data) if header in table[0])
    return found


def sql(connection: Connection, statement: str, **values: object) -> list[Any]:
    return list(connection.execute(text(statement), values))


def number(value: float, lang: str) -> str:
    """A number as both languages write it: 万 from 100,000 on in Chinese; three digits that count."""
    if lang == "zh" and abs(value) >= 100_000:
        return f"{value / 10_000:,.1f}".removesuffix(".0") + " 万"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def amount(value: float | None, unit: str, lang: str, kind: str) -> str:
    if value is None:
        return "无数据" if lang == "zh" else "No data"
    if kind == "milestone":
        return ({0: "未完成", 1: "已完成"} if lang == "zh" else {0: "Not done", 1: "Done"})[int(value)]
    if unit == "%":
        return f"{value:,.1f}%"
    said = number(value, lang)
    return f"{said}{'' if said.endswith('万') else ' '}{unit}"


ROWS = """
    SELECT t.target, t.clause, t.kind, t.name_zh, t.name_en, t.unit_zh, t.unit_en, t.by,
           p.value, p.status, p.rank, p.ranked, p.share, p.required, p.unit
    FROM progress p JOIN targets t USING (target)
    WHERE p.place = :place AND p.as_of = :day AND t.policy = 'dongguan' ORDER BY t.position
"""


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
                assert number(row.required, lang) in line[2]
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
                assert value.split(" / ")[1] == number(row.required, "zh"), (name, place)


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


SHEETS = [("", "zh"), ("", "en"), (TOWN, "zh"), (TOWN, "en")]


@pytest.mark.parametrize(("place", "lang"), SHEETS)
def test_a_pdf_is_one_page_of_headlines_and_says_on_each_that_it_is_made_up(
    client: FlaskClient, place: str, lang: str
) -> None:
    found = pages(asked(client, "pdf", f"place={place}&lang={lang}"))
    demo = {"zh": "演示数据，人员与机构均属虚构", "en": "Demodata;allpeopleandinstitutionsaremadeup"}
    second = {"zh": "三、较上月变化", "en": "3.Changessincethemonthbefore"}
    for at, page in enumerate(found, 1):
        assert demo[lang] in page
        assert f"—{at}—" in page
        assert (second[lang] in page) == (at == 2)
    assert ("编印单位" if lang == "zh" else "Issuedby") in found[-1]


def test_nothing_is_invented(client: FlaskClient, published_settings: Settings) -> None:
    """Without a setting and a number, office and number are left blank."""
    said = paragraphs(asked(client, "docx"))
    assert "第　　期" in said
    assert "编印单位：\t2025年6月30日" in said
    named = published_settings.model_copy(update={"office": "市技能人才工作办公室"})
    with create_app(named).server.test_client() as other:
        said = paragraphs(asked(other, "docx", "issue=12"))
    assert "第 12 期" in said
    assert "编印单位：市技能人才工作办公室\t2025年6月30日" in said


@pytest.fixture
def briefing(published_connection: Connection) -> Briefing:
    return draft(published_connection, Question(policy="dongguan"))


def test_real_data_are_not_marked_as_made_up(briefing: Briefing) -> None:
    assert "演示" not in "".join(pages(to_pdf(replace(briefing, demo=""))))


def test_a_pdf_carries_its_typefaces_and_its_structure(client: FlaskClient) -> None:
    reader = PdfReader(io.BytesIO(asked(client, "pdf")))
    fonts = {}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            (inner,) = font.get_object()["/DescendantFonts"]
            inner = inner.get_object()
            descriptor = inner["/FontDescriptor"].get_object()
            fonts[inner["/BaseFont"]] = bool({"/FontFile2", "/FontFile3"} & set(descriptor))
    assert len(fonts) >= 2
    assert all(fonts.values()), fonts
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith("zh")
    kinds = Counter(_kinds(root["/StructTreeRoot"]))
    assert kinds["/Table"] > 8
    assert kinds["/TH"] > 40
    assert kinds["/H1"] == 6
    metadata = root["/Metadata"].get_object().get_data().decode("utf-8")
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert reader.metadata is not None
    assert reader.metadata.title == "关于东莞“技能人才之都”目标进展情况的通报"


def _kinds(node: Any) -> Iterator[str]:
    node = node.get_object()
    if isinstance(node, list):
        for one in node:
            yield from _kinds(one)
    elif isinstance(node, dict):
        if "/S" in node and "/P" in node:
            yield str(node["/S"])
        if "/K" in node:
            yield from _kinds(node["/K"])


def test_pages_have_the_margins_of_the_standard(client: FlaskClient) -> None:
    """37 mm above, 28 mm at the left, a type area of 156 mm by 225 mm on A4."""
    section = docx.Document(io.BytesIO(asked(client, "docx"))).sections[0]
    widths = section.page_width, section.left_margin, section.right_margin
    heights = section.page_height, section.top_margin, section.bottom_margin
    assert [round(x.mm) for x in (*widths, *heights)] == [210, 28, 26, 297, 37, 35]
    reader = PdfReader(io.BytesIO(asked(client, "pdf")))
    for page in reader.pages:
        assert [round(float(x)) for x in page.mediabox] == [0, 0, 595, 842]
        starts: list[tuple[float, float]] = []

        def note(said: str, page: Any, at: Any, *_: Any, starts: Any = starts) -> None:
            if said.strip():
                x, y = at[4], at[5]
                starts.append(
                    (x * page[0] + y * page[2] + page[4], x * page[1] + y * page[3] + page[5])
                )

        page.extract_text(visitor_text=note)
        mm = 72 / 25.4
        body = [(x, y) for x, y in starts if 35 * mm < y < (297 - 36) * mm]
        assert body
        assert all(28 * mm - 1 <= x <= (210 - 26) * mm for x, _ in body)


def test_long_names_wrap_and_headers_stand_on_every_page(briefing: Briefing) -> None:
    long = "新时代粤港澳大湾区先进制造业集群高技能领军人才培养平台" * 3
    lines = tuple(
        replace(briefing.judged[0], name=f"{long}第{n}", section="一、战略目标") for n in range(60)
    )
    found = pages(to_pdf(replace(briefing, judged=lines, rankings=())))
    whole = "".join(found)
    assert all(f"{long}第{n}" in whole.replace("条款目标要求当前值上月末", "") for n in (0, 30, 59))
    spread = [page for page in found if "新时代粤港澳" in page]
    assert len(spread) > 5
    assert all("条款目标要求当前值上月末序时应达状态期限每月需／近" in page for page in spread)


def test_tables_of_the_docx_repeat_their_header_and_keep_rows_whole(client: FlaskClient) -> None:
    for table in docx.Document(io.BytesIO(asked(client, "docx"))).tables:
        heads = [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in table.rows]
        assert heads == [True, *[False] * (len(heads) - 1)]
        assert all(row._tr.xpath("./w:trPr/w:cantSplit") for row in table.rows)


def test_headings_are_numbered_as_documents_are(client: FlaskClient) -> None:
    document = docx.Document(io.BytesIO(asked(client, "docx")))
    first = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert first == ["一、总体情况", "二、需要关注的目标", "三、较上月变化", "四、各项目标进展",
                     "五、各地排名", "六、数据完整性说明"]  # fmt: skip
    second = [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    assert [said[:3] for said in second][:3] == ["（一）", "（二）", "（三）"]
    assert [chinese(n) for n in (1, 10, 11, 20, 34)] == ["一", "十", "十一", "二十", "三十四"]
    whole = "".join(pages(asked(client, "pdf")))
    assert all(tight(heading) in whole for heading in (*first, *second))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("place=441900999", "没有地点“441900999”"),
        ("policy=dongguan&place=330802", "地点“330802”不在政策 dongguan 的范围（441900）内"),
        (
            "policy=dongguan&place=330802&lang=en",
            "place '330802' is not inside the area of policy dongguan (441900)",
        ),
        ("policy=dongguang", "是否为“dongguan”？"),
        ("as_of=soon", "“soon”不是日期"),
        ("issue=first", "“first”不是期号"),
    ],
)
def test_what_does_not_exist_is_said(client: FlaskClient, query: str, said: str) -> None:
    answer = client.get(f"/download/briefing.pdf?{query}")
    assert answer.status_code == 404
    assert said in answer.get_data(as_text=True)
    assert client.get("/download/briefing.odt").status_code == 404


def test_an_older_snapshot_can_be_asked_for(
    client: FlaskClient, published_connection: Connection
) -> None:
    (row,) = sql(published_connection, "SELECT value FROM snapshot WHERE key = 'id'")
    assert row.value in "".join(paragraphs(asked(client, "docx", f"snapshot={row.value}")))
    assert client.get("/download/briefing.pdf?snapshot=nothing").status_code == 503


def test_a_folder_of_typefaces_goes_before_those_that_come_with_milepost(
    briefing: Briefing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serif = pylopdf_fonts_zh_cn.serif_path().read_bytes()
    old, new = ("Noto Serif SC".encode("utf-16-be"), "Mine Serif SC".encode("utf-16-be"))
    assert old in serif
    (tmp_path / "mine.otf").write_bytes(serif.replace(old, new))
    families = ("Mine Serif SC", *typefaces.FAMILIES["body"])
    monkeypatch.setitem(typefaces.FAMILIES, "body", families)  # type: ignore[arg-type]
    typefaces.typefaces.cache_clear()
    try:
        assert typefaces.typefaces(tmp_path, "zh").families["body"] == ["Mine Serif SC"]
        assert typefaces.typefaces(None, "zh").families["body"] != ["Mine Serif SC"]
        assert "总体情况" in "".join(pages(to_pdf(briefing, tmp_path)))
    finally:
        typefaces.typefaces.cache_clear()


def test_a_folder_without_typefaces_is_said_with_the_remedy(
    published_settings: Settings, tmp_path: Path
) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SettingsError, match=r"MILEPOST_FONTS.*自带字体"):
            typefaces.typefaces(folder, "zh")
    wrong = published_settings.model_copy(update={"fonts": tmp_path})
    with create_app(wrong).server.test_client() as other:
        assert other.get("/download/briefing.pdf").status_code == 503
        assert other.get("/download/briefing.docx").status_code == 200


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
    shown = re.sub(r"&[a-z#0-9]+;|<[^>]*>", "\n", page.replace("&amp;", "&").replace("&#x27;", "'"))
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
