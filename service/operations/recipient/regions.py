"""Which part of a raster somebody asks for, and whose values, as far as their link shares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.catalogue.collection import Collection
from service.errors import BadInput
from service.operations.admission.render_policy import outside_area, profile_for, usable_profiles
from tiling.analysis.values import Wanted
from tiling.geometry.clip import ClipInvalid
from tiling.geometry.region import WGS84_CODE, polygon_region

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.operations.core.operation import Context
    from service.operations.recipient.value_models import LegendRequest, RegionRequest
    from tiling.geometry.clip import Clip
    from tiling.models import Bounds


async def region_for(context: Context, admission: Admission, request: RegionRequest) -> Clip | None:
    """Return the region that is asked for, as far as the link shares it; None for all there is.

    Raises BadInput, Forbidden `outside_share_area`.
    """
    if request.bbox is not None and request.geometry is not None:
        raise BadInput("field_invalid", "Give a bbox or a geometry, not both.", field="geometry")
    area = context.services.images.areas.of(admission.link)
    asked: Clip | None = None
    if request.bbox is not None:
        _check_box(request.bbox, request.crs)
        asked = await context.services.images.values.region(request.bbox, epsg_of(request.crs), admission.flow)
    elif request.geometry is not None:
        asked = await context.services.threads.cpu.run(polygon_region, request.geometry)
    if asked is None:
        return area
    try:
        clip = await context.services.threads.cpu.run(asked.overlap, area)
    except ClipInvalid as exc:
        raise BadInput("field_invalid", f"This region cannot be used: {exc}.", field="geometry") from exc
    if clip is None:
        raise outside_area()
    return clip


def wanted_for(admission: Admission, request: LegendRequest) -> Wanted:
    """Return whose values are asked for: those of the named profile, or else of all bands that the link shares."""
    target, link = admission.target, admission.link
    profile = profile_for(admission, request.profile, request.render)
    is_named = request.profile is not None or (request.render is not None and not request.render.as_custom().is_empty)
    if is_named or isinstance(target, Collection):
        return Wanted(profiles=(profile,), nodata=profile.nodata)
    if link.profiles or admission.is_layer:  # of a map, what it shows
        return Wanted(profiles=usable_profiles(admission), nodata=profile.nodata)
    return Wanted(nodata=profile.nodata)


def labels_for(admission: Admission, request: LegendRequest) -> dict[int | None, dict[int, str]]:
    """Return what values stand for, by band: as the named profile says, or else the first one that names them."""
    profile = profile_for(admission, request.profile, request.render)
    found: dict[int | None, dict[int, str]] = {}
    for each in (profile, *usable_profiles(admission)):
        if each.labels:
            found.setdefault(each.bands[0] if each.bands else 1, dict(each.labels))
    return found


def epsg_of(crs: str) -> int:
    """Return the number of `EPSG:4326`."""
    return int(crs.partition(":")[2])


def _check_box(box: Bounds, crs: str) -> None:
    west, south, east, north = box
    if epsg_of(crs) == WGS84_CODE:
        if not (-180 <= west <= 180 and -180 <= east <= 180 and south >= -90 and north <= 90):  # noqa: PLR2004
            detail = (
                "Longitudes must be within ±180 degrees, latitudes within ±90; for other coordinates, give the crs."
            )
            raise BadInput("field_invalid", detail, field="bbox")
    elif west >= east:
        raise BadInput(
            "field_invalid", "bbox must be west, south, east, north, with west less than east.", field="bbox"
        )
