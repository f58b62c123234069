"""Made-up people: identity numbers with valid check characters, and names of common parts.

Owns `People`, a pool that records draw from. Nobody in it is real. Called by `records`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_AREAS = (
    "441900", "441900", "441900", "440100", "440300", "440700", "440800", "441200", "441400",
    "445200", "450400", "430400", "431000", "360700", "420500", "511300", "522100", "410300",
)  # fmt: skip
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.array(list("10X98765432"))
_SURNAMES = list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾")
_GIVEN = list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰海燕志文建国庆春晓雪婷浩宇轩")

Texts = npt.NDArray[np.str_]


class People:
    """`count` persons, numbered from 0."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        areas = rng.choice(np.array(_AREAS), count)
        born = np.datetime64("1962-01-01") + rng.integers(0, 16_000, count).astype("timedelta64[D]")
        births = np.char.replace(np.datetime_as_string(born, unit="D"), "-", "")
        # The serial makes a number the pool's own: no two persons share area, birth and serial.
        serials = np.char.zfill((np.arange(count) % 1000).astype(str), 3)
        bodies = np.char.add(np.char.add(areas, births), serials)
        digits = np.array(bodies, dtype="U17").view("U1").reshape(count, 17).astype(np.int64)
        checks = _CHECK[(digits * _WEIGHTS).sum(axis=1) % 11]
        self.numbers: Texts = np.char.add(bodies, checks)
        given = np.char.add(rng.choice(_GIVEN, count), rng.choice(_GIVEN, count))
        self.names: Texts = np.char.add(rng.choice(_SURNAMES, count), given)

    def __len__(self) -> int:
        return len(self.numbers)
