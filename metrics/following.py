"""What follows from progress as tables to hand out: what changed between two dates, which places moved,
where targets are heading and how places stand beside their sisters.

Owns `changes`, `changes_table`, `movers_table` and `more_table`. Called by the command line, which so
prints what pages show. May import `comparison`, `export`, `known`, `movers`, `outlook`, `peers`,
`published`, `rows`, `etl.errors`, `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sqlalchemy import Connection

from etl.errors import UnknownNameError
from etl.texts import Language, Text
from metrics import published
from metrics.comparison import Change, compare, month_before
from metrics.export import PROGRESS_COLUMNS, Table, progress_table
from metrics.known import check_known
from metrics.movers import movers
from metrics.outlook import behind_by, outlook
from metrics.peers import children_of, mean_of_peers
from metrics.rows import PolicyRow, ProgressRow

#: Columns of `milepost progress --more`, after those of progress.
MORE_COLUMNS = (
    "share", "rank", "ranked", "baseline", "peers", "behind", "outlook", "outlook_by",
    "outlook_suffices",
)  # fmt: skip

CHANGES_COLUMNS = (
    "policy", "target", "name", "place", "place_name", "place_level", "since", "as_of", "unit",
    "value_then", "value", "difference", "status_then", "status", "turn", "rank_then", "rank",
)  # fmt: skip

MOVERS_COLUMNS = (
    "policy", "place", "place_name", "place_level", "since", "as_of", "mean_then", "mean_now",
    "climbed", "targets", "target", "name", "rank_then", "rank",
)  # fmt: skip


def changes(
    connection: Connection,
    *,
    policy: str | None = None,
    since: date | None = None,
    as_of: date | None = None,
    before: Connection | None = None,
) -> dict[str, list[Change]]:
    """What changed of every target and place since a date, by policy: by default since the end of the
    month before. `before`: a connection on the snapshot that is compared with, by default at its own
    last day. Policies that had not begun by then are left out.

    Raises UnknownNameError: for a policy that nothing knows, and where `since` is in the life of none.
    """
    check_known(connection, policy, None, None)
    found: dict[str, list[Change]] = {}
    for one in published.policies(connection):
        if policy not in (None, one.policy) or (day := as_of or one.as_of) is None:
            continue
        then = _then(before or connection, one, since, None if before is not None else day)
        if then is not None:
            now = published.progress(connection, policy=one.policy, as_of=day)
            found[one.policy] = list(compare(then, now).values())
    if not found:
        raise UnknownNameError(
            Text(
                "没有可比较的日期：起始日期须在政策实施期内、早于截至日期",
                "no dates to compare: the first must lie in the life of a policy and before the second",
            )
        )
    return found


def _then(
    connection: Connection, policy: PolicyRow, since: date | None, day: date | None
) -> list[ProgressRow] | None:
    """The rows that are compared with; None if there are none. `day`: before which they must lie."""
    if day is None:  # another snapshot, of which any day may be compared
        there = next(
            (one for one in published.policies(connection) if one.policy == policy.policy), None
        )
        if there is None:
            return None
        return published.progress(
            connection, policy=policy.policy, as_of=since or there.as_of or there.start
        )
    chosen = since or month_before(day)
    if not policy.start <= chosen < day:
        return None
    return published.progress(connection, policy=policy.policy, as_of=chosen)


def changes_table(
    connection: Connection,
    found: Iterable[Change],
    language: Language = "zh",
    *,
    place: str | None = None,
) -> Table:
    """A row for each target and place, or only for one place. `difference` is empty where another
    window began, and `turn` where the status is what it was."""
    check_known(connection, None, None, place)
    chosen = [one for one in found if place in (None, one.now.place)]
    names = _named(connection, [one.now for one in chosen], language)
    rows: list[tuple[object, ...]] = []
    for change, (name, place_name, level) in zip(chosen, names, strict=True):
        then, now = change.then, change.now
        was = (None,) * 4 if then is None else (then.as_of, then.value, then.status, then.rank)
        rows.append(
            (
                now.policy, now.target, name, now.place, place_name, level, was[0], now.as_of, now.unit,
                was[1], now.value, change.difference, was[2], now.status, change.turn, was[3], now.rank,
            )
        )  # fmt: skip
    return Table(CHANGES_COLUMNS, rows)


def movers_table(
    connection: Connection,
    found: Iterable[Change],
    policy: str,
    language: Language = "zh",
    *,
    place: str | None = None,
) -> Table:
    """The places right below one (by default the policy's area), from the one that climbed most among
    its sisters to the one that fell most, each with the target that moved it most."""
    check_known(connection, policy, None, place)
    area = next(one.area for one in published.policies(connection) if one.policy == policy)
    below = children_of(published.places(connection, area), place or area)
    moved = movers(found, [one.code for one in below])
    names = _named(connection, [one.most.now for one in moved], language)
    rows: list[tuple[object, ...]] = []
    for mover, (name, place_name, level) in zip(moved, names, strict=True):
        then, now = mover.most.then, mover.most.now
        assert then is not None  # a mover moved from somewhere
        rows.append(
            (
                policy, mover.place, place_name, level, then.as_of, now.as_of, mover.then, mover.now,
                mover.climbed, mover.targets, now.target, name, then.rank, now.rank,
            )
        )  # fmt: skip
    return Table(MOVERS_COLUMNS, rows)


def more_table(connection: Connection, rows: Sequence[ProgressRow], language: Language = "zh") -> Table:
    """Progress with what follows from it: share, rank and the mean of sister places, how much is short
    of what is due, what the end of the window will see."""
    targets = {one.target: one for one in published.targets(connection)}
    areas = {one.policy: one.area for one in published.policies(connection)}
    by_target: dict[str, dict[str, ProgressRow]] = {}
    for policy, day in dict.fromkeys((row.policy, row.as_of) for row in rows):
        for row in published.progress(connection, policy=policy, as_of=day):
            by_target.setdefault(row.target, {})[row.place] = row
    places = {policy: published.places(connection, area) for policy, area in areas.items()}
    parents = {one.code: one.parent for listed in places.values() for one in listed}
    table = progress_table(connection, rows, language)
    more: list[tuple[object, ...]] = []
    for row, cells in zip(rows, table.rows, strict=True):
        target, above = targets[row.target], parents[row.place]
        whole = row.place == areas[row.policy]
        sisters = [] if whole else [one.code for one in children_of(places[row.policy], above or "")]
        mean = None if whole else mean_of_peers(target.kind, by_target[row.target], sisters, above)
        ahead = outlook(target, row)
        reaches = (None,) * 3 if ahead is None else (ahead.reaches, ahead.by, ahead.suffices)
        follows = (row.share, row.rank, row.ranked, row.baseline, mean, behind_by(row), *reaches)
        more.append((*cells, *follows))
    return Table((*PROGRESS_COLUMNS, *MORE_COLUMNS), more)


def _named(
    connection: Connection, rows: Sequence[ProgressRow], language: Language
) -> Iterator[tuple[object, ...]]:
    """The name of each row's target, the name and the level of its place."""
    table = progress_table(connection, rows, language)
    at = [table.columns.index(column) for column in ("name", "place_name", "place_level")]
    return (tuple(cells[position] for position in at) for cells in table.rows)
