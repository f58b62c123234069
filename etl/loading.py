"""Loading: source files into the records of the snapshot that is built.

Owns `load_files` and its report. A file goes in whole or not at all; a row that breaks a rule goes to
`rejects` with its reason, every other row into its dataset's table. A step reads top to bottom:

- read: `reading` gives sheets of text with headers matched to a dataset;
- understand: each different spelling of a person, place, date, level is resolved once (`spellings`),
  then all rows at once are joined with what it means;
- check: the rules of the declaration, as SQL (`checking`);
- merge: the same row changes nothing, a corrected one supersedes (`merging`).

Called by the command line. May import all of `etl` but `snapshots`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as with_default
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from etl import merging, rejecting
from etl.checking import checks_of
from etl.datasets import Dataset, Field, datasets
from etl.errors import MilepostError, SourceError, UnknownNameError
from etl.headers import suggestion
from etl.identity import forget_numbers, number_persons
from etl.places import Gazetteer
from etl.reading import BOOK_ENDINGS, CSV_ENDINGS, Sheet, open_sheets
from etl.spelling import nearest
from etl.spellings import Spellings

#: Lies in a folder of made-up data; what is loaded from below it makes the snapshot a demo.
DEMO_MARKER = "milepost-demo.json"

#: Rows that are parsed at a time: bounds memory whatever the file's size.
BATCH_ROWS = 2_000_000

#: Told of progress: the file, what is done with it, and how many rows so far.
Watch = Callable[[Path, str, int], None]


def unwatched(path: Path, stage: str, rows: int) -> None:
    """The watch of a load that nobody looks at."""


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What came of one sheet: how many rows were read and what became of them."""

    file: str
    sheet: str
    dataset: str
    area: str
    rows_read: int = 0
    loaded: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: int = 0
    unknown_headers: tuple[str, ...] = ()


@dataclass
class LoadReport:
    """What came of a load. `demo`: some of it is made-up data."""

    sheets: list[SheetReport] = with_default(default_factory=list)
    failures: list[str] = with_default(default_factory=list)
    demo: bool = False


def source_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files to load, in order: as given, those of a folder by name. Raises SourceError."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                found
                for found in path.rglob("*")
                if found.suffix.lower() in (*CSV_ENDINGS, *BOOK_ENDINGS)
                and not found.name.startswith((".", "~$"))
            )
        elif path.exists():
            yield path
        else:
            raise SourceError(f"{path}: no such file or folder")


def load_files(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    *,
    gazetteer: Gazetteer,
    key: bytes,
    areas: Sequence[str],
    dataset: str | None = None,
    today: date | None = None,
    watch: Watch = unwatched,
) -> LoadReport:
    """Load files into the snapshot that `connection` is open on.

    `areas` are the codes of the areas that files may belong to; with several, a file belongs to the
    smallest one in which most of its places resolve. `dataset` is told from the headers if not
    given. `watch` is told of progress. A file that cannot be read at all is reported in `failures`
    and changes nothing. Raises UnknownNameError for a dataset that is not declared.
    """
    if dataset is not None and dataset not in datasets():
        raise UnknownNameError(f"no dataset {dataset!r}" + nearest(dataset, datasets()))
    report = LoadReport()
    for path in source_files(paths):
        connection.execute("BEGIN")
        try:
            loader = _FileLoader(connection, path, gazetteer, key, areas, today or date.today(), watch)
            report.sheets += loader.load(dataset)
            connection.execute("COMMIT")
        except MilepostError as error:
            connection.execute("ROLLBACK")
            report.failures.append(str(error))
        report.demo |= any((folder / DEMO_MARKER).exists() for folder in path.resolve().parents)
    return report


