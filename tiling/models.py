"""The values that go into and come out of tiling. All are frozen, and a wrong one cannot be built."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal

import mercantile

from tiling.errors import TileAddressInvalid
from tiling.profile import Profile, ProfileKind

__all__ = [
    "BandDescription",
    "Bounds",
    "ImageFormat",
    "PixelSelection",
    "Profile",
    "ProfileKind",
    "RasterDescription",
    "RenderedTile",
    "TileAddress",
    "TileSize",
]

MAX_ZOOM = 30

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in the unit of the CRS that the name of the value tells."""

TileSize = Literal[256, 512]
"""Pixels on each side of a tile."""


class ImageFormat(StrEnum):
    """How a rendered image is encoded. The value is the file extension in tile URLs."""

    PNG = "png"
    JPG = "jpg"
    WEBP = "webp"

    @property
    def media_type(self) -> str:
        """The IANA media type."""
        return "image/jpeg" if self is ImageFormat.JPG else f"image/{self.value}"


class PixelSelection(StrEnum):
    """Which pixel a mosaic shows where several rasters lie: rio-tiler's methods, by its names."""

    FIRST = "first"
    """That of the first raster that has data there, half transparent ones over those below."""
    HIGHEST = "highest"
    LOWEST = "lowest"
    MEAN = "mean"
    MEDIAN = "median"
    STDEV = "stdev"
    """The standard deviation of all."""
    COUNT = "count"
    """How many have data there."""
    LAST_BAND_LOW = "lastbandlow"
    """That of the raster whose last band is lowest there: a cloud mask, a date, a quality."""
    LAST_BAND_HIGH = "lastbandhigh"


@dataclass(frozen=True, slots=True, kw_only=True)
class TileAddress:
    """A tile of the WebMercatorQuad matrix set (OGC 17-083r4), y counted from the north.

    Raises TileAddressInvalid where no such tile exists.
    """

    z: int
    """Zoom, 0 to 30."""
    x: int
    """Column, 0 to 2**z - 1."""
    y: int
    """Row, 0 to 2**z - 1, from the north."""

    def __post_init__(self) -> None:
        if type(self.z) is not int or not 0 <= self.z <= MAX_ZOOM:
            raise TileAddressInvalid(f"z must be a whole number from 0 to {MAX_ZOOM}", field="z")
        last = 2**self.z - 1
        if type(self.x) is not int or not 0 <= self.x <= last:
            raise TileAddressInvalid(f"x must be a whole number from 0 to {last} at zoom {self.z}", field="x")
        if type(self.y) is not int or not 0 <= self.y <= last:
            raise TileAddressInvalid(f"y must be a whole number from 0 to {last} at zoom {self.z}", field="y")

    @property
    def mercator_bounds(self) -> Bounds:
        """Left, bottom, right, top in EPSG:3857 metres."""
        left, bottom, right, top = mercantile.xy_bounds(self.x, self.y, self.z)
        return left, bottom, right, top

    @property
    def lonlat_bounds(self) -> Bounds:
        """West, south, east, north in degrees of longitude and latitude (WGS 84)."""
        west, south, east, north = mercantile.bounds(self.x, self.y, self.z)
        return west, south, east, north

    @property
    def place(self) -> bytes:
        """What tells it from all other tiles of the matrix set."""
        return b"%d/%d/%d" % (self.z, self.x, self.y)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedTile:
    """An encoded image, or the knowledge that there is nothing to draw."""

    body: bytes | None
    """The image; None for a valid tile without data."""
    media_type: str
    """The body's IANA media type."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    completeness: float = 1.0
    """Of a mosaic: which part of the rasters that may show here was read; 1 where no pixel is missing."""
    encoding: str = ""
    """How the body is packed, as `Content-Encoding` says it; empty: not at all."""

    @property
    def is_empty(self) -> bool:
        """Whether no pixel of the tile holds data."""
        return self.body is None


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDescription:
    """One band of a raster, as its file tells it."""

    __pydantic_config__: ClassVar = {"ser_json_inf_nan": "strings"}
    """JSON has no NaN: pydantic writes "NaN", and reads it back."""

    index: int
    """From 1."""
    dtype: str
    """numpy's name of the data type."""
    description: str
    """The band's name, or an empty string."""
    colorinterp: str
    """GDAL's colour interpretation: red, gray, alpha, undefined…"""
    nodata: float | None
    """The value that means "no data"; None where the band has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterDescription:
    """What registering a raster learns about it."""

    kind: ProfileKind
    """What it is: rgb, index (has a colour table), elevation, or raw for anything else."""
    bounds: Bounds
    """Degrees (WGS 84), west < east always: a raster that crosses 180° is given as -180 to 180."""
    center: tuple[float, float, int]
    """Longitude, latitude and zoom of a point that holds data."""
    minzoom: int
    """The raster covers most of one 256-pixel tile here."""
    maxzoom: int
    """The raster's own resolution is reached here."""
    crs: str
    """`EPSG:32618`, or WKT where no authority names it."""
    width: int
    """Source pixels."""
    height: int
    """Source pixels."""
    bands: tuple[BandDescription, ...]
    """In the file's order."""
    has_overviews: bool
    """Whether reduced copies are stored, inside or in an `.ovr` file."""
    profiles: tuple[Profile, ...]
    """Ways to render it; exactly one is the default."""
    warnings: tuple[str, ...]
    """For the person who registers it: what will be slow or look odd, and what to do."""
    footprint: Bounds | None = None
    """Degrees, not wrapped: east is above 180 where the raster crosses 180°. None in old records."""

    @property
    def box(self) -> Bounds:
        """The footprint; of an old record, its bounds."""
        return self.footprint or self.bounds
