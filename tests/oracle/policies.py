"""The five policies, and how what Milepost says of them is compared with what the oracle says."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tests.oracle.targets_dalian import DALIAN
from tests.oracle.targets_dongguan import DONGGUAN
from tests.oracle.targets_guangdong import GUANGDONG
from tests.oracle.targets_jiangmen import JIANGMEN
from tests.oracle.targets_quzhou import QUZHOU

POLICIES = {one.name: one for one in (DONGGUAN, JIANGMEN, GUANGDONG, DALIAN, QUZHOU)}

CELLS = [
    "value", "numerator", "denominator", "required", "required_max", "expected", "percent", "pace",
    "to_go", "status",
]  # fmt: skip


def differences(found: pd.DataFrame, expected: pd.DataFrame, cells: list[str] = CELLS) -> pd.DataFrame:
    """The cells of two tables by target and place that are not the same, one a row."""
    found = found.set_index(["target", "place"])
    expected = expected.set_index(["target", "place"])
    assert set(found.index) == set(expected.index)
    found = found.reindex(expected.index)
    parts = []
    for name in cells:
        mine, theirs = expected[name], found[name]
        if name == "status":
            differ = mine != theirs
        else:
            mine, theirs = mine.astype(float), theirs.astype(float)
            differ = ~np.isclose(theirs, mine, rtol=1e-11, atol=1e-11, equal_nan=True)
        parts.append(
            pd.DataFrame({"cell": name, "found": theirs, "expected": mine})[differ].astype(object)
        )
    return pd.concat(parts)
