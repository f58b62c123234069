"""A page that was asked before is sent as it was, and never that of another snapshot; a browser asks
for a style sheet or a script once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dashboard import site
from dashboard.answered import Answer, Answered
from dashboard.site import create_app
from dashboard.words import Words
from etl.demo import write_demo
from etl.settings import Settings
from milepost import verbs
from tests.asking import plainly, question, shown
from tests.conftest import SCALE, settings_of

PAGES = ("/", "/?status=achieved", "/policy/dongguan?lang=en", "/data", "/table/loads")


@pytest.fixture
def own_settings(tmp_path: Path) -> Settings:
    """A home of this test alone, for it publishes."""
    write_demo(tmp_path / "inbox", policies=["dongguan"], scale=SCALE, seed=11)
    settings = settings_of(tmp_path)
    verbs.load(settings, [tmp_path / "inbox"], policy="dongguan")
    return settings


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of the pages that were made, in turn."""
    made: list[str] = []
    render: Callable[..., object] = site._render

    def counted(view: site.View, *rest: object) -> object:
        made.append(view.address())
        return render(view, *rest)

    monkeypatch.setattr(site, "_render", counted)
    return made


def test_a_page_is_made_once_and_sent_again_as_it_was(
    published_settings: Settings, rendered: list[str]
) -> None:
    client = create_app(published_settings).server.test_client()
    rendered.clear()
    first = {page: shown(client, page) for page in PAGES}
    assert len(rendered) == len(PAGES)
    assert {page: shown(client, page) for page in PAGES} == first
    assert len(rendered) == len(PAGES)
    # What an address says of nothing is no other question; another language is one.
    shown(client, "/?nothing=1")
    assert len(rendered) == len(PAGES)
    shown(client, "/?lang=en")
    assert len(rendered) == len(PAGES) + 1
    # So are the documents of the same addresses; that of the first was made when the server began.
    documents = {page: client.get(page).data for page in PAGES}
    assert {page: client.get(page).data for page in PAGES} == documents
    assert len(rendered) == len(PAGES) + 1 + len(PAGES[1:])


def test_answers_are_kept_as_the_browser_takes_them(published_settings: Settings) -> None:
    client = create_app(published_settings).server.test_client()
    said = {}
    for encoding in ("gzip", "identity", "gzip", "identity"):
        client.environ_base["HTTP_ACCEPT_ENCODING"] = encoding
        answer = client.post(
            "/_dash-update-component",
            json=question("/"),
        )
        found = (
            answer.headers.get("Content-Encoding"),
            answer.headers["Vary"],
            answer.content_type,
            answer.headers["Content-Security-Policy"],
            answer.data,
        )
        assert said.setdefault(encoding, found) == found
    assert said["gzip"][0] == "gzip"
    assert said["identity"][0] is None


def test_a_new_snapshot_is_never_answered_from_the_old_one(own_settings: Settings) -> None:
    client = create_app(own_settings).server.test_client()
    old = {page: plainly(client, page) for page in PAGES}
    before = verbs.warehouse(own_settings).current()
    assert before is not None
    verbs.withdraw(own_settings, _loaded(own_settings))
    after = verbs.warehouse(own_settings).current()
    assert after is not None
    new_pages = {page: plainly(client, page) for page in PAGES}
    for page, new in new_pages.items():
        assert after.id in new
        assert new != old[page]
        # The same as from a server that remembers nothing.
        assert new == plainly(create_app(own_settings).server.test_client(), page)
        assert after.id in client.get(page).text
    verbs.warehouse(own_settings).rollback(before.id)
    for page in PAGES:
        assert before.id in client.get(page).text
        assert plainly(client, page) == plainly(create_app(own_settings).server.test_client(), page)
        assert plainly(client, page) not in (old[page], new_pages[page])


def test_what_was_published_while_a_page_was_made_is_not_told_of_it(
    own_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(own_settings).server.test_client()
    render = site._render
    file = _loaded(own_settings)

    def slow(*asked: object) -> object:
        page = render(*asked)  # type: ignore[arg-type]
        verbs.withdraw(own_settings, file)
        return page

    monkeypatch.setattr(site, "_render", slow)
    plainly(client, "/")
    monkeypatch.setattr(site, "_render", render)
    after = verbs.warehouse(own_settings).current()
    assert after is not None
    assert after.id in plainly(client, "/")


def test_a_failure_is_not_remembered(
    published_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(published_settings).server.test_client()

    laid, calls = site.laid, []

    def failing_at_first(*part: Any) -> object:
        calls.append(part)
        if len(calls) == 1:
            raise RuntimeError("a page that fails")
        return laid(*part)

    monkeypatch.setattr(site, "laid", failing_at_first)
    assert Words("zh")("failed") in plainly(client, "/quality")
    found = plainly(client, "/quality")
    assert Words("zh")("failed") not in found
    assert "数据质量" in found


def test_who_asks_what_is_just_being_made_waits_for_it(
    published_settings: Settings, rendered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = create_app(published_settings).server
    rendered.clear()
    counted, may_go = site._render, threading.Event()

    def slow(*asked: Any) -> object:
        assert may_go.wait(20)
        return counted(*asked)

    monkeypatch.setattr(site, "_render", slow)
    with ThreadPoolExecutor(4) as readers:
        asked = [readers.submit(shown, server.test_client(), "/quality") for _ in range(4)]
        other = readers.submit(shown, server.test_client(), "/data")
        may_go.set()
        answers = {one.result(60) for one in asked}
        assert other.result(60) not in answers
    assert len(answers) == 1
    assert sorted(rendered) == ["/data", "/quality"]


def test_a_browser_keeps_what_the_page_names_with_its_time(published_settings: Settings) -> None:
    client = create_app(published_settings).server.test_client()
    named = re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js)\?m=[^"]+)"', client.get("/").text)
    assert any("style.css" in address for address in named)
    for address in named:
        assert "immutable" in client.get(address).headers["Cache-Control"]
    # By its bare name a file may change.
    assert "immutable" not in client.get("/assets/style.css").headers["Cache-Control"]


def test_room_is_kept_and_the_longest_unasked_goes_first() -> None:
    answers = Answered(10)
    answers.keep("a", Answer(b"1234", "text/html", ""))
    answers.keep("b", Answer(b"1234", "text/html", "br"))
    assert answers.get("a") == Answer(b"1234", "text/html", "")
    answers.keep("c", Answer(b"1234", "text/html", ""))
    assert answers.get("b") is None
    assert answers.get("a") is not None
    answers.keep("a", Answer(b"12345678", "text/html", ""))
    assert answers.get("c") is None
    answers.keep("d", Answer(b"12345678901", "text/html", ""))
    assert answers.get("d") is None
    assert answers.get("a") == Answer(b"12345678", "text/html", "")


def _loaded(settings: Settings) -> str:
    """A file that is loaded."""
    return str(min(settings.inbox.rglob("*.csv")))
