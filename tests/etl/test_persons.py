"""Who is kept of those that files are about: nobody of whom no row is."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl import reading
from etl.keys import HashingKey
from etl.snapshots import Building
from etl.withdrawal import undo
from tests.etl.offices import HEADER, KEY, LI, ZHANG, csv_file, load, rows_of

HASHES = "SELECT hash FROM persons ORDER BY person"
KEPT = "SELECT record_no, hash FROM trainings JOIN persons USING (person) ORDER BY 1"


def test_nothing_is_kept_of_a_person_whose_rows_are_refused(building: Building, tmp_path: Path) -> None:
    """Not even the hash, until a row is right; of a file that is undone neither."""
    zhang, li = (HashingKey((KEY,)).hashed(number) for number in (ZHANG, LI))
    bad = [
        f"T1,{ZHANG},张三,虎门,2023-05-01,8,合格",
        f"T2,{LI},李四,火门,2023-05-01,8,合格",
        f"T1,{LI},李四,虎门,2023-05-01,8,合格",
    ]
    assert load(building, csv_file(tmp_path, HEADER, *bad)).sheets[0].rejected == 2
    assert rows_of(building, HASHES) == [(zhang,)]
    load(building, csv_file(tmp_path, HEADER, bad[1].replace("火门", "虎门"), name="b.csv"))
    assert rows_of(building, HASHES) == [(zhang,), (li,)]
    assert rows_of(building, KEPT) == [("T1", zhang), ("T2", li)]
    undo(building.connection, 2)
    assert rows_of(building, HASHES) == [(zhang,)]


@pytest.mark.parametrize("listed", [0, 1_000_000])
def test_two_spellings_of_one_new_person_are_one(
    building: Building, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    """Among rows that are refused too; in a large file, whose persons are no list in memory, as in one
    that is small."""
    monkeypatch.setattr(reading, "_LISTED_BYTES", listed)
    rows = [f"T{n},{spelled},,虎门,2023-05-01,8," for n, spelled in enumerate([ZHANG, f" {ZHANG}", LI])]
    rows.append(f"T9,{LI.replace('4', '４')},,火门,2023-05-01,8,")
    load(building, csv_file(tmp_path, HEADER, *rows))
    zhang, li = (HashingKey((KEY,)).hashed(number) for number in (ZHANG, LI))
    assert rows_of(building, KEPT) == [("T0", zhang), ("T1", zhang), ("T2", li)]
    assert rows_of(building, "SELECT count(*) FROM persons") == [(2,)]
