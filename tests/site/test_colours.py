"""Colours: contrast in both schemes, and what is left of them for colour-blind readers and grey paper.

Contrasts are worked out from the variables of the style sheet by the formula of WCAG 2.2; what a
colour-blind reader sees, by the matrices of Viénot, Brettel and Mollon (1999) on linear light.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboard.trajectory import STROKES
from dashboard.words import ICONS
from tests.site.reading import graphs, lines, read

ASSETS = Path(__file__).parents[2] / "dashboard" / "assets"
STYLE = (ASSETS / "colours.css").read_text("utf-8")
Colour = tuple[float, float, float]

#: Linear light as it reaches who lacks the red or the green receptor.
BLIND = {
    "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}


def variables(scheme: str) -> dict[str, Colour]:
    """The colours of a scheme: those of the dark one over those of the light one."""
    light, dark = re.findall(r":root[^{]*\{(.*?)\n *\}", STYLE, re.S)[:2]
    text = light if scheme == "light" else light + dark
    return {name: linear(value) for name, value in re.findall(r"--([\w-]+): #([0-9a-f]{6});", text)}


def linear(code: str) -> Colour:
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return bright(red), bright(green), bright(blue)


def bright(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)


def luminance(colour: Colour) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_gives_the_contrasts_that_are_known() -> None:
    assert contrast(linear("000000"), linear("ffffff")) == pytest.approx(21)
    assert contrast(linear("767676"), linear("ffffff")) == pytest.approx(4.54, abs=0.01)


TEXTS = [
    *((text, ground) for text in ("ink", "soft", "brand") for ground in ("paper", "ground", "hover")),
    *((text, "chosen") for text in ("ink", "brand")),
    *(("ink", f"tint{shade}") for shade in range(6)),
    ("soft", "tint0"),
    ("brand", "tint1"),
    *((status, ground) for status in ICONS for ground in ("paper", "ground", "hover")),
    *((f"on-{status}", f"{status}-ground") for status in ICONS),
    *((line, "paper") for line in ("value", "expected", "required", "needed")),
    ("on-head", "head"),
    ("on-head-mark", "head"),
    ("on-notice", "notice"),
]
GRAPHICS = [
    *((line, "track") for line in ("value", "expected", "required", "needed", "ink")),
    ("focus", "paper"),
    ("focus", "ground"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrasts_meet_wcag(scheme: str) -> None:
    colours = variables(scheme)
    low = [pair for pair in TEXTS if contrast(colours[pair[0]], colours[pair[1]]) < 4.5]
    low += [pair for pair in GRAPHICS if contrast(colours[pair[0]], colours[pair[1]]) < 3]
    assert low == []


def test_the_dark_scheme_changes_every_colour_that_paper_shows() -> None:
    light, dark = variables("light"), variables("dark")
    assert {name for name in light if light[name] == dark[name]} == {"on-head", "on-head-mark"}


def test_no_colour_is_anything_but_a_variable() -> None:
    """What were written in place would stay as it is in the dark; print is white by its own rule."""
    for path in set(ASSETS.glob("*.css")) - {ASSETS / "colours.css"}:
        screen = re.split(r"@page|@media print", path.read_text("utf-8"))[0]
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\bhsl\(", screen) == [], path.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("sight", sorted(BLIND))
def test_lines_of_a_chart_differ_for_colour_blind_readers(scheme: str, sight: str) -> None:
    """Actual against expected, the two that are compared: by hue or by brightness."""
    colours = {name: seen(colour, sight) for name, colour in variables(scheme).items()}
    apart = [a - b for a, b in zip(colours["value"], colours["expected"], strict=True)]
    assert sum(one**2 for one in apart) ** 0.5 > 0.15


def seen(colour: Colour, sight: str) -> Colour:
    red, green, blue = (sum(a * b for a, b in zip(row, colour, strict=True)) for row in BLIND[sight])
    return red, green, blue


def test_lines_of_a_chart_differ_without_any_colour(client: FlaskClient) -> None:
    """On grey paper each line has a stroke of its own: no two share width and dashes."""
    assert set(STROKES) == {"value", "expected", "required", "needed", "going-on"}
    assert len(set(STROKES.values())) == len(STROKES)
    (drawn, *_) = graphs(client, "/target/dg-studios")
    strokes = {(one["line"]["width"], one["line"]["dash"]) for one in lines(drawn)}
    assert len(strokes) >= 3
    assert strokes <= set(STROKES.values())


@pytest.mark.parametrize("path", ["/", "/target/dg-studios", "/target/dg-public-practice"])
def test_a_status_is_told_by_its_shape(client: FlaskClient, path: str) -> None:
    """Colours of statuses may fall together for some readers; whatever has one has its shape too."""
    coloured = [
        (one, status)
        for one in read(client, path).elements
        for status in ICONS.keys() & set(one.attributes.get("class", "").split())
    ]
    assert len(coloured) > 3
    assert [one for one, status in coloured if ICONS[status] not in one.text] == []
