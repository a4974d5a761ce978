"""Scripts of many callers, sent in few rounds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from service.redis.scripts import Script, in_rounds

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

pytestmark = pytest.mark.asyncio


@pytest.fixture
def echo(redis: Redis, tmp_path: Path) -> Script:
    (tmp_path / "echo.lua").write_text("redis.call('INCR', KEYS[1]) return ARGV[1]")
    return Script(tmp_path / "echo.lua", in_rounds(redis))


@pytest.mark.also_on_cluster
async def test_a_script_that_the_server_does_not_know_is_run_once(redis: Redis, echo: Script) -> None:
    for turn in (1, 2):
        assert await echo.run("{echo}count", "text") == b"text"
        assert await redis.get("{echo}count") == str(turn).encode()


async def test_a_thousand_at_once_need_few_connections(redis: Redis, echo: Script) -> None:
    answers = await asyncio.gather(*(echo.run("count", number) for number in range(1000)))
    assert answers == [str(number).encode() for number in range(1000)]
    assert await redis.get("count") == b"1000"
    assert len(redis.connection_pool._available_connections) <= 2
