"""Which values are asked for, what they are called, and those of one place."""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rio_tiler.errors import PointOutsideBounds

from tiling.budget import NO_DEADLINE, Deadline
from tiling.errors import ProfileInvalid, SourceUnreadable
from tiling.expression import evaluate, expression_bands, parse_expression
from tiling.files.raster_source import RasterSource
from tiling.gated_reader import GatedReader
from tiling.models import PixelSelection
from tiling.mosaic import MosaicPart, MosaicSource
from tiling.paint import profile_bands
from tiling.pixel_selection import Masked, Selected
from tiling.profile import Profile
from tiling.reading.grid_read import data_bands
from tiling.source.opening import borrow

MAX_BANDS: Final = 64
"""Bands whose values are in one answer."""

Values = NDArray[Any]
Known = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose values are asked for."""

    profiles: tuple[Profile, ...] = ()
    """The bands that they show; of one alone that has an expression, what it makes. Empty: all bands."""
    nodata: float | None = None
    """Overrides the file's. May be NaN."""
    categorical: bool = False
    """Whether statistics count each value."""

    @property
    def expression(self) -> str | None:
        """What is to be made of the bands."""
        return self.profiles[0].expression if len(self.profiles) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueName:
    """What a value is of."""

    name: str
    """`b1`, or an expression."""
    band: int | None
    """From 1; None for an expression."""
    description: str
    """The band's name in the file, or an empty string."""
    unit: str
    """From the file's metadata, or an empty string."""


PlaceValues = tuple[tuple[ValueName, float | None], ...]
"""The values of one pixel, integers as such, to the last digit; None for no data."""


def bands_of(dataset: Any, wanted: Wanted) -> tuple[int, ...]:
    """Return the numbers of the bands to be read. Raises ProfileInvalid for too many, and for none."""
    bands: tuple[int, ...] = data_bands(dataset) or (1,)
    if wanted.profiles:
        bands = tuple(sorted({band for profile in wanted.profiles for band in _bands_of(dataset, profile)}))
        if len(wanted.profiles) == 1 and wanted.profiles[0].bands:
            bands = tuple(dict.fromkeys(wanted.profiles[0].bands))
    if max(bands) > dataset.count:
        raise ProfileInvalid(f"band {max(bands)} does not exist: the raster has {dataset.count}", field="bands")
    if len(bands) > MAX_BANDS:
        raise ProfileInvalid(
            f"it has {len(bands)} bands, and at most {MAX_BANDS} are reported at once; give a profile", field="profile"
        )
    return bands


def names_of(dataset: Any, wanted: Wanted) -> tuple[ValueName, ...]:
    """Return what the values are called, in their order."""
    if wanted.expression is not None:
        parts = wanted.expression.split(";")
        return tuple(ValueName(name=part.strip(), band=None, description="", unit="") for part in parts)
    return tuple(
        ValueName(
            name=f"b{band}",
            band=band,
            description=dataset.descriptions[band - 1] or "",
            unit=dataset.units[band - 1] or "",
        )
        for band in bands_of(dataset, wanted)
    )


def made(values: Values, known: Known, bands: tuple[int, ...], wanted: Wanted) -> tuple[Values, Known]:
    """Return what is asked for, of bands in their unit: themselves, or what an expression makes of them."""
    if wanted.expression is None:
        return values, known
    by_number = dict(zip(bands, values.astype(np.float32), strict=True))
    results = np.stack([evaluate(tree, by_number) for tree in parse_expression(wanted.expression)])
    return results, np.isfinite(results) & known.all(axis=0)


def read_point(
    source: RasterSource, longitude: float, latitude: float, wanted: Wanted, deadline: Deadline = NO_DEADLINE
) -> PlaceValues | None:
    """Return the values of the pixel that a place lies in, None for no data; None outside of the raster. Blocks.

    At full resolution. Raises ProfileInvalid, SourceUnreadable, SourceGone, OutOfTime.
    """
    with borrow(source, deadline) as raster:
        bands = bands_of(raster.dataset, wanted)
        try:
            point = GatedReader.of(raster).point(longitude, latitude, indexes=bands, nodata=wanted.nodata, unscale=True)
        except PointOutsideBounds:
            return None
        stored, known = point.data[:, None, None], ~np.ma.getmaskarray(point.array)[:, None, None]
        values, known = made(stored, known, bands, wanted)
        numbers = (value.item() if is_known else None for value, is_known in zip(values.flat, known.flat, strict=True))
        return tuple(zip(names_of(raster.dataset, wanted), numbers, strict=True))


def read_mosaic_point(
    source: MosaicSource, longitude: float, latitude: float, wanted: Wanted, deadline: Deadline = NO_DEADLINE
) -> PlaceValues | None:
    """Return what a mosaic shows at a place; as `read_point`. Blocks.

    That is the values of the first raster that has data there, or what another pixel selection makes of all of them: in
    double precision.
    """
    if source.selection is PixelSelection.FIRST:
        return _first_values(source, longitude, latitude, wanted, deadline)
    selected, names = Selected(source.selection), tuple[ValueName, ...]()
    for part in source.parts:
        own = _with_nodata_of(part, wanted)
        found = read_point(part.source, longitude, latitude, own, deadline)
        if found is None:
            continue
        names = names or tuple(name for name, _ in found)
        values = [value for _, value in found]
        if selected.needs_last_band:
            every = read_point(part.source, longitude, latitude, replace(own, profiles=()), deadline)
            values.append(every[-1][1] if every else None)
        selected.feed(_column(values))
    made_of_all = selected.values()
    if made_of_all is None:
        return None
    known = ~np.ma.getmaskarray(made_of_all)
    return tuple(
        (name, value.item() if is_known else None)
        for name, value, is_known in zip(names, np.ma.getdata(made_of_all).flat, known.flat, strict=True)
    )


def _column(values: list[float | None]) -> Masked:
    """Return an image of one pixel."""
    data = np.array([0.0 if value is None else value for value in values], dtype=np.float64)
    return np.ma.MaskedArray(data, mask=[value is None for value in values])[:, None, None]


def _with_nodata_of(part: MosaicPart, wanted: Wanted) -> Wanted:
    return wanted if wanted.nodata is not None or part.nodata is None else replace(wanted, nodata=part.nodata)


def _first_values(
    source: MosaicSource, longitude: float, latitude: float, wanted: Wanted, deadline: Deadline
) -> PlaceValues | None:
    found, failures = None, list[SourceUnreadable]()
    for part in source.parts:
        try:
            values = read_point(part.source, longitude, latitude, _with_nodata_of(part, wanted), deadline)
        except SourceUnreadable as exc:
            failures.append(exc)
            continue
        if values is not None and any(value is not None for _, value in values):
            return values
        found = found or values
    if failures:  # what could not be read lies on top of what was
        raise failures[0]
    return found


def _bands_of(dataset: Any, profile: Profile) -> tuple[int, ...]:
    if profile.expression is not None:
        return expression_bands(parse_expression(profile.expression))
    return profile_bands(dataset, profile)
