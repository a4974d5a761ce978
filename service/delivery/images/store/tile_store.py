"""Rendered images in LMDB on this machine's disk: the tier between a worker's memory and several machines' Redis."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Self

from service.delivery.images.store.generation import BROKEN, NAME_BYTES, Full, Generation, StoreError
from service.delivery.images.store.image_bytes import LARGEST, packed, unpacked
from service.delivery.images.store.store_folder import StoreFolder, StoreUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from service.delivery.images.tile_cache import ImageKey
    from tiling.models import RenderedTile

BATCH_SECONDS = 0.25
"""What comes within so long is written at once: most of a write's cost is its end."""
LOOK_SECONDS = 2.0
"""How often it is looked whether another worker has begun a new generation."""
MOST_WAITING = 16 * 2**20
"""Bytes that may wait to be written, per worker; more are not kept."""
PART_BYTES = 2 * 2**20
"""Bytes that one transaction writes, about."""
PAUSE = 30.0
"""Seconds for which nothing is written after a failure: to a full disk, for example."""
LAST_SECONDS = 5.0
"""Seconds that the last batch may take when the worker ends."""

logger = logging.getLogger(__name__)


class TileStore:
    """Fails open: whatever goes wrong is logged, and images are rendered as if it were not there.

    Read in the event loop, written by a thread of its own, which is not held to the storage roots as render threads
    are. What is under a key never changes, so it does not matter which generation it is read from, or how late a
    worker notices that another one began a new one. What is read from the older generation is written to the newer
    one, so what is in use stays.
    """

    def __init__(self, folder: StoreFolder, salt: bytes, keep_free: int) -> None:
        """`keep_free`: bytes that stay free on the disk."""
        self._folder = folder
        self._salt = salt
        self._keep_free = keep_free
        self._generations = folder.held
        """Of the event loop: only there they are read and closed."""
        self._open = set(folder.held)
        self._waiting: dict[bytes, bytes] = {}
        self._waiting_bytes = 0
        self._broken: dict[Generation, str] = {}
        """Why each is not read any more."""
        self._wake = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._write_until_end, name="tile-store", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.dropped = 0
        """Images that were not kept, as too much waited to be written."""
        self.failures = 0
        """Reads and batches that failed."""

    async def __aenter__(self) -> Self:
        """Begin to write; end that with the context."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what waits, and close the files."""
        with self._wake:
            self._ends = True
            self._wake.notify()
        await asyncio.to_thread(self._thread.join, LAST_SECONDS)
        if self._thread.is_alive():
            return  # it may still use them, and ends with the process
        self._generations = ()
        for generation in {*self._open, *self._folder.held}:
            generation.close()

    def get(self, key: ImageKey) -> RenderedTile | None:
        """Return an image that was rendered before: by any worker, also before a restart."""
        name = self._name(key)
        for generation in self._generations:
            try:
                data = generation.get(name)
            except BROKEN as exc:
                self._give_up(generation, exc)
                continue
            except StoreError:  # no slot to read from, for example
                self.failures += 1
                continue
            if data is None:
                continue
            if generation is not self._generations[0]:
                self._enqueue(name, data)
            return unpacked(data)
        return None

    def put(self, key: ImageKey, image: RenderedTile) -> None:
        """Keep a complete image, behind the answer."""
        if len(image.body or b"") <= LARGEST:
            self._enqueue(self._name(key), packed(image))

    def _name(self, key: ImageKey) -> bytes:
        return hashlib.blake2b(key.digest, key=self._salt, digest_size=NAME_BYTES).digest()

    def _enqueue(self, name: bytes, data: bytes) -> None:
        if self._waiting_bytes + len(data) > MOST_WAITING:
            self.dropped += 1
            return
        with self._wake:
            if name in self._waiting:
                return
            self._waiting[name] = data
            self._waiting_bytes += len(data)
            if len(self._waiting) == 1:
                self._wake.notify()

    def _give_up(self, generation: Generation, exc: Exception) -> None:
        """Read a generation no longer, and have the thread throw it away."""
        self.failures += 1
        self._generations = tuple(each for each in self._generations if each is not generation)
        with self._wake:
            self._broken[generation] = str(exc)
            self._wake.notify()

    def _write_until_end(self) -> None:
        """Blocks. Runs in the thread."""
        resting_until = 0.0
        while True:
            with self._wake:
                if not (self._waiting or self._ends):
                    self._wake.wait(LOOK_SECONDS)
                ends = self._wake.wait_for(lambda: self._ends, BATCH_SECONDS)
                batch, self._waiting, self._waiting_bytes = self._waiting, {}, 0
            if time.monotonic() >= resting_until:
                resting_until = self._write(batch)
            if ends:
                return

    def _write(self, batch: dict[bytes, bytes]) -> float:
        """Write a batch, and look what other workers did; return the moment until which to rest. Blocks."""
        try:
            for generation in [each for each in self._folder.held if each in self._broken]:
                self._folder.discard(generation, self._broken[generation])
            self._folder.refresh()
            for part in _parts(batch):
                self._put(part)
        except Exception as exc:  # noqa: BLE001  (the thread must go on)
            self.failures += 1
            logger.warning("nothing is written to the tile store for %g s: %s", PAUSE, exc)
            return time.monotonic() + PAUSE
        finally:
            self._report()
        return 0.0

    def _put(self, part: list[tuple[bytes, bytes]]) -> None:
        """Blocks. Raises OSError, StoreError, StoreUnusable."""
        if self._folder.free_bytes() - PART_BYTES < self._keep_free:
            raise StoreUnusable("the disk is full but for what is kept free (TILEGATE_UPLOAD_KEEP_FREE)")
        newest = self._folder.held[0]
        try:
            newest.put(part)
        except Full:
            self._folder.follow(newest)
            self._folder.held[0].put(part)
        except BROKEN as exc:
            self._folder.discard(newest, str(exc))

    def _report(self) -> None:
        """Have the event loop read what is open by now."""
        held, loop = self._folder.held, self._loop
        if loop is None or set(held) == self._open:
            return
        try:
            loop.call_soon_threadsafe(self._read_from, held)
        except RuntimeError:  # the loop has ended
            return

    def _read_from(self, held: tuple[Generation, ...]) -> None:
        """Read from these from now on, and close all others. Runs in the event loop."""
        self._generations = tuple(each for each in held if each not in self._broken)
        for generation in self._open.difference(held):
            generation.close()
            self._broken.pop(generation, None)
        self._open = set(held)


def _parts(batch: dict[bytes, bytes]) -> Iterator[list[tuple[bytes, bytes]]]:
    """Yield a batch in parts that are well below a generation's size."""
    part, size = list[tuple[bytes, bytes]](), 0
    for name, data in batch.items():
        part.append((name, data))
        size += len(data)
        if size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def open_tile_store(folder: Path, max_bytes: int, salt: Callable[[], bytes], keep_free: int) -> TileStore | None:
    """Return the store of a folder; None, and a line in the log, where it cannot be there. Blocks."""
    if max_bytes == 0:
        return None
    try:
        return TileStore(StoreFolder(folder, max_bytes), salt(), keep_free)
    except (StoreUnusable, OSError) as exc:
        logger.warning("there is no tile store in %s: %s", folder, exc)
        return None
