"""Sending: tables as files, piece by piece, and what is said where there is nothing to send.

Owns `send` (a handout in one of its forms), `FORMS`, `asked_day`, `asked_language` and `status_of` an
error. Called by `downloads` and `api`. May import `metrics.handouts`, `metrics.questions`,
`etl.errors`, `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date
from typing import Any

from flask import Response, request
from werkzeug.wsgi import wrap_file

from etl.errors import MilepostError, UnknownNameError
from etl.texts import Language, Text, listed
from metrics.handouts import (
    Handout,
    TooManyRowsError,
    bundle_of,
    csv_of,
    json_of,
    parquet_of,
    xlsx_of,
)
from metrics.questions import QuestionError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: Forms of a table, each with its media type and how it is made.
FORMS: dict[str, tuple[str, Callable[[Handout], Any]]] = {
    "csv": ("text/csv; charset=utf-8", csv_of),
    "json": ("application/json", json_of),
    "xlsx": (XLSX, xlsx_of),
    "parquet": ("application/vnd.apache.parquet", parquet_of),
    "zip": ("application/zip", bundle_of),
}

_STATUS: tuple[tuple[type[MilepostError], int], ...] = (
    (UnknownNameError, 404),
    (QuestionError, 400),
    (TooManyRowsError, 413),
)


def send(handout: Handout, kind: str, opened: ExitStack) -> Response:
    """A handout as a file. `opened` is what its rows are read from, closed when all is sent."""
    check_kind(kind)
    mimetype, make = FORMS[kind]
    made = make(handout)
    if kind == "xlsx":
        made = wrap_file(request.environ, made)
    response = as_file(made, mimetype, f"{handout.name}.{kind}")
    response.call_on_close(opened.pop_all().close)
    return response


def check_kind(kind: str, allowed: Iterable[str] = tuple(FORMS)) -> None:
    """Raises UnknownNameError for a form that there is not."""
    names = tuple(allowed)
    if kind not in names:
        there = listed(names)
        raise UnknownNameError(
            Text(
                f"没有“{kind}”格式的下载（可用：{there.zh}）",
                f"no download as {kind!r} (there are {there.en})",
            )
        )


def as_file(content: str | bytes | Iterable[bytes], mimetype: str, name: str) -> Response:
    """An answer that browsers save under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=mimetype, headers=headers)


def status_of(error: MilepostError) -> int:
    """The status that an error is answered with."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 503)


def asked_day() -> date | None:
    """The date that is asked for. Raises UnknownNameError for what is no date."""
    text = request.args.get("as_of")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise UnknownNameError(
            Text(
                f"as_of：“{text}”不是日期；请写成 2025-06-30",
                f"as_of: {text!r} is no date; write 2025-06-30",
            )
        ) from error


def asked_language() -> Language:
    """The language that is asked for."""
    return "en" if request.args.get("lang") == "en" else "zh"
