"""Where the blocks of a GeoTIFF lie in its file."""

from collections.abc import Iterator
from itertools import product
from math import ceil, floor
from typing import Any

Span = tuple[float, float]
"""From a pixel to before another one, on one axis; may reach beyond the dataset."""


def blocks_under(dataset: Any, rows: Span, columns: Span) -> tuple[range, range]:
    """Return the rows and the columns of the blocks that hold the pixels of a box."""
    height, width = dataset.block_shapes[0]
    return _numbers(rows, dataset.height, height), _numbers(columns, dataset.width, width)


def stored_ranges(dataset: Any, rows: range, columns: range, bands: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield offset and length of stored blocks; none for those that a sparse file leaves out."""
    pixel_interleaved = dataset.tags(ns="IMAGE_STRUCTURE").get("INTERLEAVE") != "BAND"
    for row, column, band in product(rows, columns, bands[:1] if pixel_interleaved else bands):
        stored = stored_range(dataset, row, column, band)
        if stored is not None:
            yield stored


def stored_range(dataset: Any, row: int, column: int, band: int = 1) -> tuple[int, int] | None:
    """Return offset and length of a stored block; None for one that a sparse file leaves out."""
    offset = dataset.get_tag_item(f"BLOCK_OFFSET_{column}_{row}", "TIFF", bidx=band)
    length = dataset.get_tag_item(f"BLOCK_SIZE_{column}_{row}", "TIFF", bidx=band)
    return (int(offset), int(length)) if offset and length else None


def _numbers(span: Span, pixels: int, block: int) -> range:
    """Return the numbers of the blocks on one axis."""
    start, stop = max(floor(span[0]), 0), min(ceil(span[1]), pixels)
    return range(start // block, -(-stop // block)) if start < stop else range(0)
