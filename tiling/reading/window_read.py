"""Pixels of a raster on its file's own grid: a window around a shape, at full resolution or from an overview."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from tiling.budget import BUDGET
from tiling.errors import CropTooLarge, ProfileInvalid
from tiling.geometry.clip import Clip
from tiling.geometry.scanline import Edges, Mask, inside
from tiling.geometry.world_to_pixel import Ground
from tiling.profile import LARGEST_VALUE
from tiling.reading.alpha import has_mask
from tiling.reading.grid_read import no_data_value
from tiling.reading.reduced_read import is_better_in_chunks, read_in_chunks, read_placed
from tiling.reading.resample import is_nodata
from tiling.source.block_ranges import blocks_under, stored_ranges
from tiling.source.costs import check_decoding
from tiling.source.level import Box
from tiling.source.opening import Raster
from tiling.source.prefetch import MAX_BLOCKS

_ONLY_EDGE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A window of a raster, and how many pixels it is read in."""

    box: Box
    """At full resolution."""
    width: int
    """Pixels of what is read."""
    height: int
    edges: Edges | None
    """In pixels of the raster; None where all of the window is asked for."""

    @property
    def factor(self) -> float:
        """How many pixels of the raster one that is read stands for, along a side."""
        return math.sqrt(self.box.pixels / (self.width * self.height))

    @property
    def is_reduced(self) -> bool:
        """Whether there are fewer pixels than the raster has there."""
        return self.box.pixels != self.width * self.height

    def inside(self) -> Mask | None:
        """Return a mask of the pixels whose centre is in the shape; None for all."""
        if self.edges is None:
            return None
        rows, columns = self.box.bottom - self.box.top, self.box.right - self.box.left
        xs = self.box.left + (np.arange(self.width) + 0.5) * (columns / self.width)
        ys = self.box.top + (np.arange(self.height) + 0.5) * (rows / self.height)
        return inside(self.edges, xs, ys)

    def transform(self, whole: Affine) -> Affine:
        """Return the geotransform of what is read, of that of the raster."""
        rows, columns = self.box.bottom - self.box.top, self.box.right - self.box.left
        corner = Affine.translation(self.box.left, self.box.top)
        return whole @ corner @ Affine.scale(columns / self.width, rows / self.height)


def frame_of(
    raster: Raster,
    clip: Clip | None,
    *,
    max_pixels: int | None = None,
    max_size: int | None = None,
    finest: float | None = None,
) -> Frame | None:
    """Return the window of the pixels whose centres may lie in a clip, or of all; None where there are none.

    What has more pixels, or more on its longer side, is to be read in fewer. `finest`: metres (EPSG:3857) that a pixel
    stands for at least: where the raster's are smaller, the same few of them are read whatever the clip, or one could
    learn them all from many clips. Raises SourceUnreadable.
    """
    ground, edges = Ground.of(raster.dataset, crs=raster.crs, footprint=raster.footprint), None
    box = Box(top=0, left=0, bottom=ground.height, right=ground.width)
    if clip is not None:
        edges = ground.edges(clip)
        if not edges.size:
            return None
        box = _box_of(edges).overlap(box)
    step = 1 if finest is None else math.ceil(finest / raster.pixel_size - _ONLY_EDGE)
    box = box if step <= 1 else _on_steps(box, step)
    if box.is_empty:
        return None
    rows, columns = box.bottom - box.top, box.right - box.left
    factor = max(
        1.0,
        step,
        math.sqrt(box.pixels / max_pixels) if max_pixels else 0.0,
        max(rows, columns) / max_size if max_size else 0.0,
    )
    return Frame(box=box, width=max(1, int(columns / factor)), height=max(1, int(rows / factor)), edges=edges)


def check_size(pixels: int, max_pixels: int) -> None:
    """Raise CropTooLarge for more pixels than are given at once."""
    if pixels > max_pixels:
        raise CropTooLarge(
            f"this part has {pixels:,} pixels, and at most {max_pixels:,} are allowed: request a smaller part, "
            f"or fewer pixels by max_size={math.isqrt(max_pixels)}"
        )


