"""The trajectory of a target: its value over time against what was due and what is required.

Owns `trajectory`: the lines, named where they end; the windows that are over, met or missed; what the
pace that is needed and that of the last twelve months lead to. Called by the page of a target. May
import `charts`, `parts`, `scales`, `words`, `metrics.outlook`, `metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go
from dash import dcc

from dashboard.charts import graph
from dashboard.parts import Context
from dashboard.scales import Scale, value_scale, value_ticks
from dashboard.words import ICONS
from metrics.outlook import outlook
from metrics.rows import ProgressRow, TargetRow, WindowRow

#: The least distance of two names at the end of their lines, in percent of the height.
_APART = 7.5
#: A policy longer than this is named by its years, a shorter one by its quarters.
_YEARS_FROM_DAYS = 800
#: Pixels: the drawing on a screen and on paper; the room above it, with signs of windows and without.
_HEIGHT, _PAPER, _WINDOWED, _ABOVE = 372, (1024, 290), 46, 28

#: Width and dashes of each line; no two are alike, for grey print.
STROKES = {
    "value": (2.6, "solid"),
    "expected": (2.0, "2px,3px"),
    "required": (1.4, "7px,4px"),
    "needed": (1.6, "9px,3px,2px,3px"),
    "going-on": (1.2, "5px,3px"),
}
#: The colour of a line: that of the value, going on.
_INKS = {"going-on": "value"}

Points = list[tuple[date, float | None]]


@dataclass(frozen=True)
class _Course:
    """One line: its kind, its points (None: a gap), its name, and what a pointer reads at each."""

    kind: str
    points: Points
    name: str
    read: Sequence[str] = ()

    @property
    def end(self) -> tuple[date, float]:
        day, value = self.points[-1]
        assert value is not None  # no course ends with a gap
        return day, value

    @property
    def ink(self) -> str:
        return _INKS.get(self.kind, self.kind)


def trajectory(
    context: Context, target: TargetRow, rows: Sequence[ProgressRow], windows: Sequence[WindowRow]
) -> dcc.Graph:
    """The drawing. `rows` are the stored ones in order of time, at least one."""
    courses = [one for one in _courses(context, target, rows) if one.points]
    heights = [value for one in courses for _, value in one.points]
    scale = value_scale(heights, level=target.kind in {"ratio", "stock", "coverage"})
    ticks = value_ticks(scale)
    figure = go.Figure()
    for one in courses:
        _draw(figure, one)
    last = rows[-1]
    if last.value is not None:
        figure.add_scatter(
            x=[last.as_of], y=[last.value], mode="markers", marker={"size": 9}, meta="value",
            hoverinfo="skip",
        )  # fmt: skip
    _name(figure, courses, scale, target)
    _mark(figure, windows)
    years = (target.by - target.start).days > _YEARS_FROM_DAYS
    figure.update_layout(
        # Above the axis: turned by 90 degrees a Chinese unit could not be read.
        title={
            "text": context.words.of(context.words.unit(target, last)), "x": 0, "xref": "container",
            "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 4},
        },
        margin={"l": 8, "r": 160, "t": _WINDOWED if windows else _ABOVE, "b": 26},
        hovermode="x unified",
        xaxis={
            "range": [target.start, target.by],
            "dtick": "M12" if years else "M3",
            "tickformat": "%Y" if years else "%Y-%m",
            "ticklabelmode": "period",
            "hoverformat": "%Y-%m-%d",
            "showline": True,
        },
        yaxis={
            "range": [scale.low, scale.high],
            "tickvals": ticks,
            "ticktext": [f"{context.words.tick(tick)} " for tick in ticks],
            "showline": False,
        },
    )  # fmt: skip
    return graph(figure, context.words, height=_HEIGHT, paper=_PAPER)


def _draw(figure: go.Figure, course: _Course) -> None:
    width, dash = STROKES[course.kind]
    figure.add_scatter(
        x=[day for day, _ in course.points],
        y=[value for _, value in course.points],
        mode="lines",
        line={"width": width, "dash": dash},
        meta=course.ink,
        name=course.name,
        text=course.read or None,
        hovertemplate="%{text}<extra></extra>" if course.read else None,
        hoverinfo=None if course.read else "skip",
    )


def _courses(context: Context, target: TargetRow, rows: Sequence[ProgressRow]) -> Iterator[_Course]:
    words, last = context.words, rows[-1]
    unit = words.unit(target, last)
    yield _Course(
        "required",
        _level(target, rows, lambda row: row.required),
        words(
            "named_most" if last.require == "at_most" else "named_required",
            amount=words.laid_down(last.required or 0.0, unit),
        ),
    )
    yield _Course(
        "required",
        _level(target, rows, lambda row: row.required_max),
        words("named_most", amount=words.laid_down(last.required_max or 0.0, unit)),
    )
    by_day = {row.as_of: row for row in rows}
    points = _pieces(rows, lambda row: row.expected)
    yield _Course(
        "expected",
        points,
        words("named_expected", amount=words.end(words.due(target, last), unit)),
        [words("named_expected", amount=words.expected(target, by_day[day])) for day, _ in points],
    )
    yield from _ways(context, target, last)
    points = _pieces(rows, lambda row: row.value)
    yield _Course(
        "value",
        points,
        words("named_value", amount=words.end(last.value, unit)),
        [
            words("named_value", amount=words.amount(by_day[day].value, unit, short=False))
            for day, _ in points
        ],
    )


def _pieces(rows: Sequence[ProgressRow], value: Callable[[ProgressRow], float | None]) -> Points:
    """A line that starts anew where a new window makes its value fall back, and after a gap."""
    points: Points = []
    for i, row in enumerate(rows):
        here, before = value(row), value(rows[i - 1]) if i else None
        fell = here is not None and before is not None and here < before
        if here is None or (fell and row.window_start != rows[i - 1].window_start):
            points.append((row.as_of, None))
        if here is not None:
            points.append((row.as_of, here))
    known = [i for i, (_, height) in enumerate(points) if height is not None]
    return points[known[0] : known[-1] + 1] if known else []


def _level(
    target: TargetRow, rows: Sequence[ProgressRow], value: Callable[[ProgressRow], float | None]
) -> Points:
    """What is required, from the policy's first day to its last."""
    points: Points = [(row.as_of, known) for row in rows if (known := value(row)) is not None]
    return [(target.start, points[0][1]), *points, (target.by, points[-1][1])] if points else []


