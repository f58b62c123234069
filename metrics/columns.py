"""Columns of exact numbers: what values, requirements and expectations are computed with.

Owns `Exact`, an array of quotients of whole numbers some of which may be unknown, and `exact`, the
number that a float of the warehouse stands for. A quotient is not reduced and no object of its own: an
operation on a column is a few operations on arrays of Python's whole numbers, which never overflow.
Called by every module of `metrics` that computes values or judges them. Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

#: Arrays of Python's own `int`.
Wholes = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

#: Up to here every whole number has a float of its own.
_WHOLE_UP_TO = 2.0**53


def exact(amount: float) -> Fraction:
    """The number that a float of the warehouse stands for: whole, or as many decimals as it shows."""
    return Fraction(int(amount)) if amount.is_integer() else Fraction(repr(amount))


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """Exact numbers: `tops / bottoms` where `told`, unknown elsewhere. All `bottoms` are above 0.

    What is computed with an unknown number, or divided by 0, is unknown; no comparison with it holds.
    A `Fraction` stands for a column that has it everywhere.
    """

    tops: Wholes
    bottoms: Wholes
    told: Mask

    @classmethod
    def of(cls, amounts: Floats) -> Exact:
        """The numbers that floats of the warehouse stand for; NaN: unknown."""
        told = ~np.isnan(amounts)
        known = np.where(told, amounts, 0.0)
        simple = (np.floor(known) == known) & (np.abs(known) < _WHOLE_UP_TO)
        tops = np.where(simple, known, 0.0).astype(np.int64).astype(object)
        bottoms = np.ones(tops.shape, dtype=object)
        for cell in zip(*np.nonzero(~simple), strict=True):
            tops[cell], bottoms[cell] = exact(float(known[cell])).as_integer_ratio()
        return cls(tops, bottoms, told)

    @classmethod
    def listed(cls, numbers: Sequence[Fraction | None]) -> Exact:
        """A column of these numbers; None: unknown."""
        found = [(0, 1) if number is None else number.as_integer_ratio() for number in numbers]
        tops, bottoms = np.empty(len(found), dtype=object), np.empty(len(found), dtype=object)
        tops[:], bottoms[:] = [top for top, _ in found], [bottom for _, bottom in found]
        return cls(tops, bottoms, np.array([number is not None for number in numbers], dtype=np.bool_))

    @classmethod
    def full(cls, shape: int | tuple[int, ...], number: Fraction | None) -> Exact:
        """A column that has one number everywhere; None: all unknown."""
        top, bottom = (0, 1) if number is None else number.as_integer_ratio()
        told = np.full(shape, number is not None)
        return cls(np.full(shape, top, dtype=object), np.full(shape, bottom, dtype=object), told)

    @classmethod
    def joined(cls, columns: Sequence[Exact]) -> Exact:
        """The numbers of several columns, one after the other."""
        parts = zip(*((one.tops, one.bottoms, one.told) for one in columns), strict=True)
        return cls(*map(np.concatenate, parts))

    @classmethod
    def where(cls, chosen: Mask, one: Exact, other: Exact) -> Exact:
        """`one` where chosen, else `other`."""
        return cls(
            np.where(chosen, one.tops, other.tops),
            np.where(chosen, one.bottoms, other.bottoms),
            np.where(chosen, one.told, other.told),
        )

    def __len__(self) -> int:
        return len(self.told)

    def __getitem__(self, cells: Any) -> Exact:
        """The numbers of some cells: an index, a mask or a slice."""
        return Exact(self.tops[cells], self.bottoms[cells], self.told[cells])

    def number(self, cell: Any) -> Fraction | None:
        """The number of one cell; None if it is unknown."""
        return Fraction(self.tops[cell], self.bottoms[cell]) if self.told[cell] else None

    def or_else(self, other: Exact) -> Exact:
        """These numbers, and those of `other` where these are unknown."""
        return Exact.where(self.told, self, other)

    def __add__(self, other: Exact | Fraction) -> Exact:
        tops, bottoms, told = _parts(other)
        return Exact(
            self.tops * bottoms + tops * self.bottoms, self.bottoms * bottoms, self.told & told
        )

    def __sub__(self, other: Exact | Fraction) -> Exact:
        tops, bottoms, told = _parts(other)
        return Exact(
            self.tops * bottoms - tops * self.bottoms, self.bottoms * bottoms, self.told & told
        )

    def __mul__(self, other: Exact | Fraction) -> Exact:
        tops, bottoms, told = _parts(other)
        return Exact(self.tops * tops, self.bottoms * bottoms, self.told & told)

    __rmul__ = __mul__

    def __truediv__(self, other: Exact | Fraction) -> Exact:
        tops, bottoms, told = _parts(other)
        some = np.asarray(tops != 0, dtype=np.bool_)
        below = np.where(some, tops, 1)
        sign = np.where(np.asarray(below < 0, dtype=np.bool_), -1, 1)
        return Exact(self.tops * bottoms * sign, self.bottoms * below * sign, self.told & told & some)

    def __floordiv__(self, other: Fraction) -> Exact:
        """The greatest whole numbers that are not above the quotients."""
        found = self / other
        return Exact(found.tops // found.bottoms, np.ones(found.tops.shape, dtype=object), found.told)

    def __lt__(self, other: Exact | Fraction) -> Mask:
        return self._compared(np.less, other)

    def __le__(self, other: Exact | Fraction) -> Mask:
        return self._compared(np.less_equal, other)

    def __gt__(self, other: Exact | Fraction) -> Mask:
        return self._compared(np.greater, other)

    def __ge__(self, other: Exact | Fraction) -> Mask:
        return self._compared(np.greater_equal, other)

    def _compared(self, comparison: np.ufunc, other: Exact | Fraction) -> Mask:
        tops, bottoms, told = _parts(other)
        found = comparison(self.tops * bottoms, tops * self.bottoms)
        holds: Mask = np.asarray(found, dtype=np.bool_) & self.told & told
        return holds

    def floats(self) -> Floats:
        """The floats nearest to the numbers; NaN for what is unknown."""
        found = np.full(self.told.shape, np.nan)
        found[self.told] = (self.tops[self.told] / self.bottoms[self.told]).astype(np.float64)
        return found


def _parts(number: Exact | Fraction) -> tuple[Any, Any, Any]:
    """Top, bottom and whether it is known: of a column arrays, of a number itself."""
    if isinstance(number, Exact):
        return number.tops, number.bottoms, number.told
    return number.numerator, number.denominator, True
