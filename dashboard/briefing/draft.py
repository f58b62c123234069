"""Drafting a briefing: from what a snapshot says to sentences, lines and tables.

Owns `Question` (what a briefing is asked about) and `draft`. Called by `routes`, `page`, `slides` and
the command line. May import `content`, `lines`, `ranked`, `notes`, `words`, `metrics.published`,
`metrics.comparison`. No clock: the same snapshot and question give the same briefing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from dashboard.briefing.content import Briefing, Turn
from dashboard.briefing.lines import concerns, concerns_more, counts, line, turns
from dashboard.briefing.notes import notes
from dashboard.briefing.ranked import rankings
from dashboard.parts import WORST_FIRST
from dashboard.words import Words
from etl.errors import NothingLoadedError, UnknownNameError
from etl.texts import Language, Text
from metrics import published
from metrics.comparison import Change, compare, month_before
from metrics.known import check_known
from metrics.rows import PlaceRow, PolicyRow, ProgressRow, TargetRow, WindowRow

#: Targets that the first page has room for, the worst first; the lines below have them all.
SHOWN_CONCERNS = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What a briefing is about. None: the first policy (or the one of the place), its whole area, its
    last date. `office` and `issue` are who sends the briefing and its number, if they are known."""

    policy: str | None = None
    place: str | None = None
    as_of: date | None = None
    language: Language = "zh"
    office: str = ""
    issue: int | None = None


def draft(connection: Connection, question: Question) -> Briefing:
    """The briefing that is asked for. Raises UnknownNameError, NothingLoadedError."""
    words = Words(question.language)
    policy = policy_of(connection, question)
    every = published.places(connection, policy.area)
    inside = {place.code: place for place in every}
    place = inside[_place_in(connection, question, policy, inside)]
    day = question.as_of or policy.as_of or policy.start
    before = month_before(day)
    rows = published.progress(connection, policy=policy.policy, as_of=day)
    then: list[ProgressRow] = []
    if before >= policy.start:
        then = published.progress(connection, policy=policy.policy, as_of=before)
    changes = compare(then, rows)
    here = {target: change for (target, code), change in changes.items() if code == place.code}
    whole = place.code == policy.area
    targets = [
        target
        for target in published.targets(connection, policy.policy)
        if target.target in here and (target.kind != "milestone" or whole)
    ]
    judged = [target for target in targets if here[target.target].now.status is not None]
    others = [target for target in targets if here[target.target].now.status is None]
    windows = _closed(published.windows(connection, place=place.code), day)
    facts = published.snapshot_facts(connection)
    behind = concerns(judged, here, words)
    turned = tuple(turns(judged, here, words))
    compared = _compared(turned, before if then else None, words)
    about = {"policy": words.of(policy.name), "place": words.of(place.name)}
    said_day = _day(day, words)
    file = f"briefing-{policy.policy}-{place.code}-{day.isoformat()}"
    command = _command(question, policy, place, day, facts["id"], file)
    return Briefing(
        language=words.language,
        banner=words("briefing_banner"),
        office=question.office,
        issue=words("briefing_issue", issue=question.issue) if question.issue is not None else "",
        title=words("briefing_title" if whole else "briefing_title_place", **about),
        place=about["place"],
        day=said_day,
        made_on=datetime.fromisoformat(facts["created_at"]).date().isoformat(),
        opening=words(
            "briefing_opening" if whole else "briefing_opening_place",
            **about,
            day=said_day,
            document=words.of(policy.document),
        ),
        headlines=_headlines(policy, judged, others, here, day, compared, words),
        counts=tuple(counts([here[target.target].now for target in judged], words)),
        concerns=behind[:SHOWN_CONCERNS],
        concerns_more=concerns_more(len(behind), SHOWN_CONCERNS, words),
        concerns_total=len(behind),
        compared=compared,
        turns=turned,
        judged=tuple(line(one, here[one.target], windows, words) for one in judged),
        others=tuple(line(one, here[one.target], windows, words) for one in others),
        rankings=rankings(targets, changes, every, place, words),
        notes=notes(connection, policy, place, inside, targets, here, day, words),
        citation=words(
            "briefing_citation", **about, snapshot=facts["id"], day=said_day, code=place.code
        ),
        command=command,
        file=file,
        demo=words("demo") if facts.get("demo") == "true" else "",
    )


