"""Storing files in an object store."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from service.catalogue.storage.stores import open_store, summary
from service.errors import Forbidden, SourceFailed

if TYPE_CHECKING:
    from pathlib import Path

    from service.storage_root import RemoteRoot

SECONDS = 60.0
"""For a part of a file that is stored: longer than for one that is read, as nobody's map waits for it."""
CHUNK = 8 * 2**20
AT_ONCE = 2
RETRY_AFTER = 30

logger = logging.getLogger(__name__)


async def put(name: str, root: RemoteRoot, path: str, file: Path) -> None:
    """Store a file of the disk under a path of a root; `name`: the root's. Raises Forbidden, SourceFailed."""
    store = open_store(name, root, SECONDS)
    try:
        await obstore.put_async(store, path, file, chunk_size=CHUNK, max_concurrency=AT_ONCE)
    except (PermissionDeniedError, UnauthenticatedError) as exc:
        detail = "The service has no permission to write into the shared folder; ask its operator."
        raise Forbidden("permission_denied", detail) from exc
    except (BaseError, OSError) as exc:
        logger.warning("storage root %s: not written: %s", name, summary(exc))
        detail = "The storage cannot be written; try again in a few seconds."
        raise SourceFailed("source_unreadable", detail, retry_after=RETRY_AFTER) from exc
