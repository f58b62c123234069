"""Mistakes: what offices send again because it was wrong, and what is still wrong when it comes.

Owns `corrected` (rows sent before, now changed) and `with_mistakes` (new rows, some spoilt in one way
each). What is spoilt and how stands in the scenario. Called by `files`. May import `handwriting`,
`records`, `datasets`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.datasets import datasets
from etl.demo.handwriting import Clerk
from etl.demo.records import Records
from etl.demo.scenario import Correction, Mistakes


def _other_check(number: str) -> str:
    return number[:-1] + ("1" if number[-1] != "1" else "2")


#: Ways to spoil a cell that depend on what stands in it.
_SPOIL: Mapping[str, Callable[[str], str]] = {
    "wrong check character": _other_check,
    "cut short": lambda text: text[:-4],  # three fewer could pass for a number of the old form
    "masked": lambda text: text[:4] + "**********" + text[-4:],
    "as a float": lambda text: f"{text[0]}.{text[1:6]}E+17",
    "impossible birth": lambda text: text[:10] + "1340" + text[14:],
}


def corrected(correction: Correction, records: Records) -> pa.Table:
    """Rows of the year again, chosen evenly, with the changes made."""
    dataset = datasets()[correction.dataset]
    table = records.tables[correction.dataset]
    table = table.filter(pc.equal(pc.year(table[dataset.date]), correction.year))
    left = np.ones(len(table), bool)
    parts = []
    for change in correction.changes:
        fits = left.copy()
        for name, wanted in change.where.items():
            fits &= pc.equal(table[name], wanted).fill_null(False).to_numpy()
        rows = np.flatnonzero(fits)
        rows = rows[:: max(1, len(rows) // change.rows)][: change.rows]
        left[rows] = False
        part = table.take(pa.array(rows))
        for name, value in change.to.items():
            part = part.set_column(
                part.column_names.index(name), name, _constant(name, value, part, records)
            )
        parts.append(part)
    return pa.concat_tables(parts).combine_chunks()


def _constant(name: str, value: Any, part: pa.Table, records: Records) -> pa.Array:
    if name == "place":
        ground = records.ground
        value = ground.places[ground.find(value)].code
    return pa.array([value] * len(part), part.schema.field(name).type)


def with_mistakes(
    mistakes: Mistakes, records: Records, clerk: Clerk, rng: np.random.Generator
) -> pa.Table:
    """New rows as text under headers: the spoilt ones stand scattered among the good ones."""
    dataset = datasets()[mistakes.dataset]
    table = records.tables[mistakes.dataset]
    count = mistakes.good + len(mistakes.wrong)
    # Rows like the latest ones in which nothing to be spoilt is empty, of other people.
    for field in {field for wrong in mistakes.wrong for field in wrong} & set(table.column_names):
        table = table.filter(pc.is_valid(table[field]))
    table = table.take(pa.array(np.arange(len(table) - count, len(table)) % len(table)))
    persons = _residents(records, rng, count)
    table = table.set_column(table.column_names.index("person"), "person", persons)
    key = dataset.key[0]
    texts = [text[:2] + "BB" + text[2:] for text in table[key].to_pylist()]
    numbers = [f"{text[:8]}{number:04d}" for number, text in enumerate(texts, 1)]
    table = table.set_column(table.column_names.index(key), key, pa.array(numbers))
    written = clerk.write(dataset, table)
    headers = {field.name: header for header, field in clerk.headers(dataset, table).items()}
    columns = {header: written[header].to_pylist() for header in written.column_names}
    rows = np.sort(rng.choice(np.arange(1, count), len(mistakes.wrong), replace=False)).tolist()
    for row, wrong in zip(rows, mistakes.wrong, strict=True):
        for field, value in wrong.items():
            column = columns[headers[field]]
            column[row] = _spoilt(value, column, row)
    return pa.table({header: pa.array(texts, pa.string()) for header, texts in columns.items()})


def _spoilt(value: Any, column: list[Any], row: int) -> str | None:
    if value == "that of the first row":
        return str(column[0])
    if isinstance(value, str) and value in _SPOIL:
        return _SPOIL[value](column[row].strip())
    return None if value is None else str(value)


def _residents(records: Records, rng: np.random.Generator, count: int) -> pa.Array:
    """People with a resident's number, which is what the ways to spoil are made for."""
    drawn = rng.integers(len(records.people), size=count * 3)
    lengths = pc.utf8_length(records.people.numbers.take(pa.array(drawn))).to_numpy()
    return pa.array(drawn[lengths == 18][:count], pa.int32())
