"""Spellings: each different way that a cell was written, read once for all its rows.

Owns `Spellings`, the raw texts of one sheet and their meanings. The common spellings of
numbers are read by SQL; every other one by `cells` and `places`, once, however many rows have it.
Called by `loading` and `rejecting`. May import `cells`, `checking`, `identity`,
`places`, `reading`, `simplified`, `surveying`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from etl.cells import (
    BLANKS,
    FORMULA_ERROR,
    FORMULA_FAILED,
    NUMBER_SHARED,
    SHARED,
    Refusal,
    is_plain_day,
    plain_cell,
    read_cell,
    says_nothing,
)
from etl.checking import Check
from etl.datasets import PERSONAL, STORED_AS
from etl.identity import REFUSED, refuses_person, value_of_person
from etl.places import Gazetteer, Place
from etl.reading import Sheet
from etl.simplified import simplified
from etl.surveying import PLAIN_NUMBERS, plain_number, spelling


@dataclass(frozen=True, slots=True)
class Meaning:
    """SQL for what a column means, whether a cell cannot be read, and when a period ends."""

    value: str
    unread: str
    ends: str | None = None


class Spellings:
    """What the spellings of one sheet mean, by type of field; its places are looked for in `area`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        gazetteer: Gazetteer,
        area: str,
    ) -> None:
        self._connection = connection
        self._gazetteer = gazetteer
        self.area = area
        self._known: dict[str, dict[str, object]] = {}
        self._refused: dict[tuple[str, str], Refusal] = {}
        self._readable: dict[str, int] = {}
        self._lists: dict[str, tuple[str, str]] = {}
        self._trimmed = False

    def learn(self, sheet: Sheet) -> None:
        """Read every spelling of the sheet once."""
        self._trimmed = sheet.trimmed
        for name, found in sheet.survey.spellings.items():
            kind = sheet.match.dataset.field(name).type
            known = self._known.setdefault(kind, {})
            known |= {text: self._read(kind, text) for text in sorted(found - set(known))}
        for known_kind in self._known:
            if not self._read_by_sql(known_kind):
                self._store(known_kind)

    def refuses_any(self, kind: str) -> bool:
        """Whether any spelling of a type could not be read: if none, no row need be asked. Persons are
        not among them."""
        return any(refused == kind for refused, _ in self._refused)

    def open_checks(self, sheet: Sheet, checks: Sequence[Check]) -> list[Check]:
        """The checks that a row may fail: without those that every spelling of their field passes."""
        return [check for check in checks if not self._all_pass(sheet, check)]

    def _all_pass(self, sheet: Sheet, check: Check) -> bool:
        if check.of_formulas and not sheet.may_fail:
            return True
        if sheet.survey.longest.get(check.field, check.passed_below) < check.passed_below:
            return True
        found = sheet.survey.spellings.get(check.field)
        if found is None or not check.alone:
            return False
        kind = sheet.match.dataset.field(check.field).type
        if kind in PLAIN_NUMBERS:
            return False  # plain numbers are not among the spellings
        meaning = self.meaning(kind, "spelled")
        row = self._connection.execute(
            f"SELECT bool_or({check.bad}) FROM (SELECT {meaning.value} AS v_{check.field},"
            f" {meaning.unread} AS u_{check.field} FROM (SELECT unnest(?) AS spelled))",
            [sorted(found)],
        ).fetchone()
        return row is not None and not row[0]

    def forget(self) -> None:
        """Drop the types: a cell in the wrong column may hold what must not be kept."""
        for kind in self._known:
            self._connection.execute(f"DROP TYPE IF EXISTS spelled_{kind}")

    def meaning(self, kind: str, column: str, *, is_number: bool = False) -> Meaning:
        """How a column of a field is read in SQL. `is_number`: of a text that records are known by."""
        if kind == "text" or kind in PERSONAL:
            read = _number if is_number else _text
            return Meaning(read(column, trimmed=self._trimmed), "false")
        if kind == "person_id":
            return Meaning(value_of_person(column), refuses_person(column))
        if self._read_by_sql(kind):
            return Meaning(f"try_cast({column} AS {'DATE' if kind == 'date' else 'DOUBLE'})", "false")
        code = f"enum_code(CAST({spelling(kind, column)} AS spelled_{kind}))::INTEGER"
        value = f"{self._lists[kind][0]}[{code} + 1]"
        unread = f"{code} >= {self._readable[kind]}" if self.refuses_any(kind) else "false"
        if kind in PLAIN_NUMBERS:
            value = f"coalesce({plain_number(column)}, {value})"
        ends = f"{self._lists[kind][1]}[{code} + 1]" if kind == "period" else None
        return Meaning(value, unread, ends)

    def refusal(self, kind: str, text: str) -> Refusal:
        """Why a spelling was not read."""
        if kind == "person_id":
            row = self._connection.execute(
                "SELECT problem FROM spelled_person WHERE raw = ?", [text]
            ).fetchone()
            return REFUSED[row[0] if row is not None and row[0] is not None else "form"]
        return self._refused[kind, text]

    def _read_by_sql(self, kind: str) -> bool:
        """Whether all spellings of a type are such that SQL reads them as `cells` does."""
        # What is no plain number, an infinite one too, is among the spellings (`surveying`).
        if kind in PLAIN_NUMBERS:
            return self._known[kind].keys() <= {""}
        if kind != "date" or self.refuses_any(kind):
            return False
        return all(not text or is_plain_day(text) for text in self._known[kind])

    def _read(self, kind: str, text: str) -> object:
        value = self._read_as(kind, text)
        # What is written in traditional characters is read in simplified ones, if not as it is.
        if isinstance(value, Refusal) and (other := simplified(text)) != text:
            in_simplified = self._read_as(kind, other)
            value = value if isinstance(in_simplified, Refusal) else in_simplified
        if isinstance(value, Refusal):
            self._refused[kind, text] = value
            return None
        return value

    def _read_as(self, kind: str, text: str) -> object:
        if kind == "date" and is_plain_day(text):
            return read_cell(kind, text)
        if re.fullmatch(FORMULA_ERROR, plain_cell(text)):
            return FORMULA_FAILED
        if kind in PLAIN_NUMBERS and text.endswith(SHARED):
            return NUMBER_SHARED
        # Of yes or no, 无 is no.
        if not plain_cell(text) or (kind != "boolean" and says_nothing(text)):
            return None
        if kind == "place":
            place = self._gazetteer.resolve(plain_cell(text), self.area)
            if isinstance(place, Place):
                return place.code
            return Refusal(place.reason, place.remedy)
        return read_cell(kind, text)

    def _store(self, kind: str) -> None:
        """A temporary type of all spellings, those that can be read first, and lists of what they
        mean: looking a cell up in them keeps the order of the file, which a join does not."""
        known = self._known[kind]
        texts = sorted(known, key=lambda text: (kind, text) in self._refused)
        self._readable[kind] = sum((kind, text) not in self._refused for text in texts)
        self._connection.register("spellings_read", pa.table({"raw": pa.array(texts, pa.string())}))
        self._connection.execute(f"DROP TYPE IF EXISTS spelled_{kind}")
        self._connection.execute(
            f"CREATE TEMPORARY TYPE spelled_{kind} AS ENUM (SELECT raw FROM spellings_read)"
        )
        self._connection.unregister("spellings_read")
        values = [known[text] for text in texts]
        stored = STORED_AS[kind] if kind not in PLAIN_NUMBERS else "DOUBLE"
        if kind == "period":
            pairs = [value if isinstance(value, tuple) else (None, None) for value in values]
            self._lists[kind] = (
                _list([name for name, _ in pairs], stored),
                _list([end for _, end in pairs], "DATE"),
            )
        else:
            self._lists[kind] = (_list(values, stored), "")


