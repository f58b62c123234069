"""Marks: sparklines and bullet bars, small drawings that stand in a line of text or a table.

Owns `sparkline` and `bullet`. They carry their meaning in words beside them and as the drawing's
name; their colours are those of the style sheet, and they print sharply. Called by `tables` and the
pages. May import `scales`, `shapes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from markupsafe import Markup

from dashboard.scales import Scale
from dashboard.shapes import area, line

#: A requirement farther away than this many times the value would press the course flat.
_NEAR = 1.6
_SPARK, _BULLET = (96, 26), (120, 14)


def sparkline(values: Sequence[float | None], required: float | None, text: str) -> Markup:
    """The course of a value, with the requirement as a dotted line where it is near."""
    known = [(i, value) for i, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return _mark("spark", _SPARK, "", text)
    low = min(0.0, *(value for _, value in known))
    high = max(value for _, value in known)
    if required is not None and required <= _NEAR * high:
        high = max(high, required)
    # A margin on all sides for the end of the line and its dot.
    across, up = Scale(-0.03 * len(values), 1.03 * len(values)), Scale(low, high or 1.0)
    points = [(across.at(i + 0.5), 12 + 0.76 * up.at(value)) for i, value in known]
    shapes = [line(points, "value")]
    x, y = points[-1]
    shapes.append(area([(x - 2, y), (x, y + 8), (x + 2, y), (x, y - 8)], "value"))
    if required is not None and low <= required <= high:
        goal = 12 + 0.76 * up.at(required)
        shapes.append(line([(0, goal), (100, goal)], "near"))
    return _mark("spark", _SPARK, "".join(shapes), text)


def bullet(value: float, required: float, expected: float | None, text: str) -> Markup:
    """How far a value is towards its requirement, with a mark for what is expected by now."""
    across = Scale(0.0, max(required, value, expected or 0.0) * 1.02 or 1.0)
    done, goal = across.at(value), across.at(required)
    shapes = [
        area(_box(0, 100, 0, 100), "track"),
        area(_box(0, done, 22, 78), "value"),
        area(_box(goal - 0.9, goal + 0.9, 0, 100), "required"),
    ]
    if expected is not None:
        due = across.at(expected)
        wedge = [(due - 3.4, 100.0), (due + 3.4, 100.0), (due + 0.5, 58.0), (due + 0.5, 0.0)]
        shapes.append(area([*wedge, (due - 0.5, 0.0), (due - 0.5, 58.0)], "expected"))
    return _mark("bullet", _BULLET, "".join(shapes), text)


def _box(left: float, right: float, bottom: float, top: float) -> list[tuple[float, float]]:
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


def _mark(kind: str, size: tuple[int, int], shapes: str, text: str) -> Markup:
    width, height = size
    return Markup(
        f'<svg class="lines {kind}" width="{width}" height="{height}" viewBox="0 0 100 100" '
        f'preserveAspectRatio="none" role="img" aria-label="{escape(text)}">{shapes}</svg>'
    )
