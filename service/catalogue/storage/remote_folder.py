"""A storage root in an object store or on a web server."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    NotFoundError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from service.catalogue.storage import remote_listing, remote_writing
from service.catalogue.storage.remote_listing import entry_of, object_version
from service.catalogue.storage.stores import open_store, summary
from service.errors import BadInput, SourceFailed
from tiling.files.remote import RemoteChanged, RemoteError, RemoteUnsuitable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime
    from pathlib import Path

    from obstore import GetOptions, ObjectMeta

    from service.catalogue.storage.entry import Entry
    from service.storage_root import RemoteRoot

logger = logging.getLogger(__name__)

SLOW_SECONDS = 1.0
"""A failure that took longer was silence."""
RETRY_AFTER = 10
NO_SUCH_FILE = "There is no such file in this storage root."


_MISSING = (FileNotFoundError, NotFoundError)


class NoSuchObject(BadInput):
    """Nothing is there."""


class AccessRefused(BadInput):
    """The store does not let us look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteObject:
    """One version of an object."""

    path: str
    """Below the root."""
    size: int
    """Bytes."""
    etag: str | None
    modified: datetime | None
    """None where the server does not say."""

    @property
    def version(self) -> str:
        """A text that changes when the object does."""
        return object_version(self.etag, self.modified, self.size)

    @property
    def entry(self) -> Entry:
        """What is reported of it."""
        return entry_of(self.path, self.size, self.etag, self.modified)


class RemoteFolder:
    """Looks at the objects of one root and reads ranges of them.

    While the store is silent no render waits for it: `fetch` fails at once from the first silence on, until `look` has
    heard from the store again.
    """

    def __init__(self, name: str, root: RemoteRoot, timeout: float) -> None:
        """Raise Misconfigured where the settings cannot be used. `timeout`: seconds of a request."""
        self.seconds: Final = timeout
        """How long the store may take for one answer."""
        self.can_list: Final = root.scheme not in {"http", "https"}
        """Whether it says what is in a folder."""
        self._name = name
        self._root = root
        self._store = open_store(name, root, timeout)
        self.is_silent = False
        """Whether the store did not answer when it was last asked."""

    async def look(self, path: str) -> RemoteObject:
        """Ask for an object's size and version. Raises NoSuchObject, AccessRefused, BadInput, SourceFailed."""
        with self._asking():
            found = _object(path, await obstore.head_async(self._store, path))
        if found.etag is None and found.modified is None:
            raise BadInput(
                "field_invalid",
                "The server sends neither ETag nor Last-Modified, so that changes of a file cannot be noticed.",
                field="path",
            )
        return found

    def fetch(self, known: RemoteObject, start: int, stop: int) -> bytes:
        """Return bytes of one version of an object. Blocks. Raises RemoteError, FileNotFoundError.

        The store is asked for that version (If-Match), and what it sends is compared with it, as a server may not care.
        """
        if self.is_silent:
            raise RemoteError("the storage did not answer when it was last asked")
        began = time.monotonic()
        options: GetOptions = {"range": (start, stop)}
        if known.etag and not known.etag.startswith("W/"):
            options["if_match"] = known.etag
        try:
            result = obstore.get(self._store, known.path, options=options)
            if _object(known.path, result.meta).version != known.version:
                raise RemoteChanged("the object was replaced")
            return result.bytes().to_bytes()
        except PreconditionError as error:
            raise RemoteChanged("the object was replaced") from error
        except NotSupportedError as error:
            raise RemoteUnsuitable("the server does not answer range requests") from error
        except _MISSING as error:
            raise FileNotFoundError("there is no such object") from error
        except BaseError as error:
            self._take_note(error, began)
            raise RemoteError("the storage cannot be read") from error

    async def scan(self, path: str) -> list[Entry]:
        """Return the visible entries of a folder; none where there is no such folder. Raises as `look`."""
        with self._asking():
            return await remote_listing.scan(self._store, path)

    async def exists(self, path: str) -> bool:
        """Whether anything lies in a folder. Raises as `look`."""
        with self._asking():
            return await remote_listing.exists(self._store, path)

    async def walk(self, path: str) -> AsyncIterator[tuple[str, Entry]]:
        """Yield all visible objects below a folder, each with its path below it. Raises as `look`."""
        with self._asking():
            async for found in remote_listing.walk(self._store, path):
                yield found

    async def put(self, path: str, file: Path) -> Entry:
        """Store a file, in one step: nobody sees a part of it. Raises Forbidden, SourceFailed."""
        await remote_writing.put(self._name, self._root, path, file)
        return (await self.look(path)).entry

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Report what goes wrong, and note whether the store is silent."""
        began = time.monotonic()
        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            translated = _translated(error)
            self._take_note(error, began)
            raise translated from error
        self.is_silent = False

    def _take_note(self, error: Exception, began: float) -> None:
        """Log what an operator can do something about; the text of an error may hold a signed address."""
        if isinstance(error, (*_MISSING, InvalidPathError)):
            return
        self.is_silent = time.monotonic() - began > SLOW_SECONDS
        logger.warning("storage root %s: %s", self._name, summary(error))


def _object(path: str, meta: ObjectMeta) -> RemoteObject:
    modified = meta["last_modified"]
    return RemoteObject(
        path=path,
        size=meta["size"],
        etag=meta["e_tag"],
        modified=modified if modified.timestamp() > 0 else None,
    )


def _translated(error: Exception) -> BadInput | SourceFailed:
    if isinstance(error, (*_MISSING, InvalidPathError)):
        return NoSuchObject("field_invalid", NO_SUCH_FILE, field="path")
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
        detail = "The storage denies access: the root's credentials do not cover this file, or there is no such file."
        return AccessRefused("field_invalid", detail, field="path")
    return SourceFailed(
        "source_unreadable", "The storage cannot be read; try again in a few seconds.", retry_after=RETRY_AFTER
    )
