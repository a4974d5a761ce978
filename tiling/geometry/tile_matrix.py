"""A tile matrix set, zoom by zoom: where its tiles lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from rasterio.crs import CRS

from tiling.models import Bounds

WEB_MERCATOR_QUAD: Final = "WebMercatorQuad"
"""The grid of all addresses that name none."""
MAX_TILE_PIXELS: Final = 1024
"""Width and height of the largest tile, twice its size or not: what is read for one must fit into a budget."""
PIXEL: Final = 0.00028
"""Metres of a pixel, as OGC's scale denominators have it."""
_AS_SAID: Final = 1e-6
"""Part by which a scale denominator may differ from the one that follows from the cell size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalesced:
    """Rows near a pole, where several tiles side by side are one, as wide as all of them and of as many pixels."""

    first: int
    last: int
    factor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TileMatrix:
    """Tiles of one scale. Coordinates are those of the set's CRS, x to the east and y to the north."""

    z: int
    """Its number: the larger, the finer."""
    cell_size: float
    """Units of the CRS that a pixel is wide and high, where no tiles are coalesced."""
    scale_denominator: float
    """As the definition says it."""
    x: float
    y: float
    """The corner from which tiles are counted: top left, or bottom left where `counts_upwards`."""
    counts_upwards: bool
    width: int
    """Tiles."""
    height: int
    """Tiles."""
    tile_width: int
    """Pixels."""
    tile_height: int
    """Pixels."""
    coalesced: tuple[Coalesced, ...] = ()

    @property
    def top_left(self) -> tuple[float, float]:
        """X and y of the corner."""
        down = self.height * self.tile_height * self.cell_size
        return self.x, self.y + down if self.counts_upwards else self.y

    @property
    def bounds(self) -> Bounds:
        """Left, bottom, right, top of all of it."""
        left, top = self.top_left
        right = left + self.width * self.tile_width * self.cell_size
        return left, top - self.height * self.tile_height * self.cell_size, right, top

    def coalescence(self, row: int) -> int:
        """Return how many columns of a row are one tile (OGC 17-083r4, 6.2.2: each of them names it)."""
        for rows in self.coalesced:
            if rows.first <= row <= rows.last:
                return rows.factor
        return 1

    def tile_bounds(self, column: int, row: int) -> Bounds:
        """Return left, bottom, right, top of a tile, worked out as morecantile does: equal to the last digit."""
        factor = self.coalescence(row)
        first = column // factor
        left, right = (self.x + number * self.cell_size * factor * self.tile_width for number in (first, first + 1))
        near, far = (number * self.cell_size * self.tile_height for number in (row, row + 1))
        return (
            (left, self.y + near, right, self.y + far)
            if self.counts_upwards
            else (left, self.y - far, right, self.y - near)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TileMatrixSet:
    """A grid: a CRS, and in it a matrix of tiles for each zoom. Two with the same digest are the same."""

    id: str
    title: str = field(compare=False)
    digest: str
    """Changes with anything that a tile's place depends on."""
    crs: CRS = field(repr=False, compare=False)
    """With x to the east and y to the north, in which order ever the authority has its axes."""
    urn: str | None = field(compare=False)
    """The CRS as WMTS names it; None where no authority does."""
    is_northing_first: bool = field(compare=False)
    """Whether the authority's order of axes is y, x."""
    metres_per_unit: float = field(compare=False)
    """Of the CRS, as OGC's scale denominators count: of a degree, that along the equator."""
    matrices: Mapping[int, TileMatrix] = field(repr=False, compare=False)
    """By zoom, the coarsest first."""

    @property
    def is_wmts(self) -> bool:
        """Whether WMTS 1.0.0 has words for it: rows from the top, all of one width, and a CRS with a name."""
        return self.urn is not None and not any(
            matrix.coalesced or matrix.counts_upwards for matrix in self.matrices.values()
        )

    def scale_denominator(self, matrix: TileMatrix) -> float:
        """Return what a client works out the size of the matrix's pixels from: the definition's, where it agrees."""
        exact = matrix.cell_size * self.metres_per_unit / PIXEL
        said = matrix.scale_denominator
        return said if abs(said - exact) <= _AS_SAID * exact else exact
