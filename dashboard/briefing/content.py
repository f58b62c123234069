"""What a briefing (通报) says, before anything is laid out.

Owns `Briefing` and its parts: frozen, in one language, every figure already in words. Made by `draft`;
laid out by `pdf`, `docx`, `page` and `slides`, which all show the same. Imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """How many targets have a status. `status` is its key, `word` what readers call it."""

    status: str
    word: str
    targets: int


@dataclass(frozen=True, slots=True)
class Concern:
    """A target that needs attention, with the reason in a sentence."""

    target: str
    name: str
    value: str
    requirement: str
    status: str
    word: str
    reason: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A target whose status changed since the month before: for the `better`, the `worse`, or `other`
    (a new window began, or there was nothing to judge)."""

    target: str
    name: str
    direction: str
    then: str
    now: str
    value_then: str
    value_now: str


@dataclass(frozen=True, slots=True)
class Line:
    """One target in one line. `status` is None where nothing says what the place owes: `share` and
    `rank` then say how it stands. `pace` is what is needed a month beside what the last 12 brought."""

    target: str
    section: str
    clause: str
    name: str
    requirement: str
    value: str
    value_before: str
    expected: str
    status: str | None
    word: str
    remark: str
    by: str
    needed: str
    rate: str
    share: str
    rank: str


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a ranking; `here` is the one that the briefing is about."""

    rank: str
    rank_before: str
    name: str
    value: str
    status: str
    word: str
    here: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places by one target that judges them, the best first."""

    target: str
    name: str
    requirement: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Briefing:
    """A whole briefing. `office` and `issue` are blank unless they were given: what is not known is
    left to be filled in by hand. `headlines` are sentences; `demo` is empty for real data; `made_on` is
    the day of the snapshot, which a file is dated with; `file` is its name, without ending."""

    language: str
    banner: str
    office: str
    issue: str
    title: str
    place: str
    day: str
    made_on: str
    opening: str
    headlines: tuple[str, ...]
    counts: tuple[Count, ...]
    concerns: tuple[Concern, ...]
    concerns_more: str
    concerns_total: int
    compared: str
    turns: tuple[Turn, ...]
    judged: tuple[Line, ...]
    others: tuple[Line, ...]
    rankings: tuple[Ranking, ...]
    notes: tuple[str, ...]
    citation: str
    command: str
    file: str
    demo: str
