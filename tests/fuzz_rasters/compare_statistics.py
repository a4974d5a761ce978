"""Statistics of all of a raster, beside those of rio-tiler's `Reader.statistics`."""

from pathlib import Path

import numpy as np
import rasterio
from rio_tiler.io import Reader

from tests.fuzz_rasters.recipe import Recipe
from tests.tiling.against.reference import BY_NAME, colour_bands
from tests.tiling.raster_zoo import source
from tiling.analysis.statistics import read_statistics
from tiling.analysis.values import Wanted


def statistics_differences(recipe: Recipe, path: Path) -> list[str]:
    """Return the bands whose statistics are not rio-tiler's, each in a line.

    Beside nodata, rio-tiler counts what a mask or alpha band hides; ours never does. Percentiles of few values are
    interpolated otherwise.
    """
    if recipe.nodata is not None and (recipe.mask or recipe.has_alpha):
        return []
    ours = read_statistics(source(path), None, Wanted()).values
    with rasterio.Env(**BY_NAME), Reader(str(path)) as reader:
        bands, scales, offsets = colour_bands(reader.dataset), reader.dataset.scales, reader.dataset.offsets
        theirs = reader.statistics(max_size=None, indexes=bands)
    found = []
    for band, one, other in zip(bands, ours, theirs.values(), strict=True):
        scale, offset = scales[band - 1], offsets[band - 1]
        stored = np.array([other.min, other.max, other.mean]) * scale + offset
        told, expected = [one.count, one.min, one.max, one.mean, one.std], [other.valid_pixels, *stored]
        expected.append(other.std * abs(scale))
        is_same = one.count == other.valid_pixels == 0 or np.allclose(np.array(told, float), expected, rtol=1e-5)
        found += [] if is_same else [f"statistics of band {band}: {told}, not {expected}"]
    return found
