"""The stream of changes: when it cannot be heard, and when Redis lost what it had been told."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from service.links.records.change_stream import SILENCE, STREAM, ChangeStream
from service.redis.client import connect_redis
from tests.faults.proxy import Fault, wire_to
from tests.links.records.test_record_cache import Sql, follow, following, records, until
from tests.links.samples import make_link

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis


async def test_a_redis_that_says_nothing_for_a_second_is_not_believed(valkey_url: str, tmp_path: Path) -> None:
    old = make_link()
    new = replace(old, version=2)
    sql = Sql(old)
    async with wire_to(valkey_url, tmp_path) as wire:
        client = connect_redis(wire.url)
        cache = records(client, sql)
        async with following(client, cache):
            assert await cache.get(old.id) == old
            sql.rows[old.id] = new
            wire.fault = Fault.SILENCE
            began = time.monotonic()
            await until(lambda: cache.is_truth)
            assert time.monotonic() - began < SILENCE + 5
            assert await cache.get(old.id) == new
            wire.fault = Fault.NONE
            await wire.cut()
            await until(lambda: not cache.is_truth)
        await client.aclose()


def test_a_process_that_was_stopped_believes_nothing_when_it_goes_on(redis: Redis) -> None:
    """What it read before is what it knew when it asked, however late it looks at the answer."""
    stream = ChangeStream(redis, doubt_for=0)
    stream.hear(time.monotonic())
    assert stream.is_heard
    stream.hear(time.monotonic() - SILENCE)
    assert not stream.is_heard


@pytest.mark.parametrize("lost", ["the last entry", "the last entry, and another one came", "the whole stream"])
async def test_what_redis_loses_is_noticed_by_who_had_written_it(redis: Redis, lost: str) -> None:
    losses = list[str]()
    stream = ChangeStream(redis, doubt_for=60)
    task = follow(stream, on_loss=lambda: losses.append(lost))
    await until(lambda: stream.is_heard)
    await stream.append("lnk_a")
    assert losses == []
    if lost == "the whole stream":
        await redis.delete(STREAM)
    else:
        newest = await redis.xrevrange(STREAM, count=1)
        await redis.xdel(STREAM, newest[0][0])
    if "another" in lost:
        await ChangeStream(redis, doubt_for=0).append("lnk_b")
    await until(lambda: losses == [lost])
    await until(lambda: stream.is_heard)
    assert losses == [lost]
    assert stream.is_doubted
    task.cancel()
    await asyncio.wait([task], timeout=30)


async def test_an_old_record_that_came_back_to_redis_is_not_used(redis: Redis) -> None:
    old = make_link()
    new = replace(old, version=2)
    sql = Sql(old)
    await records(redis, sql).get(old.id)
    sql.rows[old.id] = new
    stream = ChangeStream(redis, doubt_for=math.inf)
    cache = records(redis, sql)
    task = follow(stream, cache)
    await until(lambda: not cache.is_truth)
    assert await cache.get(old.id) == new
    assert await records(redis, Sql()).get(old.id) == new
    task.cancel()
    await asyncio.wait([task], timeout=30)
