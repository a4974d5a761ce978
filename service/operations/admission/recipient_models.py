"""Request and response bodies of what recipients ask."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.catalogue.credit import License
from service.operations.admission.render_models import Render
from service.operations.catalogue.tileset_models import VectorLayerOutput
from service.operations.core.fields import Identifier, Token
from service.operations.core.operation import Request, Response
from tiling.archives.tile_format import TileFormat
from tiling.models import BandDescription, Profile

DEFAULT_PREVIEW = 512
"""Pixels of the longer side."""

ProfileId = Annotated[str, Field(max_length=64, description="Default: the item's default profile")]
Format = Annotated[str, Field(max_length=10, description="Of the image: png, jpg or webp")]
ItemId = Annotated[Identifier, Field(description="One thing of a bundle or a collection; default: the target")]
KeyText = Annotated[str, Field(max_length=200, description="What the password was changed for")]


class Opened(Request):
    """A link's token, and the password or a key."""

    token: Token
    password: str | None = Field(None, max_length=1000)
    key: KeyText | None = None
    item: Annotated[
        Identifier | None, Field(description="One thing of a bundle or a collection; default: the target")
    ] = None


class InTime(Opened):
    """Of a collection: what is of a time."""

    datetime: Annotated[
        str | None, Field(description="Of a collection, items of this time (RFC 3339): a, a/b, a/.. or ../b")
    ] = None


class TileRequest(InTime):
    """A tile by XYZ, y counted from the north; in another grid, from its corner of origin."""

    z: int
    x: int
    y: int
    tile_matrix_set: str | None = Field(
        None, max_length=64, description="A grid that the link offers; default: WebMercatorQuad"
    )
    format: Format = "png"
    profile: ProfileId | None = None
    tilesize: int = Field(256, description="256 or 512 pixels; of another grid, 512 doubles its own tile size")
    render: Render | None = None


class PreviewRequest(InTime):
    """How large, in which profile and format."""

    format: Format = "png"
    profile: ProfileId | None = None
    max_size: int = Field(DEFAULT_PREVIEW, description="Pixels of the longer side")
    render: Render | None = None


class TileJSONRequest(InTime):
    """In which profile and format."""

    profile: ProfileId | None = None
    format: Format = "png"
    tilesize: int = Field(256, description="256 or 512 pixels")
    render: Render | None = None


class TileJSON(BaseModel):
    """A TileJSON 3.0.0 document, whose tile URLs carry a key: a map needs nothing else."""

    model_config = ConfigDict(extra="allow")

    tilejson: str
    tiles: tuple[str, ...]
    bounds: tuple[float, float, float, float]
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int


class CollectionItem(Response):
    """An item of a shared collection: `item` picks it by its id."""

    id: str
    bounds: tuple[float, float, float, float]
    datetime: str | None = None


class TileInfo(Response):
    """What a shared raster is, or a collection. Bounds are degrees west, south, east, north (WGS 84).

    A collection has neither bands nor a size nor a coordinate system of its own; a raster has no items. Of a link that
    shares an area, all of it is about that area alone; the size, which is of the whole raster, is left out.
    """

    name: str
    description: str
    attribution: str = ""
    license: License | None = None
    kind: str
    bounds: tuple[float, float, float, float]
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int
    crs: str | None = None
    width: int | None = None
    height: int | None = None
    bands: tuple[BandDescription, ...] = ()
    profiles: tuple[Profile, ...]
    tile_format: TileFormat | None = Field(None, description="Of a PMTiles archive: what its tiles are")
    vector_layers: tuple[VectorLayerOutput, ...] = Field((), description="Of an archive of vector tiles")
    feature_count: int | None = Field(None, description="Of GeoJSON")
    item_count: int | None = None
    items: tuple[CollectionItem, ...] = Field((), description="The first thousand, the first on top")


class ProfileList(Response):
    """The ways in which a link's raster can be rendered."""

    profiles: tuple[Profile, ...]
