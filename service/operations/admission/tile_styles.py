"""How the tiles of a map are asked for, and from that to the key of each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from service.errors import BadInput
from service.operations.admission.render_policy import finish_for, profile_for
from service.operations.admission.tile_grids import check_shared, grid_for, parse_address
from tiling.models import ImageFormat, TileSize

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.delivery.images.tile_cache import TileKey
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.admission.render_models import Render
    from service.operations.core.operation import Context
    from tiling.geometry.matrix_tile import Tile
    from tiling.models import Profile
    from tiling.overlay import Finish


@dataclass(slots=True, kw_only=True)
class Drawn:
    """How a style is drawn, by one version of a link and of what it shares. Both are never changed, but replaced."""

    link: Link
    target: LinkTarget
    profile: Profile
    finish: Finish
    format: ImageFormat
    tilesize: TileSize
    key: TileKey | None = None
    """Of the tile that was asked for last."""

    def is_of(self, link: Link, target: LinkTarget) -> bool:
        """Whether these are the records that it was made by, or the same read again."""
        if self.link is link and self.target is target:
            return True
        if self.link != link or self.target != target:
            return False
        self.link, self.target = link, target
        return True


@dataclass(slots=True, kw_only=True)
class TileStyle:
    """What a request for a tile says but for which one: the tiles of a map have it in common.

    It remembers how it was drawn the last time; that is good while link and target are the same.
    """

    image_format: str
    tilesize: int
    """256, or 512 for twice as many pixels on a side."""
    tile_matrix_set: str | None = None
    """The name of a grid; None for web mercator's."""
    profile_id: str | None = None
    render: Render | None = None
    _drawn: Drawn | None = field(default=None, repr=False, compare=False)

    def address(self, context: Context, admission: Admission, place: tuple[int, int, int]) -> Tile:
        """Return the address of the tile at z, x and y. Raises NotFound, BadInput; Forbidden for what is not shared."""
        grid = grid_for(context.services.images.grids, admission.link, self.tile_matrix_set)
        address = parse_address(grid, *place)
        check_shared(admission.link, address, self.tilesize)
        return address

    async def key_at(self, context: Context, admission: Admission, address: Tile) -> TileKey:
        """Return the key of a tile. Raises BadInput, Forbidden, NotFound, Gone, SourceFailed."""
        drawn, link, target = self._drawn, admission.link, admission.target
        if drawn is None or not drawn.is_of(link, target):
            drawn = self._drawn = self._draw(context, admission)
        keys = context.services.images.tiles.keys
        drawn.key = key = await keys.tile(
            target, address, drawn.profile, drawn.format, drawn.tilesize, finish=drawn.finish, like=drawn.key
        )
        return key

    def _draw(self, context: Context, admission: Admission) -> Drawn:
        return Drawn(
            link=admission.link,
            target=admission.target,
            profile=profile_for(admission, self.profile_id, self.render),
            finish=finish_for(context, admission.link),
            format=parse_format(self.image_format),
            tilesize=parse_tilesize(self.tilesize),
        )


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
