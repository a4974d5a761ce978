"""Cached records: process memory, then Redis, then SQL, and never an older one over a newer."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
import redis as blocking_redis
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from service.catalogue.item import Item
from service.links.link import Link
from service.links.records.change_stream import STREAM, ChangeStream
from service.links.records.invalidation import follow_changes
from service.links.records.record_cache import SCRIPTS, RecordCache, Versioned, _Known
from service.processes.valkey import embedded_valkey
from service.redis.client import connect_redis
from tests.catalogue.samples import make_item, make_profile, make_raster
from tests.conftest import PATIENT
from tests.links.samples import make_link

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.conftest import MortalValkey

SOON = 1.0
"""Seconds in which a change is known everywhere."""


class Sql:
    """What SQL holds, how often it was asked, and ways to make it slow or to take it away."""

    def __init__(self, *links: Link) -> None:
        self.rows: dict[str, Link] = {link.id: link for link in links}
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.is_down = False

    async def load(self, link_id: str) -> Link | None:
        self.asked += 1
        if self.is_down:
            raise OperationalError("select", {}, ConnectionRefusedError())
        row = self.rows.get(link_id)
        await self.may_answer.wait()
        return row


def heard(redis: Redis) -> ChangeStream:
    """A stream that nobody reads, taken to be silent because nothing changes."""
    stream = ChangeStream(redis, doubt_for=0)
    stream.hear(math.inf)
    return stream


def records(redis: Redis, sql: Sql, **options: Any) -> RecordCache[Link]:
    return RecordCache("link", Link, redis, sql.load, heard(redis), **options)


def follow(
    stream: ChangeStream, *caches: RecordCache[Link], on_loss: Callable[[], None] = lambda: None
) -> asyncio.Task[None]:
    for cache in caches:
        cache._stream = stream
    return asyncio.create_task(follow_changes(stream, cast("Sequence[RecordCache[Versioned]]", caches), on_loss))


@asynccontextmanager
async def following(redis: Redis, *caches: RecordCache[Link]) -> AsyncIterator[asyncio.Task[None]]:
    stream = ChangeStream(redis, doubt_for=0)
    task = follow(stream, *caches)
    try:
        await until(lambda: stream.is_heard)
        yield task
    finally:
        task.cancel()
        assert (await asyncio.wait([task], timeout=30))[1] == set()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  (what it waits for tells nobody)
            await asyncio.sleep(0.002)


async def seconds_until(cache: RecordCache[Link], expected: Link) -> float:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while await cache.get(expected.id) != expected:
        assert loop.time() - begin < 5, "the change never arrived"
        await asyncio.sleep(0.005)
    return loop.time() - begin


async def calls(redis: Redis, command: str) -> int:
    stats = await redis.info("commandstats")
    return int(stats.get(f"cmdstat_{command}", {"calls": 0})["calls"])


@pytest.mark.also_on_cluster
async def test_a_record_is_read_from_sql_once_for_all_workers(redis: Redis) -> None:
    link = make_link()
    sql = Sql(link)
    first, second = records(redis, sql), records(redis, sql)
    assert [await first.get(link.id), await second.get(link.id), await first.get(link.id)] == [link] * 3
    assert sql.asked == 1


async def test_a_record_in_memory_is_read_without_redis(redis: Redis) -> None:
    link = make_link()
    cache = records(redis, Sql(link))
    await cache.get(link.id)
    await redis.config_resetstat()
    for _ in range(10):
        assert await cache.get(link.id) == link
    assert await calls(redis, "evalsha") == 0


async def test_a_record_in_use_is_read_again_and_nobody_waits(redis: Redis) -> None:
    old = make_link()
    sql = Sql(old)
    used = records(redis, sql, refresh_after=0.05)
    await used.get(old.id)
    await asyncio.sleep(0.1)
    new = replace(old, version=old.version + 1, name="new")
    sql.rows[old.id] = new
    sql.may_answer.clear()
    for _ in range(3):
        assert await used.get(old.id) == old
    sql.may_answer.set()
    await asyncio.sleep(0.05)
    assert await used.get(old.id) == new
    assert sql.asked == 2


async def test_what_is_not_there_is_asked_for_every_time(redis: Redis) -> None:
    sql, link = Sql(), make_link()
    cache = records(redis, sql)
    assert await cache.get(link.id) is None
    sql.rows[link.id] = link
    assert await cache.get(link.id) == link


async def test_neither_memory_nor_redis_is_believed_while_the_stream_is_not_read(redis: Redis) -> None:
    link = make_link()
    sql = Sql(link)
    cache = records(redis, sql)
    await cache.get(link.id)
    cache._stream.lose()
    new = replace(link, version=2)
    sql.rows[link.id] = new
    await redis.config_resetstat()
    assert await cache.get(link.id) == new
    assert await calls(redis, "evalsha") == 0


@pytest.mark.also_on_cluster
async def test_an_older_record_never_replaces_a_newer_one_in_redis(redis: Redis) -> None:
    newer = make_link(version=3)
    writer = records(redis, Sql())
    await writer.publish(newer)
    await records(redis, Sql()).publish(replace(newer, version=2, name="older"))
    assert await records(redis, Sql()).get(newer.id) == newer
    await records(redis, Sql()).publish(replace(newer, version=10, name="newest"))
    found = await records(redis, Sql()).get(newer.id)
    assert found is not None
    assert found.version == 10


@pytest.mark.also_on_cluster
async def test_however_versions_race_the_newest_stays(valkey_url: str) -> None:
    link, clients = make_link(), [connect_redis(valkey_url, PATIENT) for _ in range(4)]
    versions = [replace(link, version=n) for n in range(1, 101)]
    order = [versions[n * 37 % 100] for n in range(100)]
    caches = [records(client, Sql()) for client in clients]
    await asyncio.gather(*(caches[n % 4].publish(version) for n, version in enumerate(order)))
    assert await records(clients[0], Sql()).get(link.id) == versions[-1]
    for client in clients:
        await client.aclose()


async def test_a_slow_reader_does_not_bring_an_old_record_back(redis: Redis) -> None:
    """It read SQL before the change, and stores what it read after it."""
    old = make_link(version=1)
    new = replace(old, version=2, name="new")
    sql = Sql(old)
    reader, writer = records(redis, sql), records(redis, Sql())
    async with following(redis, reader, writer):
        sql.may_answer.clear()
        reading = asyncio.create_task(reader.get(old.id))
        await until(lambda: sql.asked > 0)
        await writer.publish(new)
        await asyncio.sleep(0.05)  # the reader hears of the change before it has read
        sql.rows[old.id] = new
        sql.may_answer.set()
        assert await reading == old
        assert await reader.get(old.id) == new
        assert await records(redis, sql).get(old.id) == new


async def test_a_slow_reader_in_the_writers_own_process_keeps_the_new_record(redis: Redis) -> None:
    old = make_link(version=1)
    new = replace(old, version=2)
    sql = Sql(old)
    cache = records(redis, sql)
    sql.may_answer.clear()
    reading = asyncio.create_task(cache.get(old.id))
    await until(lambda: sql.asked > 0)
    await cache.publish(new)
    sql.may_answer.set()
    await reading
    assert await cache.get(old.id) == new


@pytest.mark.also_on_cluster
async def test_a_change_is_known_to_all_workers_soon(valkey_url: str) -> None:
    link, clients = make_link(), [connect_redis(valkey_url, PATIENT) for _ in range(3)]
    sql = Sql(link)
    here, there, yonder = (records(client, sql) for client in clients)
    async with following(clients[0], here), following(clients[1], there), following(clients[2], yonder):
        for version in range(2, 7):
            assert {await cache.get(link.id) for cache in (here, there, yonder)} == {link}
            link = replace(link, version=version)
            sql.rows[link.id] = link
            await here.publish(link)
            assert await here.get(link.id) == link
            assert await seconds_until(there, link) < SOON
            assert await seconds_until(yonder, link) < SOON
    for client in clients:
        await client.aclose()


async def test_a_change_of_one_kind_leaves_the_others_in_memory(redis: Redis) -> None:
    one, other = make_link(), make_link()
    cache = records(redis, Sql(one, other))
    async with following(redis, cache):
        await cache.get(one.id)
        await records(redis, Sql()).publish(replace(other, version=2))
        await asyncio.sleep(0.1)
        await redis.config_resetstat()
        assert await cache.get(one.id) == one
        assert await calls(redis, "evalsha") == 0


async def test_a_killed_connection_drops_everything_and_heals(redis: Redis, valkey_url: str) -> None:
    old = make_link()
    new = replace(old, version=2)
    sql, follower = Sql(old), connect_redis(valkey_url, PATIENT)
    cache, writer = records(follower, sql), records(redis, Sql())
    async with following(follower, cache) as task:
        for _ in range(3):
            assert await cache.get(old.id) == old
            sql.rows[old.id] = new
            await redis.client_kill_filter(_type="normal", skipme=True)
            await until(lambda: cache.is_truth)
            await writer.publish(new)
            await until(lambda: not cache.is_truth)
            assert await cache.get(old.id) == new
            assert not task.done()
            old, new = new, replace(new, version=new.version + 1)
    await follower.aclose()


async def test_a_restarted_valkey_drops_everything_and_heals(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url:
        client = connect_redis(url)
        old = make_link()
        sql = Sql(old)
        cache = records(client, sql)
        async with following(client, cache) as task:
            assert await cache.get(old.id) == old
            new = replace(old, version=2)
            sql.rows[old.id] = new
            os.kill(int((await client.info("server"))["process_id"]), signal.SIGKILL)
            async with asyncio.timeout(30):
                while True:  # until the write arrives; readers have SQL meanwhile
                    try:
                        await cache.publish(new)
                        break
                    except (RedisError, OSError):
                        assert await cache.get(old.id) is not None
                        await asyncio.sleep(0.01)
            assert await seconds_until(cache, new) < SOON
            await until(lambda: not cache.is_truth)
            assert not task.done()
        await client.aclose()


async def test_without_redis_records_come_from_sql_and_changes_are_not_confirmed(tmp_path: Path) -> None:
    link = make_link()
    redis = connect_redis(f"unix://{tmp_path}/nothing.sock")
    cache = records(redis, Sql(link))
    task = follow(ChangeStream(redis, doubt_for=0), cache)
    assert await cache.get(link.id) == link
    with pytest.raises((RedisError, OSError)):
        await cache.publish(replace(link, version=2))
    await asyncio.sleep(0.05)
    assert cache.is_truth
    assert not task.done()
    task.cancel()
    assert (await asyncio.wait([task], timeout=30))[1] == set()
    await redis.aclose()


@pytest.mark.parametrize(
    "stored",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"1", id="a version alone"),
        pytest.param(b"1\n", id="no text"),
        pytest.param(b"1\n{}", id="no fields"),
        pytest.param(b'1\n{"id": 7', id="cut JSON"),
        pytest.param(b"1\nnull", id="null"),
        pytest.param(b"\n{}", id="no version"),
        pytest.param(b"one\n{}", id="a version that is no number"),
        pytest.param(b"\xff\xfe\x00\n\x80", id="bytes"),
    ],
)
async def test_a_corrupt_cached_record_is_read_from_sql_and_put_right(redis: Redis, stored: bytes) -> None:
    link = make_link()
    sql = Sql(link)
    await redis.set(f"tg:link:{link.id}", stored)
    assert await records(redis, sql).get(link.id) == link
    assert await records(redis, sql).get(link.id) == link
    assert sql.asked == 1
    await redis.set(f"tg:link:{link.id}", stored)
    await records(redis, sql).publish(replace(link, version=2))


async def test_a_reader_slower_than_the_newer_record_lives_does_not_bring_the_old_one_back(redis: Redis) -> None:
    """It read SQL before a change, and stores what it read after the changed record is no longer used."""
    old = make_link(version=1)
    new = replace(old, version=2)
    sql = Sql(old)
    reader, writer = records(redis, sql, lifetime=0.05), records(redis, Sql(), lifetime=0.05)
    sql.may_answer.clear()
    reading = asyncio.create_task(reader.get(old.id))
    await until(lambda: sql.asked > 0)
    sql.rows[old.id] = new
    await writer.publish(new)
    await asyncio.sleep(0.1)
    sql.may_answer.set()
    assert await reading == old
    for lifetime in (0.05, 60):
        assert await records(redis, Sql(new), lifetime=lifetime).get(old.id) == new


async def test_a_reader_that_waited_very_long_for_sql_stores_nothing(redis: Redis, monkeypatch: Any) -> None:
    monkeypatch.setattr("service.links.records.record_cache.SLOW_SECONDS", 0)
    link = make_link()
    assert await records(redis, Sql(link)).get(link.id) == link
    assert await redis.exists(f"tg:link:{link.id}") == 0


async def test_memory_and_redis_together_use_a_record_no_longer_than_its_life(redis: Redis) -> None:
    old = make_link()
    new = replace(old, version=2)
    sql = Sql(old)
    first, second = (records(redis, sql, lifetime=0.6, refresh_after=9) for _ in range(2))
    await first.get(old.id)
    sql.rows[old.id], read = new, time.monotonic()
    await asyncio.sleep(0.3)
    assert await second.get(old.id) in {old, new}  # on a slow machine the life may be over already
    await asyncio.sleep(0.6 - (time.monotonic() - read) + 0.2)
    assert await second.get(old.id) == new


async def test_when_sql_is_down_a_record_serves_on_until_its_life_ends(redis: Redis) -> None:
    link = make_link()
    sql = Sql(link)
    used, other = (records(redis, sql, lifetime=0.5, refresh_after=0.05) for _ in range(2))
    began = time.monotonic()
    await used.get(link.id)
    sql.is_down = True
    served = 0

    async def use() -> None:
        nonlocal served
        while True:
            assert await used.get(link.id) == await other.get(link.id) == link
            served += 1
            await asyncio.sleep(0.02)

    with pytest.raises(OperationalError):
        await use()
    assert time.monotonic() - began >= 0.5
    assert served > 0
    assert sql.asked <= 4  # those who refresh do not hammer it
    sql.is_down = False
    assert await used.get(link.id) == await other.get(link.id) == link


@settings(max_examples=40, deadline=None)
@given(versions=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 100_000)), min_size=1, max_size=8))
def test_in_whatever_order_records_are_stored_the_newest_version_stays(
    valkey_server: MortalValkey, versions: list[tuple[int, int]]
) -> None:
    with blocking_redis.Redis.from_url(valkey_server.url) as client:
        client.delete("tg:link:x")
        put, get = (client.register_script((SCRIPTS / f"record_{name}.lua").read_text()) for name in ("put", "get"))
        for version, age in versions:
            put(keys=["tg:link:x"], args=[version, f"text of {version}\nand {age}", age, 10_000])
        text, age = get(keys=["tg:link:x"])
        newest = max(version for version, _ in versions)
        last = [row for row in versions if row[0] == newest][-1][1]
        assert text.decode() == f"text of {newest}\nand {last}"
        assert last <= int(age) < last + 5_000


async def test_a_record_in_redis_is_kept_longer_than_it_is_used_and_not_for_ever(redis: Redis) -> None:
    link = make_link()
    await records(redis, Sql(link)).get(link.id)
    assert 599_000 < await redis.pttl(f"tg:link:{link.id}") <= 600_000


async def test_an_entry_of_the_stream_that_is_not_ours_stops_nothing(redis: Redis) -> None:
    old = make_link()
    cache = records(redis, Sql(old))
    async with following(redis, cache) as task:
        await cache.get(old.id)
        await redis.xadd(STREAM, {"something": "else"})
        await redis.xadd(STREAM, {"id": b"\xff\xfe"})
        await redis.set("x", "y")
        new = replace(old, version=2)
        await records(redis, Sql()).publish(new)
        assert await seconds_until(cache, new) < SOON
        assert not task.done()


async def test_a_stream_that_is_something_else_makes_nobody_believe_memory(redis: Redis) -> None:
    link = make_link()
    cache = records(redis, Sql(link))
    async with following(redis, cache) as task:
        await redis.set(STREAM, "not a stream")
        await until(lambda: cache.is_truth)
        assert await cache.get(link.id) == link
        assert not task.done()


async def test_more_changes_than_the_stream_holds_drop_everything(redis: Redis, monkeypatch: Any) -> None:
    monkeypatch.setattr("service.links.records.change_stream.READ_AT_ONCE", 7)
    old, others = make_link(), [make_link() for _ in range(60)]
    cache, writer = records(redis, Sql(old)), records(redis, Sql())
    async with following(redis, cache):
        await cache.get(old.id)
        new = replace(old, version=2)
        transaction = redis.pipeline(transaction=True)  # all that follows happens between two looks at the stream
        await writer._store(_Known(new, time.monotonic()))
        transaction.xadd(STREAM, {"id": old.id}, maxlen=50, approximate=False)
        for other in others:
            transaction.xadd(STREAM, {"id": other.id}, maxlen=50, approximate=False)
        await transaction.execute()
        assert await seconds_until(cache, new) < SOON


@pytest.mark.parametrize("protocol", [2, 3])
async def test_the_stream_is_read_in_either_protocol(valkey_url: str, protocol: int) -> None:
    client = connect_redis(f"{valkey_url}?protocol={protocol}")
    old = make_link()
    cache = records(client, Sql(old))
    async with following(client, cache):
        await cache.get(old.id)
        new = replace(old, version=2)
        await records(client, Sql()).publish(new)
        assert await seconds_until(cache, new) < SOON
    await client.aclose()


async def test_following_ends_whenever_it_is_cancelled(redis: Redis) -> None:
    for n in range(15):
        cache = records(redis, Sql())
        task = follow(ChangeStream(redis, doubt_for=0), cache)
        await asyncio.sleep(n / 5_000)
        task.cancel()
        assert (await asyncio.wait([task], timeout=30))[1] == set()


@settings(max_examples=50, deadline=None)
@given(nodata=st.none() | st.floats(allow_nan=True, allow_infinity=False))
def test_an_item_comes_back_from_redis_as_it_was(nodata: float | None) -> None:
    item = make_item(raster=make_raster(nodata), profiles=(make_profile(nodata=nodata),))
    redis = connect_redis("unix:///nothing.sock")
    adapter = RecordCache("item", Item, redis, lambda _: None, ChangeStream(redis, 0))._adapter  # type: ignore[arg-type,return-value]
    again = adapter.validate_json(adapter.dump_json(item))
    assert again.raster is not None
    kept = [again.profiles[0].nodata, again.raster.bands[0].nodata, again.raster.profiles[0].nodata]
    assert repr(kept) == repr([nodata] * 3)
    if nodata is None or not math.isnan(nodata):
        assert again == item


async def test_a_thousand_records_at_once_come_from_redis_over_few_connections(redis: Redis) -> None:
    link = make_link()
    links = [replace(link, id=f"{link.id}{number}") for number in range(1000)]
    writer, sql = records(redis, Sql(*links)), Sql(*links)
    await asyncio.gather(*(writer.get(each.id) for each in links))
    reader = records(redis, sql)
    assert await asyncio.gather(*(reader.get(each.id) for each in links)) == links
    assert sql.asked == 0
    assert len(redis.connection_pool._available_connections) <= 2
