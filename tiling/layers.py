"""Layers: rasters painted on one grid, each under the ones before it, until no pixel is missing."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tiling.encode import Painting
from tiling.gated_reader import read_image
from tiling.geometry.grid import Grid
from tiling.image_data import GatedImage
from tiling.models import PixelSelection, Profile
from tiling.paint import Look, heights_grid, look_of, paint, paint_image, read_look
from tiling.pixel_selection import Masked, Selected, joined
from tiling.reading.alpha import opaque_unless
from tiling.reading.grid_read import data_bands
from tiling.source.opening import Raster

OPAQUE = 255
Block = NDArray[np.uint8] | NDArray[np.float32]
"""What an overview stores of layers: (4, h, w) of red, green, blue, alpha; or (1, h, w) of heights, NaN unknown."""


class Stack(Protocol):
    """What is laid raster by raster, the first on top."""

    @property
    def is_full(self) -> bool:
        """Whether nothing that lies further below could be seen."""

    def add(self, raster: Raster, grid: Grid, profile: Profile) -> None:
        """Lay a raster under the others. Blocks. Raises as `paint` does."""


class Layers(Stack, Protocol):
    """What colours and heights have in common."""

    def finished(self) -> Painting | None:
        """Return all of them as one; None where nothing can be seen."""

    def block(self) -> Block | None:
        """Return all of them as an overview stores them; None where nothing can be seen."""


def layers_on(grid: Grid, profile: Profile, selection: PixelSelection = PixelSelection.FIRST) -> Layers:
    """Return no layers yet. Heights are put together before they are shaded or packed: so no seams show."""
    if selection is PixelSelection.FIRST and profile.algorithm is None:
        return ColorLayers()
    return ValueLayers(grid, profile, selection)


class ColorLayers:
    """Paintings. One alone stays as it is, palette and all."""

    def __init__(self) -> None:
        self._painting: Painting | None = None

    @property
    def is_full(self) -> bool:
        """Whether all pixels are opaque."""
        return self._painting is not None and bool((self._painting.alpha == OPAQUE).all())

    def add(self, raster: Raster, grid: Grid, profile: Profile) -> None:
        """Lay a raster under the others. Blocks. Raises as `paint` does."""
        painting = _with_palette_alpha(paint(raster, grid, profile))
        if not painting.is_empty:
            self._painting = painting if self._painting is None else over(self._painting, painting)

    def finished(self) -> Painting | None:
        """Return all of them as one; None where nothing can be seen."""
        return self._painting

    def block(self) -> Block | None:
        """Return red, green, blue and alpha, (4, h, w); None where nothing can be seen."""
        return _color_block(self._painting)


class ValueLayers:
    """Values, before they are coloured. A raster's own edge has slopes where its neighbour goes on."""

    def __init__(self, grid: Grid, profile: Profile, selection: PixelSelection) -> None:
        self._grid = grid
        self._profile = profile
        self._selection = selection
        self._selected = Selected(selection)
        self._first: tuple[GatedImage, Look] | None = None

    @property
    def is_full(self) -> bool:
        """Whether nothing that lies further below could be seen."""
        return self._selected.is_full

    def add(self, raster: Raster, grid: Grid, profile: Profile) -> None:
        """Lay a raster under the others. Blocks. Raises as `read_image` does."""
        with np.errstate(over="ignore", invalid="ignore"):  # what is hidden may hold anything
            look = look_of(raster, profile)
            image = read_look(raster, grid, profile, look)
            if not image.opacity.any():
                return
            self._first = self._first or (image, look)
            self._selected.feed(
                _with_last_band(image, raster, grid, profile) if self._selected.needs_last_band else image.array
            )

    def finished(self) -> Painting | None:
        """Return all of them as one; None where nothing can be seen."""
        with np.errstate(over="ignore", invalid="ignore"):
            if self._first is None or (image := self._image(self._first[0])) is None:
                return None
            return paint_image(image, self._grid, self._profile, self._first[1])

    def block(self) -> Block | None:
        """Return heights, (1, h, w), NaN where they are not known, or colours; None where nothing can be seen."""
        if self._profile.algorithm is None:
            return _color_block(self.finished())
        if self._first is None or (image := self._image(self._first[0])) is None:
            return None
        margin = (image.opacity.shape[0] - self._grid.height) // 2
        inside = slice(margin, margin + self._grid.height), slice(margin, margin + self._grid.width)
        heights = np.where(image.opacity > 0, image.data[:1].astype(np.float32), np.float32(np.nan))
        return heights[:, *inside]

    def _image(self, first: GatedImage) -> GatedImage | None:
        found = self._selected.values()
        if found is None:
            return None
        values = np.ma.getdata(found)
        if self._selection is PixelSelection.STDEV and not self._profile.rescale:
            values = np.rint(values).astype(first.data.dtype)  # whose range is stretched
        opacity = opaque_unless(np.ma.getmaskarray(found))
        return first.with_values(values, opacity) if opacity.any() else None


def _with_last_band(image: GatedImage, raster: Raster, grid: Grid, profile: Profile) -> Masked:
    wide = heights_grid(grid, profile)
    last = (data_bands(raster.facts) or (1,))[-1:]
    decides = read_image(raster, wide, bands=last, resampling="nearest", nodata=profile.nodata)
    return joined(image.array, decides.array)


def _color_block(painting: Painting | None) -> Block | None:
    if painting is None:
        return None
    colors, alpha = _direct(painting), painting.alpha
    return np.stack([*np.broadcast_to(np.moveaxis(colors, -1, 0), (3, *alpha.shape)), alpha])


def over(top: Painting, below: Painting) -> Painting:
    """Put one painting over another (Porter and Duff's "over", on colours that are not premultiplied)."""
    is_clear = top.alpha == 0
    if _same_palette(top, below) and (is_clear | (top.alpha == OPAQUE)).all():
        colors = np.where(is_clear[..., None], below.colors, top.colors)  # gray under red, green, blue becomes three
        alpha = np.where(is_clear, below.alpha, top.alpha)
        return Painting(colors=colors, alpha=alpha, palette=top.palette, lossless=top.lossless)
    above, under = _direct(top), _direct(below)
    weight = top.alpha[..., None].astype(np.float32) / OPAQUE
    rest = below.alpha[..., None].astype(np.float32) / OPAQUE * (1 - weight)
    alpha = weight + rest
    mixed = (above * weight + under * rest) / np.maximum(alpha, np.float32(1e-6))
    return Painting(colors=mixed.round().astype(np.uint8), alpha=(alpha[..., 0] * OPAQUE).round().astype(np.uint8))


def _with_palette_alpha(painting: Painting) -> Painting:
    """Let alpha alone decide what is visible, also where the palette has transparent colours."""
    if painting.palette is None or (painting.palette[:, 3] == OPAQUE).all():
        return painting
    alpha = np.minimum(painting.alpha, painting.palette[painting.colors[..., 0], 3])
    return Painting(colors=painting.colors, alpha=alpha, palette=painting.palette, lossless=painting.lossless)


def _same_palette(one: Painting, other: Painting) -> bool:
    if one.palette is None or other.palette is None:
        return one.palette is other.palette
    return one.palette is other.palette or np.array_equal(one.palette, other.palette)


def _direct(painting: Painting) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return painting.colors if painting.palette is None else painting.palette[painting.colors[..., 0], :3]
