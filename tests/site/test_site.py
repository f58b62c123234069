"""The site without a browser: addresses, words, headers, downloads."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow.parquet as pq
import pytest
from dash import dcc
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from dashboard.address import PAGES, View, parse
from dashboard.changes import TURNS
from dashboard.elements import html
from dashboard.markup import laid, markup
from dashboard.site import create_app
from dashboard.words import ICONS, Words, texts
from etl.settings import Settings
from etl.texts import Text
from metrics.export import Table, to_csv
from metrics.rows import ProgressRow, TargetRow
from tests.asking import answered, plainly

DASHBOARD = Path(__file__).parents[2] / "dashboard"


def test_scripts_can_be_served_before_anything_was_asked(published_settings: Settings) -> None:
    """A browser asks for all of them at once, perhaps with a page that the server before it sent."""
    assert "dash" in create_app(published_settings).registered_paths


NAMES = st.text("abcdefg-市人力资源0123456789 ", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(
    st.sampled_from(sorted(PAGES)),
    NAMES,
    st.dates(date(2000, 1, 1)),
    st.sampled_from(["zh", "en"]),
    NAMES,
    st.sampled_from([None, *ICONS]),
)
def test_an_address_says_all_of_a_view(
    page: str, name: str, day: date, lang: Any, show: str, status: str | None
) -> None:
    called = name if PAGES[page] else ""
    view = View(
        page, called, "dongguan", "441900", day, lang, show,
        status=status, since=day, against=show, beside=show,
    )  # fmt: skip
    path, _, query = view.address().partition("?")
    assert parse(path, "?" + query) == view


@pytest.mark.parametrize("path", ["/nothing", "/target", "/target/a/b", "/data/x"])
def test_a_path_that_no_page_has_is_known_to_be_none(path: str) -> None:
    assert not parse(path, "").known


def test_nonsense_in_a_query_is_left_out() -> None:
    view = parse("/", "?as_of=yesterday&lang=fr&policy=dongguan")
    assert (view.as_of, view.lang, view.policy) == (None, "zh", "dongguan")


SHARE = TargetRow(
    policy="p",
    target="t",
    position=1,
    section=Text("一", "I"),
    clause="一",
    name=Text("比例", "Share"),
    definition=Text("比例", "Share"),
    kind="ratio",
    averaged=False,
    require="at_least",
    required=40.0,
    required_max=None,
    unit=Text("%", "%"),
    inner_require=None,
    inner_required=None,
    inner_required_max=None,
    inner_unit=None,
    start=date(2021, 1, 1),
    by=date(2025, 12, 31),
    recurs="",
    counted_per="city",
    lead=(),
    support=(),
    datasets=("certifications",),
    query="",
    sql="",
    note=None,
)
HALF = ProgressRow(
    policy="p", target="t", place="441900", as_of=date(2025, 6, 30), value=20.0, numerator=1.0,
    denominator=5.0, unit="%", require="at_least", required=40.0, required_max=None, expected=30.0,
    percent=50.0, pace=0.5, status="off_track", to_go=20.0, needed_per_month=3.3,
    rate_last_12_months=0.1, note=None, noted_on=None, baseline=10.0, share=None, rank=None,
    ranked=None, window_start=None, window_end=None,
)  # fmt: skip


def every_text(found: Any) -> Iterator[Any]:
    for value in found.values():
        if set(value) == {"zh", "en"}:
            yield value
        else:
            yield from every_text(value)


def test_every_text_has_both_languages_and_the_same_slots() -> None:
    for text in every_text(texts()):
        assert text["zh"]
        assert text["en"]
        slots = [set(re.findall(r"{(\w+)}", text[language])) for language in ("zh", "en")]
        assert slots[0] == slots[1], text


def test_every_text_that_code_asks_for_is_declared() -> None:
    for path in DASHBOARD.rglob("*.py"):
        for key in re.findall(r"""words\(\s*"([a-z_0-9]+)\"""", path.read_text("utf-8")):
            assert key in texts(), (path.name, key)


