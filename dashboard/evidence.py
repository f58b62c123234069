"""Evidence: the records behind a number, as a table to read and files to take away.

Owns `evidence`, and `table_link` to the table that has them all. Called by the pages of a place, of a
target and of a figure. May import `cells`, `parts`, `tables`, `etl.datasets`, `metrics.published`,
`metrics.questions`, `metrics.record_questions`.
"""

from __future__ import annotations

from sqlalchemy import Connection

from dashboard.cells import Cells
from dashboard.elements import html
from dashboard.parts import Component, Context, asked_of, files_of, link, section
from dashboard.tables import table
from dashboard.words import Words
from etl.datasets import datasets
from metrics import published
from metrics.questions import Question
from metrics.record_questions import questions_behind
from metrics.rows import TargetRow

#: Records shown on a page; the download has all of them.
SHOWN_RECORDS = 50

#: Columns that every record has, whatever its dataset.
_COMMON = {"person", "source_file", "source_sheet", "source_row", "load", "dataset", "part"}


def evidence(context: Context, connection: Connection, target: TargetRow, place: str) -> Component:
    """The records behind a target's value at a place."""
    words = context.words
    title = words("place_records", target=words.of(target.name))
    found = published.records(connection, target.target, place, context.day, SHOWN_RECORDS)
    if not found.rows:
        return section(title, html.P(words("records_none")), anchor="records")
    used = [
        i
        for i, name in enumerate(found.columns)
        if any(row[i] not in (None, "") for row in found.rows)
        and not (name in {"part", "dataset"} and len({row[i] for row in found.rows}) == 1)
    ]
    names = {
        one.code: words.of(one.short_name) for one in published.places(connection, context.policy.area)
    }
    sets = list(dict.fromkeys(str(row[1]) for row in found.rows))
    cells = Cells(words, names)
    headers = [_header(found.columns[i], sets, words) for i in used]
    lines = [[cells.of(found.columns[i], row[i]) for i in used] for row in found.rows]
    asked = asked_of(context, target=target.target, place=place)
    more = words("records_more", count=SHOWN_RECORDS) if found.more else ""
    files = html.P([more, " ", files_of("records", asked, what=words("download_records"))])
    language, day = words.language, context.day
    behind = questions_behind(connection, target.target, place, day, language)
    return section(
        title,
        files,
        *(table_link(context, one) for one in dict.fromkeys(one for _, one in behind)),
        table(title, headers, lines, class_name="records"),
        anchor="records",
    )


def table_link(context: Context, question: Question) -> Component:
    """A link to the rows of a table that a question asks for."""
    words = context.words
    said = words("see_in_table", table=words.of(question.browsed.title))
    return html.P(link(said, context.view.to("table", question.table, asked=question.pairs)))


def _header(column: str, sets: list[str], words: Words) -> str:
    if column in _COMMON:
        return words(f"column_{column}")
    for name in sets:
        for field in datasets()[name].fields:
            if field.name == column:
                return field.header.of(words.language)
    return column
