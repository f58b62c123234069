"""A briefing in a real browser: read, taken along, printed, shown on a wall."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import ARTEFACTS
from tests.browser.test_paths import CONTRAST, go, keep, progress

TOWN = "441900121"
SCREENS = [(1440, 900), (1920, 1080), (3840, 2160)]


@pytest.mark.parametrize("width", [1440, 390, 3840])
@pytest.mark.parametrize("query", ["", f"?place={TOWN}&lang=en"])
def test_a_briefing_is_no_wider_than_the_screen(page: Page, site: str, query: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    go(page, f"{site}/briefing{query}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    clipped = page.evaluate(
        "[...document.querySelectorAll('.brief td, .brief th, .brief p, .brief li')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')"
        ".map(e => e.innerText)"
    )
    assert clipped == []
    keep(page, f"briefing-{'town-en' if query else 'city'}-{width}")


@pytest.mark.parametrize("path", ["briefing", f"briefing?place={TOWN}", "present/1", "present/2"])
def test_a_briefing_can_be_read_by_everyone(page: Page, site: str, path: str) -> None:
    """Contrast of WCAG AA; one heading of the first level; every table has a name."""
    go(page, f"{site}/{path}")
    assert page.evaluate(CONTRAST) == []
    expect(page.locator("h1")).to_have_count(1)
    assert page.locator("table:not(:has(caption))").count() == 0
    go(page, f"{site}/{path}{'&' if '?' in path else '?'}lang=en")
    seen = page.evaluate(
        "[...document.querySelectorAll('h2, h3, h4, thead th, dt')].map(e => e.innerText)"
    )
    assert [text for text in seen if re.search("[\u4e00-\u9fff]", text)] == []


def test_leadership_takes_the_briefing_along(page: Page, site: str, browsed_home: Path) -> None:
    """From the overview to the files; the counts are those of the command line."""
    go(page, site)
    page.locator("header nav a", has_text="通报").click()
    expect(page.locator("h1")).to_have_text("关于东莞“技能人才之都”目标进展情况的通报")
    rows = progress(browsed_home, "--place", "441900")
    for status in {row["status"] for row in rows}:
        shown = page.locator(f".tally li:has(.{status}) strong")
        expect(shown).to_have_text(str(sum(row["status"] == status for row in rows)))
    ARTEFACTS.mkdir(exist_ok=True)
    for kind, start in (("PDF", b"%PDF-"), ("DOCX", b"PK")):
        with page.expect_download() as caught:
            page.locator(".ways a", has_text=kind).click()
        name = caught.value.suggested_filename
        assert name == f"briefing-dongguan-441900-2025-06-30.{kind.lower()}"
        caught.value.save_as(ARTEFACTS / name)
        assert (ARTEFACTS / name).read_bytes().startswith(start)


def test_an_officer_comes_from_the_town_to_its_briefing(page: Page, site: str) -> None:
    go(page, f"{site}/place/{TOWN}")
    page.locator("header nav a", has_text="通报").click()
    expect(page.locator("h1")).to_have_text("关于虎门镇落实东莞“技能人才之都”目标情况的通报")
    assert f"place={TOWN}" in page.url
    expect(page.locator(".ranked .here").first).to_contain_text("虎门")
    page.locator(".brief .lines tbody th a").first.click()
    expect(page.locator("h1")).not_to_contain_text("通报")
    assert f"place={TOWN}" in page.url


def test_a_briefing_prints_upright_and_says_that_it_is_made_up(page: Page, site: str) -> None:
    go(page, f"{site}/briefing")
    expect(page.locator("#print-head")).to_have_count(1)
    ARTEFACTS.mkdir(exist_ok=True)
    data = page.pdf(path=ARTEFACTS / "briefing-page.pdf", prefer_css_page_size=True)
    sheets = PdfReader(io.BytesIO(data)).pages
    assert len(sheets) > 3
    for sheet in sheets:
        assert sheet.mediabox.height > sheet.mediabox.width
        # Chromium's text has radicals in place of some characters.
        said = unicodedata.normalize("NFKC", re.sub(r"\s", "", sheet.extract_text()))
        assert "演示数据" in said
    page.emulate_media(media="print")
    expect(page.locator(".ways")).to_be_hidden()


def test_a_meeting_goes_through_the_slides_by_the_keyboard(page: Page, site: str) -> None:
    """Arrows, back and reload all lead by the address; Escape leads out, with place and date kept."""
    go(page, f"{site}/briefing?place={TOWN}&as_of=2024-12-31")
    page.locator(".ways .present").click()
    at(page, 1)
    page.keyboard.press("ArrowRight")
    at(page, 2)
    second = page.locator("h1").inner_text()
    page.keyboard.press("PageDown")
    at(page, 3)
    page.keyboard.press("ArrowLeft")
    at(page, 2)
    page.reload()
    at(page, 2)
    expect(page.locator("h1")).to_have_text(second)
    page.go_back()
    at(page, 3)
    page.keyboard.press("Escape")
    expect(page.locator(".brief")).to_be_visible()
    assert f"place={TOWN}" in page.url
    assert "as_of=2024-12-31" in page.url
    page.keyboard.press("ArrowRight")  # not a slide: the key is the browser's own
    assert "/briefing" in page.url


def at(page: Page, number: int) -> None:
    """Wait for a slide: its address, and the slide itself."""
    expect(page.locator(".way-on nav")).to_contain_text(re.compile(rf"\b{number} / "))
    expect(page).to_have_url(re.compile(rf"/present/{number}\?"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_slide_fits_every_screen(page: Page, site: str, lang: str) -> None:
    """Nothing needs scrolling and no text lies on another, at 1440, 1920 and 3840 px."""
    go(page, f"{site}/present/1?lang={lang}")
    last = int(page.locator(".way-on nav span").last.inner_text().split()[-1])
    assert last > 15
    for number in range(1, last + 1):
        go(page, f"{site}/present/{number}?lang={lang}")
        expect(page.locator(".way-on nav")).to_contain_text(str(number))
        for width, height in SCREENS:
            page.set_viewport_size({"width": width, "height": height})
            size = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
            )
            assert size[0] <= width and size[1] <= height, (number, width, size)
            assert page.evaluate(OVERLAPS) == [], (number, width)
            if number in (1, 2, 15) or (number == last and width == 1440):
                keep(page, f"slide-{lang}-{number}-{width}")


#: Pairs of texts of a slide that lie on one another.
OVERLAPS = """() => {
  const found = [], boxes = [];
  const walker = document.createTreeWalker(document.querySelector(".stage"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, range = document.createRange();
    if (!node.data.trim() || node.parentElement.closest("caption")) continue;
    range.selectNodeContents(node);
    for (const b of range.getClientRects()) boxes.push([b, node.data]);
  }
  boxes.forEach(([a, one], i) => boxes.slice(i + 1).forEach(([b, other]) => {
    const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (width > 2 && height > 0.4 * Math.min(a.height, b.height)) found.push(one + " / " + other);
  }));
  return found;
}"""


@pytest.mark.parametrize("number", [1, 2, 15])
def test_slides_can_be_read_on_a_phone(page: Page, site: str, number: int) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, f"{site}/present/{number}?lang=en")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate(OVERLAPS) == []
    keep(page, f"slide-en-{number}-390")
