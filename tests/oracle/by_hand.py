"""Drawn records, held against a drawn table of what they come to, worked out by hand."""

from __future__ import annotations

import pandas as pd

from tests.oracle.invented import Records, Table, both
from tests.spec.drawing import number, rows_of


def shows(policy: str, target: str, by_hand: str, **drawn: str) -> None:
    """Hold what Milepost and the oracle say of drawn records against a table worked out by hand."""
    expected = rows_of(by_hand)
    days = {pd.Timestamp(row["as_of"]): None for row in expected}
    tables = tuple(Table(name, tuple(rows_of(table))) for name, table in drawn.items())
    invented = Records(policy, tables, tuple(days))
    wrong = []
    for day, *said, _ in both(invented, target):
        for who, table in zip(("Milepost", "the oracle"), said, strict=True):
            found = table.set_index("place")
            for row in expected:
                if pd.Timestamp(row["as_of"]) == day:
                    wrong += _differing(who, row, found.loc[row["place"]])
    assert not wrong, "\n".join([str(invented), *wrong])


def _differing(who: str, row: dict[str, str], found: pd.Series) -> list[str]:
    wrong = []
    for column, cell in row.items():
        if column in {"as_of", "place"}:
            continue
        said = found[column]
        if column == "status":
            same = said == cell
        else:
            same = pd.isna(said) if cell == "-" else bool(abs(said - number(cell)) < 1e-9)
        if not same:
            wrong.append(
                f"{row['as_of']}, {row['place']}: {column} is {said!r} to {who}, by hand {cell}"
            )
    return wrong
