"""What a database says of a mistake, in both languages, with the remedy.

Owns `of_database` and `LOST`. The kinds of error that an operator can act on are known by their codes.
A database may quote data in its own words, so these are given only where they speak of what was asked
for, and masked even there. Called by `databases` and `database_answers`. May import `foreign_words`,
`privacy`, `texts`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError

from etl.foreign_words import first_line
from etl.privacy import mask
from etl.texts import Text

_UNREACHABLE = Text(
    "连接不上；请检查主机、端口、服务器是否启动以及防火墙",
    "cannot be reached; check host, port, firewall, and that the server runs",
)
LOST = Text(
    "读取中途连接断开，什么都没有装载；请稍后重新装载",
    "the connection was lost while reading, nothing was loaded; load again",
)
_REFUSED = Text(
    "用户名或密码不对；密码用 MILEPOST_SOURCE_PASSWORD 给出",
    "user or password is wrong; the password comes from MILEPOST_SOURCE_PASSWORD",
)
_UNWELCOME = Text(
    "服务器不接受该用户从这里登录；请让数据库管理员放行（PostgreSQL 为 pg_hba.conf）",
    "the server takes no such login from here; ask for it (in PostgreSQL: pg_hba.conf)",
)
_NO_DATABASE = Text("没有这个库；请检查地址", "there is no such database; check the URL")
_FORBIDDEN = Text(
    "该用户无权读取；请让数据库管理员授予 SELECT 权限",
    "the user may not read it; ask for the right to SELECT",
)
_FULL = Text("连接数已满；请稍后再试", "too many connections; try again later")
_READ_ONLY = Text(
    "查询想要修改数据，而装载只读取；请改成 SELECT",
    "the query would change data, and a load only reads; make it a SELECT",
)

#: By SQLSTATE (PostgreSQL) or number (MySQL).
_KINDS: Mapping[str, Text] = {
    "28P01": _REFUSED, "1045": _REFUSED,
    "28000": _UNWELCOME, "1130": _UNWELCOME, "1698": _UNWELCOME,
    "3D000": _NO_DATABASE, "1049": _NO_DATABASE,
    "42501": _FORBIDDEN, "1044": _FORBIDDEN, "1142": _FORBIDDEN, "1143": _FORBIDDEN,
    "53300": _FULL, "1040": _FULL,
    "25006": _READ_ONLY, "1792": _READ_ONLY,
    "57P01": LOST, "57P02": LOST, "57P03": _UNREACHABLE, "57014": LOST,
    "2003": _UNREACHABLE, "2002": _UNREACHABLE, "2006": LOST, "2013": LOST, "1317": LOST,
    "1927": LOST,
}  # fmt: skip

#: Errors of what was asked for: a column, a function, the grammar. Their words quote no data.
_OF_QUERY = frozenset(
    {"1054", "1052", "1060", "1064", "1146", "1305", "1248", "1222", "1055", "1140", "1630"}
)


def of_database(error: DBAPIError, *, connecting: bool = False) -> Text:
    """What went wrong, and what to do about it."""
    code, said = _code(error.orig)
    if (known := _KINDS.get(code)) is not None:
        return known
    words = mask(" ".join(said.split()))
    if code.startswith("42") or code in _OF_QUERY:
        return Text(
            f"数据库不接受这个查询（{words}）；请更正 --query 或 --watermark",
            f"the database does not take the query ({words}); correct --query or --watermark",
        )
    if connecting and code:
        return Text(f"{_UNREACHABLE.zh}（{words}）", f"{_UNREACHABLE.en} ({words})")
    if not code:
        return _UNREACHABLE if connecting else LOST
    return Text(
        f"数据库报错 {code}（其说明可能含有数据，这里不显示）；请在数据库中运行同一查询查看",
        f"the database answered with error {code} (its words may quote data and are not shown); "
        "run the same query there to see them",
    )


def _code(error: BaseException | None) -> tuple[str, str]:
    """The code and the words of a driver's error; no code if the connection itself failed."""
    said = error.args[0] if error is not None and error.args else None
    if isinstance(said, dict):
        return str(said.get("C", "")), str(said.get("M", ""))
    if isinstance(said, int) and error is not None:
        # Errors of the client's side have no number, or one without meaning.
        return (str(said) if said else ""), str(error.args[-1])
    code = getattr(error, "sqlite_errorname", "")
    return ("42000" if code == "SQLITE_ERROR" else code), first_line(error)
