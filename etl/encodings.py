"""Encodings: in which one a text file is written, told from its bytes, and its text by the block.

Owns `possible_encodings`, `likeliest`, `likeness` and `decoded`. UTF-16 is known by its mark or by its
empty bytes, UTF-8 by itself. GB18030 and Big5 share most of their bytes: which of them a file is in, is
told by the headers that it makes (`reading`), then by how usual its characters are. Big5 is for
traditional characters, which are read as the simplified ones that headers, places and values are
declared in. Called by `csv_files`, `reading`. May import `errors`, `foreign_words`, `simplified`,
`source_files`, `texts`.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence

from etl.errors import SourceError
from etl.foreign_words import of_system
from etl.simplified import simplified
from etl.source_files import SourceFile
from etl.texts import Text

_BLOCK = 256 * 1024

UTF_8, GB18030, BIG5 = "utf-8", "gb18030", "big5hkscs"

#: The first bytes of common characters: of level 1 of GB 2312, of level 1 of Big5.
_COMMON: Mapping[str, range] = {GB18030: range(0xB0, 0xD8), BIG5: range(0xA4, 0xC7)}

#: Of the empty bytes of UTF-16 (those of digits, commas, line ends) so many stand on one side.
_ONE_SIDED = 0.9


def possible_encodings(file: SourceFile, *, first_block_only: bool = False) -> list[str]:
    """The encodings that all of a file, or its first block, can be in; the likeliest first. Never a
    guess: a byte that does not fit rules one out. Raises SourceError if there is none."""
    try:
        with file.path.open("rb") as source:
            start = source.read(_BLOCK)
    except OSError as error:
        why = of_system(error)
        raise SourceError(
            Text(f"{file.name}：无法读取（{why.zh}）", f"{file.name}: cannot be read: {why.en}")
        ) from error
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    tried = [wide] if (wide := _without_mark(start)) else [UTF_8, GB18030, BIG5]
    found = []
    for encoding in tried:
        try:
            for _ in _blocks(file, encoding):
                if first_block_only:
                    break
        except UnicodeDecodeError:
            continue
        found.append(encoding)
        if encoding == UTF_8:
            break  # no other encoding looks like it
    if not found:
        raise SourceError(
            Text(
                f"{file.name}：编码不是 UTF-8、GB18030、UTF-16 或 Big5；请另存为“CSV UTF-8”",
                f"{file.name}: neither UTF-8 nor GB18030 nor UTF-16 nor Big5; "
                "save it again as CSV UTF-8",
            )
        )
    return found


def likeliest(file: SourceFile, encodings: Sequence[str]) -> str:
    """The encoding among those possible in which a file has the most usual characters."""
    return max(encodings, key=lambda encoding: likeness(file, encoding))


def likeness(file: SourceFile, encoding: str) -> float:
    """How usual the characters of a file are in what is written in an encoding: the share of those
    that it lists first, for being common. Read in the wrong encoding, a text has rare ones."""
    if encoding not in _COMMON:
        return 0.0
    foreign = next((found for text in _blocks(file, encoding) if (found := _foreign(text))), [])
    common = _COMMON[encoding]
    usual = sum(
        len(c) == 2 and common.start <= c[0] < common.stop and (c[1] > 0xA0 or encoding == BIG5)
        for c in (c.encode(encoding) for c in foreign)
    )
    return usual / len(foreign) if foreign else 0.0


def _foreign(text: str) -> list[str]:
    return [c for c in text if ord(c) > 0x7F]


def decoded(file: SourceFile, encoding: str) -> Iterator[str]:
    """The text of a file by the block, what is in Big5 in simplified characters. Raises SourceError."""
    try:
        for block in _blocks(file, encoding):
            yield simplified(block) if encoding == BIG5 else block
    except UnicodeDecodeError as error:
        raise SourceError(
            Text(
                f"{file.name}：第 {error.start} 个字节附近不是 {encoding} 编码",
                f"{file.name}: not {encoding} near byte {error.start}",
            )
        ) from error


def _blocks(file: SourceFile, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with file.path.open("rb") as source:
        while block := source.read(_BLOCK):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


def _without_mark(start: bytes) -> str | None:
    """Which UTF-16 a text without a mark is in: in a table, digits and commas have one empty byte, on
    the same side."""
    empty = start.count(0)
    if not empty:
        return None
    odd = start[1::2].count(0)
    if odd >= _ONE_SIDED * empty:
        return "utf-16-le"
    return "utf-16-be" if empty - odd >= _ONE_SIDED * empty else None
