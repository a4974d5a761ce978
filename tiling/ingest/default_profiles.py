"""The profiles that a raster gets when it is registered.

- bytes in red, green and blue are shown as they are; other types are stretched from the 2nd to the 98th percentile;
- a colour table is a palette, sampled by nearest;
- heights become tinted relief, its parts, and the two terrain encodings of 3-D clients;
- bands are found by colour interpretation, by name (`red`, `nir`) and by Sentinel-2's and Landsat 8's numbers (`B04`);
- what remains is gray, and once more in colours.
"""

from dataclasses import replace
from typing import Any

from rasterio.enums import ColorInterp

from tiling.geometry.vertical_units import METRE, metres_per
from tiling.ingest.band_names import name_bands
from tiling.ingest.elevation import looks_like_elevation
from tiling.ingest.sample import Sample
from tiling.models import Profile, ProfileKind
from tiling.reading.grid_read import data_bands
from tiling.source.opening import Raster


def default_profiles(raster: Raster, sample: Sample, name: str) -> tuple[ProfileKind, tuple[Profile, ...]]:
    """Return what a raster is, and the ways to render it, of which the first one is the default.

    `name` is the file's name without its extension: "dem" in it is taken as evidence.
    """
    dataset = raster.dataset
    bands = data_bands(dataset) or (1,)
    if dataset.colorinterp[0] == ColorInterp.palette:
        kind, profiles = ProfileKind.INDEX, _palette()
    elif len(bands) == 1 and looks_like_elevation(dataset, sample, name):
        kind, profiles = ProfileKind.ELEVATION, _elevation(dataset, bands[0], sample)
    elif len(bands) < 3:  # noqa: PLR2004 - red, green and blue
        kind, profiles = ProfileKind.RAW, _single_band(dataset, bands[0], sample)
    else:
        names = name_bands(dataset, bands)
        kind, profiles = _colour_kind(dataset, bands, names), _multi_band(dataset, bands, names, sample)
    return kind, (replace(profiles[0], is_default=True), *profiles[1:])


def _palette() -> list[Profile]:
    return [Profile(id="palette", label="Palette", kind=ProfileKind.INDEX, bands=(1,))]


def _elevation(dataset: Any, band: int, sample: Sample) -> list[Profile]:
    low, high = sample.stretch(band)
    metres = metres_per(dataset.units[band - 1]) or METRE
    rescale = ((low * metres, high * metres),)  # algorithms work in metres
    relief = Profile(
        id="relief",
        label="Shaded relief",
        kind=ProfileKind.ELEVATION,
        bands=(band,),
        rescale=rescale,
        colormap="hypsometric",
        algorithm="hillshade",
        resampling="bilinear",
    )
    terrain = replace(relief, kind=ProfileKind.TERRAIN, rescale=(), colormap=None, algorithm="terrainrgb")
    return [
        relief,
        replace(relief, id="hillshade", label="Hillshade", rescale=(), colormap=None),
        replace(relief, id="heights", label="Heights", algorithm=None, rescale=((low, high),)),
        replace(terrain, id="terrain-rgb", label="Terrain-RGB (Mapbox)"),
        replace(terrain, id="terrarium", label="Terrarium", algorithm="terrarium"),
    ]


def _single_band(dataset: Any, band: int, sample: Sample) -> list[Profile]:
    stretched = (sample.stretch(band),)
    as_is = () if _is_shown_as_it_is(dataset, (band,)) else stretched
    gray = Profile(id="gray", label="Gray", kind=ProfileKind.RAW, bands=(band,), rescale=as_is)
    return [gray, replace(gray, id="viridis", label="Colours (viridis)", rescale=stretched, colormap="viridis")]


def _multi_band(dataset: Any, bands: tuple[int, ...], names: dict[str, int], sample: Sample) -> list[Profile]:
    natural = {"red", "green", "blue"} <= names.keys()
    profiles = [
        _composite(dataset, sample, "rgb", "Natural colour", (names["red"], names["green"], names["blue"]))
        if natural
        else _composite(dataset, sample, "rgb", "First three bands", (bands[0], bands[1], bands[2]))
    ]
    if {"nir", "red", "green"} <= names.keys():
        trio = (names["nir"], names["red"], names["green"])
        profiles.append(_composite(dataset, sample, "infrared", "Colour infrared", trio))
    if {"nir", "red"} <= names.keys():
        profiles.append(_ndvi(names["nir"], names["red"]))
    band = bands[0]
    profiles.append(_single_band(dataset, band, sample)[0])
    return profiles


def _composite(dataset: Any, sample: Sample, slug: str, label: str, trio: tuple[int, int, int]) -> Profile:
    as_is = _is_shown_as_it_is(dataset, trio)
    sampled = [data_bands(dataset).index(band) + 1 for band in trio]
    rescale = () if as_is else tuple(sample.stretch(min(band, len(sample.values))) for band in sampled)
    return Profile(id=slug, label=label, kind=ProfileKind.RGB, bands=trio, rescale=rescale)


def _ndvi(nir: int, red: int) -> Profile:
    """Rouse et al., "Monitoring vegetation systems in the Great Plains with ERTS" (1974)."""
    return Profile(
        id="ndvi",
        label="Vegetation (NDVI)",
        kind=ProfileKind.INDEX,
        expression=f"(b{nir}-b{red})/(b{nir}+b{red})",
        rescale=((-0.2, 0.9),),
        colormap="rdylgn",
    )


def _colour_kind(dataset: Any, bands: tuple[int, ...], names: dict[str, int]) -> ProfileKind:
    is_picture = len(bands) == 3 and ({"red", "green", "blue"} <= names.keys() or _is_shown_as_it_is(dataset, bands))  # noqa: PLR2004
    return ProfileKind.RGB if is_picture else ProfileKind.RAW


def _is_shown_as_it_is(dataset: Any, bands: tuple[int, ...]) -> bool:
    """Whether values are full-range bytes already: uint8, unscaled, not packed into fewer bits."""
    return all(
        dataset.dtypes[band - 1] == "uint8"
        and dataset.scales[band - 1] == 1
        and dataset.offsets[band - 1] == 0
        and "NBITS" not in dataset.tags(band, ns="IMAGE_STRUCTURE")
        for band in bands
    )
