"""A district officer, and whoever compares dates, in a real browser: few clicks, the way back, the own
place, any day, any two days; going back and loading again keep the view."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from milepost import verbs
from tests.browser.conftest import ARTEFACTS
from tests.browser.test_paths import drawn, go, keep, progress
from tests.conftest import settings_of

TOWN = "441900121"


def test_from_the_matrix_to_the_records_in_four_clicks(
    page: Page, site: str, browsed_home: Path
) -> None:
    """The matrix, the town's target, its records; each step is in the trail of the next."""
    go(page, site)
    row = page.locator("#matrix tbody tr", has_text="新增技能大师工作室")
    row.locator(f'a[href*="/place/{TOWN}"]').click()  # 1
    expect(page.locator("h1")).to_have_text("虎门镇")
    expect(page.locator("#records tbody tr").first).to_be_attached()  # already behind that cell
    page.locator("#judged a.name", has_text="新增技能大师工作室").click()  # 2
    expect(page.locator("h1")).to_have_text("新增技能大师工作室")
    drawn(page)
    trail = page.locator(".breadcrumb li")
    expect(trail).to_have_text(["东莞“技能人才之都”", "东莞市", "虎门镇", "新增技能大师工作室"])
    trail.nth(2).locator("a").click()  # 3
    expect(page.locator("h1")).to_have_text("虎门镇")
    page.locator("#judged tr", has_text="新增技能大师工作室").locator(
        "a", has_text="看记录"
    ).click()  # 4
    expect(page.locator("#records")).to_be_focused()
    (told,) = progress(browsed_home, "--target", "dg-studios", "--place", TOWN)
    expect(page.locator("#records tbody tr")).to_have_count(int(told["value"]))
    page.locator(".breadcrumb li a").first.click()
    expect(page.locator(".tile")).to_have_count(33)


def test_from_the_map_to_the_sisters(page: Page, site: str, browsed_home: Path) -> None:
    go(page, f"{site}/?show=dg-studios")
    page.locator("#map .tile", has_text="虎门").click()
    expect(page.locator("h1")).to_have_text("虎门镇")
    page.locator(".beside-whom summary").click()
    page.locator(".beside-whom li a", has_text="长安镇").click()
    expect(page.locator(".beside-whom summary")).to_contain_text("长安镇")
    (told,) = progress(browsed_home, "--target", "dg-studios", "--place", "441900119")
    row = page.locator("#judged tr", has_text="新增技能大师工作室")
    expect(row.locator('td[data-label="长安镇"]')).to_contain_text(f"{float(told['value']):.0f} 个")
    page.reload()
    expect(page.locator(".beside-whom summary")).to_contain_text("长安镇")
    keep(page, "place-beside-1440")


