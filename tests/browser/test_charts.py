"""Charts in a real browser: as files, in the dark, on paper; and pages at every width."""

from __future__ import annotations

import csv
import io
import re
import struct
import xml.etree.ElementTree as ElementTree
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import ARTEFACTS
from tests.browser.test_paths import PATHS, drawn, go

SVG = "{http://www.w3.org/2000/svg}"
LIGHT_PAPER, DARK_PAPER = "rgb(255, 255, 255)", "rgb(22, 29, 37)"
LIGHT_VALUE, DARK_VALUE = "rgb(31, 78, 121)", "rgb(140, 194, 242)"


def saved(page: Page, chart: int, kind: str) -> Path:
    """The file that a chart of the page is saved as."""
    tools = page.locator(".charted").nth(chart)
    with page.expect_download() as caught:
        tools.locator(f"[data-save={kind}]" if kind != "csv" else "a.file").click()
    ARTEFACTS.mkdir(exist_ok=True)
    kept = ARTEFACTS / caught.value.suggested_filename
    caught.value.save_as(kept)
    return kept


def test_every_chart_has_its_sentence_its_table_and_its_files(page: Page, site: str) -> None:
    go(page, f"{site}/target/dg-studios")
    drawn(page)
    charts = page.locator(".charted")
    assert charts.count() == 4  # trajectory, ranking, places on one scale, map
    for i in range(charts.count()):
        chart = charts.nth(i)
        assert len(chart.locator("figcaption").inner_text()) > 10
        assert chart.locator("details.numbers tbody tr").count() > 10
        title = chart.locator("figure").get_attribute("data-title") or ""
        source = chart.locator("figure").get_attribute("data-source") or ""
        drawing = ElementTree.parse(saved(page, i, "svg")).getroot()
        texts = ["".join(text.itertext()) for text in drawing.iter(f"{SVG}text")]
        assert texts[0] == title
        assert texts[-1] == source
        assert "2025-06-30" in source
        assert len(list(drawing.iter())) > 30
        assert not list(drawing.iter(f"{SVG}foreignObject"))
        picture = saved(page, i, "png").read_bytes()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", picture[16:24])
        assert (width, height) == tuple(2 * int(drawing.get(side, "0")) for side in ("width", "height"))
        text = saved(page, i, "csv").read_text("utf-8-sig")
        assert {row["target"] for row in csv.DictReader(io.StringIO(text))} == {"dg-studios"}


def test_a_saved_chart_is_light_whatever_the_screen_shows(browser: Browser, site: str) -> None:
    found = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, accept_downloads=True)  # type: ignore[arg-type]
        page = context.new_page()
        go(page, f"{site}/target/dg-studios")
        drawn(page)
        found.append(unmarked(saved(page, 0, "svg").read_text("utf-8")))
        context.close()
    assert found[0] == found[1]
    assert "rgb(22, 29, 37)" not in found[1]


def unmarked(drawing: str) -> str:
    """A drawing without the numbers that plotly draws by lot for lines and for what it clips."""
    (lot,) = set(re.findall(r'id="defs-([0-9a-f]+)"', drawing))
    return re.sub(r"\btrace[0-9a-f]{6}\b", "trace", drawing.replace(lot, ""))


def test_the_site_follows_the_colour_scheme_and_paper_stays_white(page: Page, site: str) -> None:
    def paper() -> str:
        return str(page.evaluate("getComputedStyle(document.querySelector('section')).backgroundColor"))

    page.emulate_media(color_scheme="dark")
    go(page, f"{site}/target/dg-studios")
    drawn(page)
    value = page.locator(".graph .js-line").last
    assert paper() == DARK_PAPER
    expect(value).to_have_css("stroke", DARK_VALUE)
    page.emulate_media(color_scheme="light")
    assert paper() == LIGHT_PAPER
    expect(value).to_have_css("stroke", LIGHT_VALUE)
    page.emulate_media(color_scheme="dark")
    expect(value).to_have_css("stroke", DARK_VALUE)
    page.emulate_media(color_scheme="dark", media="print")
    assert paper() == LIGHT_PAPER
    expect(value).to_have_css("stroke", LIGHT_VALUE)


#: The middle of the plot at a day, on the screen.
SPOT = """(graph, day) => {
  const { xaxis, yaxis } = graph._fullLayout, corner = graph.getBoundingClientRect();
  return [corner.left + xaxis._offset + xaxis.d2p(day), corner.top + yaxis._offset + yaxis._length / 2];
}"""


def test_a_pointer_reads_the_figures_of_a_month(page: Page, site: str) -> None:
    go(page, f"{site}/target/dg-studios")
    drawn(page)
    chart = page.locator(".charted").first
    row = chart.locator("tbody tr").nth(-31)
    day, value = row.locator("th").text_content(), row.locator("td").first.text_content()
    assert day and value
    graph = chart.locator(".js-plotly-plot")
    graph.scroll_into_view_if_needed()
    read = graph.locator(".hoverlayer")
    expect(read).to_have_text("")
    page.mouse.move(*graph.evaluate(SPOT, day))
    expect(read).to_contain_text(day)
    expect(read).to_contain_text(f"实际 {value}")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [768, 2560, 3840])
