"""One resolution of a raster, read in windows through the cache of decoded blocks."""

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio.windows import Window

from tiling.block_cache import BLOCKS
from tiling.block_ranges import blocks_under, stored_ranges
from tiling.facts import Facts
from tiling.gdal_file import GdalFile
from tiling.models import ImageFormat
from tiling.stored_blocks import StoredBlocks

MASK_BAND: Final = 0
"""The number that GDAL gives to a dataset's mask."""

_SMALLEST_SIDE: Final = 256
_STRIPS_PIXELS: Final = 2**22
_LARGEST_BLOCK_BYTES: Final = 64 * 2**20

Array = NDArray[Any]
Place = tuple[int, int]
"""Row and column of a block among the blocks of a level."""
Key = tuple[Hashable, tuple[int, ...], Place]
"""Level, bands and place of a block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A window of pixels: rows `top` to below `bottom`, columns `left` to below `right`."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def is_empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.bottom <= self.top or self.right <= self.left

    @property
    def pixels(self) -> int:
        """How many it holds, if it is not empty."""
        return (self.bottom - self.top) * (self.right - self.left)

    def grown(self, pixels: int) -> "Box":
        """Return it with so many pixels more on each side."""
        return Box(
            top=self.top - pixels, left=self.left - pixels, bottom=self.bottom + pixels, right=self.right + pixels
        )

    def slices(self, inside: "Box") -> tuple[slice, slice]:
        """Rows and columns of this box, counted from the corner of another one."""
        return (
            slice(self.top - inside.top, self.bottom - inside.top),
            slice(self.left - inside.left, self.right - inside.left),
        )

    def overlap(self, other: "Box") -> "Box":
        """Return what both hold."""
        return Box(
            top=max(self.top, other.top),
            left=max(self.left, other.left),
            bottom=min(self.bottom, other.bottom),
            right=min(self.right, other.right),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """Pixels of a level."""

    values: Array
    """Shape (bands, height, width), contiguous as it is or with the bands last. Read-only."""
    box: Box
    """Where they lie; at least what was asked for."""


class Level:
    """A raster at full resolution, or one of its overviews. As its dataset, it is used by one thread at a time."""

    def __init__(self, dataset: Any, key: Hashable, stored: StoredBlocks | None, remote: GdalFile | None) -> None:
        self.dataset: Any = dataset
        """rasterio's reader."""
        self.stored = stored
        """Its blocks as they lie in the file, where they are pictures."""
        self._key = key
        self._remote = remote
        self.facts = Facts(dataset)
        """What its dataset says of itself."""
        self._block_height, self._block_width = _block_shape(self.facts)
        self.box = Box(top=0, left=0, bottom=self.facts.height, right=self.facts.width)
        """All of its pixels."""

    def read(self, bands: tuple[int, ...], box: Box) -> Pixels:
        """Return the pixels of a box inside the level, of bands from 1, or of `MASK_BAND` alone. Blocks.

        Whole blocks are decoded and kept; GDAL's own cache would keep them once for each handle. Raises rasterio's
        errors, and SourceUnreadable.
        """
        if not self._is_kept(bands):
            return Pixels(values=self._read_by_gdal(bands, box), box=box)
        keys = [(self._key, bands, place) for place in self._places(box)]
        blocks = {place: block for (_, _, place), block in BLOCKS.get(keys, self._decode).items()}
        if len(blocks) == 1:
            place, only = blocks.popitem()
            return Pixels(values=only, box=self._box_of(place, only.shape))
        return Pixels(values=self._assemble(blocks, box), box=box)

    def close(self) -> None:
        """Close the dataset."""
        self.dataset.close()

    def _is_kept(self, bands: tuple[int, ...]) -> bool:
        size: int = np.dtype(self.facts.dtypes[0]).itemsize * len(bands)
        return self._block_height * self._block_width * size <= _LARGEST_BLOCK_BYTES

    def _places(self, box: Box) -> Iterator[Place]:
        for row in range(box.top // self._block_height, (box.bottom - 1) // self._block_height + 1):
            for column in range(box.left // self._block_width, (box.right - 1) // self._block_width + 1):
                yield row, column

    def _decode(self, keys: list[Key]) -> dict[Key, Array]:
        bands, places = keys[0][1], [place for _, _, place in keys]
        if self._remote is not None:
            self._remote.prefetch(self._ranges(places, bands))
        stored = self.stored
        if stored is not None and stored.format is ImageFormat.JPG and stored.bands == bands:
            decoded = [np.moveaxis(stored.pixels(*place), -1, 0) for place in places]
        else:
            decoded = self._decode_by_gdal(places, bands)
        if self._remote is not None:
            self._remote.check()  # GDAL may have taken what is missing for blank
        return dict(zip(keys, decoded, strict=True))

    def _ranges(self, places: list[Place], bands: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """Yield where the file's own blocks lie that are under some of ours."""
        if bands == (MASK_BAND,):
            return
        for box in map(self._box_of, places):
            rows, columns = blocks_under(self.dataset, (box.top, box.bottom), (box.left, box.right))
            yield from stored_ranges(self.dataset, rows, columns, bands)

    def _decode_by_gdal(self, places: list[Place], bands: tuple[int, ...]) -> list[Array]:
        """Read what is missing in one go, as GDAL reads neighbours faster than one by one."""
        boxes = [self._box_of(place).overlap(self.box) for place in places]
        around = Box(
            top=min(box.top for box in boxes),
            left=min(box.left for box in boxes),
            bottom=max(box.bottom for box in boxes),
            right=max(box.right for box in boxes),
        )
        values = self._read_by_gdal(bands, around)
        return [values] if len(boxes) == 1 else [values[:, *box.slices(around)].copy() for box in boxes]

    def _read_by_gdal(self, bands: tuple[int, ...], box: Box) -> Array:
        window = Window(box.left, box.top, box.right - box.left, box.bottom - box.top)
        if bands == (MASK_BAND,):
            mask: Array = self.dataset.read_masks(1, window=window)[None]
            return mask
        values: Array = self.dataset.read(bands, window=window)
        return values

    def _box_of(self, place: Place, shape: tuple[int, ...] | None = None) -> Box:
        row, column = place
        height, width = shape[1:] if shape else (self._block_height, self._block_width)
        top, left = row * self._block_height, column * self._block_width
        return Box(top=top, left=left, bottom=top + height, right=left + width)

    def _assemble(self, blocks: dict[Place, Array], box: Box) -> Array:
        sample = next(iter(blocks.values()))
        bands, height, width = sample.shape[0], box.bottom - box.top, box.right - box.left
        if sample.flags.c_contiguous:
            values = np.empty((bands, height, width), dtype=sample.dtype)
        else:
            values = np.moveaxis(np.empty((height, width, bands), dtype=sample.dtype), -1, 0)
        for place, block in blocks.items():
            whole = self._box_of(place, block.shape)
            part = whole.overlap(box)
            values[:, *part.slices(box)] = block[:, *part.slices(whole)]
        return values


def _block_shape(facts: Facts) -> tuple[int, int]:
    """Rows and columns of the blocks that are kept: the file's, or several of them where they are small or strips."""
    height, width = facts.block_shapes[0]
    if width >= facts.width:
        strips = max(1, min(math.ceil(_SMALLEST_SIDE / height), _STRIPS_PIXELS // (height * width)))
        return height * strips, width
    return height * math.ceil(_SMALLEST_SIDE / height), width * math.ceil(_SMALLEST_SIDE / width)
