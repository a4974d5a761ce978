"""A file that is being read: one version of it, or nothing."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Protocol

from service.catalogue.storage.local_folder import version_of
from service.errors import SourceFailed
from tiling.files.remote import RemoteChanged, RemoteError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from concurrent.futures import Executor

    from service.catalogue.storage.entry import Entry
    from service.catalogue.storage.remote_folder import RemoteFolder, RemoteObject

LOCAL_CHUNK = 512 * 1024
REMOTE_CHUNK = 1024 * 1024
"""Bytes: each costs a request, and a download holds two."""


class Readable(Protocol):
    """Bytes of one version of something. Must be closed."""

    def chunks(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield its bytes from `start` to before `stop`. Raises SourceFailed where the file has changed."""

    def close(self) -> None:
        """Let go of it."""


class OpenFile(Readable, Protocol):
    """A file of the disk or of an object store."""

    @property
    def entry(self) -> Entry:
        """What it was when it was opened: all bytes are of that version."""


class Sending:
    """Bytes on their way to a client, the first chunk at hand. Must be closed, also where nothing was sent."""

    def __init__(self, first: bytes, following: AsyncGenerator[bytes], source: Readable) -> None:
        self._first = first
        self._following = following
        self._source = source

    @classmethod
    async def begin(cls, source: Readable, start: int, stop: int) -> Sending:
        """Read the first chunk: what cannot be read is found out before anything is counted. Raises SourceFailed."""
        following = source.chunks(start, stop)
        try:
            return cls(await anext(following, b""), following, source)
        except BaseException:
            await following.aclose()
            source.close()
            raise

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        """Yield the chunks. Raises SourceFailed where the file has changed meanwhile."""
        if self._first:
            yield self._first
        self._first = b""
        async for chunk in self._following:
            yield chunk

    async def close(self) -> None:
        """Let go of the file."""
        await self._following.aclose()
        self._source.close()


class LocalFile:
    """A file on the disk, read from the descriptor that was checked: what its name becomes meanwhile is no matter."""

    def __init__(self, descriptor: int, entry: Entry, threads: Executor) -> None:
        self.entry = entry
        self._descriptor = descriptor
        self._threads = threads
        self._reading: asyncio.Future[bytes] | None = None

    async def chunks(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield its bytes, a thread reading each chunk when the one before has been taken."""
        loop = asyncio.get_running_loop()
        for at in range(start, stop, LOCAL_CHUNK):
            length = min(LOCAL_CHUNK, stop - at)
            self._reading = loop.run_in_executor(self._threads, self._read, at, length)
            yield await asyncio.shield(self._reading)

    def close(self) -> None:
        """Close the descriptor; after the read that is under way, or its number could be another file's by then."""
        reading, descriptor = self._reading, self._descriptor
        if reading is None or reading.done():
            os.close(descriptor)
        else:
            reading.add_done_callback(lambda done: _close_after(done, descriptor))

    def _read(self, at: int, length: int) -> bytes:
        """Return bytes of the version that was opened. Blocks.

        The time of change is written before the first byte of a change, so it is looked at after reading.
        """
        data = os.pread(self._descriptor, length, at)
        if len(data) < length or version_of(os.fstat(self._descriptor)) != self.entry.version:
            raise file_changed()
        return data


class RemoteFile:
    """An object of a store: ranges of one version, each fetched while the one before is sent."""

    def __init__(self, folder: RemoteFolder, known: RemoteObject, threads: Executor) -> None:
        self.entry = known.entry
        self._folder = folder
        self._known = known
        self._threads = threads

    async def chunks(self, start: int, stop: int) -> AsyncGenerator[bytes]:
        """Yield its bytes."""
        ranges = [(at, min(at + REMOTE_CHUNK, stop)) for at in range(start, stop, REMOTE_CHUNK)]
        coming = [asyncio.create_task(self._fetch(*ranges[0]))] if ranges else []
        try:
            for following in [*ranges[1:], None]:
                data = await coming.pop()
                if following is not None:
                    coming.append(asyncio.create_task(self._fetch(*following)))
                yield data
        finally:
            for task in coming:
                task.cancel()

    def close(self) -> None:
        """Nothing is held."""

    async def _fetch(self, start: int, stop: int) -> bytes:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._folder.fetch, self._known, start, stop)
        except (RemoteChanged, FileNotFoundError) as exc:
            raise file_changed() from exc
        except RemoteError as exc:
            raise SourceFailed(
                "source_unreadable", "The storage cannot be read; try again in a few seconds.", retry_after=10
            ) from exc


def _close_after(done: asyncio.Future[bytes], descriptor: int) -> None:
    if not done.cancelled():
        done.exception()  # nobody waits for it any more
    os.close(descriptor)


def file_changed() -> SourceFailed:
    """Return the error for a file that was changed while it was read: its parts must not be mixed."""
    return SourceFailed(
        "source_unreadable", "The file changed while it was being read; request it again.", retry_after=1
    )
