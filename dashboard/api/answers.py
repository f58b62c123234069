"""Answers: what each route of the interface for programs says, as plain values ready for JSON.

Owns one function per route. They ask `metrics` what the pages and the command line ask. Called through
`routes`. May import `asked`, `metrics.browsing`, `metrics.citation`, `metrics.export`,
`metrics.figures`, `metrics.published`, `metrics.questions`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from dashboard.api.asked import Asked
from etl.texts import Text
from metrics import export, published
from metrics.browsed import browsed, browsed_names
from metrics.browsing import Listing
from metrics.citation import citation_of
from metrics.figures import figure_of
from metrics.known import check_known
from metrics.questions import Question, read_question, said_of

#: Rows of a page at most.
ROWS_AT_MOST = 10_000

_BOTH = ("policy", "target", "place", "level", "dataset", "kind")


def policies(asked: Asked) -> dict[str, Any]:
    """All policies."""
    rows = [_plainly(row) for row in published.policies(asked.connection)]
    return _answer(asked, Text("政策", "Policies"), rows)


def targets(asked: Asked) -> dict[str, Any]:
    """The targets of a policy, or of all."""
    check_known(asked.connection, asked.text("policy"), None, None)
    rows = []
    for row in published.targets(asked.connection, asked.text("policy")):
        plain = _plainly(row)
        del plain["position"]
        rows.append(plain)
    return _answer(asked, browsed("targets", "zh").title, rows)


def places(asked: Asked) -> dict[str, Any]:
    """The places of a policy's area."""
    check_known(asked.connection, asked.text("policy"), None, None)
    every = published.policies(asked.connection)
    area = next(row.area for row in every if row.policy == asked.text("policy"))
    rows = []
    for row in published.places(asked.connection, area):
        plain = _plainly(row)
        del plain["tile"]
        rows.append(plain)
    return _answer(asked, browsed("places", "zh").title, rows)


def progress(asked: Asked) -> dict[str, Any]:
    """Where every target stands."""
    names = ("policy", "target", "place", "level")
    chosen = {name: asked.text(name) for name in names}
    rows = published.progress(asked.connection, **chosen, as_of=asked.day)
    return _of_table(asked, "progress", export.progress_table(asked.connection, rows, asked.language))


def months(asked: Asked) -> dict[str, Any]:
    """The months of a target at a place."""
    target = published.target(asked.connection, asked.texts["target"])
    every = published.policies(asked.connection)
    area = next(row.area for row in every if row.policy == target.policy)
    place = published.place(asked.connection, asked.text("place") or area)
    rows = published.curve(asked.connection, target.target, place.code, asked.day)
    return _of_table(asked, "progress", export.progress_table(asked.connection, rows, asked.language))


def windows(asked: Asked) -> dict[str, Any]:
    """Closed windows."""
    check_known(asked.connection, None, asked.text("target"), asked.text("place"))
    rows = published.windows(asked.connection, asked.text("target"), asked.text("place"))
    return _answer(asked, browsed("windows", "zh").title, [asdict(row) for row in rows])


def records(asked: Asked) -> dict[str, Any]:
    """A page of the records behind a number."""
    target = asked.texts["target"]
    found = published.record_rows(asked.connection, target, asked.text("place"), asked.day)
    title = Text("{target} 的支撑记录", "Records behind {target}").format(target=target)
    number, rows = asked.numbers["page"], asked.numbers["rows"]
    page = found.page((number - 1) * rows, rows)
    data = [dict(zip(found.schema.names, row, strict=True)) for row in page]
    return _page(asked, _answer(asked, title, data, found.count), found.count, found.count)


def figure(asked: Asked) -> dict[str, Any]:
    """One number and what it rests on."""
    found = figure_of(asked.connection, asked.texts["target"], asked.text("place"), asked.day)
    (row,) = _objects(export.progress_table(asked.connection, [found.row], asked.language))
    data = {
        "progress": row,
        "counted_up_to": found.end,
        "parts": [asdict(part) for part in found.parts],
        "files": [asdict(file) | {"loaded_at": _utc(file.loaded_at)} for file in found.files],
        "entries": [asdict(entry) for entry in found.entries],
        "commands": list(found.commands(asked.id)),
    }
    return _answer(asked, found.target.name, [data])


