"""Homes with a published snapshot of many made-up records beside the demo, for the benchmarks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.people import AREAS, write_area, write_trainings
from etl.demo import write_demo
from etl.settings import Settings
from milepost import verbs

POLICY = "dongguan"


def settings_of(home: Path) -> Settings:
    """The settings of a home made by `write_home`; they also become this process's own."""
    os.environ["MILEPOST_HOME"] = str(home)
    os.environ["MILEPOST_KEY"] = "a key of the benchmarks"
    return Settings()


def write_home(home: Path, rows: int) -> None:
    """Write `rows` trainings and the demo of one city, load, evaluate and publish them."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True)
    write_trainings(inbox / "trainings.csv", rows)
    _publish(home, [POLICY])


def write_home_of_all(home: Path, trainings: int, certificates: int) -> None:
    """Write trainings and certificates of all policies' areas, in even parts, and the demo of all."""
    for area in AREAS:
        folder = home / "inbox" / area
        folder.mkdir(parents=True)
        write_area(folder, area, trainings // len(AREAS), certificates // len(AREAS))
    _publish(home, [])


def _publish(home: Path, policies: Sequence[str]) -> None:
    """Write the demo of `policies` (all if none is named), load, evaluate and publish."""
    inbox = home / "inbox"
    write_demo(inbox, policies=policies, scale=0.05)
    loaded = verbs.load(settings_of(home), [inbox], policy=policies[0] if policies else None)
    assert not loaded.report.failures, loaded.report.failures
