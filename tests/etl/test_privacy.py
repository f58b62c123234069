"""Names and identity numbers reach nothing that is kept, printed or left behind.

Every byte below the home but the inbox, every temporary file, all that is printed and every export is
searched for made-up persons, after loads of all kinds of files, refused rows, files that cannot be
read, and loads killed at every stage.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter

from etl.settings import PROJECT
from etl.snapshot_file import glance
from tests.commands.small import METRICS
from tests.etl.offices import HEADER

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
#: Names that stand in no list of places, reasons or headers.
NAMES = [
    f"{family}{given}" for family in ("欧阳", "司徒", "上官") for given in ("测一", "试二", "样三")
]
STAGES = ("read", "check", "merge", "evaluate", "publish")


def numbers() -> Iterator[str]:
    """Made-up residents whose check characters are right."""
    for serial in range(1, 1000, 2):
        body = f"44052419810203{serial:03}"
        total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
        yield body + "10X98765432"[total % 11]


NUMBERS = list(numbers())[: len(NAMES) * 3]
PERSONS = [(number, NAMES[at % len(NAMES)]) for at, number in enumerate(NUMBERS)]
OTHERS = ["H87654321", "E76543218", "440524810203117"]  # a permit, a passport, an old number


def good(at: int, record: str) -> str:
    number, name = PERSONS[at]
    return f"{record},{number},{name},虎门,2023-05-01,8,"


def bad(at: int, record: str) -> list[str]:
    """Rows refused for all kinds of reasons."""
    number, name = PERSONS[at]
    return [
        f"{record}1,{number},{name},火星,2023-05-01,8,",
        f"{record}2,{number},{name},虎门,2023-05-01,{number},",
        f"{record}3,{number},{name},虎门,{number},8,",
        f"{record}4,{name},{number},虎门,2023-05-01,8,",
        f"{record}5,{number},{name},{name},2023-05-01,8,",
        f"{number},{number},{name},虎门,2023-05-01,8,",
        f"{record}6,{number[:-1]}{'0' if number[-1] != '0' else '1'},{name},虎门,2023-05-01,8,",
        f"{record}7,{number},{name},虎门,2023-05-01,9000,{number}",
        good(at, f"{record}8"),
        good(at, f"{record}8").replace("虎门", "长安"),
    ]


def write(inbox: Path) -> list[Path]:
    """Files of all kinds, each with persons of its own."""
    rows = {
        "utf8.csv": [HEADER, good(0, "A1"), *bad(1, "A")],
        "gb.csv": [HEADER, good(2, "B1"), *bad(3, "B")],
        "ragged.csv": [HEADER, "", good(4, "C1") + ",,多", *bad(5, "C")],
        "utf16.csv": [HEADER, good(6, "D1")],
        "no header.csv": [good(7, "E1"), good(8, "E2")],
        "name first.csv": [f"{name},{number},虎门" for number, name in PERSONS[9:11]],
        "open quote.csv": [HEADER, good(11, "F1"), 'F2,"' + good(12, "")[1:]],
        "missing column.csv": [HEADER.replace(",所属镇街", ""), good(13, "G1").replace(",虎门", "")],
        "others.csv": [
            HEADER,
            *(f"H{n},{o},{NAMES[n]},虎门,2023-05-01,8," for n, o in enumerate(OTHERS)),
        ],
    }
    encodings = {"gb.csv": "gb18030", "utf16.csv": "utf-16"}
    for name, lines in rows.items():
        (inbox / name).write_bytes("\n".join([*lines, ""]).encode(encodings.get(name, "utf-8")))
    (inbox / "half.csv").write_bytes((HEADER + "\n" + good(14, "I1")).encode("utf-16")[:-3] + b"\xd8")
    for name, lines in {
        "book.xlsx": [HEADER, good(15, "J1"), *bad(16, "J")],
        "headless.xlsx": [good(17, "K1"), good(18, "K2")],
    }.items():
        with xlsxwriter.Workbook(inbox / name) as book:
            sheet = book.add_worksheet()
            for number, line in enumerate(lines):
                sheet.write_row(number, 0, line.split(","))
    (inbox / "cut.xlsx").write_bytes((inbox / "book.xlsx").read_bytes()[:-900])
    return sorted(inbox.iterdir())


#: Runs a command that is killed when a stage of its load begins for the second time.
KILLED = """
import os, signal, sys
from pathlib import Path
from etl.settings import Settings
from milepost import verbs
seen = []
def watch(path, stage, rows):
    seen.append(stage)
    if seen.count(sys.argv[1]) == min(2, {"evaluate": 1, "publish": 1}.get(sys.argv[1], 2)):
        os.kill(os.getpid(), signal.SIGKILL)
