"""What may stand in a link, and what a change of it means for those who hold keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from service.catalogue.item import Item, ItemKind
from service.delivery.images.areas import clip_extent
from service.errors import BadInput
from service.links.link import Link, OpenWith, Permission
from service.links.watermark_text import check_text, letters_of, names_who_looks
from service.operations.links.models import LinkTerms, LinkUpdate
from tiling.geometry.clip import Clip, ClipInvalid
from tiling.watermark import Watermark, cleaned, undrawable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from service.catalogue.collection import LinkTarget
    from service.links.area import Area
    from service.settings import Settings


def expiry_of(settings: Settings, request: LinkTerms | LinkUpdate, now: datetime) -> datetime | None:
    """Return when the link ends. Raises BadInput where that is not said, said twice, or past."""
    if request.expires_at is not None and request.expires_in_hours is not None:
        raise BadInput("field_invalid", "Give expires_at or expires_in_hours, not both.", field="expires_in_hours")
    expires_at = request.expires_at
    if request.expires_in_hours is not None:
        expires_at = now + timedelta(hours=request.expires_in_hours)
    if expires_at is None:
        if not settings.allow_open_ended_links:
            raise BadInput("field_missing", "Give expires_at or expires_in_hours.", field="expires_at")
        return None
    if expires_at <= now:
        raise BadInput("field_invalid", "expires_at must be in the future.", field="expires_at")
    return expires_at.astimezone(UTC)


def check_link(link: Link, targets: Sequence[LinkTarget]) -> None:
    """Raise BadInput where the fields contradict each other, or all of the targets, of which there may be none.

    Blocks.
    """
    if link.starts_at is not None and link.expires_at is not None and link.starts_at >= link.expires_at:
        raise BadInput("field_invalid", "starts_at must be before the link expires.", field="starts_at")
    if link.min_zoom is not None and link.max_zoom is not None and link.min_zoom > link.max_zoom:
        raise BadInput("field_invalid", "min_zoom must not be greater than max_zoom.", field="min_zoom")
    _check_area(link, targets)
    _check_drop(link, targets)
    _check_watermark(link)
    _check_datasets(link, targets)
    unknown = sorted(set(link.profiles) - {profile.id for target in targets for profile in target.profiles})
    if unknown and targets:
        raise BadInput("field_invalid", f"The target has no profile {', '.join(unknown)}.", field="profiles")


def _check_drop(link: Link, targets: Sequence[LinkTarget]) -> None:
    """Raise BadInput where files could be dropped into what is no folder, or a limit has nothing to limit."""
    limits = (link.drop_file_bytes, link.drop_total_bytes, link.drop_types or None)
    if not link.is_drop:
        names = ("drop_file_bytes", "drop_total_bytes", "drop_types")
        for name in (name for name, limit in zip(names, limits, strict=True) if limit is not None):
            raise BadInput("field_invalid", f"{name} is for links of permission drop; leave it out.", field=name)
        return
    if len(link.targets) > 0 or not all(target.kind is ItemKind.DIRECTORY for target in targets):
        raise BadInput("field_invalid", "Files can be dropped only into one shared folder.", field="permission")
    if link.area is not None:
        raise BadInput("field_invalid", "A link that takes files and shows nothing has no area.", field="area")


def _check_watermark(link: Link) -> None:
    if link.watermark is None:
        return
    check_text(link.watermark)
    if not cleaned(link.watermark):
        raise BadInput("field_invalid", "The watermark has no visible characters.", field="watermark")


def _check_datasets(link: Link, targets: Sequence[LinkTarget]) -> None:
    """Raise BadInput where a link would have features cut or marked, which nobody does."""
    items = [target for target in targets if isinstance(target, Item)]
    whole = [item for item in items if item.tileset is not None and not item.tileset.format.can_be_cut]
    drawn = [item for item in items if item.features is not None]
    if link.area is not None and (whole or drawn):
        name = (whole or drawn)[0].name
        raise BadInput("field_invalid", f"The features of {name} cannot be cut to an area; leave it out.", field="area")
    if link.watermark is not None and whole:
        detail = f"The tiles of {whole[0].name} cannot be marked with a text; leave the watermark out."
        raise BadInput("field_invalid", detail, field="watermark")


@lru_cache(maxsize=8)
def clip_of(area: Area) -> Clip:
    """Make the clip of an area that all links of a batch have."""
    return Clip.of(area)


def _check_area(link: Link, targets: Sequence[LinkTarget]) -> None:
    if link.area is None:
        return
    try:
        clip = clip_of(link.area)
    except ClipInvalid as exc:
        raise BadInput("field_invalid", f"The area cannot be used: {exc}.", field="area") from exc
    extents = [target.extent for target in targets if target.extent is not None]
    if extents and not any(clip_extent(clip, extent) for extent in extents):
        raise BadInput("field_invalid", "The area does not intersect the target.", field="area")


def ends_keys(old: Link, new: Link) -> bool:
    """Whether the change takes something from those who hold a key: then their keys end."""
    order = list(Permission)
    return (
        new.password_hash != old.password_hash
        or (new.open_with is not old.open_with and new.open_with is not OpenWith.EITHER)
        or order.index(new.permission) < order.index(old.permission)
        or new.is_drop is not old.is_drop
        or _fewer(old.profiles, new.profiles)
        or _fewer(old.allowed_origins, new.allowed_origins)
        or _lower(old.expires_at, new.expires_at)
        or not set(old.targets) <= set(new.targets)
        or not set(old.recipients) <= set(new.recipients)
        or (new.area is not None and new.area != old.area)
        or (old.custom_render and not new.custom_render)
        or not set(old.tile_matrix_sets) <= set(new.tile_matrix_sets)
    )


def _fewer(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Whether a set of what is allowed shrank; an empty one allows all."""
    return bool(new) and (not old or not set(old) <= set(new))


