"""Known: whether a snapshot has what a question names.

Owns `check_known` and the errors of names that nothing declares. Called by `published`. May import
`tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, select

from etl.errors import UnknownNameError
from etl.spelling import nearest
from etl.texts import Text
from metrics.tables import PLACES, POLICIES, TARGETS


def check_known(
    connection: Connection, policy: str | None, target: str | None, place: str | None
) -> None:
    """Raises UnknownNameError for a policy, target or place that the snapshot does not know."""
    asked: Iterable[tuple[Text, str | None, Sequence[str]]] = (
        (Text("政策", "policy"), policy, list(connection.scalars(select(POLICIES.c.policy)))),
        (Text("目标", "target"), target, list(connection.scalars(select(TARGETS.c.target)))),
    )
    for word, name, known in asked:
        if name is not None and name not in known:
            raise unknown(word, name, known)
    if place is not None and not connection.scalar(select(func.count()).where(PLACES.c.code == place)):
        raise unknown_place(place)


def unknown(word: Text, name: str, known: Iterable[str]) -> UnknownNameError:
    """The error of a name that nothing declares; `word` says what it was to name."""
    near = nearest(name, known)
    return UnknownNameError(Text(f"没有{word.zh}“{name}”{near.zh}", f"no {word.en} {name!r}{near.en}"))


def unknown_place(code: str) -> UnknownNameError:
    """The error of a code that no place has."""
    return UnknownNameError(
        Text(
            f"没有地点“{code}”；请填写区划代码，如 441900121",
            f"no place {code!r}; give an official code such as 441900121",
        )
    )
