"""Columns of exact numbers: arrays of `Fraction` in which None stands for what is unknown.

Owns `exact` (the number that a float of the warehouse stands for) and what is done with whole columns
of such numbers. Called by every module of `metrics` that computes values or judges them. Imports
nothing of ours.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

#: An array of `Fraction` or None.
Fractions = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

ZERO, ONE = Fraction(0), Fraction(1)


def exact(amount: float) -> Fraction:
    """The number that a float of the warehouse stands for: whole, or as many decimals as it shows."""
    return Fraction(int(amount)) if amount.is_integer() else Fraction(repr(amount))


def exact_all(amounts: Floats) -> Fractions:
    """The same for an array; None for NaN."""
    found: Fractions = np.full(amounts.shape, None, dtype=object)
    told = ~np.isnan(amounts)
    found[told] = np.frompyfunc(exact, 1, 1)(amounts[told].astype(object))
    return found


def quotients(tops: Floats, bottoms: Floats, factor: Fraction) -> Fractions:
    """`factor * top / bottom` for each pair, exactly."""

    def quotient(top: float, bottom: float) -> Fraction:
        if top.is_integer() and bottom.is_integer():
            return Fraction(factor.numerator * int(top), factor.denominator * int(bottom))
        return factor * exact(top) / exact(bottom)

    found: Fractions = np.frompyfunc(quotient, 2, 1)(tops.astype(object), bottoms.astype(object))
    return found


def known(numbers: Fractions) -> Mask:
    """Where there is a number, and not None."""
    return np.asarray(pd.notna(numbers), dtype=np.bool_)


def either(
    chosen: Mask, one: Fractions | Fraction | None, other: Fractions | Fraction | None
) -> Fractions:
    """`one` where chosen, else `other`."""
    found = np.empty(chosen.shape, dtype=object)
    for part, numbers in ((chosen, one), (~chosen, other)):
        found[part] = numbers[part] if isinstance(numbers, np.ndarray) else numbers
    return found


def or_zero(numbers: Fractions) -> Fractions:
    """Numbers with 0 for each None, so that they can be computed with."""
    return either(known(numbers), numbers, ZERO)


def holds(compared: Any) -> Mask:
    """A comparison of exact numbers as a mask."""
    return np.asarray(compared, dtype=np.bool_)


def floats(numbers: Fractions) -> Floats:
    """The floats nearest to exact numbers; NaN for None."""
    found = np.full(len(numbers), np.nan)
    told = known(numbers)
    found[told] = numbers[told].astype(np.float64)
    return found


def column(entries: list[Any]) -> Fractions:
    """A list of numbers as a column."""
    found = np.empty(len(entries), dtype=object)
    found[:] = entries
    return found
