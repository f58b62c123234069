"""The command `milepost`: parses what was typed, calls a verb, prints what came of it.

Owns the command line's options and its output. Errors that a user can act on are printed without a
traceback, and the exit code is their kind's (`etl.errors`). May import every room.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable

from dashboard import server
from etl.demo import write_demo
from etl.errors import MilepostError, SourceError
from etl.rejects import by_dataset, read_rejects, rejects_csv, rejects_xlsx
from etl.settings import Settings
from etl.snapshots import Snapshot
from etl.texts import Language
from metrics import export, published
from metrics.reader import read_catalogue
from milepost import verbs

app = typer.Typer(
    help="Track the targets of skilled-talent policies. 技能人才政策目标跟踪。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# A pipe has no width of its own: do not cut what a script may read.
_out = Console(width=None if sys.stdout.isatty() else 200)
_err = Console(stderr=True)


class TableFormat(StrEnum):
    """How `milepost progress` prints."""

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


class Lang(StrEnum):
    """The language of names and reasons."""

    zh = "zh"
    en = "en"


Policy = Annotated[str | None, typer.Option(help="Only this policy, such as dongguan.")]
Place = Annotated[str | None, typer.Option(help="Only this place, by its code.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The date to count up to, itself included."),
]
InLanguage = Annotated[Lang, typer.Option("--lang", help="The language of names and reasons.")]


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")],
    policy: Annotated[list[str] | None, typer.Option(help="Only this policy; may be repeated.")] = None,
    scale: Annotated[float, typer.Option(min=0.0005, help="How many people, as a share.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed writes the same bytes.")] = 1,
) -> None:
    """Write made-up source files as offices would send them."""
    for path in write_demo(folder, policies=policy or (), scale=scale, seed=seed):
        _out.print(path, highlight=False, soft_wrap=True)


@app.command()
def load(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.")],
    dataset: Annotated[
        str | None, typer.Option(help="What the files hold, if their headers do not say.")
    ] = None,
    policy: Policy = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Load files, evaluate every target, publish a snapshot."""
    loaded = _load_watched(paths, dataset=dataset, policy=policy)
    if as_json:
        snapshot = loaded.snapshot.id if loaded.snapshot else None
        content = {
            "snapshot": snapshot,
            "published": loaded.changed,
            "files": [asdict(sheet) for sheet in loaded.report.sheets],
            "failures": loaded.report.failures,
        }
        print(json.dumps(content, ensure_ascii=False, indent=1))
    else:
        _print_loaded(loaded)
    if loaded.report.failures:
        raise typer.Exit(SourceError.exit_code)


def _load_watched(
    paths: list[Path], *, dataset: str | None = None, policy: str | None = None
) -> verbs.Loaded:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[stage]}"),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_err, transient=True) as progress:
        task = progress.add_task("", total=None, stage="")

        def watch(path: Path, stage: str, rows: int) -> None:
            progress.update(task, description=path.name, completed=rows, stage=stage)

        return verbs.load(Settings(), paths, dataset=dataset, policy=policy, watch=watch)


def _print_loaded(loaded: verbs.Loaded) -> None:
    table = RichTable(
        "file", "sheet", "dataset", "read", "loaded", "unchanged", "superseded", "rejected"
    )
    for sheet in loaded.report.sheets:
        counts = (sheet.rows_read, sheet.loaded, sheet.unchanged, sheet.superseded, sheet.rejected)
        table.add_row(sheet.file, sheet.sheet, sheet.dataset, *(f"{count:,}" for count in counts))
    for column in table.columns[3:]:
        column.justify = "right"
    _out.print(table)
    for sheet in loaded.report.sheets:
        if sheet.unknown_headers:
            _err.print(f"{sheet.file}: columns not used: {', '.join(sheet.unknown_headers)}")
    for failure in loaded.report.failures:
        _err.print(f"[red]{failure}[/red]", highlight=False)
    if loaded.snapshot is None:
        _err.print("nothing was loaded")
    elif loaded.changed:
        _out.print(f"published {loaded.snapshot.id}")
    else:
        _out.print(f"nothing new; {loaded.snapshot.id} stays published")
    if any(sheet.rejected for sheet in loaded.report.sheets):
        _out.print("refused rows: milepost rejects --format xlsx -o rejects.xlsx")


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="By default the metrics.yaml in use.")] = None,
) -> None:
    """Validate metrics.yaml without any data."""
    catalogue = read_catalogue(file or Settings().metrics)
    for policy in catalogue.policies.values():
        _out.print(f"{policy.id}: {len(policy.targets)} targets")


