"""The command `milepost`: parses what was typed, calls a verb, has printed what came of it.

Owns the program, and its commands that change or serve something; those that ask are in `asking`.
Errors that a user can act on are printed without a traceback, and the exit code is their kind's
(`etl.errors`). Help is in the language of MILEPOST_LANG when the command starts. May import every room.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from dashboard import server
from etl.databases import DatabaseSource, database_source
from etl.demo import write_demo
from etl.errors import MilepostError, SourceError
from etl.settings import Settings
from metrics.reader import read_catalogue
from metrics.schema import json_schema
from milepost import asking, verbs
from milepost.options import Host, Policy, Port, Workers
from milepost.printing import (
    OUT,
    print_error,
    print_loaded,
    print_refusal,
    print_snapshots,
    print_withdrawn,
    progress_bar,
)
from milepost.typed import Command, Group
from milepost.words import choose, language, say

app = typer.Typer(
    cls=Group,
    help=say("help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(asking.app)


@app.command(cls=Command, help=say("help_demo"))
def demo(
    folder: Annotated[Path, typer.Argument(help=say("option_demo_folder"))],
    policy: Annotated[list[str] | None, typer.Option(help=say("option_demo_policy"))] = None,
    scale: Annotated[float, typer.Option(min=0.0005, help=say("option_demo_scale"))] = 1.0,
    seed: Annotated[int, typer.Option(help=say("option_demo_seed"))] = 1,
) -> None:
    """Write made-up files."""
    for path in write_demo(folder, policies=policy or (), scale=scale, seed=seed):
        OUT.print(path, soft_wrap=True)


@app.command(cls=Command, help=say("help_load"))
def load(
    paths: Annotated[list[Path] | None, typer.Argument(help=say("option_load_paths"))] = None,
    dataset: Annotated[str | None, typer.Option(help=say("option_load_dataset"))] = None,
    policy: Policy = None,
    source: Annotated[str | None, typer.Option(metavar="URL", help=say("option_load_source"))] = None,
    table: Annotated[str | None, typer.Option(help=say("option_load_table"))] = None,
    query: Annotated[str | None, typer.Option(help=say("option_load_query"))] = None,
    watermark: Annotated[str | None, typer.Option(help=say("option_load_watermark"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("option_load_json"))] = False,
) -> None:
    """Load, evaluate, publish."""
    database = None
    if source is not None:
        given = Settings().source_password
        password = None if given is None else given.get_secret_value()
        database = database_source(
            source, password=password, table=table, query=query, watermark=watermark
        )
    elif not paths or table or query or watermark:
        raise typer.BadParameter(say("nothing_to_load"))
    loaded = _load_watched(paths or [], dataset=dataset, policy=policy, database=database)
    if as_json:
        files = [asdict(sheet) | {"seconds": round(sheet.seconds, 3)} for sheet in loaded.report.sheets]
        content = {
            "snapshot": loaded.snapshot.id if loaded.snapshot else None,
            "published": loaded.changed,
            "files": files,
            "failures": [failure.of(language()) for failure in loaded.report.failures],
            "notes": [note.of(language()) for note in loaded.report.notes],
            "warnings": [warning.said.of(language()) for warning in loaded.warnings],
        }
        print(json.dumps(content, ensure_ascii=False, indent=1))
    else:
        print_loaded(loaded)
    if loaded.report.failures:
        raise typer.Exit(SourceError.exit_code)


def _load_watched(
    paths: list[Path],
    *,
    dataset: str | None = None,
    policy: str | None = None,
    database: DatabaseSource | None = None,
) -> verbs.Loaded:
    with progress_bar() as watch:
        return verbs.load(
            Settings(), paths, dataset=dataset, policy=policy, watch=watch, database=database
        )


@app.command(cls=Command, help=say("help_withdraw"))
def withdraw(
    file: Annotated[str, typer.Argument(help=say("option_withdraw_file"))],
    sheet: Annotated[str | None, typer.Option(help=say("option_withdraw_sheet"))] = None,
    number: Annotated[int | None, typer.Option("--load", help=say("option_withdraw_load"))] = None,
) -> None:
    """Take back what a file said."""
    with progress_bar() as watch:
        withdrawn, snapshot = verbs.withdraw(Settings(), file, sheet=sheet, number=number, watch=watch)
    print_withdrawn(withdrawn, snapshot)


@app.command(cls=Command, help=say("help_check"))
def check(
    file: Annotated[Path | None, typer.Argument(help=say("option_check_file"))] = None,
    schema: Annotated[bool, typer.Option("--schema", help=say("option_check_schema"))] = False,
) -> None:
    """Validate metrics.yaml, or say what it may hold."""
    if schema:
        print(json.dumps(json_schema(), ensure_ascii=False, indent=1))
        return
    catalogue = read_catalogue(file or Settings().metrics)
    for policy in catalogue.policies.values():
        OUT.print(say("targets_of_policy", policy=policy.id, count=len(policy.targets)))


@app.command(cls=Command, help=say("help_snapshots"))
def snapshots() -> None:
    """List snapshots."""
    print_snapshots(verbs.warehouse(Settings()).snapshots())


@app.command(cls=Command, help=say("help_rollback"))
def rollback(
    snapshot: Annotated[str, typer.Argument(metavar="ID", help=say("option_rollback_id"))],
) -> None:
    """Publish an older snapshot again."""
    OUT.print(say("published", id=verbs.warehouse(Settings()).rollback(snapshot).id))


@app.command(cls=Command, help=say("help_rotate_key"))
def rotate_key(
    drop_old: Annotated[bool, typer.Option("--drop-old", help=say("option_drop_old"))] = False,
) -> None:
    """Change the key of identity numbers."""
    snapshot, dropped = verbs.rotate_key(Settings(), drop_old=drop_old)
    OUT.print(say("published", id=snapshot.id))
    OUT.print(say("old_dropped", count=dropped) if drop_old else say("old_kept"), soft_wrap=True)


@app.command(cls=Command, help=say("help_serve"))
def serve(host: Host = "127.0.0.1", port: Port = 8050, workers: Workers = 2) -> None:
    """Serve the site: before the first load it says that nothing is loaded yet."""
    OUT.print(f"Milepost: http://{host}:{port}/")
    server.run(host=host, port=port, workers=workers)


@app.command(cls=Command, help=say("help_up"))
def up(
    host: Host = "127.0.0.1",
    port: Port = 8050,
    workers: Workers = 2,
    scale: Annotated[float, typer.Option(min=0.0005, help=say("option_up_scale"))] = 1.0,
) -> None:
    """Demo files if there are none, load, serve."""
    settings = Settings()
    if not any(settings.inbox.glob("**/*.*")):
        OUT.print(say("writing_demo", folder=settings.inbox), soft_wrap=True)
        write_demo(settings.inbox, scale=scale)
    print_loaded(_load_watched([settings.inbox]))
    serve(host=host, port=port, workers=workers)


def main() -> None:
    """Run the command; a user's mistake ends in one message and its kind's exit code."""
    choose(None)
    try:
        choose(Settings().language)
        code = app(standalone_mode=False)
    except MilepostError as error:
        print_error(error)
        code = error.exit_code
    except TyperException as error:
        print_refusal(error)
        code = error.exit_code
    except typer.Abort:
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
