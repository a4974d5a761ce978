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

from tests.fuzz_rasters.compare_readers import differing, reader_differences
from tests.fuzz_rasters.compare_statistics import statistics_differences
from tests.fuzz_rasters.questions import place_in
from tests.fuzz_rasters.recipe import PLACES, Recipe, draw, transform_of, write
from tests.fuzz_rasters.renderers import Ours, Sheet, by_gdal, is_masked, point_by_rio_tiler
from tests.tiling.raster_zoo import source
from tiling.errors import TilingError
from tiling.ingest.inspect import inspect_raster
from tiling.models import TileAddress
from tiling.source.opening import close

OURS = Ours()


def differences(seed: int, *, is_thorough: bool = True) -> list[str]:
    """Return what differs for a seed, each as a line that says which raster it was.

    Not thorough: two zooms instead of all, and one question to the readers instead of six; a third of the cost.
    """
    recipe = draw(seed)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            path = write(recipe, Path(folder).resolve())
        except (RasterioError, CPLE_BaseError):
            return []  # GDAL writes no such file
        try:
            found = _differences(recipe, path, 4 if is_thorough else 2)
            found += reader_differences(recipe, path, random.Random(seed), None if is_thorough else seed)
            found += statistics_differences(recipe, path)
            return [f"seed {seed}: {difference}: {recipe}" for difference in found]
        finally:
            close(source(path))


def _differences(recipe: Recipe, path: Path, zooms: int) -> list[str]:
    try:
        described = inspect_raster(source(path))
    except TilingError as exc:
        return [f"refused: {exc}"]
    found, r = [], random.Random(recipe.seed)
    near = {described.minzoom, max(described.maxzoom - 1, 0), described.maxzoom, described.maxzoom + 1}
    for zoom in r.sample(sorted(near), min(zooms, len(near))):
        tile = mercantile.tile(*place_in(recipe, r), zoom)
        try:
            found += _of_tile(recipe, path, TileAddress(z=tile.z, x=tile.x, y=tile.y))
        except TilingError as exc:
            found.append(f"tile {tile}: {exc}")
    return found + _of_point(recipe, path, r)


def _of_point(recipe: Recipe, path: Path, r: random.Random) -> list[str]:
    lon, lat = place_in(recipe, r)
    x, y = transform_coordinates("EPSG:4326", PLACES[recipe.place][0], [lon], [lat])[:2]
    column, row = ~transform_of(recipe) @ (x[0], y[0])
    if not (0.1 < column % 1 < 0.9 and 0.1 < row % 1 < 0.9 and 0 < column < recipe.width and 0 < row < recipe.height):
        return []  # another turn of longitudes, or so near to another pixel that rounding decides
    ours, theirs = OURS.point(path, lon, lat), point_by_rio_tiler(path, lon, lat)
    is_same = ours is not None and all(
        (one is None) == (other is None) and (one is None or bool(np.isclose(one, other, equal_nan=True)))
        for one, other in zip(ours, theirs, strict=True)
    )
    if is_same or (ours is not None and set(ours) == {None} and is_masked(path, int(column), int(row))):
        return []  # rio-tiler asks no mask where there is nodata, and not always else
    return [f"point {lon}, {lat}: {ours}, not {theirs}"]


def _of_tile(recipe: Recipe, path: Path, address: TileAddress) -> list[str]:
    ours, size = OURS.tile(path, address)
    theirs, near = by_gdal(path, Sheet.of_tile(address), size)
    hidden = (ours.valid != theirs.valid) & ~near
    wrong = differing(recipe, ours, theirs) & ~hidden & ~near
    told = [(hidden, "hidden otherwise"), (wrong, "other values")]
    return [f"tile {address.z}/{address.x}/{address.y}: {int(what.sum())} {name}" for what, name in told if what.any()]
