from __future__ import annotations

import asyncio

import pytest
import uvloop
from redis.exceptions import ConnectionError as RedisConnectionError

from service.breaker import Breaker
from service.redis.guard import guarded


def test_a_connection_that_uvloop_finds_reset_is_a_redis_error() -> None:
    """Not the RuntimeError that uvloop raises: it would end our endless loops, and be told as 500."""

    async def write_after_a_reset() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.transport.abort()
            await asyncio.sleep(0.01)
            writer.write(b"PING\r\n")

    async def ask() -> None:
        with pytest.raises(RedisConnectionError):
            await guarded(Breaker(), write_after_a_reset, seconds=5)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(ask())