def policy_of(connection: Connection, question: Question) -> PolicyRow:
    """The policy asked for, else the first one whose area has the place. Raises UnknownNameError,
    NothingLoadedError."""
    every = published.policies(connection)
    if not every:
        raise NothingLoadedError
    if question.policy is not None:
        check_known(connection, question.policy, None, None)
        return next(one for one in every if one.policy == question.policy)
    if question.place is None:
        return every[0]
    above = {place.code for place in published.ancestors(connection, question.place)}
    found = next((one for one in every if one.area in above), None)
    if found is None:
        raise _not_inside(question.place, every[0])
    return found


def _place_in(
    connection: Connection, question: Question, policy: PolicyRow, inside: Mapping[str, PlaceRow]
) -> str:
    if question.place is None:
        return policy.area
    if question.place not in inside:
        published.place(connection, question.place)  # a code that no place has is said as such
        raise _not_inside(question.place, policy)
    return question.place


def _not_inside(place: str, policy: PolicyRow) -> UnknownNameError:
    return UnknownNameError(
        Text(
            f"地点“{place}”不在政策 {policy.policy} 的范围（{policy.area}）内",
            f"place {place!r} is not inside the area of policy {policy.policy} ({policy.area})",
        )
    )


def _closed(windows: Sequence[WindowRow], day: date) -> dict[str, list[WindowRow]]:
    found: dict[str, list[WindowRow]] = {}
    for window in windows:
        if window.window_end <= day:
            found.setdefault(window.target, []).append(window)
    return found


def _headlines(
    policy: PolicyRow,
    judged: Sequence[TargetRow],
    others: Sequence[TargetRow],
    here: Mapping[str, Change],
    day: date,
    compared: str,
    words: Words,
) -> tuple[str, ...]:
    """How it stands, how much time is left, what turned since."""
    rows = [here[target.target].now for target in judged]
    counted = words.listed(
        words("briefing_count", word=count.word, targets=count.targets) for count in counts(rows, words)
    )
    behind = sum(row.status in WORST_FIRST for row in rows)
    left = (policy.by - day).days
    time = words("briefing_left", days=left) if left > 0 else words("briefing_over")
    said = []
    if judged:
        said.append(words("briefing_sum", total=len(rows), counts=counted, behind=behind))
    if others:
        said.append(words("briefing_unjudged", total=len(others)))
    if not judged and not others:
        said.append(words("briefing_nothing"))
    life = {"start": _day(policy.start, words), "by": _day(policy.by, words)}
    said.append(words("briefing_time", **life, time=time))
    return (*said, compared)


def _compared(turns: Sequence[Turn], before: date | None, words: Words) -> str:
    if before is None:
        return words("briefing_no_month_before")
    if not turns:
        return words("briefing_unturned", day=_day(before, words))
    number = {way: sum(turn.direction == way for turn in turns) for way in ("better", "worse", "other")}
    parts = [words(f"briefing_{way}", count=count) for way, count in number.items() if count]
    return words("briefing_turned", day=_day(before, words), parts=words.listed(parts))


def _day(day: date, words: Words) -> str:
    """A date as a document writes it."""
    chinese = f"{day.year}年{day.month}月{day.day}日"
    return chinese if words.language == "zh" else day.isoformat()


def _command(
    question: Question, policy: PolicyRow, place: PlaceRow, day: date, snapshot: str, file: str
) -> str:
    """What gives this very briefing again."""
    parts = [
        f"milepost briefing --policy {policy.policy} --place {place.code}",
        f"--as-of {day.isoformat()} --snapshot {snapshot}",
    ]
    if question.issue is not None:
        parts.append(f"--issue {question.issue}")
    if question.language != "zh":
        parts.append(f"--lang {question.language}")
    return " ".join([*parts, f"--format pdf -o {file}.pdf"])
