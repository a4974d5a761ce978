"""Images for recipients: one way for tiles and previews, each step one call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.catalogue.item import Item, ItemKind
from service.delivery.tile_cache import ImageKey, etag
from service.errors import BadInput, Forbidden
from service.metering.usage import Units
from service.operations.operation import Context, ImageAnswer
from tiling.errors import TileAddressInvalid
from tiling.models import ImageFormat, RenderedTile, TileAddress, TileSize
from tiling.mosaic import MosaicSource

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.links.link import Link

DEFAULT_PREVIEW = 512
MIN_PREVIEW = 16
MAX_PREVIEW = 2048
MAX_PICTURE = 4096
"""Of a picture that lies on no map."""
INCOMPLETE_MAX_AGE = 5
"""Seconds that a tile is used by a client which does not show all it should."""


async def tile(  # noqa: PLR0913  (a tile has that many coordinates)
    context: Context,
    admission: Admission,
    *,
    z: int,
    x: int,
    y: int,
    image_format: str,
    tilesize: int,
    profile_id: str | None,
) -> ImageAnswer:
    """Return a tile for an admitted caller. Raises BadInput, Forbidden, NotFound, and what rendering raises."""
    address = parse_address(z, x, y)
    _check_zoom(admission, z)
    profile = admission.target.profile(profile_id, admission.link.profiles)
    key = await context.services.tiles.tile_key(
        admission.target, address, profile, parse_format(image_format), parse_tilesize(tilesize)
    )
    return await _answer(context, admission, key)


async def preview(
    context: Context, admission: Admission, *, image_format: str, max_size: int, profile_id: str | None
) -> ImageAnswer:
    """Return a picture of the whole raster, or a shared picture, for an admitted caller; raises as `tile` does."""
    target, tiles = admission.target, context.services.tiles
    if isinstance(target, Item) and target.kind is ItemKind.IMAGE:
        _check_size(max_size, MAX_PICTURE)
        return await _answer(context, admission, await tiles.picture_key(target, parse_format(image_format), max_size))
    _check_size(max_size, MAX_PREVIEW)
    profile = target.profile(profile_id, admission.link.profiles)
    key = await tiles.preview_key(target, profile, parse_format(image_format), max_size)
    return await _answer(context, admission, key)


async def _answer(context: Context, admission: Admission, key: ImageKey) -> ImageAnswer:
    """Have the client look into its own cache first; then render, then meter, then send.

    What is not metered is confirmed instead: the caller was admitted without asking whether the link is still the same.
    """
    services = context.services
    tag = etag(key, services.etag_secret)
    age = max_age(admission.link, services.settings.tile_max_age, datetime.now(UTC))
    answer = ImageAnswer(etag=tag, max_age=age, media_type=key.format.media_type, key=key)
    if tag in context.if_none_match or "*" in context.if_none_match:
        await services.doorkeeper.confirm(admission)
        return replace(answer, not_modified=True)
    delivered = await services.tiles.get(key)
    body = delivered.tile.body
    if isinstance(key.source, MosaicSource):
        answer = _as_complete_as(delivered.tile, answer)
    if body is None or not admission.is_metered:
        await services.doorkeeper.confirm(admission)
        return replace(answer, body=body)
    services.in_flight.hold()
    units = Units(renders=1, cached=int(delivered.cached), bytes=len(body))
    await services.doorkeeper.charge(admission, units)
    return replace(answer, body=body, metered=True)


def _as_complete_as(rendered: RenderedTile, answer: ImageAnswer) -> ImageAnswer:
    """Say how complete a mosaic is. An incomplete one is asked for again soon, and gets an ETag of its own."""
    part = rendered.completeness
    if part == 1:
        return replace(answer, completeness=part)
    tag, seconds = f'{answer.etag[:-1]}-{part:.6f}"', min(answer.max_age, INCOMPLETE_MAX_AGE)
    return replace(answer, completeness=part, etag=tag, max_age=seconds)


def parse_address(z: int, x: int, y: int) -> TileAddress:
    """Return the address of a tile. Raises BadInput `tile_address_invalid`."""
    try:
        return TileAddress(z=z, x=x, y=y)
    except TileAddressInvalid as exc:
        raise BadInput("tile_address_invalid", f"There is no such tile: {exc}.", field=exc.field) from exc


def parse_format(text: str) -> ImageFormat:
    """Return an image format by its name. Raises BadInput `format_unsupported`."""
    try:
        return ImageFormat("jpg" if text == "jpeg" else text)
    except ValueError as exc:
        raise BadInput("format_unsupported", "The formats are png, jpg and webp.", field="format") from exc


def parse_tilesize(value: int) -> TileSize:
    """Return a tile size in pixels. Raises BadInput."""
    if value == 256:  # noqa: PLR2004
        return 256
    if value == 512:  # noqa: PLR2004
        return 512
    raise BadInput("field_invalid", "Tiles are 256 or 512 pixels wide.", field="tilesize")


def _check_size(max_size: int, largest: int) -> None:
    if not MIN_PREVIEW <= max_size <= largest:
        detail = f"A preview is {MIN_PREVIEW} to {largest} pixels wide or high."
        raise BadInput("field_invalid", detail, field="max_size")


def _check_zoom(admission: Admission, zoom: int) -> None:
    nearest = admission.link.clamp_zoom(zoom)
    if nearest != zoom:
        raise Forbidden("permission_denied", f"This link does not share zoom {zoom}, but {nearest}.", field="z")


def max_age(link: Link, longest: int, now: datetime) -> int:
    """Return how many seconds an image may be used: never past the link's expiry."""
    if link.expires_at is None:
        return longest
    return max(0, min(longest, int((link.expires_at - now).total_seconds())))