def test_texts_asked_for_by_what_data_says_are_declared() -> None:
    assert {"levels", "scopes", "skill_levels"} <= set(texts())
    assert set(range(8)) == set(texts()["skill_levels"])
    for name in ("person", "source_file", "source_sheet", "source_row", "load", "dataset", "part"):
        assert f"column_{name}" in texts()
    for rule in ("ratio", "calendar_points"):
        assert f"rule_{rule}" in texts()
    assert {f"turn_{turn}" for turn in TURNS} <= set(texts())
    for way in ("up", "down"):
        assert {f"moved_{way}", f"moved_none_{way}"} <= set(texts())
    assert {"gap_missing", "gap_low"} <= set(texts())


def test_statuses_have_a_word_a_shape_and_a_colour_each() -> None:
    style = (DASHBOARD / "assets" / "colours.css").read_text("utf-8")
    assert set(texts()["statuses"]) == set(ICONS)
    assert len(set(ICONS.values())) == len(ICONS)
    for status in ICONS:
        assert f"--{status}:" in style


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (1017000.0, "101.7万", "1,017,000"),
        (99999.0, "10万", "99,999"),
        (13115.0, "1.31万", "13,115"),
        (9999.0, "9,999", "9,999"),
        (12345678.0, "1,235万", "12,345,678"),
        (123456789.0, "1.23亿", "123,456,789"),
        (144.0, "144", "144"),
        (9.2637, "9.26", "9.26"),
        (30081.68, "3.01万", "30,082"),
        (1000000.0, "100万", "1,000,000"),
        (0.0, "0", "0"),
        (None, "—", "—"),
    ],
)
def test_numbers_as_readers_expect_them(value: float | None, zh: str, en: str) -> None:
    assert Words("zh").number(value) == zh
    assert Words("en").number(value) == en


def test_amounts_carry_their_unit() -> None:
    assert Words("zh").amount(51.53, Text("%", "%")) == "51.5%"
    assert Words("en").amount(200.0, Text("个", "studios")) == "200 studios"
    assert Words("en").amount(1.0, Text("个/镇街", "sites per town")) == "1 site per town"
    assert Words("zh").amount(156769.0, Text("人", "persons")) == "15.7万人"
    assert Words("zh").limit(40.0, Text("%", "%")) == "40%"
    assert Words("zh").limit(1_000_000.0, Text("人", "persons")) == "100万人"
    assert Words("zh").limit(12_345.0, Text("人", "persons")) == "12,345 人"
    assert Words("zh").full(1_017_003.0, Text("人", "persons")) == "1,017,003 人"
    assert Words("zh").tick(12_500.0) == "1.25万"
    assert Words("zh").change(1.1503, Text("%", "%")) == "1.15 个百分点"


@pytest.mark.parametrize(
    ("value", "zh", "en"), [(13115.0, "1.3万", "13.1k"), (9852.0, "9,852", "9,852"), (None, "–", "–")]
)
def test_a_narrow_cell_has_room_for_five_signs(value: float | None, zh: str, en: str) -> None:
    assert Words("zh").narrow(value) == zh
    assert Words("en").narrow(value) == en


@pytest.mark.parametrize(
    ("value", "said"),
    [(464.8, "465 人"), (8.44, "8.4 人"), (0.083, "0.08 人"), (139488.0, "13.9万人"), (0.0, "0 人")],
)
def test_a_rate_has_the_digits_that_mean_something(value: float, said: str) -> None:
    assert Words("zh").rate(value, Text("人", "persons")) == said


def test_graphs_are_made_in_one_place_only() -> None:
    made = [p.name for p in DASHBOARD.rglob("*.py") if "dcc.Graph(" in p.read_text("utf-8")]
    assert made == ["charts.py"]
    assert '"showSendToCloud": False' in (DASHBOARD / "charts.py").read_text("utf-8")


