"""Images for recipients: one way for tiles and previews, each step one call."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.item import Item, ItemKind
from service.delivery.images.tile_cache import ImageKey, etag
from service.errors import BadInput, Forbidden
from service.metering.usage import Units
from service.operations.admission.render_policy import (
    finest_pixel,
    finish_for,
    outside_area,
    profile_for,
    shared_extent,
    watermark_for,
)
from service.operations.core.operation import Context, ImageAnswer
from service.operations.recipient.regions import epsg_of, region_for, wanted_for
from tiling.analysis.crop import Crop, CropFormat
from tiling.analysis.values import Wanted
from tiling.errors import TileAddressInvalid
from tiling.geometry.zooms import pixels_along
from tiling.models import ImageFormat, RenderedTile, TileAddress, TileSize
from tiling.mosaic import MosaicSource

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.admission.render_models import Render
    from service.operations.recipient.value_models import CropRequest

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
    render: Render | None = None,
) -> ImageAnswer:
    """Return a tile for an admitted caller. Raises BadInput, Forbidden, NotFound, and what rendering raises."""
    address = parse_address(z, x, y)
    _check_zoom(admission, z)
    profile, finish = profile_for(admission, profile_id, render), finish_for(context, admission.link)
    key = await context.services.tiles.keys.tile(
        admission.target, address, profile, parse_format(image_format), parse_tilesize(tilesize), finish=finish
    )
    return await _answer(context, admission, key)


async def preview(
    context: Context,
    admission: Admission,
    *,
    image_format: str,
    max_size: int,
    profile_id: str | None,
    render: Render | None = None,
) -> ImageAnswer:
    """Return a picture of the whole raster, or a shared picture, for an admitted caller; raises as `tile` does."""
    target, keys, link = admission.target, context.services.tiles.keys, admission.link
    if isinstance(target, Item) and target.kind is ItemKind.IMAGE:
        _check_size(max_size, MAX_PICTURE)
        if link.area is not None:  # it lies nowhere, and so not in there
            raise outside_area()
        key: ImageKey = await keys.picture(
            target, parse_format(image_format), max_size, watermark=watermark_for(context, link)
        )
        return await _answer(context, admission, key)
    _check_size(max_size, MAX_PREVIEW)
    profile, finish = profile_for(admission, profile_id, render), finish_for(context, link)
    max_size = _coarse_enough(context, admission, max_size)
    key = await keys.preview(target, profile, parse_format(image_format), max_size, finish=finish)
    return await _answer(context, admission, key)


async def crop(context: Context, admission: Admission, request: CropRequest) -> ImageAnswer:
    """Return a part for an admitted caller. Raises as `tile` does, Forbidden, and BadInput `crop_too_large`.

    The values of a GeoTIFF are for those who may download, and carry no watermark.
    """
    link, image_format = admission.link, _crop_format(request.format)
    is_values = image_format is CropFormat.TIF
    if is_values and link.watermark is not None:
        detail = "This link marks its images with a text, which values cannot carry; ask for a picture."
        raise Forbidden("permission_denied", detail, field="format")
    if is_values and admission.is_layer:
        detail = "This is a layer of a map, of which the link shares the picture; ask for a picture."
        raise Forbidden("permission_denied", detail, field="format")
    if request.bbox is None and request.geometry is None:
        raise BadInput("field_missing", "Say which part: a bbox, or a GeoJSON geometry.", field="bbox")
    profile = profile_for(admission, request.profile, request.render)
    clip = await region_for(context, admission, request)
    if clip is None:
        raise RuntimeError("a region was asked for, and there is none")
    asked = Crop(
        clip=clip,
        format=image_format,
        profile=profile,
        wanted=wanted_for(admission, request) if is_values else Wanted(),
        crs=_crop_crs(request, admission) if is_values else None,
        max_size=request.max_size,
        finest=finest_pixel(admission),
        max_pixels=context.services.settings.crop_pixels,
        watermark=watermark_for(context, link),
    )
    return await _answer(context, admission, await context.services.tiles.keys.crop(admission.target, asked))


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
    delivered = await services.tiles.get(key, admission.flow)
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


def _crop_format(text: str) -> CropFormat:
    try:
        return CropFormat({"jpeg": "jpg", "tiff": "tif"}.get(text, text))
    except ValueError as exc:
        raise BadInput("format_unsupported", "The formats are png, jpg, webp and tif.", field="format") from exc


def _crop_crs(request: CropRequest, admission: Admission) -> int | None:
    """Return the EPSG code of a GeoTIFF; None for the raster's own. Raises BadInput."""
    crs = None if request.dst_crs is None else epsg_of(request.dst_crs)
    is_mosaic = isinstance(admission.target, Collection)
    if crs not in ({None, 3857} if is_mosaic else {None, 3857, 4326}):
        more = "; pick one item of it for another" if is_mosaic else " or EPSG:4326, or in its own without dst_crs"
        raise BadInput("field_invalid", f"A GeoTIFF is had in EPSG:3857{more}.", field="dst_crs")
    return crs


def _coarse_enough(context: Context, admission: Admission, max_size: int) -> int:
    """Return as many pixels as a preview may have by the link's highest zoom, but the least that there are."""
    finest = finest_pixel(admission)
    if finest is None:
        return max_size
    extent = shared_extent(context, admission.link, admission.target)
    return max(MIN_PREVIEW, min(max_size, pixels_along(extent.footprint or extent.bounds, finest)))


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
