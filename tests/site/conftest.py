"""A client that asks the site without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from dashboard.site import create_app
from etl.settings import Settings


@pytest.fixture(scope="module")
def client(published_settings: Settings) -> Iterator[FlaskClient]:
    with create_app(published_settings).server.test_client() as opened:
        yield opened
