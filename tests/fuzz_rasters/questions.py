"""What a reader is asked of a raster: tiles, parts, previews and points, drawn by a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import mercantile
from rasterio.crs import CRS
from rasterio.warp import transform as transform_coordinates
from rasterio.warp import transform_bounds
from rio_tiler.io import Reader
from rio_tiler.models import ImageData

from tests.fuzz_rasters.recipe import PLACES, Recipe, transform_of
from tests.tiling.against.reference import MERCATOR

DEGREES = CRS.from_epsg(4326)
BILINEAR = {"resampling_method": "bilinear", "reproject_method": "bilinear"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One call of a reader's method."""

    method: str
    arguments: dict[str, Any]

    @property
    def is_bilinear(self) -> bool:
        """Whether pixels are to be interpolated."""
        return BILINEAR.items() <= self.arguments.items()

    def __str__(self) -> str:
        """As Python writes the call."""
        return f"{self.method}({', '.join(f'{name}={value}' for name, value in self.arguments.items())})"

    def ask(self, reader: Reader) -> ImageData:
        """Return the answer of a reader of whichever class."""
        image: ImageData = getattr(reader, self.method)(**self.arguments)
        return image


def place_in(recipe: Recipe, r: random.Random) -> tuple[float, float]:
    """Return longitude and latitude somewhere in the raster, the first within ±180°."""
    x, y = transform_of(recipe) @ (r.uniform(0, recipe.width), r.uniform(0, recipe.height))
    lons, lats = transform_coordinates(PLACES[recipe.place][0], DEGREES, [x], [y])[:2]
    return (lons[0] + 180) % 360 - 180, max(min(lats[0], 85.0), -85.0)


def questions(recipe: Recipe, r: random.Random, zooms: range) -> Iterator[Question]:
    """Draw one question of each kind, of nearest pixels; then the same of bilinear ones, but of classes."""
    tile = mercantile.tile(*place_in(recipe, r), r.choice(zooms))
    asked = [
        Question(method="tile", arguments={"tile_x": tile.x, "tile_y": tile.y, "tile_z": tile.z}),
        Question(method="preview", arguments={"max_size": r.randint(16, 300)}),
        _part(recipe, r),
    ]
    yield from asked
    if recipe.photometric != "palette":
        yield from (Question(method=each.method, arguments=each.arguments | BILINEAR) for each in asked)


def _part(recipe: Recipe, r: random.Random) -> Question:
    own, transform = CRS.from_user_input(PLACES[recipe.place][0]), transform_of(recipe)
    columns = sorted(r.uniform(-0.2, 1.2) * recipe.width for _ in range(2))
    rows = sorted(r.uniform(-0.2, 1.2) * recipe.height for _ in range(2))
    corners = [transform @ (column, row) for column in columns for row in rows]
    xs, ys = zip(*corners, strict=True)
    side = abs(transform.determinant) ** 0.5
    box = (min(xs), min(ys), max(min(xs) + 2 * side, *xs), max(min(ys) + 2 * side, *ys))
    crs = r.choice((own, own, MERCATOR, DEGREES))
    box = box if crs == own else transform_bounds(own, crs, *box)
    size = r.choice(({"max_size": r.randint(16, 300)}, {"width": r.randint(1, 200), "height": r.randint(1, 200)}))
    return Question(method="part", arguments={"bbox": box, "bounds_crs": crs, "dst_crs": crs, **size})
