"""Briefings as files: laid out as documents are, with their typefaces, nothing made up."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pylopdf_fonts_zh_cn
import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Connection

from dashboard.briefing import typefaces
from dashboard.briefing.content import Briefing
from dashboard.briefing.draft import Question, draft
from dashboard.briefing.headings import chinese
from dashboard.briefing.pdf import to_pdf
from dashboard.site import create_app
from etl.errors import SettingsError
from etl.settings import Settings
from tests.site.briefings import (
    TOWN,
    asked,
    pages,
    paragraphs,
    sql,
    tight,
)

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
