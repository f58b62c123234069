"""The records behind a number as questions of their tables, so that they can be read on beside others.

Owns `questions_behind`. Called by the page of a figure and by `evidence`. May import `catalogue`,
`published`, `questions`, `windows`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection

from etl.datasets import Dataset, datasets
from etl.texts import Language
from metrics import published
from metrics.catalogue import Measure, Target, Units
from metrics.questions import Question, read_question
from metrics.windows import window_at


def questions_behind(
    connection: Connection,
    target: str,
    place: str | None = None,
    as_of: date | None = None,
    language: Language = "zh",
) -> list[tuple[str, Question]]:
    """The parts of a target's value at a place and date, each with a question that its records answer.

    A part that no question can tell is left out: the latest figure of a statistic, and `sql:`.
    """
    declared, at, end = published.behind(connection, target, place, as_of)
    measures = dict(declared.measures)
    units = declared.units if isinstance(declared.units, Units) else None
    if units is not None and units.register is not None:
        measures["register"] = units.register
    found = []
    for part, measure in measures.items():
        if measure.sql is not None or measure.statistic is not None:
            continue
        for name in measure.datasets:
            pairs = [("place.within", at), *_pairs(declared, measure, datasets()[name], end)]
            if units is not None:
                pairs += [(f"{units.key}.is", value) for value in units.values or ()]
            found.append((part, read_question(name, pairs, language)))
    return found


def _pairs(target: Target, measure: Measure, dataset: Dataset, end: date) -> Iterator[tuple[str, str]]:
    """When records count, and which."""
    if measure.flow:
        yield f"{dataset.date}.from", window_at(target.windows, end).start.isoformat()
    yield f"{dataset.date}.to", end.isoformat()
    conditions = [measure.condition(dataset.name), dataset.counts_when]
    if measure.stock and dataset.ends is not None:
        conditions.append(f"{dataset.ends} is null or {dataset.ends} > '{end}'")
    written = [condition for condition in conditions if condition]
    if written:
        yield "where", written[0] if len(written) == 1 else " and ".join(f"({one})" for one in written)