def test_health_and_security_headers(client: FlaskClient) -> None:
    assert client.get("/healthz").data == b"OK"
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    scripts = re.findall(
        r"<script(?![^>]*src=)[^>]*>(.*?)</script>", answer.get_data(as_text=True), re.S
    )
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_downloads_hold_the_same_table_in_every_form(client: FlaskClient, tmp_path: Path) -> None:
    asked = "target=dg-studios&as_of=2024-02-29"
    text = client.get(f"/download/progress.csv?{asked}").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 36
    objects = client.get(f"/download/progress.json?{asked}").get_json()
    frame = pq.read_table(
        io.BytesIO(client.get(f"/download/progress.parquet?{asked}").data)
    ).to_pylist()
    book = tmp_path / "p.xlsx"
    book.write_bytes(client.get(f"/download/progress.xlsx?{asked}").data)
    cells = fastexcel.read_excel(book).load_sheet(0).to_arrow().to_pylist()
    for other in (objects, frame, cells):
        assert [r["place"] for r in other] == [r["place"] for r in rows]
        assert [float(r["value"]) for r in other] == [float(r["value"]) for r in rows]


def test_a_snapshot_that_does_not_exist_is_said(client: FlaskClient) -> None:
    page, _ = answered(client, "/?snapshot=nothing")
    assert texts()["no_snapshot"]["zh"] in page["title"]


def test_months_end_with_the_row_of_the_date(client: FlaskClient) -> None:
    asked = "target=dg-studios&place=441900&as_of=2024-02-29"
    months = client.get(f"/download/months.json?{asked}").get_json()
    (row,) = client.get(f"/download/progress.json?{asked}").get_json()
    assert months[-1] == row
    assert [m["as_of"] for m in months] == sorted({m["as_of"] for m in months})
    assert client.get("/download/months.csv?target=dg-studio").status_code == 404


def test_the_targets_of_a_snapshot_can_be_downloaded(client: FlaskClient) -> None:
    text = client.get("/download/metrics.yaml").get_data(as_text=True)
    assert "dg-high-skilled-share:" in text


def test_a_value_short_of_its_requirement_never_looks_equal_to_it() -> None:
    target = SHARE
    for value in (39.97, 39.9996):
        row = replace(HALF, value=value)
        assert Words("zh").value(target, row) != Words("zh").amount(40.0, target.unit)
    assert Words("zh").value(target, replace(HALF, value=40.0)) == "40.0%"


def test_records_come_to_the_number(client: FlaskClient) -> None:
    for target, distinct in (("dg-studios", False), ("dg-leading-talents", True)):
        progress = client.get(f"/download/progress.json?target={target}&place=441900").get_json()
        text = client.get(f"/download/records.csv?target={target}").data.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        count = len({r["person"] for r in rows}) if distinct else len(rows)
        assert count == progress[0]["value"]
        assert all(r["source_file"] and int(r["source_row"]) > 2 for r in rows)


def test_what_does_not_exist_is_said(client: FlaskClient) -> None:
    answer = client.get("/download/progress.csv?target=dg-studio")
    assert answer.status_code == 404
    assert "dg-studios" in answer.get_data(as_text=True)
    assert client.get("/download/progress.exe").status_code == 404
    assert client.get("/download/progress.csv?as_of=soon").status_code == 404


@pytest.mark.parametrize(
    ("cell", "written"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-5.2", "-5.2"), ("+8613", "+8613")]
)
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell: str, written: str) -> None:
    assert to_csv(Table(("a",), [(cell,)])) == f"a\n{written}\n"


def test_vendored_script_is_the_one_that_was_reviewed() -> None:
    vendored = DASHBOARD / "assets" / "vendor"
    notes = (vendored / "README.md").read_text("utf-8")
    scripts = list(vendored.glob("*.js"))
    assert scripts
    for path in scripts:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in notes


