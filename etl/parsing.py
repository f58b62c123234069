"""Parsing: the rows of a sheet as SQL, from cells of text to the columns of a dataset's table.

Owns `parsed_rows` (what each cell means), `is_bad`, `is_blank` and `stored_row`. Called by `loading`.
May import `checking`, `datasets`, `identity`, `reading`, `spellings`.
"""

from __future__ import annotations

from collections.abc import Sequence

from etl.checking import Check
from etl.datasets import Field
from etl.identity import StagedPersons
from etl.reading import Sheet
from etl.spellings import Spellings

#: Types whose meaning is what was written.
_AS_WRITTEN = frozenset({"text", "number", "integer"})


def is_blank(columns: int) -> str:
    """SQL for a row without anything in it."""
    return " AND ".join(f"(c{i} IS NULL OR trim(c{i}) = '')" for i in range(columns))


def is_bad(fields: Sequence[Field], checks: Sequence[Check], spellings: Spellings) -> str:
    """SQL for a parsed row that breaks a rule of `fields` or has a cell of them that cannot be read."""
    names = {f.name for f in fields}
    unread = [f"u_{f.name}" for f in fields if spellings.refuses_any(f.type)]
    asked = [check for check in checks if not check.field or check.field in names]
    found = " OR ".join([*unread, *(f"({check.bad})" for check in asked)])
    return f"coalesce({found}, false)" if found else "false"


def parsed_rows(source: str, fields: Sequence[Field], sheet: Sheet, spellings: Spellings) -> str:
    """SQL for rows with, for each field, what it means (v_) and whether it cannot be read (u_)."""
    written = []
    for field in fields:
        column = f"source.c{sheet.match.columns[field.name]}"
        is_number = field in sheet.match.dataset.numbers
        meaning = spellings.meaning(field.type, column, is_number=is_number)
        written.append(f"{meaning.value} AS v_{field.name}, {meaning.unread} AS u_{field.name}")
        if field.type == "period":
            written.append(f"{meaning.ends} AS v_period_end")
    return f"SELECT source.*, {', '.join(written)} FROM {source}"


def stored_row(sheet: Sheet, load: int, persons: StagedPersons | None) -> str:
    """The columns of the dataset's table, from a parsed row with its `mark`, which stands where its
    number will, and what is `staged` where its person's will. Of a row that is marked nothing is
    stored that was written in it: it may be a name or an identity number in the wrong column."""
    dataset, columns = sheet.match.dataset, sheet.match.columns
    file, name = (text.replace("'", "''") for text in (sheet.name, sheet.sheet))
    lineage = {
        "source_file": f"'{file}'",
        "source_sheet": f"'{name}'",
        "source_row": "mark",
        "load": str(load),
        "person": persons.staged(f"c{columns['person_id']}") if persons is not None else "NULL",
        "period_end": "v_period_end",
    }
    found = []
    for column, kind in dataset.columns.items():
        source = lineage.get(column) or (f"v_{column}" if column in columns else "NULL")
        if column in columns and dataset.field(column).type in _AS_WRITTEN:
            source = f"CASE WHEN mark < 0 THEN NULL ELSE {source} END"
        # A number too large for its column is found bad by its check: it must not end the load here.
        found.append(f"TRY_CAST({source} AS {kind}) AS {column}")
    return ", ".join(found)
