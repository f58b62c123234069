"""What the command line says, in the language that it is asked for.

Owns `say`, the texts of `texts.yaml`, and which language is spoken: `--lang` where a command has it,
else the setting MILEPOST_LANG. Called by the other modules of `milepost`. May import
`etl.declarations`, `etl.settings`, `etl.errors`, `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from etl.declarations import read_declaration
from etl.errors import SettingsError
from etl.settings import Settings
from etl.texts import Language, Text

_chosen: ContextVar[Language | None] = ContextVar("chosen", default=None)


def choose(language: Language | None) -> None:
    """Speak `language` from here on; with None that of the setting."""
    _chosen.set(language)


def language() -> Language:
    """The language that is spoken. The default if the setting names none: help must still come."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    try:
        return Settings().language
    except SettingsError:
        return "zh"


@cache
def texts() -> Mapping[str, Text]:
    """All texts, as declared."""
    declared = read_declaration(Path(__file__).with_name("texts.yaml"))
    return {key: Text(**text) for key, text in declared.items()}


def say(key: str, **slots: object) -> str:
    """The text called `key`, its slots filled."""
    return texts()[key].format(**slots).of(language())
