"""From a dataset's pixels to places on Earth."""

import math
import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError, CPLE_NotSupportedError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.transform import GCPTransformer
from rasterio.warp import transform as transform_coordinates

from tiling.errors import RasterRefused
from tiling.hillshade import EARTH_RADIUS

NO_CRS: Final = "no coordinate system"
WGS84: Final = CRS.from_epsg(4326)
WEB_MERCATOR: Final = CRS.from_epsg(3857)
HALF_WORLD: Final = math.pi * EARTH_RADIUS
"""Metres of web mercator from 0 to 180° east."""
_ROUNDING: Final = 1e-9
"""Part of half the world by which an edge may be off 180° and still lie there."""

Coordinates = NDArray[np.float64]


_EARTH_RADII: Final = (6_300_000.0, 6_450_000.0)
"""Metres: every ellipsoid and sphere of the Earth lies well within, of no other planet or moon does."""
_SEMI_MAJOR_AXIS: Final = re.compile(
    r'(?:SPHEROID|ELLIPSOID)\["(?:[^"]|"")*",([0-9.eE+-]+),[0-9.eE+-]+(?:,LENGTHUNIT\["[^"]*",([0-9.eE+-]+))?'
)
"""And its unit, in metres, where it is another one. GDAL writes WKT 2 only of what WKT 1 has no words for."""


def by_identity(crs: CRS) -> CRS:
    """Return a CRS, of web mercator's the one of this module: grids tell it by identity, which costs nothing."""
    return WEB_MERCATOR if crs is WEB_MERCATOR or crs == WEB_MERCATOR else crs


def dataset_crs(dataset: Any) -> CRS:
    """Return the CRS of a dataset or of its ground control points.

    Raises RasterRefused where there is neither, and where it is not of the Earth.
    """
    crs = dataset.crs or (dataset.gcps[1] if dataset.gcps[0] else None)
    if not crs:
        raise RasterRefused(f"{NO_CRS}: it cannot be placed on a map")
    if not is_of_the_earth(crs):
        raise RasterRefused("its coordinate system is not of the Earth: set the right one, e.g. by `gdal_edit -a_srs`")
    return crs


def is_of_the_earth(crs: CRS) -> bool:
    """Whether the ellipsoid of a CRS has the size of the Earth. A CRS without one is taken to be of the Earth.

    PROJ knows the celestial body by name where an authority gives one (IAU), and by this axis where none does.
    """
    found = _SEMI_MAJOR_AXIS.search(crs.to_wkt())
    return found is None or _EARTH_RADII[0] <= float(found[1]) * float(found[2] or 1) <= _EARTH_RADII[1]


def lacks_geotransform(dataset: Any) -> bool:
    """Whether only ground control points place the dataset."""
    return bool(dataset.gcps[0]) and dataset.transform.is_identity


def wrapped_crs(dataset: Any) -> CRS | None:
    """Return the CRS for warping a raster in degrees or in web mercator that reaches beyond ±180°; None for any other.

    PROJ gives longitudes from -180 to 180 and a warp would miss what lies beyond, unless told where to wrap them. Grids
    from 0 to 360 reach so far, as do scenes across 180° and world grids that begin half a pixel before it.
    """
    crs = dataset_crs(dataset)
    half = HALF_WORLD if crs == WEB_MERCATOR else 180.0
    if not (crs.is_geographic or crs == WEB_MERCATOR) or lacks_geotransform(dataset):
        return None
    corners = np.array([0.0, dataset.width, 0.0, dataset.width]), np.array([0.0, 0.0, dataset.height, dataset.height])
    west, east = _pixel_to_crs(dataset, *corners)[0].min(), _pixel_to_crs(dataset, *corners)[0].max()
    middle, margin = (west + east) / 2, half * _ROUNDING
    is_within = west >= -half - margin and east <= half + margin
    if is_within or abs(middle) <= margin:  # around 0, all but what is there twice is where PROJ looks for it
        return None
    if crs != WEB_MERCATOR:
        return CRS.from_string(f"{crs.to_proj4()} +lon_wrap={middle:.9f}")
    longitude = middle / HALF_WORLD * 180.0
    return CRS.from_string(f"+proj=merc +a={EARTH_RADIUS} +b={EARTH_RADIUS} +lon_0={longitude:.12f} +x_0={middle:.9f}")


def pixel_to_lonlat(dataset: Any, columns: Coordinates, rows: Coordinates) -> tuple[Coordinates, Coordinates]:
    """Degrees (WGS 84) of pixel corners; NaN where a pixel is not on Earth. Raises RasterRefused without a CRS."""
    return project(dataset, columns, rows, WGS84)


def _pixel_to_crs(dataset: Any, columns: Coordinates, rows: Coordinates) -> tuple[Coordinates, Coordinates]:
    if lacks_geotransform(dataset):
        with GCPTransformer(dataset.gcps[0]) as transformer:
            xs, ys = transformer.xy(rows, columns, offset="ul")
        return xs, ys
    a, b, c, d, e, f = dataset.transform[:6]
    return a * columns + b * rows + c, d * columns + e * rows + f


def project(dataset: Any, columns: Coordinates, rows: Coordinates, crs: CRS) -> tuple[Coordinates, Coordinates]:
    """Coordinates of pixel corners in a CRS; NaN where it has none for them. Raises RasterRefused without a CRS."""
    xs, ys = _pixel_to_crs(dataset, columns, rows)
    return transform_points(dataset_crs(dataset), crs, xs, ys)


def transform_points(source: CRS, target: CRS, xs: Coordinates, ys: Coordinates) -> tuple[Coordinates, Coordinates]:
    """Return places of one CRS in another, x to the east; NaN where it has none for them."""
    east, north = _transform(source, target, xs, ys)
    bad = ~(np.isfinite(east) & np.isfinite(north))
    east[bad] = north[bad] = np.nan
    return east, north


def _transform(source: CRS, target: CRS, xs: Coordinates, ys: Coordinates) -> tuple[Coordinates, Coordinates]:
    """Transform what can be. One bad point fails a whole call, so halves are tried until it stands alone.

    Where PROJ has no operation between the two at all, no point can be: to look for one again takes milliseconds each.
    """
    try:
        east, north = transform_coordinates(source, target, xs, ys)[:2]
    except CPLE_NotSupportedError:
        return np.full_like(xs, np.nan), np.full_like(ys, np.nan)
    except (RasterioError, CPLE_BaseError):
        if len(xs) == 1:
            return np.array([np.nan]), np.array([np.nan])
        half = len(xs) // 2
        left, right = (_transform(source, target, xs[part], ys[part]) for part in (slice(half), slice(half, None)))
        return np.concatenate([left[0], right[0]]), np.concatenate([left[1], right[1]])
    return np.array(east, dtype=np.float64), np.array(north, dtype=np.float64)
