"""Demo files: a made-up city's records, written as its offices would send them.

Owns `write_demo`. The stories are in `data/demo/<policy>.yaml` (`scenario` says what their words mean);
nobody and nothing in the files is real. Called by the command line, the tests and the benchmarks.

A step reads top to bottom: `scenario` is read, `records` are made of `people`, `ground`, `occurrences`
and `values`, then `files` are written in the `handwriting` of offices, with their `mistakes`.
May import the declarations and places of `etl`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from etl.demo.files import write_files
from etl.demo.records import make_records
from etl.demo.scenario import read_scenario
from etl.errors import UnknownNameError
from etl.loading import DEMO_MARKER
from etl.settings import PROJECT
from etl.spelling import nearest
from etl.texts import Text

SCENARIOS = PROJECT / "data" / "demo"


def scenario_names() -> list[str]:
    """The policies that there are demo files for."""
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def write_demo(
    folder: Path, *, policies: Sequence[str] = (), scale: float = 1.0, seed: int = 1
) -> list[Path]:
    """Write the source files of `policies` (of all if none is named) below `folder`.

    `scale` multiplies what counts people (trainings, certificates, the employed); what is counted one
    by one (studios, competitions) stays. The same seed gives the same bytes. The folder gets a marker
    by which loading tells made-up data. Raises UnknownNameError for a policy without a scenario.
    """
    written = []
    for policy in policies or scenario_names():
        if policy not in scenario_names():
            near = nearest(policy, scenario_names())
            raise UnknownNameError(
                Text(f"没有政策“{policy}”的演示数据{near.zh}", f"no demo of {policy!r}{near.en}")
            )
        scenario = read_scenario(SCENARIOS / f"{policy}.yaml")
        records = make_records(scenario, scale, seed)
        target = folder / policy
        target.mkdir(parents=True, exist_ok=True)
        written += list(write_files(scenario, records, target, seed))
    marker = {"what": "made-up data / 演示数据", "scale": scale, "seed": seed}
    (folder / DEMO_MARKER).write_text(json.dumps(marker, ensure_ascii=False) + "\n", "utf-8")
    return written
