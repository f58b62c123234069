"""The commands that ask: what stands in the published snapshot, printed or written.

Owns their options; `cli` has the others, which change something, and the program itself. May import
every room but `cli`.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from etl.rejects import by_dataset, read_rejects, rejects_csv
from etl.rejects_book import rejects_xlsx
from etl.settings import Settings
from metrics import export, following, published
from metrics.described import of_records
from metrics.handouts import Handout, csv_of, json_of, parquet_of
from milepost import verbs
from milepost.options import (
    AsOf,
    AsTable,
    AtSnapshot,
    BriefingFormat,
    InLanguage,
    Place,
    Policy,
    RecordFormat,
    RejectFormat,
    TableFormat,
    day_of,
)
from milepost.printing import (
    ERR,
    OUT,
    print_moved,
    print_progress,
    print_table,
    progress_bar,
)
from milepost.typed import Command
from milepost.words import language, say

app = typer.Typer()


@app.command(cls=Command, help=say("help_progress"))
def progress(
    policy: Policy = None,
    target: Annotated[str | None, typer.Option(help=say("option_progress_target"))] = None,
    place: Place = None,
    level: Annotated[str | None, typer.Option(help=say("option_progress_level"))] = None,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    more: Annotated[bool, typer.Option("--more", help=say("option_progress_more"))] = False,
    output: AsTable = TableFormat.table,
    lang: InLanguage = None,  # noqa: ARG001  # its callback has taken it
) -> None:
    """Print where every target stands."""
    with verbs.published_engine(Settings(), snapshot).connect() as connection:
        rows = published.progress(
            connection, policy=policy, target=target, place=place, level=level, as_of=day_of(as_of)
        )
        made = following.more_table if more else export.progress_table
        table = made(connection, rows, language())
        targets = {one.target: one for one in published.targets(connection)}
    if more or output is not TableFormat.table:
        shown = (
            "target", "name", "place_name", "value", "share", "rank", "ranked", "baseline", "peers",
            "behind", "outlook", "outlook_by", "outlook_suffices",
        )  # fmt: skip
        print_table(table, output, shown)
    else:
        print_progress(rows, targets, table)


@app.command(cls=Command, help=say("help_changes"))
def changes(
    policy: Policy = None,
    place: Place = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help=say("option_since"))
    ] = None,
    as_of: AsOf = None,
    against: Annotated[str | None, typer.Option(help=say("option_against"))] = None,
    snapshot: AtSnapshot = None,
    movers: Annotated[bool, typer.Option("--movers", help=say("option_movers"))] = False,
    output: AsTable = TableFormat.table,
    lang: InLanguage = None,  # noqa: ARG001  # its callback has taken it
) -> None:
    """Print what changed between two dates."""
    table = verbs.changes(
        Settings(), policy=policy, place=place, since=day_of(since), as_of=day_of(as_of),
        against=against, snapshot=snapshot, movers=movers, language=language(),
    )  # fmt: skip
    shown: tuple[str, ...]
    if movers:
        shown = ("place_name", "since", "as_of", "mean_then", "mean_now", "climbed", "targets", "name")
    else:
        shown = (
            "target", "name", "place_name", "since", "as_of", "value_then", "value", "difference",
            "status_then", "status", "turn",
        )  # fmt: skip
    print_table(table, output, shown)


@app.command(cls=Command, help=say("help_records"))
def records(
    target: Annotated[str, typer.Argument(help=say("option_records_target"))],
    place: Place = None,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    output: Annotated[
        RecordFormat, typer.Option("--format", help=say("option_format"))
    ] = RecordFormat.csv,
) -> None:
    """Write the records behind a number."""
    with verbs.published_engine(Settings(), snapshot).connect() as connection:
        found = published.record_rows(connection, target, place, day_of(as_of))
        described = of_records(found.datasets)
        handout = Handout(target, described, found.schema, found.batches(), found.count)
        if output is RecordFormat.csv:
            pieces = csv_of(handout, for_people=False)
        else:
            pieces = json_of(handout) if output is RecordFormat.json else parquet_of(handout)
        for piece in pieces:
            sys.stdout.buffer.write(piece)


@app.command(cls=Command, help=say("help_rejects"))
def rejects(
    snapshot: AtSnapshot = None,
    output: Annotated[
        RejectFormat, typer.Option("--format", help=say("option_format"))
    ] = RejectFormat.csv,
    file: Annotated[Path | None, typer.Option("-o", help=say("option_rejects_file"))] = None,
    lang: InLanguage = None,  # noqa: ARG001  # its callback has taken it
) -> None:
    """Write what was refused."""
    with verbs.published_engine(Settings(), snapshot).connect() as connection:
        found = read_rejects(connection)
    if output is RejectFormat.xlsx:
        written = {file: rejects_xlsx(found, language())}
    elif file is None:
        written = {file: rejects_csv(found, language()).encode("utf-8")}
    else:
        groups = by_dataset(found)
        written = {
            file if len(groups) == 1 else file.with_stem(f"{file.stem}-{name}"): b"\xef\xbb\xbf"
            + rejects_csv(group, language()).encode("utf-8")
            for name, group in groups.items()
        }
    for path, data in written.items():
        if path is None:
            sys.stdout.buffer.write(data)
        else:
            path.write_bytes(data)
            OUT.print(str(path), soft_wrap=True)
    if not found:
        ERR.print(say("nothing_refused"))


@app.command(cls=Command, help=say("help_warnings"))
def warnings(
    policy: Policy = None,
    kind: Annotated[str | None, typer.Option(help=say("option_warnings_kind"))] = None,
    snapshot: AtSnapshot = None,
    output: AsTable = TableFormat.table,
    lang: InLanguage = None,  # noqa: ARG001  # its callback has taken it
) -> None:
    """List what is suspicious."""
    with verbs.published_engine(Settings(), snapshot).connect() as connection:
        rows = published.warnings(connection, policy, kind)
        table = export.warnings_table(connection, rows, language())
    print_table(table, output, ("kind", "place_name", "subject", "said", "remedy"))


@app.command(cls=Command, help=say("help_completeness"))
def completeness(
    policy: Policy = None,
    dataset: Annotated[str | None, typer.Option(help=say("option_completeness_dataset"))] = None,
    place: Place = None,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    output: AsTable = TableFormat.table,
    lang: InLanguage = None,  # noqa: ARG001  # its callback has taken it
) -> None:
    """List who has reported what."""
    with verbs.published_engine(Settings(), snapshot).connect() as connection:
        rows = published.completeness(
            connection, policy=policy, dataset=dataset, place=place, as_of=day_of(as_of)
        )
        table = export.completeness_table(connection, rows, language())
    print_table(table, output, ("dataset", "place_name", "month", "records", "usual", "due", "state"))


@app.command(cls=Command, help=say("help_briefing"))
def briefing(
    policy: Policy = None,
    place: Place = None,
    as_of: AsOf = None,
    snapshot: AtSnapshot = None,
    issue: Annotated[int | None, typer.Option(min=1, help=say("option_briefing_issue"))] = None,
    output: Annotated[
        BriefingFormat, typer.Option("--format", help=say("option_format"))
    ] = BriefingFormat.pdf,
    file: Annotated[Path | None, typer.Option("-o", help=say("option_briefing_file"))] = None,
    lang: InLanguage = None,  # noqa: ARG001  # its callback has taken it
) -> None:
    """Write a briefing."""
    path = verbs.briefing(
        Settings(), file, kind=output.value, policy=policy, place=place, as_of=day_of(as_of),
        snapshot=snapshot, issue=issue, language=language(),
    )  # fmt: skip
    OUT.print(str(path), soft_wrap=True)


@app.command(cls=Command, help=say("help_moved"))
def moved(
    file: Annotated[str, typer.Argument(help=say("option_withdraw_file"))],
    sheet: Annotated[str | None, typer.Option(help=say("option_moved_sheet"))] = None,
    number: Annotated[int | None, typer.Option("--load", help=say("option_withdraw_load"))] = None,
    policy: Policy = None,
    place: Place = None,
    as_of: AsOf = None,
    output: AsTable = TableFormat.table,
    lang: InLanguage = None,  # noqa: ARG001  # its callback has taken it
) -> None:
    """Print every number that a file moved."""
    with progress_bar() as watch:
        table = verbs.moved(
            Settings(), file, sheet=sheet, number=number, policy=policy, place=place,
            as_of=day_of(as_of), language=language(), watch=watch,
        )  # fmt: skip
    if output is TableFormat.table:
        print_moved(table)
    else:
        print_table(table, output)
