"""Made-up records: flows of a scenario turned into tables of the declared fields.

Owns `make_records`. A flow says what its records are (`what`, `vary`), how many a year, and may lead
or lag by place; months follow the scenario's seasons and years its growth. All random choices come
from one generator: the same seed gives the same records. Called by `files`. May import `people`,
`etl.datasets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from etl.datasets import Dataset, datasets
from etl.demo.people import People

#: Datasets whose volume is people's, and so scaled; the others are counted one by one.
SCALED = ("trainings", "certifications")


@dataclass(frozen=True)
class Scenario:
    """A city's story, as `data/demo/<policy>.yaml` tells it."""

    policy: str
    content: Mapping[str, Any]

    @property
    def last(self) -> date:
        """The last day on which anything happened."""
        last: date = self.content["last_on"]
        return last


def make_records(scenario: Scenario, scale: float, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """All records of a scenario by dataset, columns named as the fields, in order of date."""
    people = People(rng, max(200, int(scenario.content["people"] * scale)))
    tables: dict[str, pd.DataFrame] = {}
    for name, flows in scenario.content["flows"].items():
        dataset = datasets()[name]
        frames = [_flow(scenario, dataset, flow, people, scale, rng) for flow in flows]
        table = pd.concat(frames, ignore_index=True)
        table = table.sort_values(dataset.field(_day_field(dataset)).name, kind="stable")
        tables[name] = _numbered(scenario, dataset, table.reset_index(drop=True))
    return tables


def _day_field(dataset: Dataset) -> str:
    return "period" if dataset.date == "period_end" else dataset.date


def _flow(
    scenario: Scenario,
    dataset: Dataset,
    flow: Mapping[str, Any],
    people: People,
    scale: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    if "rows" in flow:
        return _listed(dataset, flow["rows"], people)
    scaled = scale if dataset.name in SCALED else 1.0
    days, places = _when_and_where(scenario, flow, scaled, rng)
    count = len(days)
    columns: dict[str, Any] = {"place": places, dataset.date: days}
    if dataset.has_person:
        # A part of the people come again and again: few persons, many enrolments.
        spread = float(flow.get("people", 1.0))
        drawn = (rng.beta(1.0, 1.6, count) * len(people) * spread).astype(np.int64)
        first = int(flow.get("people_from", 0.0) * len(people))
        drawn = (drawn + first) % len(people)
        columns |= {"person_id": people.numbers[drawn], "name": people.names[drawn]}
    for field, value in flow.get("what", {}).items():
        columns[field] = np.full(count, value, dtype=object)
    for field, shares in flow.get("vary", {}).items():
        weights = np.array(list(shares.values()), dtype=float)
        keys = np.array(list(shares), dtype=object)
        columns[field] = rng.choice(keys, count, p=weights / weights.sum())
    for field, (low, high, step) in flow.get("between", {}).items():
        columns[field] = rng.integers(low // step, high // step + 1, count) * step
    for field, (days_least, days_most) in flow.get("before", {}).items():
        ago = rng.integers(days_least, days_most + 1, count)
        columns[field] = days - ago.astype("timedelta64[D]")
    for field, (share, least, most) in flow.get("ends", {}).items():
        later = days + rng.integers(least, most + 1, count).astype("timedelta64[D]")
        ended = (rng.random(count) < share) & (later <= np.datetime64(scenario.last))
        columns[field] = np.where(ended, later, np.datetime64("NaT"))
    return pd.DataFrame(columns)


def _listed(dataset: Dataset, rows: list[Mapping[str, Any]], people: People) -> pd.DataFrame:
    """Records that the scenario lists one by one; `person` is a number of the pool."""
    table = pd.DataFrame(rows, dtype=object)
    if dataset.date in table:
        table[dataset.date] = pd.to_datetime(table[dataset.date])
    if "person" in table:
        drawn = table.pop("person").astype(int)
        table["person_id"], table["name"] = people.numbers[drawn], people.names[drawn]
    return table


def _when_and_where(
    scenario: Scenario, flow: Mapping[str, Any], scale: float, rng: np.random.Generator
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Days and places of a flow: years by `yearly`, months by season, places by size and pace."""
    content = scenario.content
    last = scenario.last
    season = np.array(flow.get("season", content["season"]), dtype=float)
    weights = dict(content["places"])
    for place, factor in {**content.get("pace", {}), **flow.get("pace", {})}.items():
        weights[place] = weights[place] * factor
    if "only" in flow:
        weights = {place: weights.get(place, 1.0) for place in flow["only"]}
    elsewhere = float(flow.get("city_share", content["city_share"]))
    names = np.array([*weights, content["whole"]], dtype=object)
    shares = np.array([*weights.values()], dtype=float)
    shares = np.append(shares / shares.sum() * (1 - elsewhere), elsewhere)
    days, places = [], []
    for year, count in flow["yearly"].items():
        monthly = season / season.sum() * count * scale
        for month, expected in enumerate(monthly, 1):
            if (year, month) > (last.year, last.month):
                continue
            exact = float(expected) * float(rng.uniform(0.92, 1.08))
            drawn = int(exact) + int(rng.random() < exact % 1)
            first = np.datetime64(f"{year}-{month:02d}", "M")
            length = int(((first + 1).astype("M8[D]") - first.astype("M8[D]")).astype(int))
            day = first.astype("M8[D]") + rng.integers(0, length, drawn).astype("timedelta64[D]")
            days.append(day)
            places.append(rng.choice(names, drawn, p=shares))
    if not days:
        return np.empty(0, "M8[D]"), np.empty(0, object)
    return np.concatenate(days), np.concatenate(places)


def _numbered(scenario: Scenario, dataset: Dataset, table: pd.DataFrame) -> pd.DataFrame:
    """Give each record its key, as an office numbers them, and its names where they are needed."""
    key = dataset.key[0]
    prefix = str(scenario.content["prefix"]) + dataset.name[:2].upper()
    if key not in table:
        table[key] = [f"{prefix}{number:07d}" for number in range(1, len(table) + 1)]
    for field in dataset.fields:
        if field.required and field.type == "text" and field.name not in table:
            what = table["type"] if "type" in table else dataset.title.zh.removesuffix("记录")
            numbers = [f"（{number:04d}）" for number in range(1, len(table) + 1)]
            table[field.name] = table["place"].astype(str) + what + numbers
    return table
