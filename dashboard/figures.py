"""Figures: numbers of the progress table, and what follows from them, as a page shows them, with every
digit behind them.

Owns `figure`, `derived`, `difference`, `gained`, `risen` and `climbed`. What a reader sees is rounded
to what means something; the exact number is in the `value` of the HTML element `data`, with the target,
place and date that it belongs to, for machines and for the test that holds pages against the command
line.
Called by `words`, the briefing and the pages. May import `told`, `metrics.export` (how a number is
written), `metrics.comparison`, `metrics.movers`, `metrics.rows`, `metrics.year_before`.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Literal

from dashboard.told import Told
from metrics.comparison import Change
from metrics.export import plain
from metrics.movers import Mover
from metrics.rows import ProgressRow, WindowRow
from metrics.year_before import YearChange

#: Columns of the progress table that pages show.
Column = Literal[
    "value", "numerator", "denominator", "required", "required_max", "expected", "percent", "pace",
    "to_go", "needed_per_month", "rate_last_12_months", "share", "rank", "ranked", "baseline",
]  # fmt: skip
#: What follows from rows: what the end of the window will see, how much is short of what is due, the
#: mean of sister places.
Derived = Literal["outlook", "behind", "peers"]


def figure(row: ProgressRow | WindowRow, column: Column, said: str, exact: str | None = None) -> Told:
    """A number of a row as `said`; `exact` is shown to who points at it where `said` is rounded. The
    figures of a closed window are those of its last day."""
    return _told(said, getattr(row, column), {"figure": column, **_whose(row)}, exact)


def derived(
    row: ProgressRow, name: Derived, value: float | None, said: str, exact: str | None = None
) -> Told:
    """A number that follows from a row, as `said`."""
    return _told(said, value, {"figure": name, **_whose(row)}, exact)


def difference(change: Change, said: str) -> str:
    """By how much a value grew, as `said`."""
    if change.then is None:
        return said
    since = {"since": change.then.as_of.isoformat()}
    return _told(said, change.difference, {"figure": "change", **_whose(change.now), **since})


def gained(row: ProgressRow, change: YearChange, said: str) -> str:
    """By how much a value grew within a year, as `said`."""
    since = {"since": change.since.isoformat()}
    return _told(said, change.value, {"figure": "change", **_whose(row), **since})


def risen(row: ProgressRow, change: YearChange, said: str) -> str:
    """By how many ranks a place rose within a year, or fell, as `said`."""
    since = {"since": change.since.isoformat()}
    return _told(said, change.ranks, {"figure": "risen", **_whose(row), **since})


def climbed(mover: Mover, said: str) -> str:
    """By how many ranks a place moved on the mean of its targets, up or down, as `said`."""
    then, now = mover.most.then, mover.most.now
    assert then is not None  # a mover moved from somewhere
    days = {"day": now.as_of.isoformat(), "since": then.as_of.isoformat()}
    return _told(said, mover.climbed, {"figure": "climbed", "place": mover.place, **days})


def _whose(row: ProgressRow | WindowRow) -> dict[str, str]:
    """Of which target, place and day the numbers of a row are."""
    day = row.as_of if isinstance(row, ProgressRow) else row.window_end
    return {"target": row.target, "place": row.place, "day": day.isoformat()}


def _told(said: str, value: object, whose: Mapping[str, str], exact: str | None = None) -> Told:
    title = f' title="{escape(exact)}"' if exact is not None and exact != said else ""
    about = "".join(f' data-{key}="{escape(text)}"' for key, text in whose.items())
    return Told(said, f'<data value="{plain(value)}"{title}{about}>{escape(said)}</data>')
