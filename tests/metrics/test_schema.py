"""The JSON Schema that editors check `metrics.yaml` with: it takes what the reader takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import yaml

from etl.settings import PROJECT
from metrics.schema import json_schema

SCHEMA = json_schema()
FILE = yaml.safe_load((PROJECT / "metrics.yaml").read_text("utf-8"))


def test_it_is_plain_json() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_it_takes_the_metrics_yaml_of_this_project() -> None:
    assert list(_wrong(FILE, SCHEMA)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "stocks"}, "kind"),
        ({"lede": "市"}, "lede"),
        ({"id": "x"}, "id"),
        ({"query": {"flow": "trainings", "cuont": "records"}}, "query"),
        ({"name": {"zh": "一"}}, "name"),
        ({"require": {"at_least": "many", "unit": "person"}}, "require"),
        ({"means": None}, "means"),
    ],
)
def test_it_refuses(change: dict[str, Any], problem: str) -> None:
    words = {"zh": "一", "en": "one"}
    good = {
        "name": words, "means": words, "clause": "1", "kind": "cumulative", "counted_per": "city",
        "require": {"at_least": "100/3", "unit": "person"}, "query": {"flow": ["trainings"]},
    }  # fmt: skip
    policy = {
        "name": words, "document": words, "area": "4419", "start": "2021-01-01", "by": "2025-12-31",
    }  # fmt: skip
    found = [
        list(_wrong({"policies": {"p": policy | {"targets": {"t": target}}}}, SCHEMA))
        for target in (good, good | change, {"form": "f", **change})
    ]
    assert found[0] == found[2] == []
    assert any(problem in one for one in found[1])


def _wrong(value: Any, schema: Any, at: str = "") -> Iterator[str]:
    """Where a value breaks a schema: as much of the standard as the schema uses."""
    unknown = set(schema) - _SPOKEN
    assert not unknown, f"the schema says {unknown}, which this check does not know"
    if "$ref" in schema:
        yield from _wrong(value, SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]], at)
    if "if" in schema:
        holds = not list(_wrong(value, schema["if"], at))
        yield from _wrong(value, schema["then" if holds else "else"], at)
    if "anyOf" in schema and all(list(_wrong(value, one, at)) for one in schema["anyOf"]):
        yield f"{at}: {value!r}"
    if "type" in schema and not isinstance(value, _TYPES[schema["type"]]):
        yield f"{at}: {value!r} is no {schema['type']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r}"
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r}"
    for item in value if isinstance(value, list) else ():
        yield from _wrong(item, schema.get("items", {}), at)
    if isinstance(value, dict):
        yield from (f"{at}: {key} is missing" for key in schema.get("required", ()) if key not in value)
        for key, part in value.items():
            yield from _wrong(key, schema.get("propertyNames", {}), at)
            others = schema.get("additionalProperties", {})
            inner = schema.get("properties", {}).get(key, others)
            if inner is False:
                yield f"{at}.{key}: no such key"
            elif isinstance(inner, dict):
                yield from _wrong(part, inner, f"{at}.{key}")


_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": (str, date), "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip
_SPOKEN = {
    "$schema", "$defs", "$ref", "if", "then", "else", "anyOf", "type", "enum", "pattern", "items",
    "required", "properties", "additionalProperties", "propertyNames", "title", "description",
    "default", "format", "maxItems", "minItems", "prefixItems", "const",
}  # fmt: skip
