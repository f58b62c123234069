"""How a place moved within a year: against the last stored date that is a year or more old."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from metrics.rows import ProgressRow
from metrics.year_before import since_year_before

ROW = ProgressRow(
    policy="p", target="t", place="1", as_of=date(2025, 6, 30), value=30.0, numerator=None,
    denominator=None, unit="人", require="at_least", required=None, required_max=None, expected=None,
    percent=None, pace=None, status=None, to_go=None, needed_per_month=None, rate_last_12_months=None,
    note=None, noted_on=None, baseline=None, share=None, rank=2, ranked=9, window_start=None,
    window_end=None,
)  # fmt: skip


def at(day: str, value: float | None, rank: int | None) -> ProgressRow:
    return replace(ROW, as_of=date.fromisoformat(day), value=value, rank=rank)


#: as of       value rank | the stored rows                              | since, by how much, ranks risen
MOVES = [
    ("2025-06-30", 30.0, 2, [("2024-05-31", 9.0, 7), ("2024-06-30", 12.0, 5), ("2024-07-31", 14.0, 4)],
     ("2024-06-30", 18.0, 3)),
    ("2025-06-15", 30.0, 5, [("2024-05-31", 9.0, 2), ("2024-06-30", 12.0, 5)], ("2024-05-31", 21.0, -3)),
    ("2024-02-29", 10.0, 1, [("2023-01-31", 11.0, 1), ("2023-02-28", 12.0, 1)], ("2023-02-28", -2.0, 0)),
    ("2025-06-30", 30.0, None, [("2024-06-30", 30.0, 4)], ("2024-06-30", 0.0, None)),
    ("2025-06-30", 30.0, 2, [("2024-07-31", 12.0, 5)], None),
    ("2025-06-30", 30.0, 2, [("2024-06-30", None, None)], None),
    ("2025-06-30", None, None, [("2024-06-30", 12.0, 5)], None),
    ("2025-06-30", 30.0, 2, [], None),
]  # fmt: skip


@pytest.mark.parametrize(("day", "value", "rank", "stored", "moved"), MOVES)
def test_the_change_is_that_since_a_year_before(
    day: str,
    value: float | None,
    rank: int | None,
    stored: list[tuple[str, float | None, int | None]],
    moved: tuple[str, float, int | None] | None,
) -> None:
    found = since_year_before(at(day, value, rank), [at(*one) for one in stored])
    if moved is None:
        assert found is None
    else:
        assert found is not None
        assert (found.since.isoformat(), found.value, found.ranks) == moved
