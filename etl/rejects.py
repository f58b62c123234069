"""Rejects: what was refused, as rows to read and as files to correct and load again.

Owns `read_rejects`, `by_dataset` and `rejects_csv`, what the quality page tells of rejects
(`count_rejects`, `refused_by_file`, `refused_by_reason`), and `ReturnedRows`, the rows of one dataset
that a file holds (`rejects_book` makes the workbook). A file holds the original columns in the file's
own order, then what is wrong and what to do; corrected in place, it loads like any other, and its rows
replace their rejects (`settling`). Identity numbers are masked and names left out: they must be typed
again. Called by the command line and the quality page. May import `datasets`, `headers`, `texts`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, text

from etl.datasets import datasets
from etl.headers import match_one
from etl.texts import Language, Text

#: The columns that are added to the original ones.
ADDED = {
    "load": Text("来源批次", "Source load"),
    "source_file": Text("来源文件", "Source file"),
    "source_sheet": Text("来源工作表", "Source sheet"),
    "source_row": Text("来源行号", "Source row"),
    "header": Text("问题列", "Column refused"),
    "value": Text("原值", "Value found"),
    "reason": Text("原因", "Reason"),
    "remedy": Text("处理办法", "Remedy"),
}

#: Their headers in both languages: in a file that was corrected they are no cells of the row.
ADDED_HEADERS = frozenset(header for text in ADDED.values() for header in text)


@dataclass(frozen=True, slots=True)
class Reject:
    """One bad cell of one refused row; `field` is empty if the row as a whole is bad. `original` is the
    row as sent, by header."""

    load: int
    dataset: str
    source_file: str
    source_sheet: str
    source_row: int
    field: str
    header: str
    value: str | None
    reason: Text
    remedy: Text
    original: dict[str, str]


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """How many rows of a sheet of a file are refused still."""

    source_file: str
    source_sheet: str
    rows: int


def read_rejects(connection: Connection, limit: int | None = None) -> list[Reject]:
    """All rejects of a snapshot, or the first ones, in order of load, file and row."""
    asked = "SELECT * FROM rejects ORDER BY load, source_file, source_sheet, source_row, field"
    if limit is not None:
        asked += f" LIMIT {limit:d}"
    rows = connection.execute(text(asked)).mappings()
    return [
        Reject(
            load=row["load"],
            dataset=row["dataset"],
            source_file=row["source_file"],
            source_sheet=row["source_sheet"],
            source_row=row["source_row"],
            field=row["field"],
            header=row["header"],
            value=row["value"],
            reason=Text(row["reason_zh"], row["reason_en"]),
            remedy=Text(row["remedy_zh"], row["remedy_en"]),
            original=json.loads(row["original"]),
        )
        for row in rows
    ]


def count_rejects(connection: Connection) -> int:
    """How many cells are refused still."""
    return int(connection.execute(text("SELECT count(*) FROM rejects")).scalar_one())


def refused_by_file(connection: Connection) -> list[RefusedFile]:
    """How many rows of each file are refused still, the most first."""
    rows = connection.execute(
        text(
            "SELECT source_file, source_sheet, count(*) AS refused FROM (SELECT DISTINCT load,"
            " source_file, source_sheet, source_row FROM rejects) AS refused_rows"
            " GROUP BY source_file, source_sheet ORDER BY refused DESC, source_file, source_sheet"
        )
    )
    return [RefusedFile(*row) for row in rows]


def refused_by_reason(connection: Connection, limit: int) -> list[tuple[str, Text, int]]:
    """Columns and reasons by how many cells they refuse, the most first; what a reason quotes is left
    out."""
    rows = connection.execute(
        text(
            "SELECT header, regexp_replace(reason_zh, :zh, '“…”', 'g') AS zh,"
            " min(regexp_replace(reason_en, :en, '…', 'g')) AS en, count(*) AS cells"
            " FROM rejects GROUP BY header, zh ORDER BY cells DESC, header, zh LIMIT :limit"
        ),
        {"zh": "“[^”]*”", "en": "'[^']*'|\"[^\"]*\"", "limit": limit},
    )
    return [(header, Text(zh, en), cells) for header, zh, en, cells in rows]


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """One refused row as a file returns it: its cells, and its rejects by the column that is bad."""

    cells: list[str]
    rejects: list[Reject]
    bad: Mapping[int, list[Reject]]


class ReturnedRows:
    """The refused rows of one dataset, with headers that serve them all.

    Files may name one column differently: where they do, the official header stands for all of them,
    since of two columns of one field only one would be read.
    """

    def __init__(self, rejects: Sequence[Reject]) -> None:
        self._rejects = rejects
        self._dataset = rejects[0].dataset
        named: dict[str, dict[str, None]] = {}
        for names in dict.fromkeys(tuple(reject.original) for reject in rejects):
            for header, field in _fields(self._dataset, names).items():
                named.setdefault(field, {})[header] = None
        official = {field.name: field.header.zh for field in datasets()[self._dataset].fields}
        self._header_of = {
            field: next(iter(names)) if len(names) == 1 else official[field]
            for field, names in named.items()
        }
        headers = (self._placed(reject.original) for reject in rejects)
        self.headers = list(dict.fromkeys(header for row in headers for header in row))

    def rows(self) -> Iterator[ReturnedRow]:
        """Each refused row once, with all that is wrong with it."""
        column_of = {header: number for number, header in enumerate(self.headers)}
        grouped: dict[tuple[int, str, str, int], list[Reject]] = {}
        for reject in self._rejects:
            key = (reject.load, reject.source_file, reject.source_sheet, reject.source_row)
            grouped.setdefault(key, []).append(reject)
        for group in grouped.values():
            cells = self._placed(group[0].original)
            bad: dict[int, list[Reject]] = {}
            for reject in group:
                column = column_of.get(self._header_of.get(reject.field, ""))
                if column is not None:
                    bad.setdefault(column, []).append(reject)
            yield ReturnedRow([cells.get(header, "") for header in self.headers], group, bad)

    def _placed(self, original: Mapping[str, str]) -> dict[str, str]:
        """The cells of a row by the header that stands for their column here."""
        fields = _fields(self._dataset, tuple(original))
        return {
            self._header_of[fields[header]] if header in fields else header: cell
            for header, cell in original.items()
        }


@cache
def _fields(dataset: str, headers: tuple[str, ...]) -> Mapping[str, str]:
    """The headers of a file that name a field, each with its field."""
    return {headers[column]: field for field, column in match_one(headers, dataset, {}).columns.items()}


def said_of(rejects: Iterable[Reject], language: Language) -> list[str]:
    """What stands in the added columns of one refused row."""
    each = list(rejects)
    first = each[0]
    return [
        str(first.load),
        first.source_file,
        first.source_sheet,
        str(first.source_row),
        "；".join(reject.header for reject in each),
        "；".join(reject.value or "" for reject in each),
        "；".join(reject.reason.of(language) for reject in each),
        "；".join(reject.remedy.of(language) for reject in each),
    ]


def added_headers(language: Language) -> list[str]:
    """The headers of the added columns."""
    return [header.of(language) for header in ADDED.values()]


def by_dataset(rejects: Sequence[Reject]) -> dict[str, list[Reject]]:
    """The rejects of each dataset: a file that is to be loaded again holds one."""
    groups: dict[str, list[Reject]] = {}
    for reject in rejects:
        groups.setdefault(reject.dataset, []).append(reject)
    return groups


def rejects_csv(rejects: Sequence[Reject], language: Language = "zh") -> str:
    """The rejects as CSV: one table, or one below the other with an empty line between them."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    for number, group in enumerate(by_dataset(rejects).values()):
        if number:
            sink.write("\n")
        returned = ReturnedRows(group)
        writer.writerow([*returned.headers, *added_headers(language)])
        for row in returned.rows():
            cells = [*row.cells, *said_of(row.rejects, language)]
            writer.writerow([harmless(cell) for cell in cells])
    return sink.getvalue()


def harmless(cell: str) -> str:
    """A text that no spreadsheet runs as a formula; numbers stay numbers."""
    if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        try:
            float(cell)
        except ValueError:
            return "'" + cell
    return cell
