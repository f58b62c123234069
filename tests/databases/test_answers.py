"""What a database answers becomes what a clerk would have typed; what it refuses, plain words."""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from etl.database_answers import BATCH_ROWS, open_answer
from etl.databases import database_source
from etl.errors import SourceError
from tests.databases.asking import ZHANG, counts, home_in, make_many, remake, source_of, training
from tests.databases.servers import PASSWORD, Server
from tests.refusing import is_both, refusing

#: Columns of trainings that a cell of any type may be put into, to see its text.
FREE = ("programme", "kind", "course_no", "course", "provider", "institution_no", "sector", "level",
        "started_on", "hours", "result", "funding", "subsidy", "agency")  # fmt: skip
ODD = 'O\'Brien “引号”，"quoted", 换\n行 🎓 50% :a ::b'
REQUIRED = f"'N1' AS record_no, '{ZHANG}' AS person_id, '虎门' AS place, '2023-05-01' AS completed_on"


def texts(server: Server, folder: Path, query: str) -> dict[str, list[str | None]]:
    """The cells of a query, by column, as the loader gets them."""
    source = source_of(server, query=query)
    with open_answer(source, None, folder, "trainings", lambda _: None) as answer:
        assert answer.sheet.spool is not None
        columns = parquet.read_table(answer.sheet.spool).to_pydict().values()
        return dict(zip(answer.sheet.headers, columns, strict=True))


def cells(server: Server, folder: Path, *values: str) -> list[str | None]:
    """The texts of SQL values."""
    named = [f"{value} AS {name}" for value, name in zip(values, FREE, strict=False)]
    found = texts(server, folder, f"SELECT {REQUIRED}, {', '.join(named)}")
    return [found[name][0] for name in FREE[: len(values)]]


def test_the_types_of_postgresql(postgresql: Server, tmp_path: Path) -> None:
    expected = {
        "12::smallint": "12",
        "9007199254740993::bigint": "9007199254740993",
        "12.50::numeric(6,2)": "12.50",
        "1e20::numeric": "100000000000000000000",
        "0.1::double precision": "0.1",
        "0.1::real": "0.1",
        "1001::double precision": "1001",
        f"{ZHANG[:17]}0::double precision": "1.1010519491231002e+17",  # lost digits: never a number
        "true": "是",
        "false": "否",
        "NULL::date": None,
        "date '2023-05-01'": "2023-05-01",
        "timestamp '2023-05-01 08:30:15'": "2023-05-01 08:30:15",
        "timestamp '2023-05-01 00:00:00'": "2023-05-01",
        # The server's zone is UTC; the day of the record is China's.
        "timestamptz '2023-04-30 16:30:00+00'": "2023-05-01 00:30:00",
        "timestamptz '2023-04-30 16:00:00+00'": "2023-05-01",
        "time '08:30:00'": "08:30:00",
        "date 'infinity'": "infinity",
        "date '0044-03-15 BC'": "0044-03-15 BC",
        "'高级工'::char(5)": "高级工  ",
        f"'{ODD.replace(chr(39), chr(39) * 2)}'": ODD,
        "convert_to('培训', 'UTF8')": "培训",
        """'{"课时": [1, 2]}'::jsonb""": '{"课时": [1, 2]}',
        "ARRAY['一', '二']": '["一", "二"]',
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    }
    values = list(expected)
    found = [
        text
        for start in range(0, len(values), len(FREE))
        for text in cells(postgresql, tmp_path, *values[start : start + len(FREE)])
    ]
    assert dict(zip(values, found, strict=True)) == expected