def read_frame(
    raster: Raster, frame: Frame, bands: tuple[int, ...], nodata: float | None
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return values as they are stored, and which of them hold data, both (bands, h, w). Blocks.

    `nodata` overrides the file's. Raises ProfileInvalid for a band that is not there, SourceUnreadable for too much.
    """
    dataset, window = _checked(raster, frame, bands)
    raster.deadline.check()
    _prefetch(raster, dataset, window, bands)
    values, known = _read(raster, dataset, frame, window, bands)
    fill = no_data_value(raster.facts, nodata)
    if fill is not None:
        known &= ~is_nodata(values, fill)
    if np.issubdtype(values.dtype, np.floating):
        known &= np.abs(values) < LARGEST_VALUE
    return values, known


def read_in_groups(
    raster: Raster, frame: Frame, bands: tuple[int, ...], nodata: float | None
) -> Iterator[tuple[tuple[int, ...], NDArray[Any], NDArray[np.bool_]]]:
    """Yield bands with what `read_frame` returns of them: as many at once as one image may have in memory. Blocks.

    Bands may share their blocks, which are decoded anew for each group. Raises as `read_frame`, for all bands together.
    """
    _checked(raster, frame, bands)
    at_once = max(1, BUDGET.working_bytes // _frame_bytes(raster, frame))
    for first in range(0, len(bands), at_once):
        group = bands[first : first + at_once]
        yield group, *read_frame(raster, frame, group, nodata)


def _checked(raster: Raster, frame: Frame, bands: tuple[int, ...]) -> tuple[Any, Window]:
    """Return the dataset of the level that a frame is read from, and where it lies there. Raises as `read_frame`."""
    if max(bands) > raster.dataset.count:
        raise ProfileInvalid(f"band {max(bands)} of {raster.dataset.count}", field="bands")
    level = raster.level_for_gdal(frame.factor)
    window = _window_on(level.dataset, raster.dataset, frame.box)
    check_decoding(level.facts, len(bands), window.height, window.width)
    return level.dataset, window


def _frame_bytes(raster: Raster, frame: Frame) -> int:
    """Return the bytes that one band takes while it is read: its values and their magnitudes, and three masks."""
    return frame.width * frame.height * (2 * np.dtype(raster.facts.dtypes[0]).itemsize + 3)


def _read(
    raster: Raster, dataset: Any, frame: Frame, window: Window, bands: tuple[int, ...]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return values and which of them are known, as far as masks show. `dataset`: of a level."""
    shape = frame.height, frame.width
    if raster.is_placed_by_control_points and frame.is_reduced:
        return read_placed(raster, frame.transform(raster.dataset.transform), bands, shape)
    if is_better_in_chunks(dataset, shape, window):
        return read_in_chunks(dataset, bands, shape, window)
    values = dataset.read(bands, window=window, out_shape=(len(bands), *shape))
    if not has_mask(raster.facts):
        return values, np.ones(values.shape, dtype=np.bool_)
    return values, dataset.read_masks(bands, window=window, out_shape=values.shape) > 0


def _box_of(edges: Edges) -> Box:
    """Return the pixels whose centres lie between the outermost edges."""
    xs, ys = edges[:, [0, 2]], edges[:, [1, 3]]
    return Box(
        top=math.ceil(ys.min() - 0.5 - _ONLY_EDGE),
        left=math.ceil(xs.min() - 0.5 - _ONLY_EDGE),
        bottom=math.floor(ys.max() - 0.5 + _ONLY_EDGE) + 1,
        right=math.floor(xs.max() - 0.5 + _ONLY_EDGE) + 1,
    )


def _on_steps(box: Box, step: int) -> Box:
    """Return a box of whole steps, counted from the raster's corner; of what is smaller than one, as it is."""
    top, left = box.top // step * step, box.left // step * step
    down, across = (box.bottom - top) // step * step, (box.right - left) // step * step
    return Box(top=top, left=left, bottom=top + down or box.bottom, right=left + across or box.right)


def _window_on(dataset: Any, whole: Any, box: Box) -> Window:
    across, down = dataset.width / whole.width, dataset.height / whole.height
    return Window(box.left * across, box.top * down, (box.right - box.left) * across, (box.bottom - box.top) * down)


def _prefetch(raster: Raster, dataset: Any, window: Window, bands: tuple[int, ...]) -> None:
    """Ask for all blocks at once where the file is remote."""
    if raster.remote is None or raster.is_placed_by_control_points:
        return
    spans = (window.row_off, window.row_off + window.height), (window.col_off, window.col_off + window.width)
    rows, columns = blocks_under(dataset, *spans)
    if 0 < len(rows) * len(columns) * len(bands) <= MAX_BLOCKS:
        raster.remote.prefetch(stored_ranges(dataset, rows, columns, bands))
