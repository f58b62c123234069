"""What docs/api.md says of tables and addresses is what the interface declares."""

from __future__ import annotations

import re

from dashboard.api.routes import BASE, ROUTES
from dashboard.sending import FORMS
from etl.datasets import datasets
from metrics.browsed import browsed, browsed_names
from metrics.handouts import SHEET_ROWS
from metrics.questions import WORDS, read_question
from tests.docs.pages import PAGES, section_of, table_of

API = PAGES["docs/api.md"]


def test_every_address_is_documented_and_no_other() -> None:
    rows = table_of(section_of(API, "The interface"))
    assert [row["address"].strip("`") for row in rows] == [route.path for route in ROUTES]


def test_every_parameter_of_a_question_is_documented_and_no_other() -> None:
    rows = table_of(section_of(API, "Asking").partition("All take these")[2])
    said = {row["parameter"].strip("`") for row in rows}
    columns = (column for name in browsed_names() for column in browsed(name, "zh").columns.values())
    operations = {f"COLUMN.{one}" for column in columns for one in column.operations}
    assert said == operations | set(WORDS)


def test_every_table_and_form_is_documented() -> None:
    for name in set(browsed_names()) - set(datasets()):
        assert f"`{name}`" in section_of(API, "Asking"), name
    forms = {row["form"].strip("`.") for row in table_of(section_of(API, "Files"))}
    assert forms == set(FORMS)
    assert f"{SHEET_ROWS:,}" in API


def test_every_address_shown_can_be_asked() -> None:
    shown = re.findall(r"(?:/api/v1/tables/|/download/table/)(\w+)(?:\.\w+)?\?([^']+)", API)
    assert len(shown) == 2
    for table, query in shown:
        pairs = [tuple(pair.split("=", 1)) for pair in query.split("&")]
        read_question(table, [(name, value) for name, value in pairs if name != "rows"])
    assert BASE == "/api/v1"
