"""Whether a GeoTIFF's pixels are really there: a truncated file opens without complaint."""

from typing import Any, Final

from rasterio.windows import Window

from tiling.block_ranges import stored_range
from tiling.errors import RasterRefused

MAX_CHECKED_BLOCKS: Final = 20_000
_PROBES: Final = 3


def check_blocks_are_in_file(dataset: Any, size: int) -> None:
    """Refuse a file of `size` bytes that ends before its last block does. Blocks.

    Looks at 20,000 blocks at most, evenly spread.
    """
    height, width = dataset.block_shapes[0]
    down, across = -(-dataset.height // height), -(-dataset.width // width)
    step = max(1, down * across // MAX_CHECKED_BLOCKS)
    for number in range(down * across - 1, -1, -step):
        row, column = divmod(number, across)
        stored = stored_range(dataset, row, column)
        if stored is not None and sum(stored) > size:
            raise RasterRefused("the file is truncated: it ends before its pixels do")


def probe_blocks(dataset: Any) -> None:
    """Decode nine pixels spread over the raster, and so their blocks. Blocks.

    Raises rasterio's errors where one cannot be decoded.
    """
    for i in range(_PROBES):
        for j in range(_PROBES):
            column = (dataset.width - 1) * i // (_PROBES - 1)
            row = (dataset.height - 1) * j // (_PROBES - 1)
            dataset.read(window=Window(column, row, 1, 1))
