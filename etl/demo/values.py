"""Values: what stands in the fields of made-up records, from the words of a scenario.

Owns `make_column`. A word is a constant; a mapping is drawn from by weights; `from`,
`to` and `step` give a number; `days_before` and `days_after` a date near the record's own; `write` a
text made of parts. Called by `records`. May import `ground`, `datasets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from etl.datasets import Field
from etl.demo.ground import Ground
from etl.demo.occurrences import Dates, Days, Occurrences

Ints = npt.NDArray[np.int64]
Generator = np.random.Generator

#: Skill levels as scenarios write them; the place in the list is the rank.
LEVELS = ("学徒工", "初级工", "中级工", "高级工", "技师", "高级技师", "特级技师", "首席技师")


def make_column(
    rng: Generator, field: Field, value: Any, when: Occurrences, days: Days, ground: Ground
) -> pa.Array:
    """The column of `field` for the records that occurred `when`."""
    count = len(when.days)
    if not isinstance(value, Mapping):
        value = {value: 1}
    if field.type == "level":
        return pa.array(_levels(rng, value, when, ground), pa.int8())
    if "days_before" in value:
        least, most = value["days_before"]
        return to_dates(when.days - rng.integers(least, most + 1, count).astype("m8[D]"))
    if "days_after" in value:
        least, most = value["days_after"]
        later = when.days + rng.integers(least, most + 1, count).astype("m8[D]")
        ended = (rng.random(count) < value.get("share", 1.0)) & (later <= days.last)
        return to_dates(np.where(ended, later, np.datetime64("NaT")))
    if "from" in value:
        step = value.get("step", 1)
        drawn = rng.integers(value["from"] // step, value["to"] // step + 1, count) * step
        return pa.array(drawn, pa.int64())
    if "write" in value:
        return pa.array(_texts(rng, value, when, ground), pa.string())
    keys = pa.array([None if key == "" else str(key) for key in value], pa.string())
    return keys.take(pa.array(_choose(rng, value, count)))


def to_dates(days: Dates) -> pa.Array:
    """Days as Arrow's; none where there is no day."""
    return pa.array(days, pa.date32(), from_pandas=True)


def _choose(rng: Generator, weights: Mapping[Any, float], count: int) -> Ints:
    if len(weights) == 1:
        return np.zeros(count, np.int64)
    edges = np.cumsum(np.array(list(weights.values()), float))
    chosen: Ints = np.searchsorted(edges, rng.random(count) * edges[-1], side="right").astype(np.int64)
    return chosen


def _levels(rng: Generator, value: Mapping[Any, float], when: Occurrences, ground: Ground) -> Ints:
    """Ranks by weight; at a place that leans upward, some are the better of two draws."""
    weights = {LEVELS.index(name): weight for name, weight in value.items()}
    ranks = np.array(sorted(weights), np.int64)
    ordered = {rank: weights[rank] for rank in sorted(weights)}
    first = _choose(rng, ordered, len(when.days))
    second = _choose(rng, ordered, len(when.days))
    homes = ground.homes[when.places]
    lean = np.where(homes < 0, 0.0, ground.leans[homes])
    turned = rng.random(len(when.days)) < np.abs(lean)
    better = np.where(lean > 0, np.maximum(first, second), np.minimum(first, second))
    drawn: Ints = ranks[np.where(turned, better, first)]
    return drawn


def _texts(rng: Generator, value: Mapping[str, Any], when: Occurrences, ground: Ground) -> list[str]:
    """Texts of parts: {place}, {year}, {n} and the scenario's own lists; a repeated one is numbered."""
    lists = {name: parts for name, parts in value.items() if name != "write"}
    seen: dict[str, int] = {}
    found = []
    years = when.days.astype("M8[Y]").astype(int) + 1970
    for number, (place, year) in enumerate(zip(when.places.tolist(), years.tolist(), strict=True), 1):
        parts = {name: texts[int(rng.integers(len(texts)))] for name, texts in lists.items()}
        named = ground.places[place]
        whole = named.code == ground.area.code
        text = str(value["write"]).format(
            place=named.name if whole else named.short_name, year=year, n=number, **parts
        )
        seen[text] = seen.get(text, 0) + 1
        found.append(text if seen[text] == 1 else f"{text}（{seen[text]}）")
    return found
