"""Images for recipients: one way for tiles and previews, each step one call."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.catalogue.item import Item, ItemKind
from service.delivery.images.tile_cache import ImageKey, etag
from service.errors import BadInput, Forbidden, SourceReplaced
from service.links.watermark_text import names_who_looks, seconds_of_text
from service.metering.usage import Units
from service.operations.admission.latest import latest
from service.operations.admission.render_policy import (
    finest_pixel,
    finish_for,
    outside_area,
    profile_for,
    shared_extent,
    watermark_for,
)
from service.operations.admission.tile_styles import TileSpot, TileStyle, parse_format
from service.operations.core.operation import Context, ImageAnswer
from service.operations.recipient.regions import epsg_of, region_for, wanted_for
from tiling.analysis.crop import Crop, CropFormat
from tiling.analysis.values import Wanted
from tiling.geometry.zooms import pixels_along
from tiling.mosaic import MosaicSource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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


async def tile(context: Context, admission: Admission, style: TileStyle, spot: TileSpot) -> ImageAnswer:
    """Return a tile for an admitted caller. Raises BadInput, Forbidden, NotFound, and what rendering raises."""
    try:
        key = style.known_key(context, admission, spot) or await style.key_at(context, admission, spot)
        return await _answer(context, admission, key, spot.etag)
    except SourceReplaced:
        context.services.images.tiles.keys.look_again(admission.target)
    key = await style.key_at(context, admission, spot)
    return await _answer(context, admission, key, spot.etag)


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
    target, keys, link = admission.target, context.services.images.tiles.keys, admission.link
    if isinstance(target, Item) and target.kind is ItemKind.IMAGE:
        _check_size(max_size, MAX_PICTURE)
        if link.area is not None:  # it lies nowhere, and so not in there
            raise outside_area()
        return await _latest(
            context,
            admission,
            partial(
                keys.picture, target, parse_format(image_format), max_size, watermark=watermark_for(context, admission)
            ),
        )
    _check_size(max_size, MAX_PREVIEW)
    profile, finish = profile_for(admission, profile_id, render), finish_for(context, admission)
    max_size = _coarse_enough(context, admission, max_size)
    make_key = partial(keys.preview, target, profile, parse_format(image_format), max_size, finish=finish)
    return await _latest(context, admission, make_key)


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
        watermark=watermark_for(context, admission),
    )
    return await _latest(context, admission, partial(context.services.images.tiles.keys.crop, admission.target, asked))


async def _latest(context: Context, admission: Admission, make_key: Callable[[], Awaitable[ImageKey]]) -> ImageAnswer:
    """Answer with the image of a key; with that of the next one, where the file was replaced since it was looked at."""

    async def ask() -> ImageAnswer:
        return await _answer(context, admission, await make_key())

    return await latest(context, admission.target, ask)


async def _answer(context: Context, admission: Admission, key: ImageKey, tag: str = "") -> ImageAnswer:
    """Have the client look into its own cache first; then render, then meter, then send.

    What is not metered is confirmed instead: the caller was admitted without asking whether the link is still the same.
    """
    services = context.services
    tag = tag or etag(key, services.etag_secret)
    age = max_age(admission.link, services.settings.tile_max_age, datetime.now(UTC))
    media_type, is_personal = key.format.media_type, names_who_looks(admission.link.watermark)
    if context.if_none_match and (tag in context.if_none_match or "*" in context.if_none_match):
        await services.links.authorizer.confirm(admission)
        return ImageAnswer(etag=tag, max_age=age, media_type=media_type, not_modified=True, is_personal=is_personal)
    tiles = services.images.tiles
    delivered = tiles.cached(key) or await tiles.get(key, admission.flow)
    body, completeness = delivered.tile.body, None
    if isinstance(key.source, MosaicSource):
        completeness = delivered.tile.completeness
        if completeness != 1:  # it is asked for again soon, and has an ETag of its own
            tag, age = f'{tag[:-1]}-{completeness:.6f}"', min(age, INCOMPLETE_MAX_AGE)
    is_metered = body is not None and admission.is_metered
    if body is None or not is_metered:
        await services.links.authorizer.confirm(admission)
    else:
        services.metering.in_flight.hold()
        pixels = delivered.tile.width * delivered.tile.height
        units = Units(renders=1, cached=int(delivered.cached), bytes=len(body), pixels=pixels)
        await services.links.authorizer.charge(admission, units)
    if services.images.prefetch is not None:
        services.images.prefetch.note((admission.flow, context.client.address), key)
    return ImageAnswer(
        tag,
        age,
        media_type,
        body,
        completeness,
        is_metered,
        size=(delivered.tile.width, delivered.tile.height),
        encoding=delivered.tile.encoding,
        is_personal=is_personal,
    )


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
    return max(MIN_PREVIEW, min(max_size, pixels_along(extent.box, finest)))


def _check_size(max_size: int, largest: int) -> None:
    if not MIN_PREVIEW <= max_size <= largest:
        detail = f"A preview is {MIN_PREVIEW} to {largest} pixels wide or high."
        raise BadInput("field_invalid", detail, field="max_size")


def max_age(link: Link, longest: int, now: datetime) -> int:
    """Return how many seconds an image may be used: never past the link's expiry, nor past the day that it names."""
    if link.watermark is not None:
        longest = int(min(longest, seconds_of_text(link, now)))
    if link.expires_at is None:
        return longest
    return max(0, min(longest, int((link.expires_at - now).total_seconds())))
