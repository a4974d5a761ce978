"""What goes into an archive, within the caps."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from service.catalogue.storage.entry import EntryKind, join, no_such_file
from service.delivery.files.archives import Packed
from service.errors import BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from service.operations.core.operation import Context
    from service.operations.files.file_tree import Tree
    from service.operations.files.mount import Mount

GIB = 2**30
LOOKS_AT_ONCE = 16


async def pack(context: Context, tree: Tree, paths: Sequence[str]) -> list[Packed]:
    """Return the files below some paths of a tree, or below all, in the order of their names.

    Raises NotFound `file_not_found`, BadInput `archive_too_large`.
    """
    settings = context.services.settings
    found: dict[str, Packed] = {}
    seen = size = 0
    for path in paths or ("",):
        async with aclosing(_below(context, tree, path.strip("/"))) as files:
            async for file in files:
                seen += 1
                if file is not None and file.name not in found:
                    found[file.name] = file
                    size += file.entry.size
                if seen > settings.archive_entries:
                    raise _too_large(f"more than {settings.archive_entries:,} files and folders")
                if size > settings.archive_bytes:
                    raise _too_large(f"more than {settings.archive_bytes / GIB:,.1f} GiB")
    return [found[name] for name in sorted(found)]


async def _below(context: Context, tree: Tree, path: str) -> AsyncGenerator[Packed | None]:
    """Yield the files below a path of a tree, and None for each folder."""
    where = tree.find(path)
    if where is not None:
        async with aclosing(_of_mount(context, path, *where)) as found:
            async for file in found:
                yield file
        return
    inside = tree.inside(path)
    single = [
        (join(path, name), mount) for name, mount in inside.items() if mount and not (mount.is_folder or mount.is_seed)
    ]
    for start in range(0, len(single), LOOKS_AT_ONCE):
        looks = (_single(context, *each) for each in single[start : start + LOOKS_AT_ONCE])
        for file in await asyncio.gather(*looks):
            yield file
    for name, mount in inside.items():
        if mount is None or mount.is_folder:
            async with aclosing(_below(context, tree, join(path, name))) as files:
                async for file in files:
                    yield file


async def _of_mount(context: Context, path: str, mount: Mount, rest: str) -> AsyncGenerator[Packed | None]:
    if not mount.is_folder:
        file = await _single(context, path, mount)
        if file is None:
            raise no_such_file()
        yield file
        return
    place, files = mount.place.below(rest), context.services.files.storage
    entry = await files.look(place)
    if entry.kind is EntryKind.FILE:
        yield Packed(name=path, place=place, entry=entry)
        return
    async for below, inner in files.walk(place):
        is_file = inner.kind is EntryKind.FILE
        yield Packed(name=join(path, below), place=place.below(below), entry=inner) if is_file else None


async def _single(context: Context, path: str, mount: Mount) -> Packed | None:
    """Return the file of a mount; None where it has gone, while others are still shared."""
    try:
        entry = await context.services.files.storage.look(mount.place, follow=True)
    except NotFound:
        return None
    return Packed(name=path, place=mount.place, entry=entry, follow=True) if entry.kind is EntryKind.FILE else None


def _too_large(what: str) -> BadInput:
    detail = f"This archive would hold {what}. Choose a part of it (path=), or download the files one by one."
    return BadInput("archive_too_large", detail, field="path")
