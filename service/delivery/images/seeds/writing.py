"""What a seeder writes, and where it stops: the room that seeds may take, and what stays free on the disk."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from service.delivery.images.seeds.seed import Progress, Seed, SeedState, Wish
from tiling.files.rooted_file import look_at
from tiling.geometry.footprint import MERCATOR_LATITUDE
from tiling.seeding import journal as journals
from tiling.seeding.journal import Journal
from tiling.seeding.packing import About

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.delivery.images.seeds.seed_folder import SeedFolder
    from tiling.models import Bounds
    from tiling.seeding.spans import TileIds

T = TypeVar("T")


class SeedStopped(Exception):
    """It cannot go on now. The message is a sentence for who asked for it."""


class SeedWriting:
    """Journals of seeds, within `max_bytes` for all of them and `keep_free` bytes that stay free on the disk."""

    def __init__(self, folder: SeedFolder, *, max_bytes: int, keep_free: int) -> None:
        self._folder = folder
        self._max_bytes, self._keep_free = max_bytes, keep_free
        self._used = 0

    async def begin(self, seed: Seed, style: str, ids: TileIds) -> Journal:
        """Return the journal of a seed, with what it has of this style. Raises OSError."""
        return await self._to_end(self._begin, seed, style, ids)

    async def append(self, journal: Journal, ids: TileIds, bodies: list[bytes | None]) -> None:
        """Write tiles. Raises SeedStopped where there is no room, OSError."""
        await self._to_end(self._append, journal, ids, bodies)

    async def report(self, wish: Wish, style: str, journal: Journal) -> None:
        """Say how far it is. Raises OSError."""
        await asyncio.to_thread(self._report, wish, style, journal)

    def require_room_to_pack(self, wish: Wish) -> None:
        """Raise SeedStopped where the archive would find no room beside what it is made of. Blocks."""
        size = (self._folder.place(wish) / journals.TILES).stat().st_size
        self._used = self._folder.used_bytes()
        self._require_room(size)

    def take_over(self, wish: Wish, name: str) -> str:
        """Give an archive its name, now that it is whole; return its version. Blocks. Raises OSError."""
        place = self._folder.place(wish)
        (place / f"{name}.draft").rename(place / name)
        root = str(self._folder.root.resolve())
        return str(look_at(root, (wish.item_id, wish.look, name)).version)

    def clean(self, wish: Wish, name: str) -> None:
        """Remove what an archive was made of, and what it takes the place of. Blocks. Raises OSError."""
        place = self._folder.place(wish)
        journals.remove(place)
        for path in place.glob("*.pmtiles*"):
            if path.name != name:
                path.unlink(missing_ok=True)

    @staticmethod
    def about(wish: Wish) -> About:
        """Return what the archive says of itself."""
        said: dict[str, Any] = {"name": wish.name, "type": "overlay", "format": wish.format.value}
        if wish.attribution:
            said["attribution"] = wish.attribution
        return About(format=wish.format, bounds=_bounds(wish.box), metadata=said)

    def _begin(self, seed: Seed, style: str, ids: TileIds) -> Journal:
        place, archived = self._folder.place(seed.wish), seed.progress.archived
        for draft in place.glob("*.pmtiles.draft"):  # of a process that was killed
            draft.unlink(missing_ok=True)
        if archived is not None and archived.style != style:  # never asked for again
            (place / archived.name).unlink(missing_ok=True)
            archived = None
        if seed.progress.style != style:
            journals.remove(place)
            self._folder.report(seed.wish, Progress(state=SeedState.RUNNING, style=style, archived=archived))
        journal = Journal.open(place, ids)
        self._used = self._folder.used_bytes()
        self._report(seed.wish, style, journal)
        return journal

    def _append(self, journal: Journal, ids: TileIds, bodies: list[bytes | None]) -> None:
        size = sum(len(body or b"") for body in bodies)
        self._require_room(size)
        journal.append(ids, bodies)
        self._used += size

    def _require_room(self, size: int) -> None:
        if self._used + size > self._max_bytes:
            raise SeedStopped(
                f"All seeds together may take {self._max_bytes:,} bytes (TILEGATE_SEED_BYTES): delete some, or ask for "
                "fewer zooms or a smaller bbox."
            )
        if self._folder.free_bytes() - size < self._keep_free:
            raise SeedStopped("The disk is full; when there is room, ask again: it goes on where it stopped.")

    def _report(self, wish: Wish, style: str, journal: Journal) -> None:
        seed = self._folder.find(wish)
        if seed is None:
            raise FileNotFoundError
        progress = replace(
            seed.progress,
            state=SeedState.RUNNING,
            style=style,
            done=journal.count,
            failed=journal.failed,
            bytes=journal.bytes,
        )
        self._folder.report(wish, progress)

    @staticmethod
    async def _to_end(function: Callable[..., T], *words: object) -> T:
        """Run in a thread, to the end also where nobody waits: a journal must not be closed under it."""
        running = asyncio.ensure_future(asyncio.to_thread(function, *words))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise


def _bounds(box: Bounds) -> Bounds:
    west, south, east, north = box
    if not -180 <= west < east <= 180:  # noqa: PLR2004  (the world)
        west, east = -180.0, 180.0
    return west, max(south, -MERCATOR_LATITUDE), east, min(north, MERCATOR_LATITUDE)
