"""Source files: what was given to load, file by file, those of archives among them.

Owns `SourceFile` and `source_files`. Called by `loading`; what reads a file knows it as one of these.
May import `errors`, `texts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.errors import SourceError
from etl.texts import Text

CSV_ENDINGS = (".csv", ".txt", ".tsv")
BOOK_ENDINGS = (".xlsx", ".xlsm", ".xls", ".ods")
ARCHIVE_ENDINGS = (".zip",)
READ_ENDINGS = (*CSV_ENDINGS, *BOOK_ENDINGS, *ARCHIVE_ENDINGS)

#: Archives that cannot be unpacked here, and parts of archives: tables may be in them.
FOREIGN_ARCHIVES = (
    ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".zst", ".lzh", ".cab",
    ".arj", ".ace", ".iso", ".zipx", ".z01", ".001",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read at `path`. `name` is what reports, rejects and records call it: its own name, or
    `archive.zip/folder/file.csv` of one that was unpacked. `sent` is the file that was given."""

    path: Path
    name: str
    sent: Path

    @classmethod
    def of(cls, path: Path) -> SourceFile:
        """A file that is read where it lies."""
        return cls(path, path.name, path)

    @property
    def ending(self) -> str:
        """What the name ends with, in small letters."""
        return Path(self.name).suffix.lower()


def source_files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files to load, in order: as given, those of a folder by name, archives that cannot be
    unpacked among them: what is not loaded must not be passed over in silence. Raises SourceError."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                found
                for found in path.rglob("*")
                if found.is_file() and (is_read(found.name) or is_foreign_archive(found.name))
            )
        elif path.exists():
            yield path
        else:
            raise no_such_path(path)


def is_read(name: str) -> bool:
    """Whether a file of a folder is one to load: not one that a program keeps beside others."""
    file = Path(name)
    return file.suffix.lower() in READ_ENDINGS and not file.name.startswith((".", "~$"))


def is_foreign_archive(name: str) -> bool:
    """Whether a file may hold tables that cannot be got out of it here."""
    return Path(name).suffix.lower() in FOREIGN_ARCHIVES and not Path(name).name.startswith(".")


def no_such_path(path: Path) -> SourceError:
    """The error of a path that leads nowhere."""
    return SourceError(Text(f"{path}：没有这个文件或文件夹", f"{path}: no such file or folder"))
