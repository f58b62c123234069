"""Made-up people: identity numbers with valid check characters, and names of common parts.

Owns `People`, the pool that records draw from, each person at home in one place. Nobody in it is real:
numbers are drawn at random and only their form is right. Called by `records` and `handwriting`.
Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Generator = np.random.Generator

#: Division codes of districts all over China, from which people come to work.
_AREAS = (
    "440106", "440305", "440515", "440781", "440825", "440883", "440923", "440981", "441224", "441322",
    "441423", "441523", "441623", "441781", "441882", "445122", "445224", "445381", "430121", "430281",
    "430424", "430523", "430621", "430822", "430923", "431022", "431123", "431224", "431322", "420222",
    "420325", "420581", "420624", "420822", "420923", "421023", "421127", "421221", "422823", "450122",
    "450224", "450330", "450422", "450521", "450881", "451021", "451123", "451224", "360121", "360281",
    "360423", "360730", "360822", "360924", "361025", "361124", "510121", "510322", "510524", "510725",
    "510921", "511123", "511324", "511523", "511622", "511725", "511921", "520123", "520221", "520324",
    "520422", "522323", "522624", "522723", "530124", "530322", "530625", "532325", "410122", "410327",
    "410422", "410523", "410727", "411024", "411326", "411424", "411526", "411625", "411724", "340122",
    "340322", "340524", "340721", "340824", "341126", "341225", "341522", "610122", "610323", "610528",
    "610724", "610825", "620123", "620523", "620825", "622421", "130123", "130427", "130533", "130726",
    "140121", "140423", "141023", "370125", "370323", "370685", "370829", "371323", "371724", "320124",
    "320382", "320723", "320924", "330122", "330326", "330624", "331024", "350122", "350524", "350722",
    "220122", "220381", "230123", "230224", "231024", "210122", "210381", "210922", "460105", "150122",
)  # fmt: skip
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_CHECK = np.frombuffer(b"10X98765432", np.uint8)  # by the weighted sum modulo 11 (ISO 7064 MOD 11-2)

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏"
    "魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵"
)
_MEN = (
    "伟", "强", "磊", "军", "洋", "勇", "杰", "涛", "明", "超", "刚", "平", "辉", "鹏", "华", "飞",
    "鑫", "波", "斌", "宇", "浩", "凯", "健", "俊", "帆", "建国", "建华", "志强", "志明", "国强",
    "文斌", "海涛", "永强", "家豪", "子豪", "俊杰", "浩然", "宇轩", "伟杰", "嘉俊", "志伟", "建军",
    "国华", "晓东", "文杰",
)  # fmt: skip
_WOMEN = (
    "芳", "娜", "敏", "静", "丽", "艳", "娟", "霞", "燕", "玲", "桂英", "秀英", "婷", "雪", "慧",
    "莹", "丹", "萍", "红", "梅", "倩", "颖", "洁", "琳", "玉兰", "秀兰", "桂兰", "丽华", "晓燕",
    "海燕", "春梅", "雪梅", "小红", "丽娟", "美玲", "思颖", "雨婷", "欣怡", "梓涵", "诗雅", "嘉欣",
    "晓敏", "淑芬", "凤英", "玉梅",
)  # fmt: skip


class People:
    """`count` persons, numbered from 0, those of one home after another by the weight of places.

    `numbers` and `names` are by person. `homes[i]` is the first person of place i.
    """

    def __init__(
        self,
        rng: Generator,
        count: int,
        *,
        weights: Sequence[float],
        born: tuple[int, int],
        local_codes: Sequence[str],
        local: float,
        permits: float,
    ) -> None:
        count = max(count, 40 * len(weights))
        shares = np.cumsum([0.0, *weights]) / sum(weights)
        self.homes: Ints = (shares * count).astype(np.int64)
        codes = np.array([*_AREAS, *local_codes])
        chances = np.array(
            [(1 - local) / len(_AREAS)] * len(_AREAS) + [local / len(local_codes)] * len(local_codes)
        )
        areas = rng.choice(len(codes), count, p=chances)
        first = np.datetime64(f"{born[0]}-01-01")
        span = int((np.datetime64(f"{born[1]}-12-31") - first).astype(int))
        # Most working people are in the younger half of the span.
        births = (rng.beta(2.2, 1.7, count) * span).astype(np.int64)
        serials = _serials(areas * (span + 1) + births, rng)
        self.numbers = _resident_numbers(codes, areas, first, span, births, serials)
        self._put_permits(rng, count, permits)
        men = serials % 2 == 1
        given = np.where(men, rng.integers(len(_MEN), size=count), 0)
        given = np.where(men, given, len(_MEN) + rng.integers(len(_WOMEN), size=count))
        surnames = (rng.beta(0.7, 1.8, count) * len(_SURNAMES)).astype(np.int64)
        both = [*_MEN, *_WOMEN]
        whole = pa.array([surname + one for surname in _SURNAMES for one in both])
        self.names: pa.Array = whole.take(pa.array(surnames * len(both) + given))

    def __len__(self) -> int:
        return len(self.numbers)

    def _put_permits(self, rng: Generator, count: int, share: float) -> None:
        """Give a share of the people a permit or a passport in place of a resident's number."""
        mask = rng.random(count) < share
        chosen = np.flatnonzero(mask)
        forms = ("H{:08d}", "M{:08d}", "{:08d}", "E{:08d}")
        permits = [
            forms[person % 4].format(10_000_000 + person * 7_919 % 89_999_999)
            for person in chosen.tolist()
        ]
        self.numbers = pc.replace_with_mask(
            self.numbers, pa.array(mask), pa.array(permits, pa.string())
        )

    def draw(
        self,
        rng: Generator,
        homes: Ints,
        part: tuple[float, float],
        strangers: float,
    ) -> Ints:
        """One person for each home (-1: anywhere), of the `part` of it; few of them come often.

        `strangers` is the share of those who live elsewhere.
        """
        away = (homes < 0) | (rng.random(len(homes)) < strangers)
        starts, sizes = self.homes[:-1][homes], np.diff(self.homes)[homes]
        within = part[0] + (part[1] - part[0]) * rng.random(len(homes)) ** 1.3
        near = starts + (within * sizes).astype(np.int64)
        return np.where(away, rng.integers(len(self), size=len(homes)), near)

    def draw_once(self, rng: Generator, homes: Ints) -> Ints:
        """One person for each home, nobody twice as long as there are others."""
        starts, sizes = self.homes[:-1][homes], np.diff(self.homes)[homes]
        starts = np.where(homes < 0, 0, starts)
        sizes = np.where(homes < 0, len(self), sizes)
        taken: set[int] = set()
        drawn = []
        for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
            person = start + int(rng.integers(size))
            for _ in range(size):
                if person not in taken:
                    break
                person = start + (person - start + 1) % size
            taken.add(person)
            drawn.append(person)
        return np.array(drawn, np.int64)


