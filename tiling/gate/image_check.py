"""What each image of a TIFF must be before GDAL opens the file: full resolution, overviews, masks, sidecars alike."""

from typing import Final

from tiling.budget import BUDGET, CONVERT
from tiling.errors import RasterRefused
from tiling.gate.directories import Bytes, Directories, Image

MAX_DIMENSION: Final = 1_000_000
"""Pixels of a side."""
MAX_BANDS: Final = 512

BLOCKS_TOO_LARGE: Final = f"its blocks are too large to decode one by one; {CONVERT}"

JPEG: Final = 7
COMPRESSIONS: Final = {
    1: "none",
    2: "CCITT RLE",  # the four of scanned maps: libtiff writes into a row of the block and no further
    3: "CCITT Fax 3",
    4: "CCITT Fax 4",
    5: "LZW",  # a table of 4096 codes
    JPEG: "JPEG",  # libtiff compares its size with the block's, and stops at 100 scans; ours at fewer
    8: "deflate",  # a window of 32 KiB; libtiff inflates no further than the block's bytes, as of all others here
    32773: "PackBits",
    32946: "deflate",  # its older number
    34887: "LERC",  # libtiff compares the size in its header with the block's
    34925: "LZMA",  # its dictionary has the size that it asks for, of which no more is touched than the block's bytes
    50000: "ZSTD",  # a window of 128 MiB at most, of which no more is touched than the block's bytes
    50001: "WebP",  # libtiff compares its size with the block's
}
"""libtiff's numbers of the compressions that are served, and what bounds each decoder.

What is not here is refused: old JPEG (its tables lie anywhere in the file), JPEG 2000 and JPEG XL (what they decode
to is in their own streams), PixarLog, SGILog, ThunderScan, NeXT, JBIG (hardly anybody writes them).
"""


def check_images(file: Bytes) -> None:
    """Refuse a file with an image that would take more than the budget, or is stored in a way not served. Blocks.

    A second or so of a file of a million blocks; some 50 µs for each image of an ordinary one. Raises RasterRefused.
    """
    directories = Directories(file)
    for image in directories.images():
        check_image(image)
        _check_stored_sizes(directories, image)


def check_image(image: Image) -> None:
    """Raise RasterRefused for sizes or a compression that are not served."""
    if image.compression not in COMPRESSIONS:
        raise RasterRefused(f"its compression (number {image.compression}) is not served; {CONVERT}")
    if image.bands > MAX_BANDS or max(image.width, image.height) > MAX_DIMENSION:
        raise RasterRefused(f"larger than {MAX_BANDS} bands or {MAX_DIMENSION} pixels on a side")
    if not BUDGET.takes_block(image.block_width * image.block_height, image.pixel_bytes):
        raise RasterRefused(BLOCKS_TOO_LARGE)


def _check_stored_sizes(directories: Directories, image: Image) -> None:
    """Refuse stored blocks that are far larger than what they hold: they are read whole before they are decoded."""
    if image.sizes is None:
        return
    rows = image.height if image.is_split else 1
    largest = BUDGET.largest_stored(image.block_bytes * rows)
    for sizes in directories.pieces(image.sizes):
        if sizes.size and int(sizes.max()) > largest:
            raise RasterRefused(f"a stored block is far larger than its pixels; {CONVERT}")