def tables(asked: Asked) -> dict[str, Any]:
    """All tables and their columns."""
    rows = []
    for name in browsed_names():
        one = browsed(name, asked.language)
        columns = [
            {
                "name": column.name,
                "title": column.title._asdict(),
                "type": column.kind,
                "means": column.means._asdict() if column.means else None,
                "values": list(column.values),
                "operations": list(column.operations),
            }
            for column in one.columns.values()
        ]
        total = Listing(asked.connection, Question(name), asked.id).total
        titles = {"title": one.title._asdict(), "about": one.about._asdict()}
        rows.append({"table": name, **titles, "total": total, "columns": columns})
    return _answer(asked, Text("数据表", "Tables"), rows)


def table(asked: Asked) -> dict[str, Any]:
    """A page of a table."""
    return _listed(asked, asked.texts["table"])


def rejects(asked: Asked) -> dict[str, Any]:
    """A page of what was refused."""
    return _listed(asked, "rejects")


def completeness(asked: Asked) -> dict[str, Any]:
    """Who has reported what."""
    chosen = {name: asked.text(name) for name in ("policy", "dataset", "place")}
    rows = published.completeness(asked.connection, **chosen, as_of=asked.day)
    found = export.completeness_table(asked.connection, rows, asked.language)
    return _of_table(asked, "completeness", found)


def warnings(asked: Asked) -> dict[str, Any]:
    """What is suspicious."""
    check_known(asked.connection, asked.text("policy"), None, None)
    rows = published.warnings(asked.connection, asked.text("policy"), asked.text("kind"))
    return _of_table(asked, "warnings", export.warnings_table(asked.connection, rows, asked.language))


def snapshots(asked: Asked) -> dict[str, Any]:
    """The snapshots that are kept."""
    rows = [
        {
            "snapshot": one.id,
            "created_at": one.created_at,
            "demo": one.demo,
            "records": one.records,
            "published": one.published,
        }
        for one in asked.snapshots()
    ]
    return _answer(asked, Text("快照", "Snapshots"), rows)


def _listed(asked: Asked, name: str) -> dict[str, Any]:
    question = read_question(name, asked.filters, asked.language)
    listing = Listing(asked.connection, question, asked.id)
    number, rows = asked.numbers["page"], asked.numbers["rows"]
    found = listing.page((number - 1) * rows, rows)
    names = [column.name for column in question.shown]
    data = [dict(zip(names, row, strict=True)) for row in found]
    matched = listing.matched
    answer = _answer(asked, question.browsed.title, data, matched, said_of(question))
    return _page(asked, answer, listing.total, matched)


def _of_table(asked: Asked, name: str, found: export.Table) -> dict[str, Any]:
    return _answer(asked, browsed(name, "zh").title, _objects(found))


def _objects(found: export.Table) -> list[dict[str, Any]]:
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def _answer(
    asked: Asked,
    title: Text,
    data: Sequence[Mapping[str, Any]],
    count: int | None = None,
    said: str | None = None,
) -> dict[str, Any]:
    """The envelope of every answer."""
    if said is None:
        said = ", ".join(f"{name}={asked.text(name)}" for name in _BOTH if asked.text(name))
    rows = len(data) if count is None else count
    return {
        "snapshot": asked.id,
        "published_at": asked.facts["created_at"],
        "demo": asked.facts.get("demo") == "true",
        "citation": citation_of(asked.connection, title, said, rows, asked.language, asked.day),
        "data": data,
    }


def _page(asked: Asked, answer: dict[str, Any], total: int, matched: int) -> dict[str, Any]:
    rows = asked.numbers["rows"]
    data = answer.pop("data")
    pages = max((matched - 1) // rows + 1, 1)
    counted = {"total": total, "matched": matched, "page": asked.numbers["page"], "rows": rows}
    return {**answer, **counted, "pages": pages, "data": data}


def _utc(moment: datetime | None) -> datetime | None:
    """A moment of the snapshot, which keeps them in UTC without saying so."""
    return None if moment is None else moment.replace(tzinfo=UTC)


def _plainly(row: Any) -> dict[str, Any]:
    """A row of the snapshot with its texts as objects."""
    found = {}
    for name in row.__dataclass_fields__:
        value = getattr(row, name)
        found[name] = value._asdict() if isinstance(value, Text) else value
    return found
