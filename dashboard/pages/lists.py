"""Pages that list targets another way: by agency, and in the order of the policy's text.

Owns `agency_page` and `policy_page`. Called by `site`. May import `parts`, `metrics.published`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from sqlalchemy import Connection

from dashboard.pages.overview import closed_by_target
from dashboard.parts import Context, breadcrumb, section, targets_table
from etl.errors import UnknownNameError
from metrics import published
from metrics.rows import TargetRow


def agency_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """What an agency answers for across targets. Raises UnknownNameError for one that has none."""
    words, name = context.words, context.view.name
    targets = published.targets(connection, context.policy.policy)
    leads = [target for target in targets if name in target.lead]
    supports = [target for target in targets if name in target.support]
    if not leads and not supports:
        raise UnknownNameError(name)
    content: list[Any] = [
        breadcrumb(words, [(words.of(context.policy.name), context.view.to("")), (name, None)])
    ]
    for title, found in ((words("agency_leads"), leads), (words("agency_supports"), supports)):
        if found:
            content.append(section(title, _targets(context, connection, title, found)))
    return name, content


def policy_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:
    """The policy section by section, each target's state beside its clause."""
    words = context.words
    sections: dict[str, list[TargetRow]] = {}
    for target in published.targets(connection, context.policy.policy):
        sections.setdefault(words.of(target.section), []).append(target)
    content: list[Any] = [html.P(words.of(context.policy.document), className="lead")]
    for title, targets in sections.items():
        content.append(section(title, _targets(context, connection, title, targets)))
    return words.of(context.policy.name), content


def _targets(context: Context, connection: Connection, title: str, targets: Sequence[TargetRow]) -> Any:
    policy = context.policy
    rows = {
        row.target: row
        for row in published.progress(
            connection, policy=policy.policy, place=policy.area, as_of=context.view.as_of
        )
    }
    curves = published.curves(connection, policy.policy, policy.area)
    windows = closed_by_target(published.windows(connection, place=policy.area), context)
    return targets_table(context, title, targets, rows, curves, windows)
