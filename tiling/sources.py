"""Open rasters. A thread keeps the ones it used last open, and never lends them to another thread."""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT
from rio_tiler.errors import RioTilerError

from tiling.errors import RasterRefused, SourceChanged, SourceGone, SourceUnreadable
from tiling.footprint import footprint_of, pixel_size
from tiling.gate import GDAL_OPTIONS, open_gated
from tiling.gdal_file import GdalFile
from tiling.georeference import dataset_crs, lacks_geotransform, wrapped_crs
from tiling.models import RasterSource
from tiling.remote import RemoteChanged

MAX_OPEN: Final = 24
"""Rasters that a thread keeps open."""

_OVERVIEW_SLACK: Final = 1.01


class Raster:
    """One gated raster: its dataset, its overviews, its place on Earth. GDAL's rule: one thread only.

    A raster that only ground control points place is warped into their CRS, virtually, by GDAL's polynomial.
    """

    def __init__(self, source: RasterSource) -> None:
        """Open, or raise RasterRefused, FileNotFoundError or RemoteError. Blocks."""
        self.remote = None if source.remote is None else GdalFile(source.remote)
        """The file, where it lies elsewhere."""
        self._path = self.remote or Path(source.path)
        self._overviews: dict[int, Any] = {}
        self.stored: Any = open_gated(self._path)
        """rasterio's DatasetReader of the file, at full resolution."""
        self.dataset: Any = self.stored
        """The same with a geotransform: the file itself, or a WarpedVRT of it."""
        try:
            self.crs = dataset_crs(self.stored)
            if self.is_placed_by_control_points:
                self.dataset = _place_by_control_points(self.stored)
            self.wrapped_crs = wrapped_crs(self.dataset)
            self.footprint = footprint_of(self.dataset)
            self.pixel_size = pixel_size(self.dataset)
            self.decimations: tuple[int, ...] = tuple(self.stored.overviews(1))
        except BaseException:
            self.close()
            raise

    @property
    def is_placed_by_control_points(self) -> bool:
        """Whether there is no geotransform, but ground control points."""
        return lacks_geotransform(self.stored)

    def dataset_for(self, decimation: float) -> Any:
        """Return the coarsest dataset that still has a pixel for every `decimation` full-resolution ones. Blocks.

        GDAL's warper reads what it is given, so without this a tile at a low zoom would read the whole raster.
        """
        fitting = [level for level, factor in enumerate(self.decimations) if factor <= decimation * _OVERVIEW_SLACK]
        if not fitting or self.is_placed_by_control_points:  # GDAL's overview datasets lose control points
            return self.dataset
        return self.overview(fitting[-1])

    def overview(self, level: int) -> Any:
        """Return an overview as it is stored, from 0 for the finest. Blocks."""
        if level not in self._overviews:
            self._overviews[level] = open_gated(self._path, overview_level=level)
        return self._overviews[level]

    def close(self) -> None:
        """Close every dataset. The raster must not be used afterwards."""
        for dataset in (*self._overviews.values(), self.dataset, self.stored):
            dataset.close()
        self._overviews.clear()


def _place_by_control_points(dataset: Any) -> Any:
    """Return a WarpedVRT in the control points' CRS. A VRT straight into a tile's grid would lose the points."""
    crs, nodata = dataset_crs(dataset), dataset.nodata
    add_alpha = nodata is None and ColorInterp.alpha not in dataset.colorinterp
    try:
        return WarpedVRT(dataset, src_crs=crs, crs=crs, src_nodata=nodata, nodata=nodata, add_alpha=add_alpha)
    except (RasterioError, CPLE_BaseError, ValueError) as exc:
        raise RasterRefused("its ground control points do not place it on a map") from exc


class OpenRasters(threading.local):
    """The rasters that the current thread keeps open, the least recently used closing first."""

    def __init__(self, max_open: int = MAX_OPEN) -> None:
        self._max_open = max_open
        self._rasters: OrderedDict[RasterSource, Raster] = OrderedDict()

    def get(self, source: RasterSource) -> Raster:
        """Return the open raster, opening it if need be. Raises as `Raster` does. Blocks."""
        raster = self._rasters.get(source)
        if raster is None:
            raster = self._rasters[source] = Raster(source)
            while len(self._rasters) > self._max_open:
                self._rasters.popitem(last=False)[1].close()
        self._rasters.move_to_end(source)
        return raster

    def discard(self, source: RasterSource) -> None:
        """Close a raster after a failure, so that the next use opens it anew."""
        raster = self._rasters.pop(source, None)
        if raster is not None:
            raster.close()

    def __len__(self) -> int:
        return len(self._rasters)


_OPEN_RASTERS: Final = OpenRasters()


@contextmanager
def borrow(source: RasterSource) -> Iterator[Raster]:
    """Lend an open raster inside GDAL's environment, and translate what goes wrong in there. Blocks.

    Raises SourceGone, SourceChanged, SourceUnreadable.
    """
    with rasterio.Env(**GDAL_OPTIONS):
        try:
            with told_by_the_storage(raster := _OPEN_RASTERS.get(source)):
                yield raster
        except FileNotFoundError as exc:
            _OPEN_RASTERS.discard(source)
            raise SourceGone("the raster's file no longer exists") from exc
        except RasterRefused as exc:
            raise SourceUnreadable(f"the raster is no longer served: {exc}") from exc
        except RemoteChanged as exc:
            _OPEN_RASTERS.discard(source)
            raise SourceChanged("the raster's file was replaced") from exc
        except (RasterioError, CPLE_BaseError, RioTilerError, OSError) as exc:
            _OPEN_RASTERS.discard(source)
            raise SourceUnreadable("the raster cannot be read") from exc


@contextmanager
def told_by_the_storage(raster: Raster) -> Iterator[None]:
    """Raise what a remote file's storage did in place of what GDAL made of it, and also where GDAL took no notice."""
    if raster.remote is None:
        yield
        return
    raster.remote.begin()
    try:
        yield
    except (RasterioError, CPLE_BaseError, RioTilerError):
        raster.remote.check()
        raise
    raster.remote.check()
