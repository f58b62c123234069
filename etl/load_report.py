"""Load reports: what came of a load, sheet by sheet, and who is told of it meanwhile.

Owns `LoadReport`, `SheetReport` and `Watch`. Made by `loading`, shown by the command line. May import
`databases`, `source_files`, `texts`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as with_default
from pathlib import Path

from etl.databases import DatabaseSource
from etl.source_files import SourceFile
from etl.texts import Text

#: What is worked on: a file, a table or query of a database, or the file of the targets.
Origin = Path | SourceFile | DatabaseSource

#: Told of progress: what is worked on, what is done with it, and how many rows so far.
Watch = Callable[[Origin, str, int], None]


def unwatched(origin: Origin, stage: str, rows: int) -> None:
    """The watch of a load that nobody looks at."""


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What came of one sheet: how many rows were read, what became of them, how long it took.

    `left_out` are rows that are no records, such as totals; they are not among those read. `settled`:
    how many rows that were refused before are open no longer; `doubts`: how many doubts came and went.
    """

    file: str
    sheet: str
    dataset: str
    area: str
    rows_read: int = 0
    loaded: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    left_out: int = 0
    settled: int = 0
    doubts: int = 0
    unknown_headers: tuple[str, ...] = ()
    seconds: float = with_default(default=0.0, compare=False)


@dataclass
class LoadReport:
    """What came of a load. `notes` say what was read otherwise than it may have been meant. `demo`:
    some of it is made-up data."""

    sheets: list[SheetReport] = with_default(default_factory=list)
    failures: list[Text] = with_default(default_factory=list)
    notes: list[Text] = with_default(default_factory=list)
    demo: bool = False
