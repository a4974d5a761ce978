"""Renders tiles ahead, behind everybody: in a niced process, a few seconds at a time, and not while people wait."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from service.cancellation import is_cancelled
from service.delivery.images.seeds.seed import Archived, Progress, Seed, SeedState, Wish
from service.delivery.images.seeds.writing import SeedStopped, SeedWriting
from service.errors import Gone, NotFound, SourceReplaced, TilegateError
from tiling.errors import SourceChanged, SourceGone, TilingError
from tiling.files.raster_source import RasterSource
from tiling.models import TileAddress
from tiling.seeding.packing import pack
from tiling.seeding.rendering import SeedStyle, render_some
from tiling.seeding.spans import tile_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.catalogue.item import Item
    from service.catalogue.store import ItemStore
    from service.delivery.heavy.lane import HeavyLane
    from service.delivery.images.image_keys import ImageKeys
    from service.delivery.images.seeds.seeds import Seeds
    from service.delivery.images.tile_cache import TileKey
    from tiling.seeding.spans import TileIds

T = TypeVar("T")
LOOK_SECONDS = 2.0
"""How often a worker looks for what is to be done, and for what others have finished."""
CHECK_SECONDS = 30.0
"""How often it is looked whether what was made is still current."""
PART_SECONDS = 3.0
"""Of rendering in one process, about."""
PART_TILES = 512
PAUSE = 0.2

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedLanes:
    """Where the work is done: nobody else's, so that nobody waits for it."""

    rendering: HeavyLane
    packing: HeavyLane
    """Its processes may write to the folder of seeds, and read nothing that somebody else has made."""


