"""The records of an area counted by plain pandas: so many at every place between two days.

A record counts at its place and at all places above it. Distinct persons are counted at each of them
anew, never summed from below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from tests.oracle.goals import Count, Statistic
from tests.oracle.tree import Tree

BEGINS = {"trainings": "completed_on", "certifications": "issued_on", "competitions": "held_on",
          "competition_awards": "awarded_on", "institutions": "recognised_on", "honours": "awarded_on",
          "courses": "published_on", "spending": "paid_on", "milestones": "achieved_on"}  # fmt: skip
ENDS = {"certifications": "revoked_on", "institutions": "revoked_on", "honours": "ended_on",
        "courses": "withdrawn_on"}  # fmt: skip
EVER = pd.Timestamp("1900-01-01")
#: Of a sum of money; what adding floats leaves behind them is no money.
DECIMALS = 6


class Ledger:
    """Records to be counted, those of each count looked up once."""

    def __init__(self, records: dict[str, pd.DataFrame], tree: Tree) -> None:
        self.tree = tree
        #: A training that was failed counts nowhere, and yet trainings have been loaded.
        self._loaded = {name for name, frame in records.items() if not frame.empty}
        self._records = dict(records)
        trainings = records["trainings"]
        self._records["trainings"] = trainings[
            trainings["result"].isna() | (trainings["result"] == "合格")
        ]
        competitions = records["competitions"]
        # The level of the competition of an award, which goes by its number in its city; a competition
        # of a county, an industry or a firm.
        levels = {_in_city(row): row.level for row in competitions.itertuples()}
        awards = records["competition_awards"]
        self._records["competition_awards"] = awards.assign(
            held_at=[levels.get(_in_city(row)) for row in awards.itertuples()]
        )
        local = (competitions["level"] == "district") | competitions["category"].isin({"行业", "企业"})
        self._records["competitions"] = competitions.assign(local=local)
        self._picked: dict[Count, pd.DataFrame] = {}
        self._spread: dict[Count, pd.DataFrame] = {}

    def allocations(self) -> pd.DataFrame:
        """What is asked of places: target, place, year and value."""
        rows = self._records["allocations"]
        return rows.assign(
            year=[day.year for day in rows["period"]], value=pd.to_numeric(rows["value"])
        )

    def is_empty(self, dataset: str) -> bool:
        """Whether the dataset holds no record at all."""
        return dataset not in self._loaded

    def picked(self, count: Count) -> pd.DataFrame:
        """The rows that count, with the days on which they begin and end."""
        if count not in self._picked:
            frame = count.picks(self._records[count.dataset])
            ends = ENDS.get(count.dataset)
            self._picked[count] = frame.assign(
                begin=frame[BEGINS[count.dataset]].astype("datetime64[s]"),
                end=(frame[ends] if ends else pd.Series(pd.NaT, frame.index)).astype("datetime64[s]"),
                amount=pd.to_numeric(frame[count.sum_of]) * count.times if count.sum_of else 1.0,
            )
        return self._picked[count]

    def spread(self, count: Count) -> pd.DataFrame:
        """The rows that count, once for each place at which they do (`at`)."""
        if count not in self._spread:
            self._spread[count] = self.picked(count).merge(self.tree.above, on="place")
        return self._spread[count]

    def begins(self, count: Count) -> pd.DataFrame:
        """The days on which something new counts, by place."""
        return self.spread(count)[["at", "begin"]].rename(columns={"begin": "day"})

    def at_top(self, counts: Sequence[Count], first: pd.Timestamp, last: pd.Timestamp) -> float:
        """What began between two days in the whole area."""
        rows = [began(self.picked(count), first, last) for count in counts]
        if counts[0].persons:
            return float(pd.concat([frame["person_id"] for frame in rows]).nunique())
        return round(float(sum(frame["amount"].sum() for frame in rows)), DECIMALS)

    def everywhere(
        self, counts: Sequence[Count], first: pd.Timestamp, last: pd.Timestamp, *, in_force: bool
    ) -> pd.Series[float]:
        """What began between two days, or is in force at the last one, at every place."""
        frames = [self.spread(count) for count in counts]
        rows = pd.concat([held(f, last) if in_force else began(f, first, last) for f in frames])
        grouped = rows.groupby("at")
        found = grouped["person_id"].nunique() if counts[0].persons else grouped["amount"].sum()
        return found.reindex(self.tree.codes, fill_value=0).astype(float).round(DECIMALS)

    def figures(self, statistic: Statistic, last: pd.Timestamp) -> pd.Series[float]:
        """The figure of each place for the last period that ended; nothing where there is none."""
        rows = self.periods(statistic)
        rows = rows[rows["day"] <= last].sort_values("day").drop_duplicates("at", keep="last")
        return rows.set_index("at")["value"].reindex(self.tree.codes).astype(float)

    def periods(self, statistic: Statistic) -> pd.DataFrame:
        """The last days of the periods that there are figures for, by place."""
        rows = self._records["statistics"]
        rows = rows[rows["indicator"] == statistic.indicator]
        return pd.DataFrame(
            {"at": rows["place"], "day": rows["period"].astype("datetime64[s]"), "value": rows["value"]}
        )


def _in_city(row: Any) -> tuple[str, str]:
    return row.competition_no, row.place[:4]


def began(frame: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    return frame[(frame["begin"] >= first) & (frame["begin"] <= last)]


def held(frame: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Began on or before the day and not ended by it."""
    return frame[(frame["begin"] <= day) & (frame["end"].isna() | (frame["end"] > day))]
