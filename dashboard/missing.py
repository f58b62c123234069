"""What is missing from whom: the months that a place has not reported, by dataset.

Owns `missing_reports`. Called by the page of a place. May import `parts`, `etl.datasets`,
`metrics.published`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from dashboard.elements import html
from dashboard.parts import Component, Context, link
from etl.datasets import record_datasets
from metrics import published
from metrics.published import CompletenessRow, PlaceRow

#: Lines shown; the quality page has all of them.
_SHOWN = 6


def missing_reports(
    context: Context, connection: Connection, code: str, inside: Mapping[str, PlaceRow]
) -> list[Component]:
    """The reports that are missing or few of a place; of the policy's area, those of all its places.

    What is reported is known of places right below the area: of a town in a district, the district's is
    said."""
    words, view, policy = context.words, context.view, context.policy
    top = code
    while top != policy.area and inside[top].parent not in (None, policy.area):
        top = str(inside[top].parent)
    rows = [
        row
        for row in published.completeness(connection, policy=policy.policy, as_of=view.as_of)
        if row.state in {"missing", "low"} and (top == policy.area or row.place == top)
    ]
    found: dict[tuple[str, str, str], list[CompletenessRow]] = {}
    for row in rows:
        found.setdefault((row.state, row.place, row.dataset), []).append(row)
    # What is missing before what is few, the longest gaps first.
    ordered = sorted(found.items(), key=lambda one: (one[0][0] != "missing", -len(one[1])))
    note = [] if top == code else [html.P(words("missing_of", place=words.of(inside[top].name)))]
    if not ordered:
        return [*note, html.P(words("missing_nothing"))]
    items = [
        html.Li(_said(context, state, place, dataset, months, inside, named=top == policy.area))
        for (state, place, dataset), months in ordered[:_SHOWN]
    ]
    more = len(ordered) - len(items)
    text = words("missing_more", count=more) if more > 0 else words("missing_all")
    return [
        *note,
        html.Ul(items, className="gaps"),
        html.P(link(text, view.to("quality") + "#completeness"), className="sub"),
    ]


def _said(
    context: Context,
    state: str,
    place: str,
    dataset: str,
    months: Sequence[CompletenessRow],
    inside: Mapping[str, PlaceRow],
    *,
    named: bool,
) -> list[Component]:
    words, view = context.words, context.view
    who = [link(words.of(inside[place].short_name), view.to("place", place)), " "] if named else []
    title = link(
        words.of(record_datasets()[dataset].title), view.to("quality", show=dataset) + "#completeness"
    )
    listed = words.listed(words.month(row.month) for row in months)
    return [
        *who,
        title,
        " ",
        html.Strong(words(f"gap_{state}")),
        " ",
        html.Span(listed, className="sub"),
    ]
