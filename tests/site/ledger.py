"""What the command line prints, and what follows from it, worked out anew, to hold pages against."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import fmean
from typing import Any

from typer.testing import CliRunner

from milepost.cli import app
from tests.conftest import KEY, settings_of
from tests.site.snapshots import opened

Row = dict[str, str]

ADDITIVE = {"cumulative", "annual", "stock"}
DAYS_A_MONTH = 365.25 / 12


def said(value: object) -> str:
    """A number as the command line writes it."""
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)


@dataclass
class Ledger:
    """The command line of one home."""

    home: Path
    _printed: dict[tuple[str, str], dict[tuple[str, str], Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with opened(settings_of(self.home)) as bare:
            read = [
                bare.sql(f"SELECT * FROM {name}").fetchdf().to_dict("records")
                for name in ("policies", "targets", "places")
            ]
        self.policies, self.targets, self.places = (
            {str(row[key]): row for row in rows}
            for key, rows in zip(("policy", "target", "code"), read, strict=True)
        )
        self._alike: dict[tuple[str, str], list[str]] = {}
        for code in self.places:
            self._alike.setdefault(self._kind(code), []).append(code)

    def last(self, policy: str) -> str:
        """The date that a policy's records reach."""
        return str(self.policies[policy]["as_of"])[:10]

    def asked(self, *words: str) -> list[Row]:
        """What a command prints as CSV."""
        result = CliRunner().invoke(
            app,
            [*words, "--format", "csv"],
            env={"MILEPOST_HOME": str(self.home), "MILEPOST_KEY": KEY},
        )
        assert result.exit_code == 0, result.output
        return list(csv.DictReader(io.StringIO(result.stdout)))

    def printed(self, policy: str, day: str) -> Mapping[tuple[str, str], Row]:
        """What the command line prints of a policy and a day, by target and place."""
        if (policy, day) not in self._printed:
            rows = self.asked("progress", "--policy", policy, "--as-of", day)
            self._printed[policy, day] = {(row["target"], row["place"]): row for row in rows}
        return self._printed[policy, day]

    def more(self, policy: str, day: str) -> Mapping[tuple[str, str], Row]:
        """What `milepost progress --more` prints of a policy and a day, by target and place."""
        if (policy, f"{day} and more") not in self._printed:
            rows = self.asked("progress", "--more", "--policy", policy, "--as-of", day)
            found = {(row["target"], row["place"]): row for row in rows}
            self._printed[policy, f"{day} and more"] = found
        return self._printed[policy, f"{day} and more"]

    def number(self, of: Mapping[str, str], policy: str) -> str | float | None:
        """The number that the attributes of a figure ask for: as it is printed, or what follows."""
        name, day, place = of["data-figure"], of["data-day"], of["data-place"]
        if name == "climbed":
            return self._climbed(policy, place, of["data-since"], day)
        target = of["data-target"]
        row = self.printed(policy, day)[target, place]
        if name in row:
            return row[name]
        follows: dict[str, Any] = {
            "share": lambda: self._share(row),
            "rank": lambda: self._ranks(row)[0],
            "ranked": lambda: self._ranks(row)[1],
            "risen": lambda: self._risen(row, of["data-since"]),
            "change": lambda: self._change(row, of["data-since"]),
            "behind": lambda: float(row["expected"]) - float(row["value"]),
            "peers": lambda: self._peers(row),
            "outlook": lambda: self._outlook(row),
            "baseline": lambda: self._baseline(row),
        }
        return follows[name]()  # type: ignore[no-any-return]

    def _share(self, row: Row) -> float | None:
        whole = self.printed(row["policy"], row["as_of"])[row["target"], self._area(row)]["value"]
        is_part = row["place"] != self._area(row) and row["kind"] in ADDITIVE
        return 100 * float(row["value"]) / float(whole) if is_part and float(whole or 0) > 0 else None

    def _ranks(self, row: Row) -> tuple[int | None, int | None]:
        values = [float(one["value"]) for one in self._sisters(row) if one["value"]]
        if not row["value"] or len(set(values)) < 2:
            return None, None
        own = float(row["value"])
        least_first = self.targets[row["target"]]["require"] == "at_most"
        before = sum(one < own if least_first else one > own for one in values)
        return before + 1, len(values)

    def _sisters(self, row: Row) -> list[Row]:
        every = self.printed(row["policy"], row["as_of"])
        codes = self._alike[self._kind(row["place"])] if row["place"] != self._area(row) else []
        return [one for code in codes if (one := every.get((row["target"], code)))]

    def _kind(self, code: str) -> tuple[str, str]:
        """Sisters have a parent and a level in common."""
        return str(self.places[code]["parent"]), str(self.places[code]["level"])

    def _change(self, row: Row, since: str) -> float:
        then = self.printed(row["policy"], since)[row["target"], row["place"]]
        return float(row["value"]) - float(then["value"])

    def _risen(self, row: Row, since: str) -> int:
        then = self.printed(row["policy"], since)[row["target"], row["place"]]
        was, now = self._ranks(then)[0], self._ranks(row)[0]
        assert was is not None and now is not None
        return was - now

    def _climbed(self, policy: str, place: str, since: str, day: str) -> float:
        moved = []
        for (target, code), row in self.printed(policy, day).items():
            then = self.printed(policy, since)[target, code]
            ranks = self._ranks(then)[0], self._ranks(row)[0]
            same = self._window(target, since) == self._window(target, day)
            if code == place and same and None not in ranks and row["kind"] != "milestone":
                moved.append(ranks)
        return fmean(was for was, _ in moved) - fmean(now for _, now in moved)  # type: ignore[type-var]

    def _peers(self, row: Row) -> float | None:
        if row["kind"] == "ratio":
            above = str(self.places[row["place"]]["parent"])
            value = self.printed(row["policy"], row["as_of"])[row["target"], above]["value"]
            return float(value) if value else None
        values = [float(one["value"]) for one in self._sisters(row) if one["value"]]
        return fmean(values) if values else None

    def _outlook(self, row: Row) -> float:
        """Value + rate of the last 12 months x months left in the window."""
        target, day = self.targets[row["target"]], date.fromisoformat(row["as_of"])
        start, by = (date.fromisoformat(str(target[key])[:10]) for key in ("start", "by"))
        end = self._window(row["target"], row["as_of"])[1]
        value, rate = float(row["value"]), float(row["rate_last_12_months"])
        brought = rate * (end - day).days / DAYS_A_MONTH
        if target["averaged"]:
            return (value * ((day - start).days + 1) + brought * 365.25) / ((by - start).days + 1)
        found = max(round(value + brought, 6), 0.0)
        if row["kind"] == "coverage" and row["unit"] == "%":
            return min(found, 100.0)
        return float(found // 1) if row["kind"] in ADDITIVE and value.is_integer() else found

    def _window(self, target: str, day: str) -> tuple[date, date]:
        declared, year = self.targets[target], int(day[:4])
        start, by = (date.fromisoformat(str(declared[key])[:10]) for key in ("start", "by"))
        if not declared["recurs"] or declared["averaged"]:
            return start, by
        every = int(declared["recurs"].split()[1]) if "every" in declared["recurs"] else 1
        first = start.year + (min(max(year, start.year), by.year) - start.year) // every * every
        return max(start, date(first, 1, 1)), min(by, date(first + every - 1, 12, 31))

    def _baseline(self, row: Row) -> float:
        """The same on all dates, of which the ends of months are stored."""
        with opened(settings_of(self.home)) as bare:
            found = bare.execute(
                "SELECT DISTINCT baseline FROM progress"
                " WHERE target = ? AND place = ? AND baseline IS NOT NULL",
                [row["target"], row["place"]],
            ).fetchall()
        ((baseline,),) = found
        return float(baseline)

    def _area(self, row: Row) -> str:
        return str(self.policies[row["policy"]]["area"])
