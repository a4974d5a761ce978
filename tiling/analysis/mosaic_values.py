"""Values of a mosaic on one grid, the first raster on top."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from tiling.analysis.values import Known, ValueName, Values, Wanted, bands_of, made, names_of
from tiling.budget import BUDGET, NO_DEADLINE, Deadline
from tiling.gated_reader import read_image
from tiling.geometry.grid import Grid
from tiling.models import Bounds, PixelSelection, Profile, ProfileKind
from tiling.mosaic import MosaicSource, lay, turned
from tiling.pixel_selection import Selected, joined
from tiling.reading.grid_read import data_bands
from tiling.render import box_grid
from tiling.source.dataset_info import Facts
from tiling.source.opening import Raster

_LAYERS: Final = 3
"""Those that lie above, the one below, and both as one."""
_ONE_BAND: Final = 48
"""Bytes of a pixel of the band that is looked at: in double precision, sorted, and which of them count."""
_IN_UNIT: Final = 4
"""Bytes of a value with a scale."""
_READ_BY: Final = Profile(id="values", label="values", kind=ProfileKind.RAW)


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicView:
    """A part of a mosaic, and the grid in web mercator that it is read on."""

    box: Bounds
    """In unwrapped degrees."""
    grid: Grid

    @classmethod
    def of(cls, box: Bounds, native: float, longest: int) -> "MosaicView":
        """Return a view of a box with pixels of so many metres, or larger: at most `longest` on the longer side."""
        grid = box_grid(box, longest)
        if grid.pixel_size < native:
            grid = box_grid(box, max(1, round(longest * grid.pixel_size / native)))
        return cls(box=box, grid=grid)


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicValues:
    """What was read of a mosaic."""

    names: tuple[ValueName, ...]
    values: Values
    """Shape (values, height, width), in the rasters' unit."""
    known: Known
    """Same shape. True holds data."""
    completeness: float
    """Which part of the rasters that lie there was read; 1 where no pixel is missing."""


def read_mosaic_values(
    source: MosaicSource, view: MosaicView, wanted: Wanted, deadline: Deadline = NO_DEADLINE
) -> MosaicValues:
    """Read what is wanted of a mosaic. Blocks. Raises ProfileInvalid, SourceUnreadable, OutOfTime."""
    layers = StackedValues(wanted, source.selection)
    completeness = 1.0
    if source.parts:
        placement = partial(_placed, view)
        completeness = lay(layers, source, _READ_BY, placement, deadline=deadline)
    found, grid = layers.selected.values(), view.grid
    if found is None:
        found = np.ma.MaskedArray(np.zeros((len(layers.names), grid.height, grid.width)), mask=True)
    return MosaicValues(
        names=layers.names,
        values=np.ma.getdata(found),
        known=~np.ma.getmaskarray(found),
        completeness=completeness,
    )


def _placed(view: MosaicView, raster: Raster) -> Grid:
    return turned(view.grid, view.box, raster.footprint)


class StackedValues:
    """What is wanted of several rasters, put together by the mosaic's pixel selection."""

    def __init__(self, wanted: Wanted, selection: PixelSelection) -> None:
        self._wanted = wanted
        self.selected = Selected(selection)
        self._bands: tuple[int, ...] = ()
        """Of the first raster, and so of all."""
        self.names: tuple[ValueName, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether nothing that lies further below could be seen."""
        return self.selected.is_full

    def add(self, raster: Raster, grid: Grid, profile: Profile) -> None:
        """Lay a raster under the others; of the profile its nodata counts. Blocks. Raises as `read_image` does."""
        if not self._bands:
            self._bands, self.names = bands_of(raster.dataset, self._wanted), names_of(raster.dataset, self._wanted)
        last = (data_bands(raster.facts) or (1,))[-1:] if self.selected.needs_last_band else ()
        bands = self._bands + last
        size = max(np.dtype(raster.dataset.dtypes[0]).itemsize, _IN_UNIT if Facts(raster.dataset).is_scaled else 0)
        BUDGET.check_working(grid.width * grid.height * (len(bands) * size * _LAYERS + _ONE_BAND))
        nodata = self._wanted.nodata if self._wanted.nodata is not None else profile.nodata
        image = read_image(raster, grid, bands=bands, resampling="nearest", nodata=nodata)
        with np.errstate(all="ignore"):
            own = slice(len(self._bands))
            known = ~np.ma.getmaskarray(image.array[own])
            values, known = made(image.data[own], known, self._bands, self._wanted)
        found = np.ma.MaskedArray(values, mask=~known)
        self.selected.feed(joined(found, image.array[-1:]) if last else found)
