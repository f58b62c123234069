"""The site: one Dash application whose pages are functions of their address.

Owns `create_app`. Called by `server` and by the tests. May import the pages, `etl.snapshots` and
`metrics.published`. It shows what a snapshot says and computes no figure of its own.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, dcc
from dash import html as components
from flask import Flask, Response, request
from flask_compress import Compress
from sqlalchemy import Connection, Engine

from dashboard.address import View, parse
from dashboard.answered import remember_answers, settle
from dashboard.api.serving import add_api
from dashboard.briefing.page import briefing_page
from dashboard.briefing.routes import add_briefings
from dashboard.briefing.slides import slide_page, stage
from dashboard.downloads import add_downloads
from dashboard.elements import html
from dashboard.entry import Entry, asked_view
from dashboard.frame import frame, message, source_line
from dashboard.markup import Page as ShownPage
from dashboard.markup import Shown, laid
from dashboard.moves import Moves
from dashboard.pages.api import api_page
from dashboard.pages.changes import changes_page
from dashboard.pages.data import data_page
from dashboard.pages.figure import figure_page
from dashboard.pages.lists import agency_page, policy_page
from dashboard.pages.moved import moved_page
from dashboard.pages.overview import overview
from dashboard.pages.place import place_page
from dashboard.pages.quality import quality_page
from dashboard.pages.table import table_page
from dashboard.pages.target import target_page
from dashboard.parts import Context, link, no_page
from dashboard.trail import trail
from dashboard.words import Words
from etl.errors import NothingLoadedError, OutdatedError, SnapshotError, UnknownNameError
from etl.settings import Settings
from etl.snapshots import Reader, Warehouse
from etl.texts import Text
from metrics import published
from metrics.tables import COMPUTED

Page = Callable[[Context, Connection], tuple[str, list[Any]]]

_PAGES: Mapping[str, Page] = {
    "": overview,
    "target": target_page,
    "place": place_page,
    "agency": agency_page,
    "policy": policy_page,
    "changes": changes_page,
    "briefing": briefing_page,
    "present": slide_page,
    "quality": quality_page,
    "api": api_page,
    "figure": figure_page,
    "table": table_page,
}

#: Pages that may be about a place which they do not name in their path.
_BRIEFINGS = {"briefing", "present"}

#: What the browser asks for, and what it says then.
_PAGE = "..shown.page...shown.children.."
_ADDRESS = [("address", "pathname"), ("address", "search")]

#: Where Dash gives the document, whatever the path.
_DOCUMENTS = {"/", "/<path:path>"}

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Frame-Options": "DENY",
}


def create_app(settings: Settings) -> Dash:
    """The application for the warehouse that the settings name."""
    reader = Reader(Warehouse(settings.warehouse_folder, computed=COMPUTED))

    def engine(snapshot: str | None) -> Engine:
        return reader.engine() if snapshot is None else reader.engine_of(snapshot)

    server = Flask("milepost")
    server.config["COMPRESS_MIMETYPES"] = [
        "text/html", "text/css", "text/csv", "text/javascript", "application/javascript",
        "application/json",
    ]  # fmt: skip

    def asked() -> tuple[tuple[str, View], Path | None, tuple[str, ...]] | None:
        question = _asked()
        if question is None:
            return None
        try:
            return question, reader.warehouse.current_path(), tuple(reader.warehouse.ids())
        except SnapshotError:
            return None  # the page says so

    remember_answers(server, asked)
    Compress(server)
    moves = Moves(reader.warehouse)
    add_downloads(server, engine, moves)
    add_briefings(server, engine, settings)
    add_api(server, engine, reader.warehouse.snapshots)

    def shown(view: View) -> Shown:
        try:
            return _render(view, reader, engine, moves)
        except Exception as error:  # noqa: BLE001 (logged; the reader is told the number of the entry)
            return _failed(view, error)

    app = Entry(shown, server=server, assets_folder="assets", suppress_callback_exceptions=True)
    app.layout = components.Div(
        [
            dcc.Location(id="address", refresh="callback-nav"),
            ShownPage("shown"),
            _state(),
        ]
    )

    @app.callback(
        Output("shown", "page"),
        Output("shown", "children"),
        Input("address", "pathname"),
        Input("address", "search"),
    )
    def show(pathname: str | None, search: str | None) -> Shown:
        return shown(parse(pathname, search))

    server.after_request(partial(_secure, app))
    # Dash registers its scripts while it answers its first request; others that come meanwhile would
    # find none of them. And what is made once in each process, no reader has to wait for.
    server.test_client().get("/")
    return app


def _asked() -> tuple[str, View] | None:
    """Whether a document is asked for or only the page in it, and the view that it shows; None if the
    request is for something else."""
    if request.endpoint in _DOCUMENTS:
        return "document", asked_view()
    if request.method != "POST" or request.path != "/_dash-update-component":
        return None
    said: Any = request.get_json(silent=True)
    try:
        inputs = {(one["id"], one["property"]): one.get("value") for one in said["inputs"]}
        if said["output"] != _PAGE or set(inputs) != set(_ADDRESS):
            return None
        return "page", parse(*(inputs[part] for part in _ADDRESS))
    except (AttributeError, KeyError, TypeError):
        return None  # Dash says what is wrong with it


def _state() -> components.Div:
    """Where `assets/waiting.js` says that a page is on its way, or that it cannot be had."""
    said: dict[str, Any] = {}
    for language in ("zh", "en"):
        words = Words(language)
        for kind in ("busy", "failed"):
            said[f"data-{kind}-{language}"] = words(f"state_{kind}")
    return components.Div(id="state", role="status", **said)


def _failed(view: View, error: Exception) -> Shown:
    """The page in place of one that could not be made: what to do, and the number of the log entry."""
    number = secrets.token_hex(3)
    logging.getLogger("milepost").error("page %s failed", number, exc_info=error)
    words = Words(view.lang)
    title = words("failed")
    page = message(words, view, title, words("failed_help", number=number))
    return laid(page, _said(words, title, ""))


def _render(view: View, reader: Reader, engine: Callable[[str | None], Engine], moves: Moves) -> Shown:
    """The page of a view."""
    words = Words(view.lang)
    try:
        with engine(view.snapshot).connect() as connection:
            context = _context(view, words, connection, reader)
            if context.day is not None:
                reported = published.reported(connection, context.policy, context.day)
                context = replace(context, reported=reported)
            title, content = _page(context, connection, reader, engine, moves)
            if view.page == "present":
                page = stage(context, title, content)
            else:
                page = frame(context, title, content, trail(context, connection, title))
            source = source_line(context)
        shown = laid(page, _said(words, title, source))
        settle()
        return shown
    except SnapshotError as error:
        title, text = _instead(view, words, error)
        return laid(message(words, view, title, text), _said(words, title, ""))


def _said(words: Words, title: str, source: str) -> dict[str, str]:
    """What the browser must know of a page beside what it shows."""
    return {"title": f"{title} – {words('site')}", "source": source}


def _instead(view: View, words: Words, error: SnapshotError) -> tuple[str, str]:
    """What a page says where there is no snapshot to show. Only what names no path of the machine."""
    if isinstance(error, OutdatedError):
        return words("outdated"), words.of(error.text)
    if view.snapshot is not None:
        return words("no_snapshot"), words("no_snapshot_help", name=view.snapshot)
    if isinstance(error, NothingLoadedError):
        return words("empty"), words("empty_help")
    return words("unreadable"), words("unreadable_help")


def _page(
    context: Context,
    connection: Connection,
    reader: Reader,
    engine: Callable[[str | None], Engine],
    moves: Moves,
) -> tuple[str, list[Any]]:
    view, words = context.view, context.words
    try:
        if not view.known:
            raise no_page(view.page)
        if view.page == "data":
            return data_page(context, connection, reader.warehouse.snapshots())
        if view.page == "moved":
            return moved_page(context, connection, moves)
        if view.page == "changes" and view.against is not None:
            return _against(context, connection, view.against, engine)
        return _PAGES[view.page](context, connection)
    except UnknownNameError:
        name = view.name or view.page
        help_text = words("not_found_help", name=name)
        back = html.P(link(words("to_overview"), view.to("")))
        return words("not_found"), [html.P(help_text, className="lead"), back]


def _against(
    context: Context,
    connection: Connection,
    snapshot: str,
    engine: Callable[[str | None], Engine],
) -> tuple[str, list[Any]]:
    """What changed since another snapshot was published."""
    view, words = context.view, context.words
    try:
        compared = engine(snapshot)
    except SnapshotError as error:
        title, text = _instead(replace(view, snapshot=snapshot), words, error)
        back = html.P(link(words("changes"), view.but(against=None)))
        return title, [html.P(text, className="lead"), back]
    with compared.connect() as before:
        return changes_page(context, connection, before)


def _context(view: View, words: Words, connection: Connection, reader: Reader) -> Context:
    """The policy that a view is about: as asked, or the one of its target or place."""
    policies = published.policies(connection)
    if not policies:
        raise SnapshotError(Text("快照中没有政策", "the snapshot has no policies"))
    wanted = view.policy
    if view.page == "policy" and view.name in {policy.policy for policy in policies}:
        wanted = view.name
    if view.page in ("target", "figure"):
        found = [t.policy for t in published.targets(connection) if t.target == view.name]
        wanted = found[0] if found else wanted
    policy = next((one for one in policies if one.policy == wanted), policies[0])
    place = view.name if view.page == "place" else view.place if view.page in _BRIEFINGS else None
    if place is not None and wanted is None:
        for one in policies:
            if place in {inside.code for inside in published.places(connection, one.area)}:
                policy = one
                break
    # Every link says which policy it is about: only the bare address of the site says nothing, and may
    # lead to a reader's own place.
    view = replace(view, policy=policy.policy)
    facts = published.snapshot_facts(connection)
    warehouse = reader.warehouse
    current = warehouse.current_path()
    return Context(
        view,
        words,
        policy,
        policies,
        facts,
        old=view.snapshot is not None,
        snapshots=warehouse.ids(),
        published=current.stem if current is not None else None,
    )


def _secure(app: Entry, response: Response) -> Response:
    """Security headers; only the scripts run that are files of ours, or inline as Dash wrote them."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    inline = ""
    if response.mimetype == "text/html":
        inline = app.inline
        # Asked for anew each time, for the address does not say which snapshot is published.
        response.headers.setdefault("Cache-Control", "no-cache")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'self'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
    )
    if request.path.startswith("/download/"):
        response.headers["Cache-Control"] = "no-store"
    elif (request.path.startswith("/assets/") and "m" in request.args) or (
        request.path == "/_favicon.ico" and "v" in request.args
    ):
        # The address names when the file was written, or its version: a changed one has another.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