def _lower(old: datetime | None, new: datetime | None) -> bool:
    return new is not None and (old is None or new < old)


def warnings_of(link: Link, targets: Sequence[LinkTarget], font: Path | None = None) -> tuple[str, ...]:
    """Return what a sharer should know of a new link."""
    warnings = list[str]()
    if link.is_open:
        warnings.append("This link has no password: whoever has its address gets in.")
    if link.expires_at is None:
        warnings.append("This link never expires; revoke it when it is no longer needed.")
    if link.permission is not Permission.VIEW and any(limit is not None for limit in link.pixel_limits):
        warnings.append(
            "Files of rasters and folders cannot be downloaded: the link has an area, zooms or a watermark."
        )
    if link.is_drop and link.drop_total_bytes is None:
        warnings.append("Whoever opens this link can drop as much as the disk holds; drop_total_bytes sets a limit.")
    if link.watermark is not None:
        missing = undrawable(Watermark(text=letters_of(link), font=None if font is None else str(font)))
        if missing:
            detail = "the font lacks them; the operator can set another one (TILEGATE_WATERMARK_FONT)."
            warnings.append(f"The watermark is drawn without letters for {missing}: {detail}")
    if names_who_looks(link.watermark) and link.open_with is not OpenWith.CODE:
        warnings.append(
            "The watermark names those who open the link by a code or a named key; for others it says that they have "
            "the password, or the address."
        )
    for target in targets:
        told = f"{target.name}: " if len(targets) > 1 else ""
        warnings.extend(told + warning for warning in _warnings_of_target(link, target))
    return tuple(warnings)


def _warnings_of_target(link: Link, target: LinkTarget) -> list[str]:
    warnings, extent = list(target.warnings), target.extent
    if target.profiles and link.max_zoom is not None and extent and link.max_zoom < extent.minzoom:
        warnings.append(f"max_zoom {link.max_zoom} is below the raster's own lowest zoom, {extent.minzoom}.")
    if target.profiles and link.profiles and not {profile.id for profile in target.profiles} & set(link.profiles):
        warnings.append("The target has none of the profiles that the link allows, so no image of it is shared.")
    return warnings
