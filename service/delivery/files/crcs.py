"""The CRC-32 of files, which an archive must say of those that lie before the part that is asked for."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from cachetools import LRUCache

from service.delivery.pool.thread_results import hear

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    Version: TypeAlias = tuple[str, str, str]
    """What a file's bytes depend on: root, path and version."""

REMEMBERED = 50_000


@dataclass(slots=True)
class _Reading:
    """A file that is being read for its CRC, and how many wait for that."""

    task: asyncio.Task[int]
    waiting: int = 0


class Crcs:
    """Those of files that were read, by version; the least recently used go first.

    To read a file costs its reader nothing: a few bytes from an archive's end need all files of it. So each is read
    once, however many ask at once, and of all files that are read for this alone one chunk at a time, in turns: what is
    sent to others comes from the same disks.
    """

    def __init__(self) -> None:
        self._known: LRUCache[Version, int] = LRUCache(REMEMBERED)
        self._reading: dict[Version, _Reading] = {}
        self._turn = asyncio.Lock()

    def put(self, version: Version, crc: int) -> None:
        """Remember."""
        self._known[version] = crc

    async def of(self, version: Version, contents: Callable[[], AsyncGenerator[bytes]]) -> int:
        """Return what is known, or is once all `contents` were read, which puts it here. Raises as they do."""
        known = self._known.get(version)
        if known is not None:
            return known
        reading = self._reading.get(version)
        if reading is None:
            reading = self._reading[version] = _Reading(asyncio.create_task(self._read(version, contents())))
            reading.task.add_done_callback(hear)
        reading.waiting += 1
        try:
            return await asyncio.shield(reading.task)
        finally:
            reading.waiting -= 1
            if reading.waiting == 0:
                del self._reading[version]
                reading.task.cancel()

    async def _read(self, version: Version, contents: AsyncGenerator[bytes]) -> int:
        async with aclosing(contents):
            is_over = False
            while not is_over:
                async with self._turn:
                    is_over = await anext(contents, None) is None
        return self._known[version]
