"""Fixtures that several kinds of test share: a home with a published snapshot of demo files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from etl.demo import write_demo
from etl.settings import Settings
from milepost import verbs

SCALE = 0.01
KEY = "a key of the tests, kept nowhere"


@pytest.fixture(scope="session")
def published_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MILEPOST_HOME whose inbox holds demo files and whose snapshot is published."""
    home = tmp_path_factory.mktemp("home")
    write_demo(home / "inbox", policies=["dongguan"], scale=SCALE, seed=7)
    loaded = verbs.load(settings_of(home), [home / "inbox"], policy="dongguan")
    assert loaded.changed
    assert not loaded.report.failures
    return home


@pytest.fixture(scope="session")
def published_settings(published_home: Path) -> Settings:
    """The settings of that home."""
    return settings_of(published_home)


@pytest.fixture
def published_connection(published_settings: Settings) -> Iterator[Connection]:
    """A connection to the snapshot that is published there."""
    engine = verbs.published_engine(published_settings)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def settings_of(home: Path) -> Settings:
    """Settings for a home of the tests."""
    return Settings(home=home, key=KEY, _env_file=None)