def test_the_types_of_mysql(mariadb: Server, tmp_path: Path) -> None:
    columns = {
        "tinyint(1)": ("1", "1"),
        "bigint unsigned": ("18446744073709551615", "18446744073709551615"),
        "decimal(8,2)": ("12.5", "12.50"),
        "double": ("1001", "1001"),
        "float": ("0.1", "0.1"),
        "bit(1)": ("b'1'", "1"),
        "date": ("'2023-05-01'", "2023-05-01"),
        "datetime": ("'2023-05-01 08:30:15'", "2023-05-01 08:30:15"),
        # Written in a session of UTC; the day of the record is China's.
        "timestamp NULL": ("'2023-04-30 16:30:00'", "2023-05-01 00:30:00"),
        "varchar(40)": (r"'O''Brien “引号” 🎓 50%% :a'", "O'Brien “引号” 🎓 50% :a"),
        "varbinary(20)": ("'培训'", "培训"),
        "year": ("2023", "2023"),
        "enum('合格', '不合格')": ("'合格'", "合格"),
        "text CHARACTER SET gbk": ("NULL", None),
    }
    declared = ", ".join(f"{name} {kind}" for name, kind in zip(FREE, columns, strict=True))
    values = ", ".join(value for value, _ in columns.values())
    mariadb.run(
        "DROP TABLE IF EXISTS typed",
        f"CREATE TABLE typed ({declared}) CHARACTER SET utf8mb4",
        f"INSERT INTO typed VALUES ({values})",
    )
    found = texts(mariadb, tmp_path, f"SELECT {REQUIRED}, typed.* FROM typed")
    expected = [text for _, text in columns.values()]
    assert [found[name][0] for name in FREE] == expected
    # A date of zeros and a text of another encoding.
    mariadb.run(
        "DROP TABLE IF EXISTS typed",
        "CREATE TABLE typed (started_on date, course text CHARACTER SET gbk)",
        "INSERT INTO typed VALUES ('0000-00-00', '数控车工')",
    )
    found = texts(mariadb, tmp_path, f"SELECT {REQUIRED}, typed.* FROM typed")
    assert (found["started_on"], found["course"]) == (["0000-00-00"], ["数控车工"])


def test_columns_that_mean_nothing_are_not_even_asked_for(server: Server, tmp_path: Path) -> None:
    found = texts(server, tmp_path, f"SELECT {REQUIRED}, 'x' AS photo, '合格' AS \"结果\" -- 末尾"
                  if server.kind == "postgresql"
                  else f"SELECT {REQUIRED}, 'x' AS photo, '合格' AS `结果` -- 末尾")  # fmt: skip
    assert found == {
        "record_no": ["N1"], "person_id": [ZHANG], "place": ["虎门"], "completed_on": ["2023-05-01"],
        "结果": ["合格"],
    }  # fmt: skip


def test_bytes_that_are_no_text_are_named(server: Server, tmp_path: Path) -> None:
    image = "'\\xffd8ff'::bytea" if server.kind == "postgresql" else "x'ffd8ff'"
    with refusing(SourceError, "column 'course', row 1, holds bytes that are no text"):
        texts(server, tmp_path, f"SELECT {REQUIRED}, {image} AS course")
    assert list(tmp_path.iterdir()) == []


# Streaming

MANY = 200_000


@pytest.fixture
def many(server: Server) -> Server:
    """A server with a table of many trainings."""
    make_many(server, MANY, "2024-01-01")
    return server


def memory() -> int:
    """The bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_many_rows_come_by_the_batch_in_bounded_memory(many: Server, tmp_path: Path) -> None:
    source, seen, held = source_of(many, table="many"), list[int](), [memory()]

    def watch(rows: int) -> None:
        seen.append(rows)
        held.append(memory())

    with open_answer(source, None, tmp_path, None, watch) as answer:
        assert answer.sheet.survey.rows == MANY
    assert seen == list(range(BATCH_ROWS, MANY + 1, BATCH_ROWS))
    # All rows as objects of Python take 90 MB and more; what waits to be written is a part of 32 MB.
    assert max(held) - held[0] < 60 * 2**20
    if many.kind == "postgresql":
        fetched = many.log.read_text("utf-8", errors="replace").count(f"FETCH FORWARD {BATCH_ROWS} ")
        assert fetched >= MANY // BATCH_ROWS - 1


def test_many_rows_are_all_loaded_in_the_order_of_the_answer(many: Server, tmp_path: Path) -> None:
    home = home_in(tmp_path)
    ordered = "ORDER BY length(record_no), record_no LIMIT 1000000"
    query = f"SELECT * FROM many WHERE record_no <> 'R7' {ordered}"
    assert counts(home.load(source_of(many, query=query))) == (MANY - 1, MANY - 1, 0, 0, 0)
    number = "CAST(substr(record_no, 2) AS BIGINT)"
    assert home.rows(
        f"SELECT count(*), sum({number}), bool_and(source_row = {number} - ({number} > 7)::BIGINT)"
        " FROM trainings"
    ) == [(MANY - 1, MANY * (MANY + 1) // 2 - 7, True)]
    assert home.left_behind() == set()


def test_a_cell_in_the_middle_of_many_rows_that_is_no_text(
    many: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The rest is not waited for, and nothing is printed when the session is given up."""
    image = "'\\xffd8ff'::bytea" if many.kind == "postgresql" else "x'ffd8ff'"
    query = f"SELECT *, CASE WHEN record_no = 'R5000' THEN {image} END AS course FROM many"
    seen: list[int] = []
    with (
        refusing(SourceError, "row 5000, holds bytes"),
        open_answer(source_of(many, query=query), None, tmp_path, None, seen.append),
    ):
        raise AssertionError("it was read")
    gc.collect()
    assert seen == [BATCH_ROWS, 2 * BATCH_ROWS]
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


