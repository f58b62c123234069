"""Standing: how a place stands beside others, as its share of the whole and its rank among its sisters.

Owns `shares` and `ranks`, pure functions of values (semantics.md, "Below the city"). Called by
`target_progress`. May import `values`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from metrics.values import Grid


def shares(values: Grid, area: int) -> Grid:
    """Each place's share in % of the policy's area, which is the column `area`; unknown for itself."""
    whole = values[:, [area]]
    found = np.full(values.shape, np.nan)
    np.divide(100 * values, whole, out=found, where=whole > 0)
    found[:, area] = np.nan
    return found


def ranks(values: Grid, sisters: Sequence[Sequence[int]], *, least_first: bool) -> tuple[Grid, Grid]:
    """Each place's rank among its sisters (1 has the most, or the least) and how many have one; unknown
    where all are alike. `sisters` are groups of columns."""
    rank, ranked = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    for group in sisters:
        known = values[:, group] if least_first else -values[:, group]
        before = (known[:, None, :] < known[:, :, None]).sum(axis=2) + 1.0
        counted = (~np.isnan(known)).sum(axis=1, keepdims=True)
        alike = before.max(axis=1, keepdims=True) == 1
        nothing = np.isnan(known) | alike
        rank[:, group] = np.where(nothing, np.nan, before)
        ranked[:, group] = np.where(nothing, np.nan, counted)
    return rank, ranked
