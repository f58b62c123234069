"""Shapes: lines and areas of SVG in percent of what they stand in.

Owns `drawn`, `line` and `area`. Shapes are stretched to the width there is, text is not: it is HTML
beside them and keeps its size on a phone and on a wall. A `kind` is a class of the style sheet, which
has the colours. Called by the modules that draw charts and marks. May import `markup`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard.markup import Markup

#: Points of a drawing: percent from the left, percent from the bottom.
Points = Sequence[tuple[float, float]]


def drawn(shapes: Iterable[str]) -> Markup:
    """Shapes stretched over the whole of what they stand in."""
    return Markup(
        '<svg class="lines" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(shapes)}</svg>"
    )


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
