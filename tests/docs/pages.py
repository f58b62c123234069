"""The pages of documentation, and what stands in them."""

from __future__ import annotations

import re

from etl.settings import PROJECT

DOCS = PROJECT / "docs"
PAGES = {
    path.relative_to(PROJECT).as_posix(): path.read_text("utf-8")
    for path in (PROJECT / "README.md", *sorted(DOCS.glob("*.md")))
    if path.exists()
}


def section_of(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", page, re.M | re.S)
    assert found is not None, f"there is no heading {heading!r}"
    return found[1]


def table_of(section: str) -> list[dict[str, str]]:
    """The rows of the first table of a section, by header."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert len(lines) > 2, "there is no table"
    headers, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return [dict(zip(headers, row, strict=True)) for row in rows]
