"""What the command line prints for people: tables and lines, in the language that is spoken.

Owns `OUT` and `ERR`, the two ways out, and one function for each table. Called by `cli`, `asking`. May
import `options`, `typed`, `words`, `verbs` and what it prints.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from typer.exceptions import TyperException

from dashboard.words import Words
from etl.datasets import datasets
from etl.errors import MilepostError
from etl.load_report import Origin, Watch
from etl.snapshots import Snapshot
from etl.texts import listed
from etl.withdrawal import Withdrawn
from metrics import export
from metrics.completeness import STATES, WHY_DUE
from metrics.rows import ProgressRow, TargetRow, WarningRow
from metrics.warnings import KINDS
from milepost.options import TableFormat
from milepost.typed import refusal
from milepost.verbs import Loaded
from milepost.words import language, say

# A pipe has no width of its own: do not cut what a script may read.
OUT = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
ERR = Console(stderr=True, highlight=False, markup=False)


#: Columns of figures, and those of them that are amounts.
_EXACT = frozenset({
    "value", "value_then", "difference", "mean_then", "mean_now", "climbed", "share", "baseline",
    "peers", "behind", "outlook",
})  # fmt: skip
_NUMBERS = _EXACT | {"records", "usual", "rank", "ranked", "targets"}

#: Warnings of one kind that a load prints; `milepost warnings` has all of them.
SHOWN_WARNINGS = 5


def print_error(error: MilepostError) -> None:
    """An error that a user can act on, in the language that is spoken."""
    ERR.print(error.text.of(language()), style="red", soft_wrap=True)


def print_refusal(error: TyperException) -> None:
    """What is wrong with the command line, and where its help is. No arguments: help was printed."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return
    problem = refusal(error).of(language())
    ERR.print(say("wrong_command", problem=problem), style="red", soft_wrap=True)
    ERR.print(say("see_help", command=context.command_path if context else "milepost"), soft_wrap=True)


