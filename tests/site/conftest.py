"""Clients that ask the site without a browser: of Dongguan's policy, and of the other four."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboard.site import create_app
from etl.demo import write_demo
from etl.settings import Settings
from milepost import verbs
from tests.conftest import settings_of

OTHERS = ["jiangmen", "guangdong", "dalian", "quzhou"]


@pytest.fixture(scope="module")
def client(published_settings: Settings) -> Iterator[FlaskClient]:
    with create_app(published_settings).server.test_client() as opened:
        yield opened


@pytest.fixture(scope="session")
def home_of_others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a few records of the other four policies."""
    home = tmp_path_factory.mktemp("others")
    write_demo(home / "inbox", policies=OTHERS, scale=0.005, seed=7)
    assert verbs.load(settings_of(home), [home / "inbox"]).changed
    return home


@pytest.fixture(scope="module")
def client_of_others(home_of_others: Path) -> FlaskClient:
    return create_app(settings_of(home_of_others)).server.test_client()
