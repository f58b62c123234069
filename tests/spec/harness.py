"""From drawn tables to measured targets: the harness of the specifications.

Owns `measured` and `Measured`, and the small country that the specifications are set in. What is drawn
becomes a snapshot in memory; `metrics` evaluates it; what `published` then says is compared, cell by
cell, with what the specification worked out by hand. Called by the modules beside it.

    province
    ├── city                       the policy's area
    │   ├── east  (district)       towns mill, port and ford
    │   ├── west  (district)       town hill
    │   ├── lake  (town)           in no district
    │   └── bay   (park)           overlaps towns: no unit of its own
    └── abroad (city)              outside the policy's area
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from math import isclose
from uuid import uuid4

import duckdb
import yaml
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import QueuePool

from etl.datasets import Dataset, datasets
from etl.places import Gazetteer, Place, write_places
from etl.snapshot_file import prepare_tables
from metrics import published
from metrics.evaluate import evaluate
from metrics.reader import parse_catalogue
from tests.spec.drawing import number, rows_of

#: The day on which the specifications are read: after every deadline in them.
TODAY = date(2030, 1, 1)

_TREE = (
    ("province", "990000", "province", None),
    ("city", "990100", "city", "province"),
    ("east", "990101", "district", "city"),
    ("west", "990102", "district", "city"),
    ("mill", "990101001", "town", "east"),
    ("port", "990101002", "town", "east"),
    ("ford", "990101003", "town", "east"),
    ("hill", "990102001", "town", "west"),
    ("lake", "990100001", "town", "city"),
    ("bay", "990100901", "park", "city"),
    ("abroad", "990200", "city", "province"),
)
CODES: Mapping[str, str] = {name: code for name, code, _, _ in _TREE}
_NAMES = {code: name for name, code in CODES.items()}

_POLICY = {"area": CODES["city"], "start": date(2021, 1, 1), "by": date(2025, 12, 31)}
_UNITS = ("person", "record", "enrolment", "done", "times", "%", "10k CNY")


def measured(
    *targets: str, policy: str = "", goal: str = "goal", today: date = TODAY, **records: str
) -> Measured:
    """What is measured of drawn records.

    `targets` are targets as `metrics.yaml` declares them, without what no number depends on: the first
    is called `goal`, further ones `goal-2`, `goal-3`. `policy` says what else the policy declares, its
    life (2021-01-01 to 2025-12-31 if not) or its rule of status. Each of `records` is a dataset's
    table: columns that are not drawn are empty, keys are given, a place not drawn is the city.
    """
    ids = [goal if n == 1 else f"{goal}-{n}" for n in range(1, len(targets) + 1)]
    text = _declared(dict(zip(ids, targets, strict=True)), policy)
    engine = create_engine(f"duckdb:///:memory:{uuid4()}", poolclass=QueuePool)
    connection = engine.connect()
    raw = connection.connection.driver_connection
    assert raw is not None
    prepare_tables(raw)
    write_places(raw, _gazetteer())
    for name, drawn in records.items():
        _fill(raw, datasets()[name], rows_of(drawn), goal)
    raw.execute("INSERT INTO snapshot VALUES ('id', ?), ('metrics', ?)", [str(uuid4()), text])
    evaluate(engine, parse_catalogue(text), today=today)
    return Measured(connection, goal)


class Measured:
    """Targets measured: what `published` says of them."""

    def __init__(self, connection: Connection, goal: str) -> None:
        self.connection = connection
        self._goal = goal

    def shows(self, drawn: str) -> None:
        """Compare progress with a drawn table: `as_of` (empty: the default), `place` (the city if
        it is not drawn), `target`, and any columns of progress, each with the value it must have."""
        wrong = []
        for row in rows_of(drawn):
            expected = dict(row)
            target = expected.pop("target", self._goal)
            place = CODES[expected.pop("place", "city")]
            as_of = expected.pop("as_of")
            (found,) = published.progress(
                self.connection,
                target=target,
                place=place,
                as_of=date.fromisoformat(as_of) if as_of else None,
            )
            wrong += _differences(row, found, expected)
        assert not wrong, "\n" + "\n".join(wrong)

    def windows(self, drawn: str, place: str = "city") -> None:
        """Compare all closed windows at a place with a drawn table."""
        found = published.windows(self.connection, target=self._goal, place=CODES[place])
        rows = rows_of(drawn)
        assert len(found) == len(rows), found
        wrong = []
        for row, window in zip(rows, found, strict=True):
            wrong += _differences(row, window, row)
        assert not wrong, "\n" + "\n".join(wrong)

    def checks(self, drawn: str) -> None:
        """Compare what the sums of allocations say with a drawn table, all rows of it."""
        found = published.allocation_checks(self.connection)
        rows = rows_of(drawn)
        assert len(found) == len(rows), found
        wrong = []
        for row, check in zip(rows, found, strict=True):
            expected = dict(row)
            if expected.get("parent", "-") != "-":
                expected["parent"] = CODES[expected["parent"]]
            wrong += _differences(row, check, expected)
        assert not wrong, "\n" + "\n".join(wrong)

    def warnings(self) -> list[str]:
        """What a load says of the allocations, in English."""
        found = published.warnings(self.connection, kind="allocation")
        return [warning.said.en for warning in found]

    def units(self, as_of: str, place: str = "city") -> dict[str, bool]:
        """The units of a coverage, each with whether it meets the inner requirement."""
        found = published.units(self.connection, self._goal, CODES[place], date.fromisoformat(as_of))
        return {_NAMES.get(unit, unit): met for unit, met in found.items()}

    def behind(self, as_of: str, place: str = "city") -> list[dict[str, object]]:
        """The records behind the value at a place and date."""
        found = published.records(self.connection, self._goal, CODES[place], date.fromisoformat(as_of))
        return [dict(zip(found.columns, row, strict=True)) for row in found.rows]

    def default_date(self) -> date | None:
        """The as-of date that the policy's records reach."""
        (policy,) = published.policies(self.connection)
        return policy.as_of