# What is refused


def failure(server: Server, folder: Path, **asked: str) -> str:
    """What a load says of a source that cannot be read, in English; there is Chinese too."""
    loaded = home_in(folder).load(source_of(server, **asked))
    assert not loaded.changed
    (said,) = loaded.report.failures
    assert is_both(said)
    assert said.en.startswith(source_of(server, **asked).name + ": ")
    return said.en


QUERY = f"SELECT {REQUIRED}"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"table": "training"}, "no table 'training'; did you mean 'trainings'?"),
        ({"table": "talent.missing"}, "no table 'talent.missing'"),
        ({"table": "trainings", "watermark": "updated"}, "no column 'updated' to be the watermark;"),
        ({"query": "SELECT nothing FROM trainings"}, "does not take the query ("),
        ({"query": "SELECT * FRM trainings"}, "does not take the query ("),
        ({"query": "DELETE FROM trainings"}, "does not take the query ("),
        ({"query": "SELECT hours AS h FROM trainings"}, "(columns: h); name them in --query"),
        ({"query": "SELECT record_no, place FROM trainings"}, "lacks the columns 身份证号, 结业日期"),
        ({"query": f"{QUERY}, 0.5e0 AS mark", "watermark": "mark"}, "(float) cannot be a watermark"),
    ],
)  # fmt: skip
def test_a_source_that_cannot_be_read(
    server: Server, tmp_path: Path, asked: dict[str, str], said: str
) -> None:
    remake(server, "trainings", training("T1", "'2024-01-01'"))
    if "0.5e0" in asked.get("query", "") and server.kind == "postgresql":
        asked = asked | {"query": asked["query"].replace("0.5e0", "0.5::double precision")}
    assert said in failure(server, tmp_path, **asked)


def test_a_query_that_writes_is_refused_by_the_session(server: Server, tmp_path: Path) -> None:
    """Even one of a user who may write, hidden in a function."""
    remake(server, "trainings", training("T1", "'2024-01-01'"))
    if server.kind == "postgresql":
        server.run(
            "CREATE OR REPLACE FUNCTION wipe() RETURNS int LANGUAGE sql AS"
            " 'DELETE FROM trainings; SELECT 1'"
        )
    else:
        server.run(
            "DROP FUNCTION IF EXISTS wipe",
            "CREATE FUNCTION wipe() RETURNS int MODIFIES SQL DATA"
            " BEGIN DELETE FROM trainings; RETURN 1; END",
        )
    owner = server.owner.render_as_string(hide_password=False)
    source = database_source(owner, query=f"{QUERY}, wipe() AS hours")
    (said,) = home_in(tmp_path).load(source).report.failures
    assert "would change data, and a load only reads" in said.en
    with server.engine().connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM trainings").scalar_one() == 1


def test_words_of_the_database_that_quote_data_are_not_repeated(
    postgresql: Server, tmp_path: Path
) -> None:
    said = failure(
        postgresql, tmp_path, query=f"{QUERY}, ('张三' || place)::int AS hours FROM trainings"
    )
    assert "error 22P02" in said
    assert "张三" not in said


