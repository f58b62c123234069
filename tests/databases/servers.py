"""Real servers for the tests: PostgreSQL and MariaDB as Debian ships them, in a folder of their own.

Owns `postgresql` and `mariadb`, each a server on loopback and a port of chance that ends with the
block. Run by root they run as `nobody`, since neither runs as root.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

#: A password that is looked for wherever none may be.
PASSWORD = "swordfish-of-these-tests"
NOBODY = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}


@dataclass(frozen=True)
class Server:
    """A running server: how its owner gets in, and how a user does who may only read."""

    kind: str
    owner: URL
    reader: URL
    log: Path

    def engine(self) -> Engine:
        """The owner's way in, for making tables."""
        return create_engine(self.owner, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        engine = self.engine()
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    @property
    def url(self) -> str:
        """What a user types: no driver, no password."""
        return f"{self.kind}://reader@127.0.0.1:{self.owner.port}/talent"


@contextmanager
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server."""
    program = _program("postgres", "/usr/lib/postgresql/*/bin")
    with _folder() as folder:
        data, port, log = folder / "data", _free_port(), folder / "log"
        _run([str(program.with_name("initdb")), "-D", str(data), "-U", "owner", "-A", "trust",
              "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])  # fmt: skip
        (data / "pg_hba.conf").write_text(
            "host all owner 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        # Moments are shown in another zone than China's, so that nobody relies on the server's.
        settings = {"listen_addresses": "127.0.0.1", "port": port, "fsync": "off",
                    "unix_socket_directories": folder, "log_statement": "all",
                    "timezone": "UTC"}  # fmt: skip
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        owner = URL.create("postgresql+pg8000", "owner", None, "127.0.0.1", port, "postgres")
        with _running([str(program), "-D", str(data), *options], log):
            _wait(owner)
            first = Server("postgresql", owner, owner, log)
            first.run("CREATE DATABASE talent", f"CREATE USER reader PASSWORD '{PASSWORD}'")
            server = _server("postgresql", owner, log)
            server.run("GRANT pg_read_all_data TO reader")
            yield server


@contextmanager
def mariadb() -> Iterator[Server]:
    """A MariaDB server, Debian's MySQL."""
    program = _program("mariadbd", "/usr/sbin")
    with _folder() as folder:
        data, port, log = folder / "data", _free_port(), folder / "log"
        _run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
              "--auth-root-authentication-method=normal"])  # fmt: skip
        options = ["--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
                   f"--socket={folder / 'sock'}", f"--pid-file={folder / 'pid'}",
                   "--default-time-zone=+00:00", "--character-set-server=utf8mb4",
                   "--sql-mode="]  # fmt: skip
        owner = URL.create("mysql+pymysql", "root", None, "127.0.0.1", port, "mysql")
        with _running([str(program), *options], log):
            _wait(owner)
            first = Server("mysql", owner, owner, log)
            first.run(
                "CREATE DATABASE talent CHARACTER SET utf8mb4",
                f"CREATE USER reader@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
                "CREATE USER reader@localhost IDENTIFIED BY '" + PASSWORD + "'",
                "GRANT SELECT ON talent.* TO reader@'127.0.0.1'",
                "GRANT SELECT ON talent.* TO reader@localhost",
            )
            yield _server("mysql", owner, log)


def _server(kind: str, owner: URL, log: Path) -> Server:
    inside = owner.set(database="talent")
    return Server(kind, inside, inside.set(username="reader", password=PASSWORD), log)


def _program(name: str, where: str) -> Path:
    """A server's program. Without one the tests fail: a skipped test proves nothing."""
    found = sorted(Path("/").glob(f"{where.removeprefix('/')}/{name}"))
    found += [Path(path)] if (path := shutil.which(name)) else []
    assert found, f"no {name}; run: make databases"
    return found[-1].resolve()


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of the user that servers run as, gone afterwards."""
    path = Path(tempfile.mkdtemp(prefix="milepost-server-"))
    if NOBODY:
        shutil.chown(path, **NOBODY)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: Sequence[str]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **NOBODY)  # type: ignore[call-overload]
    assert ran.returncode == 0, ran.stderr + ran.stdout


@contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd="/", **NOBODY)  # type: ignore[call-overload]
    try:
        yield
    finally:
        # Both end at once, without waiting for sessions.
        process.send_signal(signal.SIGINT if "postgres" in command[0] else signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: URL) -> None:
    engine = create_engine(url, poolclass=NullPool)
    for _ in range(300):
        try:
            with engine.connect():
                return
        except DBAPIError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer")
