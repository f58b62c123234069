"""A real server on loopback and a real Chromium, for the paths of the three users."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from etl.settings import Settings
from tests.conftest import KEY, settings_of

#: How fast a page comes is for the benchmarks to say; here it only has to come.
expect.set_options(timeout=20_000)

ARTEFACTS = Path(__file__).parents[1] / "artefacts"
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browsed_home(published_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: some users load files here, and tests elsewhere rest on what was published."""
    home = tmp_path_factory.mktemp("browsed")
    shutil.copytree(published_home, home, dirs_exist_ok=True)
    return home


@pytest.fixture(scope="session")
def browsed_settings(browsed_home: Path) -> Settings:
    """The settings of that home."""
    return settings_of(browsed_home)


@pytest.fixture(scope="session")
def site(browsed_home: Path) -> Iterator[str]:
    """The address of a served site over the demo snapshot."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = dict(os.environ, MILEPOST_HOME=str(browsed_home), MILEPOST_KEY=KEY)
    command = [sys.executable, "-m", "milepost.cli", "serve", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(command, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(150):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
                assert answer.read() == b"OK"
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not answer")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Without one the tests fail: a skipped browser test proves nothing."""
    found = next(
        (p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name))),
        None,
    )
    assert found is not None, "no Chromium; run: make browser"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page that allows no error of script or console and no request to anywhere else."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(f"error: {error}"))
    opened.on(
        "console",
        lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None,
    )
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((site, "data:", "blob:"))
            else faults.append(f"asked {request.url}")
        ),
    )
    yield opened
    context.close()
    assert not faults
