"""Every target of every policy on made-up demo data, at every place and on many days, against a
computation of its own."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from etl.demo import write_demo
from etl.places import Gazetteer
from milepost.cli import app
from tests.conftest import KEY, SCALE
from tests.oracle.goals import Policy
from tests.oracle.ledger import Ledger
from tests.oracle.measured import measured, progress
from tests.oracle.policies import CELLS, POLICIES, differences
from tests.oracle.reckoning import Reckoning
from tests.oracle.sources import read_sources
from tests.oracle.tree import Tree

Loaded = tuple[Connection, Path]


def days_of(policy: Policy) -> list[str]:
    """Before the start and the first days; in every year a day of February (a leap day where there is
    one), a day inside a month, the ends of a month and of the year; the deadline and after it."""
    start, by, one = policy.start, policy.by, pd.Timedelta(days=1)
    days = {start - 400 * one, start - one, start, start + one, start + 16 * one, start + 47 * one}
    for year in range(start.year, by.year + 1):
        days |= {pd.Timestamp(year, 3, 1) - one, pd.Timestamp(year, 9, 17), pd.Timestamp(year, 12, 31)}
        if year == by.year or by.year - start.year < 3:
            days |= {pd.Timestamp(year, 6, 30), pd.Timestamp(year, 11, 30)}
    days |= {by - one, by, by + one, by + 90 * one, by + 141 * one}
    return [f"{day:%Y-%m-%d}" for day in sorted(days)]


CASES = [(name, day) for name, policy in POLICIES.items() for day in days_of(policy)]


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Loaded]]:
    """What a policy's demo files come to, all or the `kept` ones, and their folder; made when asked
    for. Dongguan's are those that are published and asked by way of the command line."""
    with ExitStack() as stack:

        @cache
        def made(policy: str, kept: str = "*") -> Loaded:
            folder = tmp_path_factory.mktemp(policy)
            write_demo(folder, policies=[policy], scale=SCALE, seed=7)
            for path in (folder / policy).iterdir():
                if not path.match(kept):
                    path.unlink()
            connection = stack.enter_context(
                measured(POLICIES[policy], [folder], gazetteer=Gazetteer.read(), today=date.today())
            )
            return connection, folder

        yield made


@cache
def reckoning(policy: str, folder: Path) -> Reckoning:
    tree = Tree(POLICIES[policy].area)
    return Reckoning(POLICIES[policy], Ledger(read_sources(folder, tree), tree))


@pytest.mark.parametrize(("policy", "day"), [case for case in CASES if case[0] != "dongguan"])
def test_every_target_and_place(policy: str, day: str, loaded: Callable[..., Loaded]) -> None:
    connection, folder = loaded(policy)
    check(policy, day, progress(connection, policy, pd.Timestamp(day)), folder)


@pytest.mark.parametrize("day", days_of(POLICIES["dongguan"]))
def test_every_target_and_place_of_a_published_snapshot(
    day: str, published_connection: Connection, published_home: Path
) -> None:
    """Ends of months are stored in it; all other days are computed."""
    found = progress(published_connection, "dongguan", pd.Timestamp(day))
    check("dongguan", day, found, published_home / "inbox")


@pytest.mark.parametrize("day", ["2020-12-31", "2024-02-29", "2025-12-31", "2026-01-01"])
def test_the_command_line_says_the_same(day: str, published_home: Path) -> None:
    result = CliRunner().invoke(
        app,
        ["progress", "--format", "csv", "--policy", "dongguan", "--as-of", day],
        env={"MILEPOST_HOME": str(published_home), "MILEPOST_KEY": KEY},
    )
    assert result.exit_code == 0, result.output
    table = pd.read_csv(io.StringIO(result.stdout), dtype=dict.fromkeys(("place", "status"), str))
    found = table.assign(status=table["status"].fillna(""))
    check("dongguan", day, found, published_home / "inbox")


def test_what_was_never_loaded_is_unknown(loaded: Callable[..., Loaded]) -> None:
    """Without any training or certificate: the offices have sent their workbooks only.

    What is known of a share, such as its denominator, may be shown or not.
    """
    policy, cells = "dalian", [one for one in CELLS if not one.endswith("nator")]
    connection, folder = loaded(policy, "*.xlsx")
    for day in (POLICIES[policy].start + pd.Timedelta(days=400), POLICIES[policy].by):
        check(policy, f"{day:%Y-%m-%d}", progress(connection, policy, day), folder, cells)


def test_all_targets_are_reckoned() -> None:
    assert {name: len(one.goals) for name, one in POLICIES.items()} == {
        "dongguan": 27, "jiangmen": 15, "guangdong": 13, "dalian": 30, "quzhou": 37
    }  # fmt: skip


def check(policy: str, day: str, found: pd.DataFrame, folder: Path, cells: list[str] = CELLS) -> None:
    expected = reckoning(policy, folder).progress(pd.Timestamp(day))
    wrong = differences(found, expected, cells)
    assert wrong.empty, f"{len(wrong)} differ\n{wrong.head(40).to_string()}"
