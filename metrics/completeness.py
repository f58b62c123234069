"""Completeness: which place has reported which dataset for which month, and which was to be expected.

Owns `complete`, which makes the rows of the table `completeness`, the rule of what is expected,
`read_completeness` and `read_reported`. A row stands for a place right below a policy's area, with all
places below it, or for the area itself with what is recorded for the whole only. Called by `assess`,
`evaluate` and `published`. May import `catalogue`, `expects`, `places`, `received`, `rows`, `tables`.

What a policy declares (`expects`) is due whether or not anything ever came. Of a place and dataset of
which it declares nothing, a rule decides: take the last month before the one in question for which the
place has records, and the `LOOKED_BACK` months that end with that one (fewer if its first records are
younger). The place is expected to report if it has records in `RULE_SHARE` of them or more, and in at
least `KNOWN_MONTHS`. A place that has fallen silent is thus expected to speak, however long ago it did.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from statistics import median

from sqlalchemy import Connection, and_, case, func, select

from etl.datasets import record_datasets
from etl.texts import Text
from metrics.catalogue import Policy
from metrics.expects import Expects
from metrics.places import AreaPlaces, area_places
from metrics.received import Months, Received, first_day, month_of
from metrics.rows import CompletenessRow, PolicyRow
from metrics.tables import COMPLETENESS

#: What a month of a place can be.
STATES: Mapping[str, Text] = {
    "received": Text("已报送", "received"),
    "low": Text("偏少", "few"),
    "missing": Text("缺报", "missing"),
    "open": Text("未到期", "not over"),
    "none": Text("无", "none"),
}

#: Why a report is due: the policy declares it, or the place usually sends it.
DECLARED, USUAL = "declared", "usual"
WHY_DUE: Mapping[str, Text] = {
    DECLARED: Text("政策规定", "declared"),
    USUAL: Text("按惯例", "usual"),
}

#: So many months tell what a place usually does.
LOOKED_BACK = 12
#: Of fewer months with records nothing follows.
KNOWN_MONTHS = 3
#: In this share of the months looked back on or more: the place reports as a rule.
RULE_SHARE = Fraction(2, 3)
#: So many months are shown, the last that of the as-of date.
SHOWN_MONTHS = 12
#: Less than this share of the usual number of records is little, if so many are usual.
LOW_SHARE, LOW_FROM = Fraction(1, 4), 10


@dataclass(frozen=True, slots=True)
class Reported:
    """How many reports were due, and how many of them are missing."""

    due: int
    missing: int


def complete(
    received: Received, policy: Policy, places: AreaPlaces, as_of: date | None, today: date
) -> Iterator[CompletenessRow]:
    """The months of a policy's life up to its as-of date in which a place reported or was to report."""
    if as_of is None:
        return
    span = range(month_of(policy.start), month_of(as_of) + 1)
    last_due = min(month_of(as_of), month_of(policy.by))
    over = month_of(today)  # the month of today is not over
    members = members_of(places)
    found = received.together({code: place for place, codes in members.items() for code in codes})
    for dataset in record_datasets():
        for place in members:
            months = found.months.get((dataset, place), {})
            declared = _declared_of(policy, dataset, place, places)
            due = declared.periods(policy.start, last_due) if declared else None
            for one in _reports(months, due, span):
                names = (found.files.get((dataset, place, number), ()) for number in one.months)
                yield CompletenessRow(
                    policy=policy.id,
                    dataset=dataset,
                    place=place,
                    month=first_day(one.month),
                    records=months.get(one.month, 0),
                    usual=one.usual,
                    due=one.due,
                    state=_state(months, one, open_still=one.month >= over),
                    files="、".join(sorted({name for of in names for name in of})) or None,
                )


@dataclass(frozen=True, slots=True)
class _Report:
    """A month to be shown, and the `months` that its report is about: with the last one of a quarter or
    a year, all of them. `due` and `usual` as in a row."""

    month: int
    months: range
    due: str | None
    usual: float | None = None


def _reports(months: Months, due: Iterable[range] | None, span: range) -> Iterator[_Report]:
    """The months of a span that have records or in which some were expected: those that are declared to
    be `due`, or none being declared, those of the rule."""
    usual = usual_records(months, span)
    if due is None:
        for number in span:
            if number in months or number in usual:
                by_rule = USUAL if number in usual else None
                yield _Report(number, range(number, number + 1), by_rule, usual.get(number))
        return
    ends = {period[-1]: period for period in due}
    for number in span:
        if number in ends:
            # How many are usual is known of months: it says nothing of a longer report.
            of_month = usual.get(number) if len(ends[number]) == 1 else None
            yield _Report(number, ends[number], DECLARED, of_month)
        elif number in months:
            yield _Report(number, range(number, number + 1), None)


