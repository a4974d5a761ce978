"""Registering a raster: what it is, whether it can be served, how to render it."""

import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError

from tiling.budget import CONVERT, NO_DEADLINE, Deadline
from tiling.errors import RasterRefused, SourceUnreadable
from tiling.files.last_read import READING
from tiling.files.raster_source import RasterSource
from tiling.files.remote import RemoteError, RemoteUnsuitable
from tiling.gate.validate import GDAL_OPTIONS
from tiling.geometry.georeference import NO_CRS
from tiling.geometry.vertical_units import METRE, metres_per
from tiling.geometry.zooms import center_zoom, zoom_range
from tiling.ingest.class_names import class_names
from tiling.ingest.default_profiles import default_profiles
from tiling.ingest.integrity import check_blocks, probe_blocks
from tiling.ingest.sample import Sample, guess_fill, place_with_data, take_sample
from tiling.models import BandDescription, Profile, ProfileKind, RasterDescription
from tiling.reading.grid_read import data_bands
from tiling.source.costs import check_decoding
from tiling.source.opening import Raster, storage_errors
from tiling.text.labels import Pairs

PATIENCE: Final = 2
"""How much longer than a tile it may take to read what there is to learn of a raster that lies elsewhere."""

COLOURS: Final = 3
"""Bands that a picture of the whole raster shows at most."""
CHECKING_SECONDS: Final = 3.0
"""For looking at the header of each block. What is not reached by then is reported in a warning."""

REBUILD: Final = "convert it with `gdal_translate -of COG -co OVERVIEWS=IGNORE_EXISTING`"
_YCBCR: Final = "YCbCr"
"""That of JPEG. GDAL turns all others into RGB by libtiff, but for those of overviews."""

SLOW_WITHOUT_OVERVIEWS: Final = 1024
"""Pixels on the longer side, above which missing overviews are worth a warning."""


def inspect_raster(source: RasterSource, deadline: Deadline = NO_DEADLINE) -> RasterDescription:
    """Open a raster as a stranger, read some of its pixels, and describe it. Blocks.

    Raises RasterRefused with the reason, SourceUnreadable where its storage does not answer, OutOfTime.
    """
    READING.begin(source)
    with rasterio.Env(**GDAL_OPTIONS):
        try:
            with closing(Raster(source)) as raster, storage_errors(raster):
                raster.begin(deadline)
                if raster.remote is not None:
                    raster.remote.begin(PATIENCE)
                return _describe(raster, source)
        except RemoteUnsuitable as exc:
            raise RasterRefused("its server does not answer range requests") from exc
        except RemoteError as exc:
            raise SourceUnreadable("the storage cannot be read now") from exc
        except (RasterioError, CPLE_BaseError) as exc:
            raise RasterRefused("its pixels cannot be read: the file is damaged or truncated") from exc
        except RasterRefused as exc:
            if NO_CRS in str(exc) or "size on the map" in str(exc):
                raise RasterRefused(f"{exc}{beside(source)}") from exc
            raise
        except OSError as exc:
            raise RasterRefused("there is no such file, or it cannot be opened") from exc
        finally:
            READING.end()


def beside(source: RasterSource) -> str:
    """Say how to bring into the file what lies beside it, which is not read."""
    path = Path(source.path)
    if source.remote is not None:
        return ""
    aux, prj = path.with_name(path.name + ".aux.xml"), path.with_suffix(".prj")
    world = next((path.with_suffix(end) for end in (".tfw", ".tifw", ".wld") if path.with_suffix(end).exists()), None)
    present = [part.name for part in (aux, world, prj) if part is not None and part.exists()]
    if not present:
        return ""
    srs = f"-a_srs {prj.name} " if prj.exists() else "" if aux.exists() else "-a_srs EPSG:… "
    command = f"gdal_translate {srs}-of COG {path.name} new.tif"
    return f"; {', '.join(present)} beside it may have one, but is not read: write it into the file by `{command}`"


