"""Archives of a raster's tiles among the files of a link: a map for who has no network."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from service.delivery.files.storage import SEEDS, Place
from service.errors import TilegateError
from service.operations.files.mount import Mount

if TYPE_CHECKING:
    from service.catalogue.item import Item
    from service.links.link import Link
    from service.operations.core.operation import Context


async def seed_mounts(context: Context, link: Link, item: Item, file_name: str) -> dict[str, Mount]:
    """Return the archives of an item that show it as it is now, by names that begin as that of its file.

    A link that shares some profiles has those of them. What it does not allow of the raster's file it does not allow of
    these: `require_whole`.
    """
    images, found = context.services.images, dict[str, Mount]()
    for seed in images.seeds.of_item(item.id):
        wish, archived = seed.wish, seed.progress.archived
        if archived is None or (link.profiles and wish.profile_id not in link.profiles):
            continue
        try:
            is_current = await images.seeder.is_current(item, seed)
        except TilegateError:  # its storage is away
            continue
        if is_current:
            place = Place(root=SEEDS, path=f"{wish.item_id}/{wish.look}/{archived.name}")
            name = f"{PurePosixPath(file_name).stem}.{wish.file_name}"
            found[name] = Mount(place=place, is_folder=False, is_raster=True, is_seed=True)
    return found
