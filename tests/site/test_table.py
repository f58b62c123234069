"""Tables: what they are asked by an address, against the same asked of DuckDB by hand."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import duckdb
import fastexcel
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from dashboard.words import Words
from etl import snapshot_file
from etl.datasets import datasets
from etl.settings import Settings
from etl.texts import Text
from metrics import browsing, handouts, published, table_rows
from metrics.browsed import browsed, browsed_names
from metrics.browsing import Listing
from metrics.described import Described
from metrics.handouts import Handout, TooManyRowsError, csv_of, xlsx_of
from metrics.questions import QuestionError, read_question
from metrics.record_questions import questions_behind
from tests.asking import plainly
from tests.site.snapshots import opened

Pairs = list[tuple[str, str]]


@pytest.fixture
def bare(published_settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(published_settings) as connection:
        yield connection


def listing(connection: Connection, table: str, pairs: Pairs) -> Listing:
    snapshot = published.snapshot_facts(connection)["id"]
    return Listing(connection, read_question(table, pairs), snapshot)


#: Questions, and the same as a person would ask DuckDB.
ASKED: list[tuple[str, Pairs, str]] = [
    ("trainings", [], "true"),
    ("trainings", [("level.is", "3")], "level = 3"),
    ("trainings", [("level.is", "3"), ("level.is", "4")], "level IN (3, 4)"),
    ("trainings", [("level.from", "2"), ("level.to", "3")], "level BETWEEN 2 AND 3"),
    ("trainings", [("hours.from", "59.5")], "hours >= 59.5"),
    ("trainings", [("course.has", "电")], "contains(course, '电')"),
    ("trainings", [("course.has", "%")], "contains(course, '%')"),
    ("trainings", [("record_no.has", "px2")], "contains(lower(record_no), 'px2')"),
    ("trainings", [("result.empty", "yes")], "result IS NULL"),
    ("trainings", [("result.empty", "no"), ("result.is", "合格")], "result = '合格'"),
    (
        "trainings",
        [("completed_on.from", "2024-01-15"), ("completed_on.to", "2024-03-31")],
        "completed_on >= DATE '2024-01-15' AND completed_on <= DATE '2024-03-31'",
    ),
    ("trainings", [("place.is", "441900121")], "place = '441900121'"),
    (
        "trainings",
        [("place.within", "441900")],
        "place IN (SELECT place FROM place_ancestors WHERE ancestor = '441900')",
    ),
    (
        "trainings",
        [("where", "level >= 3 and (kind = '技能提升' or hours > 100)"), ("course.has", "电")],
        "level >= 3 AND (kind = '技能提升' OR hours > 100) AND contains(course, '电')",
    ),
    ("trainings", [("where", "source_row <= 20 and load is not null")], "source_row <= 20"),
    ("certifications", [("revoked_on.empty", "no")], "revoked_on IS NOT NULL"),
    ("progress", [("as_of.is", "2025-06-30"), ("status.is", "at_risk")],
     "as_of = DATE '2025-06-30' AND status = 'at_risk'"),
    ("progress", [("place_level.is", "town"), ("kind.is", "coverage")],
     "place IN (SELECT code FROM places WHERE level = 'town')"
     " AND target IN (SELECT target FROM targets WHERE kind = 'coverage')"),
    ("windows", [("state.is", "missed")], "state = 'missed'"),
    ("loads", [("loaded_at.from", "2020-01-01"), ("rejected.from", "1")], "rejected >= 1"),
    ("rejects", [("dataset.is", "trainings")], "dataset = 'trainings'"),
    ("places", [("parent.is", "441900")], "parent = '441900'"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "pairs", "by_hand"), ASKED)
def test_a_question_finds_the_rows_that_duckdb_finds(
    published_connection: Connection,
    bare: duckdb.DuckDBPyConnection,
    table: str,
    pairs: Pairs,
    by_hand: str,
) -> None:
    found = listing(published_connection, table, pairs)
    first = next(iter(found.question.shown)).name
    want = [row[0] for row in bare.execute(f"SELECT {first} FROM {table} WHERE {by_hand}").fetchall()]
    assert found.matched == len(want)
    assert found.total == bare.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    assert [row[0] for batch in found.batches() for row in _rows(batch)] == want
    assert [row[0] for row in found.page(0, 10_000)] == want[:10_000]


def _rows(batch: pa.RecordBatch) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in batch.columns), strict=True))


@pytest.mark.parametrize(
    "sort", ["completed_on", "-level", "course", "-record_no", "result", "-result"]
)
@pytest.mark.parametrize("near", [10, 1_000_000])
@pytest.mark.parametrize("few", [0, 100_000])
def test_every_page_is_the_slice_of_what_duckdb_sorts(
    published_connection: Connection,
    bare: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
    sort: str,
    near: int,
    few: int,
) -> None:
    """Near its ends and far from them, by counting values and without, whatever is empty."""
    for module in (browsing, table_rows):
        monkeypatch.setattr(module, "NEAR", near)
    monkeypatch.setattr(browsing, "FEW_VALUES", few)
    monkeypatch.setattr(table_rows, "STRETCH", 700)
    monkeypatch.setattr(browsing, "_counts", browsing.Remembered(64))
    monkeypatch.setattr(browsing, "_occurrences", browsing.Remembered(64))
    order = f"{sort.removeprefix('-')} {'DESC' if sort.startswith('-') else 'ASC'} NULLS LAST, rowid"
    pairs = [("kind.is", "技能提升"), ("sort", sort), ("columns", "record_no,result")]
    found = listing(published_connection, "trainings", pairs)
    asked = f"SELECT record_no, result FROM trainings WHERE kind = '技能提升' ORDER BY {order}"
    want = bare.execute(asked).fetchall()
    assert len(want) == found.matched > 2000
    for first in (0, 1, 9, 10, 700, len(want) // 2, len(want) - 60, len(want) - 7, len(want), 10**9):
        assert found.page(first, 50) == want[first : first + 50], first
    assert [row for batch in found.batches() for row in _rows(batch)] == want


@pytest.mark.parametrize("sort", ["record_no", "-completed_on"])
def test_more_rows_than_memory_holds_are_sorted_on_disk(
    published_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    """Two hundred thousand records in numbers that the memory of readers does not hold, sorted by
    Python's own sort; what was spilled is gone with the engine."""
    source = published_settings.warehouse_folder / "snapshots"
    name = (published_settings.warehouse_folder / "current").read_text("utf-8").strip()
    path = Path(shutil.copyfile(source / name, tmp_path / name))
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "INSERT INTO trainings BY NAME SELECT * EXCLUDE (i) REPLACE"
            " (md5(record_no || i) AS record_no, repeat(md5(course || i), 64) AS course)"
            " FROM trainings, range(70) r(i)"
        )
        rows = connection.execute("SELECT rowid, record_no, completed_on FROM trainings").fetchall()
    monkeypatch.setattr(snapshot_file, "READING_MEMORY", "256MB")
    pairs = [("sort", sort), ("columns", "record_no,course,completed_on")]
    engine = snapshot_file.open_snapshot(path, {})
    with engine.connect() as connection:
        found = listing(connection, "trainings", pairs).batches()
        numbers = [number for batch in found for number in batch["record_no"].to_pylist()]
        spilled = [one for one in tmp_path.iterdir() if one.is_dir()]
    engine.dispose()
    ordered = sorted(rows, key=lambda row: row[1]) if sort == "record_no" else (
        sorted(rows, key=lambda row: (-row[2].toordinal(), row[0]))
    )  # fmt: skip
    assert numbers == [row[1] for row in ordered]
    assert len(numbers) > 150_000
    assert [one.name for one in spilled] == [f"{name}.{os.getpid()}.tmp"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_batch_is_never_larger_than_it_says(
    published_connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_rows, "BATCH", 300)
    for sort in ("", "level"):
        found = listing(published_connection, "trainings", [("sort", sort)])
        sizes = [batch.num_rows for batch in found.batches()]
        assert max(sizes) <= 300
        assert sum(sizes) == found.total > 2000


def test_persons_are_told_by_their_keyed_hash_and_found_by_the_whole_of_it(
    published_connection: Connection, bare: duckdb.DuckDBPyConnection
) -> None:
    (keyed, count), *_ = bare.execute(
        "SELECT hash, count(*) FROM trainings JOIN persons USING (person) GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    pairs = [("person.is", keyed), ("columns", "person")]
    found = listing(published_connection, "trainings", pairs)
    assert found.page(0, 100) == [(keyed,)] * count
    for wrong in ([("person.has", keyed[:8])], [("sort", "person")], [("where", "person = '1'")]):
        with pytest.raises(QuestionError):
            read_question("trainings", wrong)


@pytest.mark.parametrize("name", browsed_names())
def test_every_column_of_every_table_is_there_sorts_and_is_named_in_both_languages(
    published_connection: Connection, name: str
) -> None:
    for column in browsed(name, "zh").columns.values():
        assert column.title.zh and column.title.en
        pairs = [] if column.is_person else [("sort", column.name)]
        found = listing(published_connection, name, [*pairs, ("columns", column.name)])
        rows = found.page(0, 5)
        assert len(rows) == min(5, found.total)
        assert found.schema.names == [column.name]
    english = read_question(name, [], "en")
    assert {one.name for one in english.shown} == set(browsed(name, "zh").columns)


def test_names_come_in_the_language_that_is_asked_for(published_connection: Connection) -> None:
    asked = [("target.is", "dg-studios"), ("place.is", "441900121"), ("columns", "name,place_name")]
    snapshot = published.snapshot_facts(published_connection)["id"]
    for language, want in (
        ("zh", ("新增技能大师工作室", "虎门镇")),
        ("en", ("New skill-master studios", "Humen")),
    ):
        question = read_question("progress", asked, "en" if language == "en" else "zh")
        assert Listing(published_connection, question, snapshot).page(0, 1) == [want]


WRONG: list[tuple[Pairs, list[str]]] = [
    ([("levl.is", "3")], ["no column 'levl'; did you mean 'level'?"]),
    ([("level", "3")], ["unknown parameter 'level'; did you mean 'level.is'?"]),
    ([("level.has", "3")],
     ["column 'level' cannot be filtered by 'has' (there are is, from, to, empty)"]),
    ([("level.from", "three")], ["level.from: 'three' is not a whole number"]),
    ([("completed_on.to", "2024-13-01")],
     ["completed_on.to: '2024-13-01' is not a date such as 2025-06-30"]),
    ([("hours.is", "nan")], ["hours.is: 'nan' is not a number"]),
    ([("result.is", "合")], ["result.is: no '合'; did you mean '合格'?"]),
    ([("result.empty", "1")], ["result.empty: no '1' (there are yes, no)"]),
    ([("sort", "-levels")], ["no column 'levels'; did you mean 'level'?"]),
    ([("columns", "level,leval")], ["no column 'leval'; did you mean 'level'?"]),
    ([("where", "leval > 3")], ["where: trainings has no field 'leval'; did you mean 'level'?"]),
    ([("where", "level > '3'")], ["where: \"'3'\" is no whole number, which 'level' needs"]),
    ([("where", "true; drop table trainings")],
     ["where: not one condition and nothing else: 'true; drop table trainings'"]),
    ([("levl.is", "3"), ("sort", "x"), ("where", "1 = 1")],
     ["no column 'levl'; did you mean 'level'?", "no column 'x'", "where: "]),
]  # fmt: skip


@pytest.mark.parametrize(("pairs", "said"), WRONG)
def test_what_cannot_be_asked_is_refused_with_all_that_is_wrong(pairs: Pairs, said: list[str]) -> None:
    with pytest.raises(QuestionError) as refused:
        read_question("trainings", pairs)
    assert len(refused.value.problems) == len(said)
    for problem, start in zip(refused.value.problems, said, strict=True):
        assert problem.en.startswith(start)
        assert re.search("[\u4e00-\u9fff]", problem.zh)


OPERATIONS = st.sampled_from(["is", "has", "from", "to", "within", "empty"])
VALUES = st.one_of(
    st.text(max_size=12), st.integers().map(str), st.floats().map(str), st.dates().map(str),
    st.sampled_from(["' OR 1=1 --", "%", "_", "\\", "/", "\x00", "yes", "441900", "9" * 40]),
)  # fmt: skip


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_whatever_is_asked_is_answered_or_refused_in_words(
    client: FlaskClient, data: st.DataObject
) -> None:
    """No value of any kind, in any column, is more than a value."""
    table = data.draw(st.sampled_from(browsed_names()))
    column = data.draw(st.sampled_from(list(browsed(table, "zh").columns)))
    pairs = [(f"{column}.{data.draw(OPERATIONS)}", data.draw(VALUES))]
    pairs += [("where", f"{column} = {data.draw(VALUES)}")] if data.draw(st.booleans()) else []
    pairs += [("sort", column)] if data.draw(st.booleans()) else []
    answer = client.get(f"/api/v1/tables/{table}?{urlencode(pairs)}")
    assert answer.status_code in (200, 400, 404), (pairs, answer.get_data(as_text=True))


# Files


def test_every_form_holds_just_the_rows_that_were_filtered(
    client: FlaskClient, bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    columns = "record_no,place,level,completed_on,hours,source_file,source_row"
    pairs = [
        ("level.from", "3"),
        ("kind.is", "技能提升"),
        ("sort", "-completed_on"),
        ("columns", columns),
    ]
    query = urlencode(pairs)
    want = bare.execute(
        f"SELECT {columns} FROM trainings WHERE level >= 3 AND kind = '技能提升'"
        " ORDER BY completed_on DESC NULLS LAST, rowid"
    ).fetchall()
    at = "/download/table/trainings"
    text = client.get(f"{at}.csv?{query}").data.decode("utf-8")
    assert text.startswith("\ufeff")
    header, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert header == columns.split(",")
    assert [_typed(row) for row in rows] == want
    objects = client.get(f"{at}.json?{query}").get_json()
    assert [[str(v) for v in row.values()] for row in objects] == [
        [str(v) for v in row] for row in want
    ]
    table = pq.read_table(io.BytesIO(client.get(f"{at}.parquet?{query}").data))
    assert _rows(table.combine_chunks().to_batches()[0]) == want
    book = tmp_path / "book.xlsx"
    book.write_bytes(client.get(f"{at}.xlsx?{query}").data)
    sheet = fastexcel.read_excel(book).load_sheet(0).to_arrow().to_pylist()
    assert [row["record_no"] for row in sheet] == [row[0] for row in want]
    assert [row["completed_on"].date() for row in sheet] == [row[3] for row in want]
    with zipfile.ZipFile(io.BytesIO(client.get(f"{at}.zip?{query}").data)) as pack:
        assert pack.testzip() is None
        assert pack.read("trainings.csv").decode("utf-8") == text
        described = json.loads(pack.read("trainings.csv-metadata.json"))
        cited = pack.read("citation.txt").decode("utf-8")
    named = [column["name"] for column in described["tableSchema"]["columns"]]
    assert named == header
    assert described["dc:bibliographicCitation"] == cited.strip()


def _typed(row: list[str]) -> tuple[Any, ...]:
    number, place, level, day, hours, file, line = row
    return (number, place, int(level), date.fromisoformat(day), float(hours), file, int(line))


def test_a_file_says_what_it_is_where_its_readers_look(
    client: FlaskClient, bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    facts = dict(bare.execute("SELECT key, value FROM snapshot").fetchall())
    count = bare.execute("SELECT count(*) FROM institutions WHERE type = '技能大师工作室'").fetchall()[
        0
    ][0]
    query = f"type.is={quote('技能大师工作室')}&lang=en"
    at = "/download/table/institutions"
    table = pq.read_table(io.BytesIO(client.get(f"{at}.parquet?{query}").data))
    assert table.schema.metadata is not None
    cited = table.schema.metadata[b"citation"].decode("utf-8")
    for part in (
        facts["id"],
        facts["created_at"][:10],
        "2025-06-30",
        "= 技能大师工作室",
        f"{count} rows",
    ):
        assert part in cited, part
    assert "made up" in cited
    names = {one["name"] for one in json.loads(table.schema.metadata[b"dictionary"])}
    assert names == set(table.column_names) == set(datasets()["institutions"].columns)
    book = tmp_path / "book.xlsx"
    book.write_bytes(client.get(f"{at}.xlsx?{query}").data)
    about = fastexcel.read_excel(book).load_sheet(1, header_row=None).to_arrow().to_pylist()
    assert about[0]["__UNNAMED__0"] == cited
    assert {row["__UNNAMED__0"] for row in about} >= names
    answer = client.get(f"{at}.csv?{query}")
    found = re.fullmatch(
        r'<(.+)>; rel="describedby"; type="application/csvm\+json"', answer.headers["Link"]
    )
    assert found is not None
    described = client.get(found[1]).get_json(force=True)
    assert described["dc:bibliographicCitation"] == cited


def test_a_page_asks_only_for_its_filters_and_a_wrong_one_is_said(client: FlaskClient) -> None:
    answer = client.get("/download/table/trainings.csv?levl.is=3&lang=en")
    assert (answer.status_code, answer.get_data(as_text=True)) == (
        400, "no column 'levl'; did you mean 'level'?",
    )  # fmt: skip
    assert client.get("/download/table/nothing.csv").status_code == 404
    assert client.get("/download/table/trainings.exe").status_code == 404


def test_a_workbook_refuses_what_excel_cannot_hold() -> None:
    schema = pa.schema([("a", pa.int64())])
    column = Described("a", Text("a", "a"), "BIGINT")
    handout = Handout("t", (column,), schema, iter(()), handouts.SHEET_ROWS + 1)
    with pytest.raises(TooManyRowsError, match="1,048,576"):
        xlsx_of(handout)


def test_a_file_is_made_piece_by_piece() -> None:
    """The first piece is there before the second batch was asked for."""
    asked: list[int] = []

    def batches() -> Iterator[pa.RecordBatch]:
        for number in range(3):
            asked.append(number)
            yield pa.record_batch({"a": [number]})

    column = Described("a", Text("a", "a"), "BIGINT")
    schema = pa.schema([("a", pa.int64())])
    for make in (csv_of, handouts.json_of, handouts.parquet_of, handouts.bundle_of):
        asked.clear()
        pieces = iter(make(Handout("t", (column,), schema, batches(), 3)))
        while not asked:
            next(pieces)
        assert asked == [0]
        list(pieces)
        assert asked == [0, 1, 2]


#: Cells, and what a spreadsheet that reads them must not run.
CELLS = {
    "=1+1": "'=1+1", "@x": "'@x", "-5.2": "-5.2", "+8613": "+8613", "\t=1": "'\t=1", "a,b": "a,b",
    "普通": "普通", "": "", 'say "x"': 'say "x"', "two\nlines": "two\nlines",
}  # fmt: skip


def test_cells_of_every_type_are_written_as_text_that_no_spreadsheet_runs() -> None:
    batch = pa.record_batch(
        {
            "text": [*CELLS, None],
            "number": pa.array([1.0, 0.1, -2.5, 1e20, None, *([3.0] * (len(CELLS) - 4))]),
            "moment": pa.array([datetime(2024, 1, 2, 3, 4, 5)] * (len(CELLS) + 1), pa.timestamp("us")),
            "flag": [True] * (len(CELLS) + 1),
        }
    )
    columns = tuple(Described(name, Text(name, name), "") for name in batch.schema.names)
    whole = b"".join(csv_of(Handout("t", columns, batch.schema, [batch], batch.num_rows)))
    _, *rows = csv.reader(io.StringIO(whole.decode("utf-8").removeprefix("\ufeff")))
    assert [row[0] for row in rows] == [*CELLS.values(), ""]
    assert [row[1] for row in rows[:5]] == ["1", "0.1", "-2.5", "100000000000000000000", ""]
    assert rows[0][2:] == ["2024-01-02T03:04:05", "true"]


# Pages


def test_the_page_shows_the_rows_and_leads_on(
    client: FlaskClient, bare: duckdb.DuckDBPyConnection
) -> None:
    words = Words("zh")
    count = bare.execute("SELECT count(*) FROM trainings WHERE level >= 3").fetchall()[0][0]
    total = bare.execute("SELECT count(*) FROM trainings").fetchall()[0][0]
    page = plainly(client, "/table/trainings?level.from=3&sort=-completed_on&page=2")
    assert words("rows_some", first=51, last=100, matched=count, total=total) in page
    assert (
        '<th scope=\\"col\\" aria-sort=\\"descending\\">' in page
        or 'aria-sort=\\"descending\\"' in page
    )
    numbers = bare.execute(
        "SELECT record_no FROM trainings WHERE level >= 3"
        " ORDER BY completed_on DESC NULLS LAST, rowid LIMIT 50 OFFSET 50"
    ).fetchall()
    positions = [page.index(f">{number}<") for (number,) in numbers]
    assert positions == sorted(positions)
    assert "level.from=3&amp;sort=-completed_on&amp;page=3&amp;policy=dongguan#rows" in page
    assert "/download/table/trainings.csv?level.from=3&amp;sort=-completed_on" in page


def test_a_page_beyond_the_last_is_the_last_and_nonsense_the_first(client: FlaskClient) -> None:
    last = plainly(client, "/table/honours?page=99999999999999999999&rows=50")
    assert re.search(r"第 (\d+) / \1 页", last)
    assert "第 1 / " in plainly(client, "/table/honours?page=two&rows=²")


def test_the_page_says_what_is_wrong_and_keeps_what_was_typed(client: FlaskClient) -> None:
    page = plainly(client, "/table/trainings?where=leval+%3E+3&level.from=x&lang=en")
    assert "trainings has no field &#x27;leval&#x27;; did you mean &#x27;level&#x27;?" in page
    assert "level.from: &#x27;x&#x27; is not a whole number" in page
    assert "leval &gt; 3</textarea>" in page
    assert Words("zh")("rows_none") in plainly(client, "/table/trainings?record_no.is=none")
    assert Words("zh")("not_found") in plainly(client, "/table/nothing")


def test_excel_is_not_offered_more_rows_than_it_can_hold(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.pages import table

    assert "/download/table/trainings.xlsx" in plainly(client, "/table/trainings")
    monkeypatch.setattr(table, "SHEET_ROWS", 10)
    page = plainly(client, "/table/trainings?page=2")  # the first was answered already
    assert "/download/table/trainings.xlsx" not in page
    assert Words("zh")("too_many_for_excel", most=10) in page


def test_the_records_behind_a_number_are_found_in_their_tables(
    published_connection: Connection,
) -> None:
    """For every target and two places: the question that leads there finds just these records."""
    asked = 0
    for target in published.targets(published_connection, "dongguan"):
        for place in ("441900", "441900121"):
            behind = published.record_rows(published_connection, target.target, place)
            questions = questions_behind(published_connection, target.target, place)
            found = [
                listing(published_connection, q.table, list(q.pairs)).matched for _, q in questions
            ]
            assert sum(found) == behind.count, (target.target, place)
            asked += behind.count
    assert asked > 1000


def test_records_are_paged_as_they_are_handed_out(published_connection: Connection) -> None:
    behind = published.record_rows(published_connection, "dg-high-skilled-share")
    pages = [row for first in range(0, behind.count, 700) for row in behind.page(first, 700)]
    whole = [row for batch in behind.batches() for row in _rows(batch)]
    assert len(pages) == len(whole) == behind.count
    assert sorted(map(str, pages)) == sorted(map(str, whole))
    of_rows = published.records(published_connection, "dg-high-skilled-share")
    assert [tuple(row) for row in of_rows.rows] == whole