def _describe(raster: Raster, source: RasterSource) -> RasterDescription:
    dataset = raster.stored
    _check_types(dataset)
    _check_overviews(raster)
    checked = check_blocks(raster.bytes, raster.size, Deadline(CHECKING_SECONDS))
    probe_blocks(dataset, raster.deadline)
    sample = take_sample(raster, data_bands(dataset) or (1,))
    fill = guess_fill(dataset, sample)
    sample = sample if fill is None else sample.without(fill)
    kind, profiles = default_profiles(raster, sample, Path(source.path).stem)
    names = class_names(source, raster.bytes)
    minzoom, maxzoom = zoom_range(raster.footprint, raster.pixel_size)
    return RasterDescription(
        kind=kind,
        bounds=raster.footprint.bounds,
        center=(*place_with_data(raster, sample), center_zoom(minzoom, maxzoom)),
        minzoom=minzoom,
        maxzoom=maxzoom,
        crs=raster.crs.to_string(),
        width=dataset.width,
        height=dataset.height,
        bands=tuple(_band(dataset, index, raster.facts.nodata) for index in dataset.indexes),
        has_overviews=bool(raster.decimations),
        profiles=tuple(_with_names(replace(profile, nodata=fill), names) for profile in profiles),
        warnings=(*checked.warnings, *_warnings(raster, sample, kind, fill)),
        footprint=raster.footprint.box,
    )


def _with_names(profile: Profile, names: Pairs) -> Profile:
    """Return a profile that shows values of the first band as they are, with the names of its classes."""
    is_plain = profile.expression is None and profile.algorithm is None and profile.kind is not ProfileKind.RGB
    return replace(profile, labels=names) if names and is_plain and profile.bands in {(), (1,)} else profile


def _check_types(dataset: Any) -> None:
    for dtype in dataset.dtypes:
        if "complex" in dtype:
            raise RasterRefused("complex numbers: store the magnitude as a real band")
        if not np.issubdtype(np.dtype(dtype), np.number):
            raise RasterRefused(f"data type {dtype} is not supported")
    for dtype, meaning in zip(dataset.dtypes, dataset.colorinterp, strict=True):
        if meaning == ColorInterp.alpha and dtype not in {"uint8", "uint16"}:
            raise RasterRefused(f"its alpha band is {dtype}: store it as uint8 or uint16")


def _check_overviews(raster: Raster) -> None:
    space = raster.stored.tags(ns="IMAGE_STRUCTURE").get("SOURCE_COLOR_SPACE", _YCBCR)
    if space != _YCBCR and raster.stored.overviews(1):
        raise RasterRefused(f"its overviews hold {space} colours, which GDAL cannot read; {REBUILD}")
    coarsest = raster.level_for(math.inf).facts
    try:
        check_decoding(coarsest, min(coarsest.count, COLOURS), coarsest.height, coarsest.width)
    except SourceUnreadable as exc:
        raise RasterRefused(f"too large without (more) overviews; {CONVERT}") from exc


def _band(dataset: Any, index: int, nodata: float | None) -> BandDescription:
    return BandDescription(
        index=index,
        dtype=dataset.dtypes[index - 1],
        description=dataset.descriptions[index - 1] or "",
        colorinterp=dataset.colorinterp[index - 1].name,
        nodata=nodata,
    )


def _warnings(raster: Raster, sample: Sample, kind: ProfileKind, fill: float | None) -> list[str]:
    warnings = []
    if not raster.decimations and max(raster.dataset.width, raster.dataset.height) > SLOW_WITHOUT_OVERVIEWS:
        warnings.append("no overviews: low zooms are slow; convert it with `gdal_translate -of COG`")
    if not sample.valid.any():
        warnings.append("no pixel with data was found in a sample of it")
    if fill is not None:
        warnings.append(f"{fill:g} is taken for no data: it fills all corners and no nodata value is set")
    if raster.is_placed_by_control_points:
        warnings.append("placed by ground control points: positions are approximate and overviews are not used")
    if kind is ProfileKind.ELEVATION:
        name = raster.facts.units[0]
        unit = "metres" if metres_per(name) in {None, METRE} else name
        warnings.append(f"taken for elevation in {unit}; set other profiles if it is not")
    return warnings
