"""Grids of pixels in web mercator."""

from dataclasses import dataclass

from affine import Affine

from tiling.models import Bounds, TileAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A grid of pixels in EPSG:3857."""

    bounds: Bounds
    """Left, bottom, right, top in metres."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""

    @property
    def transform(self) -> Affine:
        """From column, row to metres."""
        left, bottom, right, top = self.bounds
        return Affine((right - left) / self.width, 0.0, left, 0.0, (bottom - top) / self.height, top)

    @property
    def pixel_size(self) -> float:
        """Metres of the projection, not of the ground."""
        left, _, right, _ = self.bounds
        return (right - left) / self.width

    @property
    def pixel_height(self) -> float:
        """Metres of the projection from one row to the next."""
        _, bottom, _, top = self.bounds
        return (top - bottom) / self.height

    def buffered(self, pixels: int) -> "Grid":
        """Return this grid with `pixels` more on each side."""
        left, bottom, right, top = self.bounds
        dx, dy = pixels * (right - left) / self.width, pixels * (top - bottom) / self.height
        bounds = (left - dx, bottom - dy, right + dx, top + dy)
        return Grid(bounds=bounds, width=self.width + 2 * pixels, height=self.height + 2 * pixels)


def tile_grid(address: TileAddress, size: int) -> Grid:
    """Return a tile's grid of `size` by `size` pixels."""
    return Grid(bounds=address.mercator_bounds, width=size, height=size)
