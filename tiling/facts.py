"""What a dataset says of itself, asked of GDAL once: asking takes longer than it looks, and each tile would."""

from functools import cached_property
from typing import Any

from affine import Affine
from rasterio.enums import ColorInterp, MaskFlags


class Facts:
    """The properties of an open dataset, by rasterio's names, as they were when it was opened."""

    def __init__(self, dataset: Any) -> None:
        self.count: int = dataset.count
        self.width: int = dataset.width
        """Pixels."""
        self.height: int = dataset.height
        """Pixels."""
        self.dtypes: tuple[str, ...] = tuple(dataset.dtypes)
        self.indexes: tuple[int, ...] = tuple(dataset.indexes)
        self.colorinterp: tuple[ColorInterp, ...] = tuple(dataset.colorinterp)
        self.mask_flag_enums: tuple[list[MaskFlags], ...] = tuple(dataset.mask_flag_enums)
        self.nodata: float | None = dataset.nodata
        self.scales: tuple[float, ...] = tuple(dataset.scales)
        self.offsets: tuple[float, ...] = tuple(dataset.offsets)
        self.block_shapes: tuple[tuple[int, int], ...] = tuple(dataset.block_shapes)
        self.bands_together: bool = dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") == "PIXEL"
        """Whether a block holds all bands."""
        self.transform: Affine = dataset.transform
        """From column, row to the CRS."""
        self.is_scaled: bool = set(self.scales) != {1.0} or set(self.offsets) != {0.0}
        """Whether stored values have a scale or an offset."""

    @cached_property
    def inverse(self) -> Affine:
        """From the CRS to column, row. A dataset that only control points place has none."""
        inverse: Affine = ~self.transform
        return inverse