@app.command()
def progress(
    policy: Policy = None,
    target: Annotated[str | None, typer.Option(help="Only this target, by its id.")] = None,
    place: Place = None,
    level: Annotated[str | None, typer.Option(help="Only places of this level.")] = None,
    as_of: AsOf = None,
    snapshot: Annotated[str | None, typer.Option(help="As this snapshot published it.")] = None,
    output: Annotated[TableFormat, typer.Option("--format")] = TableFormat.table,
    lang: InLanguage = Lang.zh,
) -> None:
    """Print where every target stands, by place."""
    with verbs.published_engine(Settings(), snapshot).connect() as connection:
        rows = published.progress(
            connection, policy=policy, target=target, place=place, level=level, as_of=_day(as_of)
        )
        table = export.progress_table(connection, rows, _language(lang))
    if output is TableFormat.csv:
        sys.stdout.write(export.to_csv(table))
    elif output is TableFormat.json:
        print(export.to_json(table))
    else:
        _print_progress(table)


def _print_progress(table: export.Table) -> None:
    shown = ("target", "name", "place_name", "as_of", "value", "required", "unit", "expected", "status")
    rich = RichTable(*shown)
    for row in table.rows:
        cells = dict(zip(table.columns, row, strict=True))
        rich.add_row(*(_short(cells[column]) for column in shown))
    _out.print(rich)


def _short(value: object) -> str:
    return (
        f"{value:,.10g}"
        if isinstance(value, float) and value.is_integer()
        else (f"{value:,.2f}" if isinstance(value, float) else export.plain(value))
    )


@app.command()
def records(
    target: Annotated[str, typer.Argument(help="The target's id.")],
    place: Place = None,
    as_of: AsOf = None,
    output: Annotated[RecordFormat, typer.Option("--format")] = RecordFormat.csv,
) -> None:
    """Write the records behind a number to standard output."""
    with verbs.published_engine(Settings()).connect() as connection:
        table = export.records_table(connection, target, place, _day(as_of))
    if output is RecordFormat.csv:
        sys.stdout.write(export.to_csv(table))
    elif output is RecordFormat.json:
        print(export.to_json(table))
    else:
        sys.stdout.buffer.write(export.to_parquet(table))


@app.command()
def rejects(
    output: Annotated[RejectFormat, typer.Option("--format")] = RejectFormat.csv,
    file: Annotated[
        Path | None,
        typer.Option("-o", help="Write to this file; CSV of several datasets to one file for each."),
    ] = None,
    lang: InLanguage = Lang.zh,
) -> None:
    """Write what was refused, ready to be corrected and loaded again."""
    with verbs.published_engine(Settings()).connect() as connection:
        found = read_rejects(connection)
    language = _language(lang)
    if output is RejectFormat.xlsx:
        written = {file: rejects_xlsx(found, language)}
    elif file is None:
        written = {file: rejects_csv(found, language).encode("utf-8")}
    else:
        groups = by_dataset(found)
        written = {
            file if len(groups) == 1 else file.with_stem(f"{file.stem}-{name}"): b"\xef\xbb\xbf"
            + rejects_csv(group, language).encode("utf-8")
            for name, group in groups.items()
        }
    for path, data in written.items():
        if path is None:
            sys.stdout.buffer.write(data)
        else:
            path.write_bytes(data)
            _out.print(str(path), highlight=False)
    if not found:
        _err.print("nothing was refused", highlight=False)


@app.command()
def snapshots() -> None:
    """List the snapshots that are kept, newest first."""
    table = RichTable("id", "created", "records", "", "")
    for one in verbs.warehouse(Settings()).snapshots():
        table.add_row(
            one.id,
            f"{one.created_at:%Y-%m-%d %H:%M:%S} UTC",
            f"{one.records:,}",
            "demo" if one.demo else "",
            "published" if one.published else "",
        )
    _out.print(table)


@app.command()
def rollback(
    snapshot: Annotated[str, typer.Argument(metavar="ID", help="As `milepost snapshots` lists it.")],
) -> None:
    """Publish an older snapshot again."""
    published_now: Snapshot = verbs.warehouse(Settings()).rollback(snapshot)
    _out.print(f"published {published_now.id}")


Host = Annotated[str, typer.Option(help="The address to listen on; loopback by default.")]
Port = Annotated[int, typer.Option(help="The port to listen on.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that answer.")]


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8050, workers: Workers = 2) -> None:
    """Serve the site."""
    verbs.published_engine(Settings()).dispose()
    _out.print(f"Milepost: http://{host}:{port}/", highlight=False)
    server.run(host=host, port=port, workers=workers)


@app.command()
def up(
    host: Host = "127.0.0.1",
    port: Port = 8050,
    workers: Workers = 2,
    scale: Annotated[float, typer.Option(min=0.0005, help="Of demo files, if any.")] = 1.0,
) -> None:
    """Write demo files if there is nothing to load, load the inbox, serve the site."""
    settings = Settings()
    if not any(settings.inbox.glob("**/*.*")):
        _out.print(f"the inbox is empty: writing demo files to {settings.inbox}", highlight=False)
        write_demo(settings.inbox, scale=scale)
    _print_loaded(_load_watched([settings.inbox]))
    serve(host=host, port=port, workers=workers)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _language(lang: Lang) -> Language:
    return "zh" if lang is Lang.zh else "en"


def main() -> None:
    """Run the command; a user's mistake ends in one message and its kind's exit code."""
    try:
        app()
    except MilepostError as error:
        _err.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
