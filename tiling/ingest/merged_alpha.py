"""A raster that says "no data" in two ways, by nodata and by alpha, as one that says it by alpha alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from rasterio.windows import Window

from tiling.reading.alpha import alpha_band
from tiling.reading.resample import is_nodata

_ROWS: Final = 512


@contextmanager
def alpha_alone(dataset: Any, unfinished: Path) -> Iterator[Any]:
    """Lend a copy whose alpha band is 0 also where all other bands are nodata; it lies in a file meanwhile. Blocks."""
    alpha = alpha_band(dataset)
    if alpha is None or dataset.nodata is None:
        yield dataset
        return
    profile = {"driver": "GTiff", "nodata": None, "tiled": True, "blockxsize": 512, "blockysize": 512}
    profile |= {"compress": "DEFLATE", "zlevel": 1, "bigtiff": "IF_SAFER", "interleave": "pixel"}
    like = {name: dataset.profile[name] for name in ("width", "height", "count", "dtype", "crs", "transform")}
    try:
        with rasterio.open(unfinished, "w", **like, **profile) as copy:
            copy.colorinterp = dataset.colorinterp
            for top in range(0, dataset.height, _ROWS):
                window = Window(0, top, dataset.width, min(_ROWS, dataset.height - top))
                values = dataset.read(window=window)
                others = np.delete(values, alpha - 1, axis=0)
                values[alpha - 1][is_nodata(others, dataset.nodata).all(axis=0)] = 0
                copy.write(values, window=window)
        with rasterio.open(unfinished) as copy:
            yield copy
    finally:
        unfinished.unlink(missing_ok=True)
