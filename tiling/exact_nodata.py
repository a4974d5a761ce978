"""The nodata value of a dataset, to the last digit: 64-bit integers do not fit into the double that rasterio gives."""

import re
from typing import Any, Final

import rasterio
from rasterio.shutil import copy

WIDE_INTEGERS: Final = frozenset({"int64", "uint64"})
_TOLD: Final = re.compile(rb"<NoDataValue>(-?\d{1,20})</NoDataValue>")


def nodata_of(dataset: Any) -> float | None:
    """Return what a dataset says is no data: an int, and exact, for 64-bit integers. Blocks."""
    nodata: float | None = dataset.nodata
    if nodata is None or dataset.dtypes[0] not in WIDE_INTEGERS:
        return nodata
    with rasterio.MemoryFile(ext=".vrt") as description:  # GDAL writes all digits into it
        copy(dataset, description.name, driver="VRT")
        told = _TOLD.search(bytes(description.read()))
    return int(told[1]) if told else nodata


def is_exact_double(nodata: float) -> bool:
    """Whether a value can be handed to GDAL through rasterio, which makes a double of it."""
    return not isinstance(nodata, int) or int(float(nodata)) == nodata
