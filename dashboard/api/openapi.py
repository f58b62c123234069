"""The document of the interface for programs: OpenAPI 3.1, from the declarations of its routes.

Owns `document`. Called by `serving`. May import `routes`, `models`, `etl.texts`.

The schemas are pydantic's own; what is left to write are the paths, in two languages.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from dashboard.api.models import Problem
from dashboard.api.routes import BASE, COMMON, ROUTES, Parameter, Route, said
from etl.texts import Language, Text

_TITLE = Text("Milepost 程序接口", "Milepost, interface for programs")
_ABOUT = Text(
    "只读。与页面、下载和命令行给出的数字相同。每个回答注明快照和引用说明；快照不变，回答不变（ETag）。",
    "Read only. The same numbers as pages, downloads and the command line. Every answer names its "
    "snapshot and how to cite it; while the snapshot stays, so does the answer (ETag).",
)
_SCHEMAS = "#/components/schemas/{model}"


def document(language: Language, version: str) -> dict[str, Any]:
    """The document, its words in `language`."""
    models = [(route.model, "serialization") for route in ROUTES] + [(Problem, "serialization")]
    names, schemas = models_json_schema(models, ref_template=_SCHEMAS)  # type: ignore[arg-type]
    of_model = {model: schema for (model, _), schema in names.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _TITLE.of(language),
            "description": _ABOUT.of(language),
            "version": version,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            BASE + route.path: {"get": _operation(route, of_model[route.model], language)}
            for route in ROUTES
        },
        "components": {
            "schemas": schemas["$defs"],
            "responses": {
                key: _problem(key, of_model[Problem], language)
                for key in ("wrong", "unknown", "unready")
            },
        },
    }


def _operation(route: Route, schema: dict[str, Any], language: Language) -> dict[str, Any]:
    parameters = [_parameter(one, route, language) for one in (*route.parameters, *COMMON)]
    if route.of_columns:
        parameters.append(_of_columns(language))
    ok = {
        "description": said("responses", "ok").of(language),
        "headers": {"ETag": {"schema": {"type": "string"}}},
        "content": {"application/json": {"schema": schema}},
    }
    about = {} if route.about is None else {"description": route.about.of(language)}
    return {
        "operationId": route.name,
        "summary": route.summary.of(language),
        **about,
        "parameters": parameters,
        "responses": {
            "200": ok,
            "304": {"description": said("responses", "unchanged").of(language)},
            "400": {"$ref": "#/components/responses/wrong"},
            "404": {"$ref": "#/components/responses/unknown"},
            "503": {"$ref": "#/components/responses/unready"},
        },
    }


def _parameter(parameter: Parameter, route: Route, language: Language) -> dict[str, Any]:
    in_path = f"{{{parameter.name}}}" in route.path
    schema: dict[str, Any] = {"type": "integer" if parameter.type == "integer" else "string"}
    if parameter.type == "date":
        schema["format"] = "date"
    if parameter.type == "integer":
        schema["minimum"] = 1
    limits = {
        "enum": list(parameter.values),
        "default": parameter.default,
        "maximum": parameter.maximum,
    }
    schema |= {key: limit for key, limit in limits.items() if limit}
    return {
        "name": parameter.name,
        "in": "path" if in_path else "query",
        "required": parameter.required,
        "description": parameter.means.of(language),
        "schema": schema,
    }


def _of_columns(language: Language) -> dict[str, Any]:
    """The filters of columns, whose names a table's columns make."""
    about = said("routes", "table", "about").of(language)
    return {
        "name": "filters",
        "in": "query",
        "required": False,
        "description": about,
        "style": "form",
        "explode": True,
        "schema": {
            "type": "object",
            "patternProperties": {r"^\w+\.(is|has|within|from|to|empty)$": {"type": "string"}},
        },
    }


def _problem(key: str, schema: dict[str, Any], language: Language) -> dict[str, Any]:
    return {
        "description": said("responses", key).of(language),
        "content": {"application/problem+json": {"schema": schema}},
    }
