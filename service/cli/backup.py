"""`tilegate backup`."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import redis
from sqlalchemy import make_url

from service.cli.one_line import Refused
from service.cli.options import data_option, load_settings
from service.processes.sockets import short_socket_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.settings import Settings

SOCKET = "valkey.sock"
LOG = "appendonlydir"
REWRITE = "auto-aof-rewrite-percentage"
POLL = 0.05  # seconds
PATIENCE = 60.0  # seconds for which a rewrite of the log may take
OURS = 0o600


@click.command()
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@click.option("--without-key", is_flag=True, help="Leave the master key out: it is kept elsewhere.")
@data_option
def backup(target: Path, data_dir: Path | None, *, without_key: bool) -> None:
    """Copy what must not be lost into the new folder TARGET: SQLite, the counters, the master key.

    The service may run meanwhile. TARGET is a data folder: `tilegate serve --data TARGET` goes on from there. Files of
    storage roots are not in it, nor what lies in a PostgreSQL or Redis of your own.
    """
    settings = load_settings(data_dir=data_dir)
    if target.exists():
        raise Refused(f"{target} exists: choose the name of a new folder")
    if not settings.data_dir.is_dir():
        raise Refused(f"{settings.data_dir} is no data folder")
    target.mkdir(mode=0o700, parents=True)
    try:
        lines = [
            *_key(settings, target, without_key=without_key),
            *_counters(settings, target),
            *_sql(settings, target),
        ]
    except BaseException:  # half a backup must not be taken for one
        shutil.rmtree(target)
        raise
    click.echo("\n".join(lines))


def _key(settings: Settings, target: Path, *, without_key: bool) -> Iterator[str]:
    source = settings.master_key_file or settings.data_dir / "master.key"
    if without_key:
        yield f"left out   the master key: without {source} no link opens"
    elif source.exists():
        _copy(source, target / "master.key")
        yield "copied     the master key: whoever reads it can make links"
    record = settings.data_dir / "run" / "over_counted.jsonl"
    if record.exists():
        (target / "run").mkdir(mode=0o700)
        _copy(record, target / "run" / record.name)


def _counters(settings: Settings, target: Path) -> Iterator[str]:
    """Copy the append-only file; first, so that the ledger in SQL has all that is in it, or more."""
    folder = settings.data_dir / "valkey"
    if settings.redis_url is not None:
        yield "elsewhere  counters: back up the Redis of TILEGATE_REDIS_URL (docs/operating/backup.md)"
    elif (folder / LOG).is_dir():
        with _without_rewriting(folder):
            (target / "valkey").mkdir(mode=0o700)
            shutil.copytree(folder / LOG, target / "valkey" / LOG)
        yield "copied     counters"


@contextmanager
def _without_rewriting(folder: Path) -> Iterator[None]:
    """Have the Valkey of a folder, if it runs, only append to its log: a rewrite would exchange files meanwhile."""
    with closing(redis.Redis(unix_socket_path=str(short_socket_path(folder, SOCKET)))) as client:
        try:
            before = str(client.config_get(REWRITE)[REWRITE])
        except redis.ConnectionError:  # nothing runs, nothing changes
            yield
            return
        client.config_set(REWRITE, 0)
        try:
            _wait_for_rewrite(client)
            yield
        finally:
            client.config_set(REWRITE, before)


def _wait_for_rewrite(client: redis.Redis) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(client.info("persistence")[f"aof_rewrite_{state}"] for state in ("in_progress", "scheduled")):
        if time.monotonic() > deadline:
            raise Refused("Valkey is rewriting its log: try again in a minute")
        time.sleep(POLL)


def _sql(settings: Settings, target: Path) -> Iterator[str]:
    url = make_url(settings.sql_url)
    if not url.drivername.startswith("sqlite") or url.database is None:
        yield f"elsewhere  SQL: pg_dump --format=custom {url.database} (docs/operating/backup.md)"
        return
    if not Path(url.database).exists():
        return
    copy = target / "tilegate.sqlite"
    copy.touch(OURS)
    original = sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)
    with closing(original), closing(sqlite3.connect(copy)) as written:
        original.backup(written)
    yield "copied     SQLite"


def _copy(source: Path, target: Path) -> None:
    """Copy a file; nobody else may read the copy at any moment."""
    target.touch(OURS)
    shutil.copyfile(source, target)
