"""Records that nobody would think of: Milepost and the oracle must say the same of them.

Hypothesis invents them, always the same ones; `drawing` says which cases it is led to. The hardest ones
stand in `test_by_hand`.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.oracle.drawing import records
from tests.oracle.invented import check
from tests.oracle.policies import POLICIES


# What fails is made small by `check`, which knows how: much sooner than by shrinking.
@pytest.mark.parametrize("policy", POLICIES)
@settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=12,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_milepost_and_the_oracle_say_the_same(policy: str, data: st.DataObject) -> None:
    check(data.draw(records(policy)))
