"""Asking the site for a page as the browser does, without one."""

from __future__ import annotations

import json
import re
from typing import Any

from flask.testing import FlaskClient


def question(path: str = "/") -> dict[str, object]:
    """What the browser asks the callback of pages for an address."""
    pathname, _, search = path.partition("?")
    asked = [("pathname", pathname), ("search", search and f"?{search}")]
    return {
        "output": "..shown.page...shown.children..",
        "outputs": [
            {"id": "shown", "property": "page"},
            {"id": "shown", "property": "children"},
        ],
        "inputs": [{"id": "address", "property": key, "value": value} for key, value in asked],
        "changedPropIds": ["address.pathname"],
    }


def shown(client: FlaskClient, path: str = "/") -> str:
    """What the browser is sent for an address."""
    answer = client.post("/_dash-update-component", json=question(path))
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def plainly(client: FlaskClient, path: str = "/") -> str:
    """The same without the escapes of JSON."""
    return json.dumps(json.loads(shown(client, path)), ensure_ascii=False)


def answered(client: FlaskClient, path: str = "/") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The page, and its graphs."""
    answer = json.loads(shown(client, path))["response"]["shown"]
    return answer["page"], answer["children"]


def markup_of(client: FlaskClient, path: str = "/") -> str:
    """The HTML of a page, without what scripts draw."""
    page, _ = answered(client, path)
    return "".join(map(_whole, (*page["head"], *page["body"])))


def _whole(piece: dict[str, Any]) -> str:
    """The HTML of a piece, its parts in the element that holds them."""
    held = "".join(map(_whole, piece.get("parts", ())))
    return re.sub("(</[a-z]+>)$", lambda end: held + end[1], piece["html"]) if held else piece["html"]
