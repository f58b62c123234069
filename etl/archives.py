"""Archives: zipped folders, unpacked whole and checked before anything of them is loaded.

Owns `unpacked` and the limits of what is unpacked. Nothing of a broken archive goes in. Files are
unpacked under names of ours, readable by their owner only, into a folder that is removed after the
load, or by the next one: the names in the archive are labels, and lead nowhere. Called by `loading`.
May import `errors`, `foreign_words`, `source_files`, `texts`.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from etl.errors import SourceError
from etl.foreign_words import first_line, of_system
from etl.source_files import ARCHIVE_ENDINGS, SourceFile, is_foreign_archive, is_read
from etl.texts import NOTHING, Text

#: The most bytes that all files of an archive may have, and the most files.
MAX_UNPACKED = 8 * 1024**3
MAX_FILES = 10_000
#: The most that a file may be larger than it is packed, once it is larger than `RATIO_FROM`. Tables
#: are packed to a tenth, the most repetitive to a hundredth; a bomb to a thousandth.
MAX_RATIO = 200
RATIO_FROM = 64 * 1024**2

_BLOCK = 1024**2
_ENCRYPTED, _NAME_IN_UTF_8 = 0x1, 0x800


@contextmanager
def unpacked(path: Path, scratch: Path) -> Iterator[list[SourceFile]]:
    """The files of an archive that can be read, in a folder of ours; any other file as it is.

    Raises SourceError for an archive that is damaged, encrypted, empty, too large or leads out of
    itself, and for one of a kind that cannot be unpacked.
    """
    if is_foreign_archive(path.name):
        kind = path.suffix.lower()
        raise SourceError(
            Text(
                f"{path.name}：不能解开 {kind} 压缩包，其中的文件都没有载入；"
                "请解压后直接放入文件夹，或重新压缩成 .zip",
                f"{path.name}: an archive of the kind {kind} cannot be unpacked, and nothing of it is "
                "loaded; put its files into the folder as they are, or zip them (.zip)",
            )
        )
    if path.suffix.lower() not in ARCHIVE_ENDINGS:
        yield [SourceFile.of(path)]
        return
    folder = Path(tempfile.mkdtemp(prefix="archive-", dir=scratch))
    try:
        yield _unpack(path, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_size(archive: zipfile.ZipFile) -> Text:
    """What is wrong with the size of what an archive, or a workbook, says that it holds; or nothing."""
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_FILES:
        return Text(f"有 {len(entries)} 个文件，超过 {MAX_FILES} 个", f"more than {MAX_FILES} files")
    if total > MAX_UNPACKED:
        return Text(
            f"解压后有 {total:,} 字节，超过 {MAX_UNPACKED:,}",
            f"unpacks to more than {MAX_UNPACKED:,} bytes",
        )
    for entry in entries:
        if entry.file_size > max(RATIO_FROM, MAX_RATIO * entry.compress_size):
            return Text(
                f"其中有文件解压后是压缩时的 {MAX_RATIO} 倍以上，不像表格",
                f"holds a file that unpacks to more than {MAX_RATIO} times its size, as no table does",
            )
    return NOTHING


def _unpack(path: Path, folder: Path) -> list[SourceFile]:
    found: list[SourceFile] = []
    try:
        with zipfile.ZipFile(path) as archive:
            if (wrong := check_size(archive)) != NOTHING:
                raise _refused(path, wrong)
            left = MAX_UNPACKED
            for number, entry in enumerate(archive.infolist()):
                name = _name(entry)
                _check_name(path, name)
                if entry.flag_bits & _ENCRYPTED:
                    raise _refused(path, Text("加了密码；请去掉密码后重新压缩", "is encrypted"))
                if entry.is_dir() or name.startswith("__MACOSX/"):
                    continue
                target = folder / f"{number}{PurePosixPath(name).suffix.lower()}"
                # What is not loaded is read too: a damaged archive may have lost more than that.
                left -= _copy(path, archive, entry, target, left)
                if is_read(name) or is_foreign_archive(name):
                    found.append(SourceFile(target, f"{path.name}/{name}", path))
                else:
                    target.unlink()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeError) as error:
        said = first_line(error)
        raise _refused(
            path, Text(f"已损坏或不是 zip，请重新压缩（{said}）", f"is damaged or no zip: {said}")
        ) from error
    except OSError as error:
        why = of_system(error)
        raise _refused(path, Text(f"无法解压（{why.zh}）", f"cannot be unpacked: {why.en}")) from error
    for file in found:
        if file.ending in ARCHIVE_ENDINGS or is_foreign_archive(file.name):
            raise _refused(
                path,
                Text(
                    f"里面还有压缩包“{file.name}”；请先解压，再压缩成一层",
                    f"holds another archive, {file.name!r}; zip the files themselves",
                ),
            )
    if not found:
        raise _refused(path, Text("里面没有可读取的表格", "holds no table that can be read"))
    return sorted(found, key=lambda file: file.name)


def _copy(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    """Unpack one file, to its checksum; what it says of its size is not believed. Returns its size."""
    size = 0
    with archive.open(entry) as packed, target.open("xb") as copy:
        target.chmod(0o600)
        while block := packed.read(_BLOCK):
            size += len(block)
            if size > left:
                raise _refused(
                    path,
                    Text(
                        f"解压后超过 {MAX_UNPACKED:,} 字节",
                        f"unpacks to more than {MAX_UNPACKED:,} bytes",
                    ),
                )
            copy.write(block)
    return size


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of a file in an archive: in UTF-8 if it says so or can be, else in GB18030, which
    Windows writes without saying so."""
    if entry.flag_bits & _NAME_IN_UTF_8:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename  # an extra field told it
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return entry.filename


def _check_name(path: Path, name: str) -> None:
    """Refuse an archive whose names lead out of it: it was made to do harm."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or re.match(r"[A-Za-z]:", name):
        raise _refused(
            path,
            Text(f"中有指向压缩包之外的文件名“{name}”", f"holds a name that leads out of it: {name!r}"),
        )


def _refused(path: Path, why: Text) -> SourceError:
    return SourceError(
        Text(
            f"{path.name}：压缩包{why.zh}；其中的文件都没有载入",
            f"{path.name}: the archive {why.en}; nothing of it is loaded",
        )
    )
