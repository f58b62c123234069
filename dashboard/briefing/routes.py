"""Downloads of a briefing, as PDF and DOCX.

Owns the route `/download/briefing.<kind>` and `FORMATS`. Called by `site`; the command line writes the
same files. May import `draft`, `pdf`, `docx`, `sending`, `etl.settings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask, Response, request
from sqlalchemy import Connection, Engine

from dashboard.briefing.content import Briefing
from dashboard.briefing.docx import to_docx
from dashboard.briefing.draft import Question, draft
from dashboard.briefing.pdf import to_pdf
from dashboard.sending import as_file, asked_day, asked_language
from etl.errors import UnknownNameError
from etl.settings import Settings
from etl.texts import Text

#: The forms of a file: its media type, and how it is written with typefaces of one's own.
FORMATS: Mapping[str, tuple[str, Callable[[Briefing, Path | None], bytes]]] = {
    "pdf": ("application/pdf", to_pdf),
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        lambda briefing, _: to_docx(briefing),
    ),
}


def written(
    connection: Connection, question: Question, kind: str, settings: Settings
) -> tuple[str, bytes]:
    """The name of a briefing's file and its bytes. Raises UnknownNameError, SettingsError."""
    if kind not in FORMATS:
        raise UnknownNameError(
            Text(
                f"没有“{kind}”格式的通报（可用：pdf、docx）",
                f"no briefing as {kind!r} (there are pdf, docx)",
            )
        )
    briefing = draft(connection, question)
    return f"{briefing.file}.{kind}", FORMATS[kind][1](briefing, settings.fonts)


def add_briefings(server: Flask, engine: Callable[[str | None], Engine], settings: Settings) -> None:
    """Add the route; `engine` gives the engine of a snapshot, None for the published one."""

    @server.get("/download/briefing.<kind>")
    def briefing(kind: str) -> Response:
        asked = request.args
        question = Question(
            policy=asked.get("policy") or None,
            place=asked.get("place") or None,
            as_of=asked_day(),
            language=asked_language(),
            office=settings.office,
            issue=_issue(asked.get("issue")),
        )
        with engine(asked.get("snapshot") or None).connect() as connection:
            name, content = written(connection, question, kind, settings)
        return as_file(content, FORMATS[kind][0], name)


def _issue(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise UnknownNameError(
            Text(f"issue：“{text}”不是期号；请写成 6", f"issue: {text!r} is no number; write 6")
        )
    return int(text)
