"""Gray rasters in which 0 is white (TIFF's MINISWHITE), as the others are: 0 is black."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import rasterio
from rasterio.shutil import copy

_COLORS: Final = re.compile(r"<ColorTable>.*?</ColorTable>", re.DOTALL)
_NODATA: Final = re.compile(r"<NoDataValue>([^<]*)</NoDataValue>")
_LAYOUT: Final = re.compile(r'<MDI key="(?:MINISWHITE|NBITS)">[^<]*</MDI>')
_SOURCE: Final = re.compile(r"(</?)SimpleSource>")


@contextmanager
def blackened(dataset: Any) -> Iterator[Any]:
    """Lend a virtual dataset of the same picture: its whitest value is the highest of the type, its blackest 0."""
    bits = int(dataset.tags(1, ns="IMAGE_STRUCTURE").get("NBITS", 8 * np.dtype(dataset.dtypes[0]).itemsize))
    white = np.iinfo(dataset.dtypes[0]).max
    ratio = white // (2**bits - 1)
    scale = f"<ScaleOffset>{white}</ScaleOffset><ScaleRatio>{-ratio}</ScaleRatio>"
    with rasterio.MemoryFile(ext=".vrt") as description:
        copy(dataset, description.name, driver="VRT")
        text = _COLORS.sub("", bytes(description.read()).decode())
    text = _NODATA.sub(lambda found: f"<NoDataValue>{white - ratio * float(found[1])}</NoDataValue>", text)
    text = _SOURCE.sub(r"\1ComplexSource>", text).replace("<DstRect", scale + "<DstRect")
    text = _LAYOUT.sub("", text)
    with rasterio.MemoryFile(text.encode(), ext=".vrt") as virtual, virtual.open(driver="VRT") as opened:
        yield opened
