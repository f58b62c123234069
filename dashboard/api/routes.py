"""The routes of the interface for programs, each declared once: address, parameters, answer.

Owns `Route`, `Parameter`, `ROUTES` and `said`. The document of the interface, its page and what answers
all come from these declarations; their words are in `texts.yaml`. Called by `openapi`, `serving` and
the page of the interface. May import `answers`, `asked`, `models`, `etl.declarations`,
`etl.texts`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from dashboard.api import answers
from dashboard.api import models as m
from dashboard.api.asked import Asked
from etl.declarations import read_declaration
from etl.texts import Text

#: Every address begins with this.
BASE = "/api/v1"

Answer = Callable[[Asked], dict[str, Any]]


@cache
def texts() -> dict[str, Any]:
    """All texts of the interface, as declared."""
    declared: dict[str, Any] = read_declaration(Path(__file__).with_name("texts.yaml"))
    return declared


def said(*keys: str | int) -> Text:
    """The text that stands under some keys."""
    found: Any = texts()
    for key in keys:
        found = found[key]
    return Text(**found)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter and what its value looks like; `values` are all that it takes."""

    name: str
    type: Literal["string", "date", "integer"] = "string"
    values: tuple[str, ...] = ()
    default: int | None = None
    maximum: int | None = None
    required: bool = False

    @property
    def means(self) -> Text:
        """What it means."""
        return said("parameters", self.name)


@dataclass(frozen=True, slots=True)
class Route:
    """One address: `path` below `BASE`, with names in braces. `of_columns`: it takes the filters of a
    table's columns too. `example` is a query that shows something."""

    name: str
    path: str
    model: type[BaseModel]
    answer: Answer
    parameters: tuple[Parameter, ...] = ()
    of_columns: bool = False
    example: str = ""

    @property
    def summary(self) -> Text:
        """What it answers."""
        return said("routes", self.name, "summary")

    @property
    def about(self) -> Text | None:
        """What else is to be said of it."""
        return said("routes", self.name, "about") if "about" in texts()["routes"][self.name] else None


#: What every address takes.
COMMON = (Parameter("lang", values=("zh", "en")), Parameter("snapshot"))

_POLICY, _TARGET, _PLACE = Parameter("policy"), Parameter("target"), Parameter("place")
_AS_OF = Parameter("as_of", "date")
_PAGE = (
    Parameter("page", "integer", default=1),
    Parameter("rows", "integer", default=100, maximum=answers.ROWS_AT_MOST),
)
_QUESTION = (Parameter("where"), Parameter("sort"), Parameter("columns"))
_THE_POLICY, _THE_TARGET = replace(_POLICY, required=True), replace(_TARGET, required=True)
_ONE = "target=dg-studios&place=441900"

ROUTES: tuple[Route, ...] = (
    Route("policies", "/policies", m.Answer[m.Policy], answers.policies),
    Route("targets", "/targets", m.Answer[m.Target], answers.targets, (_POLICY,)),
    Route(
        "places", "/places", m.Answer[m.Place], answers.places, (_THE_POLICY,),
        example="policy=dongguan",
    ),
    Route(
        "progress", "/progress", m.Answer[m.Progress], answers.progress,
        (_POLICY, _TARGET, _PLACE, Parameter("level"), _AS_OF), example=_ONE,
    ),
    Route(
        "months", "/months", m.Answer[m.Progress], answers.months, (_THE_TARGET, _PLACE, _AS_OF),
        example=_ONE,
    ),
    Route(
        "windows", "/windows", m.Answer[m.Window], answers.windows, (_TARGET, _PLACE),
        example="place=441900",
    ),
    Route(
        "records", "/records", m.Page[m.Record], answers.records,
        (_THE_TARGET, _PLACE, _AS_OF, *_PAGE), example="target=dg-studios&rows=10",
    ),
    Route(
        "figures", "/figures/{target}", m.Answer[m.Figure], answers.figure,
        (_THE_TARGET, _PLACE, _AS_OF),
    ),
    Route("tables", "/tables", m.Answer[m.Table], answers.tables),
    Route(
        "table", "/tables/{table}", m.Page[m.Record], answers.table,
        (Parameter("table", required=True), *_QUESTION, *_PAGE), of_columns=True,
        example="level.from=3&sort=-completed_on&rows=10",
    ),
    Route(
        "completeness", "/completeness", m.Answer[m.Completeness], answers.completeness,
        (_POLICY, Parameter("dataset"), _PLACE, _AS_OF), example="policy=dongguan&dataset=trainings",
    ),
    Route(
        "warnings", "/warnings", m.Answer[m.Warning], answers.warnings, (_POLICY, Parameter("kind")),
        example="policy=dongguan",
    ),
    Route(
        "rejects", "/rejects", m.Page[m.Record], answers.rejects, (*_QUESTION, *_PAGE),
        of_columns=True,
    ),
    Route("snapshots", "/snapshots", m.Answer[m.Snapshot], answers.snapshots),
)  # fmt: skip
