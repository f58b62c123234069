"""The page of the interface for programs: every address, its parameters and what it answers.

Owns `api_page`, all of it from the declarations of the routes. Called by `site`. May import `parts`,
`quoted`, `tables`, `dashboard.api`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from dashboard.api.models import Problem
from dashboard.api.routes import BASE, COMMON, ROUTES, Parameter, Route, said, texts
from dashboard.elements import html
from dashboard.parts import Component, Context, section
from dashboard.quoted import with_code
from dashboard.tables import table
from dashboard.words import Words

#: What stands for a name in an example.
_EXAMPLES = {"target": "dg-studios", "table": "trainings"}


def api_page(context: Context, connection: Connection) -> tuple[str, list[Any]]:  # noqa: ARG001
    """Title and content: it is the same whatever is loaded."""
    words = context.words
    document = html.A(html.Code(f"{BASE}/openapi.json"), href=f"{BASE}/openapi.json", target="_self")
    rules = [with_code(words(f"api_{key}")) for key in ("snapshot", "tag", "persons", "files")]
    return words("api"), [
        html.P(words("api_lead"), className="lead"),
        section(
            words("api_common"),
            html.P([words("api_document"), " ", document]),
            html.Ul([html.Li(rule) for rule in rules]),
            _parameters(words("api_common"), COMMON, words),
        ),
        *(_route(route, words) for route in ROUTES),
        _problems(words),
    ]


def _route(route: Route, words: Words) -> Component:
    path = BASE + route.path
    example = path.format_map(_EXAMPLES) + (f"?{route.example}" if route.example else "")
    content: list[Any] = [html.P(html.Code(f"GET {path}"))]
    if route.about is not None:
        content.append(html.P(with_code(words.of(route.about))))
    if route.parameters:
        content.append(_parameters(words.of(route.summary), route.parameters, words))
    shown = html.A(html.Code(example), href=example, target="_self")
    return section(
        words.of(route.summary),
        *content,
        html.P([words("api_example"), " ", shown]),
        _fields(route, words),
        anchor=route.name,
    )


def _parameters(caption: str, parameters: tuple[Parameter, ...], words: Words) -> Component:
    lines = []
    for one in parameters:
        kind = " | ".join(one.values) or one.type
        if one.maximum:
            kind += f" ≤ {one.maximum:,}"
        needed = words("is_yes") if one.required else ""
        lines.append([html.Code(one.name), html.Code(kind), needed, with_code(words.of(one.means))])
    headers = [words(key) for key in ("api_parameter", "type", "required", "remark")]
    return table(caption, headers, lines, class_name="parameters")


def _fields(route: Route, words: Words) -> Component:
    """What each item of the answer has, from the schema of its model."""
    schema = route.model.model_json_schema(mode="serialization")
    name = schema["properties"]["data"]["items"]["$ref"].rpartition("/")[2]
    properties: Mapping[str, Any] = schema["$defs"][name].get("properties", {})
    if not properties:
        return html.Div()
    items = [
        html.Li([html.Code(field), " ", html.Code(_type(declared), className="sub")])
        for field, declared in properties.items()
    ]
    return html.Details(
        [html.Summary(with_code(words("api_fields"))), html.Ul(items, className="fields-list")]
    )


def _type(schema: Mapping[str, Any]) -> str:
    """The type of a field, as one writes it down."""
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        return f"[{_type(schema['items'])}]"
    return str(schema.get("format") or schema.get("type", ""))


def _problems(words: Words) -> Component:
    lines = [
        [html.Span(str(status), id=f"problem-{status}"), words.of(said("titles", status))]
        for status in texts()["titles"]
    ]
    fields = [html.Li(html.Code(name)) for name in Problem.model_fields]
    headers = [words("api_status"), words("remark")]
    return section(
        words("api_problems"),
        html.P(with_code(words("api_problems_note"))),
        html.Ul(fields, className="fields-list"),
        table(words("api_problems"), headers, lines, class_name="few"),
    )
