"""Mosaics: many rasters in one tile, the first on top, within a budget of reading."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tiling.budget import NO_DEADLINE, Deadline
from tiling.errors import SourceGone, SourceUnreadable
from tiling.files.raster_source import RasterSource
from tiling.geometry.footprint import Footprint
from tiling.geometry.grid import Grid, tile_grid
from tiling.geometry.matrix_tile import Tile
from tiling.geometry.zooms import WORLD
from tiling.layers import Layers, Stack, layers_on
from tiling.models import Bounds, ImageFormat, PixelSelection, Profile, ProfileKind, RenderedTile, TileSize
from tiling.overlay import PLAIN, Finish
from tiling.render import box_grid, check_format, check_preview_size, encoded
from tiling.source.opening import Raster, borrow

MAX_READS: Final = 24
"""Rasters that are read for one tile."""
MAX_SECONDS: Final = 4.0
"""After so long no further raster is read for a tile: well below the time after which a render is given up."""

Placement = Callable[[Raster], Grid | None]
"""Where on the ground the grid lies for a raster; None where it does not reach the grid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicPart:
    """A raster of a mosaic."""

    source: RasterSource
    """Its file."""
    nodata: float | None = None
    """Overrides the file's, where the profile does not."""

    def __post_init__(self) -> None:
        if self.nodata is not None and math.isnan(self.nodata):  # one object for all, or no two parts are equal
            object.__setattr__(self, "nodata", math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class MosaicSource:
    """All that the pixels of a mosaic's tile depend on, beside profile and address."""

    parts: tuple[MosaicPart, ...]
    """The rasters that the tile may show, the first on top; at most `MAX_READS` of them."""
    candidates: int
    """How many rasters the tile may show."""
    unavailable: int = 0
    """How many of those that would be in `parts`, or are to be in the overview, have no file that can be read."""
    overview: tuple[RasterSource, ...] = ()
    """Files that hold all of the mosaic in less detail, as `tiling.overview` writes them: laid under the parts."""

    selection: PixelSelection = PixelSelection.FIRST
    """Which pixel shows where several lie. An overview is finished: by any but the first, no parts lie above it."""

    @property
    def sources(self) -> tuple[RasterSource, ...]:
        """All files that it is read from."""
        return *(part.source for part in self.parts), *self.overview

    @property
    def is_whole(self) -> bool:
        """Whether every candidate is in it, in one way or the other."""
        return not self.unavailable and (bool(self.overview) or len(self.parts) == self.candidates)


def render_mosaic(
    source: MosaicSource,
    address: Tile,
    profile: Profile,
    format: ImageFormat = ImageFormat.PNG,  # noqa: A002 - the field's word
    tilesize: TileSize = 256,
    finish: Finish = PLAIN,
    deadline: Deadline = NO_DEADLINE,
) -> RenderedTile:
    """Render one tile of a mosaic. Blocks. A raster that cannot be read is left out, and the tile says so.

    Raises ProfileInvalid, SourceUnreadable (SourceGone) where none can be read, OutOfTime soon after the deadline.
    """
    grid = tile_grid(address, tilesize)
    drawing = _Drawing(grid=grid, profile=profile, format=format, finish=finish, deadline=deadline)
    return _render(source, drawing, lambda raster: grid if raster.footprint.touches(address) else None)


def render_mosaic_preview(
    source: MosaicSource,
    bounds: Bounds,
    profile: Profile,
    format: ImageFormat = ImageFormat.PNG,  # noqa: A002 - the field's word
    max_size: int = 512,
    finish: Finish = PLAIN,
    deadline: Deadline = NO_DEADLINE,
) -> RenderedTile:
    """Render a box in unwrapped degrees, its longest side `max_size` pixels (16 to 2048). Raises as `render_mosaic`."""
    check_preview_size(max_size)
    grid = box_grid(bounds, max_size)
    drawing = _Drawing(grid=grid, profile=profile, format=format, finish=finish, deadline=deadline)
    return _render(source, drawing, lambda raster: turned(grid, bounds, raster.footprint))


def turned(grid: Grid, bounds: Bounds, footprint: Footprint) -> Grid:
    """Return the grid where the raster lies: a turn further west, for one that lies beyond 180° as the grid sees it."""
    if footprint.east >= bounds[0]:
        return grid
    left, bottom, right, top = grid.bounds
    return replace(grid, bounds=(left - WORLD, bottom, right - WORLD, top))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """What is drawn, beside the rasters, and by when."""

    grid: Grid
    profile: Profile
    format: ImageFormat
    finish: Finish
    deadline: Deadline


def _render(source: MosaicSource, drawing: _Drawing, placement: Placement) -> RenderedTile:
    grid, profile = drawing.grid, drawing.profile
    check_format(profile, drawing.format)
    shown = drawing.finish.shown(grid)
    if shown is not None and not shown.any():
        return encoded(None, drawing.format, grid)
    layers = source_layers(source, grid, profile)
    completeness = lay(layers, source, profile, placement, deadline=drawing.deadline)
    painting = drawing.finish.on(layers.finished(), grid, profile, shown)
    return replace(encoded(painting, drawing.format, grid), completeness=completeness)


def source_layers(source: MosaicSource, grid: Grid, profile: Profile) -> Layers:
    """Return no layers yet, for a mosaic's rasters, or for its overview alone."""
    return layers_on(grid, profile, source.selection if source.parts else PixelSelection.FIRST)


def lay(
    layers: Stack,
    source: MosaicSource,
    profile: Profile,
    placement: Placement,
    seconds: float = MAX_SECONDS,
    *,
    deadline: Deadline = NO_DEADLINE,
) -> float:
    """Lay a mosaic's rasters, then its overview; return the completeness. Blocks. Raises as `render_mosaic` does."""
    ends_at, read = time.monotonic() + seconds, 0
    failures: list[SourceUnreadable] = []
    for part in source.parts:
        if layers.is_full or time.monotonic() > ends_at:
            break
        try:
            lay_part(layers, part, profile, placement, deadline)
            read += 1
        except SourceUnreadable as exc:
            failures.append(exc)
    in_time = layers.is_full or read + len(failures) == len(source.parts)
    if in_time and not layers.is_full and source.overview:
        _lay_overview(layers, source, profile, placement, deadline)
        read = source.candidates - source.unavailable - len(failures)
    if failures and not read:
        raise failures[0]
    if in_time and not failures and (source.is_whole or (layers.is_full and not source.unavailable)):
        return 1.0
    return max(read, 0) / source.candidates


def lay_part(
    layers: Stack, part: MosaicPart, profile: Profile, placement: Placement, deadline: Deadline = NO_DEADLINE
) -> None:
    """Lay one raster of a mosaic under the others. Blocks. Raises ProfileInvalid, SourceUnreadable, OutOfTime."""
    nodata_is_its_own = part.nodata is not None and profile.nodata is None
    own = replace(profile, nodata=part.nodata) if nodata_is_its_own else profile
    _lay(layers, part.source, own, placement, deadline)


def _lay_overview(
    layers: Stack, source: MosaicSource, profile: Profile, placement: Placement, deadline: Deadline
) -> None:
    try:
        for file in source.overview:
            _lay(layers, file, overview_profile(profile), placement, deadline)
    except SourceGone as exc:  # which would say that what is shared is gone
        raise SourceUnreadable("the overview of the mosaic is being made again") from exc


def overview_profile(profile: Profile) -> Profile:
    """Return the profile by which an overview is rendered: it holds heights, or else finished colours."""
    if profile.algorithm is not None:
        return replace(profile, bands=(1,), expression=None, nodata=None)
    return Profile(id=profile.id, label=profile.label, kind=ProfileKind.RGB, bands=(1, 2, 3))


def _lay(layers: Stack, source: RasterSource, profile: Profile, placement: Placement, deadline: Deadline) -> None:
    with borrow(source, deadline) as raster:
        grid = placement(raster)
        if grid is not None:
            layers.add(raster, grid, profile)