@contextmanager
def progress_bar() -> Iterator[Watch]:
    """The bar of a load: what is done with which file, and how far it is."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[stage]}"),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} " + say("rows_so_far")),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task("", total=None, stage="")

        def watch(origin: Origin, stage: str, rows: int) -> None:
            bar.update(task, description=origin.name, completed=rows, stage=say(f"stage_{stage}"))

        yield watch


def print_loaded(loaded: Loaded) -> None:
    """What came of a load: each sheet, what was wrong, what is published now."""
    counts = (
        "rows_read", "rows_loaded", "rows_unchanged", "rows_superseded", "rows_rejected",
        "rows_left_out",
    )  # fmt: skip
    table = _table("file", "sheet", "dataset", numbers=(*counts, "seconds"))
    for sheet in loaded.report.sheets:
        found = (
            sheet.rows_read, sheet.loaded, sheet.unchanged, sheet.superseded, sheet.rejected,
            sheet.left_out,
        )  # fmt: skip
        numbers = [*(f"{count:,}" for count in found), f"{sheet.seconds:.1f}"]
        table.add_row(sheet.file, sheet.sheet, sheet.dataset, *numbers)
    OUT.print(table)
    for sheet in loaded.report.sheets:
        if sheet.unknown_headers:
            columns = listed(sheet.unknown_headers).of(language())
            ERR.print(say("unused_columns", file=sheet.file, columns=columns))
    for failure in loaded.report.failures:
        ERR.print(failure.of(language()), style="red", soft_wrap=True)
    for note in loaded.report.notes:
        ERR.print(note.of(language()), soft_wrap=True)
    _print_warnings(loaded.warnings)
    if loaded.snapshot is None:
        ERR.print(say("nothing_loaded"))
    else:
        OUT.print(say("published" if loaded.changed else "nothing_new", id=loaded.snapshot.id))
    if loaded.rebuilt:
        ERR.print(say("rebuilt"), style="yellow", soft_wrap=True)
    if settled := sum(sheet.settled for sheet in loaded.report.sheets):
        OUT.print(say("rows_settled", count=f"{settled:,}"))
    if any(sheet.rejected for sheet in loaded.report.sheets):
        OUT.print(say("see_rejects"))


def print_withdrawn(withdrawn: Sequence[Withdrawn], snapshot: Snapshot) -> None:
    """What came of a withdrawal."""
    table = _table("file", "sheet", "dataset", numbers=("rows_went", "rows_came_back", "rows_stayed"))
    for one in withdrawn:
        numbers = (f"{count:,}" for count in (one.went, one.came_back, one.stayed))
        table.add_row(one.file, listed(one.sheets).of(language()), one.dataset, *numbers)
    OUT.print(table)
    OUT.print(say("published", id=snapshot.id))


def _print_warnings(warnings: Sequence[WarningRow]) -> None:
    """How many warnings of each kind there are, and the first of them."""
    for kind, title in KINDS.items():
        found = [warning for warning in warnings if warning.kind == kind]
        if not found:
            continue
        named = title.of(language())
        ERR.print(say("warnings_of_kind", kind=named, count=f"{len(found):,}"), style="yellow")
        for warning in found[:SHOWN_WARNINGS]:
            ERR.print(f"  {warning.said.of(language())}", style="yellow", soft_wrap=True)
    if warnings:
        ERR.print(say("see_warnings"), style="yellow")


def print_progress(
    rows: Sequence[ProgressRow], targets: Mapping[str, TargetRow], of: export.Table
) -> None:
    """Where targets stand; `of` is the same with the names of targets and places."""
    words = Words(language())
    table = _table(
        "target", "name", "place", "as_of", "value", "required", "unit", "expected", "status"
    )
    for row, cells in zip(rows, of.rows, strict=True):
        named = dict(zip(of.columns, cells, strict=True))
        table.add_row(
            row.target,
            str(named["name"]),
            str(named["place_name"]),
            row.as_of.isoformat(),
            *(_short(value) for value in (row.value, row.required)),
            words.of(words.unit(targets[row.target], row)),
            _short(row.expected),
            words.status(row.status) if row.status is not None else "",
        )
    OUT.print(table)


def print_moved(of: export.Table) -> None:
    """The numbers that a file moved."""
    words = Words(language())
    table = _table("target", "name", "place", "as_of", numbers=("value_before", "value_after"))
    for column in ("status_before", "status_after"):
        table.add_column(say(column))
    for cells in of.rows:
        row = dict(zip(of.columns, cells, strict=True))
        named = [str(row[column]) for column in ("target", "name", "place_name", "as_of")]
        values = [_short(row[f"value_{when}"]) for when in ("before", "after")]  # type: ignore[arg-type]
        statuses = [row[f"status_{when}"] for when in ("before", "after")]
        table.add_row(
            *named, *values, *(words.status(str(s)) if s is not None else "" for s in statuses)
        )
    if of.rows:
        OUT.print(table)
    else:
        OUT.print(say("nothing_moved"))


def print_snapshots(snapshots: Iterable[Snapshot]) -> None:
    """The snapshots that are kept."""
    table = _table("snapshot", "created", numbers=("records",))
    table.add_column(say("remark"))
    for one in snapshots:
        remarks = [say("is_published")] * one.published + [say("is_demo")] * one.demo
        created = f"{one.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(one.id, created, f"{one.records:,}", listed(remarks).of(language()))
    OUT.print(table)


def print_columns(of: export.Table, columns: Sequence[str]) -> None:
    """Some columns of a table; our own words are said in the language that is spoken."""
    table = _table()
    for column in columns:
        head = column.removesuffix("_name")
        table.add_column(say(head), justify="right" if column in _NUMBERS else "left")
    for cells in of.rows:
        named = dict(zip(of.columns, cells, strict=True))
        table.add_row(*(_word(column, named[column]) for column in columns))
    OUT.print(table)


def _word(column: str, value: object) -> str:
    if column == "kind":
        return KINDS[str(value)].of(language())
    if column == "dataset":
        return datasets()[str(value)].title.of(language())
    if column == "due":
        return WHY_DUE[str(value)].of(language()) if value else ""
    if column == "state":
        return STATES[str(value)].of(language())
    if column in ("status", "status_then") and value is not None:
        return Words(language()).status(str(value))
    if column == "turn" and value is not None:
        return Words(language())(f"turn_{value}")
    if column in _EXACT and (value is None or isinstance(value, float)):
        return _short(value)
    if isinstance(value, bool):
        return Words(language())("is_yes" if value else "is_no")
    return f"{value:g}" if isinstance(value, float) else export.plain(value)


def _table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(*(say(column) for column in columns))
    for column in numbers:
        table.add_column(say(column), justify="right")
    return table


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.10g}" if value.is_integer() else f"{value:,.2f}"


def print_table(table: export.Table, output: TableFormat, columns: Sequence[str] = ()) -> None:
    """A table for machines, or its `columns` for people."""
    if output is TableFormat.csv:
        sys.stdout.write(export.to_csv(table))
    elif output is TableFormat.json:
        print(export.to_json(table))
    else:
        print_columns(table, columns)
