"""Loads of databases: the same again changes nothing, what is new comes in, what breaks leaves nothing.

Every figure was worked out by hand from the rows that stand in the test.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from etl.errors import SourceError
from etl.load_report import Origin
from etl.watermarks import Watermark, reached
from milepost import verbs
from tests.commands.small import CSV
from tests.databases.asking import (
    KEY,
    ZHANG,
    Home,
    counts,
    home_in,
    make_many,
    remake,
    source_of,
    training,
)
from tests.databases.servers import PASSWORD, Server
from tests.refusing import is_both, refusing


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path)


def mark_of(home: Home) -> list[tuple[object, ...]]:
    return home.rows("SELECT value, load FROM watermarks")


def test_rows_come_in_and_bad_ones_come_back_with_the_way_to_them(server: Server, home: Home) -> None:
    remake(
        server,
        "trainings",
        training("T1", "'2024-01-01'", hours="7.25"),
        training("T2", "'2024-01-02'", place="火星"),
        training("T3", "'2024-01-03'", hours="-1"),
        training("T4", "'2024-01-04'", hours="NULL"),
    )
    source = source_of(server, query="SELECT * FROM trainings ORDER BY record_no LIMIT 100")
    assert counts(home.load(source)) == (4, 2, 0, 0, 2)
    assert source.name.startswith(f"{server.url}#query-")
    name = source.name
    assert home.rows(
        "SELECT record_no, place, completed_on::VARCHAR, hours, source_file, source_sheet, source_row"
        " FROM trainings ORDER BY 1"
    ) == [
        ("T1", "441900121", "2023-05-01", 7.25, name, "", 1),
        ("T4", "441900121", "2023-05-01", None, name, "", 4),
    ]
    assert home.rows(
        "SELECT source_file, source_row, field, header, value, original->>'record_no' FROM rejects"
        " ORDER BY source_row"
    ) == [
        (name, 2, "place", "所属镇街", "火星", "T2"),
        (name, 3, "hours", "学时", "-1.00", "T3"),
    ]
    assert home.rows("SELECT source_file, rows_read, loaded, rejected FROM loads") == [(name, 4, 2, 2)]
    kept = home.rows("SELECT original FROM rejects")
    assert not any(ZHANG in str(row) for row in kept)
    assert home.left_behind() == set()


def test_a_query_in_a_file_gives_its_name(server: Server, home: Home) -> None:
    """What was written for an office's own table is kept in a file, with its names for our headers."""
    remake(server, "trainings", training("T1", "'2024-01-01'"))
    q = '"' if server.kind == "postgresql" else "`"
    file = home.folder / "月报.sql"
    file.write_text(
        f"-- 每月报送\nSELECT record_no AS {q}流水号{q}, person_id AS {q}证件号码{q},\n"
        f"  place AS {q}镇（街道）{q}, completed_on AS {q}结业日期{q} FROM trainings;\n",
        "utf-8",
    )
    assert counts(home.load(source_of(server, query=str(file)))) == (1, 1, 0, 0, 0)
    assert home.rows("SELECT record_no, place, source_file FROM trainings") == [
        ("T1", "441900121", f"{server.url}#月报.sql")
    ]
    with refusing(SourceError, "missing.sql: cannot be read: No such file"):
        source_of(server, query=str(home.folder / "missing.sql"))


def test_the_same_load_twice_changes_nothing(server: Server, home: Home) -> None:
    remake(server, "trainings", training("T1", "'2024-01-01'"), training("T2", "NULL", place="火星"))
    for asked in ({"table": "trainings"}, {"table": "trainings", "watermark": "updated_at"}):
        home.load(source_of(server, **asked))
        again = home.load(source_of(server, **asked))
        assert not again.changed
        assert counts(again) == (2, 0, 2, 0, 0)
        assert home.rows("SELECT count(*) FROM rejects") == [(1,)]


