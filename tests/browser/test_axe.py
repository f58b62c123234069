"""axe-core finds no violation of WCAG 2.2 AA on any page, in either language and colour scheme."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dashboard.address import PAGES
from tests.browser.test_paths import drawn, go

#: Addresses that together show every page and every part of one.
PATHS = [
    "/", "/target/dg-studios", "/target/dg-town-sites", "/target/dg-steering-group",
    "/place/441900121?show=dg-studios", "/policy/dongguan", "/agency/市教育局", "/data", "/quality",
    "/changes", "/briefing", "/present/1", "/present/2", "/table/trainings", "/table/targets", "/api",
    "/figure/dg-studios", "/moved/1", "/no-such-page", "/?snapshot=no-such-one",
]  # fmt: skip
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def test_every_kind_of_page_is_looked_at() -> None:
    assert {path.split("?")[0].split("/")[1] for path in PATHS} >= set(PAGES)


@pytest.fixture(scope="module", params=["light", "dark"])
def tab(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    scheme: Literal["light", "dark"] = request.param
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(tab: Page, site: str, path: str, lang: str) -> None:
    go(tab, f"{site}{path}{'&' if '?' in path else '?'}lang={lang}")
    if "/target/" in path and tab.locator(".graph").count():
        drawn(tab)
    # What is folded away is looked at too.
    tab.evaluate("document.querySelectorAll('main details:not(.menu)').forEach(one => one.open = true)")
    found = Axe().run(tab, options=RULES).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_axe_would_find_a_fault(tab: Page, site: str) -> None:
    go(tab, site)
    tab.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert {one["id"] for one in Axe().run(tab, options=RULES).response["violations"]} == {
        "button-name"
    }