def _declared(targets: Mapping[str, str], policy: str) -> str:
    spoken = {"zh": "一句话", "en": "a sentence"}
    written = {}
    for name, text in targets.items():
        said = yaml.safe_load(text)
        written[name] = {
            "name": spoken, "means": spoken, "clause": "1", "counted_per": "city", "lead": "市",
            **said,
        }  # fmt: skip
    whole = {"name": spoken, "document": spoken, **_POLICY, **(yaml.safe_load(policy) or {})}
    units = {unit: {"zh": unit, "en": unit} for unit in _UNITS}
    return yaml.safe_dump(
        {"units": units, "policies": {"spec": {**whole, "targets": written}}},
        allow_unicode=True,
        sort_keys=False,
    )


def _gazetteer() -> Gazetteer:
    return Gazetteer(
        Place(
            code=code, name=name, short_name=name, name_en=name, level=level, kind="",
            parent=CODES[above] if above is not None else None, valid_from=None, valid_to=None,
            successor=None, aliases=(), tile_row=None, tile_col=None, position=position,
        )
        for position, (name, code, level, above) in enumerate(_TREE)
    )  # fmt: skip


def _fill(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    rows: Iterable[Mapping[str, str]],
    goal: str,
) -> None:
    for position, row in enumerate(rows, start=1):
        record: dict[str, str | None] = {name: cell or None for name, cell in row.items()}
        record["place"] = CODES[record.get("place") or "city"]
        if dataset.name in {"milestones", "allocations"}:
            record.setdefault("target_id", goal)
        if dataset.name == "allocations":
            record["period_end"] = f"{record['period']}-12-31"
        for key in dataset.key:
            record.setdefault(key, f"{dataset.name}-{position}")
        if record.get("person") is not None:
            _know(connection, str(record["person"]))
        _insert(connection, dataset, record)


def _know(connection: duckdb.DuckDBPyConnection, person: str) -> None:
    known = connection.execute("SELECT 1 FROM persons WHERE person = ?", [person]).fetchone()
    if known is None:
        connection.execute("INSERT INTO persons VALUES (?, ?)", [person, f"hash of {person}"])


def _insert(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, record: Mapping[str, str | None]
) -> None:
    unknown = record.keys() - dataset.columns.keys()
    if unknown:
        raise ValueError(f"{dataset.name} has no column {', '.join(sorted(unknown))}")
    places = ", ".join("?" for _ in dataset.columns)
    values = [record.get(column) for column in dataset.columns]
    connection.execute(f"INSERT INTO {dataset.name} VALUES ({places})", values)


def _differences(row: Mapping[str, str], found: object, expected: Mapping[str, str]) -> list[str]:
    where = ", ".join(row[name] for name in ("target", "as_of", "place") if name in row)
    return [
        f"{where}: {column} is {getattr(found, column)!r}, by hand {cell}"
        for column, cell in expected.items()
        if not _same(cell, getattr(found, column))
    ]


def _same(cell: str, found: object) -> bool:
    if cell == "-":
        return found is None
    if isinstance(found, int | float) and not isinstance(found, bool):
        by_hand = number(cell)
        return by_hand is not None and isclose(found, by_hand, rel_tol=1e-9, abs_tol=1e-9)
    return str(found) == cell if found is not None else False
