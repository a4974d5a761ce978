"""One call to Redis or Valkey, within a time, and only where an answer can be hoped for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.exceptions import ClusterDownError, MaxConnectionsError, RedisClusterException, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from service.limit import Limit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.breaker import Breaker

PATIENCE = 0.7
"""Seconds from a call to its answer, with connecting and finding the node, where nothing else is set. A request that
meets a silent server first waits this long once, then is refused at once: together under the second in which an outage
is to be told."""
LONGEST_BLOCK = 1.5
"""More seconds than any of our commands has Redis wait before it answers."""
CLOSED = "the handler is closed"
"""How uvloop says, in a RuntimeError, that a connection was reset before we wrote to it."""


class NotAsked(RedisConnectionError):
    """The server could not be asked lately, and was not asked now. Nothing was sent."""


class KnownSilent(NotAsked):
    """It was not asked because it let others wait in vain: waiting longer is of no use."""


async def guarded(breaker: Breaker, call: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    """Make a call where the breaker allows it, and report its outcome. Raises only RedisError and OSError."""
    if not breaker.allows():
        raise (KnownSilent if breaker.is_silent else NotAsked)("Redis does not answer")
    try:
        async with Limit(seconds):
            answer = await call()
    except BaseException as exc:
        error = _translated(exc)
        _note(breaker, error)
        if error is exc:
            raise
        raise error from exc
    breaker.answered()
    return answer


def _translated(exc: BaseException) -> BaseException:
    """Return a RedisError for what is one by its meaning."""
    if isinstance(exc, TimeoutError):
        return RedisTimeoutError("no answer in time")
    if isinstance(exc, RedisClusterException) or (isinstance(exc, RuntimeError) and CLOSED in str(exc)):
        return RedisConnectionError(str(exc))
    return exc


def _note(breaker: Breaker, error: BaseException) -> None:
    """Report to the breaker what an error says about the server."""
    if isinstance(error, RedisTimeoutError):
        breaker.failed(silent=True)
    elif isinstance(error, MaxConnectionsError):  # says something about us
        breaker.given_up()
    elif isinstance(error, RedisConnectionError | ClusterDownError | OSError):
        breaker.failed(silent=False)
    elif isinstance(error, ResponseError):
        breaker.answered()
    else:
        breaker.given_up()


def socket_timeouts(seconds: float) -> dict[str, float]:
    """Return redis-py's own time limits: a net below `guarded`, which watches every call more closely."""
    return {"socket_timeout": seconds + LONGEST_BLOCK, "socket_connect_timeout": seconds + LONGEST_BLOCK}


def patience_for(arguments: tuple[Any, ...], seconds: float) -> float:
    """Return the seconds that a command may take: more than others for a blocking one."""
    if arguments[0] == "XREAD" and b"BLOCK" in arguments:
        return seconds + int(arguments[arguments.index(b"BLOCK") + 1]) / 1000
    return seconds
