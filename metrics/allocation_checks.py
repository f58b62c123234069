"""The sum of the parts against the whole: whether what a city asks of its places adds up.

Owns `check_allocations` (the rows of the table `allocation_checks`), `allocation_checks`, which reads
them back, and `finding_of`, which says one in words; `warnings_of` makes those that are wrong warnings.
Called by `evaluate`, `published` and `warnings`. May import `allocations`, `catalogue`, `places`,
`rows`, `tables` and `windows`.

The parts of a place are the nearest places below it that are asked for something: the districts of a
city, or its towns, or districts and the towns that lie in none. Their sum is held against what the
place itself owes: the policy's area by `metrics.yaml`, any other by its own allocation. Rows that
cannot be used are problems: nothing is refused for them, since loading knows nothing of targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from sqlalchemy import Connection, select

from etl.spelling import close_to
from etl.texts import LANGUAGES, NOTHING, Text
from metrics.allocations import (
    AllocatedRow,
    Allocation,
    allocations_of,
    can_be_allocated,
    is_usable,
    years_of,
)
from metrics.catalogue import Catalogue, Policy, Requirement, Target
from metrics.places import AreaPlaces
from metrics.rows import AllocationCheck, WarningRow
from metrics.tables import ALLOCATION_CHECKS
from metrics.windows import Window


def check_allocations(
    rows: Sequence[AllocatedRow], catalogue: Catalogue, areas: Mapping[str, AreaPlaces]
) -> Iterator[AllocationCheck]:
    """All sums and problems, target by target in the order of the catalogue; `areas` are the places of
    each policy."""
    by_target: dict[str, list[AllocatedRow]] = {}
    for row in rows:
        by_target.setdefault(row.target, []).append(row)
    for name, found in by_target.items():
        if name not in catalogue.targets:
            yield _problem("", name, "unknown_target", found, close_to(name, list(catalogue.targets)))
    for policy in catalogue.policies.values():
        places = areas[policy.id]
        allocated = allocations_of(rows, policy, places)
        for target in policy.targets.values():
            if found := by_target.get(target.id, []):
                yield from _unusable(policy, target, places, found)
            if target.id in allocated:
                yield from _gaps(policy, allocated[target.id], target, found)
                yield from _sums(policy, allocated[target.id], target, places)


def _unusable(
    policy: Policy, target: Target, places: AreaPlaces, rows: Sequence[AllocatedRow]
) -> Iterator[AllocationCheck]:
    """Rows that say nothing that a place could be judged by."""
    if not can_be_allocated(target):
        kind = "averaged" if target.averaged else target.kind
        yield _problem(policy.id, target.id, "kind", rows, kind)
        return
    unused = [row for row in rows if not is_usable(row, target, places)]
    whole = [row for row in unused if row.place == places.area]
    outside = [row for row in unused if row.place not in places.levels]
    years = [row for row in unused if row not in whole and row not in outside]
    for problem, found in (("of_whole", whole), ("place", outside), ("year", years)):
        if found:
            said = _listed({row.year for row in found}) if problem == "year" else None
            yield _problem(policy.id, target.id, problem, found, said)


def _gaps(
    policy: Policy, allocated: Mapping[str, Allocation], target: Target, rows: Sequence[AllocatedRow]
) -> Iterator[AllocationCheck]:
    """Years of which a place is asked for nothing though they are part of a window that it is asked
    for: they count as 0, so that its requirement may be too small."""
    if target.kind == "stock":
        return
    missing = {}
    for place, one in allocated.items():
        asked = {year for window in target.windows if one.asks(window) for year in years_of(window)}
        if years := asked - one.years.keys():
            missing[place] = years
    if missing:
        first = [row for row in rows if row.place in missing][:1]
        said = _listed({year for years in missing.values() for year in years})
        yield _problem(policy.id, target.id, "gap", first, said, count=len(missing))


def _sums(
    policy: Policy, allocated: Mapping[str, Allocation], target: Target, places: AreaPlaces
) -> Iterator[AllocationCheck]:
    """For each window the whole and every place that is itself asked for something."""
    for window in target.windows:
        asked = {
            place: required
            for place in places.codes
            if place in allocated and (required := allocated[place].requirement(window)) is not None
        }
        owed = {places.area: target.require, **asked}
        parts: dict[str, list[str]] = {}
        for place in asked:
            above = places.parents[place]
            while above not in owed:
                above = places.parents[above]
            parts.setdefault(above, []).append(place)
        for parent in places.codes:
            if parent in parts:
                yield _sum(policy, target, places, window, parent, owed, parts[parent])


def _sum(
    policy: Policy,
    target: Target,
    places: AreaPlaces,
    window: Window,
    parent: str,
    owed: Mapping[str, Requirement],
    parts: Sequence[str],
) -> AllocationCheck:
    whole = owed[parent]
    allocated = sum((owed[place].value for place in parts), Fraction(0))
    short = max(whole.low - allocated, Fraction(0)) if whole.low is not None else Fraction(0)
    over = max(allocated - whole.high, Fraction(0)) if whole.high is not None else Fraction(0)
    return AllocationCheck(
        policy=policy.id,
        target=target.id,
        parent=parent,
        levels=",".join(dict.fromkeys(places.levels[place] for place in parts)),
        parts=len(parts),
        window_start=window.start,
        window_end=window.end,
        allocated=float(allocated),
        required=float(whole.value),
        required_max=float(whole.high) if whole.low is not None and whole.high is not None else None,
        shortfall=float(short),
        excess=float(over),
    )


def _problem(
    policy: str,
    target: str,
    problem: str,
    rows: Sequence[AllocatedRow],
    detail: str | None = None,
    *,
    count: int | None = None,
) -> AllocationCheck:
    return AllocationCheck(
        policy=policy,
        target=target,
        problem=problem,
        detail=detail,
        rows=len(rows) if count is None else count,
        source_file=rows[0].source_file,
        source_row=rows[0].source_row,
    )


def _listed(years: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(years)))


_PROBLEMS: Mapping[str, Text] = {
    "unknown_target": Text(
        "metrics.yaml 中没有这个目标{hint}；涉及 {rows} 行",
        "metrics.yaml has no such target{hint}; {rows} rows",
    ),
    "kind": Text(
        "这类目标不能分解到各地（只有累计、年度和存量目标能）；涉及 {rows} 行",
        "this kind cannot be allocated (only cumulative, annual and stock can); {rows} rows",
    ),
    "of_whole": Text(
        "全域的要求以 metrics.yaml 为准，未采用 {rows} 行",
        "what the whole owes is said in metrics.yaml; {rows} rows are not used",
    ),
    "place": Text(
        "{rows} 行的地区不在该政策范围内，未采用",
        "{rows} rows name places outside the policy's area and are not used",
    ),
    "year": Text(
        "{detail} 年不在实施期内，未采用 {rows} 行",
        "{detail}: outside the target's life; {rows} rows are not used",
    ),
    "gap": Text(
        "{rows} 个地区缺 {detail} 年的任务数，按 0 计",
        "{rows} places have no allocation for {detail}, which counts as 0",
    ),
}
_SHORT = Text(
    "{window} 年：{parts} 个地区共分解 {allocated}，要求 {required}，少 {gap}",
    "{window}: {parts} places are asked for {allocated} of {required}, {gap} short",
)
_OVER = Text(
    "{window} 年：{parts} 个地区共分解 {allocated}，上限 {required}，多 {gap}",
    "{window}: {parts} places are asked for {allocated}, the limit is {required}, {gap} too many",
)
_REMEDY = Text(
    "请补足或更正分解任务表，再装载一次",
    "complete or correct the table of allocations and load it again",
)


def finding_of(check: AllocationCheck, names: Mapping[str, Text]) -> Text | None:
    """What is wrong, in words with the names of places; None where the parts make up the whole."""
    if check.problem is not None:
        near = check.detail
        hint = Text(f"；是否为“{near}”？", f"; did you mean {near!r}?") if near else NOTHING
        return Text(
            *(
                said.format(hint=hint.of(language), rows=check.rows, detail=check.detail)
                for language, said in zip(LANGUAGES, _PROBLEMS[check.problem], strict=True)
            )
        )
    gap = check.shortfall or check.excess
    if not gap:
        return None
    limit = check.required if check.shortfall or check.required_max is None else check.required_max
    said = (_SHORT if check.shortfall else _OVER).format(
        window=_years_of(check),
        parts=check.parts,
        allocated=_number(check.allocated),
        required=_number(limit),
        gap=_number(gap),
    )
    place = names[str(check.parent)]
    return Text(f"{place.zh} {said.zh}", f"{place.en}, {said.en}")


def warnings_of(checks: Iterable[AllocationCheck], names: Mapping[str, Text]) -> Iterator[WarningRow]:
    """What is wrong, as warnings: each about its target, and of rows with the first of them."""
    for check in checks:
        said = finding_of(check, names)
        if said is not None:
            yield WarningRow(
                kind="allocation",
                said_zh=said.zh,
                said_en=said.en,
                remedy_zh=_REMEDY.zh,
                remedy_en=_REMEDY.en,
                policy=check.policy or None,
                dataset="allocations",
                place=check.parent,
                subject=check.target,
                found=check.allocated,
                compared=check.required,
                rows=check.rows,
                source_file=check.source_file,
                source_row=check.source_row,
            )


def _years_of(check: AllocationCheck) -> str:
    assert check.window_start is not None  # every sum has its window
    assert check.window_end is not None
    first, last = check.window_start.year, check.window_end.year
    return str(first) if first == last else f"{first}–{last}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.4f}".rstrip("0").rstrip(".")


def allocation_checks(
    connection: Connection, target: str | None = None, parent: str | None = None
) -> list[AllocationCheck]:
    """Whether what places are asked for adds up, and what of it cannot be used."""
    columns = ALLOCATION_CHECKS.c
    statement = select(ALLOCATION_CHECKS).order_by(
        columns.policy, columns.target, columns.problem, columns.parent, columns.window_start
    )
    if target is not None:
        statement = statement.where(columns.target == target)
    if parent is not None:
        statement = statement.where(columns.parent == parent)
    return [AllocationCheck(**row) for row in connection.execute(statement).mappings()]
