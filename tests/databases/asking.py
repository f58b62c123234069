"""What the tests of databases share: a home with one target, and a load of a source into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from etl.databases import DatabaseSource, database_source
from etl.load_report import Origin
from etl.settings import Settings
from etl.snapshot_file import glance
from milepost import verbs
from milepost.verbs import Loaded
from tests.commands.small import METRICS
from tests.databases.servers import PASSWORD, Server

#: A made-up number whose check character was worked out by hand with the weights of GB 11643.
ZHANG = "11010519491231002X"
KEY = "a key of these tests, used for nothing else"


@dataclass(frozen=True)
class Home:
    """A MILEPOST_HOME of its own."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(
            home=self.folder / "home", metrics=self.folder / "metrics.yaml", key=KEY, _env_file=None
        )

    def load(
        self, source: DatabaseSource, watch: Callable[[Origin, str, int], None] | None = None
    ) -> Loaded:
        return verbs.load(self.settings, [], database=source, watch=watch or (lambda *_: None))

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """Rows of the published snapshot."""
        current = verbs.warehouse(self.settings).current_path()
        assert current is not None
        with glance(current) as connection:
            return connection.execute(statement).fetchall()

    def left_behind(self) -> set[str]:
        """What lies beside the published snapshots."""
        folder = self.settings.warehouse_folder / "snapshots"
        return {path.name for path in folder.rglob("*") if path.suffix != ".duckdb"}


def home_in(folder: Path) -> Home:
    (folder / "metrics.yaml").write_text(METRICS, "utf-8")
    return Home(folder)


def source_of(server: Server, **asked: str) -> DatabaseSource:
    """A table or query of a server, asked by the user who may only read."""
    return database_source(server.url, password=PASSWORD, **asked)


def counts(loaded: Loaded) -> tuple[int, int, int, int, int]:
    """Rows read, loaded, unchanged, superseded, rejected."""
    assert not loaded.report.failures, loaded.report.failures
    (sheet,) = loaded.report.sheets
    return sheet.rows_read, sheet.loaded, sheet.unchanged, sheet.superseded, sheet.rejected


def remake(server: Server, table: str, *rows: str, updated: str | None = None) -> None:
    """A table of trainings anew: number, place, day, hours and when the row was last changed."""
    moment = updated or ("timestamp(6)" if server.kind == "postgresql" else "datetime(6)")
    server.run(
        f"DROP TABLE IF EXISTS {table}",
        f"CREATE TABLE {table} (record_no varchar(20), person_id char(18), place varchar(20),"
        f" completed_on date, hours numeric(8,2), updated_at {moment})",
        *(f"INSERT INTO {table} VALUES ({row})" for row in rows),
    )


def training(number: str, updated: str, *, hours: str = "8", place: str = "虎门") -> str:
    """A row for `remake`."""
    return f"'{number}', '{ZHANG}', '{place}', '2023-05-01', {hours}, {updated}"


def make_many(server: Server, count: int, updated: str) -> None:
    """A table `many` of so many trainings, R1 and so on."""
    remake(server, "many")
    numbers = (
        f"generate_series(1, {count}) AS s(n)"
        if server.kind == "postgresql"
        else f"(SELECT seq AS n FROM seq_1_to_{count}) AS s"
    )
    server.run(
        f"INSERT INTO many SELECT concat('R', n), '{ZHANG}', '虎门', '2023-05-01', 8, '{updated}'"
        f" FROM {numbers}"
    )
