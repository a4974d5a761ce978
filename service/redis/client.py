"""The connection to Redis or Valkey: one server, or a cluster."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, cast

from redis import DriverInfo
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.breaker import Breaker
from service.redis.cluster import ClusterClient
from service.redis.guard import PATIENCE, guarded, patience_for, socket_timeouts
from service.redis.url import parse_redis_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

DRIVER: Final = DriverInfo()
"""What a server is told of its client. redis-py alone would look up its version anew for each connection."""


def connect_redis(url: str, seconds: float = PATIENCE) -> Redis:
    """Return a client of what a URL names (see `service.redis.url`); it connects when it is first used.

    `seconds`: from a call to its answer; after that it is an error.

    It never retries: a count whose reply was lost may have been counted, and sent again by somebody who does not know
    that, it would be counted twice. Who may retry does it: the meter, under the number of its batch. A cluster's
    redirections are followed, as what was redirected was not done.

    A cluster's client is typed as `Redis` too: it has the same commands, for what is one key a call.
    """
    parsed = parse_redis_url(url)
    if parsed.nodes:
        return cast("Redis", ClusterClient(parsed.url, parsed.nodes, seconds))
    options: dict[str, Any] = {**socket_timeouts(seconds), "driver_info": DRIVER}
    client = cast("ServerClient", ServerClient.from_url(url, retry=Retry(NoBackoff(), 0), **options))
    client.patience = seconds
    return client


class ServerClient(Redis):
    """A client of one server, or of an address that leads to the primary of the moment.

    Failure policy: a call has an answer or an error after `patience` seconds; while the server is silent, all but a
    probe fail at once. Where the server says that it is a replica now, all connections are closed: the address may
    lead to its successor.
    """

    patience = PATIENCE

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._breaker = Breaker()

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send a command and return its answer. Raises RedisError, OSError."""

        async def call() -> Any:
            return await super(ServerClient, self).execute_command(*args, **options)  # type: ignore[no-untyped-call]

        return await self._within(patience_for(args, self.patience), call)

    async def execute_all(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send commands in one write and return their answers, errors of the server among them; none of them may block.

        Raises RedisError, OSError where the server cannot be asked; then each may have been done.
        """

        async def call() -> list[Any]:
            async with self.pipeline(transaction=False) as pipeline:
                for command in commands:
                    pipeline.execute_command(*command)
                return await pipeline.execute(raise_on_error=False)

        answers = await self._within(self.patience, call)
        if any(isinstance(answer, ReadOnlyError) for answer in answers):
            await self._disconnect(in_use=True)
        return cast("list[Any]", answers)

    async def _within(self, seconds: float, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await guarded(self._breaker, call, seconds)
        except RedisTimeoutError:
            await self._disconnect(in_use=False)  # the idle ones may lead nowhere too
            raise
        except ReadOnlyError:
            await self._disconnect(in_use=True)
            raise

    async def _disconnect(self, *, in_use: bool) -> None:
        async with asyncio.timeout(self.patience):
            await self.connection_pool.disconnect(inuse_connections=in_use)
