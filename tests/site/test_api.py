"""The interface for programs: its document, its answers against DuckDB and the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

import duckdb
import pytest
import yaml
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from typer.testing import CliRunner

from dashboard.api.routes import BASE, COMMON, ROUTES, Route, texts
from dashboard.site import create_app
from dashboard.words import Words
from etl.settings import Settings
from metrics.browsed import browsed_names
from milepost.cli import app
from tests.asking import plainly
from tests.conftest import KEY, settings_of
from tests.site.snapshots import opened


@pytest.fixture
def bare(published_settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(published_settings) as connection:
        yield connection


def get(client: FlaskClient, path: str) -> Any:
    answer = client.get(f"{BASE}{path}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return json.loads(answer.data)


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> Any:
    return get(client, "/openapi.json?lang=en")


def example(route: Route) -> str:
    path = route.path.format(target="dg-studios", table="trainings")
    return f"{path}?{route.example}"


def validate(document: Any, pointer: str, content: Any) -> None:
    """Raises ValidationError unless the content is what the document says at a pointer."""
    whole = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:document", whole)
    OAS31Validator({"$ref": f"urn:document#{pointer}"}, registry=registry).validate(content)


def schema_of(route: Route, status: str, form: str) -> str:
    path = (BASE + route.path).replace("~", "~0").replace("/", "~1")
    return f"/paths/{path}/get/responses/{status}/content/{form.replace('/', '~1')}/schema"


# The document


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_document_is_valid_openapi(client: FlaskClient, lang: str) -> None:
    found = get(client, f"/openapi.json?lang={lang}")
    assert found["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(found).validate()
    said = json.dumps(found["paths"], ensure_ascii=False)
    assert bool(re.search("[\u4e00-\u9fff]", said)) == (lang == "zh")


def test_the_document_has_every_route_and_no_other(published_settings: Settings, document: Any) -> None:
    server = create_app(published_settings).server
    served = {
        re.sub(r"<(\w+)>", r"{\1}", rule.rule)
        for rule in server.url_map.iter_rules()
        if rule.rule.startswith(BASE)
    }
    assert set(document["paths"]) == served - {f"{BASE}/openapi.json"}
    for rule in server.url_map.iter_rules():
        if rule.rule.startswith("/api"):
            assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS"}, rule
    for route in ROUTES:
        declared = document["paths"][BASE + route.path]["get"]["parameters"]
        names = {one.name for one in (*route.parameters, *COMMON)}
        assert {one["name"] for one in declared} - {"filters"} == names


def test_every_text_of_the_interface_has_both_languages_and_is_used() -> None:
    def pairs(found: Any) -> Iterator[Any]:
        for value in found.values():
            if set(value) == {"zh", "en"}:
                yield value
            else:
                yield from pairs(value)

    for text in pairs(texts()):
        assert re.search("[\u4e00-\u9fff]", text["zh"]) and not re.search("[\u4e00-\u9fff]", text["en"])
    assert set(texts()["routes"]) == {route.name for route in ROUTES}
    used = {one.name for route in ROUTES for one in (*route.parameters, *COMMON)}
    assert set(texts()["parameters"]) == used


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_answer_is_what_the_document_says(
    client: FlaskClient, document: Any, route: Route
) -> None:
    found = get(client, example(route))
    validate(document, schema_of(route, "200", "application/json"), found)
    assert found["data"]
    assert found["snapshot"] in found["citation"]


@pytest.mark.parametrize("name", browsed_names())
def test_every_table_is_what_the_document_says(client: FlaskClient, document: Any, name: str) -> None:
    (route,) = (one for one in ROUTES if one.name == "table")
    found = get(client, f"/tables/{name}?rows=500")
    validate(document, schema_of(route, "200", "application/json"), found)
    (described,) = (one for one in get(client, "/tables")["data"] if one["table"] == name)
    assert described["total"] == found["total"] == found["matched"]
    columns = {one["name"]: one for one in described["columns"]}
    for row in found["data"]:
        assert list(row) == list(columns)
        for column, value in row.items():
            known = columns[column]["values"]
            assert value is None or not known or value in known, (column, value)


def test_a_document_that_is_wrong_is_found(document: Any) -> None:
    (route,) = (one for one in ROUTES if one.name == "snapshots")
    with pytest.raises(Exception, match="required property"):
        validate(document, schema_of(route, "200", "application/json"), {"data": []})


# The answers


def printed(home: Any, *options: str) -> Any:
    """What the command line prints."""
    result = CliRunner().invoke(
        app, [*options], env={"MILEPOST_HOME": str(home), "MILEPOST_KEY": KEY, "MILEPOST_LANG": "zh"}
    )
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("as_of", ["2025-06-30", "2023-02-14", "2024-12-31"])
def test_progress_is_the_command_lines_to_the_last_digit(
    client: FlaskClient, published_home: Any, as_of: str
) -> None:
    want = printed(
        published_home, "progress", "--policy", "dongguan", "--as-of", as_of, "--format", "json"
    )
    found = get(client, f"/progress?policy=dongguan&as_of={as_of}")["data"]
    assert len(want) == 27 * 36
    assert json.dumps(found) == json.dumps(want)


def test_completeness_warnings_and_records_are_the_command_lines(
    client: FlaskClient, published_home: Any
) -> None:
    for name in ("completeness", "warnings"):
        want = printed(published_home, name, "--policy", "dongguan", "--format", "json")
        found = get(client, f"/{name}?policy=dongguan")["data"]
        assert json.dumps(found) == json.dumps(want), name
    want = printed(published_home, "records", "dg-high-skilled-share", "--format", "json")
    pages = [
        get(client, f"/records?target=dg-high-skilled-share&rows=1000&page={page}")
        for page in range(1, len(want) // 1000 + 2)
    ]
    found = [row for page in pages for row in page["data"]]
    assert {page["matched"] for page in pages} == {len(want)} == {len(found)}
    assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, want))


def test_targets_places_and_windows_are_the_snapshots(
    client: FlaskClient, bare: duckdb.DuckDBPyConnection
) -> None:
    asked = "SELECT target, name_zh, name_en, kind, required FROM targets WHERE policy = 'dongguan'"
    found = get(client, "/targets?policy=dongguan")["data"]
    rows = [
        (one["target"], one["name"]["zh"], one["name"]["en"], one["kind"], one["required"])
        for one in found
    ]
    assert rows == bare.execute(f"{asked} ORDER BY position").fetchall()
    codes = {one["code"] for one in get(client, "/places?policy=dongguan")["data"]}
    below = bare.execute("SELECT place FROM place_ancestors WHERE ancestor = '441900'").fetchall()
    assert codes <= {code for (code,) in below} and len(codes) == 36
    closed = get(client, "/windows?target=dg-new-courses")["data"]
    asked = "SELECT place, value, state FROM windows WHERE target = 'dg-new-courses'"
    want = bare.execute(f"{asked} ORDER BY place, window_start").fetchall()
    assert [(one["place"], one["value"], one["state"]) for one in closed] == want
    months = get(client, "/months?target=dg-studios&as_of=2024-01-31")["data"]
    want = bare.execute(
        "SELECT value FROM progress WHERE target = 'dg-studios' AND place = '441900'"
        " AND as_of <= DATE '2024-01-31' ORDER BY as_of"
    ).fetchall()
    assert [(one["value"],) for one in months] == want


def test_pages_of_a_table_are_slices_of_it(
    client: FlaskClient, bare: duckdb.DuckDBPyConnection
) -> None:
    want = bare.execute(
        "SELECT certificate_no, level FROM certifications WHERE level >= 3 ORDER BY level DESC, rowid"
    ).fetchall()
    asked = "/tables/certifications?level.from=3&sort=-level&columns=certificate_no,level&rows=100"
    found: list[Any] = []
    for page in range(1, 4):
        answer = get(client, f"{asked}&page={page}")
        assert (answer["matched"], answer["page"], answer["rows"]) == (len(want), page, 100)
        assert answer["pages"] == -(-len(want) // 100)
        found += answer["data"]
    assert [tuple(row.values()) for row in found] == want[:300]
    assert get(client, f"{asked}&page=100000")["data"] == []


def test_a_figure_says_what_it_rests_on(client: FlaskClient, bare: duckdb.DuckDBPyConnection) -> None:
    """Its statements, run by DuckDB alone, give its numbers; its files hold its records."""
    declared = bare.execute("SELECT value FROM snapshot WHERE key = 'metrics'").fetchall()[0][0]
    compared = 0
    for target, kind, averaged in bare.execute(
        "SELECT target, kind, averaged FROM targets WHERE policy = 'dongguan'"
    ).fetchall():
        for place in ("441900", "441900121"):
            (found,) = get(client, f"/figures/{target}?place={place}")["data"]
            row = found["progress"]
            sums: dict[str, int] = {}
            for part in found["parts"]:
                result = bare.execute(part["sql"]).fetchall()[0][0]
                assert result == part["result"], target
                if kind == "ratio":
                    assert result == row[part["part"]], target
                elif kind in ("cumulative", "stock") or (kind == "annual" and not averaged):
                    assert result == row["value"], target
                    compared += 1
            for file in found["files"]:
                sums[file["part"]] = sums.get(file["part"], 0) + file["records"]
                digest = bare.execute(
                    "SELECT sha256 FROM loads WHERE load = ? AND source_file = ?",
                    [file["load"], file["source_file"]],
                ).fetchall()[0][0]
                assert file["sha256"] == digest
            behind = get(client, f"/records?target={target}&place={place}&rows=1")
            assert sum(sums.values()) == behind["matched"], target
            (entry,) = found["entries"]
            assert yaml.safe_load(entry["text"]) == _declared(declared)[target]
            assert declared.splitlines()[entry["line"] - 1].strip() in entry["text"]
    assert compared > 20


def _declared(text: str) -> Any:
    found: Any = yaml.safe_load(text)["policies"]["dongguan"]["targets"]
    return found


def test_the_commands_of_a_figure_print_it(client: FlaskClient, published_home: Any) -> None:
    (found,) = get(client, "/figures/dg-studios?place=441900121&as_of=2024-05-05")["data"]
    for command in found["commands"]:
        words = command.removeprefix("milepost ").replace("--format csv", "--format json").split()
        want = printed(published_home, *words)
        if words[0] == "progress":
            assert want == [found["progress"]]
        else:
            assert len(want) == found["parts"][0]["result"] == found["progress"]["value"]


# Tags, languages, problems


def test_an_answer_is_kept_as_long_as_its_snapshot(client: FlaskClient) -> None:
    first = client.get(f"{BASE}/progress?policy=dongguan")
    tag = first.headers["ETag"]
    assert json.loads(first.data)["snapshot"] in tag
    again = client.get(f"{BASE}/progress?policy=dongguan", headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    other = client.get(f"{BASE}/progress?policy=dongguan&lang=en", headers={"If-None-Match": tag})
    assert other.status_code == 200
    snapshot = json.loads(first.data)["snapshot"]
    named = client.get(f"{BASE}/policies?snapshot={snapshot}")
    assert named.headers["Cache-Control"] == "private, max-age=3600"
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert client.get(f"{BASE}/snapshots").headers["Cache-Control"] == "no-store"


def test_a_head_has_the_headers_of_a_get(client: FlaskClient) -> None:
    answer = client.head(f"{BASE}/policies")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"]


def test_the_language_is_the_addresss_then_the_browsers_then_chinese(client: FlaskClient) -> None:
    def name(lang: str, accepted: str) -> str:
        answer = client.get(
            f"{BASE}/progress?target=dg-studios&place=441900{lang}",
            headers={"Accept-Language": accepted},
        )
        assert "Accept-Language" in answer.headers["Vary"]
        return str(json.loads(answer.data)["data"][0]["name"])

    assert (
        name("", "fr") == name("", "zh-CN,zh;q=0.9") == name("&lang=zh", "en") == "新增技能大师工作室"
    )
    assert name("", "en-GB,en;q=0.9") == name("&lang=en", "zh") == "New skill-master studios"


PROBLEMS = [
    ("/nothing", 404, ["no address '/api/v1/nothing'"]),
    ("/progres", 404, ["no address '/api/v1/progres'; did you mean '/api/v1/progress'?"]),
    ("/progress?polcy=x&as_of=soon", 400,
     ["unknown parameter 'polcy'; did you mean 'policy'?", "as_of: 'soon' is no date; write 2025-"]),
    ("/progress?policy=donguan", 404, ["no policy 'donguan'; did you mean 'dongguan'?"]),
    ("/records", 400, ["missing parameter 'target'"]),
    ("/figures/dg-studio", 404, ["no target 'dg-studio'; did you mean 'dg-studios'?"]),
    ("/figures/dg-studios?place=440700", 404, ["no place '440700'"]),
    ("/windows?place=1", 404, ["no place '1'"]),
    ("/tables/trainngs", 404, ["no table 'trainngs'; did you mean 'trainings'?"]),
    ("/tables/trainings?levl.is=3&sort=x", 400,
     ["no column 'levl'; did you mean 'level'?", "no column 'x'"]),
    ("/tables/trainings?place.within=1", 404, ["no place '1'"]),
    ("/tables/trainings?rows=10001", 400, ["rows: '10001' is no whole number from 1 to 10,000"]),
    ("/tables/trainings?page=0", 400, ["page: '0' is no whole number"]),
    ("/policies?snapshot=old", 404, ["no snapshot 'old'"]),
    ("/policies?lang=fr", 400, ["lang: no 'fr' (there are zh, en)"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "status", "said"), PROBLEMS)
def test_what_is_wrong_is_told_as_a_problem(
    client: FlaskClient, document: Any, path: str, status: int, said: list[str]
) -> None:
    answer = client.get(BASE + path, headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    found = json.loads(answer.data)
    validate(document, "/components/schemas/Problem", found)
    assert found["status"] == status
    assert len(found["problems"]) == len(said)
    for problem, start in zip(found["problems"], said, strict=True):
        assert problem.startswith(start)
    chinese = json.loads(client.get(BASE + path).data)
    assert re.search("[\u4e00-\u9fff]", chinese["detail"] + chinese["title"])


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_can_be_written(client: FlaskClient, method: str) -> None:
    answer = getattr(client, method)(f"{BASE}/progress")
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_before_anything_is_loaded_the_interface_says_so(tmp_path: Any) -> None:
    with create_app(settings_of(tmp_path)).server.test_client() as client:
        answer = client.get(f"{BASE}/policies?lang=en")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert "nothing is loaded yet" in json.loads(answer.data)["detail"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_the_interface_has_every_address_and_parameter(
    client: FlaskClient, lang: Any
) -> None:
    page = plainly(client, f"/api?lang={lang}")
    for route in ROUTES:
        assert f"GET {BASE}{route.path}" in page
        assert escape(getattr(route.summary, lang)) in page
        for one in route.parameters:
            assert f"<code>{one.name}</code>" in page
        if route.model.__name__.startswith("Answer"):
            before, code, after = Words(lang)("api_fields").split("`")
            assert f"{before}<code>{code}</code>{after}" in page
    assert "openapi.json" in page


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_a_figure_shows_what_the_interface_says(client: FlaskClient, lang: Any) -> None:
    path = "dg-high-skilled-share?place=441900121&as_of=2024-05-05"
    page = plainly(client, f"/figure/{path}&lang={lang}")
    (found,) = get(client, f"/figures/{path}")["data"]
    words = Words(lang)
    for part in found["parts"]:
        assert words("figure_result", result=part["result"]) in page
    for file in found["files"]:
        assert file["sha256"] in page
    for command in found["commands"]:
        assert command.split(" --snapshot")[0] in page
    assert (
        "/figure/dg-high-skilled-share?policy=dongguan&amp;place=441900121&amp;as_of=2024-05-05"
        in plainly(client, "/target/dg-high-skilled-share?place=441900121&as_of=2024-05-05")
    )
    assert words("not_found") in plainly(client, f"/figure/dg-nothing?lang={lang}")
