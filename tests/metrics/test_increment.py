"""A load counts only what it touched; whatever else may have changed, all is counted anew.

That the result is the same is shown in `tests/property`. Here a change that no record accounts for is
put into the published snapshot: it stays as long as nothing counts all records anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from etl.settings import Settings
from milepost import verbs
from tests.conftest import settings_of
from tests.oracle.invented import Table, written
from tests.oracle.persons import PERSONS

#: A day on which nothing was recorded.
DAY = date(2001, 1, 1)
#: What counts trainings, and what counts institutions.
TARGETS = ("dg-training-enrolments", "dg-studios")


@pytest.fixture
def settings(published_home: Path, tmp_path: Path) -> Iterator[Settings]:
    """A home like the published one, with a change of each target that nothing accounts for."""
    home = tmp_path / "home"
    shutil.copytree(published_home, home)
    path = verbs.warehouse(settings_of(home)).current_path()
    assert path is not None
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        for target in TARGETS:
            connection.execute(
                "INSERT INTO changes SELECT measure, position, '', ?, 1000 FROM measures, places"
                " WHERE target = ? AND part = 'value' AND code = '441900'",
                [DAY, target],
            )
    return settings_of(home)


def _training(folder: Path) -> Path:
    row = {
        "record_no": "NEW-1", "person_id": PERSONS[0][0], "place": "东莞市",
        "completed_on": pd.Timestamp(2023, 5, 17), "kind": "技能提升", "result": "合格",
    }  # fmt: skip
    (path,) = written([Table("trainings", (row,))], folder)
    return path


def _unaccounted(settings: Settings) -> list[str]:
    """The targets that still have the change."""
    with verbs.published_engine(settings).connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT target FROM changes JOIN measures USING (measure)"
            f" WHERE day = DATE '{DAY}' AND change = 1000 AND target IN {TARGETS} ORDER BY 1"
        ).fetchall()
    return [target for (target,) in rows]


def test_what_a_load_did_not_touch_is_not_counted_again(settings: Settings, tmp_path: Path) -> None:
    loaded = verbs.load(settings, [_training(tmp_path)], policy="dongguan")
    assert [sheet.loaded for sheet in loaded.report.sheets] == [1]
    assert _unaccounted(settings) == sorted(TARGETS)


def test_after_a_withdrawal_all_is_counted_anew(settings: Settings, tmp_path: Path) -> None:
    path = _training(tmp_path)
    verbs.load(settings, [path], policy="dongguan")
    verbs.withdraw(settings, str(path))
    assert _unaccounted(settings) == []


def test_with_other_targets_all_is_counted_anew(settings: Settings, tmp_path: Path) -> None:
    declared = tmp_path / "metrics.yaml"
    declared.write_text(settings.metrics.read_text("utf-8") + "\n# said otherwise\n", "utf-8")
    other = settings.model_copy(update={"metrics": declared})
    verbs.load(other, [_training(tmp_path)], policy="dongguan")
    assert _unaccounted(other) == []


def test_where_a_record_does_not_know_its_load_all_is_counted_anew(
    settings: Settings, tmp_path: Path
) -> None:
    """Rows of older versions: a later load may take one for its own, and nothing tells it from a new
    one."""
    path = verbs.warehouse(settings).current_path()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE honours SET load = NULL")
    verbs.load(settings, [_training(tmp_path)], policy="dongguan")
    assert _unaccounted(settings) == []


def test_after_most_records_changed_all_is_counted_anew(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.before.FEW_ROWS", 0)
    monkeypatch.setattr("metrics.before.FEW_SHARE", 0)
    verbs.load(settings, [_training(tmp_path)], policy="dongguan")
    assert _unaccounted(settings) == []
