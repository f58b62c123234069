"""What is wrong with a `metrics.yaml`: where in the file, and in the file's own words.

Owns `findings`, which turns pydantic's errors into such words, and `contradictions`, the rules between
declarations, which need only as much of the file as they speak of and so are reported with everything
else. Called by `reader`. May import `catalogue`, `expects`, `etl.foreign_words`,
`etl.spelling` and `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any

from pydantic import BaseModel, ValidationError

from etl.foreign_words import of_value
from etl.spelling import nearest
from etl.texts import Text
from metrics.catalogue import (
    Catalogue,
    Measure,
    Point,
    Policy,
    Ratio,
    Requirement,
    Section,
    StatusRule,
    Target,
    Units,
)
from metrics.expects import Expects

Location = tuple[str | int, ...]
Finding = tuple[Location, Text]

#: What stands under a key, or under each of a list's items.
_UNDER: Mapping[str, type[BaseModel]] = {
    "denominator": Measure,
    "expects": Expects,
    "numerator": Measure,
    "query": Measure,
    "require": Requirement,
    "sections": Section,
    "status": StatusRule,
    "trajectory": Point,
    "units": Units,
}
#: What stands under each of the ids below a key.
_BY_ID: Mapping[str | int, type[BaseModel]] = {"policies": Policy, "targets": Target}
#: Given by the reader, or taken out by it before the models see the file.
_NOT_WRITTEN = {"id"}
_TAKEN_OUT: Mapping[type[BaseModel], list[str]] = {Policy: ["forms"], Target: ["form"]}
#: What a target has from its policy if it does not say otherwise.
FROM_POLICY = ("start", "by")

_KEY_IS_NO_TEXT = Text(
    "YAML 不把这个键当作文字（数字、日期、yes、no、on）：请加引号",
    "a key that is no text to YAML (a number, a date, yes, no, on): write it in quotes",
)
_ID_IS_ABOVE = Text("上一级的键就是 id：请去掉这一行", "the key above is the id: leave this out")
_NO_CONTENT = {"dict_type", "model_type", "model_attributes_type"}


def findings(error: ValidationError, content: Any) -> Iterator[Finding]:
    """The problems of a content that was refused, each once and at its place in the file."""
    for problem in error.errors():
        location = _written(problem["loc"], content)
        word, above = (location[-1], location[:-1]) if location else ("", ())
        if word in FROM_POLICY and len(above) == 4 and word not in _part(content, above):
            continue  # the policy's, where it is reported
        if problem["type"] == "extra_forbidden":
            near = nearest(str(word), keys_at(above, _part(content, above)))
            yield location, Text(f"不认识的键“{word}”{near.zh}", f"unknown key {word!r}{near.en}")
        elif problem["type"] == "missing":
            yield above, Text(f"缺少“{word}”", f"missing {word!r}")
        elif problem["type"] in _NO_CONTENT:
            yield location, Text("这里应是若干键和值", "expected keys and their values")
        elif word == "[key]" or problem["type"] == "invalid_key":
            yield above, _KEY_IS_NO_TEXT
        else:
            yield location, of_value(problem)


def _written(location: Location, content: Any) -> Location:
    """A location of pydantic's without the names that it gives to the choices it has tried."""
    found: list[str | int] = []
    for position, part in enumerate(location):
        is_key = isinstance(content, dict) and part in content
        is_item = isinstance(content, list) and isinstance(part, int)
        if is_key or is_item:
            content = content[part]
        if is_key or is_item or position == len(location) - 1:
            found.append(part)
    return tuple(found)


def _part(content: Any, location: Location) -> Any:
    for part in location:
        content = content[part]
    return content


def keys_at(location: Location, part: Any = None) -> list[str]:
    """The keys that may be written at a location; `part` is what is written there."""
    words = [word for word in location if isinstance(word, str)]
    model = _BY_ID.get(location[-2]) if len(location) > 1 else None
    model = model or (_UNDER.get(words[-1]) if words else Catalogue)
    if model is Measure and {"numerator", "denominator"} & set(part or ()):
        model = Ratio
    if model is None:
        return []
    written = [field.alias or key for key, field in model.model_fields.items()]
    return [key for key in (*written, *_TAKEN_OUT.get(model, ())) if key not in _NOT_WRITTEN]


