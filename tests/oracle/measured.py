"""What Milepost makes of source files: a snapshot in memory, and its progress as a table.

Goes through the same doors as `milepost load` and `milepost progress`, without a warehouse and without
writing the months that nobody here asks for.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pandas as pd
import yaml
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import QueuePool

from etl.keys import HashingKey
from etl.loading import load_files
from etl.places import Gazetteer, write_places
from etl.snapshot_file import prepare_tables
from metrics import published
from metrics.catalogue import Catalogue
from metrics.evaluate import evaluate
from metrics.reader import parse_catalogue
from tests.oracle.goals import Policy
from tests.oracle.policies import CELLS

METRICS = Path(__file__).parents[2] / "metrics.yaml"


@contextmanager
def measured(
    policy: Policy,
    paths: list[Path],
    *,
    gazetteer: Gazetteer,
    today: date,
    declared: str | None = None,
) -> Iterator[Connection]:
    """A connection to what was loaded of `paths` and evaluated with `declared` (as `metrics.yaml`)."""
    declared = declared or declaration(policy.name)
    engine = create_engine(f"duckdb:///:memory:{uuid4()}", poolclass=QueuePool)
    try:
        with engine.connect() as connection, tempfile.TemporaryDirectory() as scratch:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("SET threads = 1")  # so few records are sooner done by one
            prepare_tables(raw)
            report = load_files(
                raw, paths, gazetteer=gazetteer, key=HashingKey((b"k" * 32,)), areas=[policy.area],
                scratch=Path(scratch), today=today,
            )  # fmt: skip
            assert not report.failures, report.failures
            write_places(raw, gazetteer)
            raw.execute(
                "INSERT INTO snapshot VALUES ('id', ?), ('metrics', ?)", [uuid4().hex, declared]
            )
            # Up to the first day no month is written: each date that is asked for is computed.
            evaluate(engine, _catalogue(declared), today=policy.start.date())
            with patch.object(published, "parse_catalogue", _catalogue):
                yield connection
    finally:
        engine.dispose()


def progress(connection: Connection, policy: str, day: pd.Timestamp) -> pd.DataFrame:
    """All targets of a policy at all places on a day."""
    names = ["target", "place", *CELLS]
    rows = published.progress(connection, policy=policy, as_of=day.date())
    table = pd.DataFrame([[getattr(row, name) for name in names] for row in rows], columns=names)
    return table.assign(status=table["status"].fillna(""))


def declaration(
    policy: str, lowered: dict[str, float] | None = None, only: Collection[str] | None = None
) -> str:
    """The part of `metrics.yaml` that declares a policy; with the requirements of some targets
    `lowered`, and of all targets `only` some, if asked."""
    content = _content()
    declared = dict(content["policies"][policy])
    targets = {}
    for name, target in declared["targets"].items():
        if only is not None and name not in only:
            continue
        required = (lowered or {}).get(name)
        if required is not None and "number" in target:
            target = target | {"number": required}
        elif required is not None:
            asked = target["require"]
            word = next(one for one in ("at_least", "at_most", "between") if one in asked)
            asked = asked | {word: [required, asked[word][1]] if word == "between" else required}
            target = target | {"require": asked}
        targets[name] = target
    declared["targets"] = targets
    if only is not None:
        declared.pop("sections", None)
        used = {target.get("form") for target in targets.values()}
        forms = declared.pop("forms", {})
        declared["forms"] = {name: one for name, one in forms.items() if name in used}
    return yaml.dump(
        content | {"policies": {policy: declared}},
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        width=1000,
    )


class _Dumper(yaml.SafeDumper):
    """Writes what is used twice twice: `metrics.yaml` knows no anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


@cache
def _content() -> dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]:
    return yaml.safe_load(METRICS.read_text("utf-8"))


@cache
def _catalogue(declared: str) -> Catalogue:
    """The same few declarations are read again and again."""
    return parse_catalogue(declared)
