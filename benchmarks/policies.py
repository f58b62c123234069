"""All targets of all policies against SQL written by hand: `python -m benchmarks.policies [TRAININGS]
[CERTIFICATES]`.

`by_hand.sql` makes the same table as `metrics.evaluate` for this one catalogue, as fast as we know how
to write it, but for the rates of the last 12 months and the judgement. All else is compared: a row that
differs, or is missing on either side, is printed, and the benchmark fails.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.measuring import Work, measure_in_turns, run_once

ROOT = str(Path(__file__).parents[1])
_MEMORY = "3GB"

_LOAD = """
from pathlib import Path
from benchmarks.home import write_home_of_all
write_home_of_all(Path({folder!r}), {trainings}, {certificates})
"""

_OPEN = """
import shutil, duckdb
from datetime import date
from pathlib import Path
from sqlalchemy import create_engine
from metrics.evaluate import evaluate_targets, prepare
from metrics.reader import read_catalogue
folder, root = Path({folder!r}), Path({root!r})
snapshot = next((folder / "warehouse" / "snapshots").glob("*.duckdb"))
shutil.copyfile(snapshot, folder / "{copy}.duckdb")
config = {{"memory_limit": "{memory}"}}
catalogue = read_catalogue(root / "metrics.yaml")
statements = (root / "benchmarks" / "by_hand.sql").read_text("utf-8")
"""

_BY_HAND = """
with duckdb.connect(str(folder / "by_hand.duckdb"), config=config) as connection:
    connection.execute(statements)
"""

_EVALUATE = """
engine = create_engine(
    f"duckdb:///{folder / 'evaluate.duckdb'}", connect_args={"config": config}
)
evaluate_targets(engine, catalogue, prepare(engine, catalogue, date.today())[1])
engine.dispose()
"""

_KEY = ("policy", "target", "place", "as_of")
_FIGURES = ("value", "numerator", "denominator", "share")
_WORDS = ("unit", "require", "rank", "ranked", "window_start", "window_end")
_TOLERANCE = 1e-9
_SHOWN = 20


@dataclass(frozen=True)
class Comparison:
    """How many rows there are, how many are alike on both sides, and the first that are not."""

    rows: int
    alike: int
    differing: list[str]


def compare(by_hand: Path, evaluated: Path) -> Comparison:
    """Hold the table `by_hand` of one snapshot against the table `progress` of another."""
    same = " AND ".join(
        f"(ours.{name} IS NOT DISTINCT FROM hand.{name}"
        f" OR coalesce(abs(ours.{name} - hand.{name}) <= {_TOLERANCE} * abs(ours.{name}), false))"
        for name in _FIGURES
    )
    same += "".join(f" AND ours.{name} IS NOT DISTINCT FROM hand.{name}" for name in _WORDS)
    shown = ", ".join(f"ours.{name}::VARCHAR, hand.{name}::VARCHAR" for name in (*_FIGURES, *_WORDS))
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{by_hand}' AS by_hand (READ_ONLY)")
        connection.execute(f"ATTACH '{evaluated}' AS evaluated (READ_ONLY)")
        connection.execute(
            f"""
            CREATE TEMP TABLE compared AS
            SELECT concat_ws(' ', {", ".join(_KEY)}) AS named, [{shown}] AS figures,
                ours.policy IS NOT NULL AND hand.policy IS NOT NULL AND {same} AS is_alike
            FROM evaluated.progress AS ours
            FULL JOIN by_hand.by_hand AS hand USING ({", ".join(_KEY)})
            """
        )
        [(rows, alike)] = connection.execute(
            "SELECT count(*), count(*) FILTER (is_alike) FROM compared"
        ).fetchall()
        differing = connection.execute(
            f"SELECT named, figures FROM compared WHERE NOT is_alike ORDER BY named LIMIT {_SHOWN}"
        ).fetchall()
    return Comparison(rows, alike, [f"{named}: {figures}" for named, figures in differing])


def main(trainings: int, certificates: int) -> int:
    """Print times, peaks and ratio; 1 if any figure differs."""
    with tempfile.TemporaryDirectory() as folder:
        names = {"folder": folder, "root": ROOT, "trainings": trainings, "certificates": certificates}
        run_once(Work(_LOAD.format(**names)), ROOT)
        works = [
            Work(work, _OPEN.format(**names, copy=copy, memory=_MEMORY))
            for copy, work in (("by_hand", _BY_HAND), ("evaluate", _EVALUATE))
        ]
        by_hand, ours = measure_in_turns(*works, root=ROOT)
        compared = compare(Path(folder) / "by_hand.duckdb", Path(folder) / "evaluate.duckdb")
    print(f"trainings, certificates {trainings:,}, {certificates:,}, and the demo of all policies")
    print(f"rows                    {compared.rows:,}, of which {compared.alike:,} agree")
    print(f"by hand                 {by_hand.seconds:.2f} s, peak {by_hand.peak_mb:,.0f} MB")
    print(f"evaluate                {ours.seconds:.2f} s, peak {ours.peak_mb:,.0f} MB")
    print(f"ratio                   {ours.times_as_long_as(by_hand):.2f}")
    for line in compared.differing:
        print(f"differs (evaluated, by hand)  {line}")
    return int(compared.alike < compared.rows)


if __name__ == "__main__":
    sizes = [int(given) for given in sys.argv[1:]]
    sys.exit(main(*(sizes + [10_000_000, 2_000_000][len(sizes) :])))
