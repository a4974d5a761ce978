"""Lua scripts of one key; those of many callers at once are sent in few rounds."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from redis.exceptions import NoScriptError

from service.redis.client import ServerClient
from service.redis.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from redis.asyncio import Redis

    Execute = Callable[..., Awaitable[Any]]


def in_rounds(redis: Redis) -> Execute:
    """Return what sends a command and returns its answer, together with those of other callers of it.

    On a cluster each command goes by itself: no shard waits for another.
    """
    return Rounds(redis).ask if isinstance(redis, ServerClient) else redis.execute_command


class Script:
    """Sent by its hash; to a server that does not know it, by its text."""

    def __init__(self, file: Path, execute: Execute) -> None:
        """Read it from a file. `execute`: what sends it, see `in_rounds`. Blocks."""
        self._text = file.read_bytes()
        self._hash = hashlib.sha1(self._text, usedforsecurity=False).hexdigest()  # as Redis has it
        self._execute = execute

    async def run(self, key: str, *arguments: str | bytes | float) -> Any:
        """Return its answer. Raises RedisError, OSError."""
        try:
            return await self._execute("EVALSHA", self._hash, 1, key, *arguments)
        except NoScriptError:  # it was not run
            return await self._execute("EVAL", self._text, 1, key, *arguments)
