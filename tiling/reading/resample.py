"""Nearest and bilinear sampling of a level at the places of a grid's pixels; `tiling.reading.warp` does the rest."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp

from tiling.budget import BUDGET
from tiling.geometry.placement import ON_THE_EDGE, Coordinates, Placement
from tiling.reading.alpha import Alpha, alpha_band, has_mask, opaque_unless, to_byte
from tiling.source.costs import bilinear_memory, itemsize, nearest_memory
from tiling.source.level import MASK_BAND, Box, Level, Pixels

Values = NDArray[Any]
Indexes = NDArray[np.intp] | NDArray[np.int32]

_LARGEST_SCALE: Final = 4.0
"""Source pixels per grid pixel up to which bilinear sampling is done here. More means that overviews are missing."""
_COLOURS: Final = frozenset({ColorInterp.red, ColorInterp.green, ColorInterp.blue})
_STRONGEST_TAP: Final = 0.3
_REACH: Final = 6
"""Pixels around a place that smoothing and interpolation look at."""


def sample_nearest(
    level: Level, placement: Placement, bands: tuple[int, ...], nodata: float | None
) -> tuple[Values, Alpha] | None:
    """Return values, (bands, height, width), and alpha, (height, width), of which 0 is no data. Blocks.

    A pixel holds data if one of its bands does, and neither mask nor alpha hides it. None: the window is too large.
    """
    around = _box_around(placement)
    box = around.overlap(level.box)
    if box.is_empty:
        return _nothing(level, bands, placement)
    own_alpha = alpha_band(level.facts)
    read = len(bands) + (own_alpha is not None)
    grid = placement.height * placement.width
    output = nearest_memory(read, itemsize(level.facts), grid, is_straight=placement.is_straight)
    if _is_too_large(level, read, box, output):
        return None
    values = _gather(level.read(bands if own_alpha is None else (*bands, own_alpha), box), placement)
    alpha = np.full(values.shape[1:], 255, dtype=np.uint8) if own_alpha is None else to_byte(values[-1])
    values = values[: len(bands)]
    if own_alpha is None and has_mask(level.facts):
        alpha = to_byte(_gather(level.read((MASK_BAND,), box), placement)[0])
    if nodata is not None:
        alpha = np.minimum(alpha, opaque_unless(is_nodata(values, nodata)))
    return values, alpha if box == around else hide_outside(alpha, level, placement)


def sample_bilinear(
    level: Level, placement: Placement, bands: tuple[int, ...], nodata: float | None
) -> tuple[Values, Alpha] | None:
    """Return values and alpha as `sample_nearest` does; None also for a level with alpha or mask.

    As GDAL does, a pixel is hidden where the source pixel it lies in has no data, other pixels without data do not
    count, and the kernel widens where the level is finer than the grid. The widening is a pass or more of three taps
    [a, 1 - 2a, a] before the interpolation, with (scale² - 1) / 12 as the sum of all a: together they spread as far as
    GDAL's wide triangle (equal variance). Of red, green and blue a pixel has all or none: what is black in one of them,
    where that means no data, is a colour. Of other bands each has its own gaps.
    """
    scales = placement.rows.scale(), placement.columns.scale()
    if has_mask(level.facts) or max(scales) > _LARGEST_SCALE:
        return None
    near = _box_around(placement)
    box = near.grown(_REACH).overlap(level.box)
    if near.overlap(level.box).is_empty:
        return _nothing(level, bands, placement)
    size, grid = itemsize(level.facts), placement.height * placement.width
    working = bilinear_memory(len(bands), size, grid, box.pixels, is_straight=placement.is_straight)
    if _is_too_large(level, len(bands), box, working):
        return None
    pixels = _cut(level.read(bands, box), box)
    taps = tuple(max(0.0, (scale**2 - 1.0) / 12.0) for scale in scales)
    are_colours = _are_colours(level, bands)
    missing = None if nodata is None else _missing(pixels.values, nodata, are_colours=are_colours)
    if missing is None or not missing.any():
        values, hidden = _interpolate(_smooth(_as_float(pixels.values), taps), placement, box), None
    else:
        values, hidden = _interpolate_known(pixels, missing, placement, taps)
    stored = _as_stored(values, pixels.values.dtype)
    if nodata is not None and not are_colours:
        stored = _beside_nodata(stored, nodata)
    alpha = np.full(values.shape[1:], 255, dtype=np.uint8) if hidden is None else opaque_unless(hidden)
    if hidden is not None:
        stored[hidden] = nodata
    alpha = alpha if near.overlap(level.box) == near else hide_outside(alpha, level, placement)
    return stored, alpha


def is_nodata(values: Values, nodata: float) -> NDArray[np.bool_]:
    """Return a mask of the values that mean "no data", also where that is NaN."""
    return np.isnan(values) if math.isnan(nodata) else values == nodata


def _missing(values: Values, nodata: float, *, are_colours: bool) -> NDArray[np.bool_]:
    missing = is_nodata(values, nodata)
    return np.broadcast_to(missing.all(axis=0), missing.shape) if are_colours else missing


def _are_colours(level: Level, bands: tuple[int, ...]) -> bool:
    return len(bands) > 1 and all(level.facts.colorinterp[band - 1] in _COLOURS for band in bands)


def _box_around(placement: Placement) -> Box:
    (top, bottom), (left, right) = placement.rows.span(), placement.columns.span()
    return Box(top=top, left=left, bottom=bottom, right=right)


def _is_too_large(level: Level, bands: int, box: Box, more: int) -> bool:
    """Whether a window takes more than an image may, with `more` bytes beside it: GDAL's warper reads it in pieces."""
    return level.working_bytes(bands, box) + more > BUDGET.working_bytes


def _nothing(level: Level, bands: tuple[int, ...], placement: Placement) -> tuple[Values, Alpha]:
    shape = placement.height, placement.width
    return np.zeros((len(bands), *shape), dtype=level.facts.dtypes[0]), np.zeros(shape, dtype=np.uint8)


def hide_outside(alpha: Alpha, level: Level, placement: Placement) -> Alpha:
    """Return alpha, 0 where places lie outside of the level."""
    rows, columns = (net.places() + ON_THE_EDGE for net in (placement.rows, placement.columns))
    inside = (rows >= 0) & (rows < level.box.bottom) & (columns >= 0) & (columns < level.box.right)
    return np.where(inside, alpha, np.uint8(0))


def _gather(pixels: Pixels, placement: Placement) -> Values:
    """Pick the pixels of a level that places lie in; what lies outside of it takes the nearest there is."""
    box, values = pixels.box, pixels.values
    rows = placement.rows.pixels(box.top, box.bottom - box.top)
    columns = placement.columns.pixels(box.left, box.right - box.left)
    are_bands_first = values.flags.c_contiguous
    values = values if are_bands_first else np.moveaxis(values, 0, -1)
    first = 1 if are_bands_first else 0
    if placement.is_straight:
        picked = _pick(_pick(values, rows[:, 0], first), columns[0], first + 1)
    else:
        rows *= values.shape[first + 1]
        flat = values.reshape(*values.shape[:first], -1, *values.shape[first + 2 :])
        picked = flat.take(rows + columns, axis=first)
    return picked if are_bands_first else np.moveaxis(picked, -1, 0)


def _pick(values: Values, places: Indexes, axis: int) -> Values:
    """Take along an axis; a run of neighbours needs no copy."""
    first, last = int(places[0]), int(places[-1])
    if last - first == places.size - 1 and (np.diff(places) == 1).all():
        return values[(slice(None),) * axis + (slice(first, last + 1),)]
    return values.take(places, axis=axis)


def _cut(pixels: Pixels, box: Box) -> Pixels:
    return Pixels(values=pixels.values[:, *box.slices(pixels.box)], box=box)


def _as_float(values: Values) -> Values:
    is_narrow: bool = values.dtype.itemsize <= 2 or values.dtype == np.float32  # noqa: PLR2004 - bytes that 24 bits hold
    return values.astype(np.float32 if is_narrow else np.float64)


