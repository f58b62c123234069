"""Made-up records: the flows of a scenario turned into tables of the declared fields.

Owns `make_records`. All random choices come from the seed, each flow with a generator of its own, so
that a flow that changes leaves the others as they were. Called by `write_demo`. May import the rest of
`etl.demo` but `files` and `handwriting`, and `datasets`.

A table's columns are named as the fields; `place` is a code, `level` a rank, dates are dates, and
`person` is the number of a person of the pool (who is written down only when a file is).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.datasets import Dataset, datasets
from etl.demo.ground import Ground
from etl.demo.occurrences import Dates, Days, Occurrences, occur
from etl.demo.people import People
from etl.demo.scenario import SCALED, Allot, Flow, Link, Scenario, Series, Upgrade
from etl.demo.values import LEVELS, make_column, to_dates
from etl.places import Gazetteer

Ints = npt.NDArray[np.int64]
Generator = np.random.Generator

#: The letters of a dataset in its keys, as offices number them (DGPX21000001).
_LETTERS = {
    "trainings": "PX", "certifications": "ZS", "competitions": "JS", "competition_awards": "HJ",
    "institutions": "ZT", "honours": "RY", "courses": "KC", "spending": "ZF", "milestones": "LC",
}  # fmt: skip


@dataclass(frozen=True)
class Records:
    """All records of a scenario by dataset, with the people and the ground they are about."""

    tables: Mapping[str, pa.Table]
    people: People
    ground: Ground


def generator(seed: int, *names: object) -> Generator:
    """A generator of random numbers of its own for what is named."""
    return np.random.default_rng([seed, zlib.crc32("/".join(map(str, names)).encode())])


def make_records(scenario: Scenario, scale: float, seed: int) -> Records:
    """All records of a scenario. `scale` multiplies people, trainings, certificates and the statistics
    that count people."""
    ground = Ground(scenario, Gazetteer.read())
    people = People(
        generator(seed, scenario.policy, "people"),
        int(scenario.people * scale),
        weights=ground.weights.tolist(),
        born=scenario.born,
        local_codes=ground.local_codes,
        local=scenario.local,
        permits=scenario.permits,
    )
    maker = _Maker(scenario, scale, seed, ground, people)
    return Records(maker.make(), people, ground)


class _Maker:
    def __init__(
        self, scenario: Scenario, scale: float, seed: int, ground: Ground, people: People
    ) -> None:
        self._scenario = scenario
        self._scale = scale
        self._seed = seed
        self._ground = ground
        self._people = people
        self._days = Days(scenario)
        self._codes = pa.array([place.code for place in ground.places])
        self._tables: dict[str, pa.Table] = {}

    def make(self) -> dict[str, pa.Table]:
        for name, flows in self._scenario.flows.items():
            dataset = datasets()[name]
            made: list[pa.Table] = []
            for number, flow in enumerate(flows):
                rng = generator(self._seed, self._scenario.policy, name, number)
                made.append(self._flow(rng, dataset, flow, made))
            self._tables[name] = self._numbered(dataset, _joined(made))
        return self._tables

    def _flow(self, rng: Generator, dataset: Dataset, flow: Flow, before: list[pa.Table]) -> pa.Table:
        scale = self._scale if self._is_scaled(dataset, flow) else 1.0
        if flow.rows:
            return self._listed(rng, dataset, flow)
        if flow.series is not None:
            return self._series(flow.series, scale)
        if flow.allot is not None:
            return self._allotted(flow.allot)
        if flow.upgrade is not None:
            return self._upgraded(rng, dataset, flow, flow.upgrade, _joined(before))
        if flow.at is not None:
            when, keys = self._at(rng, flow.at, scale)
            return self._described(rng, dataset, flow, when, {flow.at.field: keys})
        return self._described(
            rng, dataset, flow, occur(rng, flow, self._days, self._ground, scale), {}
        )

    def _is_scaled(self, dataset: Dataset, flow: Flow) -> bool:
        return flow.scaled if flow.scaled is not None else dataset.name in SCALED

    def _described(
        self,
        rng: Generator,
        dataset: Dataset,
        flow: Flow,
        when: Occurrences,
        columns: dict[str, pa.Array],
    ) -> pa.Table:
        """The table of records that occurred `when`: persons and the values of fields added."""
        columns["place"] = self._codes.take(pa.array(when.places))
        columns[dataset.date] = to_dates(when.days)
        if dataset.has_person:
            homes = self._ground.homes[when.places]
            if self._is_scaled(dataset, flow):
                drawn = self._people.draw(rng, homes, flow.people, self._scenario.strangers)
            else:
                drawn = self._people.draw_once(rng, homes)
            columns["person"] = pa.array(drawn, pa.int32())
        for name, value in flow.having.items():
            columns[name] = make_column(rng, dataset.field(name), value, when, self._days, self._ground)
        return pa.table(columns)

    def _at(self, rng: Generator, link: Link, scale: float) -> tuple[Occurrences, pa.Array]:
        """Records at the rows of another dataset: when and where, and the key of the row of each."""
        other = datasets()[link.dataset]
        rows = self._tables[link.dataset]
        for field, wanted in link.where.items():
            values = [wanted] if isinstance(wanted, str) else wanted
            rows = rows.filter(pc.is_in(rows[field], pa.array(values)))
        began = _to_days(rows[other.date])
        places = pc.index_in(rows["place"], self._codes).to_numpy().astype(np.int64)
        days, at = [], []
        for row in range(len(rows)):
            if link.each is not None:
                count = int(rng.integers(link.each[0], link.each[1] + 1))
                days.append(began[row] + rng.integers(0, 3, count).astype("m8[D]"))
            else:
                for year, (low, high) in sorted(link.yearly.items()):
                    expected = float(rng.uniform(low, high)) * scale
                    drawn = self._days.draw(rng, year, expected, None, exact=False)
                    days.append(drawn[drawn >= began[row]])
                    at.append(np.full(len(days[-1]), row))
                continue
            at.append(np.full(count, row))
        chosen = np.concatenate(at) if at else np.empty(0, np.int64)
        all_days = np.concatenate(days) if days else np.empty(0, "M8[D]")
        keep = all_days <= self._days.last
        chosen, all_days = chosen[keep], all_days[keep]
        return Occurrences(all_days, places[chosen]), rows[other.key[0]].take(pa.array(chosen))

    def _upgraded(
        self, rng: Generator, dataset: Dataset, flow: Flow, upgrade: Upgrade, held: pa.Table
    ) -> pa.Table:
        """Certificates one level above some of those held, of the same people."""
        days, ranks = _to_days(held[dataset.date]), held["level"].to_numpy().astype(np.int64)
        later = days + rng.integers(*upgrade.days_after, len(held)).astype("m8[D]")
        fits = (rng.random(len(held)) < upgrade.share) & (later <= self._days.last)
        fits &= ranks < LEVELS.index(upgrade.at_most)
        fits &= (later >= np.datetime64(upgrade.since)) & (later <= np.datetime64(upgrade.until))
        chosen = pa.array(np.flatnonzero(fits))
        places = pc.index_in(held["place"], self._codes).to_numpy().astype(np.int64)[fits]
        same = [name for name in ("person", "occupation", "sector") if name in held.column_names]
        kept = {name: held[name].take(chosen) for name in same}
        kept["level"] = pa.array(ranks[fits] + 1, pa.int8())
        made = self._described(rng, dataset, flow, Occurrences(later[fits], places), {})
        columns = {name: made[name] for name in made.column_names}
        return pa.table(columns | kept)

    def _listed(self, rng: Generator, dataset: Dataset, flow: Flow) -> pa.Table:
        """Records that the scenario lists one by one."""
        places = np.array([self._ground.find(row["place"]) for row in flow.rows], np.int64)
        columns: dict[str, pa.Array] = {"place": self._codes.take(pa.array(places))}
        names = dict.fromkeys(name for row in flow.rows for name in row if name != "place")
        for name in names:
            values = [row.get(name) for row in flow.rows]
            kind = dataset.field(name).type
            if kind == "date":
                columns[name] = pa.array(values, pa.date32())
            elif kind in {"number", "integer"}:
                columns[name] = pa.array(values)
            else:
                columns[name] = pa.array([None if v is None else str(v) for v in values])
        if dataset.has_person:
            drawn = self._people.draw_once(rng, self._ground.homes[places])
            columns["person"] = pa.array(drawn, pa.int32())
        return pa.table(columns)

    def _series(self, series: Series, scale: float) -> pa.Table:
        own = self._ground.own if series.by_place else 0
        shares = np.r_[1.0, self._ground.weights / self._ground.weights.sum()][: own + 1]
        rows = [
            (series.indicator, place, f"{year}年", round(value * share * scale, 4))
            for year, value in series.values.items()
            for place, share in enumerate(shares.tolist())
        ]
        indicators, places, periods, values = zip(*rows, strict=True)
        whole = all(float(value).is_integer() for value in series.values.values())
        return pa.table(
            {
                "indicator": pa.array(indicators),
                "place": self._codes.take(pa.array(places)),
                "period": pa.array(periods),
                "value": pa.array([round(value) if whole else value for value in values], pa.float64()),
            }
        )

    def _allotted(self, allot: Allot) -> pa.Table:
        """A year's steps one after the other to the place that is furthest behind its share so far."""
        shares = self._ground.weights / self._ground.weights.sum()
        behind = np.zeros(self._ground.own)
        rows = []
        for year, total in sorted(allot.yearly.items()):
            behind += shares * total
            given = np.zeros(self._ground.own, np.int64)
            for _ in range(total // allot.step):
                place = int(np.argmax(behind))
                behind[place] -= allot.step
                given[place] += allot.step
            rows += [(place, f"{year}年", value) for place, value in enumerate(given.tolist(), 1)]
        places, periods, values = zip(*rows, strict=True)
        return pa.table(
            {
                "target_id": pa.array([allot.target_id] * len(rows)),
                "place": self._codes.take(pa.array(places)),
                "period": pa.array(periods),
                "value": pa.array(values, pa.int64()),
            }
        )

    def _numbered(self, dataset: Dataset, table: pa.Table) -> pa.Table:
        """The table in order of date, each record with its key as an office numbers them."""
        if dataset.date not in table.column_names:
            return table
        order = pc.sort_indices(table, sort_keys=[(dataset.date, "ascending")])
        table = table.take(order).combine_chunks()
        key = dataset.key[0]
        years = _to_days(table[dataset.date]).astype("M8[Y]").astype(int) + 1970
        firsts = np.searchsorted(years, years, side="left")
        numbers = pc.utf8_lpad(
            pc.cast(pa.array(np.arange(len(years)) - firsts + 1), pa.string()), 6, "0"
        )
        letters = self._scenario.prefix + _LETTERS[dataset.name]
        beginnings = pa.array([f"{letters}{year % 100:02d}" for year in range(1900, 2100)])
        keys = pc.binary_join_element_wise(beginnings.take(pa.array(years - 1900)), numbers, "")
        return table.append_column(key, keys)


def _joined(tables: list[pa.Table]) -> pa.Table:
    """Tables one below the other; a column that one of them lacks is empty there."""
    return pa.concat_tables(tables, promote_options="permissive")


def _to_days(column: pa.ChunkedArray) -> Dates:
    days: Dates = column.to_numpy().astype("M8[D]")
    return days
