"""Loading against DuckDB's bare read of the same file: `python -m benchmarks.loading [ROWS]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Work, measure_in_turns
from benchmarks.people import write_trainings

ROOT = str(Path(__file__).parents[1])


def main(rows: int, times: int) -> None:
    """Print the ratio and the peaks of memory."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "trainings.csv"
        write_trainings(source, rows)
        fresh = f"""
import shutil, duckdb
from pathlib import Path
work = Path({folder!r}) / "work"
shutil.rmtree(work, ignore_errors=True)
work.mkdir()
"""
        bare = Work(
            f"""
with duckdb.connect(str(work / "bare.duckdb")) as connection:
    connection.execute("CREATE TABLE t AS SELECT * FROM read_csv('{source}')")
""",
            fresh,
        )
        ours = Work(
            f"""
with Warehouse(work).building() as building:
    report = load_files(building.connection, [Path({str(source)!r})], gazetteer=gazetteer,
                        key=HashingKey((b"0" * 32,)), areas=["441900"], scratch=work)
    building.connection.execute("CHECKPOINT")
assert report.sheets[0].loaded == {rows}, report
""",
            fresh
            + "from etl.keys import HashingKey\nfrom etl.loading import load_files\n"
            + "from etl.places import Gazetteer\nfrom etl.snapshots import Warehouse\n"
            + "gazetteer = Gazetteer.read()\n",
        )
        read, loaded = measure_in_turns(bare, ours, root=ROOT, times=times)
    print(f"rows                 {rows:,}")
    print(f"bare read_csv        {read.seconds:.2f} s, peak {read.peak_mb:,.0f} MB")
    print(f"milepost load        {loaded.seconds:.2f} s, peak {loaded.peak_mb:,.0f} MB")
    print(f"ratio                {loaded.times_as_long_as(read):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000, 5)
