"""What is asked of places: whether it adds up to the whole, and what of it cannot be used, in words.

Owns `is_allocated` and `sums`. Called by `rankings` and the pages of a target and of a place. May
import `parts`, `metrics.published`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dashboard.elements import html
from dashboard.parts import Component, Context
from metrics import published
from metrics.published import AllocationCheck, PlaceRow
from metrics.rows import TargetRow


def is_allocated(target: TargetRow) -> bool:
    """Whether places are judged by what they are asked for, if anything: by amounts, not by shares."""
    return target.kind in {"cumulative", "annual", "stock"}


def sums(
    context: Context,
    target: TargetRow,
    checks: Sequence[AllocationCheck],
    places: Mapping[str, PlaceRow],
    *,
    only_wrong: bool = False,
) -> list[Component]:
    """Whether what places are asked for makes up the whole in the window of the page's date, and the
    rows that cannot be used; `only_wrong`: nothing of what adds up."""
    words, names = context.words, {code: place.name for code, place in places.items()}
    found = []
    for check in [*_in_window(checks, context.day), *(one for one in checks if one.problem)]:
        wrong = published.finding_of(check, names)
        if wrong is not None:
            said = words.of(wrong)
        elif only_wrong or check.required_max is not None or target.require == "at_most":
            continue  # within a limit there is nothing to make up
        else:
            allocated = words.limit(check.allocated, target.unit)
            place = words.of(names[str(check.parent)])
            said = words("allocation_whole", place=place, parts=check.parts, allocated=allocated)
        found.append(html.P(words("allocation", said=said), className="sub allocation"))
    return found


def _in_window(checks: Sequence[AllocationCheck], day: date | None) -> list[AllocationCheck]:
    """The sums of the first window that is not over on a day, or of the last."""
    ends = sorted({check.window_end for check in checks if check.window_end is not None})
    if not ends:
        return []
    end = next((one for one in ends if day is not None and one >= day), ends[-1])
    return [check for check in checks if check.window_end == end]