def _serials(groups: Ints, rng: Generator) -> Ints:
    """A serial of 1 to 999 for each person, no two alike in a group (one area, one birth date)."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    fresh = np.r_[True, ordered[1:] != ordered[:-1]]
    firsts = np.flatnonzero(fresh)
    group = np.cumsum(fresh) - 1
    rank = np.arange(len(groups)) - firsts[group]
    beginnings = rng.integers(999, size=len(firsts))[group]
    serials = np.empty(len(groups), np.int64)
    serials[order] = (beginnings + rank * 7) % 999 + 1  # 7 and 999 share no factor
    return serials


def _resident_numbers(
    codes: npt.NDArray[Any], areas: Ints, first: np.datetime64, span: int, births: Ints, serials: Ints
) -> pa.Array:
    """18 characters each: area, birth date, serial, check character."""
    days = np.datetime_as_string(first + np.arange(span + 1).astype("timedelta64[D]"), unit="D")
    text = np.empty((len(areas), 18), np.uint8)
    text[:, :6] = _characters(list(codes))[areas]
    text[:, 6:14] = _characters([day.replace("-", "") for day in days.tolist()])[births]
    text[:, 14:17] = _characters([f"{serial:03d}" for serial in range(1000)])[serials]
    sums = (text[:, :17].astype(np.int64) - 48) @ _WEIGHTS
    text[:, 17] = _CHECK[sums % 11]
    offsets = np.arange(len(areas) + 1, dtype=np.int32) * 18
    return pa.StringArray.from_buffers(len(areas), pa.py_buffer(offsets), pa.py_buffer(text.tobytes()))


def _characters(texts: list[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), -1)
