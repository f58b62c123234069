"""A snapshot that rests on older ones is shown, browsed and handed out as a copy of them would be."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from dashboard.site import create_app
from etl import parts
from etl.demo import write_demo
from etl.snapshot_file import rests_on
from milepost import verbs
from tests.asking import markup_of
from tests.conftest import settings_of

#: What tells one load from another that does the same.
_OWN = re.compile(r"\d{8}T\d{9}-[0-9a-f]{8}|\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::[\d.]+)?")
PAGES = [
    "/",
    "/policy/dongguan?lang=en",
    "/place/441900121",
    "/target/dg-high-skilled-share",
    "/changes",
    "/quality?policy=dongguan",
    "/table/trainings",
    "/table/trainings?page=3&rows=50",
    "/table/trainings?completed_on.from=2023-01-01&sort=-completed_on&page=2",
    "/table/trainings?place.within=441900&sort=record_no",
    "/table/certifications?level.from=3",
    "/table/progress?place.is=441900",
]
FILES = [
    "/download/table/trainings.csv",
    "/download/table/certifications.csv?sort=-issued_on",
    "/download/table/trainings.json?completed_on.from=2024-01-01",
    "/download/progress.csv?policy=dongguan",
]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> list[FlaskClient]:
    """The same files loaded in four parts, into copies and into snapshots that rest."""
    inbox = tmp_path_factory.mktemp("inbox")
    write_demo(inbox, policies=["dongguan"], scale=0.01, seed=7)
    files = sorted(path for path in inbox.rglob("*") if path.is_file() and path.suffix != ".json")
    opened = []
    with pytest.MonkeyPatch.context() as patch:
        for little in (1 << 60, 0):
            patch.setattr(parts, "LITTLE", little)
            settings = settings_of(tmp_path_factory.mktemp("home"))
            for first in range(4):
                loaded = verbs.load(settings, files[first::4], policy="dongguan")
                assert not loaded.report.failures
            assert loaded.snapshot is not None
            assert bool(rests_on(loaded.snapshot.path)) == (little == 0)
            opened.append(create_app(settings).server.test_client())
    return opened


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_the_same(clients: list[FlaskClient], address: str) -> None:
    copied, rested = (_OWN.sub("", markup_of(client, address)) for client in clients)
    assert len(copied) > 5_000
    assert rested == copied


@pytest.mark.parametrize("address", FILES)
def test_files_are_the_same(clients: list[FlaskClient], address: str) -> None:
    copied, rested = (_OWN.sub("", client.get(address).get_data(as_text=True)) for client in clients)
    assert len(copied) > 5_000
    assert rested == copied
