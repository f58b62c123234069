"""Reading `metrics.yaml`: YAML to catalogue, every problem at once, each with its line.

Owns `read_catalogue`. Keys that repeat are merged by YAML's own anchors. Called by `milepost check`,
the load and the tests. May import `catalogue`, `etl.errors` and
`etl.spelling`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from etl.errors import MetricsError
from etl.spelling import nearest
from metrics.catalogue import (
    Catalogue,
    Measure,
    Policy,
    Requirement,
    StatusRule,
    Target,
    Units,
)

Location = tuple[str | int, ...]


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue that `path` declares. Raises MetricsError with all problems."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise MetricsError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise MetricsError([f"{path}: not UTF-8 at byte {error.start}"]) from error
    return parse_catalogue(text, path.name)


def parse_catalogue(text: str, name: str = "metrics.yaml") -> Catalogue:
    """The catalogue that a text declares; `name` stands for the file in messages."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or error
        raise MetricsError([f"{name}{line}: not YAML: {problem}"]) from error
    lines: dict[Location, int] = {}
    if node is not None:
        _lines(node, (), lines)
    problems = [f"{name}:{line}: {problem}" for line, problem in _repeated(node)]
    catalogue = None
    try:
        catalogue = Catalogue.model_validate(_inherited(content))
    except ValidationError as error:
        problems += _problems(error, lines, name)
    if catalogue is not None:
        problems += _cross_checks(catalogue, lines, name)
    if problems or catalogue is None:
        raise MetricsError(problems)
    return catalogue


def _inherited(content: Any) -> Any:
    """Give each policy and target its id, and each target the dates of its policy."""
    if not isinstance(content, dict) or not isinstance(content.get("policies"), dict):
        return content
    content.pop("shared", None)
    for policy_id, policy in content["policies"].items():
        if not isinstance(policy, dict):
            continue
        policy["id"] = policy_id
        for target_id, target in (policy.get("targets") or {}).items():
            if isinstance(target, dict):
                target.setdefault("id", target_id)
                for key in ("start", "by"):
                    if key in policy:
                        target.setdefault(key, policy[key])
    return content


def _problems(error: ValidationError, lines: dict[Location, int], name: str) -> list[str]:
    found: dict[tuple[int, str], None] = {}
    for problem in error.errors():
        location = tuple(part for part in problem["loc"] if part not in {"Measure", "Ratio", "Units"})
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            word = str(location[-1])
            message = f"unknown key {word!r}" + nearest(word, _keys_at(location))
        elif problem["type"] == "missing":
            message = f"missing {location[-1]!r}"
            location = location[:-1]
        elif problem["type"] == "literal_error":
            message = f"{problem['input']!r} is not allowed here: {message}"
        key = ".".join(str(part) for part in location)
        found[(_line(location, lines), f"{key}: {message}")] = None
    return [f"{name}:{line}: {message}" for line, message in sorted(found)]


def _keys_at(location: Location) -> list[str]:
    """The keys allowed where `location` ends, found by walking the declared models."""
    models: dict[int, type[BaseModel]] = {1: Catalogue, 3: Policy, 5: Target}
    by_parent: dict[str, type[BaseModel]] = {
        "require": Requirement,
        "numerator": Measure,
        "denominator": Measure,
        "query": Measure,
        "units": Units,
        "status": StatusRule,
    }
    parent = str(location[-2]) if len(location) > 1 else ""
    model = by_parent.get(parent) or models.get(len(location))
    return [key for key in model.model_fields if key != "id"] if model is not None else []


def _cross_checks(catalogue: Catalogue, lines: dict[Location, int], name: str) -> list[str]:
    """Rules that no single target can check: ids are unique, units have words, clauses sections."""
    problems = []
    owner: dict[str, str] = {}
    for policy in catalogue.policies.values():
        for target in policy.targets.values():
            at: Location = ("policies", policy.id, "targets", target.id)
            line = _line(at, lines)
            if target.id in owner:
                problems.append(f"{name}:{line}: {target.id}: already declared in {owner[target.id]}")
            owner[target.id] = policy.id
            if target.require.unit not in catalogue.units:
                line = _line((*at, "require", "unit"), lines)
                problems.append(
                    f"{name}:{line}: {target.id}.require.unit: no unit {target.require.unit!r}"
                    + nearest(target.require.unit, catalogue.units)
                )
    return problems


def _lines(node: yaml.Node, path: Location, lines: dict[Location, int]) -> None:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*path, key.value)] = key.start_mark.line + 1
            _lines(value, (*path, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _lines(value, (*path, index), lines)


def _line(location: Location, lines: dict[Location, int]) -> int:
    while location not in lines and location:
        location = location[:-1]
    return lines.get(location, 1)


def _repeated(node: yaml.Node | None) -> list[tuple[int, str]]:
    """Keys written twice in one mapping: YAML would keep the last one without a word."""
    found: list[tuple[int, str]] = []
    seen: set[int] = set()

    def walk(current: yaml.Node) -> None:
        if id(current) in seen:
            return
        seen.add(id(current))
        if isinstance(current, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in current.value:
                if key.value in keys and key.value != "<<":
                    found.append((key.start_mark.line + 1, f"{key.value!r} is written twice"))
                keys.add(key.value)
                walk(value)
        elif isinstance(current, yaml.SequenceNode):
            for value in current.value:
                walk(value)

    if node is not None:
        walk(node)
    return found
