"""Rate limits of callers, and the throttle of password guesses."""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from redis.exceptions import RedisError

from service.errors import Throttled, Unavailable
from service.metering.client_networks import client_network, client_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.asyncio import Redis

    from service.identifiers import LinkId

SCRIPTS = Path(__file__).parent
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
KNOWN_MS = 30 * 24 * 3_600_000
LOCAL_BUCKETS = 100_000

logger = logging.getLogger(__name__)


class Allowance(NamedTuple):
    """What a limiter says: whether the call may go on, how many more may, and when the window ends (seconds)."""

    allowed: bool
    limit: int
    remaining: int
    reset: float
    bucket: str = ""
    """What kind of calls was counted."""
    window: float = 60
    """Seconds after which as many more may go on."""

    def require(self) -> None:
        """Raise Throttled `rate_limited` unless the call may go on."""
        if not self.allowed:
            detail = f"More than {self.limit} calls in {self.window:.0f} s; try again in {self.reset:.0f} s."
            raise Throttled("rate_limited", detail, retry_after=self.reset)


class RateLimiter:
    """Counts calls in a window, in Redis, over all workers. Fails open, and logs it: a limit is not worth an outage."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._script = redis.register_script((SCRIPTS / "limits.lua").read_text())

    async def hit(
        self, caller: str, bucket: str, limit: int, window_ms: int = MINUTE_MS, *, cost: int = 1
    ) -> Allowance:
        """Count a call of `caller` in `bucket`, of which there may be `limit` in a window.

        `cost`: for how many it counts. It goes on where anything is left.
        """
        try:
            key, arguments = _rate_key(caller, bucket), [limit, window_ms, cost]
            allowed, remaining, reset = await self._script(keys=[key], args=arguments)
        except (RedisError, OSError) as exc:
            logger.warning("rate limit not checked: %s", type(exc).__name__)
            allowed, remaining, reset = True, limit, 0
        return _allowance(bucket, limit, window_ms, bool(allowed), int(remaining), int(reset))

    async def look(self, caller: str, bucket: str, limit: int, window_ms: int = MINUTE_MS) -> Allowance:
        """Return what is left to a caller; nothing is counted."""
        key = _rate_key(caller, bucket)
        try:
            count, left = int(await self._redis.get(key) or 0), int(await self._redis.pttl(key))
        except (RedisError, OSError) as exc:
            logger.warning("rate limit not read: %s", type(exc).__name__)
            count, left = 0, 0
        return _allowance(bucket, limit, window_ms, count < limit, max(0, limit - count), max(0, left))


class TileLimiter:
    """Counts tiles a minute per link and client, in this process: a tile waits for no round trip for it.

    A client is what `client_source` makes of its address.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._windows: OrderedDict[tuple[LinkId, str], _Window] = OrderedDict()
        """In the order in which they end."""

    def hit(self, link_id: LinkId, client: str) -> Allowance:
        """Count one tile."""
        now = time.monotonic()
        return self._allowance_of(self._count(link_id, client, now), now)

    def look(self, link_id: LinkId, client: str) -> Allowance | None:
        """Return what is left to a client, or None where nothing was counted lately; nothing is counted."""
        window, now = self._windows.get((link_id, client_source(client))), time.monotonic()
        return None if window is None or window.ends <= now else self._allowance_of(window, now)

    def _allowance_of(self, window: _Window, now: float) -> Allowance:
        left = self._limit - window.count
        return Allowance(left >= 0, self._limit, max(0, left), max(1.0, window.ends - now), "tiles")

    def _count(self, link_id: LinkId, client: str, now: float) -> _Window:
        caller = (link_id, client_source(client))
        window = self._windows.get(caller)
        if window is None or window.ends <= now:
            self._windows.pop(caller, None)
            self._windows[caller] = window = _Window(now + MINUTE_MS / 1000)
            if len(self._windows) > LOCAL_BUCKETS:
                self._windows.popitem(last=False)
        window.count += 1
        return window


