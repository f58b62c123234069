"""Marks: sparklines and bullet bars drawn as small SVG images, without a line of script.

Owns `sparkline` and `bullet`. They carry their meaning in words beside them and as the image's text;
they print sharply. Called by the pages. Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dash import html

_INK, _SOFT, _FRAME = "#1f4e79", "#6f8aa6", "#e6ecf2"


def sparkline(values: Sequence[float | None], required: float | None, text: str) -> html.Img:
    """The course of a value, with the requirement as a dotted line where it is near."""
    width, height, pad = 96, 26, 3
    known = [(i, value) for i, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return html.Img(src=_image(width, height, ""), alt=text, className="spark")
    low = min(0.0, *(value for _, value in known))
    high = max(value for _, value in known)
    if required is not None and required <= 1.6 * high:
        high = max(high, required)
    span = (high - low) or 1.0

    def x(index: int) -> float:
        return pad + index * (width - 2 * pad) / max(len(values) - 1, 1)

    def y(value: float) -> float:
        return height - pad - (value - low) * (height - 2 * pad) / span

    points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in known)
    line = f'<polyline points="{points}" fill="none" stroke="{_INK}" stroke-width="1.6"/>'
    last_i, last = known[-1]
    dot = f'<circle cx="{x(last_i):.1f}" cy="{y(last):.1f}" r="2.2" fill="{_INK}"/>'
    goal = ""
    if required is not None and low <= required <= high:
        at = f"{y(required):.1f}"
        goal = (
            f'<line x1="0" x2="{width}" y1="{at}" y2="{at}" stroke="{_SOFT}" stroke-dasharray="2 2"/>'
        )
    return html.Img(src=_image(width, height, goal + line + dot), alt=text, className="spark")


def bullet(value: float, required: float, expected: float | None, text: str) -> html.Img:
    """How far a value is towards its requirement, with a mark for what is expected by now."""
    width, height = 120, 14
    top = max(required, value, expected or 0.0) * 1.02 or 1.0
    bar = min(value, top) / top * width
    goal = required / top * width
    parts = [
        f'<rect width="{width}" height="{height}" rx="2" fill="{_FRAME}"/>',
        f'<rect y="3" width="{bar:.1f}" height="{height - 6}" fill="{_INK}"/>',
        f'<rect x="{goal - 1:.1f}" width="2" height="{height}" fill="#444"/>',
    ]
    if expected is not None:
        mark = expected / top * width
        parts.append(
            f'<path d="M{mark - 4:.1f} 0h8l-4 6z" fill="#b35300"/>'
            f'<rect x="{mark - 0.6:.1f}" width="1.2" height="{height}" fill="#b35300"/>'
        )
    return html.Img(src=_image(width, height, "".join(parts)), alt=text, className="bullet")


def _image(width: int, height: int, body: str) -> str:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{body}</svg>'
    )
    return "data:image/svg+xml;utf8," + quote(svg)