def _ways(context: Context, target: TargetRow, last: ProgressRow) -> Iterator[_Course]:
    """From here to the end of the window: what is needed, and what the last twelve months lead to."""
    words, end = context.words, last.window_end or target.by
    if last.value is None or last.required is None or not last.needed_per_month or end <= last.as_of:
        return
    here = (last.as_of, last.value)
    needed = words("named_needed", rate=words.rate(last.needed_per_month))
    yield _Course("needed", [here, (end, last.required)], needed)
    ahead = outlook(target, last)
    if ahead is not None:
        said = words("named_rate", rate=words.rate(last.rate_last_12_months))
        reached = words("named_reached", amount=words.amount(ahead.reaches, words.unit(target, last)))
        yield _Course("going-on", [here, (ahead.by, ahead.reaches)], said, ["", reached])


def _name(figure: go.Figure, courses: Sequence[_Course], scale: Scale, target: TargetRow) -> None:
    """The names of the lines where they end, with a thin line to those that end before the edge."""
    for at, one in _apart([(scale.at(one.end[1]), one) for one in courses]):
        day, value = one.end
        text = f"<b>{one.name}</b>" if one.kind == "value" else one.name
        figure.add_annotation(
            text=text, name=one.ink, x=1, xref="paper", y=at / 100, yref="paper", showarrow=False,
            xanchor="left", yanchor="middle", xshift=5, align="left",
        )  # fmt: skip
        if day < target.by:
            height = scale.low + at / 100 * (scale.high - scale.low)
            figure.add_shape(
                type="line", x0=day, y0=value, x1=target.by, y1=height, name="soft",
                line={"width": 0.6}, layer="below",
            )  # fmt: skip


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


def _mark(figure: go.Figure, windows: Sequence[WindowRow]) -> None:
    """The windows that are over, each with the sign of how it ended."""
    for window in windows:
        state = "achieved" if window.state == "met" else "missed"
        middle = window.window_start + (window.window_end - window.window_start) / 2
        placed: dict[str, Any] = {"x": middle, "y": 1, "yref": "paper", "yanchor": "bottom"}
        figure.add_annotation(text=ICONS[state], name=state, showarrow=False, **placed)
