"""The `tiling.Reader` of what the gate has opened: the service's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self, cast

import numpy as np
from rasterio.crs import CRS
from rasterio.warp import transform as transform_coordinates
from rio_tiler.constants import WGS84_CRS
from rio_tiler.errors import PointOutsideBounds
from rio_tiler.models import PointData
from rio_tiler.utils import cast_to_sequence

from tiling.budget import BUDGET
from tiling.expression import evaluate, expression_bands, expression_bytes, parse_expression
from tiling.geometry.grid import Grid
from tiling.geometry.placement import Placement
from tiling.geometry.world_to_pixel import Ground
from tiling.image_data import GatedImage, ImageData
from tiling.reader import Reader
from tiling.reading.grid_read import data_bands, in_unit, read_pixels, read_places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tiling.reading.part_grid import Opened
    from tiling.reading.path_read import Target
    from tiling.source.opening import Raster

_PART_OPTIONS: Final = frozenset({"nodata", "resampling_method", "reproject_method", "unscale"})


class GatedReader(Reader):
    """Parts, tiles, features and points of an open raster, within its budget and deadline.

    It never reads as rio-tiler does, which knows neither: what it cannot read, it refuses. Values are in the raster's
    unit, expressions are worked out by `tiling.expression`, and `GatedImage.opacity` says how visible a pixel is.
    """

    _raster: Raster

    @classmethod
    def of(cls, raster: Raster) -> Self:
        """Return the reader of an open raster, usable for as long as that is lent."""
        if raster.reader is None:
            raster.reader = cls(raster.path, dataset=raster.dataset)
            raster.reader._raster = raster  # noqa: SLF001 - its own
        reader: Self = raster.reader
        return reader

    def __attrs_post_init__(self) -> None:
        """Take over what is open, without rio-tiler's warning of missing overviews: registering a raster tells that."""
        dataset: Any = self.dataset
        self.bounds, self.crs, self.transform = tuple(dataset.bounds), dataset.crs, dataset.transform
        self.height, self.width = dataset.height, dataset.width
        if self.colormap is None:
            self._get_colormap()  # type: ignore[no-untyped-call]

    def _read_ours(
        self,
        target: Callable[[Opened], Target | None],
        indexes: int | Sequence[int] | None,
        expression: str | None,
        given: dict[str, Any],
    ) -> GatedImage:
        """Read by our own sampling, or our own warp: always. Blocks.

        Raises ProfileInvalid, and SourceUnreadable or OutOfTime where budget or deadline do not allow it.
        """
        where = target(self._raster)
        if where is None or where.counts_pixels or given.keys() - _PART_OPTIONS:
            raise NotImplementedError("the gate reads parts on a grid of a CRS")
        if expression is not None:
            return self._expressed(where.grid, expression, given)
        return self._sampled(where.grid, tuple(cast_to_sequence(indexes) or data_bands(self._raster.facts)), given)

    def _sampled(self, grid: Grid, bands: tuple[int, ...], options: dict[str, Any]) -> GatedImage:
        resampling, nodata = options.get("reproject_method", "nearest"), options.get("nodata")
        found = read_pixels(self._raster, grid, bands, resampling=resampling, nodata=nodata)
        names = [f"b{band}" for band in bands]
        place = {"assets": [self.input], "bounds": grid.bounds, "crs": grid.crs}
        return GatedImage.made_of(found.values, found.alpha, band_names=names, **place)

    def _expressed(self, grid: Grid, expression: str, options: dict[str, Any]) -> GatedImage:
        """Never by rio-tiler's evaluator, whose constants alone can take for ever."""
        trees = parse_expression(expression)
        bands, dtype = expression_bands(trees), self._raster.facts.dtypes[0]
        BUDGET.check_working(grid.width * grid.height * expression_bytes(dtype, bands, len(trees)))
        image = self._sampled(grid, bands, options)
        by_number = dict(zip(bands, image.data.astype(np.float32), strict=True))
        values = np.stack([evaluate(tree, by_number, self._raster.deadline) for tree in trees])
        return image.with_values(values, np.where(np.isfinite(values).all(axis=0), image.opacity, np.uint8(0)))

    def point(
        self,
        lon: float,
        lat: float,
        coord_crs: CRS = WGS84_CRS,
        indexes: int | Sequence[int] | None = None,
        expression: str | None = None,
        **kwargs: Any,
    ) -> PointData:
        """As rio-tiler's `point`: the pixel that a place lies in, at full resolution, integers to the last digit.

        Blocks. Raises PointOutsideBounds, and as `part` does.
        """
        if expression is not None or kwargs.keys() - {"nodata", "unscale"}:
            raise NotImplementedError("the gate reads bands at a point")
        x, y = lon, lat
        if coord_crs != WGS84_CRS:
            (lon,), (lat,) = transform_coordinates(coord_crs, WGS84_CRS, [x], [y])[:2]
        place = Ground.of(self._raster.dataset, crs=self._raster.crs, footprint=self._raster.footprint).pixel_at(
            lon, lat
        )
        if place is None:
            raise PointOutsideBounds("Point is outside dataset bounds")
        bands = tuple(cast_to_sequence(indexes) or data_bands(self._raster.facts))
        at = Placement.of_point(row=place[1], column=place[0])
        values, known = read_places(self._raster, at, bands, kwargs.get("nodata"))
        values = in_unit(values, self._raster.facts, bands)
        return PointData(
            np.ma.MaskedArray(values[:, 0, 0], mask=~known[:, 0, 0]),
            assets=[self.input],
            band_names=[f"b{band}" for band in bands],
            coordinates=(x, y),
            crs=coord_crs,
            pixel_location=place,
        )

    def read(self, *_: Any, **__: Any) -> ImageData:
        """Raise NotImplementedError: `tiling.reading.window_read` looks at whole rasters, within the budget."""
        raise NotImplementedError("the gate reads parts and points")


def read_image(
    raster: Raster,
    grid: Grid,
    *,
    bands: tuple[int, ...] | None = None,
    expression: str | None = None,
    resampling: str,
    nodata: float | None,
) -> GatedImage:
    """Return bands, or what an expression makes of them, on a grid. Blocks. Raises as `GatedReader.part` does."""
    image = GatedReader.of(raster).part(
        grid.bounds,
        dst_crs=grid.crs,
        bounds_crs=grid.crs,
        indexes=bands,
        expression=expression,
        height=grid.height,
        width=grid.width,
        nodata=nodata,
        reproject_method=resampling,
        unscale=True,
    )
    return cast("GatedImage", image)
