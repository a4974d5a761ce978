"""What a member sees of an item before it is shared: a small picture, and what its values are like.

It goes through no link, and so is not counted: it is small, and limited as other reading is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from service.accounts.api_keys import Scope
from service.accounts.members import Role
from service.catalogue.item import Item, ItemKind
from service.delivery.images.tile_cache import ImageKey, etag
from service.errors import BadInput
from service.identifiers import Flow
from service.operations.admission.latest import latest
from service.operations.admission.recipient_models import ProfileId
from service.operations.catalogue.items import item_for
from service.operations.core.fields import Identifier
from service.operations.core.operation import Bucket, Context, Effect, ImageAnswer, Operation, Request
from service.operations.recipient.value_models import StatisticsOutput
from service.operations.recipient.values import statistics_output
from tiling.analysis.values import Wanted
from tiling.models import ImageFormat, Profile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LARGEST = 512
"""Pixels of the longer side: enough to choose by, too few to use."""
MAX_AGE = 60
"""Seconds for which a browser shows it without asking again."""
Draft = Annotated[Profile | None, Field(description="In place of one of the item's: it is not stored")]


class ItemPreview(Request):
    """How large, and in which profile."""

    item_id: Identifier
    profile: ProfileId | None = None
    draft: Draft = None
    max_size: Annotated[int, Field(ge=16, le=LARGEST, description="Pixels of the longer side")] = 256
    format: Annotated[Literal["png", "jpg", "webp"], Field(description="Of the image")] = "webp"


class ItemStatistics(Request):
    """Of which profile's values; without one, of all bands."""

    item_id: Identifier
    profile: ProfileId | None = None
    draft: Draft = None


async def preview_item(context: Context, request: ItemPreview) -> ImageAnswer:
    """Render a small picture of an item of yours, in one of its profiles or in one that is tried out.

    It is not counted, as it is of no link, and shows no more than 512 pixels.
    """
    item = await item_for(context, request.item_id, Role.VIEWER)
    keys, image_format = context.services.images.tiles.keys, ImageFormat(request.format)

    async def key() -> ImageKey:
        if item.kind is ItemKind.IMAGE:
            return await keys.picture(item, image_format, request.max_size, watermark=None)
        return await keys.preview(item, _profile(item, request), image_format, request.max_size)

    return await latest(context, item, lambda: _answer(context, key))


async def describe_item(context: Context, request: ItemStatistics) -> StatisticsOutput:
    """Describe the values of a raster of yours, as a stretch is chosen by: histogram, percentiles, extremes."""
    item = await item_for(context, request.item_id, Role.VIEWER)
    profile = _profile(item, request)
    is_named = request.profile is not None or request.draft is not None
    wanted = Wanted(profiles=(profile,) if is_named else (), nodata=profile.nodata)
    flow = Flow(context.sharer.organization_id, "")
    return statistics_output(await context.services.images.values.statistics(item, profile, None, wanted, flow))


def _profile(item: Item, request: ItemPreview | ItemStatistics) -> Profile:
    """Return the profile that is asked for. Raises BadInput, NotFound `profile_not_found`."""
    if request.draft is None:
        return item.profile(request.profile)
    if request.profile is not None:
        raise BadInput("field_invalid", "Give a profile or a draft, not both.", field="draft")
    item.profile(None)  # what is no raster has none
    return request.draft


async def _answer(context: Context, make_key: Callable[[], Awaitable[ImageKey]]) -> ImageAnswer:
    key, tiles = await make_key(), context.services.images.tiles
    tag, media_type = etag(key, context.services.etag_secret), key.format.media_type
    if tag in context.if_none_match:
        return ImageAnswer(etag=tag, max_age=MAX_AGE, media_type=media_type, not_modified=True)
    rendered = (await tiles.get(key, Flow(context.sharer.organization_id, ""))).tile
    size = rendered.width, rendered.height
    return ImageAnswer(etag=tag, max_age=MAX_AGE, media_type=media_type, body=rendered.body, size=size)


OPERATIONS = (
    Operation("item.preview", Scope.ITEMS_READ, Effect.READ, Bucket.READ, preview_item),
    Operation("item.statistics", Scope.ITEMS_READ, Effect.READ, Bucket.READ, describe_item),
)