class _FileLoader:
    """Loads one file, inside one transaction."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        path: Path,
        gazetteer: Gazetteer,
        key: bytes,
        areas: Sequence[str],
        today: date,
        watch: Watch,
    ) -> None:
        self._connection = connection
        self._path = path
        self._gazetteer = gazetteer
        self._key = key
        self._areas = areas
        self._today = today
        self._watch = watch
        self._load = self._number("SELECT coalesce(max(load), 0) + 1 FROM loads")

    def load(self, dataset: str | None) -> list[SheetReport]:
        self._watch(self._path, "read", 0)
        digest = _digest(self._path)
        known = self._connection.execute(
            "SELECT source_sheet, dataset, area, rows_read FROM loads WHERE sha256 = ?"
            " AND (? IS NULL OR dataset = ?) AND area IN (SELECT unnest(?))",
            [digest, dataset, dataset, list(self._areas)],
        ).fetchall()
        if known:
            return [
                SheetReport(self._path.name, sheet, name, area, rows_read=rows, unchanged=rows)
                for sheet, name, area, rows in dict.fromkeys(known)
            ]
        with open_sheets(self._path, dataset) as sheets:
            fitting = [sheet for sheet in sheets if sheet.match.fits]
            if not fitting:
                raise SourceError(self._misfit(sheets[0]))
            return [self._load_sheet(sheet, digest) for sheet in fitting]

    def _misfit(self, sheet: Sheet) -> str:
        where = f"{self._path.name}" + (f", sheet {sheet.sheet}" if sheet.sheet else "")
        return (
            f"{where}: looks like {sheet.match.dataset.title.zh} "
            f"({sheet.match.dataset.name}) but lacks the columns {suggestion(sheet.match)}; "
            "add them, or name the dataset with --dataset"
        )

    def _load_sheet(self, sheet: Sheet, digest: str) -> SheetReport:
        sheet.create_view(self._connection, "source")
        try:
            report = self._load_rows(sheet)
        finally:
            forget_numbers(self._connection)
            sheet.drop_view(self._connection, "source")
        self._connection.execute(
            "INSERT INTO loads VALUES (?, current_localtimestamp(), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                self._load, report.file, report.sheet, digest, report.dataset, report.area,
                report.rows_read, report.loaded, report.unchanged, report.superseded,
                report.rejected,
            ],
        )  # fmt: skip
        return report

    def _load_rows(self, sheet: Sheet) -> SheetReport:
        dataset = sheet.match.dataset
        area = self._area(sheet)
        self._number_persons(sheet)
        spellings = Spellings(self._connection, self._gazetteer, area)
        incoming = merging.Incoming(self._connection, dataset)
        rows_read = rejected = 0
        try:
            for batch in _batches(sheet):
                read, refused = self._take_in(sheet, batch, spellings, incoming)
                rows_read += read
                rejected += refused
                self._watch(self._path, "check", rows_read)
        finally:
            spellings.forget()
        self._watch(self._path, "merge", rows_read)
        counts = incoming.merge(self._load, lambda rows: self._reject_repeated(sheet, rows))
        return SheetReport(
            file=self._path.name,
            sheet=sheet.sheet,
            dataset=dataset.name,
            area=area,
            rows_read=rows_read,
            loaded=counts.loaded,
            unchanged=counts.unchanged,
            superseded=counts.superseded,
            rejected=rejected + counts.repeated,
            unknown_headers=sheet.match.unknown,
        )

    def _area(self, sheet: Sheet) -> str:
        """The smallest area in which most of the sheet's places resolve."""
        if len(self._areas) == 1:
            return self._areas[0]
        column = sheet.match.columns["place"]
        texts = [
            text
            for (text,) in self._connection.execute(
                f"SELECT DISTINCT c{column} FROM source WHERE c{column} IS NOT NULL"
            ).fetchall()
        ]
        return max(
            self._areas,
            key=lambda area: (
                sum(self._gazetteer.knows(text, area) for text in texts),
                -len(self._gazetteer.under(area)),
            ),
        )

    def _number_persons(self, sheet: Sheet) -> None:
        column = sheet.match.columns.get("person_id")
        if column is not None:
            self._connection.execute(
                f"CREATE OR REPLACE TEMP TABLE raw_persons AS SELECT DISTINCT c{column} AS raw"
                f" FROM source WHERE trim(c{column}) <> ''"
            )
            number_persons(self._connection, self._key)

    def _take_in(
        self,
        sheet: Sheet,
        batch: pa.Table,
        spellings: Spellings,
        incoming: merging.Incoming,
    ) -> tuple[int, int]:
        """Parse and check one batch; good rows go to `incoming`, bad ones to `rejects`."""
        dataset, columns = sheet.match.dataset, sheet.match.columns
        self._connection.register("batch", batch)
        try:
            fields = [dataset.field(name) for name in columns]
            spellings.learn("batch", {f.name: (f.type, f"c{columns[f.name]}") for f in fields})
            parsed = _parsed(fields, columns, spellings)
            checks = list(checks_of(dataset, frozenset(columns), self._today))
            unread = [
                f"(r_{f.name} IS NOT NULL AND v_{f.name} IS NULL)" for f in fields if _has_meaning(f)
            ]
            bad = " OR ".join([*unread, *(f"coalesce({check.bad}, false)" for check in checks)])
            empty = " AND ".join(
                f"nullif(trim(c{i}), '') IS NULL" for i in range(batch.num_columns - 1)
            )
            blank = self._number(f"SELECT count(*) FROM batch WHERE {empty}")
            taken = incoming.append(
                f"SELECT {_stored(dataset, columns, sheet)} FROM ({parsed}) WHERE NOT ({bad})"
                f" AND NOT ({empty})",
            )
            read = batch.num_rows - blank
            if taken < read:
                rejecting.reject_rows(
                    self._connection, self._load, sheet,
                    f"SELECT * FROM ({parsed}) WHERE ({bad}) AND NOT ({empty})",
                    checks, spellings,
                )  # fmt: skip
            return read, read - taken
        finally:
            self._connection.unregister("batch")

    def _reject_repeated(self, sheet: Sheet, rows: Sequence[tuple[int, int]]) -> None:
        rejecting.reject_repeated(self._connection, self._load, sheet, rows)

    def _number(self, statement: str) -> int:
        row = self._connection.execute(statement).fetchone()
        assert row is not None  # each asks for one number
        return int(row[0])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _batches(sheet: Sheet) -> Iterator[pa.Table]:
    """The sheet's rows in order, each with its row number in the file.

    They are read by a connection of their own, so that the other one can work on each batch; numbers
    are given here, since numbering in SQL would keep all that follows on one core.
    """
    first = sheet.first_row
    with duckdb.connect() as scan:
        sheet.create_view(scan, "source")
        for record_batch in scan.execute("SELECT * FROM source").to_arrow_reader(BATCH_ROWS):
            table = pa.Table.from_batches([record_batch])
            numbers = pa.array(np.arange(first, first + table.num_rows))
            yield table.append_column("source_row", numbers)
            first += table.num_rows


