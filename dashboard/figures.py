"""Figures: a number of the progress table as a page shows it, with every digit behind it.

Owns `figure`. What a reader sees is rounded to what means something; the exact number is in the
`value` of the HTML element `data`, with the target, place and date that it belongs to, for machines
and for the test that holds pages against the command line. Called by `tables` and the pages. May
import `metrics.export` (how a number is written), `metrics.rows`.
"""

from __future__ import annotations

from typing import Any, Literal

from dashboard.elements import Element, html
from metrics.export import plain
from metrics.rows import ProgressRow, WindowRow

#: Columns of the progress table that pages show.
Column = Literal[
    "value", "numerator", "denominator", "required", "required_max", "expected", "percent", "pace",
    "to_go", "needed_per_month", "rate_last_12_months",
]  # fmt: skip


def figure(
    row: ProgressRow | WindowRow, column: Column, said: Any, exact: str | None = None
) -> Element:
    """A number of a row as `said`; `exact` is shown to who points at it where `said` is rounded. The
    figures of a closed window are those of its last day."""
    day = row.as_of if isinstance(row, ProgressRow) else row.window_end
    whose: dict[str, Any] = {
        "data-figure": column,
        "data-target": row.target,
        "data-place": row.place,
        "data-day": day.isoformat(),
    }
    title = exact if exact != said else None
    return html.Data(said, value=plain(getattr(row, column)), title=title, **whose)
