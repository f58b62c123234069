"""Downloads: the same tables as the command line's, as files for people.

Owns the routes below `/download/` and `/healthz`. Called by `site`. May import `etl.rejects`,
`metrics.export`, `metrics.published`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Flask, Response, request
from sqlalchemy import Engine

from etl.errors import MilepostError, UnknownNameError
from etl.rejects import read_rejects, rejects_csv
from etl.rejects_book import rejects_xlsx
from etl.texts import Language, Text, listed
from metrics import export, published

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITERS: dict[str, tuple[str, Callable[[export.Table], str | bytes]]] = {
    "csv": ("text/csv; charset=utf-8", lambda table: export.to_csv(table, for_people=True)),
    "json": ("application/json", export.to_json),
    "xlsx": (_XLSX, export.to_xlsx),
    "parquet": ("application/vnd.apache.parquet", export.to_parquet),
}


def add_downloads(server: Flask, engine: Callable[[str | None], Engine]) -> None:
    """Add the routes; `engine` gives the engine of a snapshot, None for the published one."""

    @server.get("/download/progress.<kind>")
    def progress(kind: str) -> Response:
        with engine(request.args.get("snapshot")).connect() as connection:
            rows = published.progress(
                connection,
                policy=request.args.get("policy"),
                target=request.args.get("target"),
                place=request.args.get("place"),
                level=request.args.get("level"),
                as_of=_day(),
            )
            table = export.progress_table(connection, rows, _language())
        return _file(table, "progress", kind)

    @server.get("/download/months.<kind>")
    def months(kind: str) -> Response:
        target, day = request.args.get("target", ""), _day()
        with engine(request.args.get("snapshot")).connect() as connection:
            policy = published.target(connection, target).policy
            area = next(row.area for row in published.policies(connection) if row.policy == policy)
            within = request.args.get("within")
            place = published.place(connection, within or request.args.get("place") or area).code
            if within is not None:
                curves = published.place_curves(connection, target, place, day)
                rows = [row for curve in curves.values() for row in curve]
            else:
                rows = published.curve(connection, target, place)
                rows = [row for row in rows if day is None or row.as_of <= day]
            table = export.progress_table(connection, rows, _language())
        return _file(table, f"months-{target}-{place}", kind)

    @server.get("/download/metrics.yaml")
    def catalogue() -> Response:
        with engine(request.args.get("snapshot")).connect() as connection:
            text = published.snapshot_facts(connection)["metrics"]
        return _response(text, "text/yaml; charset=utf-8", "metrics.yaml")

    @server.get("/download/records.<kind>")
    def records(kind: str) -> Response:
        target = request.args.get("target", "")
        with engine(request.args.get("snapshot")).connect() as connection:
            table = export.records_table(connection, target, request.args.get("place"), _day())
        return _file(table, f"records-{target}", kind)

    @server.get("/download/completeness.<kind>")
    def completeness(kind: str) -> Response:
        asked = {name: request.args.get(name) for name in ("policy", "dataset", "place")}
        with engine(request.args.get("snapshot")).connect() as connection:
            rows = published.completeness(connection, **asked, as_of=_day())
            table = export.completeness_table(connection, rows, _language())
        return _file(table, "completeness", kind)

    @server.get("/download/warnings.<kind>")
    def warnings(kind: str) -> Response:
        with engine(request.args.get("snapshot")).connect() as connection:
            rows = published.warnings(connection, request.args.get("policy"), request.args.get("kind"))
            table = export.warnings_table(connection, rows, _language())
        return _file(table, "warnings", kind)

    @server.get("/download/rejects.<kind>")
    def rejects(kind: str) -> Response:
        with engine(request.args.get("snapshot")).connect() as connection:
            found = read_rejects(connection)
        if kind == "xlsx":
            return _response(rejects_xlsx(found, _language()), _XLSX, "rejects.xlsx")
        _check_kind(kind, ("csv", "xlsx"))
        content = "\ufeff" + rejects_csv(found, _language())
        return _response(content, "text/csv; charset=utf-8", "rejects.csv")

    @server.get("/healthz")
    def health() -> Response:
        with engine(None).connect() as connection:
            published.policies(connection)
        return Response("OK", mimetype="text/plain")

    @server.errorhandler(MilepostError)
    def refused(error: MilepostError) -> tuple[str, int, dict[str, str]]:
        status = 404 if isinstance(error, UnknownNameError) else 503
        said = error.text.of(_language())
        return said, status, {"Content-Type": "text/plain; charset=utf-8"}


def _file(table: export.Table, name: str, kind: str) -> Response:
    _check_kind(kind, tuple(_WRITERS))
    mimetype, write = _WRITERS[kind]
    return _response(write(table), mimetype, f"{name}.{kind}")


def _check_kind(kind: str, allowed: tuple[str, ...]) -> None:
    if kind not in allowed:
        there = listed(allowed)
        raise UnknownNameError(
            Text(
                f"没有“{kind}”格式的下载（可用：{there.zh}）",
                f"no download as {kind!r} (there are {there.en})",
            )
        )


def _response(content: str | bytes, mimetype: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=mimetype, headers=headers)


def _day() -> date | None:
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


def _language() -> Language:
    return "en" if request.args.get("lang") == "en" else "zh"
