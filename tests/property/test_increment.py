"""Load after load, what is carried over is what counting all records anew gives, to the last digit.

Hypothesis invents the files as for the oracle: keys and persons come back in later ones, so that rows
are added, repeated and corrected, with another person, place, day or level.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.pool import QueuePool

from etl.keys import HashingKey
from etl.loading import load_files
from etl.places import write_places
from etl.snapshot_file import prepare_tables
from metrics.before import last_load, read_before
from metrics.evaluate import evaluate
from metrics.reader import parse_catalogue
from metrics.tables import WRITTEN
from tests.oracle.drawing import records
from tests.oracle.invented import Table, written
from tests.oracle.measured import declaration
from tests.oracle.persons import PERSONS
from tests.oracle.policies import POLICIES
from tests.oracle.worlds import world_of


@st.composite
def loads(draw: st.DrawFn, policy: str) -> list[list[Table]]:
    """Some files, then more of them in one or several loads."""
    first, *more = (draw(records(policy)).tables for _ in range(draw(st.integers(2, 3))))
    apart = [[one] for tables in more for one in tables]
    together = [list(tables) for tables in more]
    return [list(first), *(apart if draw(st.booleans()) else together)]


@pytest.mark.parametrize("policy", POLICIES)
@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=4,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_what_a_load_did_not_touch_is_carried_over(policy: str, data: st.DataObject) -> None:
    of_policy = world_of(policy).policy
    days = [of_policy.start.date(), date(2023, 5, 17)]
    _check(policy, data.draw(loads(policy)), data.draw(st.sampled_from(days)))


DAY = pd.Timestamp(2024, 5, 17)
_COMPETITION = {
    "competition_no": "C-1", "name": "竞赛", "level": "national", "place": "大连市", "held_on": DAY,
}  # fmt: skip
_AWARD = {
    "award_no": "A-1", "competition_no": "C-1", "person_id": PERSONS[0][0], "place": "大连市",
    "prize": "金", "awarded_on": DAY,
}  # fmt: skip


@pytest.mark.parametrize("more", [(), (_AWARD | {"award_no": "A-2", "person_id": PERSONS[12][0]},)])
def test_what_points_at_a_changed_record_is_counted_anew(more: tuple[dict[str, object], ...]) -> None:
    """An award does not change, but its competition was not a national one after all."""
    corrected = Table("competitions", (_COMPETITION | {"level": "province"},))
    first = [Table("competitions", (_COMPETITION,)), Table("competition_awards", (_AWARD,))]
    _check("dalian", [first, [corrected, Table("competition_awards", more)]], date(2024, 6, 30))


def _check(policy: str, given_loads: Sequence[Sequence[Table]], today: date) -> None:
    world, catalogue = world_of(policy), parse_catalogue(declaration(policy))
    engine = create_engine(f"duckdb:///:memory:{uuid4()}", poolclass=QueuePool)
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("SET threads = 1")  # so few records are sooner done by one
        prepare_tables(raw)
        write_places(raw, world.gazetteer)
        for number, tables in enumerate(given_loads):
            since = last_load(connection)
            connection.commit()
            with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
                report = load_files(
                    raw, written(tables, Path(folder)), gazetteer=world.gazetteer,
                    key=HashingKey((b"k" * 32,)), areas=[world.policy.area], scratch=Path(scratch),
                    today=date(2030, 6, 30),
                )  # fmt: skip
            assert not report.failures, report.failures
            evaluate(engine, catalogue, today=today, since=since)
            if number:
                assert since is not None
                assert read_before(engine, since) is not None
                assert _differing(raw, lambda: evaluate(engine, catalogue, today=today)) == {}
    engine.dispose()


def _differing(raw: duckdb.DuckDBPyConnection, anew: Callable[[], None]) -> dict[str, list[object]]:
    """The rows of each table that are there before or after all is counted anew, and not both times."""
    for table in WRITTEN:
        raw.execute(f"CREATE OR REPLACE TEMP TABLE kept_{table.name} AS FROM {table.name}")
    anew()
    found = {}
    for table in WRITTEN:
        ways = [(table.name, f"kept_{table.name}"), (f"kept_{table.name}", table.name)]
        rows = [raw.execute(f"FROM {a} EXCEPT ALL FROM {b} LIMIT 5").fetchall() for a, b in ways]
        if any(rows):
            found[table.name] = rows
    return found
