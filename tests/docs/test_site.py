"""The page of the site's addresses says all pages and parameters that there are, and no others."""

from __future__ import annotations

from datetime import date

from dashboard.address import PAGES, View
from tests.docs.pages import DOCS, section_of, table_of

SITE = (DOCS / "site.md").read_text("utf-8")


def test_every_page_is_documented() -> None:
    paths = {row["path"].strip("`") for row in table_of(section_of(SITE, "Pages"))}
    assert {path.split("/")[1]: path.count("/") == 2 for path in paths} == PAGES


def test_every_parameter_is_documented() -> None:
    every = View(
        "target", "t", "policy", "place", date(2024, 2, 10), "en", "show", "snapshot", "status",
        since=date(2023, 11, 17), against="against", beside="beside",
    )  # fmt: skip
    documented = [row["parameter"].strip("`") for row in table_of(section_of(SITE, "Parameters"))]
    assert set(documented) == set(every.query())
    assert len(documented) == len(set(documented))


def test_every_field_of_a_view_can_be_asked_for() -> None:
    """Besides the page itself, whether it is known, and what a table is asked."""
    fields = set(View.__dataclass_fields__) - {"page", "name", "known", "asked"}
    every = {**dict.fromkeys(fields, "x"), "as_of": date(2024, 2, 10), "since": date(2024, 2, 9)}
    assert set(View(**every).query()) == fields
