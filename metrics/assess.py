"""Assessing: what the records are worth that the figures rest on.

Owns `assess`, which writes the completeness of all datasets, what allocations add up to, and all
warnings. Called by `evaluate`. May import the modules that find them, `lives`, `received`, `writing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Engine

from metrics.allocation_checks import check_allocations
from metrics.allocations import allocated_rows
from metrics.catalogue import Catalogue
from metrics.completeness import complete
from metrics.lives import Life
from metrics.places import place_names
from metrics.received import Received
from metrics.tables import ALLOCATION_CHECKS, COMPLETENESS
from metrics.unusual_months import unusual_months
from metrics.warnings import write_warnings
from metrics.writing import write_objects


def assess(
    engine: Engine, catalogue: Catalogue, received: Received, lives: Sequence[Life], today: date
) -> None:
    """Write `completeness`, `allocation_checks` and `warnings` of what was received."""
    areas = {life.policy.id: life.places for life in lives}
    reports = (
        row for life in lives for row in complete(received, life.policy, life.places, life.as_of, today)
    )
    with engine.connect() as connection:
        write_objects(connection, COMPLETENESS, reports)
        checks = list(check_allocations(allocated_rows(connection), catalogue, areas))
        write_objects(connection, ALLOCATION_CHECKS, checks)
        names = place_names(connection)
        unusual = unusual_months(received, names)
        write_warnings(connection, catalogue, areas, names, unusual, checks)
        connection.commit()
