from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from service.processes import valkey
from service.processes.errors import ValkeyFailed
from service.processes.valkey import embedded_valkey
from tests.processes.tiny import PATIENCE, eventually, lives, processes_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Redis]:
    patient = Retry(ConstantBackoff(0.05), retries=200, supported_errors=(RedisConnectionError, OSError))
    async with Redis.from_url(url, decode_responses=True, retry=patient) as redis:
        yield redis


async def pid_of(url: str) -> int:
    async with client(url) as redis:
        return int((await redis.info("server"))["process_id"])


class OtherUser:
    """Another process that uses the Valkey of the folder."""

    def __init__(self, folder: Path) -> None:
        script = Path(__file__).with_name("valkey_user.py")
        self.process = subprocess.Popen(
            [sys.executable, script, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def _nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    left = processes_of(tmp_path)
    for process in left:
        process.kill()
    assert not left


async def test_it_keeps_every_write_and_never_evicts(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        wanted = {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "port": "0",
            "save": "",
        }
        assert await redis.config_get(*wanted) == wanted


async def test_nobody_else_on_the_machine_can_reach_it(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path):
        assert stat.S_IMODE((tmp_path / "valkey").stat().st_mode) == 0o700


async def test_what_was_written_is_there_the_next_time(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        await redis.set("counter", 41)
    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        assert await redis.incr("counter") == 42


async def test_a_second_user_adopts_it_and_does_not_stop_it(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url:
        first = await pid_of(url)
        other = OtherUser(tmp_path)
        assert await pid_of(other.url) == first
        other.leave()
        assert await pid_of(url) == first


async def test_the_last_one_out_stops_it_whoever_started_it(tmp_path: Path) -> None:
    other = OtherUser(tmp_path)
    async with embedded_valkey(tmp_path) as url:
        pid = await pid_of(url)
        other.leave()
        assert lives(pid)
    await asyncio.to_thread(eventually, lambda: not lives(pid), 1)


async def test_one_that_a_killed_user_left_is_adopted_and_stopped(tmp_path: Path) -> None:
    other = OtherUser(tmp_path)
    pid = await pid_of(other.url)
    other.kill()
    assert lives(pid)

    async with embedded_valkey(tmp_path) as url:
        assert await pid_of(url) == pid
    await asyncio.to_thread(eventually, lambda: not lives(pid), 1)


async def test_a_start_race_has_one_winner(tmp_path: Path) -> None:
    async def use() -> int:
        async with embedded_valkey(tmp_path) as url:
            pid = await pid_of(url)
            await asyncio.sleep(0.3)
            return pid

    assert len(set(await asyncio.gather(*(use() for _ in range(8))))) == 1


@pytest.mark.slow
async def test_comings_and_goings_never_leave_a_user_without_it(tmp_path: Path) -> None:
    async def use(times: int) -> None:
        for _ in range(times):
            async with embedded_valkey(tmp_path) as url, client(url) as redis:
                await redis.incr("counter")

    await asyncio.gather(*(use(10) for _ in range(3)))

    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        assert await redis.get("counter") == "30"


async def test_when_it_dies_it_comes_back_with_its_data(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        await redis.set("counter", 41)
        os.kill(await pid_of(url), signal.SIGKILL)
        assert await redis.incr("counter") == 42


async def test_an_adopted_one_that_dies_comes_back_too(tmp_path: Path) -> None:
    other = OtherUser(tmp_path)
    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        pid = await pid_of(url)
        other.kill()
        os.kill(pid, signal.SIGKILL)
        assert await pid_of(url) != pid
        assert await redis.ping()


async def test_a_torn_tail_of_the_file_loses_only_the_torn_command(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        await redis.set("first", 1)
        await redis.set("second", 2)
    (log,) = (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(log.read_bytes()[:-5])

    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        assert await redis.mget("first", "second") == ["1", None]


async def test_a_broken_file_is_told_with_the_last_words_of_the_log(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        await redis.set("first", 1)
    (log,) = (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"*nonsense\r\n" + log.read_bytes())

    with pytest.raises(ValkeyFailed, match="Bad file format reading the append only file"):
        async with embedded_valkey(tmp_path):
            pass


async def test_a_stale_socket_does_no_harm(tmp_path: Path) -> None:
    other = OtherUser(tmp_path)
    pid = await pid_of(other.url)
    other.kill()
    os.kill(pid, signal.SIGKILL)
    assert (tmp_path / "valkey" / "valkey.sock").is_socket()

    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        assert await redis.ping()


async def test_a_lost_socket_never_makes_two_servers_write_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "SILENCE_LIMIT", 0.5)
    async with embedded_valkey(tmp_path) as url:
        socket = Path(url.removeprefix("unix://"))
        hidden = await asyncio.to_thread(socket.rename, socket.with_name("hidden.sock"))
        with pytest.raises(ValkeyFailed, match="Valkey does not answer"):
            async with embedded_valkey(tmp_path):
                pass
        await asyncio.to_thread(hidden.rename, socket)


async def test_a_folder_too_deep_for_a_socket_works(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with embedded_valkey(deep) as url, client(url) as redis:
        await redis.set("counter", 41)
        other = OtherUser(deep)
        assert other.url == url
        other.leave()
    assert not Path(url.removeprefix("unix://")).parent.exists()
    async with embedded_valkey(deep) as url, client(url) as redis:
        assert await redis.incr("counter") == 42


async def test_it_is_stopped_even_if_its_folder_was_removed(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url:
        pid = await pid_of(url)
        await asyncio.to_thread(shutil.rmtree, tmp_path / "valkey")
    assert not lives(pid)


@pytest.mark.slow
async def test_a_large_file_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(valkey, "SILENCE_LIMIT", 2.0)
    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        await redis.eval("for n = 1, 5000 do redis.call('SET', 'key-' .. n, n) end", 0)
    monkeypatch.setattr(valkey, "CONFIGURATION", {**valkey.CONFIGURATION, "key-load-delay": "600"})  # microseconds
    started = time.monotonic()

    async with embedded_valkey(tmp_path) as url, client(url) as redis:
        assert time.monotonic() - started > 2
        assert await redis.get("key-5000") == "5000"
