"""Fixtures of the tests of loading."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from etl.snapshots import Building, Warehouse


@pytest.fixture
def building(tmp_path: Path) -> Iterator[Building]:
    with Warehouse(tmp_path / "warehouse").building() as found:
        yield found
