"""The document of an address holds its page: it can be read before any script, and without one."""

from __future__ import annotations

import base64
import hashlib
import logging

import pytest
from flask.testing import FlaskClient

from dashboard import entry, site
from dashboard.site import create_app
from dashboard.words import Words
from etl.settings import Settings
from tests.asking import answered
from tests.site.reading import Page, read

PAGES = [
    "/",
    "/?lang=en&status=achieved",
    "/place/441900121",
    "/target/dg-town-sites?lang=en",
    "/policy/dongguan?as_of=2024-02-29",
    "/table/trainings?town.has=%E8%99%8E",
    "/briefing",
    "/present/1",
    "/nowhere?lang=en",
]


def _document(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PAGES)
def test_a_document_says_what_the_page_of_its_address_says(client: FlaskClient, path: str) -> None:
    text = _document(client, path)
    document = Page(text.split("<!DOCTYPE html>", 1)[1])
    page = read(client, path)
    said = [one.text for one in document.texts if "div" in one.tags]
    assert [one for one in said if one.strip()] == [one.text for one in page.texts if one.text.strip()]
    asked, _ = answered(client, path)
    by_tag = {element.tag: element for element in document.elements}
    assert by_tag["title"].text == asked["title"]
    assert (
        by_tag["html"].attributes["lang"] == asked["lang"] == ("en" if "lang=en" in path else "zh-CN")
    )
    for part in (*asked["head"], *asked["body"]):
        assert f'<div class="piece" data-mark="{part["mark"]}">{part["html"]}</div>' in text


def test_what_stands_in_a_page_may_not_run(
    published_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were a page to hold a script, by whatever mistake, it would not run: only Dash's own may."""
    standing = entry.standing
    monkeypatch.setattr(entry, "standing", lambda page: standing(page) + "<script>steal()</script>")
    answer = create_app(published_settings).server.test_client().get("/")
    assert "<script>steal()</script>" in answer.get_data(as_text=True)
    digest = base64.b64encode(hashlib.sha256(b"steal()").digest()).decode()
    allowed = answer.headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert "'sha256-" in allowed
    assert digest not in allowed


def test_a_document_whose_page_fails_says_so_with_the_number_of_the_log(
    published_settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = create_app(published_settings).server.test_client()

    def failing(*_: object) -> object:
        raise RuntimeError("a page that fails")

    monkeypatch.setattr(site, "_render", failing)
    with caplog.at_level(logging.ERROR, "milepost"):
        text = client.get("/quality?lang=en").get_data(as_text=True)
    (record,) = caplog.records
    assert Words("en")("failed") in text
    assert str(record.args[0] if isinstance(record.args, tuple) else "none") in text
    assert "a page that fails" not in text
