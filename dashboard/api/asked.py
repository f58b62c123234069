"""Asked: a request of the interface for programs, taken apart and checked.

Owns `Asked`. Made by `serving`, read by `answers`. May import `etl.snapshots`, `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from etl.snapshots import Snapshot
from etl.texts import Language


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked, and of what: `texts`, `numbers` and `dates` are the parameters by name, `filters`
    what is asked of the columns of a table."""

    connection: Connection
    facts: dict[str, str]
    language: Language
    texts: dict[str, str]
    numbers: dict[str, int]
    dates: dict[str, date]
    filters: tuple[tuple[str, str], ...]
    snapshots: Callable[[], Sequence[Snapshot]]

    @property
    def id(self) -> str:
        """The id of the snapshot."""
        return self.facts["id"]

    def text(self, name: str) -> str | None:
        """A parameter, if it was given."""
        return self.texts.get(name)

    @property
    def day(self) -> date | None:
        """The as-of date, if one was given."""
        return self.dates.get("as_of")