def _list(values: Sequence[object], stored: str) -> str:
    """A SQL list of constants."""
    items = ", ".join("NULL" if v is None else "'" + str(v).replace("'", "''") + "'" for v in values)
    return f"CAST([{items}] AS {stored}[])"


def _text(column: str, *, trimmed: bool) -> str:
    """SQL for a text without blanks at its ends, looked for before anything is cut: few have any."""
    if trimmed:
        return f"nullif({column}, '')"
    odd = [f"{column} < '!'", f"{column} >= '\u00a0' AND {column} < '一'", f"{column} >= '\ufeff'"]
    odd += [f"ends_with({column}, '{blank}')" for blank in BLANKS]
    return f"nullif(CASE WHEN {' OR '.join(odd)} THEN trim({column}, '{BLANKS}') ELSE {column} END, '')"


#: Digits and letters, and the same of full width.
_PLAIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WIDE = "".join(chr(ord(c) + 0xFEE0) for c in _PLAIN)


def _number(column: str, *, trimmed: bool) -> str:
    """SQL for a number of letters and digits, which is the same however wide it was typed, and with
    whatever the eye does not see. Plain ones, nearly all, are told by their length in bytes."""
    text = _text(column, trimmed=trimmed)
    seen = f"regexp_replace({text}, '[\\x{{200B}}-\\x{{200F}}\\x{{FEFF}}\\x{{AD}}]', '', 'g')"
    plain = f"translate({seen}, '{_WIDE}', '{_PLAIN}')"
    return f"CASE WHEN strlen({column}) > length({column}) THEN {plain} ELSE {text} END"
