"""The measures behind the targets: each different one once, with its number.

Owns `Counted`, a measure bound to the places, dates and units that it is counted by, and
`measures_of`, which lists them for a catalogue: two targets that count the same share one. Called by
`changes` (which computes them) and `values` (which looks them up). May import `catalogue`, `windows`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from metrics.catalogue import Catalogue, Measure, Policy, Target, Units
from metrics.windows import Window


@dataclass(frozen=True, slots=True)
class Counted:
    """One thing to count: a measure in an area, by place, or by unit where `unit_field` names one.

    `windows` matter to distinct persons of a flow only: a person counts once in each. Days before
    the first window do not count; days after the last belong to it, so that a late finish is seen.
    `at_unit`: the unit (an institution) has what is counted wherever that was recorded, so the
    changes name no place.
    """

    area: str
    measure: str  # the measure as JSON: equal text, equal measure
    windows: tuple[Window, ...] = ()
    unit_field: str | None = None
    at_unit: bool = False

    @property
    def declared(self) -> Measure:
        """The declared measure."""
        return Measure.model_validate_json(self.measure)

    @property
    def starts(self) -> date:
        """The first day on which a record counts once per person."""
        return self.windows[0].start


#: The register of institutions in force, as a measure: the units of a coverage by institution.
REGISTER = "register"


def counted_of(policy: Policy, target: Target) -> dict[str, Counted]:
    """What a target counts, by part: `value`, `numerator`, `denominator`, `register`."""
    units = target.units if isinstance(target.units, Units) else None
    unit_field = None
    if units is not None:
        unit_field = "institution_no" if units.institutions is not None else units.field
    found: dict[str, Counted] = {}
    for part, measure in target.measures.items():
        once = bool(measure.flow) and measure.count == "persons"
        found[part] = Counted(
            area=policy.area,
            measure=measure.model_dump_json(exclude_defaults=True),
            windows=target.windows if once else (),
            unit_field=unit_field,
            at_unit=unit_field == "institution_no",
        )
    if target.kind == "milestone":
        done = Measure(flow=("milestones",), count="records", where=f"target_id = '{target.id}'")
        found["value"] = Counted(policy.area, done.model_dump_json(exclude_defaults=True))
    if units is not None and units.institutions is not None:
        register = Measure(stock=("institutions",), count="records", where=units.institutions)
        found[REGISTER] = Counted(
            area=policy.area,
            measure=register.model_dump_json(exclude_defaults=True),
            unit_field="institution_no",
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
