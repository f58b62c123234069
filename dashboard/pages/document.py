"""The document behind a target: what it says, who answers for it, and how its figures are made.

Owns `about` and `how`, sections of the page of a target. May import `parts`, `tables`,
`etl.datasets`, `metrics.published`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from dashboard.elements import html
from dashboard.parts import Component, Context, asked_of, facts_list, files_of, link, section
from dashboard.quoted import quoted
from dashboard.tables import table
from etl.datasets import datasets
from metrics import published
from metrics.rows import TargetRow


def about(context: Context, target: TargetRow) -> Component:
    """The target as the policy states it."""
    words, view, policy = context.words, context.view, context.policy

    def agencies(names: Sequence[str]) -> Any:
        found: list[Any] = []
        for name in names:
            found += [
                words.listed(["", ""]) if found else "",
                link(quoted(name, words), view.to("agency", name)),
            ]
        return found or words("none")

    clause = f"{words.of(target.section)} · {words('clause_of', clause=target.clause)}"
    pairs: list[tuple[str, Any]] = [
        (words("kind"), words.kind(target)),
        (words("document"), link(words.of(policy.document), view.to("policy", policy.policy))),
        (words("clause"), quoted(clause, words)),
        (words("lead"), agencies(target.lead)),
    ]
    if target.support:
        pairs.append((words("support"), agencies(target.support)))
    if target.inner_required is not None and target.inner_unit is not None:
        inner = words.amount(target.inner_required, target.inner_unit)
        pairs.insert(1, (words("unit_requirement"), inner))
    if target.note is not None:
        pairs.append((words("note"), words.of(target.note)))
    if policy.note is not None:
        pairs.append((words("policy_note"), words.of(policy.note)))
    return section(words("about"), facts_list(pairs), class_name="about")


def how(context: Context, connection: Connection, target: TargetRow, at: str) -> Component:
    """Where the figures are from and how anybody can make them again."""
    words, day = context.words, context.day
    old = f" --snapshot {context.view.snapshot}" if context.view.snapshot else ""
    command = f"milepost progress --target {target.target} --place {at} --as-of {day}{old} --format csv"
    asked = {"target": target.target, "place": at}
    files = [
        ("download_place", "progress", asked),
        ("download_places", "progress", {"target": target.target}),
        ("download_months", "months", asked),
        ("download_records", "records", asked),
    ]
    lines = [
        html.Li([html.Span(words(key)), files_of(name, asked_of(context, **query), what=words(key))])
        for key, name, query in files
    ]
    return section(
        words("how"),
        html.P(words(f"rule_{context.policy.rule.replace('-', '_')}"), className="sub"),
        html.H3(words("inputs")),
        _inputs(context, connection, target),
        html.H3(words("command")),
        html.Pre(html.Code(command), tabIndex="0"),
        html.P(link(words("figure_link"), context.view.to("figure", target.target, place=at))),
        html.Div(
            [html.H3(words("downloads")), html.Ul(lines, className="files")], className="downloads"
        ),
        html.Details(
            [
                html.Summary(words("query")),
                html.Pre(html.Code(quoted(target.query, words)), tabIndex="0"),
            ]
        ),
        html.Details(
            [html.Summary(words("sql")), html.Pre(html.Code(quoted(target.sql, words)), tabIndex="0")]
        ),
    )


def _inputs(context: Context, connection: Connection, target: TargetRow) -> Component:
    words = context.words
    inputs: dict[str, tuple[int, date | None, date | None]] = {}
    for row in published.freshness(connection, context.policy.area):
        count, first, last = inputs.get(row.dataset, (0, row.first_on, row.last_on))
        first = min((d for d in (first, row.first_on) if d is not None), default=None)
        last = max((d for d in (last, row.last_on) if d is not None), default=None)
        inputs[row.dataset] = (count + row.records, first, last)
    nothing = (0, None, None)
    lines = []
    for name in target.datasets:
        count, first, last = inputs.get(name, nothing)
        title = words.of(datasets()[name].title)
        lines.append([title, words.number(count, short=False), words.day(first), words.day(last)])
    headers = [words(k) for k in ("dataset", "records", "first_on", "last_on")]
    return table(words("inputs"), headers, lines, numbers=(1,), class_name="few")
