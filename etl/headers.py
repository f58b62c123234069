"""Headers: which dataset a sheet holds and which of its columns is which field.

Owns `find_header`, `Header`, `Match`, `match_headers`, `like_headers` and `known_headers`. Headers are
compared without width, spaces, line breaks and what a form says beside them (必填), in simplified
characters; a dataset fits if all its required fields are there. A header may stand in two rows, the
upper one naming groups of columns (培训 | 开始日期, 结束日期). `own` are the headers of one sender
(`senders`), each with the known header that it means. Called by `reading`, `database_answers`,
`senders`, `notes`, `rejecting`. May import `datasets`, `cells`, `simplified`, `spelling`, `texts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from etl.cells import plain_cell
from etl.datasets import Dataset, datasets
from etl.simplified import simplified
from etl.spelling import close_to
from etl.texts import Text

#: How much alike a header and a known one are for somebody to be asked about it.
_CLOSE = 0.6

#: The header stands in one of the first rows, under titles and notes.
SEARCHED_ROWS = 30


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

    @property
    def rank(self) -> tuple[bool, int]:
        """How good a header is: the best row of a sheet is taken."""
        return self.fits, len(self.columns)

    @property
    def quality(self) -> tuple[bool, int, int]:
        """How well a row of headers names the fields of this dataset: the best dataset is taken."""
        return self.fits, len(self.columns) - len(self.unknown), -len(self.missing)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands above the rows of a sheet: all of its `rows`, titles and notes among them, the header
    of each column, as it was understood, and what the headers mean."""

    rows: tuple[tuple[str, ...], ...]
    headers: tuple[str, ...]
    match: Match


#: As many cells as the first rows of a wide sheet have: each is compared with every dataset's headers.
_REMEMBERED = 4096


#: What a form says beside a header; a unit is none of it, which may mean other numbers.
_OF_FORM = re.compile(r"[(\[【](?:必填|选填|必填项|选填项|required|optional)[)\]】]")


@lru_cache(_REMEMBERED)
def plain_header(text: str) -> str:
    """A header as it is compared."""
    header = re.sub(r"[\s*:_]", "", simplified(plain_cell(text))).casefold()
    return _OF_FORM.sub("", header)


def find_header(
    rows: Sequence[Sequence[str]], wanted: str | None = None, own: Mapping[str, str] | None = None
) -> Header | None:
    """The row, or the two rows, of the first ones of a sheet that name the fields of a dataset
    (`wanted`, or any) best; None if there is none."""
    own = own or {}
    names = [wanted] if wanted else list(datasets())
    known = {header for name in names for header in _names(name, own)}
    # Nearly all rows are of data: those are not compared with each dataset.
    naming = (n for n, row in enumerate(rows) if any(plain_header(cell) in known for cell in row))
    found = [one for n in naming for one in _headers_at(rows, n, names, own)]
    return max(found, key=lambda header: header.match.rank, default=None)


def _headers_at(
    rows: Sequence[Sequence[str]], n: int, names: Sequence[str], own: Mapping[str, str]
) -> Iterator[Header]:
    """The header in row `n` with the row below it, if both are of headers, and in row `n` alone, of one
    of the datasets that are named."""
    if n + 1 < len(rows):
        joined = [(name, _joined(rows[n], rows[n + 1], name, own)) for name in names]
        yield from _best(rows[: n + 2], [(name, headers) for name, headers in joined if headers], own)
    yield from _best(rows[: n + 1], [(name, rows[n]) for name in names], own)


def _best(
    above: Sequence[Sequence[str]],
    readings: Sequence[tuple[str, Sequence[str]]],
    own: Mapping[str, str],
) -> Iterator[Header]:
    """Of the readings of a header, each for a dataset, the one whose fields it names best, if any."""
    matches = [(headers, match_one(headers, name, own)) for name, headers in readings]
    some = [(headers, match) for headers, match in matches if len(match.columns) >= 2]
    if some:
        headers, match = max(some, key=lambda found: found[1].quality)
        yield Header(tuple(map(tuple, above)), tuple(headers), match)


