"""The production server: gunicorn with processes and threads, on loopback unless told otherwise.

Owns `run`. Each process opens the snapshot after it is forked: an open database does not survive a
fork. Called by the command line. May import `site` and `etl.settings`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from etl.settings import Settings


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, make: Callable[[], Any], options: dict[str, object]) -> None:
        self._make = make
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for key, value in self._options.items():
            self.cfg.set(key, value)

    def load(self) -> Any:
        return self._make()


def run(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve the site until stopped."""

    def make() -> Any:
        from dashboard.site import create_app

        return create_app(settings).server

    options = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "threads": 4,
        "worker_class": "gthread",
        "accesslog": None,
        "loglevel": "warning",
        "proc_name": "milepost",
    }
    _Server(make, options).run()
