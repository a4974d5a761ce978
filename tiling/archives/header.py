"""The header of an archive, believed in nothing that can be checked (PMTiles specification, version 3)."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from pmtiles.tile import Compression, HeaderDict, TileType, deserialize_header

from tiling.archives.tile_format import TileFormat
from tiling.errors import ContentRefused
from tiling.geometry.footprint import MERCATOR_LATITUDE
from tiling.models import MAX_ZOOM, Bounds

HEADER_BYTES: Final = 127
MAGIC: Final = b"PMTiles"
FIRST_BYTES: Final = 16_384
"""Header and root directory lie within these."""
METADATA_BYTES: Final = 4 * 2**20
"""Of the metadata, as stored."""
WHOLE_EARTH: Final[Bounds] = (-180.0, -MERCATOR_LATITUDE, 180.0, MERCATOR_LATITUDE)

_VERSION: Final = 3
_DEGREE: Final = 1e7
_FORMATS: Final = {
    TileType.MVT: TileFormat.MVT,
    TileType.PNG: TileFormat.PNG,
    TileType.JPEG: TileFormat.JPG,
    TileType.WEBP: TileFormat.WEBP,
    TileType.AVIF: TileFormat.AVIF,
}
_SUITED: Final = {Compression.NONE: False, Compression.GZIP: True}
"""Compressions that are read, and whether they are gzip."""


class Section(NamedTuple):
    """A part of the file."""

    offset: int
    length: int
    """Bytes."""

    def part(self, offset: int, length: int) -> "Section":
        """Return a part of this part, counted from its begin. Raises ContentRefused where it reaches beyond."""
        if offset + length > self.length:
            raise ContentRefused("its directory leads beyond the file")
        return Section(self.offset + offset, length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What an archive says of itself, and where its parts lie: all within the file."""

    root: Section
    metadata: Section
    leaves: Section
    tiles: Section
    is_gzip_inside: bool
    """Whether directories and metadata are compressed."""
    is_gzip: bool
    """Whether tiles are."""
    format: TileFormat
    minzoom: int
    maxzoom: int
    bounds: Bounds | None
    """Degrees (WGS 84), west < east; None where what it says is no box on Earth."""
    center: tuple[float, float, int] | None
    """Longitude, latitude and zoom; None where that does not lie in the bounds and zooms."""

    @classmethod
    def of(cls, data: bytes, size: int) -> "Header":
        """Read the first bytes of a file that has `size` bytes. Raises ContentRefused with the reason."""
        said = _said(data)
        sections = _sections(said, size)
        minzoom, maxzoom, bounds = said["min_zoom"], said["max_zoom"], _bounds(said)
        if not minzoom <= maxzoom <= MAX_ZOOM:
            raise ContentRefused(f"its zooms are not from 0 to {MAX_ZOOM}, the smaller one first")
        return cls(
            **sections,
            is_gzip_inside=_is_gzip(said["internal_compression"], "its directories"),
            is_gzip=_is_gzip(said["tile_compression"], "its tiles"),
            format=_format(said["tile_type"]),
            minzoom=minzoom,
            maxzoom=maxzoom,
            bounds=bounds,
            center=None if bounds is None else _center(said, bounds),
        )


def is_archive(data: bytes) -> bool:
    """Whether a file that begins so is a PMTiles archive."""
    return data.startswith(MAGIC)


def _said(data: bytes) -> HeaderDict:
    if len(data) < HEADER_BYTES or not data.startswith(MAGIC):
        raise ContentRefused("it is not a PMTiles archive of version 3; `pmtiles convert` makes one of older ones")
    if data[len(MAGIC)] != _VERSION:
        raise ContentRefused(f"it is PMTiles of version {data[len(MAGIC)]}, and version 3 is read")
    try:
        return deserialize_header(data[:HEADER_BYTES])
    except ValueError as exc:
        raise ContentRefused("its header has a compression or a kind of tiles that the format does not know") from exc


def _sections(said: HeaderDict, size: int) -> dict[str, Section]:
    found = {
        "root": Section(said["root_offset"], said["root_length"]),
        "metadata": Section(said["metadata_offset"], said["metadata_length"]),
        "leaves": Section(said["leaf_directory_offset"], said["leaf_directory_length"]),
        "tiles": Section(said["tile_data_offset"], said["tile_data_length"]),
    }
    for name, section in found.items():
        if section.offset + section.length > size:
            raise ContentRefused(f"its header leads beyond the end of the file ({name})")
        if section.length and section.offset < HEADER_BYTES:
            raise ContentRefused(f"its header says that a part of it lies in the header ({name})")
    root, metadata = found["root"], found["metadata"]
    if not root.length or root.offset + root.length > FIRST_BYTES:
        raise ContentRefused("its root directory does not lie in the first 16 KiB")
    if metadata.length > METADATA_BYTES:
        raise ContentRefused(f"its metadata has more than {METADATA_BYTES // 2**20} MiB")
    return found


def _is_gzip(compression: Compression, what: str) -> bool:
    if compression not in _SUITED:
        name = compression.name.lower()
        raise ContentRefused(f"{what} are compressed by {name}; gzip and none are read: write it anew with gzip")
    return _SUITED[compression]


def _format(kind: TileType) -> TileFormat:
    if kind not in _FORMATS:
        names = ", ".join(_FORMATS.values())
        raise ContentRefused(f"its tiles are of the kind {kind.name.lower()}; there are {names}")
    return _FORMATS[kind]


def _bounds(said: HeaderDict) -> Bounds | None:
    west, south, east, north = (said[f"{side}_e7"] / _DEGREE for side in ("min_lon", "min_lat", "max_lon", "max_lat"))  # type: ignore[literal-required]
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - the world
        return None
    south, north = max(south, -MERCATOR_LATITUDE), min(north, MERCATOR_LATITUDE)
    return (west, south, east, north) if south < north else None


def _center(said: HeaderDict, bounds: Bounds) -> tuple[float, float, int] | None:
    longitude, latitude = said["center_lon_e7"] / _DEGREE, said["center_lat_e7"] / _DEGREE
    west, south, east, north = bounds
    if not (west <= longitude <= east and south <= latitude <= north):
        return None
    return longitude, latitude, min(max(said["center_zoom"], said["min_zoom"]), said["max_zoom"])
