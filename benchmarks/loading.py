"""Loading against DuckDB's bare read of the same file: `python -m benchmarks.loading [ROWS]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import measure
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
        bare = measure(
            f"""
with duckdb.connect(str(work / "bare.duckdb")) as connection:
    connection.execute("CREATE TABLE t AS SELECT * FROM read_csv('{source}')")
""",
            setup=fresh,
            root=ROOT,
            times=times,
        )
        ours = measure(
            f"""
with Warehouse(work).building() as building:
    report = load_files(building.connection, [Path({str(source)!r})], gazetteer=gazetteer,
                        key=b"0" * 32, areas=["441900"])
    building.connection.execute("CHECKPOINT")
assert report.sheets[0].loaded == {rows}, report
""",
            setup=fresh
            + "from etl.loading import load_files\nfrom etl.places import Gazetteer\n"
            + "from etl.snapshots import Warehouse\ngazetteer = Gazetteer.read()\n",
            root=ROOT,
            times=times,
        )
    print(f"rows                 {rows:,}")
    print(f"bare read_csv        {bare.seconds:.2f} s, peak {bare.peak_mb:,.0f} MB")
    print(f"milepost load        {ours.seconds:.2f} s, peak {ours.peak_mb:,.0f} MB")
    print(f"ratio                {ours.seconds / bare.seconds:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000, 3)
