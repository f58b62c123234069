"""Pages over ten times the records: `python -m benchmarks.pages [ROWS]`.

The callback behind each page is asked over a snapshot of a tenth of the rows and over one of all, in
turns, so that a noisy machine slows both alike.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.home import settings_of
from benchmarks.measuring import Work, run_once
from dashboard.site import create_app
from tests.asking import shown

ROOT = str(Path(__file__).parents[1])
TIMES = 15
PAGES = {
    "overview": "/",
    "overview at an earlier date": "/?as_of=2023-07-14",
    "target": "/target/dg-people-upskilled",
    "target of coverage": "/target/dg-town-sites",
    "town and its records": "/place/441900121?show=dg-training-enrolments",
    "policy": "/policy/dongguan",
    "quality": "/quality",
}


def ask(client: FlaskClient, address: str) -> float:
    """How long the callback of a page takes, in seconds."""
    began = time.perf_counter()
    shown(client, address)
    return time.perf_counter() - began


def main(rows: int) -> None:
    """Print the median of each page over fewer and over more records, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        clients = []
        for count in (rows // 10, rows):
            home = Path(folder) / str(count)
            write = f"from pathlib import Path\nwrite_home(Path({str(home)!r}), {count})"
            run_once(Work(write, "from benchmarks.home import write_home"), ROOT)
            clients.append(create_app(settings_of(home)).server.test_client())
        print(f"{'page':<30}{rows // 10:>14,}{rows:>14,}   ratio")
        for name, address in PAGES.items():
            seconds: list[list[float]] = [[], []]
            for turn in range(TIMES + 1):
                for client, found in zip(clients, seconds, strict=True):
                    taken = ask(client, address)
                    if turn:  # the first one opens files
                        found.append(taken)
            few, many = map(statistics.median, seconds)
            print(f"{name:<30}{few * 1000:>11,.0f} ms{many * 1000:>11,.0f} ms{many / few:>8.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
