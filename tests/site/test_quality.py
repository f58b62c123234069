"""The page *Data quality*: who has reported what, what was loaded, what is suspicious."""

from __future__ import annotations

import csv
import io
import re
from html import escape, unescape
from pathlib import Path
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from metrics import published
from milepost.cli import app
from tests.asking import markup_of, plainly
from tests.conftest import KEY


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


def test_from_a_file_to_every_number_that_it_moved(client: FlaskClient, published_home: Path) -> None:
    """The page and its download list what `milepost moved` prints, before the load and after it."""
    (load, file), *_ = [
        (one["load"], one["source_file"])
        for one in client.get("/download/table/loads.json").get_json()
        if one["dataset"] == "institutions"
    ]
    result = CliRunner().invoke(
        app,
        ["moved", file, "--load", str(load), "--policy", "dongguan", "--format", "csv"],
        env={"MILEPOST_HOME": str(published_home), "MILEPOST_KEY": KEY},
    )
    assert result.exit_code == 0, result.output
    printed = list(csv.DictReader(io.StringIO(result.stdout)))
    studios = next(row for row in printed if (row["target"], row["place"]) == ("dg-studios", "441900"))
    assert float(studios["value_after"]) > float(studios["value_before"] or 0)
    assert len(printed) > 20

    quality = markup_of(client, "/quality?policy=dongguan")
    asked = urlencode({"source_file.is": file})
    (address,) = {
        unescape(found)
        for found in re.findall(rf'href="(/moved/{load}\?[^"]*)"', quality)
        if asked in unescape(found)
    }
    page = re.sub("<[^>]*>", " ", markup_of(client, address))
    assert f"的 {len(printed)} 个数值" in page
    table = re.findall(r"<tr><th.*?</tr>", markup_of(client, address), re.S)[1:]
    assert len(table) == min(len(printed), 200)
    (row,) = [row for row in table if '/target/dg-studios?policy=dongguan"' in row]
    cells = re.findall(r"<td[^>]*>([^<]*)", row)
    after, before = (f"{float(studios[f'value_{when}'] or 0):,.0f}" for when in ("after", "before"))
    assert cells[2] == f"{after} 个"
    assert cells[1] == (f"{before} 个" if studios["value_before"] else "无数据")

    query = urlencode({"policy": "dongguan", "load": load, "file": file})
    downloaded = client.get(f"/download/moved.csv?{query}").data.decode("utf-8-sig")
    assert list(csv.DictReader(io.StringIO(downloaded))) == printed
    assert (
        client.get(f"/download/moved.csv?{urlencode({'load': load, 'file': 'x.csv'})}").status_code
        == 404
    )
    assert client.get("/download/moved.csv?load=x&file=/etc/passwd").status_code == 404
    assert not list((published_home / "warehouse" / "snapshots").glob("asking-*"))
