"""A home with a published snapshot of many trainings beside Dongguan's demo, for the benchmarks."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.people import write_trainings
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
    """Write `rows` trainings and the demo, load, evaluate and publish them."""
    inbox = home / "inbox"
    inbox.mkdir(parents=True)
    write_trainings(inbox / "trainings.csv", rows)
    write_demo(inbox, policies=[POLICY], scale=0.05)
    loaded = verbs.load(settings_of(home), [inbox], policy=POLICY)
    assert not loaded.report.failures, loaded.report.failures
