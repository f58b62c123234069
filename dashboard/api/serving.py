"""Serving the interface for programs: requests become `Asked`, answers JSON, errors problems.

Owns `add_api`. Called by `site`. May import `routes`, `openapi`, `sending`, `etl`, `metrics.published`,
`metrics.questions` (its error).

An answer depends on its address, its language and the snapshot, so the tag of the snapshot tells
whether it is still the same. Problems are told as RFC 9457 has it, in the language asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import Flask, Response, request
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

from dashboard.api.asked import Asked
from dashboard.api.openapi import document
from dashboard.api.routes import BASE, COMMON, ROUTES, Parameter, Route, said
from dashboard.sending import status_of
from etl.errors import MetricsError, MilepostError, SnapshotError, UnknownNameError
from etl.snapshots import Snapshot
from etl.spelling import nearest
from etl.texts import LANGUAGES, Language, Text
from metrics import published
from metrics.export import plain
from metrics.questions import QuestionError

#: The version of the interface; what it promises changes only with its address.
VERSION = "1.0"

Engines = Callable[[str | None], Engine]
Snapshots = Callable[[], Sequence[Snapshot]]


def add_api(server: Flask, engine: Engines, snapshots: Snapshots) -> None:
    """Add the routes; `engine` gives the engine of a snapshot, None for the published one."""
    for route in ROUTES:
        path = BASE + re.sub(r"{(\w+)}", r"<\1>", route.path)
        server.add_url_rule(path, f"api_{route.name}", _view(route, engine, snapshots))
    server.add_url_rule(f"{BASE}/openapi.json", "api_openapi", _openapi)
    server.add_url_rule("/api/<path:rest>", "api_nothing", _nothing)
    server.register_error_handler(HTTPException, _not_served)


def _view(route: Route, engine: Engines, snapshots: Snapshots) -> Callable[..., Response]:
    def view(**in_path: str) -> Response:
        language = _language()
        try:
            with engine(request.args.get("snapshot")).connect() as connection:
                facts = published.snapshot_facts(connection)
                tag = f"{facts['id']}-{language}"
                # Which snapshots there are is told by none of them.
                if route.name != "snapshots" and request.if_none_match.contains_weak(tag):
                    return _tagged(Response(status=304), tag)
                asked = _asked(route, in_path, connection, facts, language, snapshots)
                answer = _json(route.answer(asked))
            return answer if route.name == "snapshots" else _tagged(answer, tag)
        except MilepostError as error:
            return _refusal(error, language)

    return view


def _asked(
    route: Route,
    in_path: dict[str, str],
    connection: Any,
    facts: dict[str, str],
    language: Language,
    snapshots: Snapshots,
) -> Asked:
    """A request, taken apart. Raises QuestionError with all that is wrong with it."""
    problems: list[Text] = []
    parameters = {one.name: one for one in (*route.parameters, *COMMON)}
    texts, numbers, dates = dict[str, str](), dict[str, int](), dict[str, date]()
    filters: list[tuple[str, str]] = []
    question = {"where", "sort", "columns"} if route.of_columns else set()
    for name, value in (*in_path.items(), *request.args.items(multi=True)):
        parameter = parameters.get(name)
        if name in question or (route.of_columns and parameter is None):
            filters.append((name, value))
        elif parameter is None:
            near = nearest(name, parameters)
            problems.append(
                Text(f"不认识的参数“{name}”{near.zh}", f"unknown parameter {name!r}{near.en}")
            )
        elif value:
            problems += _take(parameter, value, texts, numbers, dates)
    for one in parameters.values():
        if one.required and one.name not in texts:
            problems.append(Text(f"缺少参数“{one.name}”", f"missing parameter {one.name!r}"))
        if one.default is not None:
            numbers.setdefault(one.name, one.default)
    if problems:
        raise QuestionError(problems)
    return Asked(connection, facts, language, texts, numbers, dates, tuple(filters), snapshots)


def _take(
    parameter: Parameter,
    value: str,
    texts: dict[str, str],
    numbers: dict[str, int],
    dates: dict[str, date],
) -> list[Text]:
    """Put a parameter where it belongs; what is wrong with it."""
    name = parameter.name
    if parameter.values and value not in parameter.values:
        near = nearest(value, parameter.values)
        return [Text(f"{name}：没有“{value}”{near.zh}", f"{name}: no {value!r}{near.en}")]
    if parameter.type == "integer":
        most = parameter.maximum or 10**12
        if not (re.fullmatch("[0-9]{1,13}", value) and 1 <= int(value) <= most):
            zh = f"{name}：“{value}”不是 1 至 {most:,} 的整数"
            return [Text(zh, f"{name}: {value!r} is no whole number from 1 to {most:,}")]
        numbers[name] = int(value)
    elif parameter.type == "date":
        try:
            dates[name] = date.fromisoformat(value)
        except ValueError:
            zh = f"{name}：“{value}”不是日期；请写成 2025-06-30"
            return [Text(zh, f"{name}: {value!r} is no date; write 2025-06-30")]
    else:
        texts[name] = value
    return []


def _openapi() -> Response:
    return _json(document(_language(), VERSION))


def _nothing(rest: str) -> Response:
    known = [*(BASE + route.path for route in ROUTES), f"{BASE}/openapi.json"]
    near = nearest(f"/api/{rest}", known)
    problem = Text(f"没有接口“/api/{rest}”{near.zh}", f"no address '/api/{rest}'{near.en}")
    return _refusal(UnknownNameError(problem), _language())


def _refusal(error: MilepostError, language: Language) -> Response:
    """An error that the reader can act on, as a problem. A snapshot that was asked for and is not there
    is the reader's, one that nobody can read is not."""
    named = isinstance(error, SnapshotError) and request.args.get("snapshot")
    problems = error.problems if isinstance(error, (QuestionError, MetricsError)) else (error.text,)
    return _problem(404 if named else status_of(error), problems, language)


def _not_served(error: HTTPException) -> Response | HTTPException:
    """A request that no route takes, or that failed; it is told so if it is of this interface."""
    if not request.path.startswith("/api/"):
        return error
    status = error.code or 500
    title = said("titles", status if status in (404, 405) else 500)
    response = _problem(status, (title,), _language())
    if error.code == 405:
        response.headers["Allow"] = "GET, HEAD"
    return response


def _problem(status: int, problems: Sequence[Text], language: Language) -> Response:
    each = [problem.of(language) for problem in problems]
    key = status if status in (400, 404, 405, 503) else 500
    content = {
        "type": f"/api#problem-{key}",
        "title": said("titles", key).of(language),
        "status": status,
        "detail": "\n".join(each),
        "instance": request.full_path.rstrip("?"),
        "problems": each,
    }
    response = _json(content, status)
    response.content_type = "application/problem+json"
    return response


def _json(content: Any, status: int = 200) -> Response:
    text = json.dumps(content, ensure_ascii=False, default=plain)
    response = Response(text, status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response


def _tagged(response: Response, tag: str) -> Response:
    """An answer that may be kept as long as the snapshot is the same: for ever if it was named."""
    response.set_etag(tag, weak=True)
    kept = "max-age=3600" if request.args.get("snapshot") else "no-cache"
    response.headers["Cache-Control"] = f"private, {kept}"
    response.vary.add("Accept-Language")
    return response


def _language() -> Language:
    """The language asked for: by the address, else by the browser, else Chinese."""
    asked = request.args.get("lang")
    if asked not in LANGUAGES:
        asked = request.accept_languages.best_match(LANGUAGES)
    return "en" if asked == "en" else "zh"
