"""How a link's rasters are rendered: by which profile, cut to which area, marked with which text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.errors import Forbidden, NotFound
from service.links.watermark_text import text_for
from tiling.custom import customised
from tiling.geometry.zooms import pixels_at
from tiling.overlay import PLAIN, Finish
from tiling.watermark import Watermark

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.admission.render_models import Render
    from service.operations.core.operation import Context
    from tiling.geometry.union import Extent
    from tiling.models import Profile, RasterDescription


def profile_for(admission: Admission, profile_id: str | None, render: Render | None = None) -> Profile:
    """Return the profile that an image is rendered by. Raises NotFound `profile_not_found`, Forbidden, ProfileInvalid.

    Where nobody names one and the default one cannot be used, it is the first that can.
    """
    link, target = admission.link, admission.target
    profile = target.profile(profile_id, link.profiles)
    if link.watermark is not None and profile.is_terrain and profile_id is None and render is None:
        profile = next(iter(usable_profiles(admission)), profile)
    if render is not None and not render.as_custom().is_empty:
        if not link.custom_render:
            detail = "This link does not allow custom rendering; use one of its profiles."
            raise Forbidden("permission_denied", detail, field="render")
        profile = customised(profile, render.as_custom())
    if link.watermark is not None and profile.is_terrain:
        detail = "This link has a watermark, and Terrain-RGB tiles cannot be watermarked; choose another profile."
        raise Forbidden("permission_denied", detail, field="profile")
    return profile


def usable_profiles(admission: Admission) -> tuple[Profile, ...]:
    """Return the profiles that recipients of a link may use."""
    allowed, marked = admission.link.profiles, admission.link.watermark is not None
    return tuple(
        profile
        for profile in admission.target.profiles
        if (not allowed or profile.id in allowed) and not (marked and profile.is_terrain)
    )


def finish_for(context: Context, admission: Admission) -> Finish:
    """Return what is done to each image for an admitted caller."""
    link = admission.link
    if link.area is None and link.watermark is None:
        return PLAIN
    return Finish(clip=context.services.images.areas.of(link), watermark=watermark_for(context, admission))


def watermark_for(context: Context, admission: Admission) -> Watermark | None:
    """Return the text that is drawn across the images for an admitted caller."""
    text, font = drawn_text(admission), context.services.settings.watermark_font
    return None if text is None else Watermark(text=text, font=None if font is None else str(font))


def drawn_text(admission: Admission) -> str | None:
    """Return the text of the watermark that is drawn for an admitted caller now; None for none."""
    return text_for(admission.link, admission.proof, admission.named)


def shared_extent(context: Context, link: Link, target: LinkTarget) -> Extent | RasterDescription:
    """Return where that lies which a link shares of a target.

    Raises NotFound `profile_not_found` where it is no raster, Forbidden where nothing of it lies in the shared area.
    """
    extent = target.extent
    if extent is None:
        target.profile(None)
        raise NotFound("profile_not_found", "What this link shares is not a raster.")
    inside = context.services.images.areas.extent(link, extent)
    if inside is None:
        raise outside_area()
    return inside


def extent_in_area(context: Context, link: Link, target: LinkTarget) -> Extent | RasterDescription | None:
    """Return where that lies which a link shares of a target; None for nowhere on a map."""
    return None if target.extent is None else context.services.images.areas.extent(link, target.extent)


def finest_pixel(admission: Admission) -> float | None:
    """Return how many metres (EPSG:3857) a pixel must stand for: those of a tile of 512 at the link's highest zoom.

    None where the link shares its target's own resolution.
    """
    highest, extent = admission.link.max_zoom, admission.target.extent
    return None if highest is None or extent is None or highest >= extent.maxzoom else pixels_at(highest + 1)


def outside_area() -> Forbidden:
    """Return the error for what lies outside the area that a link shares."""
    return Forbidden("outside_share_area", "The requested place lies outside the area that this link shares.")
