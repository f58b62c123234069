"""What an analyst does with a table, a figure and the interface for programs, in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from etl.settings import Settings
from tests.browser.test_paths import CONTRAST, go, keep
from tests.site.snapshots import opened

SKILLED = "level >= 3"


def numbers(settings: Settings, where: str, order: str = "rowid") -> list[str]:
    """The numbers of trainings, asked of DuckDB by hand."""
    with opened(settings) as connection:
        asked = f"SELECT record_no FROM trainings WHERE {where} ORDER BY {order}"
        return [row[0] for row in connection.execute(asked).fetchall()]


def shown(page: Page) -> list[str]:
    return page.locator(".grid tbody th").all_inner_texts()


def test_an_analyst_filters_sorts_and_takes_away(
    page: Page, site: str, browsed_settings: Settings
) -> None:
    go(page, f"{site}/data")
    page.locator("main a", has_text="培训记录").first.click()
    expect(page.locator("h1")).to_have_text("培训记录")
    assert shown(page) == numbers(browsed_settings, "true")[:50]
    page.locator(".filtering summary").click()
    page.get_by_label("技能等级 不小于").fill("3")
    page.get_by_label("课程名称 包含").fill("电")
    page.keyboard.press("Enter")
    expect(page.locator(".chips.asked li")).to_have_count(2)
    asked = {"level.from": ["3"], "course.has": ["电"], "policy": ["dongguan"]}
    assert parse_qs(urlsplit(page.url).query) == asked
    expect(page.locator("#rows")).to_be_focused()
    electric = f"{SKILLED} AND contains(course, '电')"
    want = numbers(browsed_settings, electric)
    expect(page.locator(".count-said")).to_contain_text(f"符合条件 {len(want):,} 行")
    assert shown(page) == want[:50]

    page.locator(".grid thead a", has_text="结业日期").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text(re.compile("结业日期"))
    page.locator(".grid thead a", has_text="结业日期").click()
    expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
    latest = numbers(browsed_settings, electric, "completed_on DESC NULLS LAST, rowid")
    assert shown(page) == latest[:50]
    keep(page, "table-1440")

    page.locator(".chips.asked li", has_text="课程名称").locator("a").click()
    expect(page.locator(".chips.asked li")).to_have_count(1)
    latest = numbers(browsed_settings, SKILLED, "completed_on DESC NULLS LAST, rowid")
    page.locator(".pager").first.locator("a", has_text="下一页").click()
    expect(page.locator(".pager .here").first).to_contain_text("第 2 /")
    assert shown(page) == latest[50:100]
    with page.expect_download() as caught:
        page.locator("a.file", has_text=re.compile("^CSV$")).click()
    text = Path(caught.value.path()).read_text("utf-8-sig")
    assert [row["record_no"] for row in csv.DictReader(io.StringIO(text))] == latest

    page.go_back()
    expect(page.locator(".pager .here").first).to_contain_text("第 1 /")
    page.reload()
    expect(page.locator(".chips.asked li")).to_have_count(1)
    assert shown(page) == latest[:50]


def test_columns_are_chosen_and_a_wrong_filter_is_said(page: Page, site: str) -> None:
    go(page, f"{site}/table/trainings?lang=en")
    page.locator(".filtering summary").click()
    page.get_by_label("Skill level", exact=True).check()
    page.get_by_label("Hours", exact=True).check()
    page.locator(".filters textarea").fill("hours > many")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("alert")).to_contain_text("many")
    expect(page.locator(".filters textarea")).to_have_value("hours > many")
    page.locator(".filters textarea").fill("hours > 60")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".grid thead th")).to_have_count(2)
    assert "lang=en" in page.url
    assert all(float(cell) > 60 for cell in page.locator(".grid tbody td").all_inner_texts())


def test_fields_that_nobody_asked_anew_are_left_standing(page: Page, site: str) -> None:
    """Beside the rows the form stays open as it was; only the fields asked anew are replaced."""
    go(page, f"{site}/table/trainings?hours.from=20")
    page.locator(".filtering summary").click()
    page.evaluate("window.left = document.querySelector('[name=\"record_no.is\"]')")
    level = page.get_by_label("技能等级 不小于")
    level.fill("3")
    page.keyboard.press("Enter")
    expect(page.locator(".chips.asked li")).to_have_count(2)
    assert page.evaluate("window.left === document.querySelector('[name=\"record_no.is\"]')")
    expect(level).to_be_visible()
    expect(level).to_have_value("3")
    expect(page.locator(".filtering")).to_have_count(1)
    page.locator(".chips.asked li", has_text="技能等级").locator("a").click()
    expect(page.locator(".chips.asked li")).to_have_count(1)
    expect(level).to_have_value("")
    course = page.get_by_label("课程名称 包含")
    course.fill("电")
    page.locator(".filters a", has_text="清除").click()
    expect(page.locator(".chips.asked")).to_have_count(0)
    for field in (course, page.get_by_label("学时 不小于")):
        expect(field).to_have_value("")
    page.go_back()
    expect(page.locator(".chips.asked li")).to_have_count(1)
    expect(page.get_by_label("学时 不小于")).to_have_value("20")


def test_on_a_narrow_screen_the_form_makes_room_for_the_rows(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, f"{site}/table/trainings")
    page.locator(".filtering summary").click()
    page.get_by_label("技能等级 不小于").fill("3")
    page.keyboard.press("Enter")
    expect(page.locator(".chips.asked li")).to_have_count(1)
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.locator(".chips.asked")).to_be_in_viewport()


def test_a_page_far_away_is_reached_by_its_number(
    page: Page, site: str, browsed_settings: Settings
) -> None:
    go(page, f"{site}/table/trainings?sort=completed_on")
    want = numbers(browsed_settings, "true", "completed_on NULLS LAST, rowid")
    field = page.locator(".pager input[type=number]").first
    last = int(field.get_attribute("max") or 0)
    assert last == -(-len(want) // 50)
    field.fill(str(last))
    page.keyboard.press("Enter")
    expect(page.locator(".pager .here").first).to_contain_text(f"第 {last} / {last} 页")
    assert shown(page) == want[(last - 1) * 50 :]


def test_the_keyboard_alone_filters_sorts_and_turns_pages(page: Page, site: str) -> None:
    go(page, f"{site}/table/trainings")
    page.locator(".filtering summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".filters")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "record_no.is"
    page.locator(".grid thead a").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort]")).to_have_count(1)
    expect(page.locator("#rows")).to_be_focused()
    page.locator(".pager a", has_text="末页").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pager").first.locator(".off")).to_have_text(["下一页", "末页"])
    nameless = page.evaluate(
        "[...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')]"
        ".filter(e => !e.labels.length && !e.getAttribute('aria-label')).length"
    )
    assert nameless == 0
    assert page.locator(".grid caption").count() == 1
    assert page.locator(".grid th:not([scope])").count() == 0


PATHS = [
    "table/trainings?level.from=3",
    "table/progress?sort=-as_of",
    "table/loads",
    "table/trainings?levl.is=3",
    "figure/dg-high-skilled-share?place=441900121",
    "api",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [1440, 390])
def test_only_the_table_scrolls_sideways(page: Page, site: str, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    go(page, f"{site}/{path}")
    for opened_form in page.locator(".filtering:not([open]) summary").all():
        opened_form.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    keep(page, f"{re.sub('[^a-z]+', '-', path)}-{width}")


@pytest.mark.parametrize("path", PATHS)
def test_text_stands_out_and_speaks_one_language(page: Page, site: str, path: str) -> None:
    headings = "[...document.querySelectorAll('h1, h2, h3, thead th, legend')].map(e => e.innerText)"
    go(page, f"{site}/{path}")
    for opened_form in page.locator(".filtering:not([open]) summary").all():
        opened_form.click()
    assert page.evaluate(CONTRAST) == []
    seen = page.evaluate(headings)
    assert [one for one in seen if one and not re.search("[\u4e00-\u9fff]|SHA", one)] == []
    go(page, f"{site}/{path}{'&' if '?' in path else '?'}lang=en")
    seen = page.evaluate(headings)
    assert [one for one in seen if re.search("[\u4e00-\u9fff]", one)] == []


def test_a_number_leads_to_what_it_rests_on_and_to_its_rows(
    page: Page, site: str, browsed_settings: Settings
) -> None:
    go(page, f"{site}/target/dg-studios")
    page.locator("main a", has_text="这个数字的依据").click()
    expect(page.locator("h1")).to_have_text("数字依据：新增技能大师工作室")
    with opened(browsed_settings) as connection:
        sql = page.locator("pre code").first.inner_text()
        count = connection.execute(sql).fetchall()[0][0]
    expect(page.get_by_text(f"结果：{count}")).to_be_visible()
    keep(page, "figure-1440")
    page.locator("main a", has_text="在数据表中查看").click()
    expect(page.locator("h1")).to_have_text("载体名录")
    expect(page.locator(".count-said")).to_contain_text(f"符合条件 {count:,} 行")
    page.locator(".grid td a").first.click()
    expect(page.locator("h1")).to_have_text("装载记录")
    expect(page.locator(".grid tbody tr")).to_have_count(1)


def test_the_page_of_the_interface_leads_to_its_answers(page: Page, site: str) -> None:
    go(page, f"{site}/api")
    keep(page, "api-1440")
    address = page.locator("#progress a", has_text="/api/v1/progress").get_attribute("href")
    with urllib.request.urlopen(f"{site}{address}") as answer:
        assert json.load(answer)["data"][0]["target"] == "dg-studios"
    page.locator("main a", has_text="openapi.json").click()
    page.wait_for_url("**/openapi.json")
    assert '"openapi": "3.1.0"' in page.content()


def test_a_table_prints_whole(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1032, "height": 700})
    go(page, f"{site}/table/trainings?columns=record_no,place,level,completed_on,hours")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1032
    hidden = page.locator(".grid").evaluate("grid => grid.scrollHeight - grid.clientHeight")
    assert hidden <= 1
    expect(page.locator(".pager").first).to_be_hidden()
