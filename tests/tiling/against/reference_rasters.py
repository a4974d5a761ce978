"""Large rasters made for comparing tiles with rio-tiler's: one a class that people share, 8k to 16k pixels long.

They are strips, and most of each is empty, so that they are made in seconds; what is filled is where tests look:
corners, edges, middle, and patches strewn by a seed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import mercantile
import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine
from rasterio.io import MemoryFile
from rasterio.windows import Window

BLOCK = 512


def north_up(left: float, top: float, side: float) -> Affine:
    return Affine(side, 0.0, left, 0.0, -side, top)


ALPS = north_up(500_000.0, 5_200_000.0, 10.0)
FAST = {"NUM_THREADS": "ALL_CPUS", "SPARSE_OK": "TRUE", "BIGTIFF": "IF_SAFER"}
DEFLATE = {"COMPRESS": "DEFLATE", "LEVEL": "1", "PREDICTOR": "YES"}
WEB = {"TILING_SCHEME": "GoogleMapsCompatible", "ADD_ALPHA": "NO", "ALIGNED_LEVELS": "4"}
WEB_ZOOM, WEB_CORNER = 14, (8704, 5632)
"""The tile at the upper left corner of web-aligned rasters; a multiple of 8, as their aligned levels ask for."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to make one raster."""

    dtype: str = "uint8"
    bands: int = 3
    width: int = 8192
    height: int = 2048
    crs: str = "EPSG:32632"
    transform: Affine = ALPS
    nodata: float | None = None
    cog: dict[str, str] = field(default_factory=dict)
    """Options of GDAL's COG driver."""


def _web_grid() -> Affine:
    bounds = mercantile.xy_bounds(*WEB_CORNER, WEB_ZOOM)
    side = (bounds.right - bounds.left) / 256
    return north_up(bounds.left, bounds.top, side)


RECIPES = {
    "rgb-jpeg-utm": Recipe(cog={"COMPRESS": "JPEG", "QUALITY": "80"}),
    "rgb-deflate-utm": Recipe(width=2048, height=8192, cog=DEFLATE),
    "elevation-4326": Recipe(
        dtype="float32", bands=1, width=16384, height=2048, crs="EPSG:4326", nodata=-9999.0,
        transform=north_up(6.0, 48.0, 1 / 3600), cog=DEFLATE,
    ),
    "uint16x4-utm": Recipe(dtype="uint16", bands=4, cog=DEFLATE),
    "web-jpeg": Recipe(crs="EPSG:3857", transform=_web_grid(), cog={"COMPRESS": "JPEG", "QUALITY": "80", **WEB}),
    "web-webp": Recipe(crs="EPSG:3857", transform=_web_grid(), cog={"COMPRESS": "WEBP", "QUALITY": "80", **WEB}),
}  # fmt: skip


def make(name: str, folder: Path) -> Path:
    """Write the raster of that name as a cloud-optimized GeoTIFF."""
    recipe, path = RECIPES[name], folder / f"{name}.tif"
    with _filled(recipe) as plain:
        rasterio.shutil.copy(plain, path, driver="COG", **FAST, **recipe.cog)
    return path


def filled_blocks(recipe: Recipe) -> list[tuple[int, int]]:
    """Column and row (in blocks) of what holds texture."""
    columns, rows = recipe.width // BLOCK, recipe.height // BLOCK
    fixed = {
        (i, j)
        for i in (0, columns // 2 - 1, columns // 2, columns - 1)
        for j in (0, rows // 2 - 1, rows // 2, rows - 1)
    }
    strewn = np.random.default_rng(7).integers((0, 0), (columns - 1, rows - 1), size=(6, 2))
    return sorted(fixed | {(int(i) + di, int(j) + dj) for i, j in strewn for di in (0, 1) for dj in (0, 1)})


def texture(bands: int, side: int = BLOCK) -> np.ndarray:
    """Noise of spectrum 1/f, as landscapes have, (bands, side, side) from 0 to 1; its copies join without a seam."""
    random = np.random.default_rng(3)
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = np.inf
    noise = np.fft.irfft2(np.fft.rfft2(random.normal(size=(bands, side, side))) / frequency**1.3)
    low, high = np.quantile(noise, (0.001, 0.999))
    return np.clip((noise - low) / (high - low), 0.0, 1.0)


@contextmanager
def _filled(recipe: Recipe) -> Iterator[str]:
    scale = {"uint8": 250.0, "uint16": 9000.0, "float32": 3000.0}[recipe.dtype]
    bands = texture(recipe.bands)
    alike = 0.2 * bands + 0.8 * bands[:1]  # as the bands of photographs are
    pattern = (3 + scale * alike).astype(recipe.dtype)
    options = {"count": recipe.bands, "width": recipe.width, "height": recipe.height, "dtype": recipe.dtype}
    placed = {"crs": recipe.crs, "transform": recipe.transform, "nodata": recipe.nodata}
    layout = {"tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "SPARSE_OK": True, "interleave": "pixel"}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", **options, **placed, **layout) as dataset:
            if recipe.bands == 3:
                dataset.colorinterp = [rasterio.enums.ColorInterp[name] for name in ("red", "green", "blue")]
            for column, row in filled_blocks(recipe):
                dataset.write(pattern, window=Window(column * BLOCK, row * BLOCK, BLOCK, BLOCK))
        yield memory.name
