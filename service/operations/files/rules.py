"""Which links give files, and the ETag of a version of a file."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from service.errors import Forbidden

if TYPE_CHECKING:
    from service.links.link import Link
    from service.operations.files.mount import Mount


def require_no_area(link: Link) -> None:
    """Raise Forbidden where a link shares an area: no file is cut to it, and nobody asks a folder where it lies."""
    if link.area is not None:
        detail = "This link shares only an area, and the file reaches beyond it; crop the raster instead."
        raise Forbidden("outside_share_area", detail)


def require_whole(link: Link, mount: Mount) -> None:
    """Raise Forbidden where a link shares only a part of what is in a file.

    Zooms and a watermark are about pixels; a raster's file has them all, in full size and unmarked.
    """
    require_no_area(link)
    if not (mount.is_folder or mount.is_raster):
        return
    if link.min_zoom is not None or link.max_zoom is not None:
        detail = "This link shares only some zooms, and the file has all of them; request tiles or a preview instead."
        raise Forbidden("permission_denied", detail)
    if link.watermark is not None:
        detail = "This link has a watermark, and the file has none; request tiles or a preview instead."
        raise Forbidden("permission_denied", detail)


def etag_of(secret: bytes, *version: str) -> str:
    """Return the strong ETag of a version of a file; keyed, so that it reveals nothing of the file."""
    return f'"{blake2b(repr(version).encode(), key=secret, digest_size=16).hexdigest()}"'
