"""What the command line prints for people: tables and lines, in the language that is spoken.

Owns `OUT` and `ERR`, the two ways out, and one function for each table. Called by `cli`. May import
`words`, `verbs` and what it prints.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dashboard.words import Words
from etl.errors import MilepostError
from etl.snapshots import Snapshot
from etl.texts import listed
from metrics import export
from metrics.rows import ProgressRow, TargetRow
from milepost.verbs import Loaded
from milepost.words import language, say

# A pipe has no width of its own: do not cut what a script may read.
OUT = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
ERR = Console(stderr=True, highlight=False, markup=False)


def print_error(error: MilepostError) -> None:
    """An error that a user can act on, in the language that is spoken."""
    ERR.print(error.text.of(language()), style="red", soft_wrap=True)


def progress_bar() -> Progress:
    """The bar of a load: what is done with which file, and how far it is."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[stage]}"),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} " + say("rows_so_far")),
        TimeElapsedColumn(),
        console=ERR,
        transient=True,
    )


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
    for warning in loaded.warnings:
        ERR.print(warning.of(language()), style="yellow", soft_wrap=True)
    if loaded.snapshot is None:
        ERR.print(say("nothing_loaded"))
    else:
        OUT.print(say("published" if loaded.changed else "nothing_new", id=loaded.snapshot.id))
    if loaded.rebuilt:
        ERR.print(say("rebuilt"), style="yellow", soft_wrap=True)
    if any(sheet.rejected for sheet in loaded.report.sheets):
        OUT.print(say("see_rejects"))


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


def print_snapshots(snapshots: Iterable[Snapshot]) -> None:
    """The snapshots that are kept."""
    table = _table("snapshot", "created", numbers=("records",))
    table.add_column(say("remark"))
    for one in snapshots:
        remarks = [say("is_published")] * one.published + [say("is_demo")] * one.demo
        created = f"{one.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(one.id, created, f"{one.records:,}", listed(remarks).of(language()))
    OUT.print(table)


def _table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(*(say(column) for column in columns))
    for column in numbers:
        table.add_column(say(column), justify="right")
    return table


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.10g}" if value.is_integer() else f"{value:,.2f}"
