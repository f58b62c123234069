"""Senders: what an office calls its columns, in a small file beside the files that it sends.

Owns `own_headers`. `milepost.yaml`, in the folder of a file or the nearest one above it, names headers
of the sender's own and what each means: a field, or a header that is known. Called by `loading` and
`notes`. May import `datasets`, `errors`, `foreign_words`, `headers`, `spelling`, `texts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from etl.datasets import Field, datasets
from etl.errors import SourceError
from etl.foreign_words import of_system
from etl.headers import known_headers, plain_header
from etl.spelling import nearest
from etl.texts import Text, lines

#: The file's name, and its only key.
SENDER_FILE = "milepost.yaml"
COLUMNS = "columns"

#: A header that says that its numbers are larger than they are written.
_LARGER = re.compile("[(（].*[千万亿]|[千万亿]元")


def own_headers(path: Path) -> Mapping[str, str]:
    """The headers of the sender of a file, each with the field or the known header that it means; none
    if no file says any. Raises SourceError with all that is wrong with the file that does."""
    for folder in path.resolve().parents:
        if (found := folder / SENDER_FILE).is_file():
            return _read(found)
    return {}


def _read(path: Path) -> Mapping[str, str]:
    try:
        said = yaml.safe_load(path.read_text("utf-8-sig"))
    except OSError as error:
        why = of_system(error)
        raise SourceError(
            Text(f"{path}：无法读取（{why.zh}）", f"{path}: cannot be read: {why.en}")
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(Text(f"{path}：不是 UTF-8 编码", f"{path}: not in UTF-8")) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = getattr(error, "problem", None) or "not YAML"
        raise SourceError(
            Text(f"{path}：第 {line} 行不是 YAML（{problem}）", f"{path}: line {line}: {problem}")
        ) from error
    problems = list(_problems(said))
    if problems:
        raise SourceError(lines(Text(f"{path}：{one.zh}", f"{path}: {one.en}") for one in problems))
    columns: dict[str, str] | None = said.get(COLUMNS) if said else {}
    return columns or {}


def _problems(said: Any) -> Iterator[Text]:
    """What is wrong with the content of the file."""
    if said is None:
        return
    if not isinstance(said, dict):
        yield Text(f"应写 {COLUMNS}: 及其下各列", f"write {COLUMNS}: and the columns below it")
        return
    for key in said:
        if key != COLUMNS:
            near = nearest(str(key), [COLUMNS])
            yield Text(f"没有“{key}”这个键{near.zh}", f"no key {key!r}{near.en}")
    columns = said.get(COLUMNS)
    if columns is not None and not isinstance(columns, dict):
        yield Text(f"{COLUMNS} 下每行应为“表头: 字段”", f"{COLUMNS}: each line must be 'header: field'")
        return
    for header, field in (columns or {}).items():
        yield from _problems_of(header, field)


def _problems_of(header: Any, meant: Any) -> Iterator[Text]:
    if not isinstance(header, str) or not plain_header(header) or not isinstance(meant, str):
        yield Text(
            f"{COLUMNS} 下“{header}: {meant}”：表头和字段都应为文字，数字请加引号",
            f"{COLUMNS}: {header}: {meant}: both must be text; quote numbers",
        )
        return
    fields = list(_fields(meant))
    if not fields:
        near = nearest(meant, dict.fromkeys(_words()))
        yield Text(
            f"{COLUMNS} 下“{header}”：没有字段或表头“{meant}”{near.zh}；见 docs/data-dictionary.md",
            f"{COLUMNS}: {header}: no field or header {meant!r}{near.en}; see docs/data-dictionary.md",
        )
    for field in fields[:1]:
        if field.type == "number" and _LARGER.search(header) and not _LARGER.search(field.header.zh):
            yield Text(
                f"{COLUMNS} 下“{header}”：单位与“{field.header.zh}”不同，不能当作同一列；请改按元填报",
                f"{COLUMNS}: {header}: in another unit than {field.header.en!r}; "
                "have it filled in in yuan",
            )


def _fields(word: str) -> Iterator[Field]:
    """The fields, each of another dataset, that a field's name or a known header means."""
    for name, dataset in datasets().items():
        found = known_headers(name).get(plain_header(word))
        if found is not None:
            yield dataset.field(found[0])


def _words() -> Iterator[str]:
    """All that a header can be said to mean."""
    for dataset in datasets().values():
        for field in dataset.fields:
            yield from (field.name, field.header.zh, *field.aliases)
