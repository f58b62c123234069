"""Options: what several commands take, and in which words it may be given.

Owns the types of the command line's options. Called by `cli`, `asking`. May import `words`.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import typer

from milepost.words import choose, say


class TableFormat(StrEnum):
    """How commands print tables."""

    table = "table"
    csv = "csv"
    json = "json"


class RecordFormat(StrEnum):
    """How `milepost records` writes."""

    csv = "csv"
    json = "json"
    parquet = "parquet"


class RejectFormat(StrEnum):
    """How `milepost rejects` writes."""

    csv = "csv"
    xlsx = "xlsx"


class BriefingFormat(StrEnum):
    """How `milepost briefing` writes."""

    pdf = "pdf"
    docx = "docx"


class Lang(StrEnum):
    """The language of names and reasons."""

    zh = "zh"
    en = "en"


def _speak(lang: Lang | None) -> Lang | None:
    choose(None if lang is None else "zh" if lang is Lang.zh else "en")
    return lang


Policy = Annotated[str | None, typer.Option(help=say("option_policy"))]
Place = Annotated[str | None, typer.Option(help=say("option_place"))]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=say("option_as_of"))]
AtSnapshot = Annotated[str | None, typer.Option("--snapshot", help=say("option_snapshot"))]
AsTable = Annotated[TableFormat, typer.Option("--format", help=say("option_format"))]
InLanguage = Annotated[Lang | None, typer.Option("--lang", callback=_speak, help=say("option_lang"))]
Host = Annotated[str, typer.Option(help=say("option_host"))]
Port = Annotated[int, typer.Option(help=say("option_port"))]
Workers = Annotated[int, typer.Option(min=1, help=say("option_workers"))]


def day_of(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()
