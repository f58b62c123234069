"""Pages that list targets another way: by agency, and in the order of the policy's text.

Owns `agency_page` and `policy_page`. Called by `site`. May import `parts`, `tables`,
`metrics.published`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from dashboard.elements import html
from dashboard.parts import (
    WORST_FIRST,
    Component,
    Context,
    chips,
    closed_by_target,
    counts,
    facts_list,
    link,
    no_page,
    section,
)
from dashboard.quoted import quoted
from dashboard.tables import progress_key, targets_table
from metrics import published
from metrics.rows import ProgressRow, TargetRow

_NUMERALS = "一二三四五六七八九十"


def agency_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """What an agency answers for across targets. Raises UnknownNameError for one that has none."""
    words, view, name = context.words, context.view, context.view.name
    targets = published.targets(connection, context.policy.policy)
    leads = [target for target in targets if name in target.lead]
    supports = [target for target in targets if name in target.support]
    if not leads and not supports:
        raise no_page(name)
    rows = _rows(context, connection)
    content: list[Any] = []
    content.append(
        html.P(words("agency_sum", leads=len(leads), supports=len(supports)), className="lead")
    )
    content.append(counts(context, [rows[target.target] for target in leads], "leads"))
    for title, found, anchor in (
        (words("agency_leads"), leads, "leads"),
        (words("agency_supports"), supports, "supports"),
    ):
        some = [target for target in found if rows[target.target].status == view.status]
        if found:
            shown = _targets(context, connection, title, some or found, rows)
            content.append(section(title, progress_key(words), shown, anchor=anchor))
    return name, content


def policy_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """The policy section by section, each target's state beside its clause."""
    words, policy = context.words, context.policy
    targets = published.targets(connection, policy.policy)
    sections: dict[str, list[TargetRow]] = {}
    for target in sorted(targets, key=_order):
        sections.setdefault(words.of(target.section), []).append(target)
    rows = _rows(context, connection)
    facts: list[tuple[str, Any]] = [
        (words("document"), words.of(policy.document)),
        (words("period"), f"{policy.start} – {policy.by}"),
        (words("targets"), words.number(len(targets))),
    ]
    if policy.note is not None:
        facts.append((words("policy_note"), words.of(policy.note)))
    content: list[Any] = [html.Div(facts_list(facts), className="standing document")]
    for title, found in sections.items():
        content.append(section(title, _targets(context, connection, title, found, rows)))
    content.append(_agencies(context, targets, rows))
    return words.of(policy.name), content


def _order(target: TargetRow) -> tuple[int, int]:
    """Sections in the order of their Chinese numerals; those without one (annexes) after them."""
    numeral = target.section.zh.partition("、")[0]
    place = _NUMERALS.find(numeral) if len(numeral) == 1 else -1
    if len(numeral) == 2 and numeral[0] == "十":
        place = 10 + _NUMERALS.find(numeral[1])
    return place if place >= 0 else 99, target.position


def _agencies(
    context: Context, targets: Sequence[TargetRow], rows: Mapping[str, ProgressRow]
) -> Component:
    """Who answers for targets, and for how many that are behind."""
    words, view = context.words, context.view
    led: dict[str, list[str | None]] = {}
    for target in targets:
        for name in target.lead:
            led.setdefault(name, []).append(rows[target.target].status)
    entries = []
    for name, statuses in sorted(led.items(), key=lambda one: (-len(one[1]), one[0])):
        behind = sum(status in WORST_FIRST for status in statuses)
        said = words("agency_led", count=len(statuses), behind=behind)
        entries.append(
            [link(quoted(name, words), view.to("agency", name)), " ", html.Span(said, className="sub")]
        )
    return section(words("agencies"), chips(entries), anchor="agencies")


def _rows(context: Context, connection: Connection) -> dict[str, ProgressRow]:
    policy = context.policy
    found = published.progress(
        connection, policy=policy.policy, place=policy.area, as_of=context.view.as_of
    )
    return {row.target: row for row in found}


def _targets(
    context: Context,
    connection: Connection,
    title: str,
    targets: Sequence[TargetRow],
    rows: Mapping[str, ProgressRow],
) -> Component:
    policy = context.policy
    curves = published.curves(connection, policy.policy, policy.area)
    windows = closed_by_target(published.windows(connection, place=policy.area), context)
    return targets_table(context, title, targets, rows, curves, windows)