def _joined(
    upper: Sequence[str], lower: Sequence[str], dataset: str, own: Mapping[str, str]
) -> tuple[str, ...] | None:
    """The headers of two rows read as one; None if the lower one is no row of headers.

    It is one if both name fields, and the lower one has nothing but names of fields below a field's own
    header, where a row of data has its cells.
    """
    names = _names(dataset, own)
    if not any(plain_header(top) in names for top in upper):
        return None  # a title
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    headers, group, known = [], "", 0
    for top, bottom in zip(above, below, strict=True):
        # A group's name stands in the first of its merged cells.
        group = top if top.strip() else group if bottom.strip() else ""
        if not bottom.strip():
            headers.append(top)
            continue
        whole = next((one for one in (group + bottom, bottom) if plain_header(one) in names), None)
        if whole is None and plain_header(top) in names:
            return None
        known += whole is not None
        headers.append(whole or group + bottom)
    return tuple(headers) if known else None


@cache
def known_headers(dataset: str) -> dict[str, tuple[str, int]]:
    """Each header of a dataset with its field and its order of preference: official ones first."""
    found: dict[str, tuple[str, int]] = {}
    for field in datasets()[dataset].fields:
        for order, header in enumerate((field.header.zh, field.header.en, field.name, *field.aliases)):
            found.setdefault(plain_header(header), (field.name, order))
    for field in datasets()[dataset].fields:
        found[plain_header(field.header.zh)] = (field.name, 0)
    return found


def _names(dataset: str, own: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """The headers of a dataset, those of the sender before all others."""
    known = known_headers(dataset)
    means = ((header, known.get(plain_header(word))) for header, word in own.items())
    return known | {plain_header(header): (found[0], -1) for header, found in means if found}


def match_one(headers: Sequence[str], name: str, own: Mapping[str, str]) -> Match:
    """The headers read as those of one dataset."""
    dataset, names = datasets()[name], _names(name, own)
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
    header = find_header([headers], wanted)
    return None if header is None else header.match


def like_headers(cells: Sequence[str]) -> list[str]:
    """The cells that look like headers: any other may be a person's name or number."""
    known = {header for name in datasets() for header in _names(name, {})}
    return [cell.strip() for cell in cells if close_to(plain_header(cell), known) is not None]


def suggestion(match: Match) -> Text:
    """For each required field that is missing, the unknown header that may have meant it."""
    unknown = {_without_unit(header): header for header in match.unknown}
    nears = {header: unknown.get(close_to(header, unknown) or "") for header in match.missing}
    return Text(
        "、".join(
            f"{header}（是否为“{near}”？）" if near else header for header, near in nears.items()
        ),
        ", ".join(f"{header} (is it {near!r}?)" if near else header for header, near in nears.items()),
    )


def near_headers(match: Match) -> dict[str, tuple[str, str]]:
    """The headers that are not used and are spelled much like one of a field that has no column: each
    with that one, and the field's name."""
    free = {
        header: field.name
        for field in match.dataset.fields
        if field.name not in match.columns
        for header in (field.header.zh, *field.aliases)
    }
    nears = {header: close_to(_without_unit(header), free, cutoff=_CLOSE) for header in match.unknown}
    return {header: (near, free[near]) for header, near in nears.items() if near is not None}


def _without_unit(header: str) -> str:
    """A header without what stands in brackets at its end, for which it may only be asked about."""
    return re.sub(r"[(（][^()（）]*[)）]\s*$", "", header)


def second_headers(match: Match) -> dict[str, Text]:
    """The headers that are not used since another column has their field: each with that field's."""
    known = known_headers(match.dataset.name)
    fields = {header: known.get(plain_header(header), ("", 0))[0] for header in match.unknown}
    return {
        header: match.dataset.field(field).header
        for header, field in fields.items()
        if field in match.columns
    }
