"""Request and response bodies of values, legends and crops."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, FiniteFloat, StringConstraints

from service.operations.admission.recipient_models import Format, InTime, ProfileId
from service.operations.admission.render_models import Render
from service.operations.core.operation import Response
from service.operations.links.models import GeoJSONGeometry
from tiling.analysis.legend import Kind


def _in_order(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if box[1] >= box[3]:
        raise ValueError("bbox must be west, south, east, north, with south less than north")
    return box


Crs = Annotated[
    str,
    StringConstraints(pattern=r"^EPSG:[1-9][0-9]{3,5}$"),
    Field(description="An EPSG code, of what is given as coordinates"),
]
BBox = Annotated[
    tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat],
    AfterValidator(_in_order),
    Field(description="West, south, east, north; in degrees, a west greater than its east crosses 180°"),
]
WGS84 = "EPSG:4326"


class LegendRequest(InTime):
    """Of which profile."""

    profile: ProfileId | None = None
    render: Render | None = None


class PointRequest(LegendRequest):
    """A place: degrees of longitude and latitude, or coordinates x and y of another system.

    Without a profile: the values of all bands that the link shares.
    """

    lon: FiniteFloat
    lat: FiniteFloat
    crs: Crs = WGS84


class RegionRequest(LegendRequest):
    """A box, or a GeoJSON Polygon in degrees, but not both."""

    bbox: BBox | None = None
    geometry: GeoJSONGeometry | None = None
    crs: Crs = Field(WGS84, description="An EPSG code, of the bbox")


class StatisticsRequest(RegionRequest):
    """Of which profile's values, and where. Without a profile: of all bands that the link shares."""

    categorical: bool = Field(False, description="Count the pixels of each value as well: the 256 most frequent")


class CropRequest(RegionRequest):
    """Which part, and as what: a picture, or a GeoTIFF of the values (for links that allow downloads)."""

    format: Format = Field("png", description="png, jpg, webp or tif")
    max_size: int | None = Field(
        None, ge=1, le=65536, description="Pixels of the longer side; default: as many as the raster has there"
    )
    dst_crs: Crs | None = Field(
        None, description="Of a GeoTIFF: EPSG:3857 or EPSG:4326; default: the raster's own, of a mosaic EPSG:3857"
    )


class Named(Response):
    """What a value is of."""

    name: str
    """`b1`, or an expression."""
    band: int | None
    """From 1; null for an expression."""
    description: str
    unit: str


class PointValue(Named):
    """A value; null where there is no data."""

    value: int | float | None
    label: str | None = None
    """What the value stands for, where the profile or the file says so."""


class PointOutput(Response):
    """The values of the pixel that a place lies in, at full resolution."""

    lon: float
    lat: float
    values: tuple[PointValue, ...] | None = Field(description="null where no raster lies there")


class Histogram(Response):
    """Bins of equal width: one more edge than counts."""

    counts: tuple[int, ...]
    edges: tuple[float, ...]


class ClassCount(Response):
    """How often a value occurs."""

    value: int | float
    label: str | None
    """What it stands for, where the profile or the file says so."""
    count: int
    percent: float
    """Of the pixels that hold data."""


class BandStatistics(Named):
    """What the values of a band are like; null, or empty, where there are none."""

    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    count: int
    """Pixels that hold data."""
    valid_percent: float
    """Of those that were looked at."""
    percentiles: dict[str, float]
    """The 2nd, 25th, 50th, 75th and 98th."""
    histogram: Histogram
    classes: tuple[ClassCount, ...] | None = None
    """The most frequent first, where `categorical` was asked for."""


class StatisticsOutput(Response):
    """Of some million pixels at most: what has more is looked at in an overview, and the answer says so."""

    bands: tuple[BandStatistics, ...]
    width: int
    """Pixels that were looked at."""
    height: int
    approximate: bool
    completeness: float
    """Of a mosaic: which part of the rasters that lie there was read."""


class LegendLine(Response):
    """One colour and what it stands for."""

    label: str
    color: str


class LegendOutput(Response):
    """What the colours of a profile mean.

    `ramp`: values from `low` to `high`, over `colors` of even distance. `classes`, `bands`: one colour for each entry.
    `relief`: light and shade alone. `heights`: numbers packed into colours, nothing to be seen.
    """

    kind: Kind
    title: str
    unit: str
    low: float | None
    high: float | None
    colors: tuple[str, ...]
    entries: tuple[LegendLine, ...]
