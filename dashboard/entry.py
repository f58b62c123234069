"""The entry: the document that a browser is given for an address, with the page of that address in it.

Owns `Entry`, which is Dash with such documents, and `asked_view`. Called by `site`. May import
`address`, `markup`.

A page can be read as soon as its document has come: before any script, and without one; its links and
forms then work as those of any web page. When the scripts have come, Dash asks for the same page, and
`assets/milepost.js` finds that it stands already.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dash import Dash
from flask import request

from dashboard.address import View, parse
from dashboard.markup import Shown, standing

#: Runs before anything shows: whoever has an own place does not see another page first.
_AT_ONCE = "own_place.js"


class Entry(Dash):
    """Dash, whose documents hold the page that `show` gives for their address."""

    def __init__(self, show: Callable[[View], Shown], **options: Any) -> None:
        self._show = show
        self.inline = ""
        super().__init__(
            "dashboard", assets_ignore=re.escape(_AT_ONCE), update_title="", compress=False, **options
        )

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash names each part
        """The document of the address that is asked for."""
        # Only what Dash itself wrote may run, whatever a page holds.
        own = "".join(parts[part] for part in ("config", "scripts", "renderer"))
        written = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", own, re.S)
        self.inline = " ".join(f"'sha256-{_sha256(text)}'" for text in dict.fromkeys(written))
        page = self._show(asked_view()).page
        at_once = Path(self.config.assets_folder) / _AT_ONCE
        return _DOCUMENT.format(
            **parts
            | {
                "lang": page["lang"],
                "title": escape(page["title"]),
                "at_once": f"{self.get_asset_url(_AT_ONCE)}?m={at_once.stat().st_mtime}",
                "page": standing(page),
            }
        )


def asked_view() -> View:
    """The view that the address of the request asks for."""
    return parse(quote(request.path), request.query_string.decode("latin-1"))


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


_DOCUMENT = """<!DOCTYPE html>
<html lang="{lang}">
<head>
{metas}
<title>{title}</title>
{favicon}
{css}
<script src="{at_once}"></script>
</head>
<body>
{page}
<div id="react-entry-point"></div>
<footer>{config}{scripts}{renderer}</footer>
</body>
</html>"""