def test_the_own_place_is_what_the_bare_address_shows(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    go(page, f"{site}/place/{TOWN}")
    page.locator("button.own").click()
    expect(page.locator("button.own")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("header a.own-link")).to_be_visible()
    page.locator("a.language").click()
    expect(page.locator("h1")).to_have_text("Humen")
    expect(page.locator("button.own")).to_have_attribute("aria-pressed", "true")
    # Opened anew, the site begins with it, and says the way to the whole.
    page = context.new_page()
    go(page, site)
    expect(page.locator("h1")).to_have_text("虎门镇")
    assert page.url.endswith(f"/place/{TOWN}?policy=dongguan")
    page.locator(".own-note a").click()
    expect(page.locator(".tile")).to_have_count(33)
    page.reload()
    expect(page.locator(".tile")).to_have_count(33)
    page.go_back()
    expect(page.locator("h1")).to_have_text("虎门镇")
    # An address that says what it shows is shown, whoever follows it.
    for address, title in (("/?policy=dongguan", "东莞"), ("/data", "数据下载")):
        go(page, site + address)
        expect(page.locator("h1")).to_contain_text(title)
        assert page.url == site + address
    page.locator("header a.own-link").click()
    expect(page.locator("h1")).to_have_text("虎门镇")
    page.locator("button.own").click()
    expect(page.locator("header a.own-link")).to_be_hidden()
    go(page, site)
    expect(page.locator(".tile")).to_have_count(33)
    assert context.cookies() == []
    context.close()


def test_the_overview_left_open_is_loaded_again_as_it_was(browser: Browser, site: str) -> None:
    """The bare address was shown before a place was chosen: loading it again keeps what was shown."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    go(page, site)
    page.evaluate(f"localStorage.setItem('milepost.own', '/place/{TOWN}?policy=dongguan')")
    page.reload()
    expect(page.locator(".tile")).to_have_count(33)
    context.close()


def test_a_browser_that_keeps_nothing_shows_the_site(browser: Browser, site: str) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('refused'); }})"
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    go(page, f"{site}/place/{TOWN}")
    page.locator("button.own").click()
    expect(page.locator("h1")).to_have_text("虎门镇")
    assert faults == []
    context.close()


def test_any_day_moves_the_whole_site(page: Page, site: str, browsed_home: Path) -> None:
    go(page, f"{site}/place/{TOWN}?show=dg-studios")
    page.locator(".as-of summary").click()
    field = page.locator(".as-of input[type=date]")
    expect(field).to_have_attribute("max", "2025-06-30")
    field.fill("2024-02-10")
    page.locator(".as-of button").click()
    expect(page.locator(".as-of summary")).to_contain_text("2024-02-10")
    assert "as_of=2024-02-10" in page.url
    assert "show=dg-studios" in page.url
    (told,) = progress(browsed_home, "--target", "dg-studios", "--place", TOWN, "--as-of", "2024-02-10")
    row = page.locator("#judged tr", has_text="新增技能大师工作室")
    expect(row.locator("td").first).to_contain_text(f"{float(told['value']):.0f} 个")
    page.locator("header nav a", has_text="总览").click()
    expect(page.locator(".as-of summary")).to_contain_text("2024-02-10")
    page.go_back()
    expect(page.locator("h1")).to_have_text("虎门镇")
    page.reload()
    expect(page.locator(".as-of summary")).to_contain_text("2024-02-10")
    page.go_back()
    expect(page.locator(".as-of summary")).to_contain_text("2025-06-30")


def test_any_two_days_are_compared(page: Page, site: str, browsed_home: Path) -> None:
    go(page, site)
    page.locator("#since a", has_text="逐项对比").click()
    expect(page.locator("h1")).to_have_text("变化对比")
    page.locator("main input[name=since]").fill("2023-11-17")
    page.locator("main input[name=as_of]").fill("2024-02-10")
    page.locator("main form button").click()
    expect(page.locator("main .lead")).to_contain_text("2023-11-17 与 2024-02-10 对比")
    then, now = (
        float(
            progress(browsed_home, "--target", "dg-studios", "--place", "441900", "--as-of", day)[0][
                "value"
            ]
        )
        for day in ("2023-11-17", "2024-02-10")
    )
    cells = page.locator("#targets tr", has_text="新增技能大师工作室").locator("td")
    expect(cells.nth(0)).to_have_text(f"{then:.0f} 个")
    expect(cells.nth(1)).to_have_text(f"{now:.0f} 个")
    expect(cells.nth(2)).to_have_text(f"+{now - then:.0f} 个")
    keep(page, "changes-1440")
    page.locator(".breadcrumb a").first.click()
    expect(page.locator("#since h2")).to_have_text("较 2023-11-17 的变化")
    page.go_back()
    expect(page.locator("main .lead")).to_contain_text("2023-11-17 与 2024-02-10 对比")


def test_what_was_published_then_is_shown(
    page: Page, site: str, browsed_home: Path, tmp_path: Path
) -> None:
    """A load publishes a milestone; the menu leads back to what was said before it."""
    before = (browsed_home / "warehouse" / "current").read_text("utf-8").strip()
    extra = tmp_path / "三馆.csv"
    extra.write_text(
        "编号,目标编号,完成日期,依据,所属镇街\nX7,dg-three-libraries,2025-06-20,演示,东莞市\n", "utf-8"
    )
    assert verbs.load(settings_of(browsed_home), [extra], policy="dongguan").changed
    go(page, f"{site}/target/dg-three-libraries")
    expect(page.locator(".big")).to_have_text("已完成")
    page.locator(".snapshots summary").click()
    page.locator(f'.snapshots li a[href*="{before.removesuffix(".duckdb")}"]').click()
    expect(page.locator(".big")).to_have_text("未完成")
    expect(page.locator(".notice", has_text="正在查看当时发布的情况")).to_be_visible()
    page.reload()
    expect(page.locator(".big")).to_have_text("未完成")
    page.locator(".notice a", has_text="返回当前快照").click()
    expect(page.locator(".big")).to_have_text("已完成")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_first_screen_says_how_the_policy_stands(page: Page, site: str, lang: str) -> None:
    """At 1440 by 900: counts, the worst targets and why, what changed, who moved, the map, and the
    matrix with its first line."""
    go(page, f"{site}/?lang={lang}")
    expect(page.locator(".attention li")).to_have_count(5)
    keep(page, f"first-screen-{lang}-1440")
    for part in (
        ".counts", ".attention li", "#since", "#moved", "#map .tiles", "#map .key", "#matrix h2",
        "#matrix .key", "#matrix thead", "#matrix tbody tr:first-child",
    ):  # fmt: skip
        found = page.locator(part).all()
        assert found, part
        for one in found:
            box = one.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 900, part


@pytest.mark.parametrize("path", ["changes", f"place/{TOWN}", ""])
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_overlaps_or_sticks_out(
    page: Page, site: str, path: str, lang: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    go(page, f"{site}/{path}?lang={lang}")
    for menu in ("as-of", "policies", "sisters"):
        summary = page.locator(f".menu.{menu} summary").first
        if summary.count() and summary.is_visible():
            summary.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, menu
            page.keyboard.press("Escape")
    out = page.evaluate(
        "[...document.querySelectorAll('main section, .turns li, .movers li, .gaps li')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className + e.id)"
    )
    assert out == []


@pytest.mark.parametrize("path", ["changes", f"place/{TOWN}"])
def test_a_comparison_prints_without_its_controls(page: Page, site: str, path: str) -> None:
    page.set_viewport_size({"width": 1032, "height": 700})
    go(page, f"{site}/{path}")
    ARTEFACTS.mkdir(exist_ok=True)
    name = path.replace("/", "-")
    assert page.pdf(path=ARTEFACTS / f"{name}.pdf", prefer_css_page_size=True)[:5] == b"%PDF-"
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1032
    for hidden in ("main form", "button.own", ".snapshots .panel"):
        for one in page.locator(hidden).all():
            expect(one).to_be_hidden()
