"""Request and response bodies of what recipients ask."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.operations import images
from service.operations.fields import Token
from service.operations.operation import Request, Response
from tiling.models import BandDescription, Profile

ProfileId = Annotated[str, Field(max_length=64, description="Default: the item's default profile")]
Format = Annotated[str, Field(max_length=10, description="png, jpg or webp")]
KeyText = Annotated[str, Field(max_length=200)]


class Opened(Request):
    """A link's token, and the password or a key."""

    token: Token
    password: str | None = Field(None, max_length=1000)
    key: KeyText | None = None


class TileRequest(Opened):
    """A tile by XYZ, y counted from the north."""

    z: int
    x: int
    y: int
    format: Format = "png"
    profile: ProfileId | None = None
    tilesize: int = Field(256, description="256 or 512 pixels")


class PreviewRequest(Opened):
    """How large, in which profile and format."""

    format: Format = "png"
    profile: ProfileId | None = None
    max_size: int = Field(images.DEFAULT_PREVIEW, description="Pixels of the longer side")


class TileJSONRequest(Opened):
    """In which profile and format."""

    profile: ProfileId | None = None
    format: Format = "png"
    tilesize: int = Field(256, description="256 or 512 pixels")


class TileJSON(BaseModel):
    """A TileJSON 3.0.0 document, whose tile URLs carry a key: a map needs nothing else."""

    model_config = ConfigDict(extra="allow")

    tilejson: str
    tiles: tuple[str, ...]
    bounds: tuple[float, float, float, float]
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int


class TileInfo(Response):
    """What a shared raster is. Bounds are degrees west, south, east, north (WGS 84)."""

    name: str
    description: str
    kind: str
    bounds: tuple[float, float, float, float]
    center: tuple[float, float, int]
    minzoom: int
    maxzoom: int
    crs: str
    width: int
    height: int
    bands: tuple[BandDescription, ...]
    profiles: tuple[Profile, ...]


class ProfileList(Response):
    """The ways in which a link's raster can be rendered."""

    profiles: tuple[Profile, ...]
