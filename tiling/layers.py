"""Layers: rasters painted on one grid, each under the ones before it, until no pixel is missing."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tiling.encode import Painting
from tiling.grid import Grid
from tiling.image_data import GatedImage
from tiling.models import Profile
from tiling.paint import heights_grid, paint, paint_heights, read_profile
from tiling.sources import Raster

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


def layers_on(grid: Grid, profile: Profile) -> Layers:
    """Return no layers yet. Heights are put together before they are shaded or packed: so no seams show."""
    return ColorLayers() if profile.algorithm is None else HeightLayers(grid, profile)


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
        if self._painting is None:
            return None
        colors, alpha = _direct(self._painting), self._painting.alpha
        return np.stack([*np.broadcast_to(np.moveaxis(colors, -1, 0), (3, *alpha.shape)), alpha])


class HeightLayers:
    """Heights. A raster's own edge has slopes where its neighbour goes on."""

    def __init__(self, grid: Grid, profile: Profile) -> None:
        self._grid = grid
        self._profile = profile
        self._image: GatedImage | None = None

    @property
    def is_full(self) -> bool:
        """Whether all heights are known."""
        return self._image is not None and bool(self._image.opacity.all())

    def add(self, raster: Raster, grid: Grid, profile: Profile) -> None:
        """Lay a raster under the others. Blocks. Raises as `read_image` does."""
        with np.errstate(over="ignore", invalid="ignore"):  # what is hidden may hold anything
            image = read_profile(raster, heights_grid(grid, profile), profile)
            self._image = image if self._image is None else under(self._image, image)

    def finished(self) -> Painting | None:
        """Return all of them as one; None where nothing can be seen."""
        if self._image is None or not self._image.opacity.any():
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            return paint_heights(self._image, self._grid, self._profile)

    def block(self) -> Block | None:
        """Return heights, (1, h, w), NaN where they are not known; None where none is."""
        if self._image is None or not self._image.opacity.any():
            return None
        margin = (self._image.opacity.shape[0] - self._grid.height) // 2
        inside = slice(margin, margin + self._grid.height), slice(margin, margin + self._grid.width)
        heights = np.where(self._image.opacity > 0, self._image.data[:1].astype(np.float32), np.float32(np.nan))
        return heights[:, *inside]


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


def under(top: GatedImage, below: GatedImage) -> GatedImage:
    """Put an image under another one of the same place: it shows where nothing lies above."""
    is_clear = top.opacity == 0
    values = np.where(is_clear, below.data, top.data)
    return top.with_values(values, np.where(is_clear, below.opacity, top.opacity))


def _with_palette_alpha(painting: Painting) -> Painting:
    """Let alpha alone tell what can be seen, also where the palette has clear colours."""
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
