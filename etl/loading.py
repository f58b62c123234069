"""Loading: source files and answers of databases into the records of the snapshot that is built.

Owns `load_files`. A file goes in whole or not at all; a row that breaks a rule goes to
`rejects` with its reason, every other row into its dataset's table. A step reads top to bottom:

- read: `reading`, or `database_answers`, gives sheets of text with headers matched to a dataset;
- understand: each different spelling of a person, place, date, level is resolved once (`spellings`),
  then all rows at once are given what it means (`parsing`);
- check: the rules of the declaration, as SQL (`checking`);
- merge: the same row changes nothing, a corrected one supersedes (`merging`).

Called by the command line. May import all of `etl` but `snapshots`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from etl import doubting, merging, notes, rejecting, watermarks
from etl.archives import unpacked
from etl.checking import Check, checks_of, overflow_check
from etl.database_answers import open_answer
from etl.databases import DatabaseSource
from etl.datasets import Dataset, Field, datasets
from etl.errors import MilepostError, SourceError, UnknownNameError
from etl.footers import is_footer
from etl.headers import suggestion
from etl.identity import StagedPersons, forget_numbers, number_persons
from etl.keys import HashingKey
from etl.load_report import LoadReport, SheetReport, Watch, unwatched
from etl.parsing import is_bad, is_blank, parsed_rows, stored_row
from etl.places import Gazetteer
from etl.reading import Sheet, open_sheets
from etl.rejects import ADDED_HEADERS
from etl.senders import SENDER_FILE, own_headers
from etl.settling import settle
from etl.simplified import simplified
from etl.source_files import SourceFile, source_files
from etl.spelling import nearest
from etl.spellings import Spellings
from etl.stillness import digest_of, held_still
from etl.texts import Text
from etl.withdrawal import undo

#: Lies in a folder of made-up data; what is loaded from below it makes the snapshot a demo.
DEMO_MARKER = "milepost-demo.json"

#: How many of a sheet's first rows prove that all were inserted in the order of the file.
PROVED_ROWS = 5_000


def load_files(
    connection: duckdb.DuckDBPyConnection,
    paths: Sequence[Path],
    *,
    gazetteer: Gazetteer,
    key: HashingKey,
    areas: Sequence[str],
    scratch: Path,
    dataset: str | None = None,
    today: date | None = None,
    watch: Watch = unwatched,
    database: DatabaseSource | None = None,
) -> LoadReport:
    """Load files, then a `database` if one is given, into the snapshot that `connection` is open on.

    `areas` are the codes of the areas that files may belong to; with several, a file belongs to the
    smallest one in which most of its places resolve. `scratch` is a folder for copies of files, which
    the caller removes, even after a load that was killed. `dataset` is told from the headers if not
    given. `watch` is told of progress. A file that cannot be read at all is reported in `failures`
    and changes nothing. Raises UnknownNameError for a dataset that is not declared.
    """
    if dataset is not None and dataset not in datasets():
        near = nearest(dataset, datasets())
        raise UnknownNameError(
            Text(f"没有数据集“{dataset}”{near.zh}", f"no dataset {dataset!r}{near.en}")
        )
    report, day = LoadReport(), today or date.today()

    def load(source: SourceFile | DatabaseSource, own: Mapping[str, str]) -> None:
        loader = _FileLoader(connection, source, own, gazetteer, key, areas, scratch, day, watch)
        try:
            report.sheets += loader.load(dataset)
        except MilepostError as error:
            report.failures.append(error.text)
        report.failures += loader.failures
        report.notes += loader.notes

    for path in source_files(paths):
        try:
            own = own_headers(path)
            with unpacked(path, scratch) as files:
                for file in files:
                    load(file, own)
        except MilepostError as error:
            if error.text not in report.failures:  # a sender's file is read for each of his files
                report.failures.append(error.text)
        report.demo |= any((folder / DEMO_MARKER).exists() for folder in path.resolve().parents)
    if database is not None:
        load(database, {})
    return report


class _FileLoader:
    """Loads one file, sheet by sheet, or one database's answer."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: SourceFile | DatabaseSource,
        own: Mapping[str, str],
        gazetteer: Gazetteer,
        key: HashingKey,
        areas: Sequence[str],
        scratch: Path,
        today: date,
        watch: Watch,
    ) -> None:
        self._connection = connection
        self._source = source
        self._own = own
        self._gazetteer = gazetteer
        self._key = key
        self._areas = areas
        self._scratch = scratch
        self._today = today
        self._watch = watch
        self.failures: list[Text] = []
        self.notes: list[Text] = []
        self._load = self._number("SELECT coalesce(max(load), 0) + 1 FROM loads")

    def load(self, dataset: str | None) -> list[SheetReport]:
        """Load the source whole, or not at all. Raises SourceError."""
        began = time.monotonic()
        self._watch(self._source, "read", 0)
        if isinstance(self._source, DatabaseSource):
            return self._load_answer(self._source, dataset, began)
        with ThreadPoolExecutor(max_workers=1) as aside:
            digest = aside.submit(digest_of, self._source, self._own)
            # The first file of all can be nothing known: it is read meanwhile.
            if self._load > 1 and (known := self._known(digest.result(), dataset)):
                seconds = (time.monotonic() - began) / len(known)
                return [replace(report, seconds=seconds) for report in known]
            with (
                held_still(self._source.path, lambda: undo(self._connection, self._load)),
                open_sheets(
                    self._source, self._connection, self._scratch, dataset, self._own
                ) as sheets,
            ):
                return self._load_sheets(sheets, digest, began)

    def _load_answer(
        self, source: DatabaseSource, wanted: str | None, began: float
    ) -> list[SheetReport]:
        """Load what a database says now. What it said before may be right again, so that none of it
        counts as known: every row is compared."""
        above = watermarks.reached(self._connection, source)
        watch = partial(self._watch, source, "read")
        with open_answer(source, above, self._scratch, wanted, watch) as answer:
            digest: Future[str] = Future()
            digest.set_result(digest_of(answer.sheet.file, self._own))
            reports = self._load_sheets([answer.sheet], digest, began)
        if answer.watermark is not None:
            watermarks.keep(self._connection, source, answer.watermark, self._load)
        return reports

    def _known(self, digest: str, dataset: str | None) -> list[SheetReport]:
        """What was loaded before of a file with the same content."""
        found = self._connection.execute(
            "SELECT source_sheet, dataset, area, rows_read FROM loads WHERE sha256 = ?"
            " AND withdrawn_at IS NULL AND (? IS NULL OR dataset = ?) AND area IN (SELECT unnest(?))",
            [digest, dataset, dataset, list(self._areas)],
        ).fetchall()
        return [
            SheetReport(self._source.name, sheet, name, area, rows, unchanged=rows)
            for sheet, name, area, rows in dict.fromkeys(found)
        ]

    def _load_sheets(self, found: list[Sheet], digest: Future[str], began: float) -> list[SheetReport]:
        sheets = [sheet for sheet in found if not sheet.hidden]
        fitting = [sheet for sheet in sheets if sheet.match.fits]
        self.notes += [
            notes.hidden_sheet(sheet)
            for sheet in found
            if sheet.hidden and (sheet.match.fits or sheet.match.nearly_fits)
        ]
        if not sheets:
            raise SourceError(notes.all_hidden(found[0].file))
        if not fitting:
            raise SourceError(self._misfit(sheets[0]))
        self.failures += [self._misfit(sheet) for sheet in sheets if sheet.match.nearly_fits]
        of_dataset = Counter(sheet.match.dataset.name for sheet in fitting)
        try:
            reports = []
            for sheet in fitting:
                alone = of_dataset[sheet.match.dataset.name] == 1
                report = self._load_sheet(sheet, digest, alone=alone)
                # Opening the file counts for the first of its sheets.
                reports.append(replace(report, seconds=time.monotonic() - began))
                began = time.monotonic()
            return reports
        finally:
            merging.forget_sheets(self._connection)

    def _misfit(self, sheet: Sheet) -> Text:
        title, name = sheet.match.dataset.title, sheet.match.dataset.name
        missing, of = suggestion(sheet.match), sheet.place
        return Text(
            f"{of.zh}：看来是数据集“{title.zh}”（{name}），但表头缺少：{missing.zh}；"
            f"请补上这些列，或用 --dataset 指明数据集；同一列的不同叫法可写入 {SENDER_FILE}",
            f"{of.en}: looks like {title.en} ({name}) but lacks the columns {missing.en}; add them, or "
            f"name the dataset with --dataset; another name of a column can be told in {SENDER_FILE}",
        )

    def _load_sheet(self, sheet: Sheet, digest: Future[str], *, alone: bool) -> SheetReport:
        """Load one sheet: take its rows in, then settle what becomes of them. `alone`: it is the only
        one of its dataset in the file.

        Persons are numbered first; then come two transactions, since DuckDB writes a table that one
        and the same transaction fills and changes twice. The sheet was found readable to its end, so
        nothing of the user's can fail here; what does ends the whole load and drops the snapshot that
        it was building.
        """
        sheet.create_view(self._connection, "source")
        try:
            report = self._load_rows(sheet, digest, alone=alone)
        finally:
            forget_numbers(self._connection)
            sheet.drop_view(self._connection, "source")
        return report

    def _write_load(self, report: SheetReport, digest: str) -> None:
        self._connection.execute(
            "INSERT INTO loads VALUES"
            " (?, current_localtimestamp(), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            [
                self._load, report.file, report.sheet, digest, report.dataset, report.area,
                report.rows_read, report.loaded, report.unchanged, report.superseded,
                report.rejected, report.left_out,
            ],
        )  # fmt: skip

    def _load_rows(self, sheet: Sheet, digest: Future[str], *, alone: bool) -> SheetReport:
        dataset, columns = sheet.match.dataset, sheet.match.columns
        area, total = self._area(sheet), sheet.survey.rows
        checks = list(checks_of(dataset, frozenset(columns), self._today))
        if sheet.overflow is not None:
            checks.append(overflow_check(sheet.overflow))
        fields = [dataset.field(name) for name in columns]
        persons = self._number_persons(sheet)
        with self._transaction():
            spellings = Spellings(self._connection, self._gazetteer, area)
            spellings.learn(sheet)
            checks = spellings.open_checks(sheet, checks)
            self._watch(self._source, "check", total)
            incoming = merging.Incoming(self._connection, dataset, None if alone else sheet.sheet)
            # A row that is not to be kept is marked where its row number will stand: all rows go
            # in, in order, so that their numbers need no counting that keeps SQL on one core.
            told = [field for field in fields if field.type != "person_id"]  # persons are settled later
            bad = is_bad(told, checks, spellings)
            # A blank row is a bad one too (it lacks what is required), so only those are looked at.
            blank_row = is_blank(len(sheet.headers))
            is_none = is_footer(sheet.header)
            mark = (
                f"CASE WHEN {bad} THEN CASE WHEN {blank_row} THEN {merging.BLANK}"
                f" WHEN {is_none} THEN {merging.FOOTER} ELSE {merging.BAD} END ELSE 0 END"
            )
            parsed = parsed_rows("source", told, sheet, spellings)
            stored = stored_row(sheet, self._load, persons)
            incoming.append(f"SELECT {stored} FROM (SELECT *, {mark} AS mark FROM ({parsed}))")
        self._watch(self._source, "merge", total)
        try:
            with self._transaction():
                first_keys = self._first_keys(dataset, columns, spellings)
                if persons is not None:
                    required = dataset.field("person_id").required
                    persons.settle(self._connection, incoming.table, required=required)
                refused, blank, footers = incoming.number_rows(sheet.first_row, first_keys)
                if refused:
                    self._reject(sheet, refused, fields, checks, spellings)
                same, repeated = incoming.drop_repeated()
                rejecting.reject_repeated(self._connection, self._load, sheet, repeated)
                known = 0
                if isinstance(self._source, DatabaseSource):
                    known = rejecting.forget_known(self._connection, self._load, sheet.name)
                doubts = doubting.doubt_sexes(self._connection, self._load, sheet, incoming.table)
                settled = settle(self._connection, self._load, sheet, incoming.table)
                if persons is not None:
                    persons.keep(
                        self._connection, incoming.table, all_rows=not (refused or footers or repeated)
                    )
                counts = incoming.merge(self._load)
                report = SheetReport(
                    file=self._source.name,
                    sheet=sheet.sheet,
                    dataset=dataset.name,
                    area=area,
                    rows_read=total - blank - len(footers),
                    loaded=counts.loaded,
                    unchanged=counts.unchanged + same + known,
                    superseded=counts.superseded,
                    rejected=len(refused) + len(repeated) - known,
                    left_out=len(footers),
                    settled=settled,
                    doubts=doubts,
                    unknown_headers=tuple(
                        header for header in sheet.match.unknown if header.strip() not in ADDED_HEADERS
                    ),
                )
                self._write_load(report, digest.result())
                self.notes += notes.of_sheet(sheet, footers)
        finally:
            spellings.forget()
        return report

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # After an error of its own DuckDB has ended the transaction already.
            with suppress(duckdb.TransactionException):
                self._connection.execute("ROLLBACK")
            raise

    def _first_keys(self, dataset: Dataset, columns: dict[str, int], spellings: Spellings) -> list[str]:
        """The keys of the file's first rows, as they are stored."""
        column = f"c{columns[dataset.key[0]]}"
        meaning = spellings.meaning("text", column, is_number=True)
        rows = self._connection.execute(
            f"SELECT coalesce({meaning.value}, '') FROM source LIMIT {PROVED_ROWS}"
        ).fetchall()
        return [key for (key,) in rows]

    def _reject(
        self,
        sheet: Sheet,
        refused: Sequence[int],
        fields: Sequence[Field],
        checks: Sequence[Check],
        spellings: Spellings,
    ) -> None:
        """Read the refused rows again, by number, and write down why."""
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE refused_rows AS SELECT unnest(?) AS source_row",
            [list(refused)],
        )
        rows = (
            f"(SELECT *, row_number() OVER () + {sheet.first_row - 1} AS source_row FROM source)"
            " SEMI JOIN refused_rows USING (source_row)"
        )
        parsed = parsed_rows(f"(SELECT * FROM {rows}) AS source", fields, sheet, spellings)
        rejecting.reject_rows(self._connection, self._load, sheet, parsed, checks, spellings)
        self._connection.execute("DROP TABLE refused_rows")

    def _area(self, sheet: Sheet) -> str:
        """The smallest area in which most of the sheet's places resolve."""
        if len(self._areas) == 1:
            return self._areas[0]
        texts = [simplified(text) for text in sheet.survey.spellings["place"]]
        return max(
            self._areas,
            key=lambda area: (
                sum(self._gazetteer.knows(text, area) for text in texts),
                -len(self._gazetteer.under(area)),
            ),
        )

    def _number_persons(self, sheet: Sheet) -> StagedPersons | None:
        column = sheet.match.columns.get("person_id")
        if column is None:
            return None
        persons = f"SELECT DISTINCT coalesce(c{column}, '') AS raw FROM source"
        if sheet.survey.persons is not None:
            self._connection.register("surveyed", pa.table({"raw": sheet.survey.persons}))
            persons = "SELECT raw FROM surveyed"
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE raw_persons AS {persons}")
        self._connection.unregister("surveyed")
        return number_persons(self._connection, self._key, self._today)

    def _number(self, statement: str) -> int:
        row = self._connection.execute(statement).fetchone()
        assert row is not None  # each asks for one number
        return int(row[0])
