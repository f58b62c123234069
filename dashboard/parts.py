"""Parts that several pages share: links, badges, menus, sections, lists of facts.

Owns `Context` (what every page knows) and the small pieces that pages are put together from. Called by
the pages, `tables`, `maps` and `frame`. May import `address`, `words`, `etl.errors`, `etl.texts`,
`metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dash import html

from dashboard.address import View
from dashboard.quoted import quoted
from dashboard.words import ICONS, Words
from etl.errors import UnknownNameError
from etl.texts import Text
from metrics.published import Reported
from metrics.rows import PolicyRow, ProgressRow, TargetRow, WindowRow

Component = Any

#: Worst first: the order in which leadership should read what is behind.
WORST_FIRST = ("breached", "missed", "off_track", "at_risk")

#: Attributes of what a screen reader need not read.
HIDDEN: dict[str, Any] = {"aria-hidden": "true"}


@dataclass(frozen=True)
class Context:
    """What every page knows: its view and words, the policy it is about, and the snapshot."""

    view: View
    words: Words
    policy: PolicyRow
    policies: Sequence[PolicyRow]
    facts: Mapping[str, str]
    old: bool
    #: How complete the records are; None where no date can be shown.
    reported: Reported | None = None

    @property
    def day(self) -> date | None:
        """The as-of date of the page."""
        return self.view.as_of or self.policy.as_of


def named(name: str) -> dict[str, Any]:
    """The attributes that give a region its name."""
    return {"aria-label": name}


def current(kind: str, here: bool) -> dict[str, Any]:
    """The attributes of a link to what is shown already."""
    return {"aria-current": kind} if here else {}


def no_page(name: str) -> UnknownNameError:
    """The error of an address that names nothing."""
    return UnknownNameError(Text(f"没有页面“{name}”", f"no page {name!r}"))


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


def menu(label: Any, entries: Sequence[Any], class_name: str = "") -> Component:
    """A button that opens a list of links; it works without script."""
    panel = html.Ul([html.Li(entry) for entry in entries])
    return html.Details([html.Summary(label), panel], className=f"menu {class_name}")


def section(title: str, *content: Any, anchor: str = "", class_name: str = "") -> Component:
    """A titled section of a page; one with an anchor can be gone to."""
    options: dict[str, Any] = {"id": anchor, "tabIndex": "-1"} if anchor else {}
    return html.Section([html.H2(title), *content], className=class_name or None, **options)


def facts_list(pairs: Sequence[tuple[str, Any]]) -> Component:
    """Names and values, one under the other."""
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs])


def chips(entries: Sequence[Any]) -> Component:
    """Short entries in a row."""
    return html.Ul([html.Li(entry) for entry in entries], className="chips")


def files_of(
    name: str, asked: str, kinds: Sequence[str] = ("csv", "xlsx", "json", "parquet"), what: str = ""
) -> Component:
    """Links to one download in each of its forms; `what` names it to who cannot see its line."""
    links = [
        html.A(
            kind.upper(), href=f"/download/{name}.{kind}?{asked}", download="", className="file",
            **(named(f"{what} {kind.upper()}") if what else {}),
        )
        for kind in kinds
    ]  # fmt: skip
    return html.Span(links, className="forms")


def asked_of(context: Context, **asked: str | None) -> str:
    """The query of a download: what is asked, at the page's date and of its snapshot."""
    day, words = context.day, context.words
    every: dict[str, str | None] = {
        **asked,
        "as_of": day.isoformat() if day is not None else None,
        "snapshot": context.view.snapshot,
        "lang": None if words.language == "zh" else words.language,
    }
    return "&".join(f"{key}={value}" for key, value in every.items() if value)


def breadcrumb(words: Words, parts: Sequence[tuple[str, str | None]], *more: Any) -> Component:
    """The way back: each part with its address, the last without; then what goes sideways."""
    items = [
        html.Li(link(quoted(text, words), href) if href else quoted(text, words))
        for text, href in parts
    ]
    trail = html.Nav(html.Ol(items), **named(words("breadcrumb")))
    return html.Div([trail, *more], className="breadcrumb")


def counts(context: Context, rows: Sequence[ProgressRow], anchor: str) -> Component:
    """How many targets have each status, as wide as they are many; each narrows the list below."""
    words, view = context.words, context.view
    found = [(status, sum(row.status == status for row in rows)) for status in ICONS]
    items = []
    for status, count in found:
        if not count:
            continue
        on = view.status == status
        href = view.but(status=None if on else status) + f"#{anchor}"
        content = [html.Strong(str(count)), badge(status, words)]
        items.append(
            html.Li(
                html.A(content, href=href, **current("true", on)),
                className=f"count {status}",
                style={"flexGrow": count},
            )
        )
    return html.Ul(items, className="counts", **named(words("counts")))


def closed_by_target(windows: Sequence[WindowRow], context: Context) -> Mapping[str, list[WindowRow]]:
    """Closed windows by target, none that closed after the page's date."""
    found: dict[str, list[WindowRow]] = {}
    for window in windows:
        if context.day is None or window.window_end <= context.day:
            found.setdefault(window.target, []).append(window)
    return found


def remarks(row: ProgressRow, windows: Sequence[WindowRow], words: Words) -> str:
    """What a status alone would hide: met late, or missed in years that are over."""
    late = words("late", day=row.noted_on) if row.note == "late" else ""
    years = [_years(window) for window in windows if window.state == "missed"]
    missed = words("missed_windows", years=words.listed(years)) if years else ""
    return words.sentences([late, missed])


def _years(window: WindowRow) -> str:
    first, last = window.window_start.year, window.window_end.year
    return str(first) if first == last else f"{first}–{last}"


def reason(target: TargetRow, row: ProgressRow, words: Words) -> str:
    """Why a target needs attention, in a sentence."""
    unit = words.unit(target, row)
    if row.status == "breached":
        limit = row.required_max if row.required_max is not None else row.required
        return words("reason_breached", limit=words.limit(limit, unit))
    if target.kind == "milestone":
        return words("reason_undone", by=target.by)
    to_go = words.change(row.to_go, unit)
    if row.status == "missed":
        return words("reason_missed", by=row.window_end or target.by, to_go=to_go)
    if not row.to_go:
        return ""
    if row.needed_per_month is None or row.rate_last_12_months is None:
        return words("reason_gap", to_go=to_go)
    return words(
        "reason_pace",
        to_go=to_go,
        needed=words.rate(row.needed_per_month),
        rate=words.rate(row.rate_last_12_months),
    )
