"""The production server: gunicorn with processes and threads, on loopback unless told otherwise.

Owns `run`, and `site`, which gunicorn calls in each of its processes. Called by the command line. May
import `site` and `etl.settings`.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from flask import Flask

from etl.settings import Settings

#: A browser opens connections before it needs them, and each holds a thread until it speaks.
_THREADS = 32


def site() -> Flask:
    """The application, made anew in each process: an open database does not survive a fork."""
    from dashboard.site import create_app

    application: Flask = create_app(Settings()).server
    # What is there now stays for good. The collector would go through all of it every few requests, and
    # each time keep whoever asks then waiting for a tenth of a second.
    gc.collect()
    gc.freeze()
    return application


def run(*, host: str, port: int, workers: int) -> NoReturn:
    """Become the server, until stopped. This process ends here, and with it whatever it had open."""
    options = {
        "bind": f"{host}:{port}",
        "workers": workers,
        "threads": _THREADS,
        "worker-class": "gthread",
        "log-level": "warning",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *flags, "dashboard.server:site()"])
