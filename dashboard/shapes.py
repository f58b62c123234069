"""Shapes: lines and areas of SVG in percent of what they stand in.

Owns `line` and `area`. A `kind` is a class of the style sheet, which has the colours. Called by
`marks`. Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Sequence

#: Points of a drawing: percent from the left, percent from the bottom.
Points = Sequence[tuple[float, float]]


def line(points: Points, kind: str) -> str:
    """A line through points; `kind` is its class in the style sheet."""
    return f'<polyline class="{kind}" points="{_places(points)}"/>'


def area(points: Points, kind: str) -> str:
    """A filled shape."""
    return f'<polygon class="{kind}" points="{_places(points)}"/>'


def _places(points: Points) -> str:
    return " ".join(f"{_short(x)},{_short(100 - y)}" for x, y in points)


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
