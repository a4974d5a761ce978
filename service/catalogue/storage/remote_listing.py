"""What lies in a folder of an object store: objects whose keys share a prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import obstore

from service.catalogue.storage.entry import Entry, EntryKind, is_visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from obstore import ObjectMeta
    from obstore.store import ObjectStore

ROWS = 1000
"""Objects that a store lists at once."""


async def scan(store: ObjectStore, path: str) -> list[Entry]:
    """Return the visible entries of a folder; none where there is no such folder. Raises what obstore raises."""
    found = await obstore.list_with_delimiter_async(store, path or None)
    folders = [Entry(name=_name(prefix), kind=EntryKind.DIRECTORY) for prefix in found["common_prefixes"]]
    objects = [_entry(meta) for meta in found["objects"] if _is_below(meta["path"], path)]
    return [entry for entry in (*folders, *objects) if is_visible(entry.name)]


async def exists(store: ObjectStore, path: str) -> bool:
    """Whether anything lies in a folder. Raises what obstore raises."""
    async for rows in obstore.list(store, path or None, chunk_size=1):
        if rows:
            return True
    return False


async def walk(store: ObjectStore, path: str) -> AsyncIterator[tuple[str, Entry]]:
    """Yield all visible objects below a folder, each with its path below it. Raises what obstore raises."""
    async for rows in obstore.list(store, path or None, chunk_size=ROWS):
        for meta in _below(rows, path):
            below = meta["path"][len(path) :].lstrip("/")
            if all(is_visible(part) for part in below.split("/")):
                yield below, _entry(meta)


def entry_of(key: str, size: int, etag: str | None, modified: datetime | None) -> Entry:
    """Return an object as an entry of its folder. Whole seconds: some stores list finer times than they answer."""
    whole = modified and modified.replace(microsecond=0)
    version = object_version(etag, whole, size)
    return Entry(name=_name(key), kind=EntryKind.FILE, size=size, modified=whole, version=version)


def object_version(etag: str | None, modified: datetime | None, size: int) -> str:
    """Return a text that changes when an object does."""
    return f"{etag or ''}|{modified.isoformat() if modified else ''}|{size:x}"


def _entry(meta: ObjectMeta) -> Entry:
    modified = meta["last_modified"]
    return entry_of(meta["path"], meta["size"], meta["e_tag"], modified if modified.timestamp() > 0 else None)


def _below(rows: Sequence[ObjectMeta], path: str) -> list[ObjectMeta]:
    return [meta for meta in rows if _is_below(meta["path"], path)]


def _is_below(key: str, path: str) -> bool:
    """Whether a key is that of an object in the folder, and not of the folder's own marker."""
    return key != path and key.startswith(f"{path}/" if path else "") and not key.endswith("/")


def _name(key: str) -> str:
    return key.rstrip("/").rpartition("/")[2]
