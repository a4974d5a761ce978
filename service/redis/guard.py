"""One call to Redis or Valkey, within a time, and only where an answer can be hoped for."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

from redis.exceptions import ClusterDownError, MaxConnectionsError, RedisClusterException, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.redis.breaker import Breaker

PATIENCE = 0.7
"""Seconds from a call to its answer, with connecting and finding the node. A request that meets a silent server first
waits this long once, then is refused at once: together under the second in which an outage is to be told."""
TICK = 0.1
CLOSED = "the handler is closed"
"""How uvloop says, in a RuntimeError, that a connection was reset before we wrote to it."""


class NotAsked(RedisConnectionError):
    """The server was silent lately, and was not asked now. Nothing was sent."""


async def guarded(breaker: Breaker, call: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    """Make a call where the breaker allows it and tell the breaker how it went. Raises only RedisError and OSError."""
    if not breaker.allows():
        raise NotAsked("Redis does not answer")
    try:
        async with _Limit(seconds):
            answer = await call()
    except (TimeoutError, RedisTimeoutError) as exc:
        breaker.failed(silent=True)
        raise RedisTimeoutError(f"no answer in {seconds} s") from exc
    except RedisClusterException as exc:  # which is no RedisError
        breaker.failed(silent=False)
        raise RedisConnectionError(str(exc)) from exc
    except RuntimeError as exc:
        if CLOSED not in str(exc):
            breaker.given_up()
            raise
        breaker.failed(silent=False)
        raise RedisConnectionError("the connection was reset") from exc
    except MaxConnectionsError:  # is about us and not the server
        breaker.given_up()
        raise
    except (RedisConnectionError, ClusterDownError, OSError):
        breaker.failed(silent=False)
        raise
    except ResponseError:
        breaker.answered()
        raise
    except BaseException:
        breaker.given_up()
        raise
    breaker.answered()
    return answer


class _Limit:
    """Raises TimeoutError inside a context after some seconds in which we could have heard an answer.

    They are counted in ticks: while something holds our event loop, or the machine gives us no turn, one tick passes at
    most. Else the answer that waits to be read would be taken for silence.
    """

    def __init__(self, seconds: float) -> None:
        self._ticks = math.ceil(seconds / TICK)
        self._timeout = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._timer = self._loop.call_later(TICK, self._tick)

    async def __aexit__(self, *exc_info: Any) -> None:  # noqa: PYI036  (passed on as they are)
        self._timer.cancel()
        await self._timeout.__aexit__(*exc_info)

    def _tick(self) -> None:
        self._ticks -= 1
        if self._ticks > 0:
            self._timer = self._loop.call_later(TICK, self._tick)
        else:
            self._timeout.reschedule(self._loop.time())


def patience_for(arguments: tuple[Any, ...]) -> float:
    """Return the seconds that a command may take: more where it is told to block."""
    if arguments[0] == "XREAD" and b"BLOCK" in arguments:
        return PATIENCE + int(arguments[arguments.index(b"BLOCK") + 1]) / 1000
    return PATIENCE
