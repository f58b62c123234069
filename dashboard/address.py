"""Addresses: what a page shows is said by its address, and by nothing else.

Owns `View`, parsed from a path and a query and written back into one. Pure. Called by `site` and by
every page that links to another. Imports nothing of ours but `etl.texts`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, quote, unquote, urlencode

from etl.texts import Language

#: Pages and whether their path ends in the name of what they show.
PAGES = {
    "": False,
    "target": True,
    "place": True,
    "agency": True,
    "policy": True,
    "changes": False,
    "briefing": False,
    "present": True,
    "data": False,
    "quality": False,
    "moved": True,
    "table": True,
    "api": False,
    "figure": True,
}

#: What a table is asked beside the filters of its columns, which have a point in their names.
_ASKED_OF_TABLES = frozenset({"where", "sort", "columns", "page", "rows"})


@dataclass(frozen=True, slots=True)
class View:
    """What an address asks for. `page` is the first word of the path (empty: the overview), `name`
    the second; `show` the target that a map or a list of records is about, `status` the status that a
    list of targets is narrowed to; `since` the date and `against` the snapshot that changes are counted
    from, `beside` the place that a place is compared with; `asked` what a table is asked, name by name.
    `known` is false for a path that no page has."""

    page: str = ""
    name: str = ""
    policy: str | None = None
    place: str | None = None
    as_of: date | None = None
    lang: Language = "zh"
    show: str | None = None
    snapshot: str | None = None
    status: str | None = None
    since: date | None = None
    against: str | None = None
    beside: str | None = None
    asked: tuple[tuple[str, str], ...] = ()
    known: bool = True

    def to(self, page: str, name: str = "", **changes: object) -> str:
        """The address of another page that keeps policy, dates, language and snapshot."""
        kept = replace(
            self, page=page, name=name, place=None, show=None, status=None, against=None, beside=None,
            asked=(), known=True,
        )  # fmt: skip
        return replace(kept, **changes).address()  # type: ignore[arg-type]

    def but(self, **changes: object) -> str:
        """The address of this page with something else of it changed."""
        return replace(self, **changes).address()  # type: ignore[arg-type]

    def address(self) -> str:
        """The address, in its one canonical form."""
        query = urlencode([*self.asked, *self.query().items()])
        return f"{self.path()}?{query}" if query else self.path()

    def path(self) -> str:
        """The address without its query."""
        return "/" + "/".join(quote(part) for part in (self.page, self.name) if part)

    def query(self) -> dict[str, str]:
        """The query of the address, in its order, without what a table is asked."""
        said = {
            "policy": self.policy,
            "place": self.place,
            "as_of": self.as_of.isoformat() if self.as_of is not None else None,
            "since": self.since.isoformat() if self.since is not None else None,
            "against": self.against,
            "beside": self.beside,
            "show": self.show,
            "status": self.status,
            "snapshot": self.snapshot,
            "lang": self.lang if self.lang != "zh" else None,
        }
        return {key: value for key, value in said.items() if value}


def parse(pathname: str | None, search: str | None) -> View:
    """The view that a path and a query ask for; what makes no sense in them is left out."""
    parts = [unquote(part) for part in (pathname or "/").split("/") if part]
    page, name = [*parts, "", ""][:2]
    known = page in PAGES and len(parts) <= 2 and bool(name) == PAGES.get(page, False)
    pairs = parse_qsl((search or "").lstrip("?"))
    asked = dict(pairs)
    return View(
        page=page,
        name=name,
        policy=asked.get("policy"),
        place=asked.get("place"),
        as_of=_day(asked.get("as_of")),
        lang="en" if asked.get("lang") == "en" else "zh",
        show=asked.get("show"),
        snapshot=asked.get("snapshot"),
        status=asked.get("status"),
        since=_day(asked.get("since")),
        against=asked.get("against"),
        beside=asked.get("beside"),
        asked=tuple(pair for pair in pairs if "." in pair[0] or pair[0] in _ASKED_OF_TABLES),
        known=known,
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
