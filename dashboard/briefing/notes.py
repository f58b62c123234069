"""Notes of a briefing: what its figures rest on, what is missing, what is doubtful.

Owns `notes`. Called by `draft`. May import `words`, `etl.rejects`, `etl.datasets`, `metrics.published`,
`metrics.comparison`, `metrics.warnings` (kinds).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection

from dashboard.words import Words
from etl.datasets import record_datasets
from etl.rejects import refused_by_file
from metrics import published
from metrics.comparison import Change
from metrics.rows import CompletenessRow, PlaceRow, PolicyRow, TargetRow
from metrics.warnings import KINDS

#: Places named that have not reported, those with most months missing first; the others are counted.
_NAMED_PLACES = 6


def notes(
    connection: Connection,
    policy: PolicyRow,
    place: PlaceRow,
    places: Mapping[str, PlaceRow],
    targets: Sequence[TargetRow],
    here: Mapping[str, Change],
    day: date,
    words: Words,
) -> tuple[str, ...]:
    """Sentences: what is missing first, then what is doubtful, then the rules."""
    found = [
        *_missing(connection, policy, place, places, targets, day, words),
        *_unknown(targets, here, words),
        *_doubtful(connection, policy, place, places, words),
        *_refused(connection, words),
    ]
    found.append(words(f"rule_{policy.rule.replace('-', '_')}"))
    stop = words("briefing_stop")
    return tuple(one if one.endswith(stop) else one + stop for one in found)


def _missing(
    connection: Connection,
    policy: PolicyRow,
    place: PlaceRow,
    places: Mapping[str, PlaceRow],
    targets: Sequence[TargetRow],
    day: date,
    words: Words,
) -> list[str]:
    """What was to be reported and was not, for each dataset that the targets read."""
    read = {name for target in targets for name in target.datasets}
    top = _reporting(place, places, policy)
    rows = [
        row
        for row in published.completeness(connection, policy=policy.policy, as_of=day)
        if row.dataset in read and (top.code == policy.area or row.place == top.code)
    ]
    about = []
    if top.code != place.code:
        about.append(
            words("briefing_reported_by", place=words.of(place.name), above=words.of(top.name))
        )
    gaps = []
    for dataset in record_datasets().values():
        mine = [row for row in rows if row.dataset == dataset.name]
        missing = [row for row in mine if row.state == "missing"]
        low = sum(row.state == "low" for row in mine)
        if not missing and not low:
            continue
        said = words(
            "completeness_sum",
            dataset=words.of(dataset.title),
            months=len({row.month for row in mine}),
            expected=sum(row.due is not None for row in mine),
            missing=len(missing),
            low=low,
        )
        several = len({row.place for row in mine}) > 1
        gaps.append(said + (_who(missing, places, policy, words) if several and missing else ""))
    return [*about, *(gaps or [words("briefing_complete")])]


def _reporting(place: PlaceRow, places: Mapping[str, PlaceRow], policy: PolicyRow) -> PlaceRow:
    """The place that reports for a place: itself or the one above it, right below the area."""
    at = place
    while at.code != policy.area and at.parent != policy.area:
        at = places[str(at.parent)]
    return at


def _who(
    missing: Sequence[CompletenessRow],
    places: Mapping[str, PlaceRow],
    policy: PolicyRow,
    words: Words,
) -> str:
    """The places with months missing, and how many months."""
    months = Counter(row.place for row in missing)
    ordered = sorted(months.items(), key=lambda one: -one[1])
    names = [
        words("briefing_months_missing", place=_name(places[code], policy, words), months=count)
        for code, count in ordered[:_NAMED_PLACES]
    ]
    rest = len(ordered) - len(names)
    if rest > 0:
        names.append(words("briefing_others", count=rest))
    return words("briefing_gaps", said=words.listed(names))


def _name(place: PlaceRow, policy: PolicyRow, words: Words) -> str:
    name = words.of(place.short_name)
    return words("completeness_whole", place=name) if place.code == policy.area else name


def _unknown(targets: Sequence[TargetRow], here: Mapping[str, Change], words: Words) -> list[str]:
    """Targets without a value: unknown, which is not zero."""
    names = [words.of(t.name) for t in targets if here[t.target].now.status == "no_data"]
    if not names:
        return []
    return [words("briefing_no_data", count=len(names), names=words.listed(names))]


def _doubtful(
    connection: Connection,
    policy: PolicyRow,
    place: PlaceRow,
    places: Mapping[str, PlaceRow],
    words: Words,
) -> list[str]:
    """How many warnings there are, by kind: those of the place and of the places in it."""
    every = published.warnings(connection, policy.policy)
    if place.code != policy.area:
        inside = {code for code, one in places.items() if _is_in(one, place, places)}
        every = [warning for warning in every if warning.place in inside]
    number = Counter(warning.kind for warning in every)
    if not number:
        return []
    kinds = words.listed(
        words("briefing_kind", kind=words.of(title), count=number[kind])
        for kind, title in KINDS.items()
        if number[kind]
    )
    return [words("briefing_warnings", count=len(every), kinds=kinds)]


def _is_in(one: PlaceRow, place: PlaceRow, places: Mapping[str, PlaceRow]) -> bool:
    at: PlaceRow | None = one
    while at is not None:
        if at.code == place.code:
            return True
        at = places.get(at.parent or "")
    return False


def _refused(connection: Connection, words: Words) -> list[str]:
    """Rows refused still. A refused row may name no place, so they are told for all that is loaded."""
    rows = sum(one.rows for one in refused_by_file(connection))
    return [words("briefing_refused", rows=words.number(rows, short=False))] if rows else []
