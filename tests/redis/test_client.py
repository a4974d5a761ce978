"""Calls to a server that is silent, gone, or a replica now."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.limit import TICK
from service.redis.client import connect_redis
from service.redis.guard import PATIENCE, KnownSilent, NotAsked
from tests.valkeys import TcpValkey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from redis.asyncio import Redis

    from tests.conftest import MortalValkey


@pytest.fixture
def valkey(tmp_path: object) -> Iterator[TcpValkey]:
    server = TcpValkey(folder=tmp_path)  # type: ignore[arg-type]
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def client(valkey: TcpValkey) -> AsyncIterator[Redis]:
    opened = connect_redis(valkey.url)
    yield opened
    await opened.aclose()


async def error_of(client: Redis) -> tuple[type[BaseException] | None, float]:
    begin = time.monotonic()
    try:
        await client.incr("counter")
    except RedisError as error:
        return type(error), time.monotonic() - begin
    return None, time.monotonic() - begin


async def heal(client: Redis) -> float:
    """Ask until there is an answer; return the seconds."""
    begin = time.monotonic()
    while (await error_of(client))[0] is not None:
        assert time.monotonic() - begin < 10
        await asyncio.sleep(0.01)
    return time.monotonic() - begin


async def test_a_silent_server_is_waited_for_once(valkey: TcpValkey, client: Redis) -> None:
    await client.ping()
    valkey.freeze()
    seen = await asyncio.gather(*(error_of(client) for _ in range(50)))
    assert {kind for kind, _ in seen} == {RedisTimeoutError}
    assert min(seconds for _, seconds in seen) > PATIENCE - 2 * TICK
    begin = time.monotonic()
    for _ in range(10):
        assert (await error_of(client))[0] is KnownSilent
    assert time.monotonic() - begin < 5 * PATIENCE  # of ten that would each wait
    valkey.thaw()
    assert await heal(client) < 8


async def test_what_was_not_asked_was_not_done(valkey: TcpValkey, client: Redis) -> None:
    valkey.freeze()
    sent = 0
    for _ in range(60):
        kind, _ = await error_of(client)
        sent += kind is not KnownSilent
        await asyncio.sleep(0.005)
    valkey.thaw()
    await heal(client)
    assert 1 <= int(await client.get("counter")) <= sent + 1
    assert sent < 10


async def test_a_killed_server_is_found_again(valkey: TcpValkey, client: Redis) -> None:
    await client.ping()
    valkey.kill()
    assert issubclass((await error_of(client))[0] or type(None), RedisConnectionError)
    valkey.start()
    assert await heal(client) < 8


async def test_an_event_loop_that_was_held_is_no_silence(valkey: TcpValkey, client: Redis) -> None:
    await client.ping()

    async def hold() -> None:
        await asyncio.sleep(0)
        time.sleep(2 * PATIENCE)  # noqa: ASYNC251  (that is the point)

    answers = await asyncio.gather(*(client.incr("counter") for _ in range(5)), hold())
    assert sorted(answers[:5]) == [1, 2, 3, 4, 5]


async def test_an_error_that_the_server_tells_is_an_answer(client: Redis) -> None:
    for _ in range(5):
        with pytest.raises(ResponseError):
            await client.execute_command("NONSENSE")
    assert (await error_of(client))[0] is None


async def test_a_call_that_blocks_has_its_time_on_top(client: Redis) -> None:
    begin = time.monotonic()
    assert not await client.xread({"stream": "$"}, block=int(PATIENCE * 1000) + 300)
    assert time.monotonic() - begin > PATIENCE


async def test_connections_to_a_demoted_server_are_closed(mortal_valkey: MortalValkey) -> None:
    mortal_valkey.start()
    client, other = connect_redis(mortal_valkey.url), connect_redis(mortal_valkey.url)
    await client.ping()
    await other.replicaof("127.0.0.1", "1")
    before = (await other.info("clients"))["connected_clients"]
    with pytest.raises(ReadOnlyError):
        await client.set("a", "b")
    assert before == 2
    assert (await other.info("clients"))["connected_clients"] == 1
    await other.replicaof("NO", "ONE")
    assert await client.set("a", "b")
    await client.aclose()
    await other.aclose()


async def test_a_caller_that_leaves_while_it_probes_does_not_stop_the_probing(valkey: TcpValkey, client: Redis) -> None:
    await client.ping()
    valkey.freeze()
    await error_of(client)
    for _ in range(3):
        await asyncio.sleep(0.2)
        with pytest.raises((TimeoutError, NotAsked)):
            async with asyncio.timeout(0.05):
                await client.ping()
    valkey.thaw()
    assert await heal(client) < 8
