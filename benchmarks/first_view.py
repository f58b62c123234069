"""What a reader waits for: `python -m benchmarks.first_view [ROWS]`.

Milepost over ROWS trainings, served as in production, beside a Streamlit and a Vizro page that show
the same table of targets (benchmarks/rivals), in one Chromium and in turns. All times are taken inside
the browser, up to the frame in which the answer stands:

- first view: from the start of the navigation until the heading and the rows of the table are drawn,
  in a new browser profile (cold) and once more in the same one (warm);
- filter: from the click until just the rows of the status chosen are drawn (for Vizro: of all others).
  For Milepost each turn asks what nobody asked before; "again" asks the same a second time;
- filter of all trainings: the same on their page, a new one each turn (no rival shows them).

Layout shift is what Chromium counts as such, before any click. A request of Milepost to anywhere but
loopback ends the run with an error. The packages of the rivals go into an environment of their own,
which is removed afterwards; BENCHMARK_RIVALS=FOLDER keeps it there for the next run, and
BENCHMARK_HOMES=FOLDER keeps the data.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.home import POLICY
from benchmarks.serving import WORKERS, free_port, home_of, milepost, served

TURNS = 7
RIVALS = Path(__file__).parent / "rivals"
#: As the tests have it: nothing that would ask anybody else for anything.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
_LOOPBACK = {"127.0.0.1", "localhost"}
_COLUMNS = ("name", "value", "unit", "required", "expected", "percent", "pace", "status", "by")

#: Runs before any script of the page: counts shifts, notes the last click, and tells when a
#: page shows a heading and as many rows as asked, in a frame that was drawn.
_WATCH = """
window.shifts = 0; window.clicked = 0;
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
}).observe({type: "layout-shift", buffered: true});
document.addEventListener("click", () => { window.clicked = performance.now(); }, true);
window.drawn = ({rows, at_least, at_most, gone}) => new Promise((done, fail) => {
  const began = performance.now();
  const seen = (found) => found && found.getClientRects().length > 0;
  const look = () => {
    const found = document.querySelectorAll(rows);
    const headed = [...document.querySelectorAll("h1, h2, h3")].some(seen);
    if (headed && seen(found[0]) && found.length >= at_least
        && found.length <= at_most && !(gone && document.querySelector(gone))) {
      requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    } else if (performance.now() - began > 30000) fail(`${found.length} of ${rows}`);
    else requestAnimationFrame(look);
  };
  look();
});
"""


@dataclass(frozen=True)
class Site:
    """A page to look at: its address, the selector of its rows, and of what chooses a status, or with
    `away` takes it away."""

    name: str
    address: str
    rows: str
    chooser: str
    away: bool = False


def first_view(page: Page, site: Site, address: str, count: int) -> float:
    """Milliseconds from the start of the navigation to the first view. A grid may draw only the rows
    that fit the window."""
    page.goto(address, wait_until="commit")
    return float(
        page.evaluate(
            "goal => drawn(goal)", {"rows": site.rows, "at_least": min(count, 8), "at_most": 999}
        )
    )


def answer(page: Page, chooser: str, rows: str, at_least: int, at_most: int, gone: str = "") -> float:
    """Milliseconds from a click to its answer."""
    goal = {"rows": rows, "at_least": at_least, "at_most": at_most, "gone": gone}
    page.locator(chooser).first.click(no_wait_after=True)
    return float(page.evaluate("goal => drawn(goal).then((at) => at - window.clicked)", goal))


def look(
    browser: Browser, site: Site, turn: int, statuses: Mapping[str, int]
) -> Iterator[tuple[str, float]]:
    """One turn at a site: the names of what was measured, and each in milliseconds."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(_WATCH)
    hosts: set[str] = set()
    context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or "127.0.0.1"))
    page = context.new_page()
    ours = site.name == "Milepost"
    total = sum(statuses.values())
    status, count = list(statuses.items())[turn % len(statuses)]
    language = "en" if turn // len(statuses) % 2 else "zh"
    address = f"{site.address}?lang={language}" if ours else site.address
    yield "first view, cold", first_view(page, site, address, total)
    page.wait_for_load_state("networkidle")
    yield "layout shift", float(page.evaluate("window.shifts"))
    yield "first view, warm", first_view(page, site, address, total)
    page.wait_for_load_state("networkidle")
    chooser = site.chooser.format(status=status)
    count = total - count if site.away else count
    yield "filter", answer(page, chooser, site.rows, count, count)
    if ours:
        page.go_back()
        page.evaluate("goal => drawn(goal)", {"rows": site.rows, "at_least": total, "at_most": total})
        yield "filter, again", answer(page, chooser, site.rows, count, count)
        page.goto(f"{site.address}table/trainings", wait_until="networkidle")
        page.locator(".filtering > summary").click()
        page.locator('[name="completed_on.from"]').fill(f"2022-03-{turn + 1:02d}")
        yield "filter of all trainings", answer(page, ".filters [type=submit]", ".chips.asked li", 1, 1)
    context.close()
    if strangers := hosts - _LOOPBACK:
        print(f"{site.name} asked {', '.join(sorted(strangers))}")
        if ours:
            raise SystemExit("Milepost asked somebody else")


