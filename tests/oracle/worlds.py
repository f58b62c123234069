"""Small worlds to invent records in: a few places of each policy's area, some renamed or merged.

With few places a handful of records can cover every town, so that all statuses come up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from etl.places import Gazetteer
from tests.oracle.goals import Policy
from tests.oracle.policies import POLICIES
from tests.oracle.tree import Tree

#: Codes by policy, the province first. Among them 生态园 (now 松山湖), 新会县 (then 新会市, then a
#: district), 东山区, 新金县 (then 普兰店市, then a district), 衢县 and 江山县: places that are no more.
#: Also parks, which are no towns, and streets that bear their district's name.
CODES = {
    "dongguan": "440000 441900 441900003 441900004 441900102 441900401 441900402 441900403",
    "jiangmen": "440000 440700 440703 440703002 440703101 440704 440705 440705001 440705450 440721"
    " 440722 440781 440781103 440782",
    "guangdong": "440000 440100 440102 440103 440104 440600 440605 440606 440681 440682 440700 440705"
    " 440721 440782 441900 441900003 441900401 441900403",
    "dalian": "210000 210200 210202 210202001 210202005 210211 210211004 210213 210213001 210214"
    " 210214001 210221 210222 210282",
    "quzhou": "330000 330800 330802 330802005 330802009 330803 330803001 330821 330823 330881"
    " 330881001",
}


@dataclass(frozen=True, eq=False)
class World:
    """A policy in its small world, as the oracle and as Milepost know it."""

    policy: Policy
    tree: Tree
    gazetteer: Gazetteer

    @property
    def spellings(self) -> list[str]:
        """Ways to write places, the area itself more often than a town; few of each place."""
        found: dict[str, list[str]] = {code: [] for code in self.tree.codes}
        for text in self.tree.spellings():
            place = self.tree.means(text)
            assert place is not None
            found[place].append(text)
        # Codes come first in order, then names; the former ones stand among them.
        few = {code: [*texts[:4], *texts[len(texts) // 2 :: 5][:5]] for code, texts in found.items()}
        return [*(text for texts in few.values() for text in texts), *few[self.tree.area]]


@cache
def world_of(policy: str) -> World:
    codes = set(CODES[policy].split())
    known = Gazetteer.read().places
    one = POLICIES[policy]
    return World(one, Tree(one.area, codes), Gazetteer(known[code] for code in known if code in codes))
