"""Every figure on a page is the command line's, to the last digit.

A figure stands in the HTML element `data`: its `value` has every digit, its attributes say of which
target, place and date it is. Here each is compared with what `milepost progress --format csv` prints,
or with what follows from it, worked out anew (`ledger`); and what stands in the place of a figure
without being one is found.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.address import PAGES
from dashboard.words import Words
from etl.settings import Settings
from tests.asking import answered
from tests.site.briefings import asked, pages, tight
from tests.site.ledger import Ledger, said
from tests.site.reading import Element, Page, read

#: Pages that show figures; towns with and without allocations, every kind of target, another date.
PATHS = [
    "/", "/?as_of=2023-12-31", "/?as_of=2024-02-17", "/?lang=en", "/policy/dongguan",
    "/agency/市人力资源社会保障局",
    "/target/dg-studios", "/target/dg-studios?as_of=2024-02-17", "/target/dg-high-skilled-share",
    "/target/dg-training-enrolments", "/target/dg-town-sites", "/target/dg-public-practice",
    "/target/dg-studios?place=441900121", "/target/dg-high-skilled-share?place=441900121&lang=en",
    "/place/441900?show=dg-studios", "/place/441900121", "/place/441900119?as_of=2023-12-31",
    "/place/441900121?beside=441900119&lang=en",
    "/changes", "/changes?since=2023-11-17&as_of=2024-02-10", "/changes?place=441900121&lang=en",
    "/briefing", "/briefing?lang=en&as_of=2023-12-31", "/briefing?place=441900121",
    "/present/1", "/present/2", "/present/5", "/present/7", "/present/9", "/present/13?lang=en",
    "/present/16", "/figure/dg-studios", "/figure/dg-high-skilled-share?place=441900121&lang=en",
]  # fmt: skip

#: The other policies: a page of every sort, a target of every kind. Early in a policy's life its curves
#: are short, and every point of them is printed.
EARLY = {
    "jiangmen": "2019-03-20", "guangdong": "2025-02-28", "dalian": "2024-12-31", "quzhou": "2022-03-31",
}  # fmt: skip
BELOW = {
    "jiangmen": ("440703", "440705102"), "guangdong": ("440600", "440605"),
    "dalian": ("210211", "210213001"), "quzhou": ("330803", "330881001"),
}  # fmt: skip


@pytest.fixture(scope="module")
def ledger(published_home: Path) -> Ledger:
    return Ledger(published_home)


@pytest.fixture(scope="module")
def ledger_of_others(home_of_others: Path) -> Ledger:
    return Ledger(home_of_others)


def figures(page: Page) -> list[Element]:
    return [one for one in page.elements if one.tag == "data"]


def differing(page: Page, ledger: Ledger, policy: str) -> list[Any]:
    """The figures of a page that the command line does not print, nor what follows from it."""
    found = []
    for one in figures(page):
        told, value = ledger.number(one.attributes, policy), one.attributes["value"]
        if isinstance(told, str) or told is None:
            same = value == said(told) if told is None else value == told
        else:  # worked out anew in floats; the site rounds what lies ahead to six decimals
            same = bool(value) and float(value) == pytest.approx(told, rel=1e-9, abs=6e-7)
        if not same:
            found.append((one.attributes, told))
    return found


@pytest.mark.parametrize("path", PATHS)
def test_figures_are_the_command_lines(client: FlaskClient, ledger: Ledger, path: str) -> None:
    page = read(client, path)
    least = 1 if path.startswith(("/present", "/figure")) else 6
    assert len(figures(page)) >= least or path == "/present/1"
    assert differing(page, ledger, "dongguan") == []


@pytest.mark.parametrize("policy", EARLY)
def test_figures_of_every_policy_are_the_command_lines(
    client_of_others: FlaskClient, ledger_of_others: Ledger, policy: str
) -> None:
    kinds = {
        row["kind"] + row["recurs"] * (not row["averaged"]): name
        for name, row in ledger_of_others.targets.items()
        if row["policy"] == policy
    }
    leads = [row["lead"] for row in ledger_of_others.targets.values() if row["policy"] == policy]
    agencies = {name for lead in leads if isinstance(lead, str) for name in lead.split("、") if name}
    at, below = f"policy={policy}&as_of={EARLY[policy]}", BELOW[policy]
    paths = [
        f"/?policy={policy}", f"/?{at}", f"/policy/{policy}",
        *(f"/agency/{name}?{at}" for name in sorted(agencies)[:1]),
        f"/changes?{at}&lang=en", f"/briefing?{at}", f"/briefing?{at}&place={below[0]}",
        f"/place/{ledger_of_others.policies[policy]['area']}?{at}",
        *(f"/place/{code}?policy={policy}" for code in below),
        *(f"/target/{name}?{at}" for name in kinds.values()),
        *(f"/target/{name}?{at}&place={below[0]}&lang=en" for name in list(kinds.values())[:2]),
    ]  # fmt: skip
    assert len(kinds) >= 4
    for path in paths:
        page = read(client_of_others, path)
        assert figures(page), path
        assert differing(page, ledger_of_others, policy) == [], path


#: Where the reader looks for figures: columns by their headers, sentences by the class of their line.
COLUMNS = ("value", "expected", "requirement", "progress", "change", "share", "rank", "beside_mean")
SENTENCES = ("reason", "figure", "turned", "ranks", "moved", "second-line")


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/figure")])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_number_of_progress_is_bare(client: FlaskClient, path: str, lang: Any) -> None:
    """Wherever a table has a column of progress, its cells hold figures; so do sentences about it."""
    words = Words(lang)
    labels = {words(key) for key in COLUMNS}
    labels |= {
        words("value") + words("briefing_in_brackets", said=words("briefing_then")),
        words("briefing_pace"),
    }
    page = read(client, f"{path}{'&' if '?' in path else '?'}lang={lang}")
    cells = [
        one
        for one in page.elements
        if one.attributes.get("data-label") in labels
        or (one.tag in ("span", "p", "dd") and one.attributes.get("class") in SENTENCES)
    ]
    days = r"\d{4}-\d\d-\d\d|\d+/\d+ ?(地|places)[^;；]*"
    bare = [
        one.text for one in cells if re.search(r"\d", re.sub(days, "", one.text)) and not one.figures
    ]
    if not path.startswith("/present"):
        assert len(cells) > 10
    assert bare == []


def rounded(one: Element) -> bool:
    """Whether what is read strays from the number behind it by no more than its last digit."""
    number = re.search(r"\d[\d,]*(\.\d+)?", one.text)
    if number is None:
        return one.text in {"–", "—", "无数据", "No data", "已完成", "未完成", "Done", "Not done"}
    scale = 10**8 if "亿" in one.text else 10**4 if "万" in one.text else 1
    scale = 1000 if re.search(r"\dk$", one.text) else scale
    digits = len((number[1] or ".")[1:])
    read_as = float(number[0].replace(",", "")) * scale
    off = abs(read_as - abs(float(one.attributes["value"])))
    # `序时应达` of what is counted is rounded to whole units before it is shortened.
    return off <= max(0.5, 0.5 * scale) * 10**-digits * (1 + 1e-9) + (0.5 if scale > 1 else 0)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_read_is_the_figure_rounded(client: FlaskClient, path: str) -> None:
    """A figure in words must not stray from the number behind it by more than its last digit; one that
    fell has the sign of a fall."""
    found = figures(read(client, path))
    assert [(one.text, one.attributes) for one in found if not rounded(one)] == []
    for one in found:
        if one.attributes["data-figure"] == "change":
            grew = float(one.attributes["value"])
            assert one.text[0] == ("−" if grew < 0 else "+" if grew > 0 else one.text[0]), one
            assert grew != 0 or one.text[0] not in "+−"


@pytest.mark.parametrize(
    "path", ["/target/dg-studios", "/target/dg-high-skilled-share", "/target/dg-training-enrolments"]
)
def test_all_of_a_targets_months_and_places_are_there(
    client: FlaskClient, ledger: Ledger, path: str
) -> None:
    """Of the value, the page shows every month of the whole and every place at its date."""
    target = path.rpartition("/")[2]
    months = client.get(f"/download/months.json?target={target}").get_json()
    shown = {
        (one.attributes["data-place"], one.attributes["data-day"])
        for one in figures(read(client, path))
        if one.attributes["data-figure"] == "value"
    }
    wanted = {("441900", month["as_of"]) for month in months}
    # Parks lie within towns and take no part in rankings.
    rows = ledger.printed("dongguan", "2025-06-30").values()
    wanted |= {(row["place"], row["as_of"]) for row in rows if row["place_level"] != "park"}
    assert wanted <= shown


@pytest.mark.parametrize("way", ["/download/months.json", "/api/v1/months"])
def test_months_up_to_a_day_within_one_end_with_that_day(
    client: FlaskClient, ledger: Ledger, way: str
) -> None:
    day = "2024-02-17"
    found = client.get(f"{way}?target=dg-studios&place=441900121&as_of={day}").get_json()
    rows = found if isinstance(found, list) else found["data"]
    assert [row["as_of"] for row in rows[-2:]] == ["2024-01-31", day]
    for row in rows[-2:]:
        printed = ledger.printed("dongguan", row["as_of"])["dg-studios", "441900121"]
        assert said(row["value"]) == printed["value"]
    every = client.get(f"/download/months.json?target=dg-studios&within=441900&as_of={day}").get_json()
    assert [row for row in every if row["place"] == "441900121"] == client.get(
        f"/download/months.json?target=dg-studios&place=441900121&as_of={day}"
    ).get_json()
    assert {row["place"] for row in every if row["as_of"] == day} == {row["place"] for row in every}


@pytest.mark.parametrize("path", ["/", "/place/441900121", "/agency/市人力资源社会保障局"])
@pytest.mark.parametrize("query", ["", "as_of=2023-12-31"])
def test_the_counts_of_statuses_are_those_of_the_command_line(
    client: FlaskClient, ledger: Ledger, path: str, query: str
) -> None:
    place = "441900121" if "place" in path else "441900"
    rows = ledger.printed("dongguan", query.partition("=")[2] or "2025-06-30")
    lead = path.rpartition("/")[2] if "agency" in path else ""
    counted = Counter(
        row["status"]
        for (target, at), row in rows.items()
        if at == place and row["status"] and lead in str(ledger.targets[target]["lead"])
    )
    page = read(client, f"{path}?{query}")
    shown = {
        one.attributes["class"].split()[1]: int(re.match(r"\d+", one.text)[0])  # type: ignore[index]
        for one in page.elements
        if one.tag == "li" and one.attributes.get("class", "").startswith("count ")
    }
    assert {status: count for status, count in shown.items() if count} == dict(counted)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("query", ["", "place=441900121"])
def test_a_printed_briefing_has_the_figures_of_its_page(
    client: FlaskClient, query: str, lang: str
) -> None:
    """What the page of a briefing says in figures stands in its PDF too, as often or more."""
    printed = "".join(pages(asked(client, "pdf", f"{query}&lang={lang}")))
    shown = Counter(tight(one.text) for one in figures(read(client, f"/briefing?{query}&lang={lang}")))
    assert len(shown) > 30
    # One of several hundred figures that are a single digit is found in any text.
    telling = {text: count for text, count in shown.items() if len(text) > 2}
    assert {text for text, count in telling.items() if printed.count(text) < count} == set()


#: A page of every sort. Pages of messages show no figure.
EVERY = [
    "/", "/target/dg-studios", "/target/dg-evaluation-alliance", "/place/441900", "/place/441900121",
    "/agency/市人力资源社会保障局", "/policy/dongguan", "/changes", "/briefing", "/present/1",
    "/present/4", "/data", "/quality", "/table/trainings", "/table/progress", "/api",
    "/figure/dg-studios", "/moved/1", "/no-such-page",
]  # fmt: skip


@pytest.fixture(scope="module")
def reports(ledger: Ledger) -> Callable[[str], tuple[int, int]]:
    """How many reports were due in the twelve months up to a day, and how many of them are missing, as
    `milepost completeness` prints them."""

    @cache
    def of(day: str) -> tuple[int, int]:
        rows = ledger.asked("completeness", "--policy", "dongguan", "--as-of", day)
        due = [row for row in rows if row["due"]]
        return len(due), sum(row["state"] == "missing" for row in due)

    return of


def test_every_sort_of_page_is_walked() -> None:
    assert set(PAGES) <= {re.split("[/?]", path)[1] for path in EVERY}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("query", ["", "as_of=2024-02-17"])
@pytest.mark.parametrize("path", EVERY)
def test_every_page_says_date_snapshot_completeness_and_that_it_is_a_demo(
    client: FlaskClient,
    published_settings: Settings,
    reports: Callable[[str], tuple[int, int]],
    path: str,
    query: str,
    lang: Any,
) -> None:
    words, day = Words(lang), query.partition("=")[2] or "2025-06-30"
    at = f"{path}?{query}&lang={lang}"
    page = read(client, at)
    whole = "".join(said.text for said in page.texts)
    # A briefing says it in its own words, and its style hides the line of other pages.
    source = next((one.text for one in page.elements if one.attributes.get("class") == "source"), "")
    text = whole.replace(source, "") if path == "/briefing" else source or whole
    snapshot = (published_settings.warehouse_folder / "current").read_text("utf-8").strip()
    due, missing = reports(day)
    assert due > 50
    dates = (day, "{}年{}月{}日".format(*(int(part) for part in day.split("-"))))
    assert any(one in text for one in dates)
    assert snapshot.removesuffix(".duckdb") in text
    assert words("source_reports", months=12, due=due, missing=missing) in text
    assert words("demo") in whole
    # What the browser prints at the edge of every sheet.
    printed = answered(client, at)[0]["source"]
    assert day in printed
    assert snapshot.removesuffix(".duckdb") in printed
    assert words("demo") in printed


#: What follows from a row, as `milepost progress --more` names it.
FOLLOWS = {"share", "rank", "ranked", "baseline", "peers", "behind", "outlook"}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/", {"outlook"}),
        ("/target/dg-studios", {"share", "rank", "outlook"}),
        ("/place/441900121", {"peers", "share", "rank", "behind"}),
        ("/place/441900119?as_of=2024-02-17&lang=en", {"peers", "share", "rank"}),
        ("/target/dg-high-skilled-share?place=441900121", {"rank", "baseline"}),
    ],
)
def test_what_follows_from_a_row_is_printed_too(
    client: FlaskClient, ledger: Ledger, path: str, wanted: set[str]
) -> None:
    shown = [one.attributes for one in figures(read(client, path))]
    follows = [of for of in shown if of["data-figure"] in FOLLOWS]
    assert wanted <= {of["data-figure"] for of in follows}
    for of in follows:
        row = ledger.more("dongguan", of["data-day"])[of["data-target"], of["data-place"]]
        assert row[of["data-figure"]] == of["value"], of


def test_more_only_adds_columns_and_asks_the_sisters_of_a_single_place_too(ledger: Ledger) -> None:
    every, plain = ledger.more("dongguan", "2024-02-17"), ledger.printed("dongguan", "2024-02-17")
    columns = list(next(iter(plain.values())))
    assert {key: {c: row[c] for c in columns} for key, row in every.items()} == dict(plain)
    assert list(next(iter(every.values())))[: len(columns)] == columns
    asked = ("progress", "--more", "--place", "441900121", "--as-of", "2024-02-17")
    alone = [row for row in ledger.asked(*asked) if row["policy"] == "dongguan"]
    assert alone == [row for (_, place), row in every.items() if place == "441900121"]


@pytest.mark.parametrize(
    ("query", "since", "day"),
    [
        ("", "2025-05-31", "2025-06-30"),
        ("since=2023-11-17&as_of=2024-02-10", "2023-11-17", "2024-02-10"),
    ],
)
@pytest.mark.parametrize("place", ["441900", "441900121"])
def test_changes_and_movers_are_printed_too(
    client: FlaskClient, ledger: Ledger, query: str, since: str, day: str, place: str
) -> None:
    shown = [one.attributes for one in figures(read(client, f"/changes?{query}&place={place}"))]
    dates = ("--policy", "dongguan", "--since", since, "--as-of", day)
    printed = {row["target"]: row for row in ledger.asked("changes", *dates, "--place", place)}
    grown = [of for of in shown if of["data-figure"] == "change"]
    assert grown
    for of in grown:
        row = printed[of["data-target"]]
        assert (row["since"], row["as_of"], row["place"]) == (since, day, of["data-place"])
        assert row["difference"] == of["value"], of
    for target, row in printed.items():
        then = ledger.printed("dongguan", since)[target, place]
        now = ledger.printed("dongguan", day)[target, place]
        assert (row["value_then"], row["value"]) == (then["value"], now["value"])
        assert (row["status_then"], row["status"]) == (then["status"], now["status"])
        assert (row["turn"] == "") == (then["status"] == now["status"])
    climbed = [of for of in shown if of["data-figure"] == "climbed"]
    moved = {row["place"]: row for row in ledger.asked("changes", "--movers", *dates)}
    assert bool(climbed) == (place == "441900")
    for of in climbed:
        assert moved[of["data-place"]]["climbed"] == of["value"]
        assert float(of["value"]) == pytest.approx(ledger.number(of, "dongguan"))
