"""Watermarks: how far a database source was read, kept in the snapshot together with its rows.

Owns `Watermark`, `watermark`, `reached` and `keep`. Called by `loading` and `database_answers`. May
import `databases`, `errors`, `texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb

from etl.databases import DatabaseSource
from etl.errors import SourceError
from etl.texts import Text

Value = int | Decimal | date | datetime | str

#: The types whose order the database and the text that is kept agree on, and how they are read back.
_READ: Mapping[str, Callable[[str], Value]] = {
    "int": int,
    "Decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "str": str,
}


@dataclass(frozen=True, slots=True)
class Watermark:
    """The greatest value of a source's watermark column that was loaded, as text with its type."""

    kind: str
    text: str

    @property
    def value(self) -> Value:
        """The value, as the driver gave it."""
        return _READ[self.kind](self.text)


def watermark(source: DatabaseSource, value: object) -> Watermark:
    """The watermark that a value makes. Raises SourceError for a type that cannot be one."""
    kind = type(value).__name__
    if kind not in _READ:
        raise SourceError(
            Text(
                f"{source.name}：列“{source.watermark}”的类型（{kind}）不能作水位；"
                "请用编号、日期、时间或文字列",
                f"{source.name}: column {source.watermark!r} ({kind}) cannot be a watermark; use a "
                "number, a date, a time stamp or a text",
            )
        )
    text = value.isoformat() if isinstance(value, date) else str(value)
    return Watermark(kind, text)


def reached(connection: duckdb.DuckDBPyConnection, source: DatabaseSource) -> Watermark | None:
    """How far the source was read by the load that is published; None if it was not."""
    if source.watermark is None:
        return None
    row = connection.execute(
        "SELECT kind, value FROM watermarks"
        " WHERE source_file = ? AND asked = ? AND watermark = ? ORDER BY load DESC LIMIT 1",
        [source.name, source.digest, source.watermark],
    ).fetchone()
    return None if row is None else Watermark(*row)


def keep(
    connection: duckdb.DuckDBPyConnection, source: DatabaseSource, mark: Watermark, load: int
) -> None:
    """Write down how far the source was read by a load."""
    asked = [source.name, source.digest, source.watermark]
    connection.execute(
        "DELETE FROM watermarks WHERE source_file = ? AND asked = ? AND watermark = ?", asked
    )
    connection.execute(
        "INSERT INTO watermarks VALUES (?, ?, ?, ?, ?, ?)", [*asked, mark.kind, mark.text, load]
    )