def _as_stored(values: Values, dtype: np.dtype[Any]) -> Values:
    return (np.rint(values) if np.issubdtype(dtype, np.integer) else values).astype(dtype, copy=False)


def _beside_nodata(values: Values, nodata: float) -> Values:
    """Return values between others, none of which means "no data" by chance: that one becomes its neighbour's."""
    dtype = values.dtype
    if math.isfinite(nodata):
        least = np.iinfo(dtype).min if np.issubdtype(dtype, np.integer) else float(np.finfo(dtype).min)
        beside = np.nextafter(dtype.type(nodata), dtype.type(-np.inf)) if dtype.kind == "f" else int(nodata) - 1
        values[values == nodata] = beside if nodata > least else nodata + 1
    return values


def _smooth(values: Values, taps: tuple[float, ...]) -> Values:
    """Smooth rows by the first tap, columns by the second; the outermost pixels have themselves as neighbours."""
    for axis, tap in zip((1, 2), taps, strict=True):
        passes = math.ceil(tap / _STRONGEST_TAP)
        for _ in range(passes):
            values = _smooth_once(values, tap / passes, axis)
    return values


def _smooth_once(values: Values, tap: float, axis: int) -> Values:
    values = np.moveaxis(values, axis, 0)
    smooth = values * values.dtype.type(1 - 2 * tap)
    scaled = values * values.dtype.type(tap)
    smooth[1:] += scaled[:-1]
    smooth[:-1] += scaled[1:]
    smooth[0] += scaled[0]
    smooth[-1] += scaled[-1]
    return np.moveaxis(smooth, 0, axis)


def _interpolate(values: Values, placement: Placement, box: Box) -> Values:
    """Interpolate (bands, height, width) of a box linearly; beyond its outermost centres they go on as they are."""
    top, low, down = _between(placement.rows.places() - box.top, values.shape[1])
    left, right, across = _between(placement.columns.places() - box.left, values.shape[2])
    down, across = down.astype(values.dtype), across.astype(values.dtype)
    if placement.is_straight:
        upper, lower = values.take(top[:, 0], axis=1), values.take(low[:, 0], axis=1)
        upper += (lower - upper) * down
        near, far = upper.take(left[0], axis=2), upper.take(right[0], axis=2)
        between: Values = near + (far - near) * across
        return between
    flat = np.ascontiguousarray(values).reshape(values.shape[0], -1)
    width = values.shape[2]
    upper, lower = (_blend(flat, row * width, left, right, across) for row in (top, low))
    blended: Values = upper + (lower - upper) * down
    return blended


def _blend(flat: Values, rows: Indexes, left: Indexes, right: Indexes, across: Values) -> Values:
    near, far = flat.take(rows + left, axis=1), flat.take(rows + right, axis=1)
    far -= near
    far *= across
    far += near
    return far


def _between(places: Coordinates, size: int) -> tuple[Indexes, Indexes, Coordinates]:
    """Return the pixels whose centres lie before and after each place, and how far it is on the way, 0 to 1."""
    at = np.clip(places - 0.5, 0.0, size - 1.0)
    before = at.astype(np.intp)
    return before, np.minimum(before + 1, size - 1), at - before


def _interpolate_known(
    pixels: Pixels, missing: NDArray[np.bool_], placement: Placement, taps: tuple[float, ...]
) -> tuple[Values, NDArray[np.bool_]]:
    """Interpolate among pixels that have data. Returns values, and where they are hidden, both (bands, h, w)."""
    known = _as_float(pixels.values)
    known[missing] = 0
    share = (~missing).astype(known.dtype)
    weights = _interpolate(_smooth(share, taps), placement, pixels.box)
    values = _interpolate(_smooth(known, taps), placement, pixels.box)
    hidden = _gather(Pixels(values=np.ascontiguousarray(missing), box=pixels.box), placement) | (weights <= 0)
    return np.divide(values, weights, out=values, where=~hidden), hidden
