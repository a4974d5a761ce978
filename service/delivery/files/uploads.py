"""Uploads into shared folders: written to a draft, and there only when they are whole."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Self, TypeVar

from service.cancellation import is_cancelled
from service.catalogue.storage.drafts import PREFIX, Drafts, sweep_quietly, write
from service.catalogue.storage.local_folder import LocalFolder
from service.delivery.files.destinations import Written, finish_remote
from service.errors import BadInput, Gone, OffsetMismatch
from service.links.file_types import HEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    from service.catalogue.storage.roots import StorageRoots
    from service.delivery.files.destinations import Destination, Finish

T = TypeVar("T")
THREADS = 2
BATCH = 2**20
"""Bytes that are written at once."""
ID_BYTES = 16
SWEEP_SECONDS = 3600.0

logger = logging.getLogger(__name__)


def new_upload_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_hex(ID_BYTES)


class Uploads:
    """Writes drafts and makes files of them. Nothing half-written is ever to be seen; what broke off can be resumed.

    An upload is known by where its draft lies, under a name that its id, link and path give: no worker has to remember
    it. What goes into an object store is gathered in the folder `spool` first, and stored when it is whole.
    `max_bytes`: of a file; `keep_free`: bytes that stay free on the disk.
    """

    def __init__(self, roots: StorageRoots, spool: Path, secret: bytes, *, max_bytes: int, keep_free: int) -> None:
        self.max_bytes = max_bytes
        self._spool = spool
        self._roots = roots
        self._secret = secret
        self._keep_free = keep_free
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="uploads")

    async def __aenter__(self) -> Self:
        """Return itself; its threads end with the context."""
        await asyncio.to_thread(self._spool.mkdir, parents=True, exist_ok=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait for what is being written."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def begin(self, to: Destination, upload_id: str | None = None) -> str:
        """Begin an upload that can be resumed; return its id: a new one, or a given one that nobody can guess."""
        upload_id = upload_id or new_upload_id()
        async with self._open(self._drafts(to).create, self._name(to, upload_id)):
            return upload_id

    async def offset(self, to: Destination, upload_id: str) -> int:
        """Return how much of an upload has come. Raises NotFound."""
        return await self._run(self._drafts(to).size, self._name(to, upload_id))

    async def cancel(self, to: Destination, upload_id: str) -> None:
        """Give an upload up. Raises NotFound."""
        await self.offset(to, upload_id)
        await self._run(self._drafts(to).discard, self._name(to, upload_id))

    async def append(
        self,
        to: Destination,
        upload_id: str,
        offset: int,
        chunks: AsyncIterator[bytes],
        finish: Finish | None,
    ) -> int | Written:
        """Go on with an upload; return how much has come, or the file where this was the last part.

        Raises NotFound, OffsetMismatch, Conflict while another request writes it, BadInput `upload_too_large`. What has
        come of a part that breaks off stays.
        """
        name, drafts = self._name(to, upload_id), self._drafts(to)
        async with self._open(drafts.open, name) as descriptor:
            size = (await self._run(os.fstat, descriptor)).st_size
            if size != offset:
                raise OffsetMismatch(size)
            size = await self._write(descriptor, size, chunks, to.max_bytes)
            if finish is None:
                await self._run(os.fsync, descriptor)
                return size
            return await self._finish(drafts, descriptor, name, to, finish)

    async def put(self, to: Destination, chunks: AsyncIterator[bytes], finish: Finish) -> Written:
        """Write a whole file. Raises as `append`; nothing is left of one that breaks off."""
        name, drafts = self._name(to, new_upload_id()), self._drafts(to)
        async with self._open(drafts.create, name) as descriptor:
            try:
                await self._write(descriptor, 0, chunks, to.max_bytes)
                return await self._finish(drafts, descriptor, name, to, finish)
            except BaseException:
                await asyncio.shield(self._run(drafts.discard, name))
                raise

    async def sweep(self, folders: Callable[[], Awaitable[Sequence[tuple[str, str]]]]) -> None:
        """Remove drafts that were given up, in folders by root and path, once an hour; runs until cancelled."""
        while not is_cancelled():
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep_once(await folders())
            except Exception:
                logger.exception("abandoned uploads not removed")

    async def sweep_once(self, folders: Sequence[tuple[str, str]]) -> int:
        """Remove drafts that were given up, in some folders and right in the storage roots; return how many."""
        places_asked = dict.fromkeys([*((root, "") for root in self._roots.names), *folders])
        local = [(self._roots.local(root), path) for root, path in places_asked]
        places = [Drafts(folder, path) for folder, path in local if folder is not None]
        removed = [await self._run(sweep_quietly, drafts) for drafts in (Drafts(LocalFolder(self._spool), ""), *places)]
        return sum(removed)

    async def _finish(self, drafts: Drafts, descriptor: int, name: str, to: Destination, finish: Finish) -> Written:
        await finish.confirm()
        if finish.look is not None:
            finish.look(await self._run(drafts.head, name, HEAD_BYTES))
        remote = self._roots.remote(to.folder.root)
        if remote is not None:
            written = await finish_remote(remote, to, self._spool / (PREFIX + name), finish)
            await self._run(drafts.discard, name)
            return written
        if finish.other_name is not None:
            entry = await self._run(drafts.finish_beside, descriptor, name, to.path, finish.other_name)
            return Written(entry=entry, created=True)
        same = await self._run(drafts.same_version, name, to.path) if finish.keeps_same else None
        entry, created = await self._run(drafts.finish, descriptor, name, to.path, finish.check, same)
        return Written(entry=entry, created=created)

    async def _write(self, descriptor: int, size: int, chunks: AsyncIterator[bytes], most: int | None) -> int:
        """Write chunks in batches; return the size then."""
        batch, most = bytearray(), self.max_bytes if most is None else min(most, self.max_bytes)
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    raise BadInput("upload_too_large", f"The file is too large: at most {most:,} bytes.")
                batch += chunk
                if len(batch) >= BATCH:
                    full, batch = bytes(batch), bytearray()
                    await self._run(write, descriptor, full, self._keep_free)
        finally:
            if batch:
                await asyncio.shield(self._run(write, descriptor, bytes(batch), self._keep_free))
        return size

    @asynccontextmanager
    async def _open(self, opening: Callable[[str], int], name: str) -> AsyncIterator[int]:
        """Yield the descriptor of a draft; it is closed when nobody writes to it any more."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, opening, name)
        try:
            descriptor = await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            if running.exception() is None:
                os.close(running.result())
            raise
        try:
            yield descriptor
        finally:
            await asyncio.shield(self._run(os.close, descriptor))

    def _drafts(self, to: Destination) -> Drafts:
        local = self._roots.local(to.folder.root)
        if local is not None:
            return Drafts(local, to.folder.path)
        if self._roots.remote(to.folder.root) is None:
            raise Gone("target_gone", "The storage root of this link is no longer there.")
        return Drafts(LocalFolder(self._spool), "")

    def _name(self, to: Destination, upload_id: str) -> str:
        words = repr((to.link_id, to.folder.root, to.folder.path, to.path, upload_id))
        return blake2b(words.encode(), key=self._secret, digest_size=ID_BYTES).hexdigest()

    async def _run(self, function: Callable[..., T], *words: object) -> T:
        """Run in a thread, to the end also where nobody waits any more: a descriptor must not be closed under it."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, partial(function, *words))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise
