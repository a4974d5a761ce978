"""Which links give files, and how a version of a file is told."""

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
        detail = "This link shares an area, and files reach beyond it: crop the raster instead."
        raise Forbidden("outside_share_area", detail)


def require_whole(link: Link, mount: Mount) -> None:
    """Raise Forbidden where a link shares a part of what a file would tell wholly.

    Zooms and a watermark are about pixels; a raster's file has them all, in full size and unmarked.
    """
    require_no_area(link)
    if not (mount.is_folder or mount.is_raster):
        return
    if link.min_zoom is not None or link.max_zoom is not None:
        detail = "This link shares some zooms, and the file has them all; ask for tiles or a preview."
        raise Forbidden("permission_denied", detail)
    if link.watermark is not None:
        detail = "This link shares images with a watermark, and the file has none; ask for tiles or a preview."
        raise Forbidden("permission_denied", detail)


def etag_of(secret: bytes, *version: str) -> str:
    """Return the strong ETag of a version of a file; keyed, so that it tells nothing of the file."""
    return f'"{blake2b(repr(version).encode(), key=secret, digest_size=16).hexdigest()}"'
