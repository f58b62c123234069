"""Servers of the benchmarks: started on loopback, waited for, ended by what started them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.home import write_home

#: What `milepost serve` starts unless told otherwise.
WORKERS = 2


@contextmanager
def home_of(rows: int) -> Iterator[Path]:
    """A home of `rows` trainings: the one that BENCHMARK_HOMES keeps, made if it is not there
    yet; without that setting one that is removed afterwards."""
    kept = os.environ.get("BENCHMARK_HOMES")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(kept or folder) / str(rows)
        if not (home / "warehouse" / "current").exists():
            write_home(home, rows)
        yield home


@contextmanager
def milepost(home: Path) -> Iterator[str]:
    """The address of a home served by `milepost serve`."""
    port = free_port()
    command = [sys.executable, "-m", "milepost.cli", "serve", "--port", str(port)]
    settings = {"MILEPOST_HOME": str(home), "MILEPOST_KEY": "a key of the benchmarks"}
    with served(command, settings, port, "/healthz") as address:
        yield address


@contextmanager
def served(command: Sequence[str], settings: dict[str, str], port: int, ready: str) -> Iterator[str]:
    """The address of a server, from when it answers for the path `ready` until it is ended."""
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(command, env=os.environ | settings, stdout=said, stderr=said)
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(600):
                try:
                    urllib.request.urlopen(address + ready, timeout=2).read()
                    break
                except OSError:
                    if server.poll() is not None:
                        said.seek(0)
                        raise RuntimeError(said.read().decode(errors="replace")) from None
                    time.sleep(0.1)
            else:
                raise RuntimeError(f"{command[0]} did not answer within a minute")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
