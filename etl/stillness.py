"""Stillness: a source file must stay as it is from the first look at it until all of it is loaded.

Owns `held_still` and `digest_of`. A file is read more than once (surveyed, then stored, its digest
taken meanwhile); one that its sender is still writing, or replaces, would go in as a mixture of both.
Called by `loading`. May import `errors`, `foreign_words`, `source_files`, `texts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from etl.errors import SourceError
from etl.foreign_words import of_system
from etl.source_files import SourceFile
from etl.texts import Text

_PIECE = 4_000_000


@contextmanager
def held_still(path: Path, undo: Callable[[], None]) -> Iterator[None]:
    """A block that reads a file. If the file changed meanwhile, what the block stored is undone,
    whatever came of it. Raises SourceError."""
    before = _state(path)
    try:
        yield
    except (duckdb.Error, OSError, RuntimeError, SourceError) as error:
        if _state(path) == before:
            raise
        undo()
        raise _changed(path) from error
    if _state(path) != before:
        undo()
        raise _changed(path)


def digest_of(file: SourceFile, own: Mapping[str, str]) -> str:
    """What tells the content of a file from any other: read with other headers of its sender (`own`) it
    says something else. Raises SourceError."""
    try:
        digest = hashlib.sha256()
        # In larger pieces than `hashlib.file_digest` reads, which takes half as long again.
        with file.path.open("rb", buffering=0) as source:
            piece = memoryview(bytearray(_PIECE))
            while length := source.readinto(piece):
                digest.update(piece[:length])
    except OSError as error:
        why = of_system(error)
        raise SourceError(
            Text(f"{file.name}：无法读取（{why.zh}）", f"{file.name}: cannot be read: {why.en}")
        ) from error
    for header, meant in sorted(own.items()):
        digest.update(f"{header}\0{meant}\0".encode())
    return digest.hexdigest()


def _state(path: Path) -> tuple[int, ...]:
    """What changes whenever a file does; nothing for one that is gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _changed(path: Path) -> SourceError:
    return SourceError(
        Text(
            f"{path.name}：读取过程中文件被改动，没有装入；请等文件写完后再装载一次",
            f"{path.name}: changed while it was read, and was not loaded; load it again once it is "
            "written to its end",
        )
    )
