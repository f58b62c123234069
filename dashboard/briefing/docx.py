"""A briefing as DOCX, to be edited, numbered and signed in Word or WPS.

Owns `to_docx`. Called by `routes` and the command line. May import `content`, `headings`, `lines`,
`sheet` (the page and its tables), `words`. The same briefing gives the same bytes.
"""

from __future__ import annotations

from typing import cast

from docx.enum.text import WD_ALIGN_PARAGRAPH

from dashboard.briefing.content import Briefing, Line, Ranking
from dashboard.briefing.headings import CONCERNS, LINES, OTHERS, PLACES, numbered
from dashboard.briefing.lines import concerns_more
from dashboard.briefing.sheet import Sheet
from dashboard.words import Words
from etl.texts import Language

#: More places than this stand in two halves side by side.
_IN_ONE = 12
#: So many rows stand on one page; more run on over the next.
_ON_A_PAGE = 25


def to_docx(briefing: Briefing) -> bytes:
    """The bytes of the file."""
    words = Words(cast(Language, briefing.language))
    sheet = Sheet(briefing.title, words.language, briefing.made_on, demo=briefing.demo)
    _head(sheet, briefing, words)
    sheet.paragraph(briefing.opening)
    sections = (_overall, _concerns, _turns, _lines, _rankings, _notes)
    for number, section in enumerate(sections, 1):
        section(sheet, briefing, words, number)
    _end(sheet, briefing, words)
    return sheet.bytes()


def _head(sheet: Sheet, briefing: Briefing, words: Words) -> None:
    """版头: name, number, office and date above a red line; then the title."""
    sheet.banner(briefing.banner)
    sheet.paragraph(
        briefing.issue or words("briefing_issue_blank"), align=WD_ALIGN_PARAGRAPH.CENTER, indent=False
    )
    sheet.edges(words("briefing_office_blank") + briefing.office, briefing.day, red_line=True)
    sheet.title(briefing.title)


def _overall(sheet: Sheet, briefing: Briefing, words: Words, number: int) -> None:
    sheet.heading(1, numbered(1, number, words("briefing_summary"), words))
    sheet.paragraph(("" if words.language == "zh" else " ").join(briefing.headlines))


def _concerns(sheet: Sheet, briefing: Briefing, words: Words, number: int) -> None:
    sheet.heading(1, numbered(1, number, words("briefing_concerns"), words))
    if briefing.concerns:
        rows = [(c.name, c.requirement, c.value, c.word, c.reason) for c in briefing.concerns]
        widths = (33, 26, 20, 14, 63)
        shown = sheet.rows_that_fit(rows, widths)
        sheet.table([words(key) for key in CONCERNS], rows[:shown], widths)
        sheet.note(concerns_more(briefing.concerns_total, shown, words))
    else:
        sheet.paragraph(briefing.concerns_more)


def _turns(sheet: Sheet, briefing: Briefing, words: Words, number: int) -> None:
    sheet.heading(1, numbered(1, number, words("briefing_turns"), words), new_page=True)
    if not briefing.turns:
        sheet.paragraph(briefing.compared)
        return
    headers = [words(key) for key in ("target", "briefing_direction", "briefing_then", "briefing_now")]
    rows = [
        (
            turn.name,
            words(f"briefing_directions_{turn.direction}"),
            f"{turn.then}\n{turn.value_then}",
            f"{turn.now}\n{turn.value_now}",
        )
        for turn in briefing.turns
    ]
    sheet.table(headers, rows, (60, 16, 40, 40))


def _lines(sheet: Sheet, briefing: Briefing, words: Words, number: int) -> None:
    sheet.heading(1, numbered(1, number, words("briefing_lines"), words))
    sheet.note(words("briefing_lines_note"))
    both = bool(briefing.judged and briefing.others)
    if briefing.judged:
        if both:
            sheet.heading(2, numbered(2, 1, words("judged"), words))
        rows: list[tuple[str, ...]] = []
        for section in dict.fromkeys(line.section for line in briefing.judged):
            rows.append((section,))
            rows += [_line(line) for line in briefing.judged if line.section == section]
        headers = [words(key) for key in LINES]
        headers[LINES.index("value")] += "\n" + words("briefing_then")
        sheet.table(headers, rows, (13, 33, 22, 20, 17, 18, 18, 15))
    if briefing.others:
        sheet.heading(2, numbered(2, 2 if both else 1, words("contributed"), words))
        rows = [
            (one.clause, one.name, one.value, one.value_before, one.share, one.rank)
            for one in briefing.others
        ]
        sheet.table([words(key) for key in OTHERS], rows, (18, 50, 28, 28, 16, 16))


def _line(line: Line) -> tuple[str, ...]:
    return (
        line.clause,
        line.name,
        line.requirement,
        f"{line.value}\n{line.value_before}",
        line.expected,
        f"{line.word}\n{line.remark}".strip(),
        line.by,
        f"{line.needed} / {line.rate}",
    )


def _rankings(sheet: Sheet, briefing: Briefing, words: Words, number: int) -> None:
    sheet.heading(1, numbered(1, number, words("briefing_rankings"), words))
    said = "briefing_rankings_note" if briefing.rankings else "briefing_no_rankings"
    sheet.note(words(said))
    for at, ranking in enumerate(briefing.rankings, 1):
        asked = words("briefing_in_brackets", said=ranking.requirement)
        sheet.heading(2, numbered(2, at, ranking.name, words), asked)
        _ranked(sheet, ranking, words)


def _ranked(sheet: Sheet, ranking: Ranking, words: Words) -> None:
    """The places, in two halves side by side where they are many; the one that the briefing is about is
    bold."""
    cells: list[tuple[tuple[str, ...], bool]] = [
        ((p.rank, p.name, p.value, p.word, p.rank_before), p.here) for p in ranking.places
    ]
    headers, widths = [words(key) for key in PLACES], (9, 21, 21, 16, 11)
    if len(cells) <= _IN_ONE:
        marked = [number for number, (_, here) in enumerate(cells) if here]
        sheet.table(
            headers, [row for row, _ in cells], tuple(2 * w for w in widths), bold=marked, together=True
        )
        return
    half = -(-len(cells) // 2)
    left, right = cells[:half], cells[half:]
    right = right + [(("",) * len(PLACES), False)] * (half - len(right))
    rows = [one + other for (one, _), (other, _) in zip(left, right, strict=True)]
    marked = [n for n, ((_, a), (_, b)) in enumerate(zip(left, right, strict=True)) if a or b]
    sheet.table(headers * 2, rows, widths * 2, bold=marked, together=half <= _ON_A_PAGE)


def _notes(sheet: Sheet, briefing: Briefing, words: Words, number: int) -> None:
    sheet.heading(1, numbered(1, number, words("briefing_notes"), words))
    for at, note in enumerate(briefing.notes, 1):
        sheet.paragraph(numbered(3, at, note, words))


def _end(sheet: Sheet, briefing: Briefing, words: Words) -> None:
    """版记: where the figures are from, who sends it, to what day."""
    sheet.ruled(
        [briefing.citation, words("briefing_command_note") + briefing.command],
        words("briefing_office_blank") + briefing.office,
        words("briefing_data_to", day=briefing.day),
    )
