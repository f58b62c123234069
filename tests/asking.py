"""Asking the site for a page as the browser does, without one."""

from __future__ import annotations

import json

from flask.testing import FlaskClient


def shown(client: FlaskClient, path: str = "/") -> str:
    """What the browser is sent for an address."""
    pathname, _, search = path.partition("?")
    asked = [("pathname", pathname), ("search", search and f"?{search}")]
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": "..content.children...said.data..",
            "outputs": [
                {"id": "content", "property": "children"},
                {"id": "said", "property": "data"},
            ],
            "inputs": [{"id": "address", "property": key, "value": value} for key, value in asked],
            "changedPropIds": ["address.pathname"],
        },
    )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def plainly(client: FlaskClient, path: str = "/") -> str:
    """The same without the escapes of JSON."""
    return json.dumps(json.loads(shown(client, path)), ensure_ascii=False)


def markup_of(client: FlaskClient, path: str = "/") -> str:
    """The HTML of a page, without what scripts draw."""
    found: list[str] = []

    def walk(part: object) -> None:
        if isinstance(part, dict):
            if part.get("type") == "Markup":
                found.append(part["props"]["html"])
            else:
                for value in part.values():
                    walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(json.loads(shown(client, path)))
    return "".join(found)
