"""A page stands before the scripts have come, without them, and when they take it over."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.test_paths import go

ROWS = "#targets tbody tr"


def test_the_site_works_without_script(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/?lang=en")
    expect(page.locator(ROWS)).to_have_count(27)
    count = page.locator(".count.achieved strong").inner_text()
    page.locator(".count.achieved a").click()
    expect(page).to_have_url(f"{site}/?policy=dongguan&status=achieved&lang=en#targets")
    expect(page.locator(ROWS)).to_have_count(int(count))
    page.locator(".as-of summary").click()
    page.locator(".as-of [name=as_of]").fill("2024-02-29")
    page.locator(".as-of [type=submit]").click()
    expect(page.locator(".source")).to_contain_text("2024-02-29")
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(int(count))
    page.goto(f"{site}/target/dg-studios")
    expect(page.locator(".graph-room").first).to_be_attached()
    context.close()


@pytest.mark.parametrize(
    ("address", "ways"),
    [
        ("/", [".count.achieved a", ".language", "header nav a >> nth=1", "main a.tile >> nth=3"]),
        ("/quality", ["nav a[href^='/changes']", ".language", "header nav a >> nth=0"]),
        ("/table/trainings", ["thead a >> nth=1", "thead a >> nth=2", ".language"]),
        ("/briefing", ["nav a[href^='/policy']", "main a[href^='/agency']", "header nav a >> nth=0"]),
    ],
)
def test_what_a_link_shows_is_what_its_address_shows(
    browser: Browser, page: Page, site: str, address: str, ways: list[str]
) -> None:
    """Pieces that stay are left standing, others are replaced: no trace of the page before remains."""
    fresh = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    go(page, f"{site}{address}")
    for way in ways:
        before = page.url
        page.locator(way).first.click()
        expect(page).not_to_have_url(before)
        expect(page.locator("#state")).to_have_text("")
        same(page, fresh)
    for _ in ways:
        before = page.url
        page.go_back()
        expect(page).not_to_have_url(before)
        same(page, fresh)
    fresh.context.close()


def same(page: Page, fresh: Page) -> None:
    """Whether a page is to the last sign what its address shows when it is newly opened."""
    go(fresh, page.url)
    for what in ("title", "documentElement.lang", "getElementById('page').className"):
        expected = fresh.evaluate(f"document.{what}")
        page.wait_for_function("([what, is]) => eval('document.' + what) === is", arg=[what, expected])
    texts = [page.locator("#page").inner_text() for page in (page, fresh)]
    assert texts[0] == texts[1]
    marks = "[...document.querySelectorAll('.piece')].map((one) => one.dataset.mark)"
    assert page.evaluate(marks) == fresh.evaluate(marks)


def test_the_scripts_leave_standing_what_the_reader_has_begun(page: Page, site: str) -> None:
    held: list[Route] = []
    page.route("**/_dash-update-component*", lambda route: held.append(route))
    page.goto(f"{site}/?lang=en")
    page.locator(".as-of summary").click()
    page.locator(".as-of [name=as_of]").fill("2024-02-29")
    page.evaluate("scrollTo(0, 300)")
    page.evaluate("document.querySelectorAll('#page *').forEach((one) => { one.mine = true; })")
    page.wait_for_timeout(500)
    assert page.locator("#page[data-live]").count() == 0
    held[0].continue_()
    expect(page.locator("#page[data-live]")).to_be_attached()
    assert page.evaluate("[...document.querySelectorAll('#page *')].every((one) => one.mine)")
    assert page.locator(".as-of [name=as_of]").input_value() == "2024-02-29"
    assert page.evaluate("document.activeElement.name") == "as_of"
    assert page.evaluate("scrollY") == 300


def test_a_link_works_before_the_scripts_do(page: Page, site: str) -> None:
    held: list[Route] = []
    page.route("**/_dash-update-component*", lambda route: held.append(route))
    page.goto(site)
    page.locator("header nav a").nth(1).click()
    expect(page.locator("h1")).to_have_text("东莞市")
    expect(page).to_have_url(f"{site}/place/441900?policy=dongguan")
    assert page.locator("#page[data-live]").count() == 0


def test_a_filter_leaves_the_rest_of_the_page_alone(page: Page, site: str) -> None:
    go(page, site)
    matrix = page.locator(".matrix")
    matrix.evaluate("(one) => { one.mine = true; one.scrollLeft = 40; }")
    page.locator(".count.achieved a").click()
    expect(page.locator(".filter")).to_be_visible()
    assert matrix.evaluate("(one) => one.mine") is True
