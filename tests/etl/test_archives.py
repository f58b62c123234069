"""Zipped folders: every file of them is one of its own; nothing of a broken one goes in."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from etl import archives
from etl.snapshots import Building
from etl.withdrawal import find_loads, withdraw
from tests.etl.offices import HEADER, ZHANG, csv_file, load, rows_of
from tests.refusing import is_both

KEPT = "SELECT record_no, source_file, source_row FROM trainings ORDER BY 1"


def table(*numbers: str, place: str = "虎门") -> bytes:
    rows = [f"{number},{ZHANG},张三,{place},2023-05-01,8,合格" for number in numbers]
    return "\n".join([HEADER, *rows, ""]).encode("gb18030")


def archive(path: Path, *entries: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries:
            file.writestr(name, content)
    return path


def renamed(path: Path, plain: str, name: bytes) -> Path:
    """Write a name into the archive as another program would, in bytes of its own encoding."""
    assert len(plain) == len(name)
    path.write_bytes(path.read_bytes().replace(plain.encode(), name))
    return path


def test_every_file_of_a_zipped_folder(building: Building, tmp_path: Path) -> None:
    path = archive(
        tmp_path / "报送.zip",
        ("虎门/一月.csv", table("T1")),
        ("长安/二月.csv", table("T2", place="火门") + table("T3").split(b"\n", 1)[1]),
        ("说明.docx", b"words"),
        ("__MACOSX/虎门/._一月.csv", b"forks"),
    )
    report = load(building, path)
    assert [(one.file, one.loaded, one.rejected) for one in report.sheets] == [
        ("报送.zip/虎门/一月.csv", 1, 0),
        ("报送.zip/长安/二月.csv", 1, 1),
    ]
    assert rows_of(building, KEPT) == [
        ("T1", "报送.zip/虎门/一月.csv", 2),
        ("T3", "报送.zip/长安/二月.csv", 3),
    ]
    assert rows_of(building, "SELECT source_file, source_row FROM rejects") == [
        ("报送.zip/长安/二月.csv", 2)
    ]
    assert not list(building.scratch.glob("archive-*"))


def test_one_file_of_an_archive_is_withdrawn_by_its_name(building: Building, tmp_path: Path) -> None:
    load(building, archive(tmp_path / "报送.zip", ("一月.csv", table("T1")), ("二月.csv", table("T2"))))
    [withdrawn] = withdraw(building.connection, find_loads(building.connection, "报送.zip/一月.csv"))
    assert (withdrawn.file, withdrawn.went) == ("报送.zip/一月.csv", 1)
    assert rows_of(building, KEPT) == [("T2", "报送.zip/二月.csv", 2)]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_of_programs_that_do_not_say_their_encoding(
    building: Building, tmp_path: Path, encoding: str
) -> None:
    name = "虎门/一月.csv".encode(encoding)
    plain = "a" * len(name)
    path = renamed(archive(tmp_path / "a.zip", (plain, table("T1"))), plain, name)
    load(building, path)
    assert rows_of(building, KEPT) == [("T1", "a.zip/虎门/一月.csv", 2)]


def test_the_same_file_loose_and_zipped_changes_nothing(building: Building, tmp_path: Path) -> None:
    load(building, archive(tmp_path / "a.zip", ("一月.csv", table("T1", "T2"))))
    loose = tmp_path / "一月.csv"
    loose.write_bytes(table("T1", "T2"))
    (sheet,) = load(building, loose).sheets
    assert (sheet.loaded, sheet.unchanged) == (0, 2)


def test_a_file_that_cannot_be_read_is_named_with_its_archive(
    building: Building, tmp_path: Path
) -> None:
    path = archive(tmp_path / "a.zip", ("二月/b.csv", b"who,knows\n1,2\n"), ("c.csv", table("T1")))
    report = load(building, path)
    assert report.failures[0].en.startswith("a.zip/二月/b.csv: ")
    assert rows_of(building, KEPT) == [("T1", "a.zip/c.csv", 2)]


def truncated(path: Path) -> Path:
    archive(path, ("a.csv", table("T1")), ("b.csv", table("T2")))
    path.write_bytes(path.read_bytes()[:-60])
    return path


def damaged(path: Path) -> Path:
    """One byte is wrong in the last file: the ones before it are whole."""
    numbers = [f"T{n}" for n in range(500)]
    archive(path, ("a.csv", table("A1")), ("b.csv", table(*numbers)))
    content = bytearray(path.read_bytes())
    content[content.find(b"b.csv") + 200] ^= 0xFF
    path.write_bytes(content)
    return path


def encrypted(path: Path) -> Path:
    """Marked as encrypted, in the list at the end and before the file."""
    archive(path, ("a.csv", table("T1")))
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    return path


BROKEN: list[tuple[str, Callable[[Path], Path]]] = [
    ("damaged", truncated),
    ("damaged", damaged),
    ("encrypted", encrypted),
    ("leads out", lambda path: archive(path, ("a.csv", table("T1")), ("../b.csv", table("T2")))),
    ("leads out", lambda path: archive(path, ("/tmp/a.csv", table("T1")))),
    ("leads out", lambda path: archive(path, ("C:\\a.csv", table("T1")))),
    ("leads out", lambda path: archive(path, ("a\\..\\..\\b.csv", table("T1")))),
    ("another archive", lambda path: archive(path, ("a.csv", table("T1")), ("b.zip", b"PK"))),
    ("another archive", lambda path: archive(path, ("a.csv", table("T1")), ("五月/b.RAR", b"Rar!"))),
    ("no table", lambda path: archive(path)),
    ("no table", lambda path: archive(path, ("读我.pdf", b"words"))),
    ("200 times", lambda path: archive(path, ("a.csv", table("T1")), ("b.csv", b"0" * 100_000_000))),
]  # fmt: skip


@pytest.mark.parametrize(("why", "broken"), BROKEN)
def test_nothing_of_a_broken_archive_goes_in(
    building: Building, tmp_path: Path, why: str, broken: Callable[[Path], Path]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    path = broken(tmp_path / "报送.zip")
    good = csv_file(tmp_path, HEADER, f"G1,{ZHANG},,虎门,2023-05-01,8,")
    report = load(building, path, good)
    (failure,) = report.failures
    assert failure.zh.startswith("报送.zip")
    assert why in failure.en
    assert is_both(failure)
    assert rows_of(building, KEPT) == [("G1", "a.csv", 2)]
    assert sorted(set(tmp_path.rglob("*")) - {path, good}) == before


@pytest.mark.parametrize("limit", ["MAX_UNPACKED", "MAX_FILES"])
def test_limits_of_an_archive(
    building: Building, tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(tmp_path / "a.zip", ("a.csv", table("T1")), ("b.csv", table("T2")))
    monkeypatch.setattr(archives, limit, 1)
    report = load(building, path)
    assert report.sheets == []
    assert "more than 1" in report.failures[0].en
    assert is_both(report.failures[0])


def test_the_size_that_an_archive_says_is_not_believed(building: Building, tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", ("a.csv", table("T1")))
    content = path.read_bytes()
    size = len(table("T1")).to_bytes(4, "little")
    path.write_bytes(content.replace(size, (1).to_bytes(4, "little")))
    report = load(building, path)
    assert report.sheets == []
    assert "damaged" in report.failures[0].en


@pytest.mark.parametrize("name", ["五月.rar", "五月.7Z", "五月.csv.gz", "五月.tar"])
@pytest.mark.parametrize("in_folder", [True, False])
def test_an_archive_of_another_kind_is_named_with_what_to_do(
    building: Building, tmp_path: Path, name: str, in_folder: bool
) -> None:
    """In a folder too, where other files that are no tables are passed over."""
    town = tmp_path / "虎门"
    town.mkdir()
    (town / name).write_bytes(b"packed")
    (town / "说明.docx").write_bytes(b"words")
    (town / f"._{name}").write_bytes(b"forks")
    good = csv_file(town, HEADER, f"G1,{ZHANG},,虎门,2023-05-01,8,")
    report = load(building, *([town] if in_folder else [good, town / name]))
    (failure,) = report.failures
    assert failure.en.startswith(f"{name}: an archive of the kind .")
    assert "解压后直接放入文件夹" in failure.zh
    assert is_both(failure)
    assert rows_of(building, KEPT) == [("G1", "a.csv", 2)]
