"""A rendered image as bytes, for the tiers outside of a process: five bytes of head, then the image."""

from __future__ import annotations

import struct

from tiling.models import RenderedTile

LARGEST = 2 * 2**20
"""Bytes of an image that is still kept outside of a process."""

_HEAD = struct.Struct("!BHH")
_MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
"""By number; an image without data has so many more."""


def packed(image: RenderedTile) -> bytes:
    """Return an image as bytes. It must be complete: how much of a mosaic it shows is not in them."""
    kind = len(_MEDIA_TYPES) * image.is_empty + _MEDIA_TYPES.index(image.media_type)
    return _HEAD.pack(kind, image.width, image.height) + (image.body or b"")


def unpacked(data: object) -> RenderedTile | None:
    """Return the image; None for what is no image of ours."""
    if not isinstance(data, bytes) or len(data) < _HEAD.size:
        return None
    kind, width, height = _HEAD.unpack_from(data)
    is_empty, media_type = divmod(kind, len(_MEDIA_TYPES))
    body, text = data[_HEAD.size :], _MEDIA_TYPES[media_type]
    if is_empty > 1 or bool(body) == bool(is_empty):
        return None
    return RenderedTile(body=body or None, media_type=text, width=width, height=height)