def test_no_page_is_wider_than_a_tablet_or_a_wall(page: Page, site: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    go(page, f"{site}/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # A wall of screens is used, not a column in its middle.
    assert page.evaluate("document.querySelector('main').getBoundingClientRect().width") > 0.75 * width


#: Text and box of each annotation of a graph, in its order.
NAMES = """(graph) => [...graph.querySelectorAll(".annotation-text")].map((one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return { text: one.textContent, x, y, width, height };
})"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_names_of_lines_fit_a_phone_and_cover_no_other(page: Page, site: str, lang: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for target in ("dg-public-practice", "dg-high-skilled-share", "dg-studios", "dg-town-sites"):
        go(page, f"{site}/target/{target}?lang={lang}")
        drawn(page)
        found = page.locator(".js-plotly-plot").first.evaluate(NAMES)
        boxes = sorted((one for one in found if len(one["text"]) > 1), key=lambda one: one["y"])
        assert len(boxes) >= 3
        assert all(box["x"] + box["width"] <= 390 for box in boxes), target
        for upper, lower in pairwise(boxes):
            assert upper["y"] + upper["height"] <= lower["y"] + 1, target


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_names_of_places_are_whole_on_a_phone_and_cover_no_other(
    page: Page, site: str, lang: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, f"{site}/target/dg-studios?lang={lang}")
    drawn(page)
    chart = page.locator(".charted:has(.graph)").last
    boxes = chart.locator(".js-plotly-plot").evaluate(NAMES)
    assert len(boxes) == 2 * 33
    told = {one.text_content() for one in chart.locator("tbody th").all()}
    names = [box["text"] for box in boxes[::2]]
    assert all(any(name in one for one in told if one) for name in names), names
    edges = [
        (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"], box["text"])
        for box in boxes
    ]
    covering = [
        (one[4], other[4])
        for one, other in combinations(edges, 2)
        if one[0] < other[2] and other[0] < one[2] and one[1] + 1 < other[3] and other[1] + 1 < one[3]
    ]
    assert covering == []
    assert all(left >= 0 and right <= 390 for left, _, right, _, _ in edges)


def test_a_page_on_its_way_is_announced_and_moves_nothing(page: Page, site: str) -> None:
    go(page, site)
    before = page.locator("h1").bounding_box()
    held: list[Route] = []
    page.route("**/_dash-update-component*", lambda route: held.append(route))
    page.locator("header nav a").nth(1).click()
    state = page.locator("#state[role=status]")
    expect(state).to_have_text("正在载入…")
    expect(state.locator(".busy")).to_be_visible()
    assert page.locator("h1").bounding_box() == before
    held[0].continue_()
    expect(state).to_have_text("")
    expect(page.locator("h1")).to_have_text("东莞市")


def test_a_server_that_does_not_answer_is_said(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    go(page, f"{site}/?lang=en")
    page.route("**/_dash-update-component*", lambda route: route.abort())
    page.locator("header nav a").nth(1).click()
    expect(page.locator("#state .failed")).to_contain_text("reload the page")
    page.unroute("**/_dash-update-component*")
    page.reload()
    expect(page.locator("h1")).to_have_text("Dongguan")
    expect(page.locator("#state")).to_have_text("")
    context.close()


def test_back_and_reload_keep_the_view(page: Page, site: str) -> None:
    go(page, f"{site}/?as_of=2024-06-30&show=dg-studios")
    shown = page.locator("main").inner_text()
    title = page.locator("h1").inner_text()
    page.locator(".tile").first.click()
    expect(page.locator("h1")).not_to_have_text(title)
    page.go_back()
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator(".tile")).to_have_count(33)
    assert page.locator("main").inner_text() == shown
    page.reload()
    expect(page.locator(".tile")).to_have_count(33)
    assert page.locator("main").inner_text() == shown


def test_every_control_is_reached_by_keyboard_in_reading_order(page: Page, site: str) -> None:
    """Tab goes through all links, buttons and menus of a page, none twice, and never sticks."""
    go(page, f"{site}/target/dg-studios")
    drawn(page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    seen = []
    order = "(e) => [...document.querySelectorAll('*')].indexOf(document.activeElement)"
    for _ in range(400):
        at = page.evaluate(order)
        if seen and at <= seen[-1]:
            break
        seen.append(at)
        page.keyboard.press("Tab")
    controls = page.evaluate(
        "[...document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"]')]"
        ".filter(e => e.checkVisibility()).length"
    )
    assert len(seen) == controls
