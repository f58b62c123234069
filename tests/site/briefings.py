"""What a briefing says, read back from its bytes; and how its figures are written, by hand."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

import docx
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Connection, text

CITY, TOWN = "441900", "441900121"
LAST = date(2025, 6, 30)
WORDS = {
    "zh": {"achieved": "已达成", "on_track": "进度正常", "at_risk": "有风险", "off_track": "落后",
           "missed": "未达成", "breached": "超出上限", "not_started": "未开始", "no_data": "无数据"},
    "en": {"achieved": "Achieved", "on_track": "On track", "at_risk": "At risk",
           "off_track": "Off track", "missed": "Missed", "breached": "Breached",
           "not_started": "Not started", "no_data": "No data"},
}  # fmt: skip
#: From the best to the worst.
ORDER = ["achieved", "on_track", "at_risk", "off_track", "missed", "breached"]


def asked(client: FlaskClient, kind: str, query: str = "") -> bytes:
    answer = client.get(f"/download/briefing.{kind}?{query}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.data


def pages(data: bytes) -> list[str]:
    """The text of each page of a PDF, without any space: lines break where they must."""
    found = (page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return [re.sub(r"\s", "", page) for page in found]


def tight(said: str) -> str:
    return re.sub(r"\s", "", said)


def tables(data: bytes) -> list[list[list[str]]]:
    """The cells of each table of a DOCX; a cell that spans columns is there once for each."""
    found = docx.Document(io.BytesIO(data)).tables
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in found]


def paragraphs(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


def table_with(data: bytes, header: str) -> list[list[str]]:
    """The one table that has a header."""
    (found,) = (table for table in tables(data) if header in table[0])
    return found


def sql(connection: Connection, statement: str, **values: object) -> list[Any]:
    return list(connection.execute(text(statement), values))


def number(value: float, lang: str) -> str:
    """A number as both languages write it: 万 from 10,000 on in Chinese; three digits that count."""
    if lang == "zh" and round(abs(value)) >= 10_000:
        by, sign = (10**8, "亿") if abs(value) >= 10**8 else (10_000, "万")
        part = value / by
        return f"{part:,.{2 if part < 10 else 1 if part < 1000 else 0}f}".rstrip("0").rstrip(".") + sign
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def limit(value: float, lang: str) -> str:
    """A requirement: in 万 where that loses no digit."""
    if lang == "zh" and value >= 10_000:
        return (
            f"{value / 10_000:,.4f}".rstrip("0").rstrip(".") + "万"
            if value % 100 == 0
            else f"{value:,.0f}"
        )
    return number(value, lang)


def amount(value: float | None, unit: str, lang: str, kind: str) -> str:
    if value is None:
        return "无数据" if lang == "zh" else "No data"
    if kind == "milestone":
        return ({0: "未完成", 1: "已完成"} if lang == "zh" else {0: "Not done", 1: "Done"})[int(value)]
    if unit == "%":
        return f"{value:,.1f}%"
    said = number(value, lang)
    return f"{said}{'' if said.endswith(('万', '亿')) else ' '}{unit}"


ROWS = """
    SELECT t.target, t.clause, t.kind, t.name_zh, t.name_en, t.unit_zh, t.unit_en, t.by,
           p.value, p.status, p.rank, p.ranked, p.share, p.required, p.unit
    FROM progress p JOIN targets t USING (target)
    WHERE p.place = :place AND p.as_of = :day AND t.policy = 'dongguan' ORDER BY t.position
"""
