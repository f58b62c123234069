"""The page *Data quality*: who has reported what, what was loaded, what is suspicious."""

from __future__ import annotations

import csv
import io
import re
from html import escape

from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from metrics import published
from tests.asking import plainly


def test_who_has_reported_what_is_what_the_command_line_says(
    client: FlaskClient, published_connection: Connection
) -> None:
    """Every cell of the page, the download and `published` say the same of a month."""
    rows = published.completeness(published_connection, policy="dongguan", dataset="certifications")
    assert {row.state for row in rows} > {"received", "missing"}
    downloaded = client.get("/download/completeness.json?policy=dongguan&dataset=certifications")
    assert [
        (one["place"], one["month"], one["records"], one["state"]) for one in downloaded.get_json()
    ] == [(row.place, f"{row.month:%Y-%m}", row.records, row.state) for row in rows]
    for lang, missing in (("zh", "缺报"), ("en", "missing")):
        page = plainly(client, f"/quality?policy=dongguan&show=certifications&lang={lang}")
        table = re.search(r"<div[^>]*matrix months.*?</table>", page)
        assert table is not None
        cells = [
            re.sub("<[^>]+>", " ", cell).split() for cell in re.findall(r"<td title=.*?</td>", table[0])
        ]
        assert len(cells) == len(rows)
        for cell, row in zip(cells, rows, strict=True):
            assert cell[:1] == [f"{row.records:,}"] if row.records else row.state != "received"
            assert (missing in cell) == (row.state == "missing"), cell


def test_a_town_that_never_sent_what_the_policy_asks_for_is_missing(
    client: FlaskClient, published_connection: Connection
) -> None:
    """Which towns published no course in 2024 is asked of the records; the year is reported with
    its December."""
    silent = published_connection.scalars(
        text(
            "SELECT short_name FROM places AS p WHERE parent = '441900' AND level = 'town'"
            " AND successor IS NULL AND NOT EXISTS (SELECT 1 FROM courses AS c"
            " WHERE c.place = p.code AND year(published_on) = 2024)"
        )
    ).all()
    assert silent
    page = plainly(client, "/quality?policy=dongguan&show=courses&as_of=2025-06-30")
    missing = re.findall(r'title=\\"(\S+) 2024年12月：0 条，缺报', page)
    assert sorted(missing) == sorted(silent)
    asked = "/download/completeness.json?policy=dongguan&dataset=courses&as_of=2025-06-30"
    rows = client.get(asked).get_json()
    due = [row for row in rows if row["due"] == "declared"]
    assert {row["month"] for row in due} == {"2024-12"}
    assert sum(row["state"] == "missing" for row in due) == len(silent)


def test_what_was_loaded_for_another_city_is_not_fresh_here(
    client: FlaskClient, published_connection: Connection
) -> None:
    days = {f"{load.loaded_at:%Y-%m-%d}" for load in published.loads(published_connection)}
    for policy, there in (("dongguan", True), ("jiangmen", False)):
        page = plainly(client, f"/quality?policy={policy}")
        section = re.search(r"<section[^>]*freshness.*?</section>", page)
        assert section is not None
        assert any(f">{day}<" in section[0] for day in days) == there


def test_loads_of_long_ago_are_folded_away(
    client: FlaskClient, published_connection: Connection
) -> None:
    """All are on the page, the ten newest without asking."""
    loads = published.loads(published_connection)
    assert len(loads) > 10
    for lang, summary in (
        ("zh", f"更早的 {len(loads) - 10} 次"),
        ("en", f"{len(loads) - 10} earlier loads"),
    ):
        seen, _, folded = plainly(client, f"/quality?lang={lang}").partition(summary)
        assert folded
        for place, load in enumerate(loads):
            assert load.source_file in (folded if place >= 10 else seen)


def test_what_is_suspicious_is_on_the_page_and_in_the_file(
    client: FlaskClient, published_connection: Connection
) -> None:
    rows = published.warnings(published_connection, "dongguan")
    listed = list(
        csv.DictReader(
            io.StringIO(client.get("/download/warnings.csv?policy=dongguan").data.decode("utf-8-sig"))
        )
    )
    assert [row["said"] for row in listed] == [row.said_zh for row in rows]
    for lang in ("zh", "en"):
        page = plainly(client, f"/quality?policy=dongguan&lang={lang}")
        assert all(escape(row.plainly.of(lang)) in page for row in rows if row.kind == "allocation")
