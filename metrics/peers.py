"""Peers: the sister places of a place, and what they come to on the mean.

Owns `children_of` and `mean_of_peers`, pure functions of places and of rows of progress. Called by
pages and `following`. May import `rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metrics.rows import PlaceRow, ProgressRow


def children_of(places: Sequence[PlaceRow], area: str) -> list[PlaceRow]:
    """The places right below an area. Parks that are no place of their own take no part."""
    return [place for place in places if place.parent == area and place.level != "park"]


def mean_of_peers(
    kind: str, rows: Mapping[str, ProgressRow], sisters: Sequence[str], above: str | None
) -> float | None:
    """The mean value of `sisters` in one target of a `kind`, of those that have any known, in their
    unit.

    Of a ratio it is the ratio of the place `above` them: the mean of ratios would count a town of a
    hundred people like one of a million. `rows` are the target's, by place.
    """
    if kind == "ratio":
        whole = rows.get(above) if above is not None else None
        return whole.value if whole is not None else None
    known = [
        value
        for place in sisters
        if (row := rows.get(place)) is not None and (value := row.value) is not None
    ]
    return sum(known) / len(known) if known else None
