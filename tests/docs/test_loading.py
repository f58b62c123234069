"""What the documents say of files, databases and quality is held against the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import typer

from etl import archives
from etl.database_answers import BATCH_ROWS
from etl.headers import SEARCHED_ROWS, find_header
from etl.senders import SENDER_FILE, own_headers
from etl.source_files import READ_ENDINGS
from etl.workbooks import LOST_FROM
from metrics import completeness, early_dates, unusual_months
from metrics.warnings import KINDS
from milepost.cli import app
from tests.docs.pages import DOCS, PAGES, section_of, table_of

# files.md

FILES = (DOCS / "files.md").read_text("utf-8")


def test_every_ending_is_documented_and_no_other() -> None:
    rows = table_of(section_of(FILES, "文件 Files"))
    named = {ending for row in rows for ending in re.findall(r"`(\.\w+)`", row["文件 File"])}
    assert named == set(READ_ENDINGS)


def test_the_limits_of_archives_and_headers_are_those_documented() -> None:
    for limit in (
        f"{archives.MAX_UNPACKED // 1024**3} GiB",
        f"{archives.MAX_FILES:,}",
        f"{archives.RATIO_FROM // 1024**2} MiB",
        f"{archives.MAX_RATIO} times",
    ):
        assert limit in FILES
    assert f"first {SEARCHED_ROWS} rows" in FILES
    assert f"beyond its {LOST_FROM - 1}th digit" in FILES


def test_the_sender_s_file_that_is_shown_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", FILES, re.M | re.S)
    (tmp_path / SENDER_FILE).write_text(example, "utf-8")
    own = own_headers(tmp_path / "a.csv")
    assert list(own) == ["学员证件", "培训止", "实训课时"]
    header = find_header([["培训记录编号", "所属镇街", *own]], own=own)
    assert header is not None
    assert {"person_id", "completed_on", "hours"} <= header.match.columns.keys()


# quality.md


def test_the_rules_of_quality_are_those_of_the_code() -> None:
    """Every kind and every figure, where it is said."""
    page = (DOCS / "quality.md").read_text("utf-8")
    rules = {row["kind"].strip("`"): row["rule"] for row in table_of(section_of(page, "Warnings"))}
    assert list(rules) == list(KINDS)
    assert f"{early_dates.EARLY_YEARS} years before" in rules["early_date"]
    assert f"{float(early_dates.RARE_SHARE * 100):g} %" in rules["early_date"]
    for figure in (
        f"At least {unusual_months.LEAST_RECORDS} records",
        f"{unusual_months.TIMES} times",
        f"the {unusual_months.LOOKED_BACK} before",
        f"must be {unusual_months.KNOWN_MONTHS}",
    ):
        assert figure in rules["unusual_month"]
    said = " ".join(section_of(page, "Completeness").split())
    states = [row["state"].strip("`") for row in table_of(section_of(page, "Completeness"))]
    assert states == list(completeness.STATES)
    for figure in (
        f"the last {completeness.SHOWN_MONTHS} months",
        f"the {completeness.LOOKED_BACK} months that end",
        f"in {completeness.RULE_SHARE} of them or more",
        f"at least {completeness.KNOWN_MONTHS},",
        f"fewer than {completeness.LOW_SHARE} of",
        f"at least {completeness.LOW_FROM} are usual",
    ):
        assert figure in said


# databases.md


def test_what_is_asked_of_a_database_is_documented() -> None:
    page = PAGES["docs/databases.md"]
    documented = {row["option"].strip("`") for row in table_of(section_of(page, "What is asked"))}
    group: Any = typer.main.get_command(app)
    options = {option for parameter in group.commands["load"].params for option in parameter.opts}
    of_files = {"paths", "--dataset", "--policy", "--json"}
    assert documented == options - of_files
    assert f"{BATCH_ROWS:,} at a time" in page
