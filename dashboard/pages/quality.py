"""The page of data quality: how fresh each dataset is, who has reported, what is suspicious, what was
refused and why, what was loaded.

Owns `quality_page`. Called by `site`. May import `completeness`, `pages.moved`, `parts`, `tables`,
`etl.rejects`, `etl.datasets`, `metrics.published`, `metrics.warnings` (kinds).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.completeness import completeness, missing_by_dataset
from dashboard.elements import html
from dashboard.pages.moved import moved_link
from dashboard.parts import Component, Context, asked_of, children_of, files_of, link, section
from dashboard.quoted import quoted
from dashboard.tables import table
from dashboard.words import Words
from etl.datasets import datasets, record_datasets
from etl.rejects import (
    RefusedFile,
    count_rejects,
    read_rejects,
    refused_by_file,
    refused_by_reason,
)
from etl.texts import NOTHING, Text
from metrics import published
from metrics.published import CompletenessRow, FreshnessRow, LoadRow, PlaceRow
from metrics.warnings import KINDS

#: Refused rows shown on the page; the download has all of them.
SHOWN_REJECTS = 100
#: Warnings of one kind shown on the page, likewise.
SHOWN_WARNINGS = 5
#: Kinds of refusal listed, the most frequent first.
_SHOWN_REASONS = 12
#: How many loads are shown at once, the newest; on a phone each takes half a screen.
_SHOWN_LOADS = 10
#: Places named that have sent nothing; the others are only counted.
_NAMED_PLACES = 6


def quality_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """What came in, from whom, how fresh it is, what is suspicious and what was refused."""
    words = context.words
    loads = published.loads(connection)
    refused = refused_by_file(connection)
    policy = context.policy.policy
    reported = published.completeness(connection, policy=policy, as_of=context.day)
    places = published.places(connection, context.policy.area)
    by_code = {place.code: place for place in places}
    reports = completeness(context, reported, by_code)
    said = words(
        "quality_sum",
        files=len({one.source_file for one in loads}),
        read=words.number(sum(one.rows_read for one in loads), short=False),
        rejected=words.number(sum(one.rejected for one in loads), short=False),
        open=words.number(sum(one.rows for one in refused), short=False),
    )
    return words("quality"), [
        html.P(said, className="lead"),
        section(
            words("freshness"),
            *_freshness(context, connection, loads, reported, places),
            anchor="freshness",
        ),
        section(words("completeness"), *reports, anchor="completeness"),
        section(words("warnings"), *_warnings(context, connection, by_code), anchor="warnings"),
        section(words("rejects"), *_rejects(context, connection, loads, refused), anchor="rejects"),
        section(words("loads"), _loads(context, loads), anchor="loads"),
    ]


def _warnings(
    context: Context, connection: Connection, places: Mapping[str, PlaceRow]
) -> list[Component]:
    """What is suspicious, kind by kind: the first ones of each."""
    words, policy = context.words, context.policy.policy
    every = published.warnings(connection, policy)
    if not every:
        return [html.P(words("warnings_none"))]
    files = files_of("warnings", asked_of(context, policy=policy), what=words("warnings"))
    parts: list[Component] = [html.P([words("warnings_note"), " ", files], className="sub")]
    for kind, title in KINDS.items():
        found = [warning for warning in every if warning.kind == kind]
        if not found:
            continue
        shown = found[:SHOWN_WARNINGS]
        kind_said = words.of(title)
        lines = [
            [
                quoted(w.subject or words.of(_name_of(places.get(w.place or ""))), words),
                quoted(words.of(w.plainly), words),
                _file(words, w.source_file, w.source_sheet or "") if w.source_file else words("none"),
                str(w.source_row) if w.source_row else words("none"),
                quoted(words.of(w.remedy), words),
            ]
            for w in shown
        ]
        headers = [words(k) for k in ("subject", "said", "file", "row", "remedy")]
        some = words("warnings_some", shown=len(shown), count=words.number(len(found), short=False))
        heading = words("warnings_of_kind", kind=kind_said, count=words.number(len(found), short=False))
        parts += [
            html.H3(heading),
            table(kind_said, headers, lines, numbers=(3,)),
            *([html.P(some, className="sub")] if len(found) > len(shown) else []),
        ]
    return parts


def _name_of(place: PlaceRow | None) -> Text:
    return NOTHING if place is None else place.short_name


def _freshness(
    context: Context,
    connection: Connection,
    loads: Sequence[LoadRow],
    reported: Sequence[CompletenessRow],
    places: Sequence[PlaceRow],
) -> list[Component]:
    """Per dataset: how much there is, to what day, when it last came, and which places are silent."""
    words, policy = context.words, context.policy
    rows = published.freshness(connection, policy.area)
    children = children_of(places, policy.area)
    above = _child_above(places, policy.area)
    here = {place.code for place in places}
    in_order = sorted(loads, key=lambda one: one.loaded_at)
    newest = {one.dataset: one.loaded_at for one in in_order if one.area in here}
    last_month = max((row.month for row in reported), default=None)
    gaps = missing_by_dataset([row for row in reported if row.month == last_month])
    lines = []
    for name, dataset in record_datasets().items():
        found = [row for row in rows if row.dataset == name]
        first = min((r.first_on for r in found if r.first_on is not None), default=None)
        last = max((r.last_on for r in found if r.last_on is not None), default=None)
        lines.append(
            [
                words.of(dataset.title),
                words.number(sum(row.records for row in found), short=False),
                words.day(first),
                words.day(last),
                f"{newest[name]:%Y-%m-%d}" if name in newest else words("none"),
                _missing(context, name, gaps.get(name, 0)) if found else words("none"),
                _silent(context, found, children, above),
            ]
        )
    headers = [words(k) for k in ("dataset", "records", "first_on", "last_on", "last_loaded")]
    headers += [words("places_missing", month=words.month(last_month)), words("silent")]
    note = words("freshness_note", place=words.of(places[0].name))
    return [
        html.P(note, className="sub"),
        table(words("freshness"), headers, lines, numbers=(1, 5)),
    ]


def _missing(context: Context, dataset: str, gaps: int) -> Component:
    said = str(gaps) if gaps else context.words("places_missing_none")
    return link(said, context.view.but(show=dataset) + "#completeness")


def _child_above(places: Sequence[PlaceRow], area: str) -> Mapping[str, str]:
    """For each place of an area the place right below the area that it lies in."""
    parents = {place.code: place.parent for place in places}

    def climb(code: str) -> str:
        parent = parents.get(code)
        return code if parent is None or parent == area or code == area else climb(parent)

    return {place.code: climb(place.code) for place in places}


def _silent(
    context: Context,
    found: Sequence[FreshnessRow],
    children: Sequence[PlaceRow],
    above: Mapping[str, str],
) -> str:
    words = context.words
    heard = {above.get(row.place, row.place) for row in found if row.records}
    silent = [words.of(place.short_name) for place in children if place.code not in heard]
    if not found or not children:
        return words("none")
    if len(silent) == len(children):
        return words("silent_all")
    if not silent:
        return words("silent_none")
    names = words.listed(silent[:_NAMED_PLACES])
    if len(silent) > _NAMED_PLACES:
        return words("silent_more", count=len(silent), names=names)
    return words("silent_some", count=len(silent), names=names)


def _rejects(
    context: Context, connection: Connection, loads: Sequence[LoadRow], refused: Sequence[RefusedFile]
) -> list[Component]:
    """What is refused still: by file, by reason, and the first cells one by one."""
    words = context.words
    if not refused:
        return [html.P(words("rejects_none"))]
    files = files_of("rejects", f"lang={words.language}", ("xlsx", "csv"), what=words("rejects"))
    every = [
        [
            _file(words, r.source_file, r.source_sheet),
            str(r.source_row),
            quoted(r.header, words),
            quoted(r.value or words("empty_cell"), words),
            quoted(words.of(r.reason), words),
            quoted(words.of(r.remedy), words),
        ]
        for r in read_rejects(connection, SHOWN_REJECTS)
    ]
    headers = [words(k) for k in ("file", "row", "column", "found", "reason", "remedy")]
    cells = count_rejects(connection)
    some = words("rejects_some", shown=len(every), count=words.number(cells, short=False))
    reasons = refused_by_reason(connection, _SHOWN_REASONS)
    return [
        html.P([words("rejects_note"), " ", files]),
        html.Div(
            [_by_file(context, loads, refused), _by_reason(context, reasons)], className="beside halves"
        ),
        html.Details(
            [
                html.Summary(some),
                table(words("rejects"), headers, every, numbers=(1,)),
            ],
            open=cells <= SHOWN_REJECTS,
        ),
    ]


def _by_file(context: Context, loads: Sequence[LoadRow], refused: Sequence[RefusedFile]) -> Component:
    words = context.words
    read: Counter[tuple[str, str]] = Counter()
    for load in loads:
        if load.withdrawn_at is None:
            read[load.source_file, load.source_sheet] += load.rows_read
    lines = [
        [
            _file(words, one.source_file, one.source_sheet),
            words.number(one.rows, short=False),
            words.number(sent, short=False),
            f"{100 * one.rows / sent:.1f}%" if sent else words("none"),
        ]
        for one in refused
        for sent in (read[one.source_file, one.source_sheet],)
    ]
    headers = [words(k) for k in ("file", "rejected", "read", "rejected_share")]
    return html.Div(
        [
            html.H3(words("rejects_by_file")),
            table(words("rejects_by_file"), headers, lines, numbers=(1, 2, 3)),
        ]
    )


def _by_reason(context: Context, reasons: Sequence[tuple[str, Text, int]]) -> Component:
    words = context.words
    lines = [
        [quoted(header, words), quoted(words.of(said), words), words.number(cells, short=False)]
        for header, said, cells in reasons
    ]
    headers = [words(k) for k in ("column", "reason", "cells")]
    return html.Div(
        [
            html.H3(words("rejects_by_reason")),
            table(words("rejects_by_reason"), headers, lines, numbers=(2,)),
        ]
    )


def _loads(context: Context, loads: Sequence[LoadRow]) -> Component:
    words = context.words
    counts = ("read", "loaded", "unchanged", "superseded", "rejected")
    lines = [
        [
            _file(words, one.source_file, one.source_sheet),
            words.of(datasets()[one.dataset].title),
            str(one.load),
            _when(context, one),
            *(
                words.number(n, short=False)
                for n in (one.rows_read, one.loaded, one.unchanged, one.superseded, one.rejected)
            ),
            words("none")
            if one.withdrawn_at
            else moved_link(context, one.source_file, one.load, one.area),
        ]
        for one in loads
    ]
    headers = [words(k) for k in ("file", "dataset", "load_number", "loaded_at", *counts, "moved_what")]
    numbers = (2, *range(4, 9))
    newest = table(words("loads"), headers, lines[:_SHOWN_LOADS], numbers=numbers)
    earlier = lines[_SHOWN_LOADS:]
    if not earlier:
        return newest
    title = words("loads_earlier", count=words.number(len(earlier), short=False))
    rest = table(title, headers, earlier, numbers=numbers)
    return html.Div([newest, html.Details([html.Summary(title), rest])])


def _when(context: Context, one: LoadRow) -> str:
    loaded = f"{one.loaded_at:%Y-%m-%d %H:%M}"
    if one.withdrawn_at is None:
        return loaded
    return context.words("withdrawn_on", loaded=loaded, withdrawn=f"{one.withdrawn_at:%Y-%m-%d %H:%M}")


def _file(words: Words, name: str, sheet: str) -> Any:
    return quoted(f"{name} · {sheet}" if sheet else name, words)
