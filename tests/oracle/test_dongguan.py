"""Every target of Dongguan, for the city and every town, against an independent computation."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from milepost.cli import app
from tests.conftest import KEY
from tests.oracle.reckoning import CITY, GOALS, Reckoning
from tests.oracle.sources import PLACES, read_sources

#: Inside months, month ends, a leap day, the first day, a year's last day, after the deadline.
DATES = [
    "2021-01-01", "2021-03-17", "2022-12-31", "2024-02-29", "2024-09-15", "2025-06-30", "2026-03-31",
]  # fmt: skip


@pytest.fixture(scope="module")
def reckoning(published_home: Path) -> Reckoning:
    return Reckoning(read_sources(published_home / "inbox"))


@pytest.fixture(scope="module")
def towns() -> list[str]:
    table = pd.read_csv(PLACES, dtype=str, keep_default_na=False)
    found = table[(table["parent"] == CITY) & (table["level"] == "town")]["code"].tolist()
    assert len(found) == 33
    return found


def progress_of(home: Path, day: str) -> dict[tuple[str, str], dict[str, str]]:
    result = CliRunner().invoke(
        app,
        ["progress", "--format", "csv", "--policy", "dongguan", "--as-of", day],
        env={"MILEPOST_HOME": str(home), "MILEPOST_KEY": KEY},
    )
    assert result.exit_code == 0, result.output
    rows = csv.DictReader(io.StringIO(result.stdout))
    return {(row["target"], row["place"]): row for row in rows}


@pytest.mark.parametrize("day", DATES)
def test_every_target_and_place(
    day: str, published_home: Path, reckoning: Reckoning, towns: list[str]
) -> None:
    found = progress_of(published_home, day)
    as_of = pd.Timestamp(day)
    end = min(as_of, pd.Timestamp("2025-12-31"))
    wrong = []
    for name, goal in GOALS.items():
        for place in (CITY, *towns):
            row = found[name, place]
            for column, expected in reckoning.value(goal, place, end, towns).items():
                if not same(row[column], expected):
                    wrong.append((name, place, column, row[column], expected))
            if place == CITY or goal.kind in {"ratio", "coverage"}:
                status, expected = reckoning.judged(goal, place, as_of, towns)
                if row["status"] != status or not same(row["expected"], expected):
                    wrong.append((name, place, row["status"], status, row["expected"], expected))
            else:
                assert row["status"] == ""
    assert not wrong, wrong[:20]
    assert len(found) == len(GOALS) * (1 + len(towns) + 2)  # and the two parks


def same(written: str, expected: float | None) -> bool:
    if expected is None:
        return written == ""
    return written != "" and float(written) == pytest.approx(expected, rel=1e-12, abs=1e-12)
