"""Where an upload goes, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.catalogue.storage.remote_folder import NoSuchObject

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from service.catalogue.storage.entry import Entry
    from service.catalogue.storage.remote_folder import RemoteFolder
    from service.delivery.files.storage import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an upload goes."""

    folder: Place
    """That is shared: the draft lies in it."""
    path: str
    """Below the folder."""
    link_id: str
    """Of whose recipients the upload is: to others its id says nothing."""
    max_bytes: int | None = None
    """Of this file, where it is fewer than of any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that was uploaded."""

    entry: Entry
    created: bool
    """Whether there was none of its name before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """What has to hold when an upload becomes a file."""

    confirm: Callable[[], Awaitable[None]]
    """Raises where the link no longer admits who uploads."""
    check: Callable[[Entry | None], None]
    """Raises where the file that is there, or None, may not be replaced. Called in a thread."""
    keeps_same: bool = False
    """Whether a file that is there with the same bytes stays, without a check: an upload that was sent again."""
    look: Callable[[bytes], None] | None = None
    """Raises where a file may not begin with some bytes."""
    other_name: Callable[[str], str] | None = None
    """Returns another name for one that is taken, instead of a check. In an object store, which has no lock, it is used
    always: of two uploads at the same time neither overwrites the other."""


async def finish_remote(remote: RemoteFolder, to: Destination, draft: Path, finish: Finish) -> Written:
    """Store a draft in an object store. That has no lock: of two uploads at the same time both may pass a check."""
    if finish.other_name is not None:
        place = to.folder.below(finish.other_name(to.path))
        return Written(entry=await remote.put(place.path, draft), created=True)
    place = to.folder.below(to.path)
    before = await there(remote, place)
    finish.check(before)
    return Written(entry=await remote.put(place.path, draft), created=before is None)


async def there(remote: RemoteFolder, place: Place) -> Entry | None:
    """Return what is at a place of an object store; None for nothing. Raises SourceFailed."""
    try:
        return (await remote.look(place.path)).entry
    except NoSuchObject:
        return None
