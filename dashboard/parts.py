"""Parts that several pages share: tables, badges, the frame round every page.

Owns `frame`, `table`, `badge`, `targets_table` and their like. Called by the pages. May import
`address`, `marks`, `words`, `metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.address import View
from dashboard.marks import bullet, sparkline
from dashboard.words import ICONS, Words
from metrics.evaluate import last_day
from metrics.rows import PolicyRow, ProgressRow, TargetRow, WindowRow

Component = Any


@dataclass(frozen=True)
class Context:
    """What every page knows: its view and words, the policy it is about, and the snapshot."""

    view: View
    words: Words
    policy: PolicyRow
    policies: Sequence[PolicyRow]
    facts: Mapping[str, str]
    old: bool

    @property
    def day(self) -> Any:
        """The as-of date of the page."""
        return self.view.as_of or self.policy.as_of


#: Attributes of what a screen reader need not read.
HIDDEN: dict[str, Any] = {"aria-hidden": "true"}


def named(name: str) -> dict[str, Any]:
    """The attributes that give a region its name."""
    return {"aria-label": name}


def link(text: Any, href: str, class_name: str = "") -> Component:
    """A link inside the site."""
    return html.A(text, href=href, className=class_name or None)


def badge(status: str | None, words: Words) -> Component:
    """A status: shape, word and colour; nothing but words where there is none."""
    if status is None:
        return html.Span(words.status(None), className="status none")
    return html.Span(
        [html.Span(ICONS[status], className="icon", **HIDDEN), words.status(status)],
        className=f"status {status}",
    )


def table(
    caption: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    numbers: Sequence[int] = (),
    class_name: str = "",
) -> Component:
    """A table in a region of its own that scrolls if it must; `numbers` are right-aligned columns."""

    def cell(column: int, content: Any, first: bool) -> Component:
        align = "number" if column in numbers else ""
        if first:
            return html.Th(content, scope="row", className=align)
        return html.Td(content, className=align)

    return html.Div(
        html.Table(
            [
                html.Caption(caption),
                html.Thead(
                    html.Tr(
                        [
                            html.Th(h, scope="col", className="number" if i in numbers else "")
                            for i, h in enumerate(headers)
                        ]
                    )
                ),
                html.Tbody([html.Tr([cell(i, c, i == 0) for i, c in enumerate(row)]) for row in rows]),
            ]
        ),
        className=f"scroll {class_name}",
        tabIndex="0",
        role="region",
        **named(caption),
    )


def targets_table(
    context: Context,
    caption: str,
    targets: Sequence[TargetRow],
    rows: Mapping[str, ProgressRow],
    curves: Mapping[str, Sequence[ProgressRow]],
    windows: Mapping[str, Sequence[WindowRow]],
) -> Component:
    """All about each target in one line: where it is, where it must be, and how it got here."""
    words, view = context.words, context.view
    lines = []
    for target in targets:
        row = rows[target.target]
        lines.append(
            [
                [
                    link(words.of(target.name), view.to("target", target.target)),
                    html.Span(f"{target.clause} · {words.kind(target)}", className="sub"),
                ],
                html.Span(words.value(target, row), title=words.value(target, row, short=False)),
                words.requirement(target),
                _expected(target, row, words),
                _bullet(target, row, words),
                [badge(row.status, words), _remarks(row, windows.get(target.target, ()), words)],
                _spark(target, curves.get(target.target, ()), words),
                words.day(target.by),
            ]
        )
    headers = [words(k) for k in (
        "target", "value", "requirement", "expected", "progress", "status", "trend", "deadline",
    )]  # fmt: skip
    return table(caption, headers, lines, numbers=(1, 3), class_name="targets")


def _expected(target: TargetRow, row: ProgressRow, words: Words) -> str:
    if target.kind == "milestone" or row.expected is None:
        return words("none")
    return words.amount(row.expected, target.unit)


def _bullet(target: TargetRow, row: ProgressRow, words: Words) -> Component:
    if target.kind == "milestone" or row.value is None or not row.required:
        return words("none")
    done = "" if row.percent is None else f"{row.percent:.1f}%"
    text = f"{words('percent')} {done}"
    return html.Span(
        [
            bullet(row.value, row.required, row.expected, text),
            html.Span(done, className="sub"),
        ]
    )


def _spark(target: TargetRow, rows: Sequence[ProgressRow], words: Words) -> Component:
    if target.kind == "milestone" or not rows:
        return words("none")
    first, last = rows[0], rows[-1]
    text = f"{first.as_of}: {words.value(target, first)}; {last.as_of}: {words.value(target, last)}"
    return sparkline([row.value for row in rows], rows[-1].required, text)


def _remarks(row: ProgressRow, windows: Sequence[WindowRow], words: Words) -> Component:
    remarks = []
    if row.note == "late":
        remarks.append(words("late", day=row.noted_on))
    missed = [str(w.window_start.year) for w in windows if w.state == "missed"]
    if missed:
        joined = "、".join(missed) if words.language == "zh" else ", ".join(missed)
        remarks.append(words("missed_windows", years=joined))
    return html.Span("；".join(remarks), className="sub") if remarks else ""


def reason(target: TargetRow, row: ProgressRow, words: Words) -> str:
    """Why a target needs attention, in a sentence."""
    unit = target.unit
    if row.status == "breached":
        limit = row.required_max if row.required_max is not None else row.required
        return words("reason_breached", limit=words.amount(limit, unit))
    to_go = words.amount(row.to_go, unit)
    if row.status == "missed":
        return words("reason_missed", by=row.window_end or target.by, to_go=to_go)
    if unit.en == "%":
        return words("reason_share", to_go=f"{row.to_go or 0:,.1f}")
    if row.needed_per_month is None or row.rate_last_12_months is None:
        return words("reason_gap", to_go=to_go)
    return words(
        "reason_pace",
        to_go=to_go,
        needed=words.number(row.needed_per_month),
        rate=words.number(row.rate_last_12_months),
    )


def facts_list(pairs: Sequence[tuple[str, Any]]) -> Component:
    """Names and values, one under the other."""
    return html.Dl([part for name, value in pairs for part in (html.Dt(name), html.Dd(value))])


def files_of(
    name: str, asked: str, kinds: Sequence[str] = ("csv", "xlsx", "json", "parquet")
) -> list[Component]:
    """Links to one download in each of its forms."""
    return [
        html.A(kind.upper(), href=f"/download/{name}.{kind}?{asked}", download="", className="file")
        for kind in kinds
    ]


def section(title: str, *content: Any, anchor: str = "") -> Component:
    """A titled section of a page."""
    options: dict[str, Any] = {"id": anchor} if anchor else {}
    return html.Section([html.H2(title), *content], **options)


def source_line(context: Context) -> Component:
    """Where the figures of a page are from, for print and for citation."""
    words = context.words
    snapshot = words("snapshot", id=context.facts.get("id", ""))
    return html.P(
        words("source_line", snapshot=snapshot, day=words.day(context.day)), className="source"
    )


def breadcrumb(words: Words, parts: Sequence[tuple[str, str | None]]) -> Component:
    """The way back: each part with its address, the last without."""
    items = [html.Li(link(text, href) if href else text) for text, href in parts]
    return html.Nav(html.Ol(items), className="breadcrumb", **named(words("breadcrumb")))


def frame(context: Context, title: str, content: Sequence[Any]) -> Component:
    """The page round its content: header, main part, footer."""
    view, words = context.view, context.words
    other = "en" if words.language == "zh" else "zh"
    notices = []
    if context.facts.get("demo") == "true":
        notices.append(html.P(words("demo"), className="notice demo"))
    if context.old:
        back = link(words("back_to_current"), view.but(snapshot=None))
        notices.append(html.P([words("old_snapshot"), " · ", back], className="notice"))
    policies = [
        link(words.of(one.name), view.to("", policy=one.policy),
             "on" if one.policy == context.policy.policy else "")
        for one in context.policies
    ]  # fmt: skip
    pages = [("", "overview", ""), ("policy", "policy", context.policy.policy), ("data", "data", ""),
             ("quality", "quality", "")]  # fmt: skip
    return html.Div(
        [
            html.A(words("skip"), href="#main", className="skip"),
            html.Header(
                [
                    html.Div(
                        [
                            link(words("site"), view.to(""), "brand"),
                            html.Span(policies, className="policies"),
                            link(words("language"), view.but(lang=other), "language"),
                        ],
                        className="bar",
                    ),
                    html.Div(
                        [
                            html.Nav(
                                [
                                    link(words(key), view.to(page, name),
                                         "on" if view.page == page else "")
                                    for page, key, name in pages
                                ],
                                **named(words("navigation")),
                            ),
                            _as_of(context),
                        ],
                        className="bar second",
                    ),
                    *notices,
                ]
            ),
            html.Main([html.H1(title), *content, source_line(context)], id="main", tabIndex="-1"),
        ],
        lang="zh-CN" if words.language == "zh" else "en",
        className="page",
    )  # fmt: skip


def _as_of(context: Context) -> Component:
    """The as-of date, and the month ends that it can be changed to."""
    words, view, policy = context.words, context.view, context.policy
    if policy.as_of is None:
        return html.Span(words("empty"))
    months = []
    year, month = policy.as_of.year, policy.as_of.month
    while (year, month) >= (policy.start.year, policy.start.month):
        day = last_day(year, month)
        if day < policy.as_of:
            months.append(html.Li(link(f"{year}-{month:02d}", view.but(as_of=day))))
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    latest = link(f"{words('latest')} {policy.as_of}", view.but(as_of=None))
    return html.Details(
        [
            html.Summary(
                [words("as_of", day=words.day(context.day)), html.Span(words("as_of_change"))]
            ),
            html.Ul([html.Li(latest), *months]),
        ],
        className="as-of",
    )