@pytest.mark.parametrize("order", ["record_no, hours", "record_no DESC, hours"])
def test_rows_of_one_key_are_refused_once(server: Server, home: Home, order: str) -> None:
    """T1 has two rows of other content, T2 a wrong row before a right one; T3 moves them further down,
    and nothing else is new."""
    remake(
        server,
        "trainings",
        training("T1", "'2024-01-01'", hours="8"),
        training("T1", "'2024-01-01'", hours="9"),
        training("T2", "'2024-01-01'", hours="8", place="火星"),
        training("T2", "'2024-01-01'", hours="9"),
    )
    source = source_of(server, query=f"SELECT * FROM trainings ORDER BY {order} LIMIT 9")
    assert counts(home.load(source)) == (4, 2, 0, 0, 2)
    refused = home.rows("SELECT * FROM rejects ORDER BY source_row, field")
    assert len(refused) == 2
    again = home.load(source)
    assert not again.changed
    assert counts(again) == (4, 0, 4, 0, 0)
    server.run(f"INSERT INTO trainings VALUES ({training('T3', 'NULL')})")
    server.run(f"INSERT INTO trainings VALUES ({training('T0', 'NULL')})")
    assert counts(home.load(source)) == (6, 2, 4, 0, 0)
    assert home.rows("SELECT * FROM rejects ORDER BY source_row, field") == refused
    server.run("DELETE FROM trainings WHERE record_no = 'T1' AND hours = 8")
    assert counts(home.load(source)) == (5, 0, 4, 1, 0)
    assert home.rows("SELECT field FROM rejects") == [("place",)]


def test_a_row_that_goes_back_to_what_it_was_is_taken_up(server: Server, home: Home) -> None:
    """An answer that was given before is no answer that is known: it holds again."""
    source = source_of(server, table="trainings")
    for hours, expected in (("8", (1, 1, 0, 0, 0)), ("9", (1, 0, 0, 1, 0)), ("8", (1, 0, 0, 1, 0))):
        remake(server, "trainings", training("T1", "'2024-01-01'", hours=hours))
        assert counts(home.load(source)) == expected
        assert home.rows("SELECT hours FROM trainings") == [(float(hours),)]


def test_a_refused_row_that_is_corrected_in_the_database_is_loaded(server: Server, home: Home) -> None:
    source = source_of(server, table="trainings", watermark="updated_at")
    remake(server, "trainings", training("T1", "'2024-01-01'", place="火星"))
    assert counts(home.load(source)) == (1, 0, 0, 0, 1)
    server.run("UPDATE trainings SET place = '长安', updated_at = '2024-01-02'")
    assert counts(home.load(source)) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("watermark", [{}, {"watermark": "updated_at"}])
def test_signs_that_drivers_fill_in_are_signs_of_the_query(
    server: Server, home: Home, watermark: dict[str, str]
) -> None:
    remake(server, "trainings", training("T1", "'2024-01-01'"), training("U1", "'2024-02-01'"))
    query = "SELECT * FROM trainings WHERE record_no LIKE 'U%' AND record_no <> ':x %s 12:30'"
    source = source_of(server, query=query, **watermark)
    for expected in ((1, 1, 0, 0, 0), (1, 0, 1, 0, 0)):
        assert counts(home.load(source)) == expected
        assert home.rows("SELECT record_no FROM trainings") == [("U1",)]


def test_files_and_a_database_are_loaded_together(server: Server, home: Home) -> None:
    remake(server, "trainings", training("T1", "'2024-01-01'"))
    file = home.folder / "training.csv"
    file.write_text(CSV, "utf-8")
    loaded = verbs.load(home.settings, [file], database=source_of(server, table="trainings"))
    assert [(s.file, s.loaded, s.superseded) for s in loaded.report.sheets] == [
        ("training.csv", 2, 0),
        (f"{server.url}#trainings", 0, 1),
    ]


# The watermark


def test_the_next_load_asks_for_what_came_since(server: Server, home: Home) -> None:
    remake(
        server,
        "trainings",
        training("T1", "'2024-01-01'"),
        training("T2", "'2024-03-01 10:00:00.000001'"),
        training("T3", "NULL"),
    )
    source = source_of(server, table="trainings", watermark="updated_at")
    assert counts(home.load(source)) == (3, 3, 0, 0, 0)
    assert mark_of(home) == [("2024-03-01T10:00:00.000001", 1)]
    new = [
        training("T4", "'2024-02-01'"),  # below: not asked for
        training("T5", "'2024-03-01 10:00:00.000001'"),  # at the same moment as T2
        training("T6", "'2024-04-01'"),
        training("T7", "NULL"),  # without a moment: always asked for
    ]
    server.run(
        *(f"INSERT INTO trainings VALUES ({row})" for row in new),
        "UPDATE trainings SET hours = 9, updated_at = '2024-05-01' WHERE record_no = 'T1'",
    )
    # T1 corrected, T2 and T3 again, T5 to T7 new.
    assert counts(home.load(source)) == (6, 3, 2, 1, 0)
    assert mark_of(home) == [("2024-05-01T00:00:00", 2)]
    assert home.rows("SELECT record_no, hours FROM trainings ORDER BY 1") == [
        ("T1", 9.0), ("T2", 8.0), ("T3", 8.0), ("T5", 8.0), ("T6", 8.0), ("T7", 8.0),
    ]  # fmt: skip
    # Rows are counted in the order of the watermark; those without one come where the database puts
    # them, last or first.
    first = 1 if server.kind == "postgresql" else 3
    assert home.rows(
        "SELECT record_no, source_row FROM trainings WHERE record_no IN ('T5', 'T6', 'T1') ORDER BY 2"
    ) in (
        [("T5", first), ("T6", first + 2), ("T1", first + 3)],
        [("T5", first + 1), ("T6", first + 2), ("T1", first + 3)],
    )
    # Without the watermark all rows are compared, and what was below comes in.
    whole = source_of(server, table="trainings")
    assert counts(home.load(whole)) == (7, 1, 6, 0, 0)
    assert mark_of(home) == [("2024-05-01T00:00:00", 2)]


