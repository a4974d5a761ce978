"""Open rasters, kept in one pool: whichever thread asks uses them, one at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.vrt import WarpedVRT

from tiling.budget import NO_DEADLINE, Deadline
from tiling.errors import RasterRefused, SourceChanged, SourceGone, SourceUnreadable, TilingError
from tiling.files.gdal_file import GdalFile
from tiling.files.last_read import READING
from tiling.files.raster_files import RasterFiles, open_files
from tiling.files.raster_source import RasterSource
from tiling.files.remote import RemoteChanged
from tiling.gate.directories import Bytes
from tiling.gate.exact_nodata import exact_nodata
from tiling.gate.gdal_errors import forget_errors
from tiling.gate.validate import GDAL_OPTIONS, open_gated, open_overview
from tiling.geometry.footprint import footprint_of, pixel_size
from tiling.geometry.georeference import WEB_MERCATOR, dataset_crs, lacks_geotransform, wrapped_crs
from tiling.geometry.grid import Grid
from tiling.source.dataset_info import Facts
from tiling.source.decimation import decimation
from tiling.source.handles import Handles
from tiling.source.level import Level
from tiling.source.stored_blocks import StoredBlocks

MAX_OPEN: Final = 64
"""Handles of rasters that a process keeps open."""
MAX_IDLE: Final = 16
"""Of them, those of one raster that nobody uses now."""

FULL: Final = -1
"""The number of the level at full resolution; overviews count from 0."""

_OVERVIEW_SLACK: Final = 1.01


class Raster:
    """One gated raster: its dataset, its overviews, its place on Earth. GDAL's rule: one thread at a time.

    A raster that only ground control points place is warped into their CRS, virtually, by GDAL's polynomial.
    """

    def __init__(self, source: RasterSource) -> None:
        """Open, or raise RasterRefused, FileNotFoundError or RemoteError. Blocks."""
        self._source = source
        self.remote = None if source.remote is None else GdalFile(source.remote)
        """The file, where it lies elsewhere."""
        self.reader: Any = None
        """Its `tiling.Reader`, once one was asked for."""
        self._levels: dict[int, Level] = {}
        self._files = self.remote or open_files(source)
        self.deadline = NO_DEADLINE
        """When who has borrowed it has to be done."""
        try:
            self.stored: Any = open_gated(self._files)
            """rasterio's DatasetReader of the file, at full resolution."""
        except BaseException:
            self._close_files()
            raise
        self.dataset: Any = self.stored
        """The same with a geotransform: the file itself, or a WarpedVRT of it."""
        try:
            self.crs = dataset_crs(self.stored)
            if self.is_placed_by_control_points:
                self.dataset = _place_by_control_points(self.stored)
            self.wrapped_crs = wrapped_crs(self.dataset)
            self.crs_to_place = self.wrapped_crs or (None if self.crs == WEB_MERCATOR else self.crs)
            """What to turn web mercator into to find pixels; None where it is web mercator."""
            self.footprint = footprint_of(self.dataset)
            self.pixel_size = pixel_size(self.dataset)
            self.decimations: tuple[int, ...] = tuple(self.stored.overviews(1))
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> str:
        """What it is called; nothing is opened by it."""
        return self._source.path

    @property
    def bytes(self) -> Bytes:
        """The file itself, without its sidecars."""
        return self._files.main if isinstance(self._files, RasterFiles) else self._files

    @property
    def is_placed_by_control_points(self) -> bool:
        """Whether there is no geotransform, but ground control points."""
        return lacks_geotransform(self.stored)

    def crs_beside(self, grid_crs: CRS) -> CRS | None:
        """Return what to turn coordinates of a grid into to find pixels; None where they are the raster's own."""
        if grid_crs is WEB_MERCATOR or self.wrapped_crs is not None:
            return self.crs_to_place
        return None if grid_crs == self.crs else self.crs

    def decimation(self, grid: Grid) -> float:
        """Return how many pixels at full resolution a pixel of a grid is wide."""
        if grid.is_mercator:
            return grid.pixel_size / self.pixel_size
        found = decimation(grid, self.facts, self.crs_beside(grid.crs))
        return 1.0 if found is None else found

    def begin(self, deadline: Deadline) -> None:
        """Have all reads end by a deadline, until the next one is set. Raises OutOfTime where it is over."""
        deadline.check()
        self.deadline = deadline
        for level in self._levels.values():
            level.deadline = deadline

    def level_for(self, decimation: float) -> Level:
        """Return the coarsest level that still has a pixel for every `decimation` full-resolution ones. Blocks."""
        fitting = [level for level, factor in enumerate(self.decimations) if factor <= decimation * _OVERVIEW_SLACK]
        if not fitting or self.is_placed_by_control_points:  # GDAL's overview datasets lose control points
            return self._level(FULL)
        return self._level(fitting[-1])

    @property
    def facts(self) -> Facts:
        """What the raster says of itself."""
        return self._level(FULL).facts

    def level_for_gdal(self, decimation: float) -> Level:
        """Return the one of `level_for`, or the raster itself where that one's dataset does not tell what is hidden."""
        level = self.level_for(decimation)
        return level if level.agrees else self._level(FULL)

    def overview(self, level: int) -> Any:
        """Return the dataset of an overview as it is stored, from 0 for the finest. Blocks.

        In place of one that does not tell what is hidden, the raster itself.
        """
        return (self._level(level) if self._level(level).agrees else self._level(FULL)).dataset

    def _level(self, number: int) -> Level:
        if number not in self._levels:
            dataset = self.dataset if number == FULL else self._open_overview(number)
            whole = None if number == FULL else self._level(FULL)
            nodata = exact_nodata(self.stored, self.bytes) if whole is None else None
            stored = None if self.is_placed_by_control_points else self._stored_blocks(dataset)
            self._levels[number] = Level(dataset, (self._source, number), stored, self.remote, whole, nodata)
            self._levels[number].deadline = self.deadline
        return self._levels[number]

    def _open_overview(self, number: int) -> Any:
        dataset = open_overview(self._files, number)
        try:
            _check_alike(dataset, self.stored)
        except BaseException:
            dataset.close()
            raise
        return dataset

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._files.main.version.size if isinstance(self._files, RasterFiles) else self._files.remote.size

    def _stored_blocks(self, dataset: Any) -> StoredBlocks | None:
        """Return the blocks that can be read without GDAL: none where they may lie in an .ovr file."""
        if isinstance(self._files, GdalFile):
            return StoredBlocks.of(dataset, self._files.remote)
        return None if self._files.sidecars else StoredBlocks.of(dataset, self._files.main)

    def close(self) -> None:
        """Close every dataset. The raster must not be used afterwards."""
        for part in (*self._levels.values(), self.dataset, self.stored):
            part.close()
        self._levels.clear()
        self.reader = None
        self._close_files()

    def _close_files(self) -> None:
        if isinstance(self._files, RasterFiles):
            self._files.close()


