"""Parts that several pages share: links, badges, menus, sections, lists of facts.

Owns `Context` (what every page knows) and the small pieces that pages are put together from. Called by
the pages, `tables`, `maps` and `frame`. May import `address`, `figures`, `words`, `etl.errors`,
`etl.texts`, `metrics.comparison`, `metrics.outlook`, `metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.address import View
from dashboard.elements import html
from dashboard.figures import derived, figure
from dashboard.told import Told
from dashboard.words import ICONS, Words
from etl.errors import UnknownNameError
from etl.texts import Text
from metrics.comparison import month_before
from metrics.outlook import outlook
from metrics.peers import children_of as children_of
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
    #: The ids of all snapshots that can be shown, newest first, and which of them is published.
    snapshots: Sequence[str] = ()
    published: str | None = None
    #: How complete the records are; None where no date can be shown.
    reported: Reported | None = None

    @property
    def day(self) -> date | None:
        """The as-of date of the page."""
        return self.view.as_of or self.policy.as_of

    @property
    def since(self) -> date | None:
        """The date that changes are counted from: the one asked for if it lies in the policy's life and
        before the page's date, else the end of the month before; None where that does not either."""
        if self.day is None:
            return None
        asked = (self.view.since, month_before(self.day))
        return next((day for day in asked if day and self.policy.start <= day < self.day), None)


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


def counts(
    context: Context, rows: Sequence[ProgressRow], anchor: str, before: Sequence[ProgressRow] = ()
) -> Component:
    """How many targets have each status, as wide as they are many; each narrows the list below. By how
    many that is more or fewer than in the rows of `before`, if there are any."""
    words, view = context.words, context.view
    items = []
    for status in ICONS:
        count = sum(row.status == status for row in rows)
        more = count - sum(row.status == status for row in before) if before else 0
        if not count and not more:
            continue
        on = view.status == status
        href = view.but(status=None if on else status) + f"#{anchor}"
        content = [html.Strong(str(count)), badge(status, words)]
        if more:
            since = words("count_since", day=context.since, more=f"{more:+d}")
            said = f"{more:+d}".replace("-", "−")
            content.append(html.Span(said, className="sub", title=since))
        items.append(
            html.Li(
                html.A(content, href=href, **current("true", on)),
                className=f"count {status}",
                style={"flexGrow": max(count, 1)},
            )
        )
    return html.Ul(items, className="counts", **named(words("counts")))


def worst_first(targets: Sequence[TargetRow], rows: Mapping[str, ProgressRow]) -> list[TargetRow]:
    """The targets that need attention: by status, then by pace."""

    def order(target: TargetRow) -> tuple[int, float]:
        row = rows[target.target]
        return WORST_FIRST.index(str(row.status)), row.pace if row.pace is not None else 0.0

    return sorted((one for one in targets if rows[one.target].status in WORST_FIRST), key=order)


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
        return words("reason_breached", limit=_most(target, row, words))
    if target.kind == "milestone":
        return words("reason_undone", by=target.by)
    to_go = figure(row, "to_go", words.change(row.to_go, unit))
    if row.status == "missed":
        return words("reason_missed", by=row.window_end or target.by, to_go=to_go)
    if not row.to_go:
        return heading(target, row, words)
    if row.needed_per_month is None or row.rate_last_12_months is None:
        return words("reason_gap", to_go=to_go)
    pace = words(
        "reason_pace",
        needed=figure(row, "needed_per_month", words.rate(row.needed_per_month, unit)),
        rate=figure(row, "rate_last_12_months", words.rate(row.rate_last_12_months)),
    )
    return words.sentences([pace, heading(target, row, words)])


def done_of(target: TargetRow, row: ProgressRow, words: Words) -> str:
    """What is done of what is required, in short."""
    value, unit = words.value(target, row), words.unit(target, row)
    required = words.requirement(target, row)
    if row.require == "at_least" and target.kind != "milestone" and unit.en != "%":
        value = figure(row, "value", words.number(row.value), words.value(target, row, short=False))
        required = figure(row, "required", words.limit(row.required, unit))
    return Told.joined([value, " / ", required])


def heading(target: TargetRow, row: ProgressRow, words: Words) -> str:
    """Where a target is heading if the last 12 months go on, in a sentence; empty if unknown."""
    ahead = outlook(target, row)
    if ahead is None:
        return ""
    unit = words.unit(target, row)
    most = row.required_max if row.required_max is not None else row.required
    said = words.amount(ahead.reaches, unit)
    if not ahead.suffices and said in {words.amount(end, unit) for end in (row.required, most)}:
        # Rounded to the requirement it would look met when it is not.
        said = words.amount(ahead.reaches, unit, short=False)
    by, limited = ahead.by, row.require == "at_most" or ahead.reaches > (most or 0.0)
    is_short = not limited and not ahead.suffices
    if is_short and words.language == "en" and unit.en != "%":
        said = words.number(ahead.reaches)  # 151 of 200 studios
    reaches = derived(row, "outlook", ahead.reaches, said)
    if ahead.suffices and row.require != "at_most":
        return words("heading_enough", by=by, reaches=reaches)
    if limited:
        key = "heading_within" if ahead.suffices else "heading_over"
        return words(key, by=by, reaches=reaches, limit=_most(target, row, words))
    required = figure(row, "required", words.limit(row.required, unit))
    return words("heading_short", by=by, reaches=reaches, required=required)


def _most(target: TargetRow, row: ProgressRow, words: Words) -> str:
    """The upper end of what is required."""
    unit = words.unit(target, row)
    if row.required_max is not None:
        return figure(row, "required_max", words.limit(row.required_max, unit))
    return figure(row, "required", words.limit(row.required, unit))


def share_of(row: ProgressRow, words: Words) -> str:
    """A place's share of the whole."""
    if row.share is None:
        return words("none")
    return figure(row, "share", f"{row.share:,.1f}%", f"{row.share:,.4f}%")


def rank_of(row: ProgressRow, words: Words, key: str = "rank_of") -> str:
    """A place's rank among its sisters, in the text `key`."""
    if row.rank is None:
        return words("none")
    rank, ranked = figure(row, "rank", str(row.rank)), figure(row, "ranked", str(row.ranked))
    return words(key, rank=rank, ranked=ranked)
