"""The trajectory of a target: its value over time against what was due and what is required.

Owns `trajectory`: the lines, named where they end; the windows that are over, met or missed; what the
pace that is needed and that of the last twelve months lead to. Called by the page of a target. May
import `parts`, `scales`, `shapes`, `words`, `metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from dash import html

from dashboard.parts import Component, Context
from dashboard.scales import Scale, day_scale, day_ticks, value_scale, value_ticks
from dashboard.shapes import drawn, line
from dashboard.words import ICONS
from metrics.rows import ProgressRow, TargetRow, WindowRow

#: The least distance of two names at the end of their lines, in percent of the height.
_APART = 7.5
_DAYS_PER_MONTH = 365.25 / 12

Points = list[tuple[date, float]]


@dataclass(frozen=True)
class _Course:
    """One line: its class in the style sheet, its pieces, its name."""

    kind: str
    pieces: Sequence[Points]
    name: str

    @property
    def end(self) -> tuple[date, float]:
        return self.pieces[-1][-1]


def trajectory(
    context: Context, target: TargetRow, rows: Sequence[ProgressRow], windows: Sequence[WindowRow]
) -> Component:
    """The drawing. `rows` are the stored ones in order of time, at least one."""
    days = day_scale(target.start, target.by)
    heights = [v for r in rows for v in (r.value, r.expected, r.required, r.required_max)]
    values = value_scale(heights, level=target.kind in {"ratio", "stock", "coverage"})
    courses = [one for one in _courses(context, target, rows) if one.pieces]

    def placed(piece: Points) -> list[tuple[float, float]]:
        return [(days.on(day), values.at(value)) for day, value in piece]

    names = _apart([(values.at(one.end[1]), one) for one in courses])
    leaders = [
        line([(days.on(one.end[0]), values.at(one.end[1])), (100, at)], "leader")
        for at, one in names
        if days.on(one.end[0]) < 99
    ]
    lines = [line(placed(piece), one.kind) for one in courses for piece in one.pieces]
    unit = context.words.of(context.words.unit(target, rows[-1]))
    return html.Div(
        [
            html.Span(unit, className="unit"),
            html.Div(
                [
                    *_grid(context, days, values, target),
                    *_windows(days, windows),
                    drawn([*leaders, *lines]),
                    *_dot(days, values, rows[-1]),
                    *_names(names),
                    *_readouts(context, target, rows, days),
                ],
                className="plane",
            ),
        ],
        className="trajectory windowed" if windows else "trajectory",
    )


def _courses(context: Context, target: TargetRow, rows: Sequence[ProgressRow]) -> Iterator[_Course]:
    words, last = context.words, rows[-1]
    unit = words.unit(target, last)
    most = last.required_max
    yield _Course(
        "required",
        _level(target, rows, lambda row: row.required),
        words("named_required", amount=words.laid_down(last.required or 0.0, unit)),
    )
    yield _Course(
        "required",
        _level(target, rows, lambda row: row.required_max),
        words("named_most", amount=words.laid_down(most or 0.0, unit)),
    )
    yield _Course(
        "expected",
        _pieces(rows, lambda row: row.expected),
        words("named_expected", amount=words.end(words.due(target, last), unit)),
    )
    yield from _ways(context, target, last)
    yield _Course(
        "value",
        _pieces(rows, lambda row: row.value),
        words("named_value", amount=words.end(last.value, unit)),
    )


def _pieces(rows: Sequence[ProgressRow], value: Callable[[ProgressRow], float | None]) -> list[Points]:
    """A line that starts anew where a new window makes its value fall back, and after a gap."""
    pieces: list[Points] = [[]]
    for i, row in enumerate(rows):
        here, before = value(row), value(rows[i - 1]) if i else None
        fell = here is not None and before is not None and here < before
        if here is None or (fell and row.window_start != rows[i - 1].window_start):
            pieces.append([])
        if here is not None:
            pieces[-1].append((row.as_of, here))
    return [piece for piece in pieces if piece]


def _level(
    target: TargetRow, rows: Sequence[ProgressRow], value: Callable[[ProgressRow], float | None]
) -> list[Points]:
    """What is required, from the policy's first day to its last."""
    points = [(row.as_of, known) for row in rows if (known := value(row)) is not None]
    return [[(target.start, points[0][1]), *points, (target.by, points[-1][1])]] if points else []