@pytest.mark.parametrize(
    ("kind", "values", "kept"),
    [
        ("bigint", ("9", "10"), ("int", "10")),
        ("numeric(30,3)", ("9", "10.5"), ("Decimal", "10.500")),
        ("date", ("'2024-01-09'", "'2024-01-10'"), ("date", "2024-01-10")),
        ("timestamp", ("'2024-01-09'", "'2024-01-10'"), ("datetime", "2024-01-10T00:00:00")),
        ("timestamptz", ("'2024-01-09 00:00Z'", "'2024-01-10 00:00Z'"),
         ("datetime", "2024-01-10T08:00:00+08:00")),
        # In the order of the database, in which ä is no higher than z.
        ("varchar(9)", ("'ä'", "'z'"), ("str", "z")),
    ],
)  # fmt: skip
def test_a_watermark_of_any_type(
    server: Server, home: Home, kind: str, values: tuple[str, str], kept: tuple[str, str]
) -> None:
    if server.kind == "mysql" and kind.startswith("timestamp"):
        # Written in UTC, shown in China's zone.
        kind, kept = "timestamp NULL", ("datetime", "2024-01-10T08:00:00")
        values = ("'2024-01-09 00:00:00'", "'2024-01-10 00:00:00'")
    if server.kind == "postgresql" and kind.startswith("varchar"):
        kind += ' COLLATE "und-x-icu"'
    low, high = values
    remake(server, "trainings", training("T1", high), training("T2", low), updated=kind)
    source = source_of(server, table="trainings", watermark="updated_at")
    assert counts(home.load(source)) == (2, 2, 0, 0, 0)
    assert home.rows("SELECT kind, value FROM watermarks") == [kept]
    server.run(f"INSERT INTO trainings VALUES ({training('T3', low)})")
    server.run(f"INSERT INTO trainings VALUES ({training('T4', high)})")
    # T1 again and T4 with it; T3 is below.
    assert counts(home.load(source)) == (2, 1, 1, 0, 0)


def test_a_watermark_belongs_to_one_question(server: Server, home: Home) -> None:
    remake(server, "trainings", training("T1", "'2024-01-01'"), training("T2", "'2024-02-01'"))
    asked = [
        {"query": "SELECT * FROM trainings WHERE record_no = 'T2'", "watermark": "updated_at"},
        {"query": "SELECT * FROM trainings", "watermark": "updated_at"},
        {"table": "trainings", "watermark": "completed_on"},
    ]
    found = [counts(home.load(source_of(server, **one))) for one in asked]
    assert found == [(1, 1, 0, 0, 0), (2, 1, 1, 0, 0), (2, 0, 2, 0, 0)]


def test_rolling_back_brings_the_watermark_of_that_time_back(server: Server, home: Home) -> None:
    remake(server, "trainings", training("T1", "'2024-01-01'"))
    source = source_of(server, table="trainings", watermark="updated_at")
    first = home.load(source)
    server.run(f"INSERT INTO trainings VALUES ({training('T2', chr(39) + '2024-02-01' + chr(39))})")
    assert counts(home.load(source)) == (2, 1, 1, 0, 0)
    assert first.snapshot is not None
    house = verbs.warehouse(home.settings)
    house.rollback(first.snapshot.id)
    assert mark_of(home) == [("2024-01-01T00:00:00", 1)]
    assert counts(home.load(source)) == (2, 1, 1, 0, 0)
    with house.building() as building:
        assert reached(building.connection, source) == Watermark("datetime", "2024-02-01T00:00:00")


