"""Warping a dataset onto a grid by GDAL: for kernels wider than bilinear, and where a grid cannot be placed exactly."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio import enums
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from tiling.gate.exact_nodata import is_exact_double
from tiling.geometry.grid import Grid
from tiling.geometry.placement import TOLERANCE
from tiling.profile import Resampling
from tiling.reading.alpha import Alpha, alpha_band, has_mask, opaque_unless, to_byte
from tiling.reading.resample import is_nodata
from tiling.source.opening import Raster

Values = NDArray[Any]

_ROWS_AT_ONCE: Final = 514
"""A tile's, with the margin that a relief has."""
_SCALED_KERNELS: Final = frozenset({"bilinear", "cubic", "cubic_spline", "lanczos"})
"""Those that GDAL widens where it reduces a raster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warp:
    """What to warp, onto what, and how."""

    raster: Raster
    """Tells where its datasets lie."""
    dataset: Any
    """The raster at full resolution, or one of its overviews."""
    grid: Grid
    """Where the pixels go."""
    bands: tuple[int, ...]
    """Numbers from 1."""
    resampling: Resampling
    """GDAL's name of a kernel."""

    def values(self, nodata: float | None) -> tuple[Values, Alpha]:
        """Return values, (bands, height, width), and alpha, (height, width), of which 0 is no data. Blocks.

        A pixel holds data if one of its bands does, and neither mask nor alpha hides it.
        """
        if nodata is None:
            return self._beside_alpha()
        if not is_exact_double(nodata):
            values, alpha = self._beside_alpha()
            return values, np.minimum(alpha, opaque_unless(is_nodata(values, nodata)))
        values, alpha = self._beside_nodata(nodata)
        if has_mask(self.dataset):
            alpha = np.minimum(alpha, self._mask())
        return values, alpha

    def _beside_alpha(self) -> tuple[Values, Alpha]:
        with self._with_alpha(resampling=enums.Resampling[self.resampling]) as warped:
            values = self._read(warped, self.bands)
            return values, self._alpha(warped)

    def _beside_nodata(self, nodata: float) -> tuple[Values, Alpha]:
        options = self._placement() | {"resampling": enums.Resampling[self.resampling]}
        with WarpedVRT(self.dataset, src_nodata=nodata, nodata=nodata, **options) as warped:
            values = self._read(warped, self.bands)
        return values, opaque_unless(is_nodata(values, nodata))

    def _mask(self) -> Alpha:
        """Warp a mask or an alpha band alone: beside a nodata value neither would count."""
        with self._with_alpha() as warped:
            return self._alpha(warped)

    def _with_alpha(self, **options: object) -> WarpedVRT:
        """Open the warp with the dataset's own alpha band, or one after the others that tells its mask and its edge."""
        add_alpha = alpha_band(self.dataset) is None
        return WarpedVRT(self.dataset, src_nodata=None, add_alpha=add_alpha, **self._placement(), **options)

    def _alpha(self, warped: WarpedVRT) -> Alpha:
        return to_byte(self._read(warped, (alpha_band(self.dataset) or self.dataset.count + 1,))[0])

    def _read(self, warped: WarpedVRT, bands: tuple[int, ...]) -> Values:
        """Read what is higher than a tile in pieces, as nobody can stop GDAL within one. Raises OutOfTime."""
        width, height = self.grid.width, self.grid.height
        values: Values | None = None
        for top in range(0, height, _ROWS_AT_ONCE):
            self.raster.deadline.check()
            rows = min(_ROWS_AT_ONCE, height - top)
            part: Values = warped.read(bands, window=Window(0, top, width, rows))
            if rows == height:
                return part
            if values is None:
                values = np.empty((len(bands), height, width), dtype=part.dtype)
            values[:, top : top + rows] = part
        return np.empty((len(bands), 0, width)) if values is None else values

    def _scale(self) -> float:
        """Return the grid's pixels for each of the dataset's: GDAL would guess it from how much of each it can see."""
        whole: float = self.raster.dataset.width / self.dataset.width
        return whole / self.raster.decimation(self.grid)

    def _placement(self) -> dict[str, object]:
        grid, source_crs = self.grid, self.raster.wrapped_crs
        dtype = np.result_type(*(self.dataset.dtypes[band - 1] for band in self.bands)).name
        options = {"crs": grid.crs, "transform": grid.transform, "width": grid.width, "height": grid.height}
        options |= {"dtype": dtype, "tolerance": TOLERANCE}
        if self.resampling in _SCALED_KERNELS:
            options |= {"XSCALE": self._scale(), "YSCALE": self._scale()}
        return options | ({} if source_crs is None else {"src_crs": source_crs})
