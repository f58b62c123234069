"""Processes of their own, which tests kill or starve; what they import is imported once for all."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing.process import BaseProcess

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["milepost.verbs", "tests.etl.test_kill", "tests.etl.test_killed_loads"])


def started(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """A child process at work."""
    child = _SERVER.Process(target=target, args=arguments)
    child.start()
    return child