class Seeder:
    """Makes what is asked for in the folder of seeds: each seed by one process at a time, whichever finds it.

    Failure policy: what is on the disk stays, and is gone on with: after a restart by itself, after a failure when it
    is asked for again. A raster that is replaced meanwhile is begun anew.
    """

    def __init__(
        self,
        seeds: Seeds,
        items: ItemStore,
        keys: ImageKeys,
        lanes: SeedLanes,
        writing: SeedWriting,
        *,
        tile_seconds: float,
        is_busy: Callable[[], bool],
    ) -> None:
        """`is_busy`: whether people wait for tiles."""
        self._seeds, self._folder = seeds, seeds.folder
        self._items, self._keys = items, keys
        self._lanes, self._writing = lanes, writing
        self._tile_seconds, self._is_busy = tile_seconds, is_busy
        self._making: asyncio.Task[None] | None = None
        self._check_at = 0.0

    async def run(self) -> None:
        """Look again and again until cancelled."""
        try:
            while not is_cancelled():
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    await self.look()
                except Exception:
                    logger.exception("seeds were not looked at")
        finally:
            if self._making is not None:
                self._making.cancel()
                await asyncio.gather(self._making, return_exceptions=True)

    async def look(self) -> None:
        """Serve what is finished, and begin what nobody makes."""
        found = await asyncio.to_thread(self._folder.all)
        await self._seeds.refresh(found)
        if time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + CHECK_SECONDS
            for seed in found:
                await self._check(seed)
        if self._making is None or self._making.done():
            open_ones = [seed.wish for seed in found if seed.is_open]
            self._making = asyncio.create_task(self._make_first(open_ones)) if open_ones else None

    async def key_of(self, item: Item, wish: Wish) -> TileKey:
        """Return the key of a tile of a seed. Raises NotFound for a profile that is gone; Gone, SourceFailed."""
        profile = item.profile(wish.profile_id)
        return await self._keys.tile(item, TileAddress(z=0, x=0, y=0), profile, wish.format, wish.tilesize)

    async def is_current(self, item: Item, seed: Seed) -> bool:
        """Whether what was made shows the item as it is now."""
        archived = seed.progress.archived
        try:
            return archived is not None and self._seeds.style_of(await self.key_of(item, seed.wish)) == archived.style
        except (NotFound, Gone):
            return False

    async def _make_first(self, wishes: list[Wish]) -> None:
        """Make the first seed that nobody else is at."""
        for wish in wishes:
            if await self._make(wish):
                return

    async def _make(self, wish: Wish) -> bool:
        """Make a seed; return whether it was free."""
        try:
            lock = await asyncio.to_thread(self._folder.lock, wish)
        except OSError as exc:
            logger.warning("a seed of item %s cannot be made: %s", wish.item_id, exc.strerror)
            return False
        if lock is None:
            return False
        try:
            seed = await asyncio.to_thread(self._folder.find, wish)
            if seed is not None and seed.is_open:
                await self._make_locked(seed)
            return True
        finally:
            os.close(lock)

    async def _make_locked(self, seed: Seed) -> None:
        try:
            await self._go_on(seed)
        except (SourceChanged, SourceReplaced, _WishChanged):
            logger.info("a seed of item %s begins anew: its raster, profile or area changed", seed.wish.item_id)
        except FileNotFoundError:
            logger.info("a seed of item %s was removed while it was made", seed.wish.item_id)
        except (TilegateError, TilingError, SeedStopped, OSError) as exc:
            await self._fail(seed.wish, reason_of(exc))

    async def _go_on(self, seed: Seed) -> None:
        """Render what is missing, and pack it."""
        wish = seed.wish
        item = await self._items.get(wish.item_id)
        if item is None or item.is_gone:
            await asyncio.to_thread(self._folder.remove_item, wish.item_id)
            return
        key = await self.key_of(item, wish)
        style, ids = self._seeds.style_of(key), await asyncio.to_thread(tile_ids, wish.spans)
        journal = await self._writing.begin(seed, style, ids)
        try:
            while journal.count < len(ids):
                await self._give_way()
                await self._require_current(item, wish, style)
                bodies = await self._rendered(key, ids[journal.count :][:PART_TILES])
                await self._writing.append(journal, ids[journal.count :][: len(bodies)], bodies)
                await self._writing.report(wish, style, journal)
        finally:
            await asyncio.to_thread(journal.close)
        await self._pack(wish, style, len(ids), journal.failed)

    async def _rendered(self, key: TileKey, ids: TileIds) -> list[bytes | None]:
        """Return the first of some tiles. What a process answers is not believed to be so many of such a size."""
        if not isinstance(key.source, RasterSource):
            raise TypeError("an item is one raster")
        style = SeedStyle(source=key.source, profile=key.profile, format=key.format, tilesize=key.tilesize)
        work = partial(render_some, style, ids.tolist(), PART_SECONDS, self._tile_seconds)
        bodies = await self._lanes.rendering.run(work, [key.source])
        if not 0 < len(bodies) <= len(ids) or not all(isinstance(body, bytes | None) for body in bodies):
            raise SeedStopped("What the renders answered is no tiles.")
        return bodies

    async def _pack(self, wish: Wish, style: str, count: int, failed: int) -> None:
        name = f"{style}-{time.time_ns():x}.pmtiles"
        about = self._writing.about(wish)
        await asyncio.to_thread(self._writing.require_room_to_pack, wish)
        packed = await self._lanes.packing.run(
            partial(pack, self._folder.place(wish), f"{name}.draft", count, about), []
        )
        version = await asyncio.to_thread(self._writing.take_over, wish, name)
        archived = Archived(
            name=name, version=version, style=style, spans=wish.spans, failed=failed, bytes=packed.bytes
        )
        done = Progress(
            state=SeedState.DONE, style=style, done=count, failed=failed, bytes=packed.bytes, archived=archived
        )
        await asyncio.to_thread(self._folder.report, wish, done)
        await asyncio.to_thread(self._writing.clean, wish, name)
        logger.info("seeded %d tiles of item %s, profile %s", packed.tiles, wish.item_id, wish.profile_id)

    async def _give_way(self) -> None:
        """Return when nobody waits for a tile."""
        while self._is_busy():  # noqa: ASYNC110  (a glance at a number, five times a second)
            await asyncio.sleep(PAUSE)

    async def _require_current(self, item: Item, wish: Wish, style: str) -> None:
        """Raise _WishChanged, SourceChanged, FileNotFoundError where what was begun is no longer what is wanted."""
        seed = await asyncio.to_thread(self._folder.find, wish)
        if seed is None:
            raise FileNotFoundError
        fresh = await self._items.get(item.id)
        if seed.wish != wish or fresh is None:
            raise _WishChanged
        if self._seeds.style_of(await self.key_of(fresh, wish)) != style:
            raise SourceChanged("the raster or its profile was changed")

    async def _fail(self, wish: Wish, detail: str) -> None:
        logger.warning("a seed of item %s has stopped: %s", wish.item_id, detail)
        seed = await asyncio.to_thread(self._folder.find, wish)
        if seed is not None:
            progress = replace(seed.progress, state=SeedState.FAILED, detail=detail)
            await self._report_quietly(wish, progress)

    async def _check(self, seed: Seed) -> None:
        """Say once of a finished seed that it is outdated, or is not any more. It is not served either way."""
        state = seed.progress.state
        if seed.is_open:
            return
        item = await self._items.get(seed.wish.item_id)
        if item is None or item.is_gone:
            await asyncio.to_thread(self._folder.remove_item, seed.wish.item_id)
            return
        if state is SeedState.FAILED:
            return
        try:
            is_current = await self.is_current(item, seed)
        except TilegateError:  # its storage is away: nothing is known
            return
        if is_current == (state is SeedState.DONE):
            return
        if not is_current:
            logger.warning("a seed of item %s, profile %s, is not served: %s", item.id, seed.wish.profile_id, OUTDATED)
        fresh, detail = (SeedState.DONE, "") if is_current else (SeedState.OUTDATED, OUTDATED)
        await self._report_quietly(seed.wish, replace(seed.progress, state=fresh, detail=detail))

    async def _report_quietly(self, wish: Wish, progress: Progress) -> None:
        try:
            await asyncio.to_thread(self._folder.report, wish, progress)
        except OSError as exc:
            logger.warning("how far a seed is cannot be written: %s", exc)


OUTDATED = "The raster, its profile or the service has changed since; seed it again."


class _WishChanged(Exception):
    """Somebody asked for something else of the same look."""


def reason_of(exc: Exception) -> str:
    """Return why it stopped, without paths."""
    if isinstance(exc, TilegateError):
        return exc.detail
    if isinstance(exc, SourceGone):
        return "The raster's file is no longer there."
    if isinstance(exc, OSError):
        return f"The folder of seeds cannot be written: {exc.strerror or type(exc).__name__}."
    text = str(exc)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
