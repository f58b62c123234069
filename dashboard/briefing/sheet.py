"""A sheet of a Chinese government brief in Word: type area, styles, tables, page numbers.

Owns `Sheet`, which knows how things look and nothing of what they say. Called by `docx`. Imports
nothing of ours but `etl.texts`.

Margins, size of type and page numbers are those of GB/T 9704-2012: a type area of 156 mm by 225 mm with
22 lines in 三号 (16 pt). Word takes the typefaces by name from the machine that opens the file.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from etl.texts import Language

#: Typefaces by part, as Word and WPS call them in a Chinese office.
_TITLE, _BODY, _HEADING, _SUBHEADING = "方正小标宋简体", "仿宋", "黑体", "楷体"
_LATIN = "Times New Roman"
_RED = RGBColor(0xC8, 0x10, 0x2E)
_WIDTH, _HEIGHT, _LINES = 156, 225, 22
_SMALL = 9
#: Millimetres in a point.
_MM = 25.4 / 72
#: The height of a line in a table, in points.
_ROW = 12.5
#: What a file says of when it was packed; a clock would make every copy another one.
_PACKED = (1980, 1, 1, 0, 0, 0)


class Sheet:
    """A document that grows from top to bottom. Lengths are in millimetres, sizes of type in points."""

    def __init__(self, title: str, language: Language, made_on: str, *, demo: str) -> None:
        self._document = docx.Document()
        self._zh = language == "zh"
        self._size = 16 if self._zh else 12
        self._pitch = Mm(_HEIGHT / _LINES) if self._zh else Pt(19)
        #: How much of the first page is taken, in points: as far as one can tell without Word.
        self._used = 0.0
        made = datetime.fromisoformat(made_on)
        about = self._document.core_properties
        about.title, about.author, about.comments, about.language = title, "", "", self._tongue
        about.created = about.modified = made
        self._styles()
        self._page(demo)

    @property
    def _tongue(self) -> str:
        return "zh-CN" if self._zh else "en-GB"

    def banner(self, text: str) -> None:
        """The red name at the head of the first page."""
        paragraph = self._paragraph(align=WD_ALIGN_PARAGRAPH.CENTER, indent=False, pitch=None)
        size = 38 if self._zh else 28
        form = paragraph.paragraph_format
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(1.2 * size)
        self._used += 1.2 * size
        run = self._run(paragraph, text, _TITLE, size)
        run.font.color.rgb, run.bold = _RED, True

    def title(self, text: str) -> None:
        """The title of the document."""
        paragraph = self._paragraph(align=WD_ALIGN_PARAGRAPH.CENTER, indent=False, pitch=None)
        paragraph.style = self._document.styles["Title"]
        largest, smallest = (22, 18) if self._zh else (18, 16)
        fits = int(Mm(_WIDTH).pt / _ems(text) - 0.5)
        size = min(fits, largest) if fits >= smallest else largest
        self._used += _lines(text, _WIDTH, size) * 1.3 * size + 12
        self._run(paragraph, text, _TITLE, size)

    def heading(self, level: int, text: str, aside: str = "", *, new_page: bool = False) -> None:
        """A heading, kept with what follows it; `aside` is said after it in small type."""
        paragraph = self._paragraph()
        paragraph.style = self._document.styles[f"Heading {level}"]
        paragraph.paragraph_format.page_break_before = new_page
        run = self._run(paragraph, text, _HEADING if level == 1 else _SUBHEADING, self._size)
        run.bold = not self._zh
        self._used += self._pitch.pt
        if aside:
            self._run(paragraph, aside, _BODY, _SMALL + 1)

    def paragraph(
        self, text: str, *, align: WD_ALIGN_PARAGRAPH | None = None, indent: bool = True
    ) -> None:
        """A paragraph of the body."""
        self._used += _lines(text, _WIDTH, self._size) * self._pitch.pt
        self._run(self._paragraph(align=align, indent=indent), text, _BODY, self._size)

    def note(self, text: str) -> None:
        """A small paragraph that explains a table; nothing if there is nothing to say."""
        if text:
            paragraph = self._paragraph(indent=False, pitch=None)
            paragraph.paragraph_format.keep_with_next = True
            self._run(paragraph, text, _BODY, _SMALL + 1)

    def edges(self, left: str, right: str, *, red_line: bool = False) -> None:
        """One line with something at each edge."""
        paragraph = self._paragraph(indent=False)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
        self._run(paragraph, f"{left}\t{right}", _BODY, self._size)
        if red_line:
            _border(paragraph, "bottom", 12, str(_RED))
            paragraph.paragraph_format.space_after = Pt(6)
        self._used += self._pitch.pt + 6

    def rows_that_fit(self, rows: Sequence[Sequence[str]], widths: Sequence[float]) -> int:
        """How many rows a table has room for on the first page, with its header and a note below it;
        one at least."""
        left = Mm(_HEIGHT).pt - self._used - 3 * _ROW
        for number, row in enumerate(rows):
            cells = zip(row, widths, strict=True)
            left -= max(_lines(text, width - 2, _SMALL) for text, width in cells) * _ROW
            if left < 0:
                return max(number, 1)
        return len(rows)

    def table(
        self,
        headers: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        *,
        bold: Sequence[int] = (),
        together: bool = False,
    ) -> None:
        """A table whose header stands on every page it runs over, or which stands `together` on one. A
        row of one cell is a section of the table; `bold` rows are marked."""
        table = self._document.add_table(rows=0, cols=len(headers))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        table._tblPr.append(_narrow_cells())
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        self._row(table, headers, widths, face=_HEADING, is_head=True)
        for number, row in enumerate(rows):
            is_section = len(row) == 1
            face = _HEADING if is_section or number in bold else _BODY
            follows = is_section or (together and number < len(rows) - 1)
            self._row(table, row, widths, face=face, with_next=follows)
        # Word joins tables that stand one right below the other.
        gap = self._paragraph(indent=False, pitch=None).paragraph_format
        gap.line_spacing_rule, gap.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(6)

    def ruled(self, lines: Sequence[str], left: str, right: str) -> None:
        """The end of a brief between lines: small paragraphs, then something at each edge."""
        for number, text in enumerate(lines):
            paragraph = self._paragraph(indent=False, pitch=None)
            paragraph.paragraph_format.keep_with_next = True
            self._run(paragraph, text, _BODY, _SMALL + 1)
            if not number:
                paragraph.paragraph_format.space_before = Pt(24)
                _border(paragraph, "top", 8, "000000")
        paragraph = self._paragraph(indent=False, pitch=None)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
        self._run(paragraph, f"{left}\t{right}", _BODY, _SMALL + 1)
        _border(paragraph, "top", 4, "000000")
        _border(paragraph, "bottom", 8, "000000")

    def bytes(self) -> bytes:
        """The file, packed without a clock."""
        packed, plain = io.BytesIO(), io.BytesIO()
        self._document.save(packed)
        with zipfile.ZipFile(packed) as before, zipfile.ZipFile(plain, "w") as after:
            for name in before.namelist():
                part = zipfile.ZipInfo(name, _PACKED)
                part.compress_type = zipfile.ZIP_DEFLATED
                after.writestr(part, before.read(name))
        return plain.getvalue()

    def _page(self, demo: str) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(297 - 37 - _HEIGHT)
        section.left_margin, section.right_margin = Mm(28), Mm(210 - 28 - _WIDTH)
        section.header_distance, section.footer_distance = Mm(22), Mm(25)
        self._document.settings.odd_and_even_pages_header_footer = True
        edges = (
            (section.header, section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
            (section.even_page_header, section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
        )
        for header, footer, align in edges:
            if demo:
                paragraph = header.paragraphs[0]
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
                self._run(paragraph, demo, _HEADING, 11).font.color.rgb = _RED
            number = footer.paragraphs[0]
            number.alignment = align
            number.paragraph_format.left_indent = number.paragraph_format.right_indent = Pt(14)
            self._run(number, "— ", _TITLE, 14)
            _field(self._run(number, "", _TITLE, 14), "PAGE")
            self._run(number, " —", _TITLE, 14)

    def _styles(self) -> None:
        """Styles of the template without its colours and gaps; Chinese typefaces are named on runs."""
        for name in ("Normal", "Title", "Heading 1", "Heading 2"):
            style: Any = self._document.styles[name]
            style.font.name, style.font.size = _LATIN, Pt(self._size)
            style.font.bold, style.font.color.rgb = False, RGBColor(0, 0, 0)
            style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
            borders = style.element.pPr.find(qn("w:pBdr")) if style.element.pPr is not None else None
            if borders is not None:
                style.element.pPr.remove(borders)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            fonts.set(qn("w:eastAsia"), _BODY)
            tongue = OxmlElement("w:lang")
            tongue.set(qn("w:val"), self._tongue)
            tongue.set(qn("w:eastAsia"), "zh-CN")
            style.element.rPr.append(tongue)
        self._document.styles["Title"].paragraph_format.space_before = Pt(4)
        self._document.styles["Title"].paragraph_format.space_after = Pt(8)

    def _paragraph(
        self, *, align: WD_ALIGN_PARAGRAPH | None = None, indent: bool = True, pitch: bool | None = True
    ) -> Any:
        """An empty paragraph, by default on the lines of the body."""
        paragraph = self._document.add_paragraph()
        form = paragraph.paragraph_format
        form.alignment = align
        if indent and self._zh:
            form.first_line_indent = Pt(2 * self._size)
        if pitch:
            form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, self._pitch
        return paragraph

    def _run(self, paragraph: Any, text: str, face: str, size: float) -> Any:
        run = paragraph.add_run(text)
        run.font.size, run.font.name = Pt(size), _LATIN
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
        return run

    def _row(
        self,
        table: Any,
        cells: Sequence[str],
        widths: Sequence[float],
        *,
        face: str,
        is_head: bool = False,
        with_next: bool = False,
    ) -> None:
        row = table.add_row()
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if is_head:
            properties.append(OxmlElement("w:tblHeader"))
        if len(cells) == 1 and len(widths) > 1:
            row.cells[0].merge(row.cells[-1])
        for cell, text, width in zip(row.cells, cells, widths, strict=False):
            if len(cells) > 1:
                cell.width = Mm(width)
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.keep_with_next = is_head or with_next
            self._run(paragraph, text, face, _SMALL)


def _lines(text: str, width: float, size: float) -> int:
    """About how many lines a text takes in a width."""
    return max(1, math.ceil(_ems(text) * size * _MM / width))


def _ems(text: str) -> float:
    """About how wide a text is, in the size of its type: letters are half as wide as characters."""
    return sum(1.0 if ord(sign) > 0x2000 else 0.5 for sign in text)


def _narrow_cells() -> Any:
    """The margins of a table's cells: a millimetre at each side."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(Mm(1).twips)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    return margins


def _border(paragraph: Any, side: str, eighths: int, colour: str) -> None:
    properties = paragraph._p.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )
    border = OxmlElement(f"w:{side}")
    said = {"val": "single", "sz": str(eighths), "space": "4", "color": colour}
    for key, value in said.items():
        border.set(qn(f"w:{key}"), value)
    borders.append(border)


def _field(run: Any, name: str) -> None:
    """A field that Word fills, such as the number of the page."""
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        if kind:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        else:
            part = OxmlElement("w:instrText")
            part.text = text
        run._element.append(part)