def _has_meaning(field: Field) -> bool:
    return field.type not in {"text", "person_name"}


def _parsed(fields: Sequence[Field], columns: dict[str, int], spellings: Spellings) -> str:
    """SQL for a batch with, for each field, what was written (r_) and what it means (v_)."""
    written, joins = [], []
    for field in fields:
        raw = f"c{columns[field.name]}"
        written.append(f"nullif(trim({raw}, ' \t\u3000\u00a0'), '') AS r_{field.name}")
        meaning, join = spellings.meaning(field.name, field.type, raw)
        written.append(f"{meaning} AS v_{field.name}")
        if field.type == "period":
            written.append(f"s_{field.name}.ends AS v_period_end")
        joins.append(join)
    return f"SELECT batch.*, {', '.join(written)} FROM batch {' '.join(joins)}"


def _stored(dataset: Dataset, columns: dict[str, int], sheet: Sheet) -> str:
    """The columns of the dataset's table, from a parsed row."""
    file, name = (text.replace("'", "''") for text in (sheet.file.name, sheet.sheet))
    lineage = {
        "source_file": f"'{file}'",
        "source_sheet": f"'{name}'",
        "source_row": "source_row",
        "person": "v_person_id",
        "period_end": "v_period_end",
    }
    found = []
    for column, kind in dataset.columns.items():
        source = lineage.get(column) or (f"v_{column}" if column in columns else "NULL")
        found.append(f"CAST({source} AS {kind}) AS {column}")
    return ", ".join(found)
