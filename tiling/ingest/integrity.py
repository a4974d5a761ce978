"""Whether a GeoTIFF's blocks are really there, and take no longer than they should: it opens without complaint."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from tiling.budget import BUDGET, Deadline
from tiling.errors import RasterRefused
from tiling.gate.directories import Bytes, Directories, Image
from tiling.gate.image_check import JPEG
from tiling.source.jpeg_markers import count_scans, is_one_pass
from tiling.source.stored_blocks import TOO_MANY_SCANS

_PROBES: Final = 3
_HEAD: Final = 2048
"""Bytes of a JPEG in which an ordinary one has its markers."""
_MAX_PROBED_BANDS: Final = 16

Numbers = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many blocks of a file were looked at."""

    blocks: int
    looked_at: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say where not all were."""
        if self.looked_at == self.blocks:
            return ()
        return (f"only {self.looked_at:,} of its {self.blocks:,} JPEG blocks were looked at, as that takes long",)


def check_blocks(file: Bytes, size: int, deadline: Deadline) -> Checked:
    """Look at each block of a file of `size` bytes, of masks and overviews too. Blocks, until the deadline or so.

    Where all of them lie is always looked at. JPEG blocks are read, for their markers, as far as there is time. Raises
    RasterRefused for a file that ends before a block does, and for blocks of many scans.
    """
    directories, blocks, looked_at = Directories(file), 0, 0
    for image in directories.images():
        if image.offsets is None or image.sizes is None:
            continue
        tables = directories.raw(image.tables) if image.compression == JPEG else b""
        pairs = zip(directories.pieces(image.offsets), directories.pieces(image.sizes), strict=False)
        for offsets, sizes in pairs:
            count = min(offsets.size, sizes.size)
            _check_inside(offsets[:count], sizes[:count], size)
            blocks += count
            looked_at += _look(file, image, tables, (offsets[:count], sizes[:count]), deadline)
    return Checked(blocks=blocks, looked_at=looked_at)


def _check_inside(offsets: Numbers, sizes: Numbers, size: int) -> None:
    stored = (offsets > 0) & (sizes > 0)
    if bool(((offsets > size) | (sizes > size) | (offsets + sizes > size))[stored].any()):
        raise RasterRefused("the file is truncated: it ends before its pixels do")


def _look(file: Bytes, image: Image, tables: bytes, stored: tuple[Numbers, Numbers], deadline: Deadline) -> int:
    """Return how many blocks were looked at; where no other than JPEG has to be read, all of them."""
    if image.compression != JPEG:
        return int(stored[0].size)
    for number, (offset, size) in enumerate(zip(*(part.tolist() for part in stored), strict=True)):
        if deadline.is_over:
            return number
        if not size or is_one_pass(_jpeg(file, tables, offset, min(size, _HEAD))):
            continue
        if count_scans(_jpeg(file, tables, offset, size)) > BUDGET.jpeg_scans:
            raise RasterRefused(TOO_MANY_SCANS)
    return int(stored[0].size)


def _jpeg(file: Bytes, tables: bytes, offset: int, size: int) -> bytes:
    """Return the beginning of a block, with the tables that it has in common with others in front."""
    data = file.read(offset, size)
    return tables[:-2] + data[2:] if tables else data


def probe_blocks(dataset: Any, deadline: Deadline) -> None:
    """Decode nine pixels spread over the raster, and so their blocks; fewer where blocks and bands are many. Blocks.

    Raises rasterio's errors where one cannot be decoded; OutOfTime.
    """
    bands = tuple(dataset.indexes[:_MAX_PROBED_BANDS])
    height, width = dataset.block_shapes[0]
    block = height * width * np.dtype(dataset.dtypes[0]).itemsize * len(bands)
    places = [(i, j) for i in range(_PROBES) for j in range(_PROBES)]
    for i, j in places[: max(1, BUDGET.decoded_bytes // block)]:
        deadline.check()
        column = (dataset.width - 1) * i // (_PROBES - 1)
        row = (dataset.height - 1) * j // (_PROBES - 1)
        dataset.read(bands, window=Window(column, row, 1, 1))
