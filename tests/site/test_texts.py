"""No page says anything in the other language unless it marks it with `lang`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from flask.testing import FlaskClient

from dashboard.address import PAGES
from tests.site.reading import Page, read

ROOT = Path(__file__).parents[2]

#: Addresses that together show every page and every part of one.
PATHS = [
    "/", "/?status=off_track", "/target/dg-studios", "/target/dg-town-sites",
    "/target/dg-high-skilled-share", "/target/dg-public-practice", "/target/dg-steering-group",
    "/target/dg-studios?place=441900121", "/place/441900", "/place/441900121?show=dg-studios",
    "/agency/市人力资源社会保障局", "/policy/dongguan", "/data", "/quality",
    "/changes", "/briefing", "/present/1", "/table/trainings", "/table/progress", "/table/targets",
    "/table/rejects", "/table/loads", "/api", "/figure/dg-studios", "/moved/1",
    "/no-such-page", "/?snapshot=no-such-one",
]  # fmt: skip

#: Codes of levels as a dataset stores them; the dictionary names them.
STORED = {"town", "district", "city", "province", "national", "world"}
#: Latin words that a Chinese civil servant writes too: formats, units, clocks and the names of tools.
LATIN = {
    "API", "CSV", "Excel", "JSON", "OpenAPI", "PARQUET", "Parquet", "PDF", "DOCX", "PNG", "SQL", "SVG",
    "URL", "UTC", "XLSX", "ZIP", "ETag", "GET", "HEAD", "RFC", "Milepost",
    "metrics", "yaml", "milepost", "place", "as_of",
}  # fmt: skip
#: Where something is quoted to be copied as it is.
VERBATIM = {"code", "pre", "textarea"}


def test_every_kind_of_page_is_walked() -> None:
    walked = {re.split("[/?]", path)[1] for path in PATHS}
    assert set(PAGES) <= walked


@pytest.mark.parametrize("path", PATHS)
def test_an_english_page_marks_what_is_chinese(client: FlaskClient, path: str) -> None:
    page = read(client, f"{path}{'&' if '?' in path else '?'}lang=en")
    chinese = [
        said.text
        for said in page.texts
        if re.search("[\u3400-\u9fff]", said.text) and not said.lang.startswith("zh")
    ]
    assert chinese == []
    assert any(said.lang == "en" for said in page.texts)


@pytest.mark.parametrize("path", PATHS)
def test_a_chinese_page_has_no_english_in_it(client: FlaskClient, path: str) -> None:
    page = read(client, path)
    english = [
        word
        for said in page.texts
        if said.lang != "en" and not VERBATIM & set(said.tags)
        for word in re.findall(r"(?<![\w.-])[A-Za-z][\w.-]*", said.text, re.ASCII)
        if word.isalpha() and len(word) > 1 and word not in LATIN | STORED
    ]
    assert english == []
    assert any(said.lang == "zh-CN" and re.search("[\u3400-\u9fff]", said.text) for said in page.texts)


def test_a_text_in_the_other_language_would_be_found() -> None:
    """The walk sees texts and spoken attributes, and knows whose language they are."""
    page = Page('<div lang="en"><a title="看">Look</a><i lang="zh-CN">东莞</i><img alt="图"></div>')
    assert [(said.text, said.lang) for said in page.texts] == [
        ("看", "en"), ("Look", "en"), ("东莞", "zh-CN"), ("图", "en"),
    ]  # fmt: skip


def twice(node: yaml.Node | None) -> list[str]:
    """The keys that a mapping of a YAML file, or any inside it, has more than once."""
    if isinstance(node, yaml.SequenceNode):
        return [key for one in node.value for key in twice(one)]
    if not isinstance(node, yaml.MappingNode):
        return []
    keys = [key.value for key, _ in node.value]
    return [
        *(key for key in set(keys) if keys.count(key) > 1),
        *(key for _, value in node.value for key in twice(value)),
    ]


@pytest.mark.parametrize(
    "file", ["dashboard/texts.yaml", "dashboard/api/texts.yaml", "milepost/texts.yaml"]
)
def test_no_text_is_said_twice(file: str) -> None:
    """Of two texts under one key YAML takes the last, and says nothing."""
    assert twice(yaml.compose((ROOT / file).read_text("utf-8"))) == []
    assert twice(yaml.compose("a: 1\nb: {c: 1, c: 2}")) == ["c"]
