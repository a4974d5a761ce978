"""Commands of many callers in one write to the server, and their answers in one read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.redis.client import ServerClient

MAX_COMMANDS = 64


class Rounds:
    """Sends a command at once where none is under way; those that come meanwhile go together in the next round.

    So a lone caller pays for nothing, and many callers at once (a charge each for a hundred organizations, say) pay
    for a system call and for redis-py's work by the round, not by the command. Each command has an answer or an
    error of its own; a connection that fails, fails all of its round.
    """

    def __init__(self, client: ServerClient) -> None:
        self._client = client
        self._is_busy = False
        self._waiting: list[tuple[tuple[Any, ...], asyncio.Future[Any]]] = []
        self._sender: asyncio.Task[None] | None = None

    async def ask(self, *command: Any) -> Any:
        """Send a command and return its answer. Raises RedisError, OSError.

        Cancelled before its round, it is not sent.
        """
        if self._is_busy:
            answer = asyncio.get_running_loop().create_future()
            self._waiting.append((command, answer))
            return await answer
        self._is_busy = True
        try:
            return await self._client.execute_command(*command)
        finally:
            self._is_busy = bool(self._waiting)
            if self._is_busy:
                self._sender = asyncio.create_task(self._send())

    async def _send(self) -> None:
        """Send rounds until nobody waits."""
        try:
            while self._waiting:
                taken, self._waiting = self._waiting[:MAX_COMMANDS], self._waiting[MAX_COMMANDS:]
                asked = [(command, answer) for command, answer in taken if not answer.done()]
                if asked:
                    await self._round(asked)
        finally:
            self._is_busy = False

    async def _round(self, asked: list[tuple[tuple[Any, ...], asyncio.Future[Any]]]) -> None:
        found: list[Any]
        try:
            found = await self._client.execute_all([command for command, _ in asked])
        except Exception as exc:  # noqa: BLE001  (whatever it is, it is the answer of each)
            found = [exc] * len(asked)
        except asyncio.CancelledError:
            for _, answer in asked:
                answer.cancel()
            raise
        for (_, answer), value in zip(asked, found, strict=True):
            if answer.done():
                continue
            if isinstance(value, Exception):
                answer.set_exception(value)
            else:
                answer.set_result(value)
