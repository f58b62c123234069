"""Declarations: the YAML files that say what there is, as they are read everywhere.

Owns `read_declaration` and `LOADER`. Called by whoever owns such a file. Imports nothing of ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

#: PyYAML's safe loader, in C where it has it: ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_declaration(path: Path) -> Any:
    """What a file of ours declares."""
    return yaml.load(path.read_text("utf-8"), Loader=LOADER)
