"""Files and folders of storage roots, on the disk or in object stores alike."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Self, TypeVar

from service.catalogue.storage.entry import Entry, EntryKind, join, no_such_file
from service.catalogue.storage.local_folder import entry_of
from service.catalogue.storage.remote_folder import AccessRefused, NoSuchObject
from service.delivery.files.open_files import LocalFile, OpenFile, RemoteFile
from service.errors import BadInput, Gone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from service.catalogue.storage.entry import Order
    from service.catalogue.storage.local_folder import LocalFolder
    from service.catalogue.storage.roots import StorageRoots

T = TypeVar("T")
THREADS = 4
"""That read the disk; of their own, so that downloads from a slow disk hold up no tiles."""
ROWS_AT_ONCE = 500
SEEDS = "\0seeds"
"""In place of a root's name, which has no NUL: archives of tiles that were rendered ahead, in the data folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something lies."""

    root: str
    path: str
    """Below the root; empty for the root itself."""

    def below(self, path: str) -> Place:
        """Return the place of what lies below this folder."""
        return Place(root=self.root, path=join(self.path, path))


class Files:
    """Looks at files and opens them.

    What is not available raises the same NotFound `file_not_found`; a store that is down raises SourceFailed.
    """

    def __init__(self, roots: StorageRoots, seeds: LocalFolder | None = None) -> None:
        self._roots = roots
        self._seeds = seeds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="files")

    async def __aenter__(self) -> Self:
        """Return itself; its threads end with the context."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Wait for what is being read."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def look(self, place: Place, *, follow: bool = False) -> Entry:
        """Return what is at a place. `follow`: symbolic links that stay within the root."""
        remote = self._roots.remote(place.root)
        if remote is None:
            return await self._run(self._look_local, place, follow)
        if place.path:
            try:
                return (await remote.look(place.path)).entry
            except NoSuchObject:
                pass
            except AccessRefused as exc:
                raise no_such_file() from exc
        if place.path and not await remote.exists(place.path):
            raise no_such_file()
        return Entry(name=place.path.rpartition("/")[2], kind=EntryKind.DIRECTORY)

    async def page(self, place: Place, after: Order | None, limit: int) -> list[Entry]:
        """Return the entries of a folder that come after one, in their order; at most `limit`."""
        remote = self._roots.remote(place.root)
        if remote is None:
            return await self._run(self._local(place.root).page, place.path, after, limit)
        found = await remote.scan(place.path)
        if not found and place.path:
            raise no_such_file()
        later = [entry for entry in found if after is None or entry.order > after]
        return sorted(later, key=lambda entry: entry.order)[:limit]

    async def walk(self, place: Place) -> AsyncIterator[tuple[str, Entry]]:
        """Yield all that lies below a folder, each with its path below it, in no order that means something."""
        remote = self._roots.remote(place.root)
        if remote is not None:
            async for found in remote.walk(place.path):
                yield found
            return
        walking = self._local(place.root).walk(place.path)
        while rows := await self._run(_some, walking):
            for row in rows:
                yield row

    async def open(self, place: Place, *, follow: bool = False) -> OpenFile:
        """Open a file; `follow` as for `look`."""
        remote = self._roots.remote(place.root)
        if remote is not None:
            try:
                return RemoteFile(remote, await remote.look(place.path), self._threads)
            except BadInput as exc:
                raise no_such_file() from exc
        opening = asyncio.ensure_future(self._run(self._open_local, place, follow))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close)
            raise

    def _look_local(self, place: Place, follow: bool) -> Entry:
        """Blocks."""
        return self._local(place.root).look(self._real_path(place) if follow else place.path)

    def _open_local(self, place: Place, follow: bool) -> OpenFile:
        """Blocks."""
        path = self._real_path(place) if follow else place.path
        descriptor, status = self._local(place.root).open_file(path)
        return LocalFile(descriptor, entry_of(path.rpartition("/")[2], status), self._threads)

    def _real_path(self, place: Place) -> str:
        if place.root == SEEDS:
            return place.path
        try:
            return self._roots.real_path(place.root, place.path)
        except BadInput as exc:
            raise no_such_file() from exc

    def _local(self, root: str) -> LocalFolder:
        folder = self._seeds if root == SEEDS else self._roots.local(root)
        if folder is None:
            raise Gone("target_gone", "The storage root of this link is no longer there.")
        return folder

    async def _run(self, function: Callable[..., T], *words: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *words)


def _some(walking: Iterator[tuple[str, Entry]]) -> list[tuple[str, Entry]]:
    """Return the next rows; none at the end. Blocks."""
    return list(islice(walking, ROWS_AT_ONCE))


def _close(opening: asyncio.Future[OpenFile]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()
