"""A client of a Redis or Valkey Cluster that keeps to its time, and lets no shard suffer for another."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from redis._parsers import AsyncCommandsParser
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.breaker import Breaker
from service.redis.guard import NotAsked, guarded, patience_for, socket_timeouts

if TYPE_CHECKING:
    from collections.abc import Sequence

SCRIPTS = frozenset({"EVAL", "EVALSHA"})

logger = logging.getLogger(__name__)


class ClusterClient(RedisCluster):
    """Follows redirections and never retries.

    Failure policy: as `ServerClient`, for each node by itself. When a node fails, the others are asked for the new
    layout beside the calls that go on; redis-py alone would make all calls wait for that, those of healthy nodes too.
    """

    def __init__(self, url: str, nodes: Sequence[tuple[str, int]], seconds: float) -> None:
        """`url`: a `redis://` URL with account and options; `nodes`: those to begin with; `seconds`: for an answer."""
        options: dict[str, Any] = {**parse_url(url)}
        for name in ("host", "port", "db"):
            options.pop(name, None)
        if options.pop("connection_class", None) is SSLConnection:
            options["ssl"] = True
        super().__init__(
            startup_nodes=[ClusterNode(host, port) for host, port in nodes],
            retry=Retry(NoBackoff(), 0),
            reinitialize_steps=0,  # else every fifth redirection closes the connections of everybody
            **{**socket_timeouts(seconds), **options},
        )
        self.commands_parser = _Keys()
        self._patience = seconds
        self._seeds = list(nodes)
        self._breakers: defaultdict[str, Breaker] = defaultdict(Breaker)
        self._looking: asyncio.Task[None] | None = None

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Send a command to the node that its key belongs to and return its answer. Raises RedisError, OSError."""

        async def call() -> Any:
            await self.initialize()
            return await super(ClusterClient, self).execute_command(*args, **kwargs)

        node = self._node_of(args)
        try:
            return await guarded(self._breakers[node], call, patience_for(args, self._patience))
        except NotAsked:
            raise
        except (RedisConnectionError, RedisTimeoutError, OSError):
            self._look_again(node)
            raise

    def get_node(
        self, host: str | None = None, port: int | None = None, node_name: str | None = None
    ) -> ClusterNode | None:
        """Return a node; one that is named by a redirection may be so new that it is in no layout yet."""
        found = super().get_node(host, port, node_name)
        if found is None and node_name:
            its_host, _, its_port = node_name.rpartition(":")
            found = ClusterNode(its_host, int(its_port), "primary", **self.nodes_manager.connection_kwargs)
            self.nodes_manager.set_nodes(self.nodes_manager.nodes_cache, {node_name: found})
        return found

    async def aclose(self) -> None:
        """Close all connections."""
        if self._looking is not None:
            self._looking.cancel()
        self._initialize = False  # where it is true, redis-py believes that there is nothing to close
        await super().aclose()

    def _node_of(self, args: tuple[Any, ...]) -> str:
        """Return the name of the node that a command goes to; empty where it is unknown or none in particular."""
        key = _key_of(args)
        with suppress(RedisClusterException):
            node = None if key is None else self.get_node_from_key(key)
            return "" if node is None else node.name
        return ""

    def _look_again(self, failed: str) -> None:
        """Ask for the layout in the background, the node that failed last."""
        if self.get_default_node() is None:
            return  # there was no layout yet: the next call asks for it
        self._initialize = False
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(failed))

    async def _look(self, failed: str) -> None:
        """Ask the nodes that are known, and those that we began with: the known ones may all have been replaced."""
        nodes = self.nodes_manager
        for host, port in self._seeds:
            node = ClusterNode(host, port, **nodes.connection_kwargs)
            nodes.startup_nodes.setdefault(node.name, node)
        try:
            async with asyncio.timeout(3 * self._patience):
                await nodes.initialize(None, failed or None)
        except (RedisError, RedisClusterException, OSError) as exc:
            logger.warning("the layout of the cluster cannot be read: %s", type(exc).__name__)


class _Keys(AsyncCommandsParser):
    """Knows where the key of a command is, as each of ours has one.

    redis-py would read the whole table of commands with each layout, which takes longer than our patience on a busy
    machine, and ask one node for the key of each XREAD, whether that node lives or not.
    """

    async def initialize(self, node: ClusterNode | None = None) -> None:
        pass

    async def get_keys(self, *args: Any) -> Any:
        key = _key_of(args)
        return None if key is None else (key,)


def _key_of(args: tuple[Any, ...]) -> Any:
    """Return the one key of a command that this service sends, or None."""
    name = args[0]
    if name in SCRIPTS:
        return args[3] if int(args[2]) else None
    if name == "XREAD":
        return args[-2]
    return args[1] if len(args) > 1 and " " not in name else None