def test_markup_escapes_what_it_is_given_and_keeps_room_for_graphs() -> None:
    text = html.P(["a < b & ", html.A('"x"', href="/?a=1&b=2", className="c", tabIndex="0"), None, 3])
    assert markup(text) == (
        '<p>a &lt; b &amp; <a href="/?a=1&amp;b=2" class="c" tabindex="0">&quot;x&quot;</a>3</p>'
    )
    assert markup(html.Img(style={"fontSize": "2px"}, src="data:,", alt="<")) == (
        '<img style="font-size:2px" src="data:," alt="&lt;">'
    )
    with pytest.raises(TypeError):
        markup(dcc.Graph())
    graph = dcc.Graph(id="g", style={"height": "9px"})
    main = html.Main([html.H1("t"), None, html.Section([graph, html.P("v")])], id="main")
    page, graphs = laid(
        html.Div([html.Header("h"), main], className="page", lang="en"), {"title": "t", "source": "s"}
    )
    assert graphs == [graph]
    drawn = {part: [piece["html"] for piece in page[part]] for part in ("head", "body")}
    room = '<div class="graph-room" style="height:9px"></div>'
    assert drawn["head"] == ["<header>h</header>"]
    assert drawn["body"] == ["<h1>t</h1>", f"<section>{room}<p>v</p></section>"]
    assert (page["lang"], page["frame"], page["title"]) == ("en", "page", "t")


def test_pieces_have_the_same_mark_only_if_they_are_the_same(client: FlaskClient) -> None:
    """The browser leaves a piece standing by its mark."""
    seen: dict[str, str] = {}
    again = 0
    for path in ["/", "/?status=achieved", "/?status=at_risk&lang=en", "/data", "/policy/dongguan"]:
        page, _ = answered(client, path)
        for piece in (*page["head"], *page["body"]):
            again += piece["mark"] in seen
            assert seen.setdefault(piece["mark"], piece["html"]) == piece["html"]
    assert again


def test_a_filter_of_a_table_leaves_the_fields_of_other_columns_as_they_are(
    client: FlaskClient,
) -> None:
    def fields(query: str) -> list[str]:
        (rows,) = (
            piece
            for piece in answered(client, f"/table/trainings?{query}")[0]["body"]
            if 'id="rows"' in piece["html"]
        )
        form = rows["parts"][0]["parts"][0]
        (groups,) = (piece for piece in form["parts"] if 'class="fields"' in piece["html"])
        return [group["html"] for group in groups["parts"]]

    plain, asked = fields(""), fields("level.from=3&sort=hours")
    assert len(plain) == len(asked) > 15
    others = [(was, now) for was, now in zip(plain, asked, strict=True) if was != now]
    assert [
        ('"level.from" value="3"' in was, '"level.from" value="3"' in now) for was, now in others
    ] == [(False, True)]


def test_a_filter_leaves_most_of_the_overview_as_it_is(client: FlaskClient) -> None:
    whole, some = (answered(client, path)[0]["body"] for path in ("/", "/?status=achieved"))
    kept = sum(len(piece["html"]) for piece in some if piece in whole)
    assert kept > sum(len(piece["html"]) for piece in some) / 2


def test_what_towns_are_asked_for_is_shown_in_both_languages(client: FlaskClient) -> None:
    """The demo's city hands 996,000 of 1,000,000 trainings down: 4,000 are asked of nobody."""
    asked = "target=dg-training-enrolments&place=441900119"
    (town,) = client.get(f"/download/progress.json?{asked}").get_json()
    assert town["status"] and 0 < town["expected"] < town["required"] < 100_000
    said: tuple[tuple[Any, str], ...] = (
        ("zh", "要求 1,000,000，少 4,000"),
        ("en", "996,000 of 1,000,000, 4,000 short"),
    )
    for lang, short in said:
        words = Words(lang)
        page = plainly(client, f"/target/dg-training-enrolments?lang={lang}")
        assert short in page
        assert re.search(rf">{town['required']:,.0f}[^<0-9]*</data>", page)
        assert short in plainly(client, f"/place/441900?lang={lang}")
        assert short in plainly(client, f"/quality?lang={lang}")
        for path in ("/place/441900119", "/target/dg-training-enrolments?place=441900119"):
            page = plainly(client, f"{path}{'&' if '?' in path else '?'}lang={lang}")
            assert words("asked_here") in page
            assert words.limit(town["required"], Text("人次", "enrolments")) in page
        whole = {
            "zh": "东莞市的 33 个地区共分解 200 个",
            "en": "33 places of Dongguan are asked for 200 ",
        }
        assert whole[lang] in plainly(client, f"/target/dg-studios?lang={lang}")
