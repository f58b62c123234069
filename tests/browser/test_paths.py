"""What the three users do, on a real server in a real browser."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from typer.testing import CliRunner

from dashboard.words import ICONS
from milepost.cli import app
from tests.browser.conftest import ARTEFACTS
from tests.conftest import KEY


def go(page: Page, address: str) -> None:
    """Open an address, and wait until links no longer load the site again."""
    page.goto(address)
    expect(page.locator("h1")).to_be_visible(timeout=30_000)
    expect(page.locator("#page[data-live]")).to_be_attached(timeout=30_000)


def drawn(page: Page) -> None:
    """Wait for the graphs of a page: the library that draws them comes with the first."""
    graphs = page.locator(".graph")
    expect(graphs).not_to_have_count(0)
    expect(page.locator(".graph .dressed .main-svg:first-child")).to_have_count(
        graphs.count(), timeout=60_000
    )


def keep(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


def progress(home: Path, *options: str) -> list[dict[str, str]]:
    result = CliRunner().invoke(
        app,
        ["progress", "--policy", "dongguan", "--format", "csv", *options],
        env={"MILEPOST_HOME": str(home), "MILEPOST_KEY": KEY},
    )
    assert result.exit_code == 0
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_leadership_sees_how_the_policy_stands(page: Page, site: str, browsed_home: Path) -> None:
    go(page, site)
    rows = progress(browsed_home, "--place", "441900")
    assert len(rows) == 27
    for status in ("achieved", "on_track", "at_risk", "off_track"):
        shown = page.locator(f".count.{status} strong")
        count = sum(row["status"] == status for row in rows)
        if count:
            expect(shown).to_have_text(str(count))
        else:
            expect(shown).to_have_count(0)
    expect(page.locator(".targets tbody tr")).to_have_count(27)
    expect(page.locator(".tile")).to_have_count(33)
    expect(page.get_by_text("演示数据").first).to_be_visible()
    behind = page.locator(".attention li").first
    name = behind.locator("a").inner_text()
    keep(page, "overview-1440")
    behind.locator("a").click()
    expect(page.locator("h1")).to_have_text(name)
    drawn(page)
    keep(page, "target-1440")
    page.go_back()
    expect(page.locator(".tile")).to_have_count(33)


def test_an_officer_drills_from_the_map_to_the_records(
    page: Page, site: str, browsed_home: Path
) -> None:
    go(page, f"{site}/?show=dg-studios")
    page.locator(".tile", has_text="虎门").click()
    expect(page.locator("h1")).to_have_text("虎门镇")
    (row,) = progress(browsed_home, "--target", "dg-studios", "--place", "441900121")
    expect(page.locator("#records tbody tr")).to_have_count(int(row["value"]))
    keep(page, "place-1440")
    page.locator(".breadcrumb a").first.click()
    expect(page.locator(".tile")).to_have_count(33)


def test_an_analyst_downloads_what_the_command_line_prints(
    page: Page, site: str, browsed_home: Path
) -> None:
    go(page, f"{site}/target/dg-high-skilled-share")
    with page.expect_download() as caught:
        page.locator(".downloads a.file", has_text="CSV").first.click()
    text = Path(caught.value.path()).read_text("utf-8")
    assert text.startswith("\ufeff")
    downloaded = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    printed = progress(browsed_home, "--target", "dg-high-skilled-share")
    whole = [row for row in printed if row["place"] == "441900"]
    assert downloaded == whole
    assert page.locator("pre code").first.inner_text().startswith("milepost progress --target")


def test_every_page_speaks_english_and_keeps_its_view(page: Page, site: str) -> None:
    go(page, f"{site}/target/dg-studios?as_of=2024-06-30")
    page.locator("a.language").click()
    expect(page.locator("h1")).to_have_text("New skill-master studios")
    assert "as_of=2024-06-30" in page.url
    assert "lang=en" in page.url
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "Skilled-talent policy tracker" in page.title()
    page.reload()
    expect(page.locator("h1")).to_have_text("New skill-master studios")


def test_the_date_moves_the_figures(page: Page, site: str, browsed_home: Path) -> None:
    go(page, site)
    page.locator(".as-of summary").click()
    page.locator(".as-of a", has_text="2023-12").click()
    expect(page.locator(".as-of summary")).to_contain_text("2023-12-31")
    rows = progress(browsed_home, "--place", "441900", "--as-of", "2023-12-31")
    shown = page.locator(".count.achieved strong")
    expect(shown).to_have_text(str(sum(row["status"] == "achieved" for row in rows)))


#: Texts whose contrast with the nearest ground behind them is too low.
CONTRAST = """() => {
  const rgb = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  const walker = document.createTreeWalker(document.querySelector(".page"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || e.closest("svg, .modebar") || !e.checkVisibility()) continue;
    const style = getComputedStyle(e), size = parseFloat(style.fontSize);
    const [a, b] = [light(rgb(style.color)), light(ground(e))].sort((x, y) => y - x);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) low.add(e.className + ": " + e.innerText.slice(0, 20));
  }
  return [...low];
}"""

PATHS = ["", "target/dg-town-sites", "target/dg-steering-group", "place/441900121", "data", "quality",
         "changes", "policy/dongguan", "agency/市教育局"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_the_screen(page: Page, site: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    go(page, f"{site}/{path}")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").inner_text()
    keep(page, f"{path.replace('/', '-') or 'overview'}-{width}")


@pytest.mark.parametrize("path", PATHS)
def test_no_page_says_anything_in_the_other_language(page: Page, site: str, path: str) -> None:
    """Chinese pages are free of English words and of raw ids; English ones name every heading."""
    go(page, f"{site}/{path}")
    seen = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, thead th, dt')].map(e => e.innerText)"
    )
    assert [text for text in seen if text and not re.search("[\u4e00-\u9fff]", text)] == []
    go(page, f"{site}/{path}?lang=en")
    seen = page.evaluate("[...document.querySelectorAll('h2, h3, thead th, dt')].map(e => e.innerText)")
    assert [text for text in seen if re.search("[\u4e00-\u9fff]", text)] == []


def test_a_count_narrows_the_targets_to_its_status(page: Page, site: str, browsed_home: Path) -> None:
    go(page, site)
    rows = progress(browsed_home, "--place", "441900")
    count = sum(row["status"] == "off_track" for row in rows)
    page.locator(".count.off_track a").click()
    expect(page.locator(".targets tbody tr")).to_have_count(count)
    assert "status=off_track" in page.url
    expect(page.locator("#targets")).to_be_focused()
    page.locator(".filter a").click()
    expect(page.locator(".targets tbody tr")).to_have_count(len(rows))


def test_the_map_shows_the_chosen_target(page: Page, site: str, browsed_home: Path) -> None:
    go(page, site)
    page.locator(".chooser summary").click()
    page.locator(".chooser li a", has_text="新增技能大师工作室").click()
    expect(page.locator(".chooser summary")).to_contain_text("新增技能大师工作室")
    (row,) = progress(browsed_home, "--target", "dg-studios", "--place", "441900121")
    # The town is asked for a part of the target, and so has a status.
    said = f"{ICONS[row['status']]} {row['value']}"
    expect(page.locator(".tile", has_text="虎门").locator("strong")).to_have_text(said)
    page.locator(".chooser summary").click()
    page.keyboard.press("Escape")
    expect(page.locator(".chooser li a").first).to_be_hidden()


def test_a_link_moves_the_focus_to_the_new_heading(page: Page, site: str) -> None:
    go(page, site)
    page.locator("header nav a", has_text="数据质量").click()
    expect(page.locator("h1")).to_have_text("数据质量")
    expect(page.locator("h1")).to_be_focused()
    page.locator("header nav a", has_text="总览").click()
    page.locator(".targets tbody th a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".standing")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()


def test_records_of_a_place_come_into_view(page: Page, site: str) -> None:
    go(page, f"{site}/place/441900121")
    page.locator("tbody tr", has_text="新增技能大师工作室").locator("a", has_text="看记录").click()
    expect(page.locator("#records")).to_be_focused()
    expect(page.locator("#records")).to_be_in_viewport()


def test_a_row_becomes_a_card_on_a_phone(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, site)
    expect(page.locator(".targets thead")).to_be_hidden()
    labels = page.evaluate(
        "[...document.querySelector('.targets tbody tr').cells].slice(1)"
        ".map(c => getComputedStyle(c, '::before').content)"
    )
    assert labels[:2] == ['"当前值"', '"要求"']
    overflowing = page.evaluate(
        "[...document.querySelectorAll('.cards')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert overflowing == 0


@pytest.mark.parametrize("path", PATHS)
def test_text_stands_out_from_its_ground(page: Page, site: str, path: str) -> None:
    """WCAG AA: 4.5 to 1, or 3 to 1 for large text."""
    go(page, f"{site}/{path}")
    assert page.evaluate(CONTRAST) == []


def test_a_wrong_address_says_what_to_do(page: Page, site: str) -> None:
    go(page, f"{site}/target/dg-nothing")
    expect(page.locator("h1")).to_have_text("没有这个页面")
    page.locator("main a", has_text="返回总览").click()
    expect(page.locator(".tile")).to_have_count(33)


def test_the_keyboard_reaches_the_content_first(page: Page, site: str) -> None:
    go(page, site)
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "跳到正文"
    expect(page.locator("h1")).to_have_count(1)
    assert page.locator("img:not([alt])").count() == 0
    assert page.locator("table:not(:has(caption))").count() == 0


def test_a_new_snapshot_is_taken_up_by_the_running_site(
    page: Page, site: str, browsed_home: Path, tmp_path: Path
) -> None:
    go(page, f"{site}/quality")
    before = page.locator("tbody tr", has_text="里程碑").first.inner_text()
    extra = tmp_path / "更多里程碑.csv"
    extra.write_text(
        "编号,目标编号,完成日期,依据,所属镇街\nX1,dg-talent-map,2025-06-20,演示,东莞市\n", "utf-8"
    )
    result = CliRunner().invoke(
        app, ["load", str(extra)], env={"MILEPOST_HOME": str(browsed_home), "MILEPOST_KEY": KEY}
    )
    assert result.exit_code == 0, result.output
    page.reload()
    expect(page.locator("tbody tr", has_text="里程碑").first).not_to_have_text(before)
    go(page, f"{site}/target/dg-talent-map")
    expect(page.locator(".big")).to_have_text("已完成")


#: A page of every sort that is printed, in either language.
PRINTED = [
    "", "target/dg-studios", "place/441900121?lang=en", "changes", "policy/dongguan?lang=en", "quality",
    "data", "table/progress", "figure/dg-studios", "briefing?lang=en", "present/3",
]  # fmt: skip


@pytest.mark.parametrize("path", PRINTED)
def test_every_printed_sheet_says_its_day_and_snapshot_and_that_it_is_a_demo(
    page: Page, site: str, browsed_home: Path, path: str
) -> None:
    go(page, f"{site}/{path}")
    expect(page.locator("#print-head")).to_have_count(1)
    snapshot = (browsed_home / "warehouse" / "current").read_text("utf-8").strip()
    sheets = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages
    assert sheets
    for sheet in sheets:
        # Chromium's text has radicals in place of some characters.
        said = unicodedata.normalize("NFKC", re.sub(r"\s", "", sheet.extract_text()))
        assert "演示数据" in said or "Demodata" in said
        assert "2025-06-30" in said
        assert snapshot.removesuffix(".duckdb") in said


@pytest.mark.parametrize("path", ["", "target/dg-studios", "place/441900121"])
def test_a_page_prints_with_its_title_date_and_whole_tables(page: Page, site: str, path: str) -> None:
    page.set_viewport_size({"width": 1032, "height": 700})
    go(page, f"{site}/{path}")
    expect(page.locator("#print-head")).to_have_count(1)
    head = page.locator("#print-head").text_content() or ""
    assert page.locator("h1").inner_text().replace("“", "").split("”")[0] in head.replace("“", "")
    assert "截至 2025-06-30" in head
    ARTEFACTS.mkdir(exist_ok=True)
    name = path.replace("/", "-") or "overview"
    data = page.pdf(path=ARTEFACTS / f"{name}.pdf", prefer_css_page_size=True)
    assert data[:5] == b"%PDF-"
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1032
    assert page.locator("header nav").is_hidden()
