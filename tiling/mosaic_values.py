"""Values of a mosaic on one grid, the first raster on top."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from tiling.budget import BUDGET, NO_DEADLINE, Deadline
from tiling.facts import Facts
from tiling.gated_reader import read_image
from tiling.grid import Grid
from tiling.image_data import GatedImage
from tiling.layers import under
from tiling.models import Bounds, Profile, ProfileKind
from tiling.mosaic import MosaicSource, lay, turned
from tiling.render import box_grid
from tiling.sources import Raster
from tiling.values import Known, ValueName, Values, Wanted, bands_of, made, names_of

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
    layers = ValueLayers(wanted)
    completeness = 1.0
    if source.parts:
        placement = partial(_placed, view)
        completeness = lay(layers, source, _READ_BY, placement, deadline=deadline)
    image, grid = layers.image, view.grid
    if image is None:
        shape = (len(layers.names), grid.height, grid.width)
        return MosaicValues(
            names=layers.names, values=np.zeros(shape), known=np.zeros(shape, np.bool_), completeness=completeness
        )
    known = np.broadcast_to(image.opacity > 0, image.data.shape)
    with np.errstate(all="ignore"):
        values, known = made(image.data, known, layers.bands, wanted)
    return MosaicValues(names=layers.names, values=values, known=known, completeness=completeness)


def _placed(view: MosaicView, raster: Raster) -> Grid:
    return turned(view.grid, view.box, raster.footprint)


class ValueLayers:
    """Bands of several rasters, each under the ones before it."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.image: GatedImage | None = None
        self.bands: tuple[int, ...] = ()
        """Of the first raster, and so of all."""
        self.names: tuple[ValueName, ...] = ()

    @property
    def is_full(self) -> bool:
        """Whether nothing that lies further below could be seen."""
        return self.image is not None and bool(self.image.opacity.all())

    def add(self, raster: Raster, grid: Grid, profile: Profile) -> None:
        """Lay a raster under the others; of the profile its nodata counts. Blocks. Raises as `read_image` does."""
        if not self.bands:
            self.bands, self.names = bands_of(raster.dataset, self._wanted), names_of(raster.dataset, self._wanted)
        size = max(np.dtype(raster.dataset.dtypes[0]).itemsize, _IN_UNIT if Facts(raster.dataset).is_scaled else 0)
        BUDGET.check_working(grid.width * grid.height * (len(self.bands) * size * _LAYERS + _ONE_BAND))
        nodata = self._wanted.nodata if self._wanted.nodata is not None else profile.nodata
        below = read_image(raster, grid, bands=self.bands, resampling="nearest", nodata=nodata)
        self.image = below if self.image is None else under(self.image, below)
