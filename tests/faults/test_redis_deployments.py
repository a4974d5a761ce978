"""The whole service on a cluster, and on a primary whose place is taken by its replica."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from statistics import median
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import RedisError

from service.identifiers import OrganizationId, new_id
from service.metering.usage import usage_key
from service.redis.client import connect_redis
from service.redis.guard import PATIENCE
from tests.faults.proxy import proxy_to
from tests.faults.test_outages import BELIEVED_SILENT, HEALED_WITHIN, open_map, ready, until_ready
from tests.valkeys import primary_and_replica

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.conftest import Installation
    from tests.valkeys import TcpValkey, ValkeyCluster


async def test_the_service_runs_on_a_cluster(
    install: Callable[..., Awaitable[Installation]], cluster: ValkeyCluster
) -> None:
    cluster.empty()
    service, other = [await install(redis_url=cluster.url, redis_timeout=BELIEVED_SILENT) for _ in range(2)]
    loaded = await open_map(service)
    assert set(await loaded.burst()) == {200}
    assert (await ready(service))[0] == 200
    there = await other.client.get(loaded.paths[0])
    assert (there.status, there.headers["X-Metered"]) == (200, "1")
    assert (await service.usage())["renders"] == loaded.sent + 1
    await service.ask("share.link.revoke", link_id=loaded.link["id"])
    assert (await other.client.get(loaded.paths[0])).status == 410
    await service.services.metering.ledger.settle_all()


async def test_a_silent_node_of_a_cluster_holds_up_nobody_on_the_others(cluster: ValkeyCluster) -> None:
    cluster.empty()
    client = connect_redis(cluster.url)
    keys = {cluster.node_of(key): key for key in (usage_key(OrganizationId(new_id("org"))) for _ in range(50))}
    for key in keys.values():
        await client.incr(key)
    silent, *others = cluster.nodes
    silent.freeze()
    try:
        waited = []
        for _ in range(20):
            lost = asyncio.create_task(client.incr(keys[silent.port]))
            begin = time.monotonic()
            for node in others:
                await client.incr(keys[node.port])
            waited.append(time.monotonic() - begin)
            await asyncio.wait([lost])
            assert isinstance(lost.exception(), RedisError)
        assert median(waited) < PATIENCE / 2
    finally:
        silent.thaw()
    async with asyncio.timeout(HEALED_WITHIN + 5):  # a node that was away has to be believed by the others first
        for key in keys.values():
            while True:
                with suppress(RedisError):
                    await client.incr(key)
                    break
                await asyncio.sleep(0.02)
    await client.aclose()


@pytest.mark.slow
async def test_slots_that_move_are_followed(cluster: ValkeyCluster) -> None:
    cluster.empty()
    client = connect_redis(cluster.url)
    script = client.register_script("return redis.call('INCR', KEYS[1])")
    keys = [key for key in map(str, range(40)) if cluster.node_of(key) == cluster.nodes[0].port]
    for key in keys:
        assert await script(keys=[key]) == 1
    for key in keys[:6]:
        cluster.move(key, cluster.nodes[0], cluster.nodes[1])
    try:
        assert [await script(keys=[key]) for key in keys] == [2] * len(keys)
        assert [await client.get(key) for key in keys] == [b"2"] * len(keys)
    finally:
        for key in keys[:6]:
            cluster.move(key, cluster.nodes[1], cluster.nodes[0])
    assert [await script(keys=[key]) for key in keys] == [3] * len(keys)
    await client.aclose()


async def test_a_slot_on_its_way_to_a_node_in_no_layout_is_followed(cluster: ValkeyCluster) -> None:
    cluster.empty()
    client = connect_redis(cluster.url)
    key = next(key for key in map(str, range(40)) if cluster.node_of(key) == cluster.nodes[0].port)
    await client.ping()
    client.nodes_manager.nodes_cache.pop(f"127.0.0.1:{cluster.nodes[1].port}")  # type: ignore[attr-defined]
    with cluster.moving(key, cluster.nodes[0], cluster.nodes[1]):
        assert [await client.incr(key) for _ in range(3)] == [1, 2, 3]
    await client.aclose()


@pytest.mark.parametrize("old_primary", ["killed", "demoted"])
async def test_a_promoted_replica_counts_on(
    install: Callable[..., Awaitable[Installation]], tmp_path: Path, old_primary: str
) -> None:
    with primary_and_replica(tmp_path) as (primary, replica):
        async with proxy_to(primary.port) as (proxy, port):
            url = f"redis://127.0.0.1:{port}"
            service = await install(redis_url=url, redis_timeout=BELIEVED_SILENT, settle_interval=1000)
            loaded = await open_map(service)
            assert set(await loaded.burst()) == {200}
            await replicated(primary)
            promote(replica)
            proxy.upstream = replica.port
            if old_primary == "killed":
                primary.kill()
            else:  # its connections live on, and lead to a replica
                with primary.client() as client:
                    client.replicaof("127.0.0.1", replica.port)
            assert await loaded.heal() < HEALED_WITHIN
            await until_ready(service)
            assert set(await loaded.burst()) == {200}
            assert loaded.sent <= (await service.usage())["renders"] <= loaded.sent + loaded.refused
            with replica.client() as client:
                assert int(client.info("stats")["total_commands_processed"]) > 10


async def replicated(primary: TcpValkey) -> None:
    """Wait until the replica has all."""
    with primary.client() as client:
        assert await asyncio.to_thread(client.wait, 1, 5000) == 1


def promote(replica: TcpValkey) -> None:
    with replica.client() as client:
        client.replicaof("NO", "ONE")
