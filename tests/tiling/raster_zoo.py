"""GeoTIFFs made for a test, and what tests ask of tiles."""

import io
from pathlib import Path

import mercantile
import numpy as np
import rasterio
from affine import Affine
from PIL import Image
from rasterio.enums import ColorInterp

from tiling.files.raster_source import RasterSource
from tiling.models import Profile, ProfileKind, RasterDescription, RenderedTile, TileAddress
from tiling.render import render_tile

REPOSITORY = Path(__file__).resolve().parents[2]
OWN_DATA = REPOSITORY / "tests" / "data"
SHARED_DATA = REPOSITORY.parent / "shared" / "data"

GRAY = Profile(id="gray", label="Gray", kind=ProfileKind.RAW)


def source(path: Path) -> RasterSource:
    return RasterSource(path=str(path), version=str(path.stat().st_mtime_ns))


def real_rasters() -> list[Path]:
    """Every real raster at hand, our own copy first."""
    found = {path.name: path for folder in (SHARED_DATA, OWN_DATA) if folder.is_dir() for path in folder.glob("*.tif")}
    return sorted(found.values(), key=lambda path: path.name)


GRID = Affine(100.0, 0.0, 0.0, 0.0, -100.0, 100_000.0)


def write(  # noqa: PLR0913 - what a GeoTIFF can hold
    path: Path,
    values: np.ndarray,
    *,
    crs: str | None = "EPSG:3857",
    transform: Affine | None = GRID,
    mask: np.ndarray | None = None,
    colorinterp: tuple[ColorInterp, ...] | None = None,
    descriptions: tuple[str, ...] | None = None,
    palette: dict[int, tuple[int, int, int, int]] | None = None,
    overviews: tuple[int, ...] = (),
    **profile: object,
) -> Path:
    """Write values, (bands, h, w) or (h, w), as a GeoTIFF."""
    bands = values if values.ndim == 3 else values[None]
    options = {"count": len(bands), "height": bands.shape[1], "width": bands.shape[2], "dtype": bands.dtype.name}
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        rasterio.open(path, "w", driver="GTiff", crs=crs, transform=transform, **(options | profile)) as dataset,
    ):
        if colorinterp:
            dataset.colorinterp = colorinterp
        if palette:
            dataset.write_colormap(1, palette)
        dataset.write(bands)
        for index, text in enumerate(descriptions or (), start=1):
            dataset.set_band_description(index, text)
        if mask is not None:
            dataset.write_mask(mask)
        if overviews:
            dataset.build_overviews(overviews, rasterio.enums.Resampling.average)
    return path


def tile_at(lon: float, lat: float, zoom: int) -> TileAddress:
    tile = mercantile.tile(lon, lat, zoom)
    return TileAddress(z=tile.z, x=tile.x, y=tile.y)


def center_tile(description: RasterDescription, zoom: int | None = None) -> TileAddress:
    lon, lat, own_zoom = description.center
    return tile_at(lon, lat, own_zoom if zoom is None else zoom)


def default_profile(description: RasterDescription) -> Profile:
    return next(profile for profile in description.profiles if profile.is_default)


def decode(tile: RenderedTile) -> np.ndarray:
    """RGBA of a rendered tile, (h, w, 4)."""
    assert tile.body is not None
    return np.asarray(Image.open(io.BytesIO(tile.body)).convert("RGBA"))


def paint_at(path: Path, address: TileAddress, profile: Profile = GRAY, size: int = 256) -> np.ndarray:
    return decode(render_tile(source(path), address, profile, tilesize=size))
