"""Nothing sticks out of its box or is cut off: every page, in both languages and colour schemes, from a
phone to a wall of screens, and on paper."""

from __future__ import annotations

import io
import unicodedata

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.test_axe import PATHS
from tests.browser.test_paths import drawn, go

WIDTHS = (390, 1440, 3840)

#: What is wider than its box and is neither scrolled, nor shortened with dots, nor unseen; what lies
#: beside the screen.
STICKS_OUT = """() => {
  const screen = document.documentElement.clientWidth;
  const kept = ".scroll, .grid, pre, .menu ul, .panel";
  const found = document.documentElement.scrollWidth > screen ? ["the page"] : [];
  for (const one of document.querySelectorAll("body *")) {
    if (one.closest("svg, .unseen, caption, .skip, #state")) continue;
    if (!one.checkVisibility({ visibilityProperty: true })) continue;
    const box = one.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const style = getComputedStyle(one);
    const beside = !one.closest(kept) && (box.right > screen + 1 || box.left < -1);
    const held = style.display !== "inline" && !["auto", "scroll"].includes(style.overflowX)
      && style.textOverflow !== "ellipsis" && one.clientWidth > 0;
    const cut = held && one.scrollWidth > one.clientWidth + 1;
    if (beside || cut) found.push(`${one.tagName}.${one.className} ${one.innerText}`.slice(0, 80));
  }
  return found;
}"""

#: Numbers of the axes and names of lines that the drawing does not hold.
CUT_OFF = """() => [...document.querySelectorAll(
  ".graph .xtick text, .graph .ytick text, .graph .annotation-text"
)].filter((text) => {
    const box = text.getBoundingClientRect(), room = text.closest(".graph").getBoundingClientRect();
    return getComputedStyle(text).opacity === "0" || text.style.opacity === "0"
      || box.left < room.left - 1 || box.right > room.right + 1;
  }).map((text) => text.textContent)"""


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_sticks_out_of_any_page(page: Page, site: str, path: str, lang: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        go(page, f"{site}{path}{'&' if '?' in path else '?'}lang={lang}")
        if page.locator(".graph").count():
            drawn(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert page.evaluate(STICKS_OUT) == [], (width, scheme)


def test_what_sticks_out_would_be_found(page: Page, site: str) -> None:
    go(page, site)
    page.evaluate("document.querySelector('.count').style.width = '20px'")
    page.evaluate("document.querySelector('.count').style.flex = '0 0 20px'")
    assert page.evaluate(STICKS_OUT) != []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("target", ["dg-public-practice", "dg-high-skilled-share"])
def test_a_chart_shows_the_numbers_of_its_axes(page: Page, site: str, target: str, width: int) -> None:
    """All years of the policy, and all numbers that the table of the axis has, whole."""
    page.set_viewport_size({"width": width, "height": 900})
    go(page, f"{site}/target/{target}")
    drawn(page)
    chart = page.locator(".graph").first
    expect(chart.locator(".xtick text")).to_have_text(["2021", "2022", "2023", "2024", "2025"])
    assert chart.locator(".ytick text").count() >= 3
    assert page.evaluate(CUT_OFF) == []


def joined(text: str) -> str:
    """A text without spaces; Chromium's has radicals in place of some characters."""
    return unicodedata.normalize("NFKC", "".join(text.split()))


@pytest.mark.parametrize("path", ["place/441900121", "briefing", "quality"])
def test_no_printed_table_is_parted_from_its_head(page: Page, site: str, path: str) -> None:
    """A head that ends a sheet, with its first line on the next, says nothing."""
    go(page, f"{site}/{path}")
    # Those of folded tables, which are not printed, have no text.
    heads = [head for one in page.locator("main thead tr").all() if (head := joined(one.inner_text()))]
    assert heads
    for sheet in PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages[:-1]:
        said = joined(sheet.extract_text()).split("来源：")[0]
        assert not [head for head in heads if said.endswith(head)]
