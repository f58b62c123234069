"""Database answers: the rows of a table or query as a sheet of text, like that of any file.

Owns `Answer` and `open_answer`. Columns are matched to a dataset by the same headers and aliases, and
only those that mean something are asked for. Rows come through a cursor of the server's, a few thousand
at a time, and wait as text in a file that disappears with the load. Called by `loading`. May import
`csv_files`, `database_cells`, `database_words`, `databases`, `errors`, `foreign_words`, `headers`,
`reading`, `source_files`, `surveying`, `watermarks`, `spelling`, `texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet
from sqlalchemy import (
    ColumnClause,
    Connection,
    FromClause,
    Select,
    column,
    false,
    literal_column,
    or_,
    select,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import quoted_name

from etl.csv_files import database_aside
from etl.database_cells import typed_text
from etl.database_words import LOST, of_database
from etl.databases import DatabaseSource, connected, rows_of
from etl.errors import SourceError
from etl.foreign_words import of_system
from etl.headers import Match, match_headers, suggestion
from etl.reading import Sheet, spooled_rows
from etl.source_files import SourceFile
from etl.spelling import nearest
from etl.surveying import survey
from etl.texts import Text, listed
from etl.watermarks import Watermark, watermark

#: Rows that come over the wire at once, and how much text waits until it is written.
BATCH_ROWS = 2_000
_GROUP_ROWS = 100_000
_GROUP_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a database answered, and how far it was read; no `watermark` if nothing was above the one
    before. The first row of the answer is row 1."""

    sheet: Sheet
    watermark: Watermark | None


@contextmanager
def open_answer(
    source: DatabaseSource,
    above: Watermark | None,
    scratch: Path,
    wanted: str | None,
    watch: Callable[[int], None],
) -> Iterator[Answer]:
    """The rows of the source, from the watermark `above` on, read to the end; `watch` is told how many
    came so far. They wait in the folder `scratch`. Raises SourceError."""
    spool = scratch / "answer.parquet"
    try:
        with connected(source) as connection, _said_plainly(source):
            rows = rows_of(source, connection)
            names = _names(connection, rows)
            match = _match(source, names, wanted)
            columns = sorted(set(match.columns.values()))
            chosen = [names[index] for index in columns]
            asked = _asked(source, rows, chosen, names, above)
            last = _spool(source, connection, asked, chosen, spool, watch)
        own = replace(
            match,
            columns={field: columns.index(index) for field, index in match.columns.items()},
            unknown=tuple(name for name in match.unknown if name != source.watermark),
        )
        with database_aside(scratch) as aside:
            found = survey(aside, spooled_rows(spool), len(chosen), own)
        file = SourceFile(spool, source.name, spool)
        sheet = Sheet(file, "", tuple(chosen), own, (), found, spool=spool)
        yield Answer(sheet, None if last is None else watermark(source, last))
    finally:
        spool.unlink(missing_ok=True)


@contextmanager
def _said_plainly(source: DatabaseSource) -> Iterator[None]:
    """What goes wrong while a source is read, in our words."""
    try:
        yield
    except DBAPIError as error:
        said = of_database(error)
        raise SourceError(Text(f"{source.name}：{said.zh}", f"{source.name}: {said.en}")) from error
    except (ConnectionError, TimeoutError) as error:
        raise SourceError(Text(f"{source.name}：{LOST.zh}", f"{source.name}: {LOST.en}")) from error
    except UnicodeError as error:
        raise SourceError(
            Text(
                f"{source.name}：有文字不符合数据库所声明的编码；请在数据库中更正，或在 --query 中转换",
                f"{source.name}: some text is not in the encoding that the database declares; correct "
                "it there, or convert it in --query",
            )
        ) from error
    except OSError as error:
        why = of_system(error)
        raise SourceError(
            Text(f"{source.name}：读取时出错（{why.zh}）", f"{source.name}: cannot be read: {why.en}")
        ) from error


def _names(connection: Connection, rows: FromClause) -> list[str]:
    """The names of the columns, without reading a row."""
    everything: Select[Any] = select(literal_column("*")).select_from(rows)
    return list(connection.execute(everything.where(false())).keys())


