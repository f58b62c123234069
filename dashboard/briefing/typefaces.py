"""Typefaces of a briefing: which of those at hand stand for 小标宋, 仿宋, 黑体 and 楷体.

Owns `Typefaces` and `typefaces`. Called by `pdf`. May import `etl.errors`, `etl.settings`, `etl.texts`.

Three places are looked at: the folder that the setting MILEPOST_FONTS names, the typefaces of the
system, and those of a package that is installed with Milepost (Noto Serif SC and Noto Sans SC, under
the SIL Open Font License). The last are always there: a briefing can be made on a machine without any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from etl.errors import SettingsError
from etl.texts import Language, Text

#: By part of the document: the families to set it in (GB/T 9704-2012), the best first. The last of each
#: comes with Milepost.
FAMILIES: Mapping[str, Sequence[str]] = {
    "title": (
        "FZXiaoBiaoSong-B05S", "方正小标宋简体", "FZXiaoBiaoSong-B05", "方正小标宋_GBK", "STZhongsong",
        "华文中宋", "Noto Serif SC",
    ),
    "body": (
        "FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "FZFangSong-Z02S", "STFangsong",
        "华文仿宋", "Noto Serif SC",
    ),
    "heading": ("SimHei", "黑体", "FZHei-B01S", "STHeiti", "Noto Sans SC"),
    "subheading": (
        "KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "FZKai-Z03S", "STKaiti", "华文楷体",
        "Noto Serif SC",
    ),
}  # fmt: skip
#: For the text of an English briefing, its headings aside; it comes with Typst.
_LATIN = "Libertinus Serif"


@dataclass(frozen=True, slots=True)
class Typefaces:
    """The typefaces at hand, and for each part of the document the families to set it in."""

    fonts: typst.Fonts
    families: Mapping[str, list[str]]


@lru_cache(maxsize=8)
def typefaces(folder: Path | None, language: Language) -> Typefaces:
    """Look for typefaces. They are looked for once: a new one is seen after a restart.

    Raises SettingsError for a folder that is not there or has none.
    """
    paths = [Path(pylopdf_fonts_zh_cn.__file__).parent]
    if folder is not None:
        _check(folder)
        paths.insert(0, folder)
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=list(paths))
    there = set(fonts.families())
    chosen = {
        part: [next(family for family in families if family in there)]
        for part, families in FAMILIES.items()
    }
    if language == "en":
        chosen |= {part: [_LATIN, *chosen[part]] for part in ("title", "body")}
    return Typefaces(fonts, chosen)


def _check(folder: Path) -> None:
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]
    ).families()
    if not found:
        raise SettingsError(
            Text(
                f"MILEPOST_FONTS：没有文件夹“{folder}”，或其中没有字体（.ttf、.otf、.ttc）；"
                "请放入字体文件，或删去这项设置以使用自带字体",
                f"MILEPOST_FONTS: there is no folder {folder}, or no typeface in it (.ttf, .otf, "
                ".ttc); put typefaces into it, or unset it to use those that come with Milepost",
            )
        )
