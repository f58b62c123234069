"""Tables drawn in a specification, read into rows.

Owns `rows_of`. A table is drawn as text, as one would write it on paper:

    person | place | issued_on  | level
    ------ | ----- | ---------- | -----
    1      | mill  | 2021-03-01 | 3
    2      | city  | 2021-04-01 |

An empty cell of records is an empty field; in what is expected, `-` is unknown, `1/3` and `2*5/8` are
exact numbers. A cell `"` repeats the one above. Called by `harness`.
"""

from __future__ import annotations

from fractions import Fraction


def rows_of(drawn: str) -> list[dict[str, str]]:
    """The rows of a drawn table, each cell as it is written."""
    lines = [line.strip() for line in drawn.strip().splitlines()]
    names = [name.strip() for name in lines[0].split("|")]
    found: list[dict[str, str]] = []
    for line in lines[1:]:
        if set(line) <= set("-| "):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != len(names):
            raise ValueError(f"a row of {len(cells)} cells under {len(names)} headers: {line!r}")
        above = found[-1] if found else {}
        row = zip(names, cells, strict=True)
        found.append({name: above[name] if cell == '"' else cell for name, cell in row})
    return found


def number(written: str) -> float | None:
    """What a cell says as a number: `12`, `-0.5`, `1/3`, `1000*181/365`, `20+20*912/1825`; None if it
    is none."""
    try:
        return float(sum(_term(term) for term in written.split("+")))
    except ValueError:
        return None


def _term(written: str) -> Fraction:
    found = Fraction(1)
    for factor in written.split("*"):
        first, *divisors = factor.split("/")
        found *= Fraction(first.strip())
        for divisor in divisors:
            found /= Fraction(divisor.strip())
    return found
