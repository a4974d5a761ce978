"""Backup and restore, as docs/operating/backup.md says it: links open, counters go on, nothing is counted twice."""

from __future__ import annotations

import json
import secrets
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from service.cli import main
from tests.conftest import DATA
from tests.deploy.installations import PASSWORD, Running
from tests.valkeys import TcpValkey

if TYPE_CHECKING:
    from tests.postgres import PostgresServer

pytestmark = pytest.mark.timeout(900)
RASTER = "RGB.byte.tif"


def begin(service: Running) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
    """An account, a link and a revoked link."""
    account = json.loads(service.run("bootstrap", "--json"))
    shutil.copy(DATA / RASTER, service.folder / "files" / RASTER)
    key, place = account["api_key"], {"project_id": account["project_id"], "root": "files", "path": RASTER}
    item = service.operate(key, "item.create", **place)
    fields = {"target_type": "item", "target_id": item["id"], "password": PASSWORD, "expires_in_hours": 24}
    links = [service.operate(key, "share.link.create", **fields) for _ in range(2)]
    service.operate(key, "share.link.revoke", link_id=links[1]["id"])
    return account, links[0], links[1]


def check(service: Running, account: dict[str, str], link: Any, revoked: Any, counted: int) -> None:
    """All is as it was, and counting goes on from there."""
    assert service.renders(account) == counted
    assert service.open(revoked)[0] == 410
    assert service.ask(f"/s/{link['token']}/tilejson.json", {})[0] == 401
    service.load(link, 3)
    assert service.renders(account) == counted + 3


@pytest.mark.slow
def test_a_backup_of_a_running_service_goes_on_elsewhere(tmp_path: Path) -> None:
    with Running(tmp_path / "here") as here:
        account, link, revoked = begin(here)
        here.load(link, 7)
        told = here.run("backup", str(tmp_path / "backup"))
        assert "SQLite" in told
        assert "counters" in told
        here.load(link, 5)  # after it: the copy does not have them, and does not get them
        assert here.renders(account) == 12
    copied = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    assert {path.name for path in copied} >= {"tilegate.sqlite", "master.key"}
    assert (tmp_path / "backup").stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) == 0

    there = tmp_path / "there"
    shutil.copytree(tmp_path / "backup", there)
    shutil.copytree(tmp_path / "here" / "files", there / "files")
    with Running(there) as restored:
        check(restored, account, link, revoked, 7)
    with Running(there) as again:
        check(again, account, link, revoked, 10)


@pytest.mark.slow
@pytest.mark.parametrize("of_redis", ["none", "old"])
def test_counters_come_back_from_the_ledger_and_nothing_is_counted_twice(tmp_path: Path, of_redis: str) -> None:
    """SQL of the end, with no append-only file, or with one of before."""
    with Running(tmp_path / "here") as here:
        account, link, revoked = begin(here)
        here.load(link, 4)
        here.run("backup", str(tmp_path / "old"))
        here.load(link, 4)
    shutil.rmtree(tmp_path / "here" / "valkey")
    if of_redis == "old":
        shutil.copytree(tmp_path / "old" / "valkey", tmp_path / "here" / "valkey")
    with Running(tmp_path / "here") as restored:
        wait_for_renders(restored, account, 8)
        check(restored, account, link, revoked, 8)


def wait_for_renders(service: Running, account: dict[str, str], counted: int) -> None:
    """Until the settler has compared an old append-only file with the ledger: once a settle interval."""
    for _ in range(100):
        if service.renders(account) == counted:
            return
    pytest.fail(f"{service.renders(account)} are counted, not {counted}")


@pytest.mark.slow
def test_postgresql_and_a_redis_of_ones_own_are_backed_up_by_their_own_tools(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    valkey, url = TcpValkey(folder=tmp_path / "valkey"), postgres_server.create_database()
    valkey.start()
    with Running(tmp_path / "here", database_url=url, redis_url=valkey.url) as here:
        account, link, revoked = begin(here)
        here.load(link, 6)
        told = here.run("backup", str(tmp_path / "backup"))
        assert "pg_dump" in told
        assert "TILEGATE_REDIS_URL" in told
    valkey.kill()
    name, elsewhere = str(make_url(url).database), postgres_server.create_database()
    (tmp_path / "dump.sql").write_text(postgres_server.run("pg_dump", "--no-owner", name))
    postgres_server.run("psql", "-q", "-d", str(make_url(elsewhere).database), "-f", str(tmp_path / "dump.sql"))

    shutil.copytree(tmp_path / "valkey" / "appendonlydir", tmp_path / "valkey2" / "appendonlydir")
    shutil.copytree(tmp_path / "here" / "files", tmp_path / "backup" / "files")
    restored_valkey = TcpValkey(folder=tmp_path / "valkey2")
    restored_valkey.start()
    try:
        with Running(tmp_path / "backup", database_url=elsewhere, redis_url=restored_valkey.url) as restored:
            check(restored, account, link, revoked, 6)
    finally:
        restored_valkey.kill()


@pytest.mark.slow
def test_a_master_key_is_exchanged_in_two_steps(tmp_path: Path) -> None:
    folder = tmp_path / "here"
    key = folder / "master.key"
    with Running(folder) as service:
        account, link, _ = begin(service)
    old, new = key.read_text().strip(), secrets.token_hex(32)

    key.write_text(f"{new}\n{old}\n")
    with Running(folder) as service:
        assert service.open(link)[0] == 200
        renewed = service.operate(account["api_key"], "share.link.rotate", link_id=link["id"])
        assert service.open(renewed)[0] == 200
    key.write_text(f"{new}\n")
    with Running(folder) as service:
        assert service.open(renewed)[0] == 200, "what was made under the new key lives on"
        assert service.open(link)[0] in {404, 410}


def test_a_backup_is_not_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "there").mkdir()
    done = CliRunner().invoke(main, ["backup", str(tmp_path / "there"), "--data", str(tmp_path / "data")])
    assert done.exit_code == 2
    assert "exists" in done.output


def test_nothing_is_backed_up_of_a_folder_that_is_none(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["backup", str(tmp_path / "new"), "--data", str(tmp_path / "typo")])
    assert done.exit_code == 2
    assert not (tmp_path / "new").exists()


def test_the_key_can_be_left_out_and_a_folder_at_rest_is_copied_too(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert CliRunner().invoke(main, ["migrate", "--data", str(data)]).exit_code == 0
    (data / "master.key").write_text("0" * 64)
    (data / "valkey" / "appendonlydir").mkdir(parents=True)
    (data / "valkey" / "appendonlydir" / "manifest").write_text("x")
    done = CliRunner().invoke(main, ["backup", str(tmp_path / "b"), "--data", str(data), "--without-key"])
    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "b").rglob("*") if path.is_file()} == {"tilegate.sqlite", "manifest"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "b").glob("*"))
