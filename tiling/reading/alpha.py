"""How visible each pixel is: 255 is fully, 0 is no data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags

Alpha = NDArray[np.uint8]
"""Shape (height, width)."""


def opaque_unless(missing: NDArray[np.bool_]) -> Alpha:
    """Hide pixels that miss all of their bands, (bands, height, width)."""
    return np.where(missing.all(axis=0), np.uint8(0), np.uint8(255))


def alpha_band(dataset: Any) -> int | None:
    """Return the number of the alpha band, from 1, of a dataset of rasterio's or its `Facts`, if it has one."""
    meanings = dataset.colorinterp
    return meanings.index(ColorInterp.alpha) + 1 if ColorInterp.alpha in meanings else None


def has_mask(dataset: Any) -> bool:
    """Return whether an alpha band or a mask hides pixels of a dataset, or its `Facts`, beside what nodata does."""
    return alpha_band(dataset) is not None or MaskFlags.per_dataset in dataset.mask_flag_enums[0]


def to_byte(alpha: NDArray[Any]) -> Alpha:
    """Bring an alpha band to 0 to 255. Wide integers that never exceed 255 are bytes in a wide type."""
    if alpha.dtype == np.uint8:
        return alpha.copy()
    opaque = 255.0 if alpha.max() <= 255 else float(np.iinfo(alpha.dtype).max)  # noqa: PLR2004 - a byte's range
    return (np.clip(alpha / opaque, 0.0, 1.0) * 255).round().astype(np.uint8)
