"""Files that become rasters by `tilegate optimise`: told by their names, and with the very command."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from service.delivery.files.storage import Place
from service.errors import BadInput, Gone, NotFound

if TYPE_CHECKING:
    from service.operations.core.services import Services

SUFFIXES: Final = frozenset(
    {".adf", ".asc", ".bil", ".bip", ".bsq", ".bt", ".dem", ".dt0", ".dt1", ".dt2", ".ecw", ".ers", ".flt", ".gpkg"}
    | {".grb", ".grb2", ".grd", ".grib", ".grib2", ".gtx", ".h5", ".hdf", ".hdf5", ".he5", ".hgt", ".img"}
    | {".j2k", ".jp2", ".jpx", ".kap", ".mbtiles", ".mrf", ".nc", ".nc4", ".nitf", ".ntf", ".pix", ".rst", ".sdat"}
    | {".sid", ".ter", ".vrt", ".xyz"}
)
"""Endings of formats of rasters."""
_PLACED: Final = {
    ".png": (".pgw", ".pngw"),
    ".jpg": (".jgw", ".jpgw"),
    ".jpeg": (".jgw", ".jpegw"),
    ".gif": (".gfw", ".gifw"),
    ".webp": (".wpw", ".webpw"),
}
"""Pictures, and the endings of the files that say where on a map they lie."""
NOT_A_GEOTIFF: Final = "not a GeoTIFF"
"""What the gate says first of any other format."""


def optimise_command(path: str) -> str:
    """Return the command that writes a file as a raster which can be registered, to run in the file's folder."""
    name = PurePosixPath(path).name
    stem = PurePosixPath(name).stem if "." in name else name
    new = f"{stem}.tif" if not name.lower().endswith((".tif", ".tiff")) else f"{stem}-cog.tif"
    return shlex.join(["tilegate", "optimise", *([] if not name.startswith("-") else ["--"]), name, new])


def with_command(refused: BadInput, path: str) -> BadInput:
    """Return what a raster is refused with; for another format, with the command in place of general advice."""
    if NOT_A_GEOTIFF not in refused.detail:
        return refused
    detail = f"{refused.detail.partition(NOT_A_GEOTIFF)[0]}{NOT_A_GEOTIFF}. {_advice(path)}"
    return BadInput(refused.code, detail, field=refused.field)


async def conversion_warnings(services: Services, root: str, path: str) -> tuple[str, ...]:
    """Say of a file that is shared as it is how it becomes a map; nothing of what cannot be one."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in SUFFIXES:
        return (f"This is not a GeoTIFF, so it is shared as a file, without a map. {_advice(path)}",)
    if suffix in _PLACED and await _has_world_file(services, root, path):
        return (f"A world file beside it places it on a map; it is shared as a picture, without. {_advice(path)}",)
    return ()


def _advice(path: str) -> str:
    return f"To show it as a map, run `{optimise_command(path)}` in its folder, and register what that writes."


async def _has_world_file(services: Services, root: str, path: str) -> bool:
    if services.catalogue.roots.local(root) is None:
        return False
    place = PurePosixPath(path)
    for ending in (*_PLACED[place.suffix.lower()], ".wld"):
        try:
            await services.files.storage.look(Place(root=root, path=str(place.with_suffix(ending))))
        except (NotFound, Gone):
            continue
        return True
    return False
