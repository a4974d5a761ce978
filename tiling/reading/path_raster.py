"""A GeoTIFF that somebody gives the path of: opened as rasterio does, without the gate, and kept open."""

import os
from functools import cached_property
from typing import Any, Final

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError

from tiling.errors import RasterRefused, TilingError
from tiling.files.file_key import FileKey
from tiling.files.local_file import LocalFile
from tiling.geometry.footprint import pixel_size
from tiling.geometry.georeference import is_of_the_earth, wrapped_crs
from tiling.reading.alpha import alpha_band
from tiling.reading.grid_read import data_bands
from tiling.source.dataset_info import Facts
from tiling.source.handles import Handles
from tiling.source.level import Level
from tiling.source.stored_blocks import StoredBlocks

MAX_OPEN: Final = 64
"""Handles that a process keeps open."""
MAX_IDLE: Final = 16
"""Of them, those of one file that nobody uses now."""

_OVERVIEW_SLACK: Final = 1.01
_FULL: Final = -1
_PLAIN_FLAGS: Final = ({MaskFlags.all_valid}, {MaskFlags.nodata}, {MaskFlags.per_dataset})
_ALPHA_FLAGS: Final = {MaskFlags.per_dataset, MaskFlags.alpha}


class PathRaster:
    """An open file, its overviews, and whether our sampling gives of it what rio-tiler would. One thread at a time."""

    def __init__(self, key: FileKey) -> None:
        """Open. Raises rasterio's errors. Blocks."""
        self._key = key
        self._levels: dict[int, Level | None] = {}
        self._file: LocalFile | None = None
        self.dataset: Any = rasterio.open(key.path)
        """rasterio's reader, at full resolution."""
        try:
            self.is_placed_by_control_points = bool(self.dataset.gcps[0])
            """Whether ground control points, and not a geotransform, place it."""
            self._facts = Facts(self.dataset)
            self.is_plain = self.dataset.driver == "GTiff" and self._lies_on_earth() and self._has_plain_pixels()
            """Whether nothing about it needs rio-tiler's own reading."""
            self._decimations: tuple[int, ...] = tuple(self.dataset.overviews(1))
        except BaseException:
            self.close()
            raise

    @property
    def facts(self) -> Facts:
        """What it says of itself."""
        return self._facts

    def _lies_on_earth(self) -> bool:
        return bool(self.dataset.crs) and is_of_the_earth(self.dataset.crs)

    def _has_plain_pixels(self) -> bool:
        facts, flags = self.facts, {frozenset(flags) for flags in self.facts.mask_flag_enums}
        are_plain = len(flags) == 1 and set(next(iter(flags))) in _PLAIN_FLAGS
        has_alpha = set(facts.mask_flag_enums[0]) == _ALPHA_FLAGS
        is_alpha_a_byte = (
            alpha_band(facts) is None or facts.dtypes[0] == "uint8"
        )  # rio-tiler keeps wider ones as stored
        is_one_type = len(set(facts.dtypes)) == 1 and not facts.dtypes[0].startswith("complex")
        is_one_nodata = len({repr(value) for value in self.dataset.nodatavals}) == 1
        return (
            (are_plain or has_alpha)
            and is_alpha_a_byte
            and is_one_type
            and is_one_nodata
            and not facts.transform.is_degenerate
        )

    @cached_property
    def crs(self) -> CRS:
        """The CRS in which to look for its pixels; of longitudes beyond 180°, one that reaches there."""
        crs: CRS = wrapped_crs(self.dataset) or self.dataset.crs
        return crs

    def crs_beside(self, grid_crs: CRS) -> CRS | None:
        """Return what to turn coordinates of a grid into to find pixels; None where they are the raster's own."""
        return None if grid_crs == self.crs else self.crs

    @cached_property
    def colour_bands(self) -> tuple[int, ...]:
        """The numbers of the bands that are not alpha, from 1."""
        return data_bands(self.facts)

    @cached_property
    def mercator_pixel_size(self) -> float | None:
        """Metres in EPSG:3857 of a pixel at its middle; None where it has none."""
        try:
            return pixel_size(self.dataset)
        except RasterRefused:
            return None

    @cached_property
    def tags(self) -> dict[str, str]:
        """The dataset's metadata."""
        return dict(self.dataset.tags())

    @cached_property
    def band_tags(self) -> tuple[dict[str, str], ...]:
        """Each band's."""
        return tuple(self.dataset.tags(band) for band in self.dataset.indexes)

    def statistics(self, bands: tuple[int, ...]) -> list[tuple[float, float]] | None:
        """Return the least and largest value of each band, where the file has them for all."""
        names = "STATISTICS_MINIMUM", "STATISTICS_MAXIMUM"
        found = [
            (float(tags[names[0]]), float(tags[names[1]]))
            for tags in (self.band_tags[band - 1] for band in bands)
            if all(name in tags for name in names)
        ]
        return found if len(found) == len(bands) else None

    @cached_property
    def descriptions(self) -> tuple[str | None, ...]:
        """Each band's name, if it has one."""
        return tuple(self.dataset.descriptions)

    def level_for(self, decimation: float) -> Level | None:
        """Return the coarsest level that has a pixel for every `decimation` full-resolution ones. Blocks.

        None where it says other things of its pixels than the file at full resolution, or cannot be opened.
        """
        fitting = [level for level, factor in enumerate(self._decimations) if factor <= decimation * _OVERVIEW_SLACK]
        number = fitting[-1] if fitting else _FULL
        if number not in self._levels:
            self._levels[number] = self._open_level(number)
        return self._levels[number]

    @cached_property
    def _full(self) -> Level:
        """The level at full resolution, which says what the pixels of all others mean."""
        return Level(self.dataset, (self._key, _FULL), self._stored_blocks(self.dataset), None)

    def _open_level(self, number: int) -> Level | None:
        if number == _FULL:
            return self._full
        dataset = self._open_overview(number)
        if dataset is None:
            return None
        return Level(dataset, (self._key, number), self._stored_blocks(dataset), None, self._full)

    def _open_overview(self, number: int) -> Any:
        try:
            dataset = rasterio.open(self._key.path, OVERVIEW_LEVEL=number)
        except RasterioError:
            return None
        if FileKey.of(self._key.path) == self._key and _meanings(Facts(dataset)) == _meanings(self.facts):
            return dataset
        dataset.close()
        return None

    def _stored_blocks(self, dataset: Any) -> StoredBlocks | None:
        """Return the blocks that can be read without GDAL: none where they may lie in an .ovr file."""
        if list(self.dataset.files) != [self._key.path]:
            return None
        self._file = self._file or LocalFile(os.open(self._key.path, os.O_RDONLY | os.O_CLOEXEC))
        return StoredBlocks.of(dataset, self._file) if FileKey.of(self._key.path) == self._key else None

    def close(self) -> None:
        """Close the file. It must not be used afterwards."""
        for level in self._levels.values():
            if level is not None:
                level.close()
        self._levels.clear()
        self.dataset.close()
        self._file = None


def _meanings(facts: Facts) -> tuple[object, ...]:
    """Return what an overview must say as the full resolution does, for its pixels to be shown alike."""
    return facts.count, facts.dtypes, facts.mask_flag_enums, facts.colorinterp, repr(facts.nodata)


PATH_RASTERS: Final = Handles(
    PathRaster,
    max_open=MAX_OPEN,
    max_idle=MAX_IDLE,
    is_harmless=lambda failure: (
        not isinstance(failure, RasterioError | CPLE_BaseError | OSError | TilingError | GeneratorExit)
    ),
)
"""The files that this process keeps open."""