def _declared_of(policy: Policy, dataset: str, place: str, places: AreaPlaces) -> Expects | None:
    """What the policy declares of a place's reports of a dataset; nothing: the rule decides."""
    level = places.levels[place]
    named = [one for one in policy.expects if dataset in one.dataset and one.names(place, level)]
    return named[-1] if named else None


def problems_of(policy: Policy, places: AreaPlaces) -> Iterator[Text]:
    """Senders of a policy's reports that are not there: what `milepost check`, which has no places,
    cannot know."""
    members = [*members_of(places), places.area]
    levels = {places.levels[place] for place in members}
    for position, one in enumerate(policy.expects):
        for sender in one.senders:
            if sender in levels or sender in members:
                continue
            key, allowed = f"policies.{policy.id}.expects.{position}.from", sorted(levels)
            yield Text(
                f"{key}：{places.area} 的直属地点中没有“{sender}”；"
                f"可写级别 {'、'.join(allowed)}，或直属地点的代码",
                f"{key}: {sender!r} is no place right below {places.area} nor a level of these;"
                f" write {', '.join(allowed)}, or the code of such a place",
            )


def members_of(places: AreaPlaces) -> Mapping[str, Sequence[str]]:
    """The places right below an area, each with all places in it; the area itself stands for itself."""
    found: dict[str, list[str]] = {}
    for code in places.codes:
        top = code
        while top != places.area and places.parents[top] != places.area:
            top = places.parents[top]
        found.setdefault(top, []).append(code)
    return found


def usual_records(months: Months, span: range) -> dict[int, float]:
    """The months of a span in which records are expected, each with how many are usual: the median of
    the months with records that were looked back on."""
    found: dict[int, float] = {}
    reported = sorted(months)
    for position, last in enumerate(reported):
        begun = max(reported[0], last - LOOKED_BACK + 1)
        known = reported[bisect_left(reported, begun) : position + 1]
        length = last - begun + 1
        if len(known) < _least_known(length):
            continue
        usual = float(median(months[number] for number in known))
        after = reported[position + 1] if position + 1 < len(reported) else span.stop - 1
        found |= dict.fromkeys(range(max(last + 1, span.start), min(after, span.stop - 1) + 1), usual)
    return found


@cache
def _least_known(length: int) -> int:
    """Of so many months, how many must have records so that any are expected."""
    return max(KNOWN_MONTHS, math.ceil(RULE_SHARE * length))


def _state(months: Months, report: _Report, *, open_still: bool) -> str:
    records = sum(months.get(number, 0) for number in report.months)
    little = (
        report.usual is not None
        and report.usual >= LOW_FROM
        and records * LOW_SHARE.denominator < LOW_SHARE.numerator * report.usual
    )
    if open_still and (little or not records):
        return "open"
    if not records:
        return "missing"
    return "low" if little else "received"


def read_reported(connection: Connection, policy: PolicyRow, as_of: date) -> Reported:
    """How complete the records are that figures of a date rest on: how many reports were due in the
    last `SHOWN_MONTHS` months, and how many of them are missing."""
    columns = COMPLETENESS.c
    missing = case((columns.state == "missing", 1), else_=0)
    statement = select(func.count(columns.due), func.coalesce(func.sum(missing), 0)).where(
        and_(columns.policy == policy.policy, columns.month.in_(_shown_months(policy, as_of)))
    )
    due, gaps = connection.execute(statement).one()
    return Reported(int(due), int(gaps))


def _shown_months(policy: PolicyRow, as_of: date) -> list[date]:
    last = month_of(as_of)
    return [first_day(n) for n in range(max(month_of(policy.start), last - SHOWN_MONTHS + 1), last + 1)]


def read_completeness(
    connection: Connection, policy: PolicyRow, as_of: date, dataset: str | None = None
) -> list[CompletenessRow]:
    """The last months of a policy up to a date: each dataset that its area has anything of, each place,
    each month, in this order."""
    months = _shown_months(policy, as_of)
    columns = COMPLETENESS.c
    wanted = columns.policy == policy.policy
    if dataset is not None:
        wanted = and_(wanted, columns.dataset == dataset)
    there = select(columns.dataset, columns.place).where(wanted).distinct()
    known = {(name, place) for name, place in connection.execute(there)}
    recent = select(COMPLETENESS).where(and_(wanted, columns.month.in_(months)))
    found = {
        (row["dataset"], row["place"], row["month"]): CompletenessRow(**row)
        for row in connection.execute(recent).mappings()
    }
    places = area_places(connection, policy.area)
    tops = [place for place in members_of(places) if place != places.area]
    rows = []
    for name in (name for name in record_datasets() if any(one == name for one, _ in known)):
        whole = [places.area] if (name, places.area) in known else []
        for place in (*whole, *tops):
            for month in months:
                nothing = CompletenessRow(
                    policy.policy, name, place, month, 0, None, None, "none", None
                )
                rows.append(found.get((name, place, month), nothing))
    return rows