def _match(source: DatabaseSource, names: Sequence[str], wanted: str | None) -> Match:
    """Which column is which field. Raises SourceError if they make up no dataset."""
    match = match_headers(names, wanted)
    found = listed(names)
    if match is None:
        raise SourceError(
            Text(
                f"{source.name}：列名不是任何数据集的表头（列：{found.zh}）；"
                "请在 --query 中改名，例如 SELECT no AS 培训记录编号；表头见数据字典 "
                "docs/data-dictionary.md",
                f"{source.name}: its columns are headers of no dataset (columns: {found.en}); name "
                "them in --query, as in SELECT no AS record_no; the data dictionary lists the headers",
            )
        )
    if not match.fits:
        title, missing = match.dataset.title, suggestion(match)
        raise SourceError(
            Text(
                f"{source.name}：看来是数据集“{title.zh}”（{match.dataset.name}），但缺少列："
                f"{missing.zh}；请在 --query 中改名，或用 --dataset 指明数据集",
                f"{source.name}: looks like {title.en} ({match.dataset.name}) but lacks the columns "
                f"{missing.en}; name them in --query, or name the dataset with --dataset",
            )
        )
    return match


def _asked(
    source: DatabaseSource,
    rows: FromClause,
    chosen: Sequence[str],
    names: Sequence[str],
    above: Watermark | None,
) -> Select[Any]:
    """The SELECT for the chosen columns, the watermark's last: rows at the watermark are asked for
    again, since others may have come at the same moment, and rows without one always."""
    asked: list[ColumnClause[Any]] = [column(quoted_name(name, quote=True)) for name in chosen]
    if source.watermark is None:
        return select(*asked).select_from(rows)
    if source.watermark not in names:
        near = nearest(source.watermark, names)
        raise SourceError(
            Text(
                f"{source.name}：没有可作水位的列“{source.watermark}”{near.zh}",
                f"{source.name}: no column {source.watermark!r} to be the watermark{near.en}",
            )
        )
    mark: ColumnClause[Any] = column(quoted_name(source.watermark, quote=True))
    statement = select(*asked, mark.label("milepost_watermark")).select_from(rows)
    if above is not None:
        statement = statement.where(or_(mark >= above.value, mark.is_(None)))
    # The order is the database's own: its last value is its greatest, whatever the collation.
    return statement.order_by(mark)


def _spool(
    source: DatabaseSource,
    connection: Connection,
    asked: Select[Any],
    chosen: Sequence[str],
    spool: Path,
    watch: Callable[[int], None],
) -> object:
    """Write the answer into a file of text columns; gives the last value of the watermark."""
    schema = pa.schema([(f"c{index}", pa.string()) for index in range(len(chosen))])
    last, read = None, 0
    waiting: list[pa.RecordBatch] = []
    with parquet.ParquetWriter(spool, schema) as writer:
        answer = connection.execution_options(yield_per=BATCH_ROWS).execute(asked)
        for rows in answer.partitions():
            columns = list(zip(*rows, strict=True))
            if source.watermark is not None:
                marks = columns.pop()
                last = next((mark for mark in reversed(marks) if mark is not None), last)
            texts = [
                _texts(source, name, values, read) for name, values in zip(chosen, columns, strict=True)
            ]
            waiting.append(pa.record_batch(texts, schema=schema))
            read += len(rows)
            if (
                len(waiting) * BATCH_ROWS >= _GROUP_ROWS
                or sum(b.nbytes for b in waiting) >= _GROUP_BYTES
            ):
                writer.write_table(pa.Table.from_batches(waiting))
                waiting.clear()
            watch(read)
        writer.write_table(pa.Table.from_batches(waiting, schema))
    return last


def _texts(source: DatabaseSource, name: str, values: Sequence[object], read: int) -> pa.Array:
    """One column of a batch as text. Raises SourceError for a value that is no text at all."""
    found: list[str | None] = []
    for value in values:
        try:
            found.append(typed_text(value))
        except UnicodeDecodeError as error:
            row = read + len(found) + 1
            raise SourceError(
                Text(
                    f"{source.name}：列“{name}”第 {row} 行是二进制数据，不是 UTF-8 文字；"
                    "请在 --query 中转换，或不取这一列",
                    f"{source.name}: column {name!r}, row {row}, holds bytes that are no text in "
                    "UTF-8; convert them in --query, or leave the column out",
                )
            ) from error
    return pa.array(found, pa.string())
