"""What the three users do, on a real server in a real browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from milepost.cli import app
from tests.browser.conftest import ARTEFACTS
from tests.conftest import KEY


def go(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("h1")).to_be_visible()


def keep(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)


def progress(home: Path, *options: str) -> list[dict[str, str]]:
    result = CliRunner().invoke(
        app,
        ["progress", "--format", "csv", *options],
        env={"MILEPOST_HOME": str(home), "MILEPOST_KEY": KEY},
    )
    assert result.exit_code == 0
    return list(csv.DictReader(io.StringIO(result.stdout)))


def test_leadership_sees_how_the_policy_stands(page: Page, site: str, published_home: Path) -> None:
    go(page, site)
    rows = progress(published_home, "--place", "441900")
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
    expect(page.locator(".graph .main-svg").first).to_be_visible()
    keep(page, "target-1440")
    page.go_back()
    expect(page.locator(".tile")).to_have_count(33)


def test_an_officer_drills_from_the_map_to_the_records(
    page: Page, site: str, published_home: Path
) -> None:
    go(page, f"{site}/?show=dg-studios")
    page.locator(".tile", has_text="虎门").click()
    expect(page.locator("h1")).to_have_text("虎门镇")
    (row,) = progress(published_home, "--target", "dg-studios", "--place", "441900121")
    expect(page.locator("#records tbody tr")).to_have_count(int(row["value"]))
    keep(page, "place-1440")
    page.locator(".breadcrumb a").first.click()
    expect(page.locator(".tile")).to_have_count(33)


def test_an_analyst_downloads_what_the_command_line_prints(
    page: Page, site: str, published_home: Path
) -> None:
    go(page, f"{site}/target/dg-high-skilled-share")
    with page.expect_download() as caught:
        page.locator("a.file", has_text="CSV").first.click()
    text = Path(caught.value.path()).read_text("utf-8")
    assert text.startswith("\ufeff")
    downloaded = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    printed = progress(published_home, "--target", "dg-high-skilled-share")
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


def test_the_date_moves_the_figures(page: Page, site: str, published_home: Path) -> None:
    go(page, site)
    page.locator(".as-of summary").click()
    page.locator(".as-of a", has_text="2023-12").click()
    expect(page.locator(".as-of summary")).to_contain_text("2023-12-31")
    rows = progress(published_home, "--place", "441900", "--as-of", "2023-12-31")
    shown = page.locator(".count.achieved strong")
    expect(shown).to_have_text(str(sum(row["status"] == "achieved" for row in rows)))


PATHS = ["", "target/dg-town-sites", "target/dg-steering-group", "place/441900121", "data", "quality",
         "policy/dongguan", "agency/市教育局"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_is_wider_than_the_screen(page: Page, site: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    go(page, f"{site}/{path}")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").inner_text()
    keep(page, f"{path.replace('/', '-') or 'overview'}-{width}")


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
    page: Page, site: str, published_home: Path, tmp_path: Path
) -> None:
    go(page, f"{site}/quality")
    before = page.locator("tbody tr", has_text="里程碑").first.inner_text()
    extra = tmp_path / "更多里程碑.csv"
    extra.write_text(
        "编号,目标编号,完成日期,依据,所属镇街\nX1,dg-talent-map,2025-06-20,演示,东莞市\n", "utf-8"
    )
    result = CliRunner().invoke(
        app, ["load", str(extra)], env={"MILEPOST_HOME": str(published_home), "MILEPOST_KEY": KEY}
    )
    assert result.exit_code == 0, result.output
    page.reload()
    expect(page.locator("tbody tr", has_text="里程碑").first).not_to_have_text(before)
    go(page, f"{site}/target/dg-talent-map")
    expect(page.locator(".big")).to_have_text("已完成")


def test_the_overview_prints(page: Page, site: str) -> None:
    go(page, site)
    ARTEFACTS.mkdir(exist_ok=True)
    data = page.pdf(path=ARTEFACTS / "overview.pdf", format="A4", landscape=True)
    assert data[:5] == b"%PDF-"
