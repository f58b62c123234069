"""Reading `metrics.yaml`: YAML to catalogue, every problem at once, each with its line.

Owns `read_catalogue`. What several targets of a policy have in common is written once, as one of its
`forms` with {words} for what differs; `form: <name>` and the words are then a target. Called by
`milepost check`, the load and the tests. May import `catalogue`, `findings`, `etl.declarations`,
`etl.errors`, `etl.foreign_words`, `etl.spelling` and `etl.texts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from etl.declarations import LOADER
from etl.errors import MetricsError
from etl.foreign_words import of_system
from etl.spelling import nearest
from etl.texts import Text
from metrics.catalogue import Catalogue, Target
from metrics.findings import FROM_POLICY, Location, contradictions, findings, keys_at

#: A word of a form, which each target of that form gives.
_WORD = re.compile(r"\{([a-z_]+)\}")


def read_catalogue(path: Path) -> Catalogue:
    """The catalogue that `path` declares. Raises MetricsError with all problems."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        why = of_system(error)
        problem = Text(f"{path}：无法读取（{why.zh}）", f"{path}: cannot be read: {why.en}")
        raise MetricsError([problem]) from error
    except UnicodeDecodeError as error:
        problem = Text(
            f"{path}：第 {error.start} 个字节处不是 UTF-8 编码；请另存为 UTF-8",
            f"{path}: not UTF-8 at byte {error.start}",
        )
        raise MetricsError([problem]) from error
    return parse_catalogue(text, path.name)


