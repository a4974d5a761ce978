"""How the tiles of a map are asked for, and from that to the key of each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from service.catalogue.item import Item
from service.delivery.images.tile_cache import etag
from service.errors import BadInput
from service.operations.admission.render_policy import drawn_text, finish_for, profile_for
from service.operations.admission.stored_tiles import check_format, check_plain, stored_key
from service.operations.admission.tile_grids import check_shared, grid_for, parse_address
from tiling.models import ImageFormat, TileSize

if TYPE_CHECKING:
    from service.catalogue.collection import LinkTarget
    from service.delivery.images.tile_cache import StoredTileKey, TileKey
    from service.links.admission import Admission
    from service.links.link import Link
    from service.operations.admission.render_models import Render
    from service.operations.core.operation import Context
    from tiling.geometry.matrix_tile import Tile
    from tiling.models import Profile
    from tiling.overlay import Finish


@dataclass(slots=True, kw_only=True)
class Drawn:
    """How a style is drawn, by one version of a link and of what it shares. Both are never changed, but replaced.

    Callers who show different keys may ask at the same address: whose watermark it is drawn with belongs to it.
    """

    link: Link
    target: LinkTarget
    text: str | None
    """Of the watermark."""
    profile: Profile
    finish: Finish
    format: ImageFormat
    tilesize: TileSize
    key: TileKey | None = None
    """Of the tile that was asked for last."""

    def is_of(self, link: Link, target: LinkTarget, text: str | None) -> bool:
        """Whether these are the records that it was made by, or the same read again; and the watermark's text."""
        if self.text != text:
            return False
        if self.link is link and self.target is target:
            return True
        if self.link != link or self.target != target:
            return False
        self.link, self.target = link, target
        return True


@dataclass(slots=True)
class TileSpot:
    """Which tile of a style, and its key where that was made before: good while the style is drawn as it was then."""

    place: tuple[int, int, int]
    """z, x and y."""
    drawn: Drawn | None = None
    key: TileKey | None = None
    etag: str = ""


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

    def known_key(self, context: Context, admission: Admission, spot: TileSpot) -> TileKey | None:
        """Return what `key_at` would, where the spot has it and memory says that it still is so; else None."""
        drawn, key = self._drawn, spot.key
        if drawn is None or key is None or spot.drawn is not drawn:
            return None
        if not drawn.is_of(admission.link, admission.target, drawn_text(admission)):
            return None
        return key if context.services.images.tiles.keys.is_current(key, admission.target) else None

    async def key_at(self, context: Context, admission: Admission, spot: TileSpot) -> TileKey | StoredTileKey:
        """Return the key of a tile, which the spot has from now on. Raises BadInput, Forbidden, NotFound, Gone, ….

        Of a tile that lies in an archive the spot has none: it depends on what the client can unpack.
        """
        drawn, target, services = self._drawn, admission.target, context.services
        if isinstance(target, Item) and target.tileset is not None:
            spot.drawn, spot.key, spot.etag = None, None, ""
            address = self.address(context, admission, spot.place)
            check_format(target.tileset, self.image_format, self.tilesize)
            check_plain(self.profile_id, self.render)
            return await stored_key(context, admission, target, target.tileset, address)
        if drawn is not None and not drawn.is_of(admission.link, target, drawn_text(admission)):
            drawn = None
        like = None if spot.drawn is not drawn else spot.key
        if drawn is not None and like is not None:
            address = like.address
        else:
            address = self.address(context, admission, spot.place)
            drawn = self._drawn = drawn or self._draw(context, admission)
            like = drawn.key
        key = await services.images.tiles.keys.tile(
            target, address, drawn.profile, drawn.format, drawn.tilesize, finish=drawn.finish, like=like
        )
        if key is not spot.key:
            spot.drawn, spot.key, spot.etag = drawn, key, etag(key, services.etag_secret)
            drawn.key = key
        return key

    def _draw(self, context: Context, admission: Admission) -> Drawn:
        finish = finish_for(context, admission)
        return Drawn(
            link=admission.link,
            target=admission.target,
            text=None if finish.watermark is None else finish.watermark.text,
            profile=profile_for(admission, self.profile_id, self.render),
            finish=finish,
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
