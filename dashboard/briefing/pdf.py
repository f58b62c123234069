"""A briefing as PDF: tagged, of PDF/A-2a and PDF/UA-1, with its typefaces embedded.

Owns `to_pdf`. The layout is `briefing.typ`, set by Typst. Called by `routes` and the command line. May
import `content`, `typefaces`, `words`. The same briefing and typefaces give the same bytes: a file is
dated with the day of its snapshot.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import cast

import typst

from dashboard.briefing.content import Briefing
from dashboard.briefing.typefaces import typefaces
from dashboard.words import Words, texts
from etl.texts import Language

_LAYOUT = Path(__file__).with_name("briefing.typ")
#: For long-term archives, and for screen readers.
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
#: Words that the layout shares with pages.
_SHARED = (
    "target", "requirement", "value", "status", "reason", "clause", "expected", "deadline", "share",
    "rank", "place", "judged", "contributed",
)  # fmt: skip


def to_pdf(briefing: Briefing, fonts: Path | None = None) -> bytes:
    """The bytes of the file; `fonts` is a folder with typefaces of one's own. Raises SettingsError."""
    language = cast(Language, briefing.language)
    faces = typefaces(fonts, language)
    inputs = {
        "briefing": json.dumps(asdict(briefing)),
        "texts": json.dumps(_texts(Words(language))),
        "faces": json.dumps(faces.families),
    }
    compiler = typst.Compiler(
        input=_LAYOUT, root=_LAYOUT.parent, font_paths=faces.fonts, sys_inputs=inputs
    )
    return cast(bytes, compiler.compile(format="pdf", pdf_standards=_STANDARDS))


def _texts(words: Words) -> dict[str, str]:
    """The fixed words of the layout; slots in them are filled there."""
    of_briefings = {
        key.removeprefix("briefing_"): text[words.language]
        for key, text in texts().items()
        if key.startswith("briefing_")
    }
    return of_briefings | {key: words(key) for key in _SHARED}
