"""Databases as sources: which one is asked, for which table or query, and how it is connected to.

Owns `DatabaseSource` and `connected`. A source is only ever read: its session is read-only where the
kind of database knows how, nothing is committed, and a query stands inside a SELECT of ours. Called by
`database_answers`, `loading` and the command line. May import `database_words`, `errors`,
`foreign_words`, `spelling`, `texts`.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, FromClause, create_engine, event, inspect, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import quoted_name

from etl.database_words import of_database
from etl.errors import SourceError
from etl.foreign_words import of_system
from etl.spelling import nearest
from etl.texts import Text

#: The driver of a URL that names none: those that come with Milepost.
_DRIVERS: Mapping[str, str] = {"postgresql": "pg8000", "mysql": "pymysql", "mariadb": "pymysql"}

#: A server that says nothing for so many seconds is gone; a long sort may take some minutes.
_PATIENCE = 600
_CONNECT: Mapping[str, Mapping[str, Any]] = {
    "pg8000": {"timeout": _PATIENCE},
    "pymysql": {"connect_timeout": 30, "read_timeout": _PATIENCE},
}

#: What a session begins with. A record counts by its day, and the day is China's, whatever zone the
#: server keeps its moments in.
_MYSQL = ("SET SESSION TRANSACTION READ ONLY", "SET time_zone = '+08:00'")
_SESSION: Mapping[str, tuple[str, ...]] = {
    "postgresql": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET TIME ZONE 'Asia/Shanghai'",
    ),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "sqlite": ("PRAGMA query_only = ON",),
}

#: What may be shown of the parameters of a URL: where the server is. Others may be secrets.
_SHOWN = ("host", "port", "unix_sock", "unix_socket")

# A cursor cannot be closed after its connection broke, which SQLAlchemy would print with a traceback;
# that the connection broke is said in our words.
logging.getLogger("sqlalchemy.pool").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """A table or a query of a database, the query with its `title` if it came in a file; `watermark` is
    the column whose greatest value is kept, so
    that the next load asks only for what came since. No password shows in its `repr` or `name`."""

    url: URL
    table: str | None = None
    query: str | None = None
    title: str | None = None
    watermark: str | None = None

    @property
    def name(self) -> str:
        """What lineage calls the source: the URL without its password, and the table or query."""
        url = self.url
        shown = {key: url.query[key] for key in _SHOWN if key in url.query}
        # A password is left out rather than covered: covered, the URL would be none.
        without = URL.create(
            url.get_backend_name(), url.username, None, url.host, url.port, url.database, shown
        )
        asked = self.table or self.title or f"query-{self.digest[:8]}"
        return f"{without.render_as_string()}#{asked}"

    @property
    def digest(self) -> str:
        """What tells one table or query from another."""
        return hashlib.sha256((self.table or self.query or "").encode()).hexdigest()


def database_source(
    url: str,
    *,
    password: str | None = None,
    table: str | None = None,
    query: str | None = None,
    watermark: str | None = None,
) -> DatabaseSource:
    """The source that a user names. `password` is used if the URL has none; `query` is SQL, or the name
    of a file of it that ends in .sql. Raises SourceError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise SourceError(
            Text(
                "--source：不是 SQLAlchemy 地址；请写成 postgresql://用户@主机:5432/库 或 "
                "mysql://用户@主机:3306/库（密码用 MILEPOST_SOURCE_PASSWORD 给出）",
                "--source: not a SQLAlchemy URL; write postgresql://USER@HOST:5432/DATABASE or "
                "mysql://USER@HOST:3306/DATABASE (the password comes from MILEPOST_SOURCE_PASSWORD)",
            )
        ) from error
    if (table is None) == (query is None):
        raise SourceError(
            Text(
                "--source：请用 --table 或 --query 之一说明取什么",
                "--source: say what to take with one of --table and --query",
            )
        )
    if "+" not in parsed.drivername and parsed.drivername in _DRIVERS:
        parsed = parsed.set(drivername=f"{parsed.drivername}+{_DRIVERS[parsed.drivername]}")
    if parsed.password is None and password:
        parsed = parsed.set(password=password)
    title = None
    if query is not None and query.lower().endswith(".sql"):
        title, query = Path(query).name, _query_in(Path(query))
    return DatabaseSource(parsed, table, query, title, watermark)