def table_of(home: Path) -> str:
    """The overview's table of targets as CSV, from the same snapshot."""
    command = [sys.executable, "-m", "milepost.cli", "progress", "--policy", POLICY, "--level", "city"]
    settings = {"MILEPOST_HOME": str(home), "MILEPOST_KEY": "a key of the benchmarks"}
    said = subprocess.run(
        [*command, "--format", "csv"],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    written = io.StringIO()
    writer = csv.DictWriter(written, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(csv.DictReader(io.StringIO(said.removeprefix("\ufeff"))))
    return written.getvalue()


@contextmanager
def rivals_python() -> Iterator[Path]:
    """The folder of programs of an environment that has the rivals' packages."""
    kept = os.environ.get("BENCHMARK_RIVALS")
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(kept or folder)
        programs = environment / "bin"
        if not (programs / "streamlit").exists():
            install = [programs / "python", "-m", "pip", "install", "--quiet", "--requirement"]
            subprocess.run([sys.executable, "-m", "venv", environment], check=True)
            if subprocess.run([*install, RIVALS / "requirements.txt"], check=False).returncode:
                raise SystemExit(
                    "The packages of benchmarks/rivals/requirements.txt cannot be installed here.\n"
                    "Install them into an environment by other means (python -m venv FOLDER, then\n"
                    "FOLDER/bin/pip install --requirement benchmarks/rivals/requirements.txt) and\n"
                    "run again with BENCHMARK_RIVALS=FOLDER."
                )
        yield programs


def rivals(stack: ExitStack, home: Path) -> list[Site]:
    """The other sites, served as long as the stack is open."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    programs = stack.enter_context(rivals_python())
    table = folder / "targets.csv"
    table.write_text(table_of(home), "utf-8")
    settings = {"RIVAL_TABLE": str(table)}
    port = free_port()
    streamlit = [
        programs / "streamlit", "run", RIVALS / "streamlit_page.py", f"--server.port={port}",
        "--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false",
    ]  # fmt: skip
    one = stack.enter_context(served([*map(str, streamlit)], settings, port, "/_stcore/health"))
    port = free_port()
    vizro = [
        programs / "gunicorn", f"--bind=127.0.0.1:{port}", f"--workers={WORKERS}", "--threads=32",
        f"--chdir={RIVALS}", "vizro_page:site",
    ]  # fmt: skip
    other = stack.enter_context(served([*map(str, vizro)], settings, port, "/"))
    return [
        Site("Streamlit", f"{one}/", "[data-testid=stTable] tbody tr", "label:has-text('{status}')"),
        Site(
            "Vizro",
            f"{other}/",
            ".ag-center-cols-container .ag-row",
            "label:has-text('{status}')",
            True,
        ),
    ]


def main(rows: int) -> None:
    """Print the medians of all sites, side by side."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with ExitStack() as stack:
        home = stack.enter_context(home_of(rows))
        statuses: dict[str, int] = {}
        for row in csv.DictReader(io.StringIO(table_of(home))):
            statuses[row["status"]] = statuses.get(row["status"], 0) + 1
        served_here = stack.enter_context(milepost(home))
        sites = [
            Site("Milepost", f"{served_here}/", "#targets tbody tr", ".count.{status} a"),
            *rivals(stack, home),
        ]
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=chromium, args=FLAGS
        )
        found: dict[str, dict[str, list[float]]] = {}
        for turn in range(TURNS):
            for site in sites:
                for what, value in look(browser, site, turn, statuses):
                    found.setdefault(what, {}).setdefault(site.name, []).append(value)
        browser.close()
    print(f"{rows:,} trainings, {TURNS} turns; milliseconds: median (worst)")
    print(f"{'':<26}" + "".join(f"{site.name:>20}" for site in sites))
    for what, by_site in found.items():
        digits = 4 if what == "layout shift" else 0
        cells = []
        for site in sites:
            taken = by_site.get(site.name)
            middle = f"{statistics.median(taken):,.{digits}f}" if taken else "–"
            cells.append(f"{middle} ({max(taken):,.{digits}f})" if taken else middle)
        print(f"{what:<26}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