def parse_catalogue(text: str, name: str = "metrics.yaml") -> Catalogue:
    """The catalogue that a text declares; `name` stands for the file in messages."""
    try:
        node = yaml.compose(text, Loader=LOADER)
        content = yaml.load(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or error
        problem = Text(f"不是有效的 YAML（{said}）", f"not YAML: {said}")
        line = mark.line + 1 if mark is not None else 1
        raise MetricsError([_at_line(name, line, problem)]) from error
    lines: dict[Location, int] = {}
    if node is not None:
        _lines(node, (), lines)
    forms = _Forms(lines)
    content = forms.filled_in(content)
    problems = [*_repeated(node), *forms.problems]
    found = list(contradictions(content, whole=not forms.problems))
    catalogue = None
    try:
        catalogue = Catalogue.model_validate(_inherited(content))
    except ValidationError as error:
        found += findings(error, content)
    for location, problem in found:
        at = forms.origins.get(location, location)
        problems.append((_line(at, lines), _of_key(at, problem)))
    if problems or catalogue is None:
        in_order = sorted(set(problems), key=lambda problem: (problem[0], problem[1].en))
        raise MetricsError([_at_line(name, line, problem) for line, problem in in_order])
    return catalogue


def _of_key(location: Location, problem: Text) -> Text:
    key = ".".join(str(part) for part in location)
    return Text(f"{key}：{problem.zh}", f"{key}: {problem.en}") if key else problem


def _at_line(name: str, line: int, problem: Text) -> Text:
    return Text(f"{name} 第 {line} 行：{problem.zh}", f"{name}:{line}: {problem.en}")


def _inherited(content: Any) -> Any:
    """The content with the id of each policy and target, and the dates of its policy in each target."""
    if not isinstance(content, dict) or not isinstance(content.get("policies"), dict):
        return content
    policies = {}
    for policy_id, policy in content["policies"].items():
        if isinstance(policy, dict):
            dates = {key: policy[key] for key in FROM_POLICY if key in policy}
            policy = {**policy, "id": str(policy_id)}
            if isinstance(policy.get("targets"), dict):
                policy["targets"] = {
                    target_id: {**dates, **target, "id": str(target_id)}
                    if isinstance(target, dict)
                    else target
                    for target_id, target in policy["targets"].items()
                }
        policies[policy_id] = policy
    return {**content, "policies": policies}


class _Forms:
    """The forms of the policies, filled in by the targets that name them.

    Collects `problems` with their lines, and `origins`: where a part of such a target stands if it
    stands in the form, so that a mistake there is reported once.
    """

    def __init__(self, lines: dict[Location, int]) -> None:
        self.problems: list[tuple[int, Text]] = []
        self.origins: dict[Location, Location] = {}
        self._lines = lines

    def filled_in(self, content: Any) -> Any:
        """The content of a file with each target of a form in full; those refused are left out."""
        policies = content.get("policies") if isinstance(content, dict) else None
        for policy_id, policy in policies.items() if isinstance(policies, dict) else ():
            if isinstance(policy, dict):
                at = ("policies", policy_id)
                forms = self._checked((*at, "forms"), policy.pop("forms", {}))
                if isinstance(policy.get("targets"), dict):
                    policy["targets"] = dict(self._targets(at, policy["targets"], forms))
        return content

    def _checked(self, at: Location, forms: Any) -> dict[str, Any] | None:
        if not isinstance(forms, dict):
            self._refuse(at, Text("这里应按名称写各个 form", "expected forms by name"))
            return None
        for name, form in forms.items():
            if not isinstance(form, dict):
                wrong = Text("这里应是目标的各个键", "expected the keys of a target")
                self._refuse((*at, name), wrong)
            for inner, part in _parts(form, (*at, name)):
                if isinstance(part, dict) and list(part.values()) == [None]:
                    quoted = f'"{{{next(iter(part))}}}"'
                    wrong = Text(f"请给这个词加引号：{quoted}", f"write the word in quotes: {quoted}")
                    self._refuse(inner, wrong)
        return forms

    def _targets(
        self, at: Location, targets: dict[str, Any], forms: dict[str, Any] | None
    ) -> Iterator[tuple[str, Any]]:
        unused = {name for name, form in (forms or {}).items() if isinstance(form, dict)}
        for target_id, target in targets.items():
            if not isinstance(target, dict) or "form" not in target:
                yield target_id, target
                continue
            here, name = (*at, "targets", target_id), str(target["form"])
            unused.discard(name)
            if forms is None:
                continue
            if name not in forms:
                none = Text("；这项政策没有 forms", "; the policy has none")
                near = nearest(name, forms) if forms else none
                wrong = Text(f"没有名为“{name}”的 form{near.zh}", f"no form {name!r}{near.en}")
                self._refuse((*here, "form"), wrong)
            elif isinstance(forms[name], dict):
                filled = self._target(here, target, (*at, "forms", name), forms[name])
                if filled is not None:
                    yield target_id, filled
        for name in unused:
            wrong = Text("没有目标使用这个 form", "no target is of this form")
            self._refuse((*at, "forms", name), wrong)

    def _target(
        self, here: Location, given: dict[str, Any], there: Location, form: dict[str, Any]
    ) -> dict[str, Any] | None:
        """A target of a form: its words filled in, and over it the keys that are the target's own."""
        known = _words(form)
        own = {key: value for key, value in given.items() if key not in {"form", *known}}
        form = {key: value for key, value in form.items() if key not in own}
        before = len(self.problems)
        for word in sorted(_words(form) - set(given)):
            wrong = Text(
                f"缺少“{word}”，form“{there[-1]}”中有这个词",
                f"missing {word!r}, a word of the form {there[-1]!r}",
            )
            self._refuse(here, wrong)
        for key in own.keys() - set(Target.model_fields):
            keys = [*sorted(known), *keys_at(here)]
            near = nearest(str(key), keys)
            wrong = Text(f"不认识的键“{key}”{near.zh}", f"unknown key {key!r}{near.en}")
            self._refuse((*here, key), wrong)
        for word in _words(form, inside=True) & set(given):
            if not isinstance(given[word], (str, int, float)):
                wrong = Text(
                    "应为文字或数字，因为它写在一段文字之中",
                    "expected a text or a number, which stands inside a text",
                )
                self._refuse((*here, word), wrong)
        if len(self.problems) > before:
            return None
        for inner, part in _parts(form, ()):
            if not _words(part):
                self.origins[(*here, *inner)] = (*there, *inner)
        filled: dict[str, Any] = _filled(form, given)
        return filled | own

    def _refuse(self, location: Location, problem: Text) -> None:
        self.problems.append((_line(location, self._lines), _of_key(location, problem)))


def _parts(content: Any, at: Location) -> Iterator[tuple[Location, Any]]:
    """Everything inside a content, with where it stands."""
    pairs: Any = ()
    if isinstance(content, dict):
        pairs = content.items()
    elif isinstance(content, list):
        pairs = enumerate(content)
    for key, part in pairs:
        yield (*at, key), part
        yield from _parts(part, (*at, key))


def _words(content: Any, *, inside: bool = False) -> set[str]:
    """The words in the texts of a content; or only those that stand `inside` a longer text."""
    texts = [text for _, text in _parts([content], ()) if isinstance(text, str)]
    return {
        word for text in texts if not (inside and _WORD.fullmatch(text)) for word in _WORD.findall(text)
    }


def _filled(content: Any, words: dict[str, Any]) -> Any:
    """A content with its words filled in; a text that is one word becomes what is given for it."""
    if isinstance(content, dict):
        return {key: _filled(part, words) for key, part in content.items()}
    if isinstance(content, list):
        return [_filled(part, words) for part in content]
    if not isinstance(content, str):
        return content
    whole = _WORD.fullmatch(content)
    return words[whole[1]] if whole else _WORD.sub(lambda word: str(words[word[1]]), content)


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


def _repeated(node: yaml.Node | None) -> list[tuple[int, Text]]:
    """Keys written twice in one mapping: YAML would keep the last one without a word."""
    found: list[tuple[int, Text]] = []
    seen: set[int] = set()

    def walk(current: yaml.Node) -> None:
        if id(current) in seen:
            return
        seen.add(id(current))
        if isinstance(current, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in current.value:
                if key.value in keys and key.value != "<<":
                    twice = Text(f"“{key.value}”写了两次", f"{key.value!r} is written twice")
                    found.append((key.start_mark.line + 1, twice))
                keys.add(key.value)
                walk(value)
        elif isinstance(current, yaml.SequenceNode):
            for value in current.value:
                walk(value)

    if node is not None:
        walk(node)
    return found
