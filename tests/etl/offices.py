"""Files as offices write them, and a load of them: what the tests of reading share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from etl.keys import HashingKey
from etl.load_report import LoadReport
from etl.loading import load_files
from etl.places import Gazetteer
from etl.snapshots import Building

KEY = b"a key of these tests, used for nothing else"
#: Made-up numbers whose check characters were worked out by hand with the weights of GB 11643.
ZHANG, LI = "11010519491231002X", "440524188001010014"
HEADER = "培训记录编号,身份证号,姓名,所属镇街,结业日期,学时,考核结果"


def load(
    building: Building, *paths: Path, areas: Sequence[str] = ("441900",), **options: object
) -> LoadReport:
    return load_files(
        building.connection,
        paths,
        gazetteer=Gazetteer.read(),
        key=HashingKey((KEY,)),
        areas=areas,
        scratch=building.scratch,
        today=date(2026, 1, 1),
        **options,  # type: ignore[arg-type]
    )


def rows_of(building: Building, statement: str) -> list[tuple[object, ...]]:
    return building.connection.execute(statement).fetchall()


def csv_file(folder: Path, *lines: str, name: str = "a.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path