def _ways(context: Context, target: TargetRow, last: ProgressRow) -> Iterator[_Course]:
    """From here to the end of the window: what is needed, and what the last twelve months give."""
    words, end = context.words, last.window_end or target.by
    if last.value is None or last.required is None or not last.needed_per_month or end <= last.as_of:
        return
    here = (last.as_of, last.value)
    needed = words("named_needed", rate=words.rate(last.needed_per_month))
    yield _Course("needed", [[here, (end, last.required)]], needed)
    rate = last.rate_last_12_months
    if rate is not None and not target.averaged:
        months = (end - last.as_of).days / _DAYS_PER_MONTH
        said = words("named_rate", rate=words.rate(rate))
        yield _Course("going-on", [[here, (end, last.value + rate * months)]], said)


def _apart(ends: Sequence[tuple[float, _Course]]) -> list[tuple[float, _Course]]:
    """Names so far apart that none covers another, as near to the ends of their lines as can be."""
    ordered = sorted(ends, key=lambda one: one[0])
    heights = [at for at, _ in ordered]
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + _APART)
    ceiling = 100.0
    for i in reversed(range(len(heights))):
        heights[i] = min(heights[i], ceiling)
        ceiling = heights[i] - _APART
    return [(at, one) for at, (_, one) in zip(heights, ordered, strict=True)]


def _names(names: Sequence[tuple[float, _Course]]) -> list[Component]:
    return [
        html.Span(one.name, className=f"name {one.kind}", style={"bottom": f"{at:.1f}%"})
        for at, one in names
    ]


def _grid(context: Context, days: Scale, values: Scale, target: TargetRow) -> list[Component]:
    found = []
    for tick in value_ticks(values):
        text = html.Span(context.words.tick(tick))
        found.append(html.Span(text, className="level", style={"bottom": f"{values.at(tick):.2f}%"}))
    for first, after, name in day_ticks(target.start, target.by):
        left, width = days.on(first), days.on(after) - days.on(first)
        style = {"left": f"{left:.2f}%", "width": f"{width:.2f}%"}
        # A piece of a year at the edge has no room for its name.
        found.append(html.Span(html.Span(name if width > 4 else ""), className="period", style=style))
    return found


def _windows(days: Scale, windows: Sequence[WindowRow]) -> list[Component]:
    """The windows that are over, each with the sign of how it ended."""
    found = []
    for window in windows:
        state = "achieved" if window.state == "met" else "missed"
        left, right = days.on(window.window_start), days.on(window.window_end)
        style = {"left": f"{left:.2f}%", "width": f"{right - left:.2f}%"}
        found.append(html.Span(ICONS[state], className=f"window status {state}", style=style))
    return found


def _dot(days: Scale, values: Scale, last: ProgressRow) -> list[Component]:
    if last.value is None:
        return []
    style = {"left": f"{days.on(last.as_of):.2f}%", "bottom": f"{values.at(last.value):.2f}%"}
    return [html.Span(className="dot", style=style)]


def _readouts(
    context: Context, target: TargetRow, rows: Sequence[ProgressRow], days: Scale
) -> list[Component]:
    """What a pointer reads at each date."""
    words = context.words
    unit = words.unit(target, rows[-1])
    places = [days.on(row.as_of) for row in rows]
    found = []
    for i, row in enumerate(rows):
        left = (places[i - 1] + places[i]) / 2 if i else 0.0
        right = (places[i] + places[i + 1]) / 2 if i + 1 < len(rows) else min(places[i] + 1, 100.0)
        said = words(
            "readout",
            day=row.as_of,
            value=words.amount(row.value, unit, short=False),
            expected=words.expected(target, row),
        )
        side = "at after" if places[i] > 50 else "at"
        style = {"left": f"{left:.2f}%", "width": f"{right - left:.2f}%"}
        found.append(html.Span(html.Span(said), className=side, style=style))
    return found
