"""The tier of tiles that were rendered ahead: archives that are held open, found by all that their pixels depend on."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.delivery.images.tile_cache import TileKey
from tiling.archives.archive import Archive
from tiling.errors import SourceChanged, TilingError
from tiling.files.raster_source import RasterSource
from tiling.files.rooted_file import look_at
from tiling.models import RenderedTile, TileAddress

if TYPE_CHECKING:
    from service.delivery.images.seeds.seed import Archived, Seed
    from service.delivery.images.seeds.seed_folder import SeedFolder
    from service.delivery.images.tile_cache import ImageKey
    from service.identifiers import ItemId

DIRECTORY_BYTES = 4 * 2**20
"""Of one archive, that are kept in memory."""
MOST_OPEN = 200

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    """An archive, by its own descriptor."""

    archive: Archive
    about: Archived


class Seeds:
    """Fails open: what cannot be read is logged, and tiles are rendered as if it were not there.

    A seed is asked by the style of a key and nothing else: raster and its version, profile, format, size, area,
    watermark, the code and libraries that paint. What is no longer current is never asked for. The file itself has to
    be the one that was written: a copy, or one that somebody wrote to, is not read.
    """

    def __init__(self, folder: SeedFolder, salt: bytes) -> None:
        """`salt`: as of the tile store."""
        self.folder = folder
        self._salt = salt
        self._open: dict[str, _Open] = {}
        """By style."""
        self._of_items: dict[ItemId, list[Seed]] = {}
        self._refused: set[tuple[str, str]] = set()

    def style_of(self, key: TileKey) -> str:
        """Return all that the pixels of a key's map depend on, as a name."""
        return hashlib.blake2b(key.style, key=self._salt, digest_size=16).hexdigest()

    def get(self, key: ImageKey) -> RenderedTile | None:
        """Return a tile that was rendered ahead. Takes microseconds where the system has it in memory."""
        if not self._open or not isinstance(key, TileKey) or not isinstance(key.address, TileAddress):
            return None
        style = self.style_of(key)
        found = self._open.get(style)
        if found is None:
            return None
        z, x, y = key.address.z, key.address.x, key.address.y
        try:
            body = found.archive.tile(z, x, y)
        except TilingError as exc:
            del self._open[style]
            self._refuse(found.about, exc)
            return None
        if body is None and (found.about.failed or not any(span.holds(z, x, y) for span in found.about.spans)):
            return None
        return RenderedTile(body=body, media_type=key.format.media_type, width=key.tilesize, height=key.tilesize)

    def has(self, style: str) -> bool:
        """Whether tiles of a style are served from here."""
        return style in self._open

    def of_item(self, item_id: ItemId) -> list[Seed]:
        """Return the seeds of an item that have an archive, as they were a moment ago."""
        return self._of_items.get(item_id, [])

    async def refresh(self, seeds: list[Seed]) -> None:
        """Open what was finished, here or by another worker, and close what is gone."""
        done = {archived.style: (seed, archived) for seed in seeds if (archived := seed.progress.archived) is not None}
        self._of_items = {}
        for seed, _ in done.values():
            self._of_items.setdefault(seed.wish.item_id, []).append(seed)
        kept = {style: known for style, known in self._open.items() if style in done and done[style][1] == known.about}
        fresh = [found for style, found in done.items() if style not in kept][: MOST_OPEN - len(kept)]
        opened = await asyncio.to_thread(self._opened, fresh) if fresh else {}
        self._open = kept | opened

    def _opened(self, found: list[tuple[Seed, Archived]]) -> dict[str, _Open]:
        """Blocks."""
        opened = dict[str, _Open]()
        for seed, archived in found:
            if (archived.name, archived.version) in self._refused:
                continue
            try:
                opened[archived.style] = _Open(self._archive(seed, archived), archived)
            except (TilingError, OSError) as exc:
                self._refuse(archived, exc)
        return opened

    def _archive(self, seed: Seed, archived: Archived) -> Archive:
        """Blocks. Raises TilingError, OSError."""
        names = (seed.wish.item_id, seed.wish.look, archived.name)
        rooted = look_at(str(self.folder.root.resolve()), names)
        if str(rooted.version) != archived.version:
            raise SourceChanged("it is not the file that was written")
        return Archive(RasterSource.beneath(rooted), DIRECTORY_BYTES)

    def _refuse(self, about: Archived, exc: Exception) -> None:
        self._refused.add((about.name, about.version))
        logger.warning("the seed %s is not served: %s; seed it again", about.name, exc)
