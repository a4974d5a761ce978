"""What a thread does for the first time takes long: GDAL, PROJ and the encoders load what they need."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import rasterio
from rasterio.transform import from_origin

from tiling.files.raster_source import RasterSource
from tiling.gate.validate import GDAL_OPTIONS
from tiling.ingest.inspect import inspect_raster
from tiling.models import ImageFormat
from tiling.render import render_preview
from tiling.source.opening import close

_SIDE: Final = 256
"""Pixels."""


@contextmanager
def warmup_raster(within: Path) -> Iterator[RasterSource]:
    """Yield a small raster of our own in a folder that the threads may read. Blocks. Raises OSError."""
    with tempfile.TemporaryDirectory(dir=within) as folder:
        path = Path(folder) / "rehearsal.tif"
        _write(path)
        yield RasterSource(path=str(path), version="rehearsal")


def warm_up(source: RasterSource) -> None:
    """Draw tiles of it, so that the thread's first one for somebody takes as long as all others.

    Blocks for some 30 ms of a core. Raises TilingError.
    """
    profile = inspect_raster(source).profiles[0]
    for image_format in ImageFormat:
        render_preview(source, profile, image_format, _SIDE)
    close(source)


def _write(path: Path) -> None:
    options = {"driver": "GTiff", "dtype": "uint8", "count": 3, "width": _SIDE, "height": _SIDE, "tiled": True}
    place = {"crs": "EPSG:32633", "transform": from_origin(500_000, 5_000_000, 10, 10)}
    stored = {"compress": "jpeg", "photometric": "ycbcr", "blockxsize": _SIDE, "blockysize": _SIDE}
    with rasterio.Env(**GDAL_OPTIONS), rasterio.open(path, "w", **options, **place, **stored) as dataset:
        dataset.write(np.full((3, _SIDE, _SIDE), 128, dtype=np.uint8))
