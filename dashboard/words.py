"""Words and numbers as a page shows them, in the language of its view.

Owns `Words`: texts from `texts.yaml`, numbers with their unit, dates, requirements, statuses. One
rendering each, so that the same figure never looks two ways; what is said of a row knows its figures.
Called by every page. May import `figures`, `told`, `etl.declarations`, `etl.texts`, `metrics.rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from dashboard.figures import figure
from dashboard.told import Told, filled
from etl.declarations import read_declaration
from etl.texts import Language, Text
from metrics.rows import ProgressRow, TargetRow, WindowRow

#: From here on Chinese readers expect ten-thousands (万), and from there on hundred-millions (亿).
WAN, YI = 10_000, 100_000_000
#: From here on a narrow cell abbreviates: 1.3万, 13k.
NARROW_FROM = 10_000

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
    declared: dict[str, Any] = read_declaration(Path(__file__).with_name("texts.yaml"))
    return declared


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, **slots: object) -> str:
        """The text called `key`, its slots filled."""
        return filled(Text(**texts()[key]).of(self.language), slots)

    def of(self, text: Text) -> str:
        """A declared text."""
        return text.of(self.language)

    def listed(self, names: Iterable[str]) -> str:
        """Names in a row."""
        return Told.joined(names, "、" if self.language == "zh" else ", ")

    def sentences(self, parts: Iterable[str]) -> str:
        """Statements in a row."""
        return Told.joined((part for part in parts if part), "；" if self.language == "zh" else "; ")

    def status(self, status: str | None) -> str:
        """A status as a word."""
        if status is None:
            return self("no_judgement")
        return Text(**texts()["statuses"][status]).of(self.language)

    def kind(self, target: TargetRow) -> str:
        """A target's kind as a word."""
        kind = "averaged" if target.averaged else target.kind
        return Text(**texts()["kinds"][kind]).of(self.language)

    def level(self, level: str) -> str:
        """A level of places as a word."""
        return Text(**texts()["levels"][level]).of(self.language)

    def number(self, value: float | None, *, short: bool = True) -> str:
        """A number with grouped thousands; `short`: three digits that mean something, and in 万 where
        Chinese readers expect it."""
        if value is None:
            return self("none")
        if not short:
            return _trimmed(f"{value:,.4f}")
        if self.language == "zh" and round(abs(value)) >= WAN:
            by, sign = (YI, "亿") if abs(value) >= YI else (WAN, "万")
            part = value / by
            digits = 2 if abs(part) < 10 else 1 if abs(part) < 1000 else 0
            return _trimmed(f"{part:,.{digits}f}") + sign
        if float(value).is_integer() or abs(value) >= 100:
            return f"{value:,.0f}"
        return f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"

    def tick(self, value: float) -> str:
        """A round number on an axis."""
        if self.language == "zh" and abs(value) >= WAN:
            return _trimmed(f"{value / WAN:,.4f}") + "万"
        return _trimmed(f"{value:,.4f}")

    def end(self, value: float | None, unit: Text) -> str:
        """A number at the end of a line, whose axis has the unit."""
        return self.amount(value, unit) if unit.en == "%" else self.number(value)

    def full(self, value: float | None, unit: Text | None = None) -> str:
        """A number in a table: counts to the last one, others to two decimals."""
        if value is None:
            return self("none")
        number = _trimmed(f"{value:,.2f}")
        if unit is None:
            return number
        return f"{number}%" if unit.en == "%" else f"{number} {self._name(value, unit)}"

    def narrow(self, value: float | None) -> str:
        """A number for a cell that has room for five signs."""
        if value is None:
            return "–"
        if abs(value) >= NARROW_FROM:
            by, mark = (10_000, "万") if self.language == "zh" else (1_000, "k")
            return f"{value / by:.1f}{mark}" if abs(value) < 100 * by else f"{value / by:,.0f}{mark}"
        return f"{value:,.0f}" if abs(value) >= 10 else _trimmed(f"{value:.1f}")

    def amount(self, value: float | None, unit: Text | None, *, short: bool = True) -> str:
        """A number with its unit."""
        if value is None:
            return self("none")
        if unit is None:
            return self.number(value, short=short)
        if unit.en == "%":
            return f"{value:,.1f}%" if short else _trimmed(f"{value:,.4f}") + "%"
        return self._joined(self.number(value, short=short), self._name(value, unit))

    def _name(self, value: float, unit: Text) -> str:
        name = unit.of(self.language)
        return _singular(name) if self.language == "en" and value == 1 else name

    @staticmethod
    def _joined(number: str, unit: str) -> str:
        return f"{number}{unit}" if number.endswith(("万", "亿")) else f"{number} {unit}"

    def change(self, value: float | None, unit: Text | None) -> str:
        """A difference or a rate with its unit: of shares in percentage points."""
        if unit is not None and unit.en == "%" and value is not None:
            return self("points", number=self.number(value))
        return self.amount(value, unit)

    def rate(self, value: float | None, unit: Text | None = None) -> str:
        """A rate a month: two digits of it mean something."""
        if value is None:
            return self("none")
        digits = 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else 2
        number = self.number(value) if abs(value) >= WAN else _trimmed(f"{value:,.{digits}f}")
        number = number.replace("-", "−")
        if unit is None:
            return number
        if unit.en == "%":
            return self("points", number=number)
        return self._joined(number, unit.of(self.language))

    def expected(self, target: TargetRow, row: ProgressRow) -> str:
        """What was due by a row's date: of what is counted in whole units."""
        unit, value = self.unit(target, row), self.due(target, row)
        if value is None:
            return self("none")
        exact = self.amount(row.expected, unit, short=False)
        return figure(row, "expected", self.amount(value, unit), exact)

    def due(self, target: TargetRow, row: ProgressRow) -> float | None:
        """The number that was due by a row's date, as it is shown; None where nothing was."""
        unit, value = self.unit(target, row), row.expected
        if target.kind == "milestone" or value is None:
            return None
        counted = target.kind != "ratio" and unit.en != "%" and value >= 10
        return float(round(value)) if counted else value

    def day(self, day: date | None) -> str:
        """A date."""
        return day.isoformat() if day is not None else self("none")

    def month(self, month: date | None) -> str:
        """A month, told by any of its days."""
        if month is None:
            return self("none")
        return f"{month.year}年{month.month}月" if self.language == "zh" else f"{month:%Y-%m}"

    def unit(self, target: TargetRow, row: ProgressRow) -> Text:
        """The unit of a row's value; at a unit of a coverage the inner one."""
        inner = target.inner_unit if self.is_inner(target, row) else None
        return inner or target.unit

    def requirement(self, target: TargetRow, row: ProgressRow | None = None) -> str:
        """A requirement in words; at a unit of a coverage the inner one."""
        require, low, high = target.require, target.required, target.required_max
        unit = target.unit
        if row is not None and self.is_inner(target, row):
            require = target.inner_require or require
            low = target.inner_required if target.inner_required is not None else low
            high, unit = target.inner_required_max, target.inner_unit or unit
        elif row is not None and row.required is not None:
            low, high = row.required, row.required_max
        if target.kind == "milestone":
            return self("done_in_time")
        return self.asked(require, low, high, unit, row)

    def asked(
        self,
        require: str,
        low: float | None,
        high: float | None,
        unit: Text,
        row: ProgressRow | WindowRow | None = None,
    ) -> str:
        """What is asked of a value: a least, a most or a range, told of `row` if it is given. Of a
        range a place is asked for a part of the lower end."""
        require = "at_least" if require == "between" and high is None else require
        words = Text(**texts()["requires"][require]).of(self.language)
        is_range = high is not None and high != low
        least = self.number(low) if is_range else self.limit(low, unit)
        most = self.limit(high, unit)
        if row is not None and row.required is not None:
            least = figure(row, "required", least, self.full(row.required, unit))
            if isinstance(row, ProgressRow) and row.required_max is not None:
                most = figure(row, "required_max", most, self.full(row.required_max, unit))
        return filled(words, {"low": least, "high": most})

    def limit(self, value: float | None, unit: Text) -> str:
        """An amount that somebody laid down: without the decimals that it does not have."""
        if value is None:
            return self("none")
        number = self.laid_down(value, unit)
        return number if unit.en == "%" else self._joined(number, self._name(value, unit))

    def laid_down(self, value: float, unit: Text) -> str:
        """The number of a limit: rounded, 12,345 would be another task than the one that was set."""
        if unit.en == "%":
            return _trimmed(f"{value:,.1f}") + "%"
        if self.language == "zh" and value >= WAN:
            return self.tick(value) if value % 100 == 0 else self.number(value, short=False)
        return self.number(value)

    def tabled(self, target: TargetRow, row: ProgressRow) -> str:
        """A row's value as a table shows it: counts to the last one."""
        if row.value is None or target.kind == "milestone":
            return self.value(target, row)
        unit = self.unit(target, row)
        shown, exact = self.full(row.value, unit), self.amount(row.value, unit, short=False)
        same = row.value != row.required and shown == self.full(row.required, unit)
        return figure(row, "value", exact if same else shown, exact)

    def gain(self, value: float, unit: Text) -> str:
        """A change with its sign, of shares in percentage points."""
        number = f"{abs(value):,.1f}" if unit.en == "%" else self.number(abs(value))
        sign = "±" if not value else "+" if value > 0 else "−"
        return sign + number

    def value(self, target: TargetRow, row: ProgressRow, *, short: bool = True) -> str:
        """A row's value with its unit; of a milestone whether it is done."""
        if row.value is None:
            return figure(row, "value", self("no_data_word"))
        if target.kind == "milestone":
            done = row.value or row.note == "late"
            return figure(row, "value", self("done" if done else "not_done"))
        unit = self.unit(target, row)
        shown, exact = (self.amount(row.value, unit, short=is_short) for is_short in (short, False))
        # Rounded to the requirement it would look met when it is not.
        same = row.value != row.required and shown == self.amount(row.required, unit, short=short)
        return figure(row, "value", exact if same else shown, exact)

    @staticmethod
    def is_inner(target: TargetRow, row: ProgressRow) -> bool:
        """Whether a coverage's row speaks of one unit, not of the share of units."""
        return target.kind == "coverage" and row.unit != "%"


def _trimmed(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _singular(unit: str) -> str:
    """One of an English unit: `sites per town` becomes `site per town`."""
    first, space, rest = unit.partition(" ")
    return f"{first.removesuffix('s')}{space}{rest}"