def _query_in(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = of_system(error) if isinstance(error, OSError) else Text("不是 UTF-8", "not UTF-8")
        raise SourceError(
            Text(f"--query：{path}：无法读取（{why.zh}）", f"--query: {path}: cannot be read: {why.en}")
        ) from error


@contextmanager
def connected(source: DatabaseSource) -> Iterator[Connection]:
    """A session on the source that only reads. Raises SourceError if there is no way to it."""
    engine = _engine(source)
    try:
        try:
            connection = engine.connect()
        except DBAPIError as error:
            said = of_database(error, connecting=True)
            raise SourceError(Text(f"{source.name}：{said.zh}", f"{source.name}: {said.en}")) from error
        session: Any = connection.connection.dbapi_connection
        try:
            yield connection
        finally:
            # There is nothing to roll back, and the session may be broken, or full of rows that
            # nobody will read: PyMySQL would read them all, and trip over a connection that is gone.
            if (unread := getattr(session, "_result", None)) is not None:
                unread.unbuffered_active = False
            connection.invalidate()
            connection.close()
    finally:
        engine.dispose()


def _engine(source: DatabaseSource) -> Engine:
    url = source.url
    try:
        options = dict(_CONNECT.get(url.get_driver_name(), {}))
        if options and not url.password:
            # With none at all the driver of PostgreSQL breaks where the server asks for one.
            options["password"] = ""
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=options)
    except NoSuchModuleError as error:
        kind = url.drivername
        raise SourceError(
            Text(
                f"--source：没有“{kind}”这种数据库；可用 postgresql 或 mysql",
                f"--source: no kind of database {kind!r}; there are postgresql and mysql",
            )
        ) from error
    except ImportError as error:
        driver = url.get_driver_name()
        raise SourceError(
            Text(
                f"--source：没有安装驱动程序 {driver}；请安装，或写 postgresql:// 或 mysql://"
                "（自带驱动）",
                f"--source: the driver {driver} is not installed; install it, or write postgresql:// "
                "or mysql://, whose drivers come with Milepost",
            )
        ) from error

    @event.listens_for(engine, "connect")
    def begin(session: Any, _: object) -> None:
        cursor = session.cursor()
        for statement in _SESSION.get(url.get_backend_name(), ()):
            cursor.execute(statement)
        cursor.close()
        session.commit()

    return engine


def rows_of(source: DatabaseSource, connection: Connection) -> FromClause:
    """The table or query, to select from. Raises SourceError if there is no such table."""
    if source.query is not None:
        # A colon is a colon: nothing of a query is filled in. The line end closes a last comment.
        asked = source.query.strip().rstrip(";").replace(":", "\\:")
        return text(asked + "\n").columns().subquery("source")
    assert source.table is not None  # `database_source` asks for one of both
    before, _, after = source.table.rpartition(".")
    there = inspect(connection)
    for schema, name in (("", source.table), (before, after)):
        if there.has_table(name, schema=schema or None):
            quoted = quoted_name(schema, quote=True) if schema else None
            return table(quoted_name(name, quote=True), schema=quoted)
    known = [*there.get_table_names(), *there.get_view_names()]
    near = nearest(source.table, known)
    raise SourceError(
        Text(
            f"{source.name}：库中没有表“{source.table}”{near.zh}；其他模式中的表请写成 模式.表",
            f"{source.name}: no table {source.table!r}{near.en}; write SCHEMA.TABLE for one of "
            "another schema",
        )
    )
