"""Evaluating all targets against one plain scan: `python -m benchmarks.evaluating [ROWS]`.

The scan computes 40 filtered counts by town and month over the trainings, which is what a dashboard
without exact persons, trajectories and statuses would at least do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import Work, measure_in_turns, run_once

ROOT = str(Path(__file__).parents[1])

_LOAD = """
from pathlib import Path
from benchmarks.home import write_home
write_home(Path({folder!r}), {rows})
"""

_OPEN = """
import shutil, duckdb
from datetime import date
from pathlib import Path
from sqlalchemy import create_engine
from benchmarks.home import POLICY
from metrics.evaluate import evaluate_targets, prepare
from metrics.reader import read_catalogue
folder = Path({folder!r})
shutil.copyfile(next((folder / "warehouse" / "snapshots").glob("*.duckdb")), folder / "copy.duckdb")
everything = read_catalogue(Path({root!r}) / "metrics.yaml")
one = {{POLICY: everything.policies[POLICY]}}
catalogue = everything.model_copy(update={{"policies": one}})
"""

_SCAN = """
counts = ", ".join(
    f"count(*) FILTER (kind = '{{kind}}' AND hours >= {{hours}} AND level IS DISTINCT FROM {{level}})"
    for kind in ("技能提升", "公益性实训") for hours in (0, 20, 40, 60, 80) for level in range(4)
)
with duckdb.connect(str(folder / "copy.duckdb")) as connection:
    connection.execute(
        f"CREATE TABLE scanned AS SELECT place, year(completed_on) AS y, month(completed_on) AS m,"
        f" {{counts}} FROM trainings GROUP BY ALL"
    )
"""

_EVALUATE = """
engine = create_engine(
    f"duckdb:///{{folder / 'copy.duckdb'}}", connect_args={{"config": {{"memory_limit": "3GB"}}}}
)
evaluate_targets(engine, catalogue, prepare(engine, catalogue, date.today())[1])
"""


def main(rows: int) -> None:
    """Print the ratio and the peaks of memory."""
    with tempfile.TemporaryDirectory() as folder:
        names = {"folder": folder, "root": ROOT, "rows": rows}
        run_once(Work(_LOAD.format(**names)), ROOT)
        setup = _OPEN.format(**names)
        scan, ours = measure_in_turns(
            Work(_SCAN.format(**names), setup),
            Work(_EVALUATE.format(**names), setup),
            root=ROOT,
            times=5,
        )
    print(f"trainings            {rows:,}")
    print(f"one scan, 40 counts  {scan.seconds:.2f} s, peak {scan.peak_mb:,.0f} MB")
    print(f"evaluate, 27 targets {ours.seconds:.2f} s, peak {ours.peak_mb:,.0f} MB")
    print(f"ratio                {ours.times_as_long_as(scan):.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
