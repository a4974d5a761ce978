"""What a map client needs to know of a link, whichever the client's own format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from service.catalogue.collection import Collection
from service.catalogue.credit import credit_line
from service.catalogue.item import Item
from service.operations.admission.render_policy import profile_for, shared_extent
from service.operations.admission.stored_tiles import check_finish, check_plain
from service.operations.links.views import link_url
from tiling.archives.stored_tile import AS_STORED
from tiling.geometry.tile_matrix import WEB_MERCATOR_QUAD
from tiling.models import MAX_ZOOM, ImageFormat

if TYPE_CHECKING:
    from service.links.admission import Admission
    from service.operations.admission.render_models import Render
    from service.operations.core.operation import Context
    from tiling.archives.tile_format import TileFormat
    from tiling.archives.tileset import TilesetDescription
    from tiling.models import Bounds, Profile, TileSize


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMap:
    """A link's raster as a map. All that it tells lies in the area and the zooms that the link shares."""

    name: str
    description: str
    credit: str
    """Whom it is due to and its licence, in one line of plain text; may be empty."""
    license_url: str
    """Where the licence's text is; empty where there is none."""
    base: str
    """The link's address."""
    bounds: Bounds
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int
    profile: Profile
    """What it is drawn by, with what the recipient said."""
    grids: tuple[str, ...]
    """The tile matrix sets that its tiles are had in, web mercator's first."""
    footprint: Bounds
    """Degrees, unwrapped."""
    shared_zooms: tuple[int, int]
    """The lowest and the highest zoom of web mercator that are shared."""
    tileset: TilesetDescription | None
    """Of an archive, whose tiles are had as they are stored."""
    query: tuple[tuple[str, str], ...]
    """What goes into each address: a key, and whatever is not the default."""

    def tiles(self, image_format: ImageFormat | TileFormat, tilesize: TileSize = 256) -> str:
        """Return the address of a tile, with {z}, {x} and {y}. Those of an archive have the format that they have."""
        if self.tileset is not None:
            image_format, tilesize = self.tileset.format, 256
        scale = "@2x" if tilesize == 512 else ""  # noqa: PLR2004
        return f"{self.base}/{{z}}/{{x}}/{{y}}{scale}.{image_format}?{urlencode(self.query)}"

    @property
    def formats(self) -> list[ImageFormat | TileFormat]:
        """What its tiles are had as, the preferred one first."""
        if self.tileset is not None:
            return [self.tileset.format]
        return [ImageFormat.PNG] if self.profile.is_terrain else list(ImageFormat)

    def tiles_of_any_grid(self, image_format: ImageFormat | TileFormat) -> str:
        """Return the address of a tile, with {tileMatrixSetId}, {z}, {x} and {y}."""
        return f"{self.base}/tiles/{{tileMatrixSetId}}/{{z}}/{{x}}/{{y}}.{image_format}?{urlencode(self.query)}"

    def address(self, name: str) -> str:
        """Return the address of something else of the link."""
        return f"{self.base}/{name}?{urlencode(self.query)}"


def shared_map(
    context: Context,
    admission: Admission,
    *,
    profile_id: str | None = None,
    render: Render | None = None,
) -> SharedMap:
    """Return the map of a link, with a key. Raises NotFound, Forbidden, ProfileInvalid."""
    services, link, target = context.services, admission.link, admission.target
    base, drawn, tileset = _drawn(admission, profile_id, render)
    extent = shared_extent(context, link, target)
    key, _ = services.links.authorizer.issue_key(admission, services.settings.map_key_lifetime, datetime.now(UTC))
    query = [("key", key)]
    if not base.is_default and tileset is None:
        query.append(("profile", base.id))
    if admission.picked is not None:
        query.append(("item", admission.picked))
    if isinstance(target, Collection) and target.during is not None:
        query.append(("datetime", str(target.during)))
    if render is not None and tileset is None:
        query += render.query()
    longitude, latitude, zoom = extent.center
    return SharedMap(
        name=link.name if admission.picked is None else target.name,
        description=(admission.picked is None and link.description) or target.description,
        credit=credit_line(target),
        license_url="" if target.license is None else target.license.address,
        base=link_url(services, link),
        bounds=extent.bounds,
        center=(longitude, latitude, link.clamp_zoom(zoom)),
        minzoom=link.clamp_zoom(extent.minzoom),
        maxzoom=link.clamp_zoom(extent.maxzoom),
        profile=drawn,
        grids=link.tile_matrix_sets if tileset is None else (WEB_MERCATOR_QUAD,),
        footprint=extent.box,
        shared_zooms=(link.min_zoom or 0, MAX_ZOOM if link.max_zoom is None else link.max_zoom),
        tileset=tileset,
        query=tuple(query),
    )


def _drawn(
    admission: Admission, profile_id: str | None, render: Render | None
) -> tuple[Profile, Profile, TilesetDescription | None]:
    """Return the profile that was named, the one that is drawn by, and the archive where the tiles lie in one."""
    target = admission.target
    tileset = target.tileset if isinstance(target, Item) else None
    if tileset is None:
        return profile_for(admission, profile_id), profile_for(admission, profile_id, render), None
    check_plain(profile_id, render)
    check_finish(admission.link, tileset.format)
    return AS_STORED, AS_STORED, tileset
