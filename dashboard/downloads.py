"""Downloads: the same tables as the command line's, and any other of a snapshot, as files for people.

Owns the routes below `/download/` and `/healthz`, and `table_handout`. Called by `site`. May import
`moves`, `sending`, `etl.rejects`, `metrics.browsing`, `metrics.citation`, `metrics.described`,
`metrics.export`, `metrics.handouts`, `metrics.published`, `metrics.questions`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date

from flask import Flask, Response, request
from sqlalchemy import Connection, Engine

from dashboard.moves import Moves
from dashboard.sending import (
    XLSX,
    as_file,
    asked_day,
    asked_language,
    check_kind,
    send,
    status_of,
)
from etl.errors import MilepostError
from etl.rejects import read_rejects, rejects_csv
from etl.rejects_book import rejects_xlsx
from etl.texts import Text
from metrics import export, published
from metrics.browsed import browsed
from metrics.browsing import Listing
from metrics.citation import citation_of
from metrics.described import described, of_records, of_table
from metrics.handouts import MARK, Handout, csv_metadata, handout_of
from metrics.questions import Question, read_question, said_of

#: What an address may say beside the question that it asks of a table.
BESIDE = frozenset({"lang", "snapshot"})

_MOVED = Text("文件改变的数值", "Numbers that a file moved")
_MONTHS = Text("各月进展", "Progress by month")
_RECORDS = Text("{target} 的支撑记录", "Records behind {target}")


def add_downloads(server: Flask, engine: Callable[[str | None], Engine], moves: Moves) -> None:
    """Add the routes; `engine` gives the engine of a snapshot, None for the published one, `moves` what
    files moved."""

    def opened() -> tuple[ExitStack, Connection]:
        stack = ExitStack()
        return stack, stack.enter_context(engine(request.args.get("snapshot")).connect())

    @server.get("/download/progress.<kind>")
    def progress(kind: str) -> Response:
        asked = _asked("policy", "target", "place", "level")
        stack, connection = opened()
        with stack:
            rows = published.progress(connection, **asked, as_of=asked_day())
            table = export.progress_table(connection, rows, asked_language())
            return send(_held(connection, table, "progress", asked=asked), kind, stack)

    @server.get("/download/months.<kind>")
    def months(kind: str) -> Response:
        target, day = request.args.get("target", ""), asked_day()
        stack, connection = opened()
        with stack:
            policy = published.target(connection, target).policy
            area = next(row.area for row in published.policies(connection) if row.policy == policy)
            within = request.args.get("within")
            place = published.place(connection, within or request.args.get("place") or area).code
            if within is not None:
                curves = published.place_curves(connection, target, place, day)
                rows = [row for curve in curves.values() for row in curve]
            else:
                rows = published.curve(connection, target, place, day)
            table = export.progress_table(connection, rows, asked_language())
            asked = {"target": target, "within" if within is not None else "place": place}
            held = _held(connection, table, f"months-{target}-{place}", _MONTHS, asked, "progress")
            return send(held, kind, stack)

    @server.get("/download/metrics.yaml")
    def catalogue() -> Response:
        with engine(request.args.get("snapshot")).connect() as connection:
            text = published.snapshot_facts(connection)["metrics"]
        return as_file(text, "text/yaml; charset=utf-8", "metrics.yaml")

    @server.get("/download/records.<kind>")
    def records(kind: str) -> Response:
        target, place, day = request.args.get("target", ""), request.args.get("place"), asked_day()
        stack, connection = opened()
        with stack:
            found = published.record_rows(connection, target, place, day)
            title = _RECORDS.format(target=target)
            handout = Handout(
                f"records-{target}",
                of_records(found.datasets),
                found.schema,
                found.batches(),
                found.count,
                (_cited(connection, title, {"place": place}, found.count, day),),
                asked_language(),
            )
            return send(handout, kind, stack)

    @server.get("/download/completeness.<kind>")
    def completeness(kind: str) -> Response:
        asked = _asked("policy", "dataset", "place")
        stack, connection = opened()
        with stack:
            rows = published.completeness(connection, **asked, as_of=asked_day())
            table = export.completeness_table(connection, rows, asked_language())
            return send(_held(connection, table, "completeness", asked=asked), kind, stack)

    @server.get("/download/warnings.<kind>")
    def warnings(kind: str) -> Response:
        asked = _asked("policy", "kind")
        stack, connection = opened()
        with stack:
            rows = published.warnings(connection, asked["policy"], asked["kind"])
            table = export.warnings_table(connection, rows, asked_language())
            return send(_held(connection, table, "warnings", asked=asked), kind, stack)

    @server.get("/download/moved.<kind>")
    def moved(kind: str) -> Response:
        asked = _asked("policy", "load", "file")
        load, file = asked["load"] or "", asked["file"] or ""
        stack, connection = opened()
        with stack:
            policy, day, language = asked["policy"], asked_day(), asked_language()
            number = int(load[:18]) if load.isdecimal() else 0
            table = moves.of(connection, file, number, policy=policy, as_of=day, language=language)
            return send(_held(connection, table, "moved", _MOVED, asked), kind, stack)

    @server.get("/download/rejects.<kind>")
    def rejects(kind: str) -> Response:
        check_kind(kind, ("csv", "xlsx"))
        with engine(request.args.get("snapshot")).connect() as connection:
            found = read_rejects(connection)
        if kind == "xlsx":
            return as_file(rejects_xlsx(found, asked_language()), XLSX, "rejects.xlsx")
        content = MARK + rejects_csv(found, asked_language()).encode("utf-8")
        return as_file(content, "text/csv; charset=utf-8", "rejects.csv")

    @server.get("/download/table/<name>.<kind>")
    def table(name: str, kind: str) -> Response:
        stack, connection = opened()
        with stack:
            response = send(table_handout(connection, _question(name)), kind, stack)
        if kind == "csv":
            query = request.query_string.decode("ascii", "replace")
            metadata = f"/download/table/{name}.csv-metadata.json?{query}"
            response.headers["Link"] = f'<{metadata}>; rel="describedby"; type="application/csvm+json"'
        return response

    @server.get("/download/table/<name>.csv-metadata.json")
    def metadata(name: str) -> Response:
        with engine(request.args.get("snapshot")).connect() as connection:
            found = csv_metadata(table_handout(connection, _question(name)))
        text = json.dumps(found, ensure_ascii=False, indent=1)
        return as_file(text, "application/csvm+json", f"{name}.csv-metadata.json")

    @server.get("/healthz")
    def health() -> Response:
        with engine(None).connect() as connection:
            published.policies(connection)
        return Response("OK", mimetype="text/plain")

    @server.errorhandler(MilepostError)
    def refused(error: MilepostError) -> tuple[str, int, dict[str, str]]:
        said = error.text.of(asked_language())
        return said, status_of(error), {"Content-Type": "text/plain; charset=utf-8"}


def table_handout(connection: Connection, question: Question) -> Handout:
    """All rows that a question wants, cited and described. `connection` must stay open until they are
    read."""
    snapshot = published.snapshot_facts(connection)["id"]
    listing = Listing(connection, question, snapshot)
    language, title = question.language, question.browsed.title
    cited = citation_of(connection, title, said_of(question), listing.matched, language)
    return Handout(
        question.table,
        described(question.shown),
        listing.schema,
        listing.batches(),
        listing.matched,
        (cited,),
        language,
    )


def _question(name: str) -> Question:
    pairs = [pair for pair in request.args.items(multi=True) if pair[0] not in BESIDE]
    return read_question(name, pairs, asked_language())


def _asked(*names: str) -> dict[str, str | None]:
    return {name: request.args.get(name) for name in names}


def _held(
    connection: Connection,
    table: export.Table,
    name: str,
    title: Text | None = None,
    asked: Mapping[str, str | None] | None = None,
    described_as: str | None = None,
) -> Handout:
    """A table that is held already, cited and described as the one that may be browsed."""
    columns = () if name == "moved" else of_table(described_as or name)
    title = title or browsed(name, "zh").title
    cited = _cited(connection, title, asked or {}, len(table.rows), asked_day())
    return handout_of(table, name, columns, (cited,), asked_language())


def _cited(
    connection: Connection,
    title: Text,
    asked: Mapping[str, str | None],
    count: int,
    day: date | None,
) -> str:
    said: Sequence[str] = [f"{key}={value}" for key, value in asked.items() if value]
    return citation_of(connection, title, ", ".join(said), count, asked_language(), day)
