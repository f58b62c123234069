"""Words and numbers as a page shows them, in the language of its view.

Owns `Words`: texts from `texts.yaml`, numbers with their unit, dates, requirements, statuses. One
rendering each, so that the same figure never looks two ways. Called by every page. May import
`etl.texts`, `metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from etl.texts import Language, Text
from metrics.rows import ProgressRow, TargetRow

#: From here on Chinese readers expect ten-thousands (万).
WAN_FROM = 100_000

#: The shape of each status, so that it never depends on colour.
ICONS: Mapping[str, str] = {
    "achieved": "✔",
    "on_track": "●",
    "at_risk": "▲",
    "off_track": "■",
    "missed": "✖",
    "breached": "⬢",
    "not_started": "○",
    "no_data": "–",
}


@cache
def texts() -> dict[str, Any]:
    """All texts, as declared."""
    path = Path(__file__).with_name("texts.yaml")
    declared: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return declared


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **slots: object) -> str:
        """The text called `key`, its slots filled."""
        return Text(**texts()[key]).of(self.language).format(**slots)

    def of(self, text: Text) -> str:
        """A declared text."""
        return text.of(self.language)

    def status(self, status: str | None) -> str:
        """A status as a word."""
        if status is None:
            return self("no_judgement")
        return Text(**texts()["statuses"][status]).of(self.language)

    def kind(self, target: TargetRow) -> str:
        """A target's kind as a word."""
        kind = "averaged" if target.averaged else target.kind
        return Text(**texts()["kinds"][kind]).of(self.language)

    def number(self, value: float | None, *, short: bool = True) -> str:
        """A number with grouped thousands; `short`: in 万 where Chinese readers expect it."""
        if value is None:
            return self("none")
        if short and self.language == "zh" and abs(value) >= WAN_FROM:
            return f"{value / 10_000:,.1f} 万"
        if float(value).is_integer():
            return f"{value:,.0f}"
        return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"

    def amount(self, value: float | None, unit: Text | None, *, short: bool = True) -> str:
        """A number with its unit."""
        if value is None:
            return self("none")
        if unit is None:
            return self.number(value, short=short)
        if unit.en == "%":
            return f"{value:,.1f}%"
        return f"{self.number(value, short=short)} {unit.of(self.language)}"

    def day(self, day: date | None) -> str:
        """A date."""
        return day.isoformat() if day is not None else self("none")

    def requirement(self, target: TargetRow, row: ProgressRow | None = None) -> str:
        """A requirement in words; at a unit of a coverage the inner one."""
        require, low, high = target.require, target.required, target.required_max
        unit = target.unit
        if row is not None and self.is_inner(target, row):
            require = target.inner_require or require
            low = target.inner_required if target.inner_required is not None else low
            high, unit = target.inner_required_max, target.inner_unit or unit
        if target.kind == "milestone":
            return self("done")
        words = Text(**texts()["requires"][require]).of(self.language)
        if high is not None:
            return words.format(low=self.number(low), high=self.amount(high, unit))
        return words.format(low=self.amount(low, unit))

    def value(self, target: TargetRow, row: ProgressRow, *, short: bool = True) -> str:
        """A row's value with its unit; of a milestone whether it is done."""
        if row.value is None:
            return f"{self('none')} {self('no_data_word')}"
        if target.kind == "milestone":
            return self("done") if row.value else self("not_done")
        unit = target.inner_unit if self.is_inner(target, row) else target.unit
        return self.amount(row.value, unit, short=short)

    @staticmethod
    def is_inner(target: TargetRow, row: ProgressRow) -> bool:
        """Whether a coverage's row speaks of one unit, not of the share of units."""
        return target.kind == "coverage" and row.unit != "%"
