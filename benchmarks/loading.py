"""Loading against bare readers of the same file: `python -m benchmarks.loading [ROWS] [ROWS_OF_BOOK]`.

A CSV file against DuckDB's own reader. A workbook against the fastest maintained reader of workbooks
with pandas on top, which does what a load does (`by_pandas`); and against two that give a typed table
and do nothing else.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import xlsxwriter

from benchmarks.measuring import Measured, Work, measure_in_turns
from benchmarks.people import write_trainings

ROOT = str(Path(__file__).parents[1])
#: The columns of `write_trainings` that an office fills in as dates and as numbers.
DATES, NUMBERS = ("开班日期", "结业日期"), ("学时", "补贴金额（元）")

#: What a process does once, however many files it loads: not counted, as for the others.
_ONCE = """
import fastexcel, pandas, pyarrow.dataset, sqlalchemy
from etl.datasets import datasets
from etl.simplified import simplified
datasets(), simplified("東莞市")
gazetteer = Gazetteer.read()
gazetteer.spellings("441900")
sqlalchemy.create_engine("duckdb://").connect().close()
"""


def write_book(path: Path, source: Path) -> None:
    """Write a CSV file of trainings as a workbook, dates and numbers as such."""
    options = {"constant_memory": True}
    with source.open(encoding="utf-8", newline="") as text, xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("培训")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        rows = csv.reader(text)
        headers = next(rows)
        sheet.write_row(0, 0, headers)
        for number, row in enumerate(rows, 1):
            for column, (header, cell) in enumerate(zip(headers, row, strict=True)):
                if header in DATES:
                    sheet.write_datetime(number, column, datetime.fromisoformat(cell), day)
                elif header in NUMBERS:
                    sheet.write_number(number, column, float(cell))
                else:
                    sheet.write_string(number, column, cell)


def fresh(folder: str) -> str:
    """Setup: an empty folder to work in."""
    return f"""
import shutil
from pathlib import Path
work = Path({folder!r}) / "work"
shutil.rmtree(work, ignore_errors=True)
work.mkdir()
"""


def load(folder: str, source: Path, rows: int) -> Work:
    """The load of a file by Milepost."""
    return Work(
        f"""
with Warehouse(work).building() as building:
    report = load_files(building.connection, [Path({str(source)!r})], gazetteer=gazetteer,
                        key=HashingKey((b"0" * 32,)), areas=["441900"], scratch=work)
    building.connection.execute("CHECKPOINT")
assert report.sheets[0].loaded == {rows}, report
""",
        fresh(folder)
        + "from etl.keys import HashingKey\nfrom etl.loading import load_files\n"
        + "from etl.places import Gazetteer\nfrom etl.snapshots import Warehouse\n"
        + _ONCE,
    )


def of_csv(folder: str, source: Path, rows: int, times: int) -> None:
    """Print what a CSV file takes."""
    bare = Work(
        f"""
with duckdb.connect(str(work / "bare.duckdb")) as connection:
    connection.execute("CREATE TABLE t AS SELECT * FROM read_csv('{source}')")
""",
        fresh(folder) + "import duckdb\n",
    )
    read, loaded = measure_in_turns(bare, load(folder, source, rows), root=ROOT, times=times)
    _print(f"CSV, {rows:,} rows", loaded, {"bare read_csv": read})


def of_book(folder: str, source: Path, rows: int, times: int) -> None:
    """Print what a workbook takes."""
    typed = f"""
assert len(table) == {rows}
assert [str(table[name].dtype)[:8] for name in {DATES!r}] == ["datetime"] * 2
assert all(table[name].dtype.kind in "if" for name in {NUMBERS!r})
"""
    calamine = Work(
        f"table = pandas.read_excel({str(source)!r}, engine='calamine')" + typed,
        "import pandas\nimport python_calamine\n",
    )
    fast = Work(
        f"table = fastexcel.read_excel({str(source)!r}).load_sheet(0).to_pandas()" + typed,
        "import pandas\nimport fastexcel\n",
    )
    same = Work(
        f"""
assert load(Path({str(source)!r}), work / "pandas.duckdb", places, b"0" * 32) == {rows}
""",
        fresh(folder)
        + "from benchmarks.by_pandas import load\n"
        + "import pyarrow.dataset\n"
        + "from etl.places import Gazetteer\n"
        + "places = Gazetteer.read().spellings('441900')\n",
    )
    works = (same, calamine, fast, load(folder, source, rows))
    *read, loaded = measure_in_turns(*works, root=ROOT, times=times)
    names = (
        "fastexcel and pandas, the same work",
        "pandas.read_excel, calamine",
        "fastexcel, to_pandas",
    )
    others = dict(zip(names, read, strict=True))
    _print(f"workbook, {rows:,} rows", loaded, others)


def _print(what: str, loaded: Measured, others: dict[str, Measured]) -> None:
    print(f"{what:<40}{'time':>9}{'of cores':>10}{'peak':>10}")
    for name, one in {**others, "milepost load": loaded}.items():
        print(f"  {name:<38}{one.seconds:>7.2f} s{one.cpu_seconds:>8.2f} s{one.peak_mb:>7,.0f} MB")
    for name, other in others.items():
        ratio, work = loaded.times_as_long_as(other), loaded.times_the_work_of(other)
        print(f"  {f'ratio to {name}':<38}{ratio:>7.2f}  {work:>8.2f}")


def main(rows: int, rows_of_book: int, times: int) -> None:
    """Print the ratios and the peaks of memory."""
    with tempfile.TemporaryDirectory() as folder:
        source, book = Path(folder) / "trainings.csv", Path(folder) / "trainings.xlsx"
        write_trainings(source, rows_of_book)
        write_book(book, source)
        of_book(folder, book, rows_of_book, times)
        write_trainings(source, rows)
        of_csv(folder, source, rows, times)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(given[0] if given else 10_000_000, given[1] if len(given) > 1 else 200_000, 5)
