"""A small file into a large warehouse against all anew, and against the file alone:
`python -m benchmarks.increment [ROWS] [ADDED]`.

`ADDED` trainings are loaded into a warehouse of `ROWS`, into an empty one together with these, and into
an empty one by themselves. The first two end with the same tables of `metrics`: a row that differs is
counted, and the benchmark fails.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import islice
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.measuring import Work, measure_in_turns, run_once
from benchmarks.people import write_trainings
from metrics.tables import WRITTEN

ROOT = str(Path(__file__).parents[1])

#: What a work wrote to disk, in bytes, goes to a file beside its home.
_LOAD = """
loaded = verbs.load(settings_of(home), {files}, policy=POLICY)
assert not loaded.report.failures, loaded.report.failures
written = re.search(r"write_bytes: (\\d+)", Path("/proc/self/io").read_text())[1]
with (folder / "{name}.bytes").open("a") as kept:
    print(int(written) - int(before), file=kept)
"""

_SETUP = """
import shutil
from pathlib import Path
from benchmarks.home import POLICY, settings_of
from milepost import verbs
folder = Path({folder!r})
home = folder / "{name}"
shutil.rmtree(home, ignore_errors=True)
"""

_BEFORE = """
before = re.search(r"write_bytes: (\\d+)", Path("/proc/self/io").read_text())[1]
"""


def write_files(folder: Path, rows: int, added: int) -> None:
    """Write trainings as two files: `rows` of them, and those `added` to them."""
    whole = folder / "whole.csv"
    write_trainings(whole, rows + added)
    with whole.open("rb") as lines:
        head = next(lines)
        for name, length in (("old.csv", rows), ("new.csv", added)):
            with (folder / name).open("wb") as part:
                part.write(head)
                part.writelines(islice(lines, length))
    whole.unlink()


def differing(one: Path, other: Path) -> dict[str, int]:
    """How many rows of each table of `metrics` are in one home's snapshot and not in the other's."""
    found = {}
    with duckdb.connect() as connection:
        for name, home in (("one", one), ("other", other)):
            current = (home / "warehouse" / "current").read_text("utf-8").strip()
            path = home / "warehouse" / "snapshots" / current
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        for table in WRITTEN:
            [(count,)] = connection.execute(
                f"SELECT count(*) FROM (FROM one.{table.name} EXCEPT ALL FROM other.{table.name})"
            ).fetchall()
            if count:
                found[table.name] = count
    return found


def main(rows: int, added: int) -> int:
    """Print times, bytes and ratios; 1 if any figure differs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, rows, added)
        files = {part: f"[Path({str(folder / part)!r})]" for part in ("old.csv", "new.csv")}
        setup = _SETUP.format(folder=name, name="base")
        run_once(Work(_LOAD.format(files=files["old.csv"], name="base"), setup + _BEFORE), ROOT)
        copied = f"shutil.copytree(folder / 'base', home)\n{_BEFORE}"
        works = {
            "anew": (f"{files['old.csv']} + {files['new.csv']}", _BEFORE),
            "few": (files["new.csv"], _BEFORE),
            "more": (files["new.csv"], copied),
        }
        measured = measure_in_turns(
            *(
                Work(
                    _LOAD.format(files=given, name=work),
                    _SETUP.format(folder=name, name=work) + before,
                )
                for work, (given, before) in works.items()
            ),
            root=ROOT,
        )
        wrong = differing(folder / "anew", folder / "more")
        took = dict(zip(works, measured, strict=True))
        wrote = {
            work: median(map(int, (folder / f"{work}.bytes").read_text("utf-8").split()))
            for work in works
        }
    print(f"{rows:,} trainings, {added:,} more{'time':>20}{'of cores':>10}{'written':>12}")
    for work, called in (("anew", "all anew"), ("few", "the few alone"), ("more", "the few added")):
        seconds, cores = took[work].seconds, took[work].cpu_seconds
        print(f"  {called:<38}{seconds:>9.2f} s{cores:>8.2f} s{wrote[work] / 1e6:>9,.0f} MB")
    for work, called in (("anew", "to all anew"), ("few", "to the few alone")):
        ratios = took["more"].times_as_long_as(took[work]), took["more"].times_the_work_of(took[work])
        written = wrote["more"] / wrote[work]
        print(f"  {'ratio ' + called:<38}{ratios[0]:>9.2f}  {ratios[1]:>8.2f}  {written:>9.2f}")
    for table, count in wrong.items():
        print(f"differs           {table}: {count:,} rows")
    return int(bool(wrong))


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [20_000_000, 10_000][len(given) :])))