verbs.load(Settings(), [Path(p) for p in sys.argv[2:]], watch=watch)
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a home, an inbox in it and a temporary folder."""
    (tmp_path / "home" / "inbox").mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    (tmp_path / "exports").mkdir()
    (tmp_path / "metrics.yaml").write_text(METRICS, "utf-8")
    return tmp_path


def run(place: Path, *words: object) -> bytes:
    """All that a process prints, which has its temporary folder for itself."""
    environment = os.environ | {
        "MILEPOST_HOME": str(place / "home"),
        "MILEPOST_METRICS": str(place / "metrics.yaml"),
        "TMPDIR": str(place / "temporary"),
        "PYTHONPATH": str(PROJECT),
    }
    done = subprocess.run(
        [sys.executable, *map(str, words)], env=environment, cwd=place, capture_output=True, check=False
    )
    return done.stdout + done.stderr


def ways_to_write(text: str) -> Iterator[bytes]:
    wide = text.translate({0x30 + digit: 0xFF10 + digit for digit in range(10)})
    for encoding in ("utf-8", "gb18030", "utf-16-le", "utf-16-be"):
        yield text.encode(encoding)
        yield wide.encode(encoding)


SECRETS = {way for secret in [*NUMBERS, *OTHERS, *NAMES] for way in ways_to_write(secret)}


def searched(content: bytes, where: str) -> None:
    found = [secret for secret in SECRETS if secret in content]
    assert not found, f"{where}: {found}"


def search(place: Path) -> int:
    """Search every file but the inbox's; how many there were."""
    count = 0
    for path in place.rglob("*"):
        if path.is_file() and "inbox" not in path.parts:
            searched(path.read_bytes(), str(path))
            count += 1
    return count


def test_what_is_searched_for_is_found(place: Path) -> None:
    write(place / "home" / "inbox")
    for path in (place / "home" / "inbox").iterdir():
        if path.suffix == ".csv":
            with pytest.raises(AssertionError):
                searched(path.read_bytes(), path.name)


def test_no_person_is_kept_printed_or_left_behind(place: Path) -> None:
    files = write(place / "home" / "inbox")
    said = run(place, "-m", "milepost.cli", "load", files[0].parent)
    assert b"Traceback" not in said
    searched(said, "printed by a load")
    searched(
        run(place, "-m", "milepost.cli", "load", files[0].parent, "--json"), "printed for machines"
    )
    exports = {
        "progress.csv": ("progress", "--format", "csv"),
        "records.csv": ("records", "trainings"),
        "records.json": ("records", "trainings", "--format", "json"),
        "records.parquet": ("records", "trainings", "--format", "parquet"),
        "rejects.csv": ("rejects",),
        "moved.csv": ("moved", "utf8.csv", "--format", "csv"),
    }
    for name, words in exports.items():
        (place / "exports" / name).write_bytes(run(place, "-m", "milepost.cli", *words))
    run(place, "-m", "milepost.cli", "rejects", "--format", "xlsx", "-o", place / "exports" / "r.xlsx")
    table = (place / "exports" / "records.csv").read_text("utf-8")
    assert table.count("\n") > 8
    with zipfile.ZipFile(place / "exports" / "r.xlsx") as book:
        for name in book.namelist():
            searched(book.read(name), name)
    assert search(place) >= 10
    (current,) = (place / "home" / "warehouse" / "snapshots").glob("*.duckdb")
    with glance(current) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        for (table,) in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
            searched(repr(rows).encode(), table)
        assert connection.execute("SELECT count(*) > 30 FROM rejects").fetchone() == (True,)
    searched(run(place, "-m", "milepost.cli", "withdraw", "utf8.csv"), "printed by a withdrawal")
    run(place, "-m", "milepost.cli", "rotate-key")
    search(place)


@pytest.mark.parametrize("stage", STAGES)
def test_no_person_is_left_behind_by_a_load_that_was_killed(place: Path, stage: str) -> None:
    """At once, before any other load has cleaned up."""
    files = write(place / "home" / "inbox")
    some = [path for path in files if path.name in {"gb.csv", "ragged.csv", "utf16.csv", "book.xlsx"}]
    searched(run(place, "-c", KILLED, stage, *some), "printed by a load that was killed")
    assert list((place / "home" / "warehouse" / "snapshots").glob("building-*"))
    assert search(place) >= 2