def _check_alike(overview: Any, whole: Any) -> None:
    if (overview.count, overview.dtypes) != (whole.count, whole.dtypes):
        raise RasterRefused("its overviews hold other bands or types than it does: build them anew")


def _place_by_control_points(dataset: Any) -> Any:
    """Return a WarpedVRT in the control points' CRS. A VRT straight into a tile's grid would lose the points."""
    crs, nodata = dataset_crs(dataset), dataset.nodata
    add_alpha = nodata is None and ColorInterp.alpha not in dataset.colorinterp
    try:
        return WarpedVRT(dataset, src_crs=crs, crs=crs, src_nodata=nodata, nodata=nodata, add_alpha=add_alpha)
    except (RasterioError, CPLE_BaseError, ValueError) as exc:
        raise RasterRefused("its ground control points do not place it on a map") from exc


class Environment(threading.local):
    """GDAL's options, entered once in each thread that reads and never left: entering takes as long as a small read."""

    def __init__(self) -> None:
        self._entered: rasterio.Env | None = None

    def enter(self) -> None:
        """Enter, if this thread has not."""
        if self._entered is None or not rasterio.env.hasenv():
            self._entered = rasterio.Env(**GDAL_OPTIONS)
            self._entered.__enter__()


_RASTERS: Final = Handles(
    Raster,
    max_open=MAX_OPEN,
    max_idle=MAX_IDLE,
    is_harmless=lambda failure: isinstance(failure, TilingError) and not isinstance(failure, SourceChanged),
)
_ENVIRONMENT: Final = Environment()


def close(source: RasterSource) -> None:
    """Close what is kept open of a raster, and not in use."""
    _RASTERS.discard(source)


@contextmanager
def borrow(source: RasterSource, deadline: Deadline = NO_DEADLINE) -> Iterator[Raster]:
    """Lend an open raster inside GDAL's environment, and translate what goes wrong in there. Blocks.

    Raises SourceGone, SourceChanged, SourceUnreadable; OutOfTime soon after a deadline.
    """
    _ENVIRONMENT.enter()
    forget_errors()
    before = READING.begin(source)
    try:
        with _RASTERS.borrow(source) as raster, storage_errors(raster):
            raster.begin(deadline)
            yield raster
    except FileNotFoundError as exc:
        raise SourceGone("the raster's file no longer exists") from exc
    except RasterRefused as exc:
        raise SourceUnreadable(f"the raster is no longer served: {exc}") from exc
    except RemoteChanged as exc:
        raise SourceChanged("the raster's file was replaced") from exc
    except (RasterioError, CPLE_BaseError, OSError) as exc:
        raise SourceUnreadable("the raster cannot be read") from exc
    finally:
        READING.end(before)


@contextmanager
def storage_errors(raster: Raster) -> Iterator[None]:
    """Raise what a remote file's storage did in place of what GDAL made of it, and also where GDAL took no notice."""
    if raster.remote is None:
        yield
        return
    raster.remote.begin()
    try:
        yield
    except (RasterioError, CPLE_BaseError):
        raster.remote.check()
        raise
    raster.remote.check()
