"""rio-tiler's `Reader`, faster: `docs/reader.md`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from rasterio.crs import CRS
from rasterio.errors import RasterioIOError
from rasterio.warp import transform_bounds
from rio_tiler.constants import WGS84_CRS
from rio_tiler.errors import ExpressionMixingWarning
from rio_tiler.expression import parse_expression
from rio_tiler.io import Reader as RioTilerReader
from rio_tiler.utils import cast_to_sequence

from tiling.files.file_key import FileKey
from tiling.gate.gdal_errors import forget_errors
from tiling.geometry.georeference import by_identity
from tiling.geometry.grid import Grid
from tiling.image_data import ImageData
from tiling.reading.part_grid import Box, Opened, part_grid, size_of
from tiling.reading.path_raster import PATH_RASTERS, PathRaster
from tiling.reading.path_read import Found, Kernel, Target, read_target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType


_KERNELS: Final[dict[tuple[object, object], Kernel]] = {
    ("nearest", "nearest"): "nearest",
    ("bilinear", "bilinear"): "bilinear",
}
"""Ours, by rio-tiler's `resampling_method` and `reproject_method`."""
_KNOWN: Final = frozenset({"nodata", "resampling_method", "reproject_method", "post_process"})
"""Options that our reading knows; with any other that is not None or False, rio-tiler reads."""
_HALF: Final = 0.5


class _Returned:
    """Stands for a dataset that has gone back to the pool."""

    closed: Final = True

    def __getattr__(self, name: str) -> Any:
        raise RasterioIOError(f"the reader is closed: its dataset has no {name} any more")


class Reader(RioTilerReader):
    """rio-tiler's `Reader` of a dataset: the same constructor, methods and results.

    The path of a GeoTIFF on this machine is opened once and kept open for the next reader of any thread. Its tiles,
    parts and previews are sampled by us, nearest or bilinear, from decoded blocks that all readers share; rio-tiler
    reads whatever else is asked for, and all of other inputs. Raises as rio-tiler's does.
    """

    _lent: PathRaster | None = None

    def __attrs_post_init__(self) -> None:
        """Borrow the open file, or open the input as rio-tiler does."""
        try:
            if self.dataset is None:
                self._borrow()
            super().__attrs_post_init__()  # type: ignore[no-untyped-call]
        except BaseException:
            self.close()
            raise

    def _borrow(self) -> None:
        key = FileKey.of(self.input)
        if key is None:
            return
        forget_errors()
        lent = self._ctx_stack.enter_context(PATH_RASTERS.borrow(key))
        if lent.is_placed_by_control_points:  # a virtual warp of one reader's own lies around it
            self._ctx_stack.close()
            return
        self._lent, self.dataset = lent, lent.dataset

    def close(self) -> None:
        """Give the file back, or close what was opened."""
        self._leave(None, None, None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the file back; after a failure of GDAL it is closed instead."""
        self._leave(kind, failure, traceback)

    def _leave(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._lent is not None:
            self._lent, self.dataset = None, _Returned()
        self._ctx_stack.__exit__(kind, failure, traceback)

    def part(  # noqa: PLR0913, PLR0917 - rio-tiler's
        self,
        bbox: Box,
        dst_crs: CRS | None = None,
        bounds_crs: CRS = WGS84_CRS,
        indexes: int | Sequence[int] | None = None,
        expression: str | None = None,
        max_size: int | None = None,
        height: int | None = None,
        width: int | None = None,
        buffer: float | None = None,
        **kwargs: Any,
    ) -> ImageData:
        """As rio-tiler's `part`."""
        crs = by_identity(CRS.from_user_input(dst_crs or bounds_crs))

        def target(lent: Opened) -> Target | None:
            if buffer and buffer % _HALF:
                return None
            box = bbox if bounds_crs == crs else transform_bounds(bounds_crs, crs, *bbox, densify_pts=21)
            grid = part_grid(lent, box, crs, (height, width, max_size))
            return Target(grid=grid.buffered(buffer) if buffer else grid)

        found = self._read_ours(target, indexes, expression, kwargs)
        if found is not None:
            return found
        image = super().part(
            bbox,
            dst_crs=dst_crs,
            bounds_crs=bounds_crs,
            indexes=indexes,
            expression=expression,
            max_size=max_size,
            height=height,
            width=width,
            buffer=buffer,
            **kwargs,
        )
        return ImageData.of(image)

    def read(
        self, indexes: int | Sequence[int] | None = None, expression: str | None = None, **kwargs: Any
    ) -> ImageData:
        """As rio-tiler's `read`."""
        size = kwargs.get("height"), kwargs.get("width"), kwargs.get("max_size")
        options = {name: value for name, value in kwargs.items() if name not in {"height", "width", "max_size"}}

        def target(lent: Opened) -> Target | None:
            facts = lent.facts
            height, width = size_of(facts.height, facts.width, size)
            bounds = (0.0, -float(facts.height), float(facts.width), 0.0)
            return Target(grid=Grid(bounds=bounds, width=width, height=height), counts_pixels=True)

        found = self._read_ours(target, indexes, expression, options) if any(size) else None
        return found or ImageData.of(super().read(indexes=indexes, expression=expression, **kwargs))

    def _read_ours(
        self,
        target: Callable[[Opened], Target | None],
        indexes: int | Sequence[int] | None,
        expression: str | None,
        given: dict[str, Any],
    ) -> ImageData | None:
        """Read by our own sampling; None where rio-tiler must."""
        lent, options = self._lent, {**self.options, **given}
        kernel = _KERNELS.get(
            (options.get("resampling_method") or "nearest", options.get("reproject_method") or "nearest")
        )
        if lent is None or kernel is None or any(options[name] for name in options.keys() - _KNOWN):
            return None
        wanted = parse_expression(expression) if expression else cast_to_sequence(indexes)
        bands = tuple(wanted or lent.colour_bands)
        nodata = lent.facts.nodata if options.get("nodata") is None else options["nodata"]
        nodata = float(nodata) if isinstance(nodata, str) else nodata
        where = target(lent) if lent.is_plain else None
        found = None if where is None else read_target(lent, where, bands, kernel, nodata)
        if where is None or found is None:
            return None
        if indexes and expression:
            warnings.warn(
                "Both expression and indexes passed; expression will overwrite indexes parameter.",
                ExpressionMixingWarning,
                stacklevel=3,
            )
        image = self._image(lent, where, found, bands, nodata, options.get("post_process"))
        return image.apply_expression(expression) if expression else image

    def _image(
        self,
        lent: PathRaster,
        target: Target,
        found: Found,
        bands: tuple[int, ...],
        nodata: float | None,
        post_process: Callable[[Any], Any] | None,
    ) -> ImageData:
        crs = self.crs if target.counts_pixels else target.grid.crs
        last = lent.descriptions[bands[-1] - 1]  # what rio-tiler calls all of them
        return ImageData(
            found.values if post_process is None else post_process(found.values),
            assets=[self.input],
            bounds=self.bounds if target.counts_pixels else target.grid.bounds,
            crs=crs,
            band_names=[f"b{band}" for band in bands],
            band_descriptions=[last or f"b{band}" for band in bands],
            dataset_statistics=lent.statistics(bands),
            metadata=dict(lent.tags) if crs == self.crs else {},
            nodata=nodata,
            alpha_mask=found.alpha,
            scales=[lent.facts.scales[band - 1] for band in bands],
            offsets=[lent.facts.offsets[band - 1] for band in bands],
        )
