"""What a dataset says of itself, asked of GDAL once: asking takes longer than it looks, and each tile would."""

from functools import cached_property
from typing import Any

from affine import Affine
from rasterio.enums import ColorInterp, MaskFlags


class Facts:
    """The properties of a level, by rasterio's names, as they were when it was opened.

    Sizes and types are those of its own dataset. What the pixels mean (nodata, mask, alpha, scale) comes from the
    raster as a whole: an overview's own directory may say otherwise, as it may have been written before that was set.
    """

    def __init__(self, dataset: Any, whole: "Facts | None" = None, nodata: int | None = None) -> None:
        """`whole`: those of the raster at full resolution, where `dataset` is an overview of it.

        `nodata`: where it does not fit into the double that rasterio gives.
        """
        source = dataset if whole is None else whole
        self.count: int = dataset.count
        self.units: tuple[str | None, ...] = tuple(dataset.units) if whole is None else whole.units
        self.is_white_zero: bool = _is_white_zero(dataset) if whole is None else whole.is_white_zero
        """Whether 0 is white, and larger values of its one gray band are darker."""
        self.width: int = dataset.width
        """Pixels."""
        self.height: int = dataset.height
        """Pixels."""
        self.dtypes: tuple[str, ...] = tuple(dataset.dtypes)
        self.indexes: tuple[int, ...] = tuple(dataset.indexes)
        self.colorinterp: tuple[ColorInterp, ...] = tuple(source.colorinterp)
        self.mask_flag_enums: tuple[list[MaskFlags], ...] = tuple(source.mask_flag_enums)
        self.nodata: float | None = source.nodata if nodata is None else nodata
        """An int, and exact, for 64-bit integers."""
        self.scales: tuple[float, ...] = tuple(source.scales)
        self.offsets: tuple[float, ...] = tuple(source.offsets)
        self.block_shapes: tuple[tuple[int, int], ...] = tuple(dataset.block_shapes)
        self.bands_together: bool = dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") == "PIXEL"
        """Whether a block holds all bands."""
        self.transform: Affine = dataset.transform
        """From column, row to the CRS."""
        self.is_scaled: bool = set(self.scales) != {1.0} or set(self.offsets) != {0.0}
        """Whether stored values have a scale or an offset."""
        self.are_meanings_told: bool = tuple(dataset.colorinterp) == self.colorinterp
        """Whether the dataset itself says the same of its bands as the raster."""

    @cached_property
    def inverse(self) -> Affine:
        """From the CRS to column, row. A dataset that only control points place has none."""
        inverse: Affine = ~self.transform
        return inverse


def _is_white_zero(dataset: Any) -> bool:
    is_palette = dataset.colorinterp[0] == ColorInterp.palette
    return not is_palette and dataset.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES"
