"""Measuring: each run in a process of its own, with its time and its peak of memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Work:
    """Python to run in a fresh process: `setup` is not counted."""

    run: str
    setup: str = ""


class Run(NamedTuple):
    """One run: its seconds, those that cores worked for it (all threads), and its peak of resident
    memory in MB."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Measured:
    """Several runs of a work."""

    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """The median: it says more where other programs keep the cores busy."""
        return statistics.median(run.cpu_seconds for run in self.runs)

    @property
    def peak_mb(self) -> float:
        """The highest."""
        return max(run.peak_mb for run in self.runs)

    def times_as_long_as(self, other: Measured) -> float:
        """The median of the ratios, turn by turn."""
        pairs = zip(self.runs, other.runs, strict=True)
        return statistics.median(ours.seconds / theirs.seconds for ours, theirs in pairs)

    def times_the_work_of(self, other: Measured) -> float:
        """The same of the seconds that cores worked."""
        pairs = zip(self.runs, other.runs, strict=True)
        return statistics.median(ours.cpu_seconds / theirs.cpu_seconds for ours, theirs in pairs)


_RUN = """
import re, sys, time
sys.path.insert(0, {root!r})
{setup}
began, worked = time.perf_counter(), time.process_time()
{run}
seconds, worked = time.perf_counter() - began, time.process_time() - worked
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
print("measured", seconds, worked, int(peak) / 1024)
"""


def run_once(work: Work, root: str) -> Run:
    """Run a work in a process of its own."""
    code = _RUN.format(root=root, setup=work.setup, run=work.run)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Run(*map(float, done.stdout.strip().splitlines()[-1].split()[1:]))


def measure_in_turns(*works: Work, root: str, times: int = 3) -> list[Measured]:
    """Run works in turns, so that a machine that is busy for a while slows all of them alike."""
    turns = [[run_once(work, root) for work in works] for _ in range(times)]
    return [Measured(runs) for runs in zip(*turns, strict=True)]
