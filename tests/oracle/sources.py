"""The demo's source files read by pandas alone, as the oracle's input.

Shares no code with reading, checking or loading: encodings, headers, dates, levels, identity numbers
and places are understood here anew. Only the names of headers come from the declarations.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from etl.datasets import datasets
from tests.oracle.tree import Tree

LEVELS = [
    {"学徒工"}, {"初级工", "五级"}, {"中级工", "四级"}, {"高级工", "三级"}, {"技师", "二级"},
    {"高级技师", "一级"}, {"特级技师"}, {"首席技师"},
]  # fmt: skip
SCOPES = {"镇街": "town", "县区": "district", "市级": "city", "省级": "province",
          "国家级": "national", "世界级": "world"}  # fmt: skip
YES_OR_NO = {"是": True, "否": False}
DOCUMENTS = (r"([HM]\d{8})(?:\d\d)?", r"(\d{8})", r"([A-Z]{1,3}\d{5,12})")


def read_sources(
    folder: Path, tree: Tree, today: pd.Timestamp | None = None
) -> dict[str, pd.DataFrame]:
    """All good records of the files below `folder`, the later of a key superseding the earlier."""
    today = today or pd.Timestamp.today()
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in datasets()}
    for path in sorted(folder.rglob("*.*")):
        if path.suffix == ".csv":
            sheets = [_csv(path)]
        elif path.suffix == ".xlsx":
            book = pd.read_excel(path, sheet_name=None, header=1, dtype=object, engine="calamine")
            sheets = list(book.values())
        else:
            continue
        for sheet in sheets:
            name, renamed = _named(sheet)
            found[name].append(_good(name, renamed, tree, today))
    result = {}
    for name, dataset in datasets().items():
        columns = [*(field.name for field in dataset.fields)]
        frame = pd.concat(
            [pd.DataFrame(columns=columns, dtype=object), *found[name]], ignore_index=True
        )
        result[name] = _once(frame, dataset.key, keep="last")
    return result


def _once(frame: pd.DataFrame, key: Sequence[str], keep: Literal["first", "last"]) -> pd.DataFrame:
    """One row of each key, which is its city's: two cities number their records alike."""
    city = frame["place"].map(lambda code: (code or "")[:4])
    repeated = frame.assign(city=city).duplicated(subset=[*key, "city"], keep=keep)
    return frame[~repeated].reset_index(drop=True)


def _csv(path: Path) -> pd.DataFrame:
    data = path.read_bytes()
    for encoding in ("utf-16", "utf-8-sig", "gb18030"):
        if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return pd.read_csv(path, dtype=str, encoding=encoding, keep_default_na=False)
    raise AssertionError(path)


def _named(sheet: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The dataset whose required headers are all there, with columns renamed to its fields."""
    for name, dataset in datasets().items():
        names = {h: f.name for f in dataset.fields for h in (*reversed(f.aliases), f.header.zh)}
        columns = {header: names[header] for header in sheet.columns if header in names}
        required = {f.name for f in dataset.fields if f.required}
        if required <= set(columns.values()) and len(columns) == len(sheet.columns):
            return name, sheet[list(columns)].rename(columns=columns)
    raise AssertionError(list(sheet.columns))


def _good(name: str, frame: pd.DataFrame, tree: Tree, today: pd.Timestamp) -> pd.DataFrame:
    """Typed rows that break no rule."""
    dataset = datasets()[name]
    frame = frame.astype(object).where(frame.notna(), None)
    good = pd.Series(True, index=frame.index)
    for field in dataset.fields:
        if field.name not in frame:
            frame[field.name] = None
            continue
        text = _objects(frame[field.name], _text)
        # Only where a cell is read for its meaning does the width of its characters say nothing.
        read = {
            "date": _date, "period": _period, "level": _level, "scope": SCOPES.get, "number": _number,
            "integer": _number, "boolean": YES_OR_NO.get, "place": tree.means, "person_id": _person,
        }.get(field.type)  # fmt: skip
        value = _objects(text, lambda v, read=read: read(_plain(v)) if v and read else v)
        good &= ~(text.notna() & value.isna())
        if field.required:
            good &= text.notna()
        if field.minimum is not None:
            good &= ~(value.map(lambda v, low=field.minimum: v is not None and v < low).astype(bool))
        if field.maximum is not None:
            good &= ~(value.map(lambda v, top=field.maximum: v is not None and v > top).astype(bool))
        if field.closed:
            good &= value.isna() | value.isin(field.values)
        frame[field.name] = value
    for field in dataset.fields:
        if field.not_in_future:
            late = frame[field.name].map(lambda day: pd.notna(day) and day > today)
            good &= ~late.astype(bool)
        if field.not_before is not None:
            pairs = zip(frame[field.name], frame[field.not_before], strict=True)
            order = [not (pd.notna(a) and pd.notna(b) and a < b) for a, b in pairs]
            good &= pd.Series(order, index=frame.index)
    return _once(frame[good], dataset.key, keep="first")


def _objects(column: pd.Series[Any], read: Callable[[Any], Any]) -> pd.Series[Any]:
    """Each cell read, None where there is nothing; pandas makes no other type of it."""
    return pd.Series([read(value) for value in column], column.index, object)


def _text(value: object) -> str | None:
    """A cell as text without blanks at its ends, None if there is nothing in it."""
    return None if pd.isna(value) else str(value).strip() or None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _date(text: str) -> pd.Timestamp | None:
    found = re.fullmatch(
        r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?", text
    ) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
    if found is None:
        return None
    try:
        return pd.Timestamp(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _period(text: str) -> pd.Timestamp | None:
    """The last day of a year, a quarter or a month."""
    found = re.fullmatch(r"(\d{4})(?:年|Q([1-4])|-(\d\d))?", text)
    if found is None:
        return None
    month = int(found[2]) * 3 if found[2] else int(found[3] or 12)
    return pd.Timestamp(int(found[1]), month, 1) + pd.offsets.MonthEnd(0)


def _level(text: str) -> int | None:
    parts = [part for part in re.split(r"[/()]", text) if part]
    ranks = {next((rank for rank, names in enumerate(LEVELS) if part in names), None) for part in parts}
    return ranks.pop() if len(ranks) == 1 else None


def _number(text: str) -> float | None:
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)(学时)?", text)
    return float(found[1]) if found else None


def _person(text: str) -> str | None:
    """The one number by which a person is known: a resident's of 18 characters, or a document's."""
    text = text.upper()
    if re.fullmatch(r"\d{15}", text):
        text = text[:6] + "19" + text[6:]
        text += check_character(text)
    if re.fullmatch(r"\d{17}[0-9X]", text):
        return text if text[17] == check_character(text) and _date(text[6:14]) is not None else None
    for form in DOCUMENTS:
        if found := re.fullmatch(form, text):
            return found[1]
    return None


def check_character(text: str) -> str:
    """The check character after 17 digits: ISO 7064 MOD 11-2."""
    weights = [2**power % 11 for power in range(17, 0, -1)]
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True))
    check = (12 - total % 11) % 11
    return "X" if check == 10 else str(check)
