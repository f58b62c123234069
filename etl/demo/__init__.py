"""Demo files: a made-up city's records, written as its offices would send them.

Owns `write_demo`. Scenarios are in `data/demo/<policy>.yaml`; nobody and nothing in the files is real.
Called by the command line, the tests and the benchmarks. May import the declarations of `etl`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from etl.demo.files import write_files
from etl.demo.records import Scenario, make_records
from etl.errors import UnknownNameError
from etl.loading import DEMO_MARKER
from etl.settings import PROJECT
from etl.spelling import nearest

SCENARIOS = PROJECT / "data" / "demo"


def scenario_names() -> list[str]:
    """The policies that there are demo files for."""
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def write_demo(
    folder: Path, *, policies: Sequence[str] = (), scale: float = 1.0, seed: int = 1
) -> list[Path]:
    """Write the source files of `policies` (all if none is named) below `folder`.

    `scale` multiplies the number of people, trainings and certificates; what is counted one by one
    (studios, competitions) stays. The same seed gives the same bytes. Raises UnknownNameError.
    """
    written = []
    for policy in policies or scenario_names():
        if policy not in scenario_names():
            raise UnknownNameError(f"no demo of {policy!r}" + nearest(policy, scenario_names()))
        content = yaml.safe_load((SCENARIOS / f"{policy}.yaml").read_text("utf-8"))
        scenario = Scenario(policy, content)
        tables = make_records(scenario, scale, np.random.default_rng(seed))
        target = folder / policy
        target.mkdir(parents=True, exist_ok=True)
        written += list(write_files(scenario, tables, target))
    marker = {"what": "made-up data / 演示数据", "scale": scale, "seed": seed}
    (folder / DEMO_MARKER).write_text(json.dumps(marker, ensure_ascii=False) + "\n", "utf-8")
    return written
