"""The published snapshot as DuckDB alone sees it: what pages and interface are held against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from etl.settings import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A bare connection to the snapshot, beside any that the site has open."""
    folder = settings.warehouse_folder
    name = (folder / "current").read_text("utf-8").strip()
    path = next(folder.rglob(f"{name.removesuffix('.duckdb')}*.duckdb"))
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS bare (READ_ONLY)")
        connection.execute("USE bare")
        yield connection
