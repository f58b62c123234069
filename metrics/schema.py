"""What an editor is told of `metrics.yaml`, so that it completes and checks the file as it is written.

Owns `json_schema`. Called by `milepost check --schema` and the tests. May import `catalogue`.
"""

from __future__ import annotations

from typing import Any

from metrics.catalogue import Catalogue


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `metrics.yaml`.

    The models' own, less what the reader gives (ids, a policy's dates), plus the forms it fills in.
    """
    schema = Catalogue.model_json_schema()
    models = schema["$defs"]
    for name, given in (("Policy", {"id"}), ("Target", {"id", "start", "by"})):
        del models[name]["properties"]["id"]
        models[name]["required"] = [key for key in models[name]["required"] if key not in given]
    keys = list(models["Target"]["properties"])
    of_form = {
        "description": "The name of a form, the words that it has in braces, and what is its own.",
        "type": "object",
        "properties": {"form": {"type": "string"}},
    }
    models["Target"] = {"if": {"required": ["form"]}, "then": of_form, "else": models["Target"]}
    models["Policy"]["properties"]["forms"] = {
        "description": "What several targets have in common, with {words} for what differs.",
        "type": "object",
        "additionalProperties": {"type": "object", "propertyNames": {"enum": keys}},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
