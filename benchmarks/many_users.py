"""Fifty readers at once: `python -m benchmarks.many_users [ROWS]`.

Asks `milepost serve` for pages as the browser does, by the callback behind each, over a new connection
each time: while somebody thinks, the server closes the old one. First one reader alone, page after
page. Then 50 at once, each in an order of their own: thinking between pages for a time that is drawn
from an exponential distribution with a mean of 5 seconds, which is brisk for people, and then without
thinking at all, which no people do. A time is from the request until the last byte of its answer. p95
of those who think is asked to be at most 4 times the p50 of one reader alone.

The readers run in a process of their own beside the server's, so that on two cores they take time from
it. Everything is on loopback and ends by itself.
"""

from __future__ import annotations

import http.client
import json
import random
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing

from benchmarks.serving import home_of, milepost
from tests.asking import question

READERS = 50
THINK = 5.0
PAGES_EACH = 12
PAGES_ALONE = 60
#: Pages that people ask for: those that all look at, and those that only some do.
COMMON = ["/", "/?status=at_risk", "/policy/dongguan", "/quality", "/place/441900", "/changes"]
TOWNS = [f"/place/4419001{number:02d}" for number in range(1, 30)]
DAYS = [f"/?as_of=2024-{month:02d}-15" for month in range(1, 13)]
TABLES = [f"/table/trainings?completed_on.from=2023-{month:02d}-01" for month in range(1, 13)]
ALL = [*COMMON * 6, *TOWNS, *DAYS, *TABLES]


def ask(host: str, address: str) -> float:
    """How long a page takes, in seconds."""
    body = json.dumps(question(address))
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate, br, zstd"}
    began = time.perf_counter()
    with closing(http.client.HTTPConnection(host, timeout=120)) as connection:
        connection.request("POST", "/_dash-update-component", body, headers)
        answer = connection.getresponse()
        answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    return time.perf_counter() - began


def read(host: str, seed: int, pages: int, think: float) -> list[float]:
    """The times of a reader's pages."""
    drawn = random.Random(seed)
    found = []
    for _ in range(pages):
        if think:
            time.sleep(drawn.expovariate(1 / think))
        found.append(ask(host, drawn.choice(ALL)))
    return found


def together(host: str, first_seed: int, think: float) -> list[float]:
    """The times of all readers' pages. Raises what went wrong for any of them."""
    found: list[float] = []
    wrong: list[Exception] = []

    def one(seed: int) -> None:
        try:
            found.extend(read(host, seed, PAGES_EACH, think))
        except (OSError, http.client.HTTPException, RuntimeError) as error:
            wrong.append(error)

    readers = [threading.Thread(target=one, args=(first_seed + number,)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    if wrong:
        raise wrong[0]
    return found


def told(name: str, times: Sequence[float], alone: float) -> None:
    """Print a line: the middle, the 95th of a hundred, and how many times the middle of one alone."""
    middle, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    waited = "".join(f"{seconds * 1000:>9,.0f} ms" for seconds in (middle, high))
    print(f"{name:<26}{len(times):>7,}{waited}{high / alone:>9.2f}")


def main(rows: int) -> None:
    """Print what one reader waits for, and what fifty do."""
    with home_of(rows) as home, milepost(home) as address:
        host = address.removeprefix("http://")
        for seed in range(4):  # both processes of the server open their files
            read(host, seed, 2, 0)
        alone = read(host, 100, PAGES_ALONE, 0)
        one = statistics.median(alone)
        print(f"{rows:,} trainings{'pages':>17}{'p50':>12}{'p95':>12}{'p95 / p50 of one':>20}")
        told("one reader", alone, one)
        told(f"{READERS}, thinking {THINK:.0f} s", together(host, 1000, THINK), one)
        told(f"{READERS}, not thinking", together(host, 2000, 0), one)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
