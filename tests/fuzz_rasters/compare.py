"""One seed: write its raster, ask all, and tell where they differ."""

import random
import tempfile
import warnings
from pathlib import Path

import mercantile
import numpy as np
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_coordinates

from tests.fuzz_rasters.recipe import PLACES, Recipe, draw, transform_of, write
from tests.fuzz_rasters.renderers import Ours, by_gdal
from tests.tiling.raster_zoo import source
from tiling.errors import TilingError
from tiling.ingest.inspect import inspect_raster
from tiling.models import TileAddress
from tiling.source.opening import close

LUMA = np.array([0.299, 0.587, 0.114])
JPEG_LEVELS = 4.0
OURS = Ours()


def differences(seed: int) -> list[str]:
    """Return what differs for a seed, each as a line that says which raster it was."""
    recipe = draw(seed)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            path = write(recipe, Path(folder).resolve())
        except (RasterioError, CPLE_BaseError):
            return []  # GDAL writes no such file
        try:
            return [f"seed {seed}: {found}: {recipe}" for found in _differences(recipe, path)]
        finally:
            close(source(path))


def _differences(recipe: Recipe, path: Path) -> list[str]:
    try:
        described = inspect_raster(source(path))
    except TilingError as exc:
        return [f"refused: {exc}"]
    found, r = [], random.Random(recipe.seed)
    for zoom in sorted({described.minzoom, max(described.maxzoom - 1, 0), described.maxzoom, described.maxzoom + 1}):
        x, y = transform_of(recipe) @ (r.uniform(0, recipe.width), r.uniform(0, recipe.height))
        lons, lats = transform_coordinates(PLACES[recipe.place][0], "EPSG:4326", [x], [y])[:2]
        tile = mercantile.tile((lons[0] + 180) % 360 - 180, max(min(lats[0], 85.0), -85.0), zoom)
        try:
            found += _of_tile(recipe, path, TileAddress(z=tile.z, x=tile.x, y=tile.y))
        except TilingError as exc:
            found.append(f"tile {tile}: {exc}")
    return found


def _of_tile(recipe: Recipe, path: Path, address: TileAddress) -> list[str]:
    ours, size = OURS.tile(path, address)
    theirs, near = by_gdal(path, address, size)
    one, other = ours.values.astype(float), theirs.values.astype(float)
    if recipe.compress == "jpeg":
        weights = LUMA if len(one) == len(LUMA) else np.full(len(one), 1 / len(one))
        differ = np.abs(np.tensordot(weights, one - other, axes=1)) > JPEG_LEVELS
    else:
        differ = ~np.isclose(one, other, rtol=1e-6, atol=1e-6).all(axis=0)
    hidden = (ours.valid != theirs.valid) & ~near
    wrong = ours.valid & theirs.valid & differ & ~near
    told = [(hidden, "hidden otherwise"), (wrong, "other values")]
    return [f"tile {address.z}/{address.x}/{address.y}: {int(what.sum())} {name}" for what, name in told if what.any()]
