"""What was declared, as rows of a snapshot: the tables `policies` and `targets`.

Owns `policy_rows` and `target_rows`, so that a snapshot says by itself what its numbers mean, with the
words, the query and the SQL that they were computed with. Called by `evaluate`. May import
`catalogue` and `statement`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction

import yaml

from metrics.catalogue import Catalogue, Measure, Policy, Target
from metrics.statement import statement_of


def policy_rows(catalogue: Catalogue, as_ofs: Mapping[str, date | None]) -> Iterator[dict[str, object]]:
    """One row per policy."""
    for position, policy in enumerate(catalogue.policies.values()):
        yield {
            "policy": policy.id,
            "position": position,
            "name_zh": policy.name.zh,
            "name_en": policy.name.en,
            "document_zh": policy.document.zh,
            "document_en": policy.document.en,
            "area": policy.area,
            "start": policy.start,
            "by": policy.by,
            "rule": policy.status.name,
            "as_of": as_ofs[policy.id],
            **_note_of(policy),
        }


def target_rows(catalogue: Catalogue) -> Iterator[dict[str, object]]:
    """One row per target, in the order of the file."""
    position = 0
    for policy in catalogue.policies.values():
        for target in policy.targets.values():
            require = target.require
            coverage = target.kind == "coverage"
            section = policy.section_of(target)
            unit = "%" if coverage else require.unit
            low, high = require.low, require.high
            yield {
                "policy": policy.id,
                "target": target.id,
                "position": position,
                "section_zh": section.zh,
                "section_en": section.en,
                "clause": target.clause,
                "name_zh": target.name.zh,
                "name_en": target.name.en,
                "definition_zh": target.means.zh,
                "definition_en": target.means.en,
                "kind": target.kind,
                "averaged": target.averaged,
                "require": "at_least" if coverage else require.require,
                "required": float(target.share if coverage else require.value),
                "required_max": None if coverage else _maximum(low, high),
                "unit": unit,
                "unit_zh": catalogue.units[unit].zh,
                "unit_en": catalogue.units[unit].en,
                "inner_require": require.require if coverage else None,
                "inner_required": float(require.value) if coverage else None,
                "inner_required_max": _maximum(low, high) if coverage else None,
                "inner_unit": require.unit if coverage else None,
                "inner_unit_zh": catalogue.units[require.unit].zh if coverage else None,
                "inner_unit_en": catalogue.units[require.unit].en if coverage else None,
                "start": target.start,
                "by": target.by,
                "recurs": target.recurs,
                "counted_per": target.counted_per,
                "lead": "、".join(target.lead),
                "support": "、".join(target.support),
                "datasets": ",".join(target.datasets),
                "query": _query_text(target),
                "sql": statement_of(target),
                **_note_of(target),
            }
            position += 1


def _maximum(low: Fraction | None, high: Fraction | None) -> float | None:
    """The upper end of a range; a cap has none beside its value."""
    return None if low is None or high is None else float(high)


def _note_of(declared: Policy | Target) -> dict[str, str | None]:
    note = declared.note
    return {"note_zh": note.zh if note else None, "note_en": note.en if note else None}


def _query_text(target: Target) -> str:
    """The query as `metrics.yaml` has it."""
    if target.query is None:
        return "milestone"
    if isinstance(target.query, Measure):
        content = _plain(target.query)
    else:
        content = {part: _plain(measure) for part, measure in target.measures.items()}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100).strip()


def _plain(measure: Measure) -> dict[str, object]:
    content: dict[str, object] = measure.model_dump(mode="json", exclude_defaults=True)
    for key in ("flow", "stock"):
        names = content.get(key)
        if isinstance(names, list) and len(names) == 1:
            content[key] = names[0]
    return content
