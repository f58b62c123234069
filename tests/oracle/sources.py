"""The demo's source files read by pandas alone, as the oracle's input.

Shares no code with reading, checking or loading: encodings, headers, dates, levels, identity numbers
and places are understood here anew. Only the names of headers come from the declarations.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from etl.datasets import datasets

PLACES = Path(__file__).parents[2] / "data" / "reference" / "places.csv"
LEVELS = [
    {"学徒工"}, {"初级工", "五级"}, {"中级工", "四级"}, {"高级工", "三级"}, {"技师", "二级"},
    {"高级技师", "一级"}, {"特级技师"}, {"首席技师"},
]  # fmt: skip
SCOPES = {"镇街": "town", "县区": "district", "市级": "city", "省级": "province",
          "国家级": "national", "世界级": "world"}  # fmt: skip


def read_sources(folder: Path, area: str = "441900") -> dict[str, pd.DataFrame]:
    """All good records of the files below `folder`, the later of a key superseding the earlier."""
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
            found[name].append(_good(name, renamed, area))
    result = {}
    for name, frames in found.items():
        key = list(datasets()[name].key)
        frame = (
            pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*key, "place"])
        )
        result[name] = frame.drop_duplicates(subset=key, keep="last").reset_index(drop=True)
    return result


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


def _good(name: str, frame: pd.DataFrame, area: str) -> pd.DataFrame:
    """Typed rows that break no rule."""
    dataset = datasets()[name]
    frame = frame.astype(object).where(frame.notna(), None)
    good = pd.Series(True, index=frame.index)
    for field in dataset.fields:
        if field.name not in frame:
            frame[field.name] = None
            continue
        text = frame[field.name].map(lambda v: None if pd.isna(v) or str(v).strip() == "" else v)
        read = {
            "date": _date, "level": _level, "place": lambda v: _place(v, area), "number": _number,
            "integer": _number, "scope": lambda v: SCOPES.get(v), "person_id": _person,
            "boolean": lambda v: {"是": True, "否": False}.get(v),
        }.get(field.type, str)  # fmt: skip
        value = text.map(lambda v, read=read: None if pd.isna(v) else read(v))
        good &= ~(text.notna() & value.isna())
        if field.required:
            good &= text.notna()
        if field.minimum is not None:
            good &= ~(value.map(lambda v, low=field.minimum: pd.notna(v) and v < low).astype(bool))
        if field.maximum is not None:
            good &= ~(value.map(lambda v, top=field.maximum: pd.notna(v) and v > top).astype(bool))
        if field.closed:
            good &= value.isna() | value.isin(field.values)
        frame[field.name] = value
    for field in dataset.fields:
        if field.not_in_future:
            good &= ~(frame[field.name].map(lambda d: pd.notna(d) and d > pd.Timestamp("2026-11-21")))
        if field.not_before is not None:
            pairs = zip(frame[field.name], frame[field.not_before], strict=True)
            order = [not (pd.notna(a) and pd.notna(b) and a < b) for a, b in pairs]
            good &= pd.Series(order, index=frame.index)
    return frame[good].drop_duplicates(subset=list(dataset.key), keep="first")


def _date(value: object) -> pd.Timestamp | None:
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?( 00:00:00)?", str(value))
    if found is None:
        return None
    try:
        return pd.Timestamp(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _level(value: object) -> int | None:
    parts = set(str(value).split("/"))
    ranks = [rank for rank, names in enumerate(LEVELS) if parts & names]
    return ranks[0] if len(ranks) == 1 else None


def _number(value: object) -> float | None:
    text = str(value).translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)(学时)?", text)
    return float(found[1]) if found else None


def _place(value: object, area: str) -> str | None:
    names = _place_names(area)
    return names.get(str(value).strip())


def _place_names(area: str) -> dict[str, str]:
    if area not in _cache:
        table = pd.read_csv(PLACES, dtype=str, keep_default_na=False)
        inside = table[(table["code"] == area) | (table["parent"] == area)]
        inside = inside[inside["successor"] == ""]
        names: dict[str, str] = {}
        for row in inside.itertuples():
            names |= {row.name: row.code, row.short_name: row.code, row.code: row.code}
        _cache[area] = names
    return _cache[area]


_cache: dict[str, dict[str, str]] = {}


def _person(value: object) -> str | None:
    """A resident number whose check character fits; the demo has no other documents."""
    text = str(value)
    if not re.fullmatch(r"\d{17}[0-9X]", text):
        return None
    weights = [2**power % 11 for power in range(17, 0, -1)]  # ISO 7064 MOD 11-2
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True))
    check = (12 - total % 11) % 11
    return text if text[17] == ("X" if check == 10 else str(check)) else None