def test_a_new_column_of_a_dataset_has_all_rows_asked_for_again(server: Server, home: Home) -> None:
    remake(server, "trainings", training("T1", "'2024-01-01'"), training("T2", "'2024-02-01'"))
    source = source_of(server, table="trainings", watermark="updated_at")
    home.load(source)
    house = verbs.warehouse(home.settings)
    with house.building() as building:
        building.connection.execute("ALTER TABLE trainings DROP COLUMN hours")
        building.connection.execute("CHECKPOINT")
        older = building.path.read_bytes()
    current = house.current_path()
    assert current is not None
    current.chmod(0o644)
    current.write_bytes(older)
    assert counts(home.load(source)) == (2, 0, 0, 2, 0)
    assert home.rows("SELECT DISTINCT hours FROM trainings") == [(8.0,)]


# What breaks

MANY = 150_000


def cut_off(server: Server) -> None:
    """End the reader's session, as a server that is stopped does."""
    if server.kind == "postgresql":
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
        return
    engine = server.engine()
    with engine.connect() as connection:
        sessions = connection.exec_driver_sql(
            "SELECT id FROM information_schema.processlist WHERE user = 'reader'"
        ).scalars()
        for session in sessions:
            connection.exec_driver_sql(f"KILL {session}")
    engine.dispose()


def test_a_connection_that_breaks_in_the_middle_publishes_nothing(
    server: Server, home: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    remake(server, "many", training("T1", "'2024-01-01'"))
    source = source_of(server, table="many", watermark="updated_at")
    home.load(source)
    make_many(server, MANY, "2024-02-01")
    before = verbs.warehouse(home.settings).current_path()

    def watch(origin: Origin, stage: str, rows: int) -> None:
        assert (origin, stage) == (source, "read")
        if rows == 20_000:
            cut_off(server)

    loaded = home.load(source, watch)
    (said,) = loaded.report.failures
    assert is_both(said)
    assert (
        said.en
        == f"{source.name}: the connection was lost while reading, nothing was loaded; load again"
    )
    assert (loaded.changed, loaded.report.sheets) == (False, [])
    assert verbs.warehouse(home.settings).current_path() == before
    assert mark_of(home) == [("2024-01-01T00:00:00", 1)]
    assert home.left_behind() == set()
    assert capfd.readouterr() == ("", "")
    assert counts(home.load(source)) == (MANY, MANY, 0, 0, 0)
    assert mark_of(home) == [("2024-02-01T00:00:00", 2)]


def test_a_value_that_cannot_be_read_leaves_the_watermark(server: Server, home: Home) -> None:
    image = "'\\xffd8ff'::bytea" if server.kind == "postgresql" else "x'ffd8ff'"
    plain = image.replace("ffd8ff", "616263")
    source = source_of(
        server,
        query=f"SELECT *, CASE WHEN hours > 8 THEN {image} ELSE {plain} END AS course FROM trainings",
        watermark="updated_at",
    )
    remake(server, "trainings", training("T1", "'2024-01-01'"))
    assert counts(home.load(source)) == (1, 1, 0, 0, 0)
    new = (training("T2", "'2024-02-01'"), training("T3", "'2024-03-01'", hours="9"))
    server.run(*(f"INSERT INTO trainings VALUES ({row})" for row in new))
    assert "column 'course', row 3" in home.load(source).report.failures[0].en
    assert mark_of(home) == [("2024-01-01T00:00:00", 1)]
    server.run("UPDATE trainings SET hours = 7 WHERE record_no = 'T3'")
    assert counts(home.load(source)) == (3, 2, 1, 0, 0)
    assert home.rows("SELECT DISTINCT course FROM trainings") == [("abc",)]


def test_a_load_that_is_killed_in_the_middle_leaves_nothing(server: Server, home: Home) -> None:
    make_many(server, MANY, "2024-02-01")
    environment = dict(
        os.environ,
        MILEPOST_HOME=str(home.folder / "home"),
        MILEPOST_METRICS=str(home.folder / "metrics.yaml"),
        MILEPOST_KEY=KEY,
        MILEPOST_SOURCE_PASSWORD=PASSWORD,
    )
    command = [sys.executable, "-m", "milepost.cli", "load", "--source", server.url, "--table", "many"]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(600):
        if any(home.folder.rglob("answer.parquet")):
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert any(home.folder.rglob("answer.parquet"))
    assert verbs.warehouse(home.settings).current_path() is None
    remake(server, "many", training("T1", "'2024-01-01'"))
    assert counts(home.load(source_of(server, table="many"))) == (1, 1, 0, 0, 0)
    assert home.left_behind() == set()
    assert not any(home.folder.rglob("answer.parquet"))
