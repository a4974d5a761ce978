"""One resolution of a raster, read in windows through the cache of decoded blocks."""

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.windows import Window

from tiling.budget import NO_DEADLINE
from tiling.files.gdal_file import GdalFile
from tiling.models import ImageFormat
from tiling.source.block_cache import BLOCKS
from tiling.source.block_ranges import blocks_under, stored_ranges
from tiling.source.costs import block_memory, check_decoding, itemsize
from tiling.source.dataset_info import Facts
from tiling.source.stored_blocks import StoredBlocks

MASK_BAND: Final = 0
"""The number that GDAL gives to a dataset's mask."""

_SMALLEST_SIDE: Final = 256
_LOOK: Final = 256
"""Pixels on a side in which a mask is looked at."""
_MOST_LOOKED_AT: Final = 64 * 2**20
"""Pixels of a mask without overviews that are read for that."""
_STRIPS_PIXELS: Final = 2**22
_LARGEST_BLOCK_BYTES: Final = 16 * 2**20
"""What is kept whole: four such may lie around the corner that a window is at."""
_PIECE_BYTES: Final = 16 * 2**20
"""What GDAL reads at once, beside the blocks that are cut from it."""

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

    def joined(self, other: "Box") -> "Box":
        """Return the smallest one around both."""
        return Box(
            top=min(self.top, other.top),
            left=min(self.left, other.left),
            bottom=max(self.bottom, other.bottom),
            right=max(self.right, other.right),
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

    def __init__(
        self,
        dataset: Any,
        key: Hashable,
        stored: StoredBlocks | None,
        remote: GdalFile | None,
        whole: "Level | None" = None,
        nodata: int | None = None,
    ) -> None:
        """`whole`: the level at full resolution, where `dataset` is an overview of it. `nodata`: as `Facts` has it."""
        self.dataset: Any = dataset
        """rasterio's reader."""
        self.stored = stored
        """Its blocks as they lie in the file, where they are pictures."""
        self.deadline = NO_DEADLINE
        """When who reads it now has to be done."""
        self._key = key
        self._remote = remote
        self._whole: Any = dataset if whole is None else whole.dataset
        self.facts: Facts = Facts(dataset, None if whole is None else whole.facts, nodata)
        """What its dataset says of its pixels, and the raster of what they mean."""
        self._block_height, self._block_width = _block_shape(self.facts)
        self.box = Box(top=0, left=0, bottom=self.facts.height, right=self.facts.width)
        """All of its pixels."""

    @cached_property
    def is_mask_here(self) -> bool:
        """Whether the raster's mask, if it has one, has an overview here: else GDAL takes all of it for shown."""
        if self.dataset is self._whole or MaskFlags.per_dataset not in self.facts.mask_flag_enums[0]:
            return True
        shape = min(self.facts.height, _LOOK), min(self.facts.width, _LOOK)
        if not self.dataset.read_masks(1, out_shape=shape).all():
            return True
        if self._whole.width * self._whole.height > _MOST_LOOKED_AT:
            return False
        return bool(self._whole.read_masks(1, out_shape=shape).all())

    @property
    def agrees(self) -> bool:
        """Whether GDAL, which asks the level's dataset alone, hides what the raster's mask or alpha band hides."""
        return self.facts.are_meanings_told and self.is_mask_here

    def read(self, bands: tuple[int, ...], box: Box) -> Pixels:
        """Return the pixels of a box inside the level, of bands from 1, or of `MASK_BAND` alone. Blocks.

        Whole blocks are decoded and kept; GDAL's own cache would keep them once for each handle. Raises rasterio's
        errors, SourceUnreadable, and OutOfTime.
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

    def working_bytes(self, bands: int, box: Box) -> int:
        """Return the bytes that reading a box takes at most, of bands or of the mask, with the blocks that are kept."""
        size = bands * itemsize(self.facts)
        height, width = self._block_height, self._block_width
        window = box.pixels * size
        if not self._is_kept_of(bands):
            return window + block_memory(self.facts)
        down = (box.bottom - 1) // height - box.top // height + 1
        across = (box.right - 1) // width - box.left // width + 1
        piece = min(max(_PIECE_BYTES, height * width * size), down * across * height * width * size)
        return window + down * across * height * width * size + piece + block_memory(self.facts)

    def check_decoding(self, bands: int, box: Box) -> None:
        """Raise SourceUnreadable where the blocks under a box are too much for one image."""
        check_decoding(self.facts, bands, box.bottom - box.top, box.right - box.left)

    def _is_kept(self, bands: tuple[int, ...]) -> bool:
        return self._is_kept_of(len(bands))

    def _is_kept_of(self, bands: int) -> bool:
        return self._block_height * self._block_width * itemsize(self.facts) * bands <= _LARGEST_BLOCK_BYTES

    def _places(self, box: Box) -> Iterator[Place]:
        for row in range(box.top // self._block_height, (box.bottom - 1) // self._block_height + 1):
            for column in range(box.left // self._block_width, (box.right - 1) // self._block_width + 1):
                yield row, column

    def _decode(self, keys: list[Key]) -> dict[Key, Array]:
        bands, places = keys[0][1], [place for _, _, place in keys]
        if self._remote is not None:
            self._remote.prefetch(self._ranges(places, bands))
        found = self._decode_stored(places, bands)
        missing = [place for place in places if place not in found]
        if missing:
            found |= zip(missing, self._decode_by_gdal(missing, bands), strict=True)
        if self._remote is not None:
            self._remote.check()  # GDAL may have taken what is missing for blank
        return {key: found[key[2]] for key in keys}

    def _decode_stored(self, places: list[Place], bands: tuple[int, ...]) -> dict[Place, Array]:
        """Decode without GDAL what is stored as JPEG, where the blocks that are kept are those of the file."""
        stored = self.stored
        if stored is None or stored.format is not ImageFormat.JPG or stored.bands != bands:
            return {}
        if stored.shape != (self._block_height, self._block_width):
            return {}
        found: dict[Place, Array] = {}
        for place in places:
            self.deadline.check()
            if (pixels := stored.pixels(*place)) is not None:
                found[place] = np.moveaxis(pixels, -1, 0)
        return found

    def _ranges(self, places: list[Place], bands: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """Yield where the file's own blocks lie that are under some of ours."""
        if bands == (MASK_BAND,):
            return
        for box in map(self._box_of, places):
            rows, columns = blocks_under(self.dataset, (box.top, box.bottom), (box.left, box.right))
            yield from stored_ranges(self.dataset, rows, columns, bands)

    def _decode_by_gdal(self, places: list[Place], bands: tuple[int, ...]) -> list[Array]:
        """Read what is missing in few pieces, as GDAL reads neighbours faster than one by one."""
        size = itemsize(self.facts) * len(bands)
        decoded: list[Array] = []
        piece: list[Box] = []
        around = self.box
        for box in (self._box_of(place).overlap(self.box) for place in places):
            wider = around.joined(box) if piece else box
            if piece and wider.pixels * size > _PIECE_BYTES:
                decoded += self._decode_piece(piece, around, bands)
                piece, wider = [], box
            piece.append(box)
            around = wider
        return decoded + self._decode_piece(piece, around, bands)

    def _decode_piece(self, boxes: list[Box], around: Box, bands: tuple[int, ...]) -> list[Array]:
        self.deadline.check()
        values = self._read_by_gdal(bands, around)
        return [values] if len(boxes) == 1 else [values[:, *box.slices(around)].copy() for box in boxes]

    def _read_by_gdal(self, bands: tuple[int, ...], box: Box) -> Array:
        window = Window(box.left, box.top, box.right - box.left, box.bottom - box.top)
        if bands == (MASK_BAND,):
            return self._read_mask(box)
        values: Array = self.dataset.read(bands, window=window)
        return values

    def _read_mask(self, box: Box) -> Array:
        """Read the mask through the raster: GDAL takes the mask's own overviews, or reduces it where it has none."""
        whole = self._whole
        down, across = whole.height / self.facts.height, whole.width / self.facts.width
        rows, columns = box.bottom - box.top, box.right - box.left
        window = Window(box.left * across, box.top * down, columns * across, rows * down)
        mask: Array = whole.read_masks(1, window=window, out_shape=(rows, columns))[None]
        return mask

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
