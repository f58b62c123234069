"""Names of institutions in the real gazetteer: two towns whose names differ by one character."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from etl.places import Gazetteer, write_places
from etl.snapshot_file import prepare_tables
from metrics.like_names import like_names

SHIPAI, SHIJIE = "石排", "石碣"


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ((SHIPAI, "石排镇家政培训中心"), (SHIJIE, "石碣镇家政培训中心"), False),
        ((SHIPAI, "石排镇家政培训中心"), (SHIPAI, "石碣镇家政培训中心"), True),
        ((SHIPAI, "东莞市家政培训中心站"), (SHIJIE, "东莞家政培训中心站"), True),
    ],
)
def test_bodies_named_after_their_own_towns_are_told_apart(
    first: tuple[str, str], second: tuple[str, str], alike: bool
) -> None:
    gazetteer = Gazetteer.read()
    engine = create_engine("duckdb:///:memory:", poolclass=StaticPool)
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        prepare_tables(raw)
        write_places(raw, gazetteer)
        for number, (town, name) in enumerate((first, second)):
            place: Any = gazetteer.resolve(town, "441900")
            raw.execute(
                "INSERT INTO institutions (institution_no, name, type, place, recognised_on)"
                " VALUES (?, ?, '培训品牌', ?, DATE '2021-03-01')",
                [f"J{number}", name, place.code],
            )
        assert bool(list(like_names(connection))) == alike
    engine.dispose()
