"""Tables over ten times the records: `python -m benchmarks.grid [ROWS] [FOLDER]`.

The callback behind the page of the table of trainings is asked over a snapshot of a tenth of the rows
and over one of all, in turns, so that a noisy machine slows both alike. Of each turn the filter is
another one, so that nothing was counted before. Then all rows are taken away as files, with the peak of
memory of the process that sends them. A FOLDER keeps the snapshots for another run.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.home import settings_of
from benchmarks.measuring import Work, run_once
from benchmarks.pages import ROOT, ask
from dashboard.site import create_app

TIMES = 7
#: Pages by their queries; {hours} is another number at each turn, so that rows are counted anew.
PAGES = {
    "first page": "hours.from={hours}",
    "filtered by a text": "hours.from={hours}&course.has=12",
    "sorted by a date": "hours.from={hours}&sort=-completed_on",
    "sorted by a number of the record": "hours.from={hours}&sort=record_no",
    "sorted, the page in the middle": "hours.from={hours}&sort=-completed_on&page={middle}",
    "in the order of loading, the middle": "hours.from={hours}&page={middle}",
    "sorted by the record, the middle": "hours.from={hours}&sort=record_no&page={middle}",
    "a town's, by a condition": "place.within=441900121&where=level is null and hours > {hours}",
}
FORMS = ("csv", "parquet", "zip")


def addresses(query: str, rows: int) -> Iterator[str]:
    """The address of a page for each turn. Half of the rows have more than 60 hours: all are whole, so
    that each limit up to 61 finds the same."""
    middle = rows // 2 // 2 // 50
    for turn in range(TIMES + 1):
        yield "/table/trainings?" + query.format(hours=60 + (turn + 1) / 100, middle=middle)


def main(rows: int, folder: Path) -> None:
    """Print the median of each page and file over fewer and over more records, and their ratio."""
    homes = [folder / str(count) for count in (rows // 10, rows)]
    for home in homes:
        if not home.exists():
            write = f"from pathlib import Path\nwrite_home(Path({str(home)!r}), {int(home.name)})"
            run_once(Work(write, "from benchmarks.home import write_home"), ROOT)
    clients = [create_app(settings_of(home)).server.test_client() for home in homes]
    print(f"{'page':<38}{rows // 10:>14,}{rows:>14,}   ratio")
    for name, query in PAGES.items():
        seconds: list[list[float]] = [[], []]
        turns = zip(addresses(query, rows // 10), addresses(query, rows), strict=True)
        for turn, asked in enumerate(turns):
            for client, address, found in zip(clients, asked, seconds, strict=True):
                taken = ask(client, address)
                if turn:  # the first one opens files
                    found.append(taken)
        few, many = map(statistics.median, seconds)
        print(f"{name:<38}{few * 1000:>11,.0f} ms{many * 1000:>11,.0f} ms{many / few:>8.2f}")
    print(f"\n{'file of all rows':<38}{rows // 10:>14,}{rows:>14,}   ratio   peak memory")
    for form in FORMS:
        tenth, whole = (run_once(_taking(home, form), ROOT) for home in homes)
        peaks = f"{tenth.peak_mb:,.0f} and {whole.peak_mb:,.0f} MB"
        ratio = whole.seconds / tenth.seconds
        print(f"{form:<38}{tenth.seconds:>12,.1f} s{whole.seconds:>12,.1f} s{ratio:>8.2f}   {peaks}")


def _taking(home: Path, form: str) -> Work:
    """Taking all rows of a table away as the server sends them, and keeping none."""
    setup = (
        "from pathlib import Path\nfrom benchmarks.home import settings_of\n"
        "from dashboard.site import create_app\n"
        f"client = create_app(settings_of(Path({str(home)!r}))).server.test_client()"
    )
    run = (
        f"answer = client.get('/download/table/trainings.{form}', buffered=False)\n"
        "assert answer.status_code == 200 and sum(map(len, answer.response)) > 1_000_000"
    )
    return Work(run, setup)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as temporary:
        main(count, Path(sys.argv[2] if len(sys.argv) > 2 else temporary))
