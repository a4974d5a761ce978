"""What `service.redis` leans on in redis-py without its promise: where one of these fails, read `cluster.py` again."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from redis._parsers import AsyncCommandsParser
from redis.asyncio.cluster import ClusterNode, NodesManager, RedisCluster
from redis.asyncio.connection import ConnectionPool

from service.redis.cluster import ClusterClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

NOWHERE = ("127.0.0.1", 9)


@pytest.fixture
async def cluster() -> AsyncIterator[ClusterClient]:
    """A client that has asked no node yet, and finds none where it would."""
    client = ClusterClient("redis://", [NOWHERE], seconds=0.1)
    yield client
    await client.aclose()


async def test_a_client_with_a_layout_asks_for_none_when_it_is_initialized(cluster: ClusterClient) -> None:
    cluster._initialize = False
    assert await cluster.initialize() is cluster


async def test_closing_closes_the_connections_only_of_a_client_with_a_layout(
    cluster: ClusterClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []

    async def close(_: NodesManager, attribute: str = "nodes_cache") -> None:
        closed.append(attribute)

    monkeypatch.setattr(NodesManager, "aclose", close)
    cluster._initialize = True
    await RedisCluster.aclose(cluster)
    assert closed == []
    await cluster.aclose()
    assert closed == ["nodes_cache", "startup_nodes"]


async def test_before_its_first_layout_a_client_knows_no_node_but_those_to_begin_with(cluster: ClusterClient) -> None:
    nodes = cluster.nodes_manager
    assert cluster.get_default_node() is None
    assert list(nodes.startup_nodes) == ["127.0.0.1:9"]
    assert nodes.nodes_cache == {}


async def test_a_node_that_only_a_redirection_names_is_kept(cluster: ClusterClient) -> None:
    node = cluster.get_node(node_name="127.0.0.1:7001")
    assert isinstance(node, ClusterNode)
    assert cluster.nodes_manager.nodes_cache == {"127.0.0.1:7001": node}
    assert cluster.get_node(node_name="127.0.0.1:7001") is node


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (NodesManager.initialize, ["self", "additional_startup_nodes_info", "last_failed_node_name"]),
        (NodesManager.set_nodes, ["self", "old", "new", "remove_old"]),
        (RedisCluster.get_node, ["self", "host", "port", "node_name"]),
        (RedisCluster.get_node_from_key, ["self", "key", "replica"]),
        (AsyncCommandsParser.initialize, ["self", "node"]),
        (AsyncCommandsParser.get_keys, ["self", "args"]),
        (ConnectionPool.disconnect, ["self", "inuse_connections"]),
    ],
    ids=lambda value: value.__qualname__ if callable(value) else "",
)
def test_what_is_called_or_overridden_takes_what_it_took(
    function: Callable[..., object], parameters: list[str]
) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_keys_are_asked_of_the_parser_that_is_replaced() -> None:
    assert "self.commands_parser.get_keys(" in Path(inspect.getfile(RedisCluster)).read_text()


def test_the_layout_is_kept_under_these_names(cluster: ClusterClient) -> None:
    assert "self._initialize" in inspect.getsource(RedisCluster.initialize)
    assert cluster.nodes_manager.connection_kwargs["socket_timeout"]
