"""Persons of two sexes: told from a column beside the identity number, of which nothing is kept.

The 17th digit of a resident's number is odd for a man: ZHANG's is 2, LI's 1.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.snapshots import Building
from tests.etl.offices import HEADER, LI, ZHANG, csv_file, load, rows_of

WITH_SEX = HEADER.replace("姓名", "姓名,性别")
DOUBTS = "SELECT split_part(key, chr(31), 1), source_file, source_row FROM doubts ORDER BY 3"


def row(number: str, person: str, sex: str, place: str = "虎门") -> str:
    return f"{number},{person},,{sex},{place},2023-05-01,8,"


@pytest.mark.parametrize(
    ("person", "sex", "doubted"),
    [
        (ZHANG, "女", False),
        (ZHANG, "男", True),
        (LI, "男", False),
        (LI, "女性", True),
        (LI, " F ", True),
        ("440524800101001", "男", False),  # the old form: its last digit
        ("440524800101001", "女", True),
        (LI, "", False),
        (LI, "未说明", False),
        ("H12345678", "女", False),
    ],
)
def test_the_sex_that_a_number_states(
    building: Building, tmp_path: Path, person: str, sex: str, doubted: bool
) -> None:
    (sheet,) = load(building, csv_file(tmp_path, WITH_SEX, row("T1", person, sex))).sheets
    assert (sheet.loaded, sheet.rejected, sheet.unknown_headers) == (1, 0, ())
    assert rows_of(building, DOUBTS) == ([("T1", "a.csv", 2)] if doubted else [])


def test_a_permit_states_none_so_that_its_rows_are_compared(building: Building, tmp_path: Path) -> None:
    rows = [row("T1", "H12345678", "女"), row("T2", "H12345679", "男"), row("T3", "H1234567802", "男")]
    load(building, csv_file(tmp_path, WITH_SEX, *rows))
    assert rows_of(building, DOUBTS) == [("T3", "a.csv", 4)]


def test_refused_rows_are_not_doubted_too(building: Building, tmp_path: Path) -> None:
    (sheet,) = load(building, csv_file(tmp_path, WITH_SEX, row("T1", LI, "女", "火门"))).sheets
    assert (sheet.rejected, rows_of(building, DOUBTS)) == (1, [])


def test_the_last_file_that_has_the_row_decides(building: Building, tmp_path: Path) -> None:
    """A corrected sex changes nothing that is stored, and the doubt goes all the same."""
    load(building, csv_file(tmp_path, WITH_SEX, row("T1", LI, "女"), row("T2", LI, "女")))
    (sheet,) = load(building, csv_file(tmp_path, WITH_SEX, row("T1", LI, "男"), name="b.csv")).sheets
    assert (sheet.unchanged, sheet.superseded) == (1, 0)
    assert rows_of(building, DOUBTS) == [("T2", "a.csv", 3)]
    load(building, csv_file(tmp_path, WITH_SEX, row("T2", LI, "F"), name="c.csv"))
    assert rows_of(building, DOUBTS) == [("T2", "c.csv", 2)]
    load(building, csv_file(tmp_path, HEADER, f"T2,{ZHANG},,虎门,2023-05-01,8,", name="d.csv"))
    assert rows_of(building, DOUBTS) == []


def test_neither_sex_nor_number_is_kept(building: Building, tmp_path: Path) -> None:
    load(building, csv_file(tmp_path, WITH_SEX, row("T1", LI, "女")))
    kept = str(
        [rows_of(building, f"SELECT * FROM {table}") for table in ("doubts", "trainings", "persons")]
    )
    assert not [secret for secret in (LI, "女", "'F'") if secret in kept]
