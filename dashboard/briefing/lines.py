"""Lines of a briefing: how many targets have which status, what needs attention, what turned, each one.

Owns `counts`, `concerns`, `concerns_more`, `turns` and `line`. Called by `draft`. May import `content`,
`figures`, `parts` (reasons, remarks), `words`, `metrics.comparison`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dashboard.briefing.content import Concern, Count, Line, Turn
from dashboard.figures import figure
from dashboard.parts import WORST_FIRST, rank_of, reason, remarks, share_of
from dashboard.words import ICONS, Words
from metrics.comparison import Change
from metrics.rows import ProgressRow, TargetRow, WindowRow


def counts(rows: Sequence[ProgressRow], words: Words) -> Iterable[Count]:
    """How many targets have each status, in the order of statuses."""
    for status in ICONS:
        found = sum(row.status == status for row in rows)
        if found:
            yield Count(status, words.status(status), found)


def concerns(
    targets: Sequence[TargetRow], here: Mapping[str, Change], words: Words
) -> tuple[Concern, ...]:
    """What is behind, the worst first."""

    def order(target: TargetRow) -> tuple[int, float]:
        row = here[target.target].now
        return WORST_FIRST.index(str(row.status)), row.pace if row.pace is not None else 0.0

    behind = [target for target in targets if here[target.target].now.status in WORST_FIRST]
    found = []
    for target in sorted(behind, key=order):
        row = here[target.target].now
        found.append(
            Concern(
                target=target.target,
                name=words.of(target.name),
                value=words.value(target, row),
                requirement=words.requirement(target, row),
                status=str(row.status),
                word=words.status(row.status),
                reason=reason(target, row, words),
            )
        )
    return tuple(found)


def concerns_more(total: int, shown: int, words: Words) -> str:
    """What is said below the targets that need attention: how many more there are."""
    if not total:
        return words("briefing_no_concerns")
    return words("briefing_concerns_more", count=total - shown) if total > shown else ""


def turns(targets: Sequence[TargetRow], here: Mapping[str, Change], words: Words) -> Iterable[Turn]:
    """The targets whose status turned, the worse first."""
    for direction in ("worse", "better", "other"):
        for target in targets:
            change = here[target.target]
            if change.then is None or change.turn != direction:
                continue
            yield Turn(
                target=target.target,
                name=words.of(target.name),
                direction=direction,
                then=words.status(change.then.status),
                now=words.status(change.now.status),
                value_then=words.value(target, change.then),
                value_now=words.value(target, change.now),
            )


def line(
    target: TargetRow, change: Change, windows: Mapping[str, Sequence[WindowRow]], words: Words
) -> Line:
    """A target in one line; `windows` are the closed ones, by target."""
    row, then = change.now, change.then
    comparable = then is not None and then.value is not None and not change.is_anew
    open_still = row.needed_per_month is not None
    return Line(
        target=target.target,
        section=words.of(target.section),
        clause=target.clause,
        name=words.of(target.name),
        requirement=words.requirement(target, row),
        value=words.value(target, row),
        value_before=words.value(target, then) if then is not None and comparable else words("none"),
        expected=words.expected(target, row),
        status=row.status,
        word=words.status(row.status),
        remark=remarks(row, windows.get(target.target, ()), words),
        by=words.day(target.by),
        needed=figure(row, "needed_per_month", words.rate(row.needed_per_month))
        if open_still
        else words("none"),
        rate=figure(row, "rate_last_12_months", words.rate(row.rate_last_12_months))
        if open_still
        else words("none"),
        share=share_of(row, words),
        rank=rank_of(row, words),
    )
