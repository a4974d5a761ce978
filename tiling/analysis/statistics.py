"""What the values of a raster are like: in all of it, or in a shape."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tiling.analysis.mosaic_values import MosaicView, read_mosaic_values
from tiling.analysis.values import Known, ValueName, Values, Wanted, bands_of, made, names_of
from tiling.budget import BUDGET, NO_DEADLINE, Deadline
from tiling.expression import expression_bytes
from tiling.files.raster_source import RasterSource
from tiling.geometry.clip import Clip
from tiling.geometry.scanline import Mask
from tiling.mosaic import MosaicSource
from tiling.reading.grid_read import in_unit
from tiling.reading.window_read import Frame, frame_of, read_frame, read_in_groups
from tiling.source.opening import Raster, borrow

MAX_PIXELS: Final = 2**20
"""Pixels that are looked at: of what has more, those of an overview."""
PERCENTILES: Final = (2, 25, 50, 75, 98)
BINS: Final = 10
MAX_CLASSES: Final = 256
_BANDS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueStatistics:
    """Statistics of one band, or of one expression. The numbers are None where there is no value."""

    name: ValueName
    count: int
    """Pixels that hold data."""
    valid_percent: float
    """Of those that were looked at, 0 to 100."""
    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    """Of the pixels as a whole, not as a sample."""
    percentiles: tuple[float, ...]
    """The 2nd, 25th, 50th, 75th and 98th; none where there is no value."""
    counts: tuple[int, ...]
    """Of a histogram of ten bins of equal width."""
    edges: tuple[float, ...]
    """Of its bins, one more than bins."""
    classes: tuple[tuple[float, int], ...] | None = None
    """Values and how many pixels have them, the most frequent first, at most `MAX_CLASSES`; None where not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Statistics of some values, and how they were made."""

    values: tuple[ValueStatistics, ...]
    width: int
    """Pixels of what was looked at."""
    height: int
    is_approximate: bool
    """Whether not every pixel was looked at, as it lies in the file."""
    completeness: float = 1.0
    """Of a mosaic: which part of the rasters that lie there was read."""


def read_statistics(
    source: RasterSource,
    clip: Clip | None,
    wanted: Wanted,
    *,
    finest: float | None = None,
    max_pixels: int = MAX_PIXELS,
    deadline: Deadline = NO_DEADLINE,
) -> Statistics:
    """Look at the pixels of a raster whose centres lie in a clip. Blocks. `finest` as `frame_of` has it.

    Raises ProfileInvalid, SourceUnreadable.
    """
    with borrow(source, deadline) as raster:
        names, frame = names_of(raster.dataset, wanted), frame_of(raster, clip, max_pixels=max_pixels, finest=finest)
        if frame is None:
            nothing = tuple(_statistics(name, np.empty(0), 0, wanted) for name in names)
            return Statistics(values=nothing, width=0, height=0, is_approximate=False)
        found = _of_bands(raster, frame, wanted)
        return Statistics(
            values=tuple(replace(each, name=name) for each, name in zip(found, names, strict=True)),
            width=frame.width,
            height=frame.height,
            is_approximate=frame.is_reduced,
        )


def read_mosaic_statistics(
    source: MosaicSource, view: MosaicView, clip: Clip | None, wanted: Wanted, deadline: Deadline = NO_DEADLINE
) -> Statistics:
    """Look at the pixels of a mosaic on a grid in web mercator, the first raster on top. Blocks.

    Raises as `read_statistics`.
    """
    found = read_mosaic_values(source, view, wanted, deadline)
    grid = view.grid
    inside = np.ones((grid.height, grid.width), np.bool_) if clip is None else clip.mask(grid)
    values = zip(found.names, found.values, found.known, strict=True)
    return Statistics(
        values=tuple(
            _statistics(name, part[known & inside], int(inside.sum()), wanted) for name, part, known in values
        ),
        width=grid.width,
        height=grid.height,
        is_approximate=True,
        completeness=found.completeness,
    )


def _of_bands(raster: Raster, frame: Frame, wanted: Wanted) -> list[ValueStatistics]:
    """Read many at once, as bands may share their blocks; go through a few at a time, as doubles take more memory."""
    bands, inside = bands_of(raster.dataset, wanted), frame.inside()
    found = list[ValueStatistics]()
    for some, stored, known in _read_apart(raster, frame, bands, wanted):
        raster.deadline.check()
        with np.errstate(all="ignore"):  # what is hidden may hold anything
            values, shown = made(in_unit(stored, raster.facts, some), known, some, wanted)
        found += _of_values(values, shown, inside, wanted)
    return found


def _read_apart(
    raster: Raster, frame: Frame, bands: tuple[int, ...], wanted: Wanted
) -> Iterator[tuple[tuple[int, ...], NDArray[Any], Known]]:
    """Yield a few bands at a time with their values: all of them where an expression is made of them."""
    if wanted.expression is not None:
        pixels, dtype = frame.width * frame.height, raster.facts.dtypes[0]
        BUDGET.check_working(pixels * expression_bytes(dtype, bands, wanted.expression.count(";") + 1))
        yield bands, *read_frame(raster, frame, bands, wanted.nodata)
        return
    for group, stored, known in read_in_groups(raster, frame, bands, wanted.nodata):
        for first in range(0, len(group), _BANDS_AT_ONCE):
            part = slice(first, first + _BANDS_AT_ONCE)
            yield group[part], stored[part], known[part]


def _of_values(values: Values, known: Known, inside: Mask | None, wanted: Wanted) -> list[ValueStatistics]:
    total = values[0].size if inside is None else int(inside.sum())
    shown = known if inside is None else known & inside
    return [_statistics(None, part[mask], total, wanted) for part, mask in zip(values, shown, strict=True)]


def _statistics(name: ValueName | None, values: NDArray[Any], total: int, wanted: Wanted) -> ValueStatistics:
    """Describe values that hold data, out of so many pixels."""
    named = name or ValueName(name="", band=None, description="", unit="")
    if values.size == 0:
        return ValueStatistics(
            name=named, count=0, valid_percent=0.0, min=None, max=None, mean=None, std=None, percentiles=(),
            counts=(), edges=(), classes=() if wanted.categorical else None,
        )  # fmt: skip
    exact = values.astype(np.float64)
    low, high = float(exact.min()), float(exact.max())
    counts, edges = np.histogram(exact, bins=BINS, range=(low, high) if math.isfinite(high - low) else None)
    return ValueStatistics(
        name=named,
        count=int(exact.size),
        valid_percent=100.0 * exact.size / total,
        min=low,
        max=high,
        mean=float(exact.mean()),
        std=float(exact.std()),
        percentiles=tuple(float(value) for value in np.percentile(exact, PERCENTILES)),
        counts=tuple(int(count) for count in counts),
        edges=tuple(float(edge) for edge in edges),
        classes=_classes(values) if wanted.categorical else None,
    )


def _classes(values: NDArray[Any]) -> tuple[tuple[float, int], ...]:
    found, counts = np.unique(values, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MAX_CLASSES]
    return tuple((found[each].item(), int(counts[each])) for each in order)
