"""The nodata value of a raster, to the last digit: 64-bit integers do not fit into the double that rasterio gives."""

import re
from typing import Any, Final

from tiling.gate.directories import Bytes, Directories

WIDE_INTEGERS: Final = frozenset({"int64", "uint64"})
_INTEGER: Final = re.compile(rb"\s*([+-]?\d{1,20})\s*\0*")


def exact_nodata(dataset: Any, file: Bytes) -> int | None:
    """Return the nodata value of 64-bit integers as the file itself says it; None for all else. Blocks."""
    if dataset.nodata is None or dataset.dtypes[0] not in WIDE_INTEGERS:
        return None
    match = _INTEGER.fullmatch(Directories(file).nodata())
    return int(match[1]) if match else None


def is_exact_double(nodata: float) -> bool:
    """Whether a value can be handed to GDAL through rasterio, which makes a double of it."""
    return not isinstance(nodata, int) or int(float(nodata)) == nodata
