"""Measuring: each run in a process of its own, with its time and its peak of memory."""

from __future__ import annotations

import statistics
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """The median of several runs: seconds, and the highest peak of resident memory in MB."""

    seconds: float
    peak_mb: float


_RUN = """
import re, sys, time
sys.path.insert(0, {root!r})
{setup}
began = time.perf_counter()
{work}
seconds = time.perf_counter() - began
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
print("measured", seconds, int(peak) / 1024)
"""


def measure(work: str, *, setup: str = "", root: str, times: int = 3) -> Measured:
    """Run Python `work` after `setup` (not counted), each time in a fresh process."""
    seconds, peaks = [], []
    for _ in range(times):
        code = _RUN.format(root=root, setup=setup, work=work)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        _, second, peak = done.stdout.strip().splitlines()[-1].split()
        seconds.append(float(second))
        peaks.append(float(peak))
    return Measured(statistics.median(seconds), max(peaks))
