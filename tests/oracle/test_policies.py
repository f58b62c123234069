"""Every target of every policy, at every place and on many days, against a computation of its own."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from etl.demo import write_demo
from metrics.reader import read_catalogue
from milepost import verbs
from milepost.cli import app
from tests.conftest import KEY, SCALE, settings_of
from tests.oracle.goals import Policy
from tests.oracle.ledger import Ledger
from tests.oracle.reckoning import Reckoning
from tests.oracle.sources import read_sources
from tests.oracle.targets_dalian import DALIAN
from tests.oracle.targets_dongguan import DONGGUAN
from tests.oracle.targets_guangdong import GUANGDONG
from tests.oracle.targets_jiangmen import JIANGMEN
from tests.oracle.targets_quzhou import QUZHOU
from tests.oracle.tree import Tree

POLICIES = {one.name: one for one in (DONGGUAN, JIANGMEN, GUANGDONG, DALIAN, QUZHOU)}

CELLS = [
    "value", "numerator", "denominator", "required", "required_max", "expected", "percent", "pace",
    "to_go", "status",
]  # fmt: skip


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
def home_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """The home where a policy's demo files are loaded, all or the `kept` ones, made when asked for."""

    @cache
    def made(policy: str, kept: str = "*") -> Path:
        home = tmp_path_factory.mktemp(policy)
        settings = settings_of(home)
        if policy not in read_catalogue(settings.metrics).policies:
            pytest.skip(f"{settings.metrics} has no {policy} yet")
        if policy == "dongguan" and kept == "*":
            shared: Path = request.getfixturevalue("published_home")
            return shared
        write_demo(home / "inbox", policies=[policy], scale=SCALE, seed=7)
        for path in (home / "inbox" / policy).iterdir():
            if not path.match(kept):
                path.unlink()
        loaded = verbs.load(settings, [home / "inbox"], policy=policy)
        assert loaded.changed
        assert not loaded.report.failures
        return home

    return made


@cache
def reckoning(policy: str, home: Path) -> Reckoning:
    tree = Tree(POLICIES[policy].area)
    return Reckoning(POLICIES[policy], Ledger(read_sources(home / "inbox", tree), tree))


def progress(policy: str, home: Path, day: str) -> pd.DataFrame:
    result = CliRunner().invoke(
        app,
        ["progress", "--format", "csv", "--policy", policy, "--as-of", day],
        env={"MILEPOST_HOME": str(home), "MILEPOST_KEY": KEY},
    )
    assert result.exit_code == 0, result.output
    texts = dict.fromkeys(("place", "status"), str)
    table = pd.read_csv(io.StringIO(result.stdout), dtype=texts)
    return table.assign(status=table["status"].fillna(""))


@pytest.mark.parametrize(("policy", "day"), CASES)
def test_every_target_and_place(policy: str, day: str, home_of: Callable[..., Path]) -> None:
    check(policy, home_of(policy), day)


@pytest.mark.parametrize("policy", ["dalian"])
def test_what_was_never_loaded_is_unknown(policy: str, home_of: Callable[..., Path]) -> None:
    """Without any training or certificate: the offices have sent their workbooks only.

    What is known of a share, such as its denominator, may be shown or not.
    """
    home, cells = home_of(policy, "*.xlsx"), [one for one in CELLS if not one.endswith("nator")]
    for day in (POLICIES[policy].start + pd.Timedelta(days=400), POLICIES[policy].by):
        check(policy, home, f"{day:%Y-%m-%d}", cells)


def test_all_targets_are_reckoned() -> None:
    assert {name: len(one.goals) for name, one in POLICIES.items()} == {
        "dongguan": 27, "jiangmen": 15, "guangdong": 13, "dalian": 30, "quzhou": 37
    }  # fmt: skip


def check(policy: str, home: Path, day: str, cells: list[str] = CELLS) -> None:
    found = progress(policy, home, day).set_index(["target", "place"])
    expected = reckoning(policy, home).progress(pd.Timestamp(day)).set_index(["target", "place"])
    asked = {goal.id for goal in POLICIES[policy].goals} | set(found.index.levels[0])
    expected = expected[expected.index.isin(asked, level=0)]
    assert set(found.index) == set(expected.index)
    wrong = differences(found.reindex(expected.index), expected, cells)
    assert wrong.empty, f"{len(wrong)} differ\n{wrong.head(40).to_string()}"


def differences(found: pd.DataFrame, expected: pd.DataFrame, cells: list[str]) -> pd.DataFrame:
    """The cells that are not the same, one a row."""
    parts = []
    for name in cells:
        mine, theirs = expected[name], found[name]
        if name == "status":
            differ = mine != theirs
        else:
            mine, theirs = mine.astype(float), theirs.astype(float)
            differ = ~np.isclose(theirs, mine, rtol=1e-11, atol=1e-11, equal_nan=True)
        parts.append(
            pd.DataFrame({"cell": name, "found": theirs, "expected": mine})[differ].astype(object)
        )
    return pd.concat(parts)
