"""Measuring: each run in a process of its own, with its time and its peak of memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """Python to run in a fresh process: `setup` is not counted."""

    run: str
    setup: str = ""


@dataclass(frozen=True)
class Measured:
    """Several runs of a work: how long each took, and the highest peak of resident memory in MB."""

    runs: tuple[float, ...]
    peak_mb: float

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(self.runs)

    def times_as_long_as(self, other: Measured) -> float:
        """The median of the ratios, turn by turn."""
        return statistics.median(
            ours / theirs for ours, theirs in zip(self.runs, other.runs, strict=True)
        )


_RUN = """
import re, sys, time
sys.path.insert(0, {root!r})
{setup}
began = time.perf_counter()
{run}
seconds = time.perf_counter() - began
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
print("measured", seconds, int(peak) / 1024)
"""


def run_once(work: Work, root: str) -> tuple[float, float]:
    """Run a work; its seconds and its peak in MB."""
    code = _RUN.format(root=root, setup=work.setup, run=work.run)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    _, seconds, peak = done.stdout.strip().splitlines()[-1].split()
    return float(seconds), float(peak)


def measure_in_turns(*works: Work, root: str, times: int = 3) -> list[Measured]:
    """Run works in turns, so that a machine that is busy for a while slows all of them alike."""
    turns = [[run_once(work, root) for work in works] for _ in range(times)]
    return [
        Measured(tuple(seconds for seconds, _ in runs), max(peak for _, peak in runs))
        for runs in zip(*turns, strict=True)
    ]
