"""Headers: which dataset a sheet holds and which of its columns is which field.

Owns `match_headers`, `suggestion` and `like_headers`. Headers are compared without width, spaces and
line breaks; a dataset fits if all its required fields are there. Called by `reading`. May import
`datasets`, `cells`, `spelling`, `texts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from etl.cells import plain_cell
from etl.datasets import Dataset, datasets
from etl.spelling import close_to
from etl.texts import Text


@dataclass(frozen=True, slots=True)
class Match:
    """A dataset and where its fields are: `columns` maps a field's name to a column's index.

    `unknown` are the headers that mean nothing here, `missing` the required fields without one.
    """

    dataset: Dataset
    columns: dict[str, int]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the sheet can be loaded as this dataset."""
        return not self.missing

    @property
    def nearly_fits(self) -> bool:
        """Whether the sheet was surely meant as this dataset: most of what is required is there."""
        required = sum(field.required for field in self.dataset.fields)
        return bool(self.missing) and len(self.missing) * 2 < required


def plain_header(text: str) -> str:
    """A header as it is compared."""
    return re.sub(r"[\s*:_]", "", plain_cell(text)).casefold()


@cache
def _names(dataset: str) -> dict[str, tuple[str, int]]:
    """Each header of a dataset with its field and its order of preference: official ones first."""
    found: dict[str, tuple[str, int]] = {}
    for field in datasets()[dataset].fields:
        for order, header in enumerate((field.header.zh, field.header.en, field.name, *field.aliases)):
            found.setdefault(plain_header(header), (field.name, order))
    for field in datasets()[dataset].fields:
        found[plain_header(field.header.zh)] = (field.name, 0)
    return found


def match_one(headers: Sequence[str], name: str) -> Match:
    """The headers read as those of one dataset."""
    dataset, names = datasets()[name], _names(name)
    best: dict[str, tuple[int, int]] = {}
    for index, header in enumerate(headers):
        field, order = names.get(plain_header(header), ("", 0))
        if field and (field not in best or order < best[field][0]):
            best[field] = (order, index)
    columns = {field: index for field, (_, index) in best.items()}
    used = set(columns.values())
    return Match(
        dataset=dataset,
        columns=columns,
        unknown=tuple(h for i, h in enumerate(headers) if i not in used and h.strip()),
        missing=tuple(f.header.zh for f in dataset.fields if f.required and f.name not in columns),
    )


def match_headers(headers: Sequence[str], wanted: str | None = None) -> Match | None:
    """The dataset whose fields the headers name best, or `wanted`; None if they name none."""
    matches = [match_one(headers, name) for name in ([wanted] if wanted else datasets())]
    matches = [match for match in matches if len(match.columns) >= 2]
    if not matches:
        return None
    return max(matches, key=lambda m: (m.fits, len(m.columns) - len(m.unknown), -len(m.missing)))


def like_headers(cells: Sequence[str]) -> list[str]:
    """The cells that look like headers: any other may be a person's name or number."""
    known = {header for name in datasets() for header in _names(name)}
    return [cell.strip() for cell in cells if close_to(plain_header(cell), known) is not None]


def suggestion(match: Match) -> Text:
    """For each required field that is missing, the unknown header that may have meant it."""
    nears = {header: close_to(header, match.unknown) for header in match.missing}
    return Text(
        "、".join(
            f"{header}（是否为“{near}”？）" if near else header for header, near in nears.items()
        ),
        ", ".join(f"{header} (is it {near!r}?)" if near else header for header, near in nears.items()),
    )
