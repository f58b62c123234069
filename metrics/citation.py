"""Citation: one line that says where a table is from, so that anybody can ask for it again.

Owns `citation_of`. Called by the downloads and the interface for programs. May import `published`,
`etl.texts`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from etl.texts import Language, Text
from metrics import published

_LINE = Text(
    "技能人才政策目标跟踪（Milepost）：{title}。快照 {id}（{day} 发布），{as_of}；筛选：{filter}；"
    "{count:,} 行。{demo}",
    "Milepost, skilled-talent policy tracker: {title}. Snapshot {id}, published {day}; {as_of}; "
    "filter: {filter}; {count:,} rows.{demo}",
)
_AS_OF = Text("截至 {day}", "as of {day}")
_REACH = Text("记录截至 {day}", "records up to {day}")
_NO_FILTER = Text("无", "none")
_DEMO = Text("演示数据，人员与机构均属虚构。", " Demo data; all people and institutions are made up.")


def citation_of(
    connection: Connection,
    title: Text,
    said: str,
    count: int,
    language: Language,
    as_of: date | None = None,
) -> str:
    """The citation of `count` rows of a table; `said` is its filter in words. `as_of` is the date that
    was asked for; without one the last date that any policy's records reach."""
    facts = published.snapshot_facts(connection)
    reach = max((one.as_of for one in published.policies(connection) if one.as_of), default=None)
    dated = _AS_OF.format(day=as_of) if as_of else _REACH.format(day=reach)
    return _LINE.of(language).format(
        title=title.of(language),
        id=facts["id"],
        day=facts["created_at"][:10],
        as_of=dated.of(language),
        filter=said or _NO_FILTER.of(language),
        count=count,
        demo=_DEMO.of(language) if facts.get("demo") == "true" else "",
    )
