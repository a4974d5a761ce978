"""What bands are called and measured in, by the words of GRIB and NetCDF where the band itself says nothing."""

from collections.abc import Sequence
from typing import Any, Final

_DIMENSION: Final = "NETCDF_DIM_"
_MOST_DIMENSIONS: Final = 4


def band_labels(dataset: Any, bands: Sequence[int]) -> tuple[str, ...]:
    """Return a name for each band, empty where there is none."""
    return tuple(_label(dataset, band) for band in bands)


def band_units(dataset: Any, bands: Sequence[int]) -> tuple[str, ...]:
    """Return the unit of each band, empty where there is none."""
    return tuple(dataset.units[band - 1] or dataset.tags(band).get("GRIB_UNIT", "").strip("[]-") for band in bands)


def _label(dataset: Any, band: int) -> str:
    tags = dataset.tags(band)
    if element := tags.get("GRIB_ELEMENT"):
        return f"{element} {tags.get('GRIB_SHORT_NAME', '')}".strip()
    if variable := tags.get("NETCDF_VARNAME"):
        names = sorted(key for key in tags if key.startswith(_DIMENSION))[:_MOST_DIMENSIONS]
        return " ".join([variable, *(f"{key.removeprefix(_DIMENSION)}={tags[key]}" for key in names)])
    return dataset.descriptions[band - 1] or ""
