"""What gets in the way of a load: a full disk, a folder that is read-only, a file that changes or that
no memory holds. Each time there is one clear word, the published snapshot is whole, and the next load
succeeds."""

from __future__ import annotations

import io
import os
import resource
import tempfile
import zipfile
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from etl import csv_files
from etl.errors import BusyError, MilepostError, SettingsError, SnapshotError, SourceError
from etl.load_report import Origin, Watch
from etl.snapshots import Building, Warehouse
from etl.source_files import SourceFile
from milepost import verbs
from tests.commands.small import METRICS
from tests.etl.children import started
from tests.etl.offices import HEADER, ZHANG, csv_file, load, rows_of
from tests.etl.test_killed_loads import file, home, nothing_is_left, number_published, settings_of
from tests.etl.test_unpacking import SHEET, bomb, book, with_sheet
from tests.refusing import is_both, refusing

__all__ = ["home"]  # the fixture


def many(home: Path) -> Path:
    """A file that takes some megabytes of a warehouse."""
    rows = (
        f"M{n}-{os.urandom(8).hex()},{ZHANG},,441900121,2023-05-01,{n % 90}," for n in range(20_000)
    )
    return csv_file(home / "inbox", HEADER, *rows, name="many.csv")


def load_within(home: str, path: str, size: int, said: Connection) -> None:
    """A load by a process none of whose files may grow beyond a size, as if the disk were full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        verbs.load(settings_of(Path(home)), [Path(path)])
        said.send(None)
    except MilepostError as error:
        said.send((type(error), error.text))


def came_of(target: Callable[..., None], *arguments: object) -> object:
    """What a child process says of its load."""
    hears, says = Pipe(duplex=False)
    child = started(target, *arguments, says)
    says.close()
    said = hears.recv()
    child.join()
    assert child.exitcode == 0
    return said


def test_a_full_disk_at_any_time_of_a_load(home: Path) -> None:
    path = many(home)
    current = verbs.warehouse(settings_of(home)).current_path()
    assert current is not None
    before, refused = current.stat().st_size, 0
    for size in range(before // 2, before * 2, before // 8):
        said = came_of(load_within, str(home), str(path), size)
        if said is not None:
            kind, text = said  # type: ignore[misc]
            assert kind is SnapshotError
            assert "cannot be written (File too large)" in text.en
            assert is_both(text)
            assert number_published(home) == 0
            refused += 1
    assert refused >= 6
    assert verbs.load(settings_of(home), [path]).report.sheets[0].rows_read == 20_000
    nothing_is_left(home)


def load_as_nobody(home: str, said: Connection) -> None:
    """A load by a user who may read the home but not write there; one before it by its owner."""
    folder = Path(home)
    verbs.load(settings_of(folder), [file(folder, 0)])
    path = file(folder, 1)
    for one in (folder, folder / "warehouse", folder / "warehouse" / "snapshots"):
        one.chmod(0o555)
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    try:
        verbs.load(settings_of(folder), [path])
        said.send(None)
    except MilepostError as error:
        said.send((type(error), error.text.en))


def test_a_warehouse_that_is_read_only() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "inbox").mkdir()
        (home / "metrics.yaml").write_text(METRICS, "utf-8")
        try:
            kind, text = came_of(load_as_nobody, name)  # type: ignore[misc]
            assert kind is SnapshotError
            assert "warehouse: cannot be written (Permission denied)" in text
            assert number_published(home) == 0
        finally:
            for one in (home, home / "warehouse", home / "warehouse" / "snapshots"):
                one.chmod(0o755)
        verbs.load(settings_of(home), [home / "inbox" / "1.csv"])
        assert number_published(home) == 1


def test_an_inbox_that_is_read_only_is_enough(home: Path) -> None:
    path = file(home, 1)  # in an encoding that is copied to be read
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        verbs.load(settings_of(home), [path.parent])
    finally:
        path.parent.chmod(0o755)
    assert number_published(home) == 1


def test_a_home_in_which_no_key_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in the way")
    settings = settings_of(tmp_path).model_copy(update={"home": tmp_path / "home", "key": None})
    with refusing(SettingsError, "see to the folder's owner"):
        settings.hashing_key()


def test_two_loads_at_once(home: Path) -> None:
    """The second is refused in a word, and succeeds once the first is done."""
    seen: list[BusyError] = []

    def watch(_: Origin, stage: str, __: int) -> None:
        if stage == "evaluate":
            with pytest.raises(BusyError) as refused:
                verbs.load(settings_of(home), [file(home, 2)])
            seen.append(refused.value)

    verbs.load(settings_of(home), [file(home, 1)], watch=watch)
    assert "another load is writing" in seen[0].text.en
    assert number_published(home) == 1
    verbs.load(settings_of(home), [file(home, 2)])
    assert number_published(home) == 2


def longer(path: Path) -> None:
    with path.open("a", encoding="utf-8") as growing:
        growing.write(f"N9,{ZHANG},,441900121,2023-05-01,3\n")


def other(path: Path) -> None:
    """Another file of the same name and size."""
    new = path.with_suffix(".new")
    new.write_bytes(path.read_bytes().replace(b"N2", b"N7"))
    new.replace(path)


def shorter(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


CHANGES: dict[str, Callable[[Path], None]] = {
    "grows": longer,
    "is replaced": other,
    "is cut off": shorter,
    "is removed": Path.unlink,
}


def changing(change: Callable[[Path], None], at: str) -> Watch:
    """A watch in whose sight a file changes when a stage begins."""

    def watch(origin: Origin, stage: str, _: int) -> None:
        if stage == at and isinstance(origin, SourceFile) and origin.name == "2.csv":
            change(origin.path)

    return watch


@pytest.mark.parametrize("at", ["check", "merge"])
@pytest.mark.parametrize("how", CHANGES)
def test_a_file_that_changes_while_it_is_read_goes_in_not_at_all(home: Path, how: str, at: str) -> None:
    """The others of the same load do; the file itself does once it keeps still."""
    files = [file(home, 1), file(home, 2)]
    loaded = verbs.load(settings_of(home), files, watch=changing(CHANGES[how], at))
    (failure,) = loaded.report.failures
    assert failure.en.startswith("2.csv: changed while it was read")
    assert number_published(home) == 1
    assert verbs.load(settings_of(home), [file(home, 2)]).report.failures == []
    assert number_published(home) == 2


def test_the_first_file_of_all_may_change_too(tmp_path: Path, building: Building) -> None:
    path = csv_file(tmp_path, HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,", name="2.csv")
    assert load(building, path, watch=changing(longer, "merge")).sheets == []
    assert rows_of(building, "SELECT (SELECT count(*) FROM trainings), count(*) FROM loads") == [(0, 0)]
    assert load(building, path).sheets[0].loaded == 2


def test_a_file_that_may_not_be_read_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, opened = file(home, 1), Path.open

    def refuse(self: Path, *arguments: object, **options: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *arguments, **options)  # type: ignore[arg-type,call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    (failure,) = verbs.load(settings_of(home), [path]).report.failures
    assert failure.en == "1.csv: cannot be read: Permission denied"


def enormous(path: Path, size: int, *, quoted: bool) -> Path:
    """A CSV file with good rows, then one cell of a size, which in quotes is a hole on the disk."""
    quote = '"' if quoted else ""
    rows = "".join(f"T{n},{ZHANG},,441900121,2023-05-01,8,\n" for n in range(20_000))
    path.write_text(f"{HEADER}\n{rows}X1,{ZHANG},{quote}", "utf-8")
    if quoted:
        os.truncate(path, path.stat().st_size + size)
    with path.open("a", encoding="utf-8") as end:
        if not quoted:
            end.writelines("x" * 2**20 for _ in range(size // 2**20))
        end.write(f"{quote},441900121,2023-05-01,8,\n")
    return path


def load_enormous(path: str, folder: str, said: Connection) -> None:
    """What the load of a file says, and how many bytes of memory it took."""
    with Warehouse(Path(folder)).building() as building:
        (failure,) = load(building, Path(path)).failures
    said.send((failure.en, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))


@pytest.mark.parametrize(("quoted", "size"), [(True, 2 * 2**30), (False, 640 * 2**20)])
def test_an_enormous_cell_takes_no_more_memory_than_a_large_one(
    tmp_path: Path, quoted: bool, size: int
) -> None:
    taken = []
    for length in (size // 4, size):
        path = enormous(tmp_path / "a.csv", length, quoted=quoted)
        said, memory = came_of(load_enormous, str(path), str(tmp_path / "warehouse"))  # type: ignore[misc]
        assert said.startswith("a.csv: row 20002 (line 20002) cannot be read: field larger")
        taken.append(memory)
    path.unlink()
    assert taken[1] - taken[0] < 200 * 2**20


def with_long_cell(path: Path, part: str, size: int) -> Path:
    """A workbook with a cell of a size, in its sheet or among the texts that sheets share."""
    whole = zipfile.ZipFile(io.BytesIO(book(HEADER, f"T1,{ZHANG},,虎门,2023-05-01,8,")))
    with zipfile.ZipFile(path, "w") as written:
        for name in whole.namelist():
            with written.open(name, "w") as sink:
                text = whole.read(name)
                at = text.index(b"</v>" if part == SHEET else b"</t>") if name == part else 0
                sink.write(text[:at])
                for _ in range(size // 2**20 if name == part else 0):
                    sink.write(b"1" * 2**20)
                sink.write(text[at:])
    return path


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml"])
def test_nor_does_one_in_a_workbook(tmp_path: Path, part: str) -> None:
    taken = []
    for size in (10 * 2**20, 2**31 - 2**20):
        path = with_long_cell(tmp_path / "a.xlsx", part, size)
        said, memory = came_of(load_enormous, str(path), str(tmp_path / "warehouse"))  # type: ignore[misc]
        assert said.startswith(f"a.xlsx: {part} has a cell of more than 1,048,576 bytes")
        taken.append(memory)
    path.unlink()
    assert taken[1] - taken[0] < 50 * 2**20


def cut_off(path: Path, whole: bytes) -> Path:
    path.write_bytes(whole[: len(whole) // 2])
    return path


def zipped(text: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.csv", text)
    return sink.getvalue()


ROWS = [HEADER, *(f"T{n},{ZHANG},,441900121,2023-05-01,8," for n in range(1, 300))]
#: Files that nobody can read, each with what makes it in a folder.
UNREADABLE: dict[str, Callable[[Path], Path]] = {
    "a workbook cut off": lambda folder: cut_off(folder / "bad.xlsx", book(*ROWS)),
    "an archive cut off": lambda folder: cut_off(folder / "bad.zip", zipped("\n".join(ROWS))),
    "a bomb": lambda folder: with_sheet(folder / "bad.xlsx", bomb(200)),
    "an enormous cell": lambda folder: enormous(folder / "bad.csv", 2**24, quoted=True),
    "bytes of no text": lambda folder: cut_off(folder / "bad.csv", b"\x00\xff\xfe" * 9_000),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_cannot_be_read_leaves_what_is_published(home: Path, what: str) -> None:
    """Alone and beside a file that can be; the next load succeeds, and nothing is left of any."""
    bad = UNREADABLE[what](home / "inbox")
    for good in (0, 1):
        beside = [file(home, good)] if good else []
        (failure,) = verbs.load(settings_of(home), [bad, *beside]).report.failures
        assert failure.en.startswith(bad.name)
        assert is_both(failure)
        assert number_published(home) == good
    bad.unlink()
    verbs.load(settings_of(home), [file(home, 2)])
    assert number_published(home) == 2
    nothing_is_left(home)


def test_the_longest_line_that_is_read_is_the_longest_that_the_database_reads() -> None:
    assert (
        f"max_line_size = {csv_files.LONGEST_LINE})" in csv_files.CsvForm(Path("a"), ",", 1, 2).select()
    )


def test_an_empty_folder_and_a_file_that_is_gone(home: Path) -> None:
    with refusing(SourceError, "no such file or folder"):
        verbs.load(settings_of(home), [home / "gone.csv"])
    assert number_published(home) == 0