def contradictions(content: Any, *, whole: bool) -> Iterator[Finding]:
    """Declarations that do not go together: ids, units and their words, clauses and sections, reports.

    `whole`: no target has been left out, so that what none of them uses is used by none.
    """
    units = _mapping(_mapping(content).get("units"))
    owners: dict[str, str] = {}
    for policy_id, policy in _mapping(_mapping(content).get("policies")).items():
        at: Location = ("policies", policy_id)
        if "id" in _mapping(policy):
            yield (*at, "id"), _ID_IS_ABOVE
        targets = _mapping(_mapping(policy).get("targets"))
        for target_id, target in targets.items():
            here: Location = (*at, "targets", target_id)
            if target_id in owners:
                owner = owners[target_id]
                yield here, Text(f"已在 {owner} 中声明过", f"already declared in {owner}")
            owners[target_id] = policy_id
            if "id" in _mapping(target):
                yield (*here, "id"), _ID_IS_ABOVE
            unit = _mapping(_mapping(target).get("require")).get("unit")
            if isinstance(unit, str) and unit not in units:
                near = nearest(unit, units)
                yield (
                    (*here, "require", "unit"),
                    Text(f"没有计量单位“{unit}”{near.zh}", f"no unit {unit!r}{near.en}"),
                )
            if _mapping(target).get("kind") == "coverage" and "%" not in units:
                yield (
                    ("units",),
                    Text(
                        '没有写 "%" 的名称，而覆盖类目标以它计',
                        'no words for "%", in which a coverage is told',
                    ),
                )
        yield from _clauses(at, _mapping(policy), targets, whole=whole)
        yield from _reports(at, _mapping(policy))


def _reports(at: Location, policy: Mapping[Any, Any]) -> Iterator[Finding]:
    """Reports that are expected of the same places twice, or from after the policy's end."""
    expects, by = policy.get("expects"), policy.get("by")
    seen: set[tuple[str, str]] = set()
    for position, one in enumerate(expects if isinstance(expects, list) else ()):
        here: Location = (*at, "expects", position)
        since = _mapping(one).get("since")
        if type(since) is date and type(by) is date and since > by:
            yield (*here, "since"), Text("晚于政策的 by", "after the policy's by")
        senders = _listed(_mapping(one).get("from"))
        for dataset, sender in product(_listed(_mapping(one).get("dataset")), senders):
            if (dataset, sender) in seen:
                twice = f"{sender} 的 {dataset} 前面已声明过"
                yield here, Text(twice, f"{dataset} from {sender} is declared above")
            seen.add((dataset, sender))


def _listed(names: Any) -> list[str]:
    """One name or a list of names, as a list."""
    return [str(name) for name in (names if isinstance(names, list) else [names]) if name is not None]


def _clauses(
    at: Location, policy: Mapping[Any, Any], targets: Mapping[Any, Any], *, whole: bool
) -> Iterator[Finding]:
    """Clauses of targets that the policy's sections, if it has any, leave out, and the reverse."""
    sections = policy.get("sections")
    if not isinstance(sections, list) or not sections:
        return
    listed: dict[str, int] = {}
    for position, section in enumerate(sections):
        clauses = _mapping(section).get("clauses")
        for clause in [clauses] if isinstance(clauses, str) else clauses or ():
            listed[str(clause)] = position
    used: set[str] = set()
    for target_id, target in targets.items():
        clauses = str(_mapping(target).get("clause", "")).split("；")
        used.update(clauses)
        if clauses != [""] and clauses[0] not in listed:
            here = (*at, "targets", target_id, "clause")
            near = nearest(clauses[0], listed)
            yield (
                here,
                Text(
                    f"各部分（sections）都没有条款“{clauses[0]}”{near.zh}",
                    f"no section has the clause {clauses[0]!r}{near.en}",
                ),
            )
    for clause, position in listed.items():
        if whole and clause not in used:
            yield (
                (*at, "sections", position, "clauses"),
                Text(f"没有目标属于条款“{clause}”", f"no target is of the clause {clause!r}"),
            )


def _mapping(content: Any) -> Mapping[Any, Any]:
    """A part of the file, if it has keys at all; that it should have is said elsewhere."""
    return content if isinstance(content, dict) else {}
