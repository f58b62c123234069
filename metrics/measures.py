"""The measures behind the targets: each different one once, with its number.

Owns `Counted`, a measure bound to the places, dates and units that it is counted by, and
`measures_of`, which lists them for a catalogue: two targets that count the same share one. Called by
`changes` (which computes them) and `values` (which looks them up). May import `catalogue`,
`tables`, `windows`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import ColumnElement, FromClause, literal

from metrics.catalogue import Catalogue, Measure, Policy, Target, Units
from metrics.tables import key_in_city
from metrics.windows import Window


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing to count: a measure in an area, by place, or by unit where `unit_field` names one.

    `windows` matter to distinct persons of a flow only: a person counts once in each. Days before
    the first window do not count; days after the last belong to it, so that a late finish is seen.
    `by_institution`: the unit is an institution, which its field names within its city only.
    `at_unit`: the unit has what is counted wherever that was recorded, so the changes name no place.
    """

    area: str
    measure: str  # the measure as JSON: equal text, equal measure
    windows: tuple[Window, ...] = ()
    unit_field: str | None = None
    by_institution: bool = False
    at_unit: bool = False

    @property
    def declared(self) -> Measure:
        """The declared measure."""
        return _declared(self.measure)

    @property
    def units(self) -> tuple[object, ...]:
        """What units it is counted by: what shares them can be counted together."""
        return (self.unit_field, self.by_institution, self.at_unit)

    def unit(self, records: FromClause) -> ColumnElement[str]:
        """The unit that a record is about; empty if it is counted by place alone."""
        if self.unit_field is None:
            return literal("")
        if self.by_institution:
            return key_in_city(records.c, self.unit_field)
        return records.c[self.unit_field]

    @property
    def starts(self) -> date:
        """The first day on which a record counts once per person."""
        return self.windows[0].start


@cache
def _declared(measure: str) -> Measure:
    return Measure.model_validate_json(measure)


#: The register of institutions in force, as a measure: the units of a coverage by institution.
REGISTER = "register"


def counted_of(policy: Policy, target: Target) -> dict[str, Counted]:
    """What a target counts, by part: `value`, `numerator`, `denominator`, `register`."""
    units = target.units if isinstance(target.units, Units) else None
    register = units.register if units is not None else None
    found: dict[str, Counted] = {}
    for part, measure in target.measures.items():
        once = bool(measure.flow) and measure.count == "persons"
        found[part] = Counted(
            area=policy.area,
            measure=measure.model_dump_json(exclude_defaults=True),
            windows=target.windows if once else (),
            unit_field=units.key if units is not None else None,
            by_institution=register is not None,
            at_unit=register is not None,
        )
    if units is not None and register is not None:
        found[REGISTER] = Counted(
            area=policy.area,
            measure=register.model_dump_json(exclude_defaults=True),
            unit_field=units.register_key,
            by_institution=True,
        )
    return found


def measures_of(catalogue: Catalogue) -> tuple[dict[tuple[str, str], int], tuple[Counted, ...]]:
    """The number of each (target, part), and what each number counts."""
    numbers: dict[Counted, int] = {}
    parts: dict[tuple[str, str], int] = {}
    for policy in catalogue.policies.values():
        for target in policy.targets.values():
            for part, counted in counted_of(policy, target).items():
                parts[target.id, part] = numbers.setdefault(counted, len(numbers))
    return parts, tuple(numbers)