def _rate_key(caller: str, bucket: str) -> str:
    return f"tg:rate:{bucket}:{caller}"


def _allowance(bucket: str, limit: int, window_ms: int, allowed: bool, remaining: int, reset_ms: int) -> Allowance:
    return Allowance(
        allowed=allowed, limit=limit, remaining=remaining, reset=reset_ms / 1000, bucket=bucket, window=window_ms / 1000
    )


@dataclass(slots=True)
class _Window:
    ends: float
    count: int = 0


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess that was charged."""

    buckets: dict[str, int]
    """The Redis keys that it was charged to, with the interval of each (ms)."""
    known: str
    """The Redis key that says that the client's network once gave the right password."""


class GuessThrottle:
    """Bounds wrong passwords per link and per client network, over all workers. Fails closed: no Redis, no guess.

    Of `per_link` wrong guesses an hour two fifths may come at once, then one each interval: of 100, 40 at once and
    then one a minute. So there are no more than 40 + 60 in any hour, and a stranger waits a minute at most once others
    stop guessing. A network has `per_client` at once, then one a minute.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        per_link: int,
        per_client: int,
        clock: Callable[[], float] | None = None,
        refused: Callable[[LinkId], None] = lambda _: None,
    ) -> None:
        """`clock`: Unix seconds; by default that of Redis, which all workers share. `refused` is told of a link."""
        self._refused = refused
        at_once = max(1, per_link * 2 // 5)
        slow = per_link - at_once
        self._link_interval = math.ceil(HOUR_MS / slow) if slow else HOUR_MS + 1
        self._paces = [at_once, self._link_interval, per_client, MINUTE_MS]
        self._clock = clock
        self._guess = redis.register_script((SCRIPTS / "guess.lua").read_text())
        self._back = redis.register_script((SCRIPTS / "guess_back.lua").read_text())

    async def take(self, link_id: LinkId, client: str) -> Guess:
        """Charge a guess before it is checked. Raises Throttled `too_many_attempts`, Unavailable."""
        keys = _guess_keys(link_id, client)
        try:
            allowed, wait_ms, is_known = await self._guess(keys=keys, args=[self._now(), *self._paces])
        except (RedisError, OSError) as exc:
            raise Unavailable(
                "backend_unavailable",
                "Passwords cannot be checked at the moment; try again in a second.",
                retry_after=1,
            ) from exc
        if not allowed:
            self._refused(link_id)
            wait = math.ceil(int(wait_ms) / 1000)
            detail = f"Too many wrong passwords or codes; try again in {wait} s."
            raise Throttled("too_many_attempts", detail, retry_after=wait)
        by_link, by_network, known, by_known = keys
        if is_known:
            return Guess({by_known: MINUTE_MS}, known)
        return Guess({by_link: self._link_interval, by_network: MINUTE_MS}, known)

    async def refund(self, guess: Guess) -> None:
        """Give a guess back that was right, and know the client's network from now on."""
        await self._give_back(guess, KNOWN_MS)

    async def give_back(self, guess: Guess) -> None:
        """Give a guess back that was not checked after all."""
        await self._give_back(guess, 0)

    async def _give_back(self, guess: Guess, known_ms: int) -> None:
        """Undo a charge. An outage here costs the client one guess, no more."""
        try:
            arguments: list[str | int] = [self._now(), known_ms, *guess.buckets.values()]
            await self._back(keys=[guess.known, *guess.buckets], args=arguments)
        except (RedisError, OSError) as exc:
            logger.warning("guess not given back: %s", type(exc).__name__)

    def _now(self) -> str:
        return "" if self._clock is None else str(int(self._clock() * 1000))


def _guess_keys(link_id: LinkId, client: str) -> list[str]:
    link, network = f"tg:{{{link_id}}}:guess", client_network(client)
    return [link, f"{link}:by:{network}", f"{link}:known:{network}", f"{link}:known-by:{network}"]