def typed(url: str, *words: str, password: str | None = PASSWORD) -> subprocess.CompletedProcess[str]:
    """A load as it is typed."""
    home = Path(words[-1])
    environment = dict(
        os.environ,
        MILEPOST_HOME=str(home / "home"),
        MILEPOST_METRICS=str(home_in(home).settings.metrics),
        MILEPOST_KEY="0123456789abcdef",
        MILEPOST_LANG="en",
        MILEPOST_SOURCE_PASSWORD=password or "",
    )
    command = [sys.executable, "-m", "milepost.cli", "load", "--source", url, *words[:-1]]
    return subprocess.run(
        command, env=environment, cwd=home, capture_output=True, text=True, check=False
    )


def printed(came: subprocess.CompletedProcess[str]) -> list[str]:
    """What went wrong, as printed: one line for each problem, and no traceback."""
    return [line for line in came.stderr.splitlines() if line not in {"", "nothing was loaded"}]


@pytest.mark.parametrize("password", ["wrong-password", None])
def test_a_wrong_password(server: Server, tmp_path: Path, password: str | None) -> None:
    said = typed(server.url, "--table", "trainings", str(tmp_path), password=password)
    assert said.returncode == 4
    assert printed(said) == [
        f"{server.url}#trainings: user or password is wrong; the password comes from "
        "MILEPOST_SOURCE_PASSWORD"
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("/talent", "/nowhere"),
            {"postgresql": "there is no such database", "mysql": "may not read it"},
        ),
        (("127.0.0.1:", "127.0.0.1:1"), dict.fromkeys(("postgresql", "mysql"), "cannot be reached")),
    ],
)
def test_a_url_that_leads_nowhere(
    server: Server, tmp_path: Path, change: tuple[str, str], said: dict[str, str]
) -> None:
    secret = server.url.replace("reader@", f"reader:{PASSWORD}@").replace(*change, 1)
    came = typed(secret, "--table", "t", str(tmp_path), password=None)
    assert came.returncode == 4
    (line,) = printed(came)
    assert said[server.kind] in line
    assert PASSWORD not in came.stdout + came.stderr


@pytest.mark.parametrize(
    ("url", "asked", "said"),
    [
        (
            "mysql:/reader:secret@h/d",
            {"table": "t"},
            "--source: not a SQLAlchemy URL; write postgresql",
        ),
        ("mysql://reader:secret@h:port/d", {"table": "t"}, "--source: not a SQLAlchemy URL"),
        ("seasql://reader:secret@h/d", {"table": "t"}, "--source: no kind of database 'seasql'"),
        (
            "mysql+none://reader:secret@h/d",
            {"table": "t"},
            "--source: no kind of database 'mysql+none'",
        ),
        (
            "postgresql+asyncpg://reader:secret@h/d",
            {"table": "t"},
            "the driver asyncpg is not installed",
        ),
        ("mysql://reader:secret@h/d", {}, "say what to take with one of --table and --query"),
        ("mysql://reader:secret@h/d", {"table": "t", "query": "q"}, "say what to take with one of"),
    ],
)
def test_a_url_that_is_wrong(tmp_path: Path, url: str, asked: dict[str, str], said: str) -> None:
    try:
        failures = home_in(tmp_path).load(database_source(url, **asked)).report.failures
    except SourceError as error:
        failures = [error.text]
    (text,) = failures
    assert is_both(text)
    assert said in text.en
    assert "secret" not in text.en + text.zh


def test_no_password_is_left_anywhere(server: Server, tmp_path: Path) -> None:
    """Neither printed nor kept: not of the URL, not of the environment, not of the parameters."""
    remake(
        server,
        "trainings",
        training("T1", "'2024-01-01'"),
        training("T2", "'2024-01-01'", place="火星"),
    )
    secret = server.url.replace("reader@", f"reader:{PASSWORD}@")
    words = ("--table", "trainings", "--watermark", "updated_at", str(tmp_path))
    for url, password in ((secret, None), (server.url, PASSWORD)):
        came = typed(url, *words, password=password)
        assert came.returncode == 0, came.stderr
        assert f"{server.url}#trainings" in came.stdout
        assert PASSWORD not in came.stdout + came.stderr
    assert home_in(tmp_path).rows("SELECT DISTINCT source_file FROM trainings") == [
        (f"{server.url}#trainings",)
    ]
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) >= 4
    assert not any(PASSWORD.encode() in data for data in kept)
    source = database_source(f"{secret}?ssl_key=deep", table="t")
    assert source.name == f"{server.url}#t"
    assert PASSWORD not in repr(source)
