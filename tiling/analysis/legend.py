"""What the colours of a profile mean."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from tiling.analysis.statistics import MAX_PIXELS
from tiling.analysis.values import Wanted, names_of
from tiling.colormaps import Lut, colormap_lut
from tiling.files.raster_source import RasterSource
from tiling.geometry.clip import Clip
from tiling.geometry.vertical_units import metres_per
from tiling.paint import file_palette, is_negative, profile_bands, shows_file_palette
from tiling.profile import Profile
from tiling.reading.window_read import frame_of, read_frame
from tiling.source.opening import Raster, borrow

Kind = Literal["ramp", "classes", "bands", "relief", "heights"]
RAMP_STEPS: Final = 32
MAX_CLASSES: Final = 256
_CHANNELS: Final = (("Red", "#ff0000"), ("Green", "#00ff00"), ("Blue", "#0000ff"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LegendEntry:
    """One colour and what it stands for."""

    label: str
    color: str
    """`#rrggbb`, with two digits of opacity more where it is not opaque."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """What a profile's colours mean. All of it is text, to be drawn by whom it suits."""

    kind: Kind
    """ramp: values from `low` to `high`. classes: one colour each. bands: which band is which colour.

    relief: light and shade alone. heights: packed into colours for a 3-D client, nothing to be seen.
    """
    title: str
    unit: str
    low: float | None = None
    high: float | None = None
    colors: tuple[str, ...] = ()
    """Of a ramp, evenly spaced from `low` to `high`."""
    entries: tuple[LegendEntry, ...] = ()
    """Of classes and of bands."""


def legend_of(source: RasterSource | None, profile: Profile, clip: Clip | None) -> Legend:
    """Return a profile's legend; of a palette, the classes that there are inside a clip. Blocks.

    `source`: None where no raster is at hand: bands are then named by number. Raises SourceUnreadable, SourceGone.
    """
    if source is None:
        return _of_values(None, profile)
    with borrow(source) as raster:
        palette = file_palette(raster.dataset) if shows_file_palette(profile) else None
        return _of_values(raster, profile) if palette is None else _of_classes(raster, profile, clip, palette)


def hexadecimal(color: Any) -> str:
    """Return red, green, blue and alpha as HTML writes them."""
    red, green, blue, alpha = (int(part) for part in color)
    return f"#{red:02x}{green:02x}{blue:02x}" + ("" if alpha == 255 else f"{alpha:02x}")  # noqa: PLR2004 - opaque


def _of_values(raster: Raster | None, profile: Profile) -> Legend:
    if profile.is_terrain:
        return Legend(kind="heights", title=profile.label, unit="m")
    dataset = None if raster is None else raster.dataset
    names = _names(dataset, profile)
    if len(names) > 1:
        pairs = zip(_CHANNELS, names, strict=False)
        entries = tuple(LegendEntry(label=f"{channel}: {name}", color=color) for (channel, color), name in pairs)
        return Legend(kind="bands", title=profile.label, unit="", entries=entries)
    if profile.algorithm == "hillshade" and profile.colormap is None:
        return Legend(kind="relief", title=profile.label, unit="")
    if profile.labels and profile.algorithm is None:
        return _of_labels(raster, profile)
    low, high, lut = _painted_by(raster, profile)
    steps = np.linspace(0, len(lut) - 1, RAMP_STEPS).round().astype(int)
    colors = tuple(hexadecimal(lut[step]) for step in steps)
    return Legend(kind="ramp", title=profile.label, unit=_unit(dataset, profile), low=low, high=high, colors=colors)


def _of_classes(raster: Raster, profile: Profile, clip: Clip | None, palette: Lut) -> Legend:
    frame = frame_of(raster, clip, max_pixels=MAX_PIXELS)
    found, names = np.empty(0, dtype=np.int64), dict(profile.labels)
    if frame is not None:
        values, known = read_frame(raster, frame, (1,), profile.nodata)
        inside = frame.inside()
        found = np.unique(values[0][known[0] if inside is None else known[0] & inside])
    entries = tuple(
        LegendEntry(label=names.get(int(value), str(int(value))), color=hexadecimal(palette[int(value)]))
        for value in found[:MAX_CLASSES]
        if palette[int(value), 3]
    )
    return Legend(kind="classes", title=profile.label, unit="", entries=entries)


def _of_labels(raster: Raster | None, profile: Profile) -> Legend:
    """Return the classes that a profile names, each in the colour that its value is painted in."""
    low, high, lut = _painted_by(raster, profile)
    if low is None or high is None:
        return Legend(kind="classes", title=profile.label, unit="")
    places = ((name, round((value - low) / (high - low) * (len(lut) - 1))) for value, name in profile.labels)
    colors = ((name, lut[min(max(place, 0), len(lut) - 1)]) for name, place in places)
    entries = tuple(LegendEntry(label=name, color=hexadecimal(color)) for name, color in colors)
    return Legend(kind="classes", title=profile.label, unit="", entries=entries[:MAX_CLASSES])


def _painted_by(raster: Raster | None, profile: Profile) -> tuple[float | None, float | None, Lut]:
    """Return the values of the first and the last colour, where they are known, and the colours."""
    low, high = profile.rescale[0] if profile.rescale else _range(None if raster is None else raster.dataset, profile)
    lut = colormap_lut(profile.colormap) if profile.colormap else _grays()
    return low, high, lut[::-1] if raster is not None and is_negative(raster.facts, profile) else lut


def _names(dataset: Any, profile: Profile) -> list[str]:
    if profile.expression is not None:
        return [part.strip() for part in profile.expression.split(";")]
    if dataset is None:
        return [f"b{band}" for band in profile.bands or (1,)]
    return [name.description or name.name for name in names_of(dataset, Wanted(profiles=(profile,)))]


def _unit(dataset: Any, profile: Profile) -> str:
    if profile.expression is not None or dataset is None:
        return ""
    band = profile_bands(dataset, profile)[0]
    unit = str(dataset.units[band - 1] or "") if band <= dataset.count else ""
    return unit if profile.algorithm is None or metres_per(unit) is None else "m"


def _range(dataset: Any, profile: Profile) -> tuple[float | None, float | None]:
    dtype = None if dataset is None or profile.expression is not None else np.dtype(dataset.dtypes[0])
    if dtype is None or not np.issubdtype(dtype, np.integer):
        return None, None
    return float(np.iinfo(dtype).min), float(np.iinfo(dtype).max)


def _grays() -> Lut:
    level = np.arange(256, dtype=np.uint8)
    return np.stack([level, level, level, np.full(256, 255, np.uint8)], axis=1)
