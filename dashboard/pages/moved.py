"""The page of what a file moved: every number of the policy, before its load and after it.

Owns `moved_page`, and `moved_link`, by which other pages lead here. Called by `site`. May import
`moves`, `parts`, `quoted`, `tables`, `metrics.published`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from dashboard.elements import html
from dashboard.moves import Moves
from dashboard.parts import Component, Context, badge, files_of, link, named, no_page, section
from dashboard.quoted import quoted
from dashboard.tables import table
from dashboard.words import Words
from metrics import published
from metrics.rows import TargetRow

#: Numbers shown on the page; the download has all of them.
_SHOWN = 200
#: What an address calls the file: it is one of the columns of the table of loads.
_FILE = "source_file.is"


def moved_page(context: Context, connection: Connection, moves: Moves) -> tuple[str, list[Any]]:
    """Title and content: the load that the view names, and of it the file that is asked for."""
    words, view, policy = context.words, context.view, context.policy
    file = dict(view.asked).get(_FILE, "")
    if not view.name.isdecimal():
        raise no_page(view.name)
    load = int(view.name[:18])
    found = moves.of(
        connection, file, load, policy=policy.policy, as_of=view.as_of, language=words.language
    )
    rows = [dict(zip(found.columns, cells, strict=True)) for cells in found.rows]
    # The whole before its places.
    rows.sort(key=lambda row: row["place"] != policy.area)
    command = f"milepost moved {file!r} --load {load} --policy {policy.policy}"
    command += f" --as-of {view.as_of}" if view.as_of else ""
    said: list[Any] = [words("moved_note_page"), " ", html.Code(quoted(command, words))]
    title = words("moved_title", file=file)
    if not rows:
        none = words("moved_nothing", policy=words.of(policy.name))
        return title, [html.P(none, className="lead"), html.P(said, className="sub")]
    day = rows[0]["as_of"]
    lead = words("moved_lead", count=len(rows), policy=words.of(policy.name), day=day)
    kept = {key: view.query().get(key) for key in ("policy", "as_of", "snapshot", "lang")}
    asked = {"load": load, "file": file, **{key: value for key, value in kept.items() if value}}
    some = words("moved_some", shown=_SHOWN, count=len(rows)) if len(rows) > _SHOWN else ""
    targets = {one.target: one for one in published.targets(connection, policy.policy)}
    names = {one.code: words.of(one.name) for one in published.places(connection, policy.area)}
    lines = [_line(context, row, targets[str(row["target"])], names) for row in rows[:_SHOWN]]
    headers = [words(k) for k in ("target", "place", "moved_before", "moved_after", "turn")]
    return title, [
        html.P(lead, className="lead"),
        section(
            words("moved_what"),
            html.P([files_of("moved", urlencode(asked), what=title), " ", some]),
            table(title, headers, lines, numbers=(2, 3), class_name="targets compared"),
            html.P(said, className="sub"),
        ),
    ]


def moved_link(context: Context, file: str, load: int, area: str | None = None) -> Component:
    """A link to what a file moved, of the policy of the area that it was loaded for."""
    words = context.words
    policy = next((one.policy for one in context.policies if one.area == area), context.policy.policy)
    as_of = context.view.as_of if policy == context.policy.policy else None
    asked = ((_FILE, file),)
    href = context.view.to("moved", str(load), asked=asked, policy=policy, as_of=as_of)
    return html.A(words("moved_show"), href=href, **named(words("moved_by_load", load=load)))


def _line(
    context: Context, row: Mapping[str, object], target: TargetRow, names: Mapping[str, str]
) -> list[Any]:
    words, view, place = context.words, context.view, str(row["place"])
    at = place if place != context.policy.area else None
    then, now = (row[f"status_{when}"] for when in ("before", "after"))
    turned: Any = badge(str(now), words) if now else words("none")
    if then != now:
        turned = [badge(str(then), words) if then else words("none"), " → ", turned]
    return [
        link(words.of(target.name), view.to("target", target.target, place=at)),
        link(names[place], view.to("place", place)),
        *(_value(words, row, target, when) for when in ("before", "after")),
        html.Span(turned, className="turned"),
    ]


def _value(words: Words, row: Mapping[str, object], target: TargetRow, when: str) -> str:
    """A value with the parts that it is made of, since either may have moved."""
    value, above, below = (row[f"{key}_{when}"] for key in ("value", "numerator", "denominator"))
    if not isinstance(value, (int, float)):
        return words("no_data_word")
    if target.kind == "milestone":
        return words("done" if value else "not_done")
    inner = target.inner_unit if target.kind == "coverage" and row["unit"] != "%" else None
    said = words.amount(value, inner or target.unit, short=False)
    if not isinstance(above, (int, float)) or not isinstance(below, (int, float)):
        return said
    parts = f"{words.number(above, short=False)} / {words.number(below, short=False)}"
    return said + words("briefing_in_brackets", said=parts)
